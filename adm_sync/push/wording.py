"""What steps do, in words.

What belongs here: a name for each kind, for lists and tables, and the end that sentences about
steps have in common. What does not: how a step stands, and whole sentences.
"""

from adm_sync.database.states import StepKind

# What a person does once the reason is mended.
REOPEN = "then run adm-sync push --reopen."
_DOING = {
    StepKind.CREATE_EVENT: "creating the event",
    StepKind.APPROVE_INSTRUCTORS: "approving its instructors for the course template",
    StepKind.UPDATE_SESSION: "changing the session",
    StepKind.ADD_SESSION_STAFF: "adding the session's instructors",
    StepKind.ADD_EVENT_STAFF: "adding the event's staff",
    StepKind.CHANGE_EVENT: "changing the event",
    StepKind.CHANGE_SESSION: "changing the session",
    StepKind.CHANGE_STAFF: "changing the staff",
    StepKind.REMOVE_SESSION: "removing the session",
    StepKind.CANCEL_EVENT: "cancelling the event",
}


def doing(kind: StepKind, day: int | None) -> str:
    """What a step does, and to which session."""
    return _DOING[kind] if day is None else f"Day {day}, {_DOING[kind]}"
