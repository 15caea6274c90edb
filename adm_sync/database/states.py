"""The words that stand for a state, a kind or an outcome.

What belongs here: each list of words that a column holds, once. What does not: the tables, and
what follows from a word. PostgreSQL checks those of the project's own tables (`tables.word`).
"""

from enum import StrEnum


class StepState(StrEnum):
    """How far a step is.

    `unknown` was sent and not answered; `failed` was refused and `conflict` would overwrite a
    change of somebody's: both wait for a person.
    """

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"
    RETRY = "retry"
    FAILED = "failed"
    UNDONE = "undone"
    CONFLICT = "conflict"


# A person decides about these: one that was refused, and one that would overwrite a change.
FOR_A_PERSON = (StepState.FAILED, StepState.CONFLICT)


class StepKind(StrEnum):
    """What a step does in Administrate."""

    CREATE_EVENT = "create_event"
    UPDATE_SESSION = "update_session"
    ADD_SESSION_STAFF = "add_session_staff"
    ADD_EVENT_STAFF = "add_event_staff"
    APPROVE_INSTRUCTORS = "approve_instructors"
    CHANGE_EVENT = "change_event"
    CHANGE_SESSION = "change_session"
    CHANGE_STAFF = "change_staff"
    REMOVE_SESSION = "remove_session"
    CANCEL_EVENT = "cancel_event"


class LifecycleState(StrEnum):
    """How far an event of Administrate is, of the words that mean something here."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class ImportStatus(StrEnum):
    """How one run of an import ended, or that it has not.

    `cancelled` by a person, `interrupted` by what is around it: it did not come to its end.
    """

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class GroupOutcome(StrEnum):
    """What became of an event group in the latest import of its workbook."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class InboxState(StrEnum):
    """What is known of a file in the inbox; `landing` until it was the same at two looks."""

    LANDING = "landing"
    TAKEN = "taken"
    REFUSED = "refused"


class RunStatus(StrEnum):
    """How the sync of one entity ended, or that it has not."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    HELD = "held"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"


class DiscrepancyKind(StrEnum):
    """What a person should look at after a sync."""

    UNMATCHED_TUTORIAL = "unmatched_tutorial"
    UNMATCHED_ADMINISTRATE = "unmatched_administrate"
    AMBIGUOUS = "ambiguous"
    DRIFTED = "drifted"
    RETAINED = "retained"
    CONFLICTING_LINK = "conflicting_link"


class DecisionKind(StrEnum):
    """What a person has decided about a record."""

    LINK = "link"
    NEVER = "never"
    IGNORE = "ignore"


class HeldOutcome(StrEnum):
    """What became of a plan that a guard stopped."""

    HELD = "held"
    RELEASED = "released"
    MOOT = "moot"
    SUPERSEDED = "superseded"


class ProblemKind(StrEnum):
    """What a person is told of unasked."""

    FAILED = "failed"
    HELD = "held"
    DOUBLED = "doubled"
    API_CHANGED = "api_changed"
    ACCESS_REFUSED = "access_refused"
    NOT_RUN = "not_run"
    PARTIAL = "partial"
    PENDING = "pending"


class News(StrEnum):
    """What a message says of a problem."""

    OPENED = "opened"
    RECOVERED = "recovered"
