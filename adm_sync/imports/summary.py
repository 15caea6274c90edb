"""The outcome of one run of an import: what it recorded, what it pushed, and what is still open.

What belongs here: counting. The counts of each kind add up: in the workbook = created + updated +
unchanged + rejected + skipped + not recorded (only in a run that was broken off). What does not:
how the import stands since (`state`), and words for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adm_sync.database.import_journal import KeptGroup
from adm_sync.database.open_steps import StepCounts
from adm_sync.database.states import GroupOutcome, ImportStatus, StepKind
from adm_sync.errors import AdmSyncError, DatabaseError
from adm_sync.imports.counts import COUNTS
from adm_sync.imports.known.comparison import plain
from adm_sync.imports.planning import ImportPlan, PlannedEvent
from adm_sync.imports.state import Standing
from adm_sync.push.options import Pushed
from adm_sync.surroundings import lacking
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.mapping.words import Words


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """One run of an import; a count of None is not known.

    `plan` has an entry for each event that can be imported: what is (to be) recorded, and which
    steps go with it. `warnings` are what Administrate has remarked, or (in a dry run) has already
    that a person has to decide about. `standing` is how the import stands now, all runs of it
    together. `fingerprint` is that of a dry run (`agreed.fingerprint`). `with_sessions` is how many
    events the sessions are of that it pushed, which may have been created before; 0 if that is not
    known. `contact` is whom the workbook says to answer, where it was read.
    """

    status: ImportStatus
    workbook: str
    partition: str
    rows: int | None = 0
    events: Mapping[str, int | None] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    sessions: Mapping[str, int | None] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    findings: Sequence[Finding] = ()
    report: str | None = None
    message: str = ""
    requests: int = 0
    warnings: Sequence[str] = ()
    plan: Sequence[Mapping[str, Any]] = ()
    standing: Standing | None = None
    fingerprint: str | None = None
    with_sessions: int = 0
    contact: str = ""

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.is_error for finding in self.findings)

    def counts(self) -> dict[str, Any]:
        """What is kept of it in the database."""
        return {
            "rows": self.rows,
            "events": dict(self.events),
            "sessions": dict(self.sessions),
            "errors": self.errors,
            "warnings": len(self.findings) - self.errors,
            "requests": self.requests,
            "report": self.report,
        }

    def as_json(self) -> dict[str, Any]:
        """In the form of the command line's `--json`."""
        return {
            "status": self.status,
            "workbook": self.workbook,
            "partition": self.partition,
            "rows": self.rows,
            "events": dict(self.events),
            "sessions": dict(self.sessions),
            "findings": [finding.as_json() for finding in self.findings],
            "report": self.report,
            "message": self.message,
            "requests": self.requests,
            "warnings": list(self.warnings),
            "plan": list(self.plan),
            "state": self.standing.state if self.standing else None,
            "in_all": self.standing.as_json() if self.standing else None,
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """An event group, as far as it is counted.

    Attributes:
        has_event: whether it has an event row.
        sessions: how many it has in the workbook.
        outcome: what became of it.
        sessions_updated: how many of them were changed.
        conflicts: how many values of the event a person has to decide about.
        sessions_conflicts: how many sessions have such values.
    """

    has_event: bool
    sessions: int
    outcome: str
    sessions_updated: int = 0
    conflicts: int = 0
    sessions_conflicts: int = 0


def count_groups(groups: Iterable[Counted]) -> tuple[dict[str, int], dict[str, int]]:
    """Events and sessions by what became of their groups."""
    events, sessions = dict.fromkeys(COUNTS, 0), dict.fromkeys(COUNTS, 0)
    for group in groups:
        events["in_workbook"] += group.has_event
        events[group.outcome] += group.has_event
        events["conflicts"] += bool(group.conflicts or group.sessions_conflicts)
        sessions["in_workbook"] += group.sessions
        rest = GroupOutcome.UNCHANGED if group.outcome == GroupOutcome.UPDATED else group.outcome
        sessions[rest] += group.sessions - group.sessions_updated
        sessions["updated"] += group.sessions_updated
        sessions["conflicts"] += group.sessions_conflicts
    return events, sessions


def plan_entries(plan: ImportPlan, words: Words) -> list[dict[str, Any]]:
    """The plan, event by event, as JSON can hold it; `words` are the sheet's own for columns."""
    planned = [
        {
            "row": one.resolved.event.row,
            "title": one.resolved.event.title,
            "outcome": one.outcome,
            "steps": [
                step.kind if step.day is None else f"{step.kind} {step.day}" for step in one.steps
            ],
            "template": one.resolved.event.code,
            "approve": [person.name for person in one.approve],
            "creates": _created(one),
            "changes": one.update.as_json(words) if one.update else [],
            "conflicts": [dispute.as_json() for dispute in one.disputes],
        }
        for one in plan.events
    ]
    nothing_else: dict[str, Any] = {
        "template": "",
        "approve": [],
        "creates": None,
        "changes": [],
        "conflicts": [],
    }
    cancelled = [
        {"row": one.row, "title": one.event.title, "outcome": "cancelled"}
        | {"steps": [str(StepKind.CANCEL_EVENT)], **nothing_else}
        for one in plan.cancelled
    ]
    return [*planned, *cancelled]


def _created(planned: PlannedEvent) -> dict[str, Any] | None:
    """What is to be there of an event, or of its new sessions, that is not there yet."""
    resolved, is_new = planned.resolved, planned.outcome == GroupOutcome.CREATED
    days = [one for one in resolved.sessions if is_new or one.session.day in planned.new_days]
    if not (is_new or days):
        return None
    event = resolved.event
    people = [*resolved.instructors, *(person for day in days for person in day.instructors)]
    return {
        "sessions": len(days),
        "starts": plain(min((one.session.starts for one in days), default=event.starts)),
        "ends": plain(max((one.session.ends for one in days), default=event.ends)),
        "location": resolved.location.name,
        "venue": resolved.venue.name if resolved.venue else None,
        "instructors": list(dict.fromkeys(person.name for person in people)),
        "max_places": event.max_places,
    }


def add_states(
    events: dict[str, int],
    sessions: dict[str, int],
    states: Sequence[StepCounts],
    pushed: Pushed | None,
) -> None:
    """Add how the push stands, by the states of steps, and what this push has done."""
    done = pushed or Pushed()
    failed_events = {row.event_id for row in states if row.failed}
    pending_events = {row.event_id for row in states if row.open} - failed_events
    conflicts = {row.event_id for row in states if row.conflicts}
    for row in states:
        if row.event_session_id is None:
            continue
        sessions["failed"] += bool(row.failed)
        sessions["pending"] += bool(row.open and not row.failed)
        sessions["conflicts"] += bool(row.conflicts)
    # Of its own steps and of those of its sessions, as in the state of the import: one that waits
    # for a person is not pending.
    events["failed"] = len(failed_events)
    events["pending"] = len(pending_events)
    events["conflicts"] += len(conflicts)
    # It is in Administrate, whatever became of what was to be added to it.
    events["pushed"] = len(done.created)
    events["adopted"] = len(done.adopted)
    sessions["pushed"] = len(done.sessions)


def status_of(
    events: Mapping[str, int], sessions: Mapping[str, int], findings: Iterable[Finding] = ()
) -> ImportStatus:
    """Never better than reality: failed steps, then what is rejected or still pending.

    A row that is rejected may be neither an event nor a session: then only `findings` have it.
    """
    if events["failed"] or sessions["failed"]:
        return ImportStatus.FAILED
    open_ones = ("rejected", "not_recorded", "pending", "conflicts")
    if any(counts[name] for counts in (events, sessions) for name in open_ones):
        return ImportStatus.PARTIAL
    if any(one.is_error for one in findings):
        return ImportStatus.PARTIAL
    return ImportStatus.SUCCEEDED


# Said of an annotated copy in which every mistake has been mended.
READY = "Ready to import again: nothing that was marked as an error is left."

# ---------------------------------------------------------------------- runs that were broken off

GOES_ON = "The next import of this workbook goes on from there."
STOPPED = "It was stopped before its end."
NOT_ANSWERED = (
    "The database does not answer, so what was recorded and pushed by then is not known here: "
    "adm-sync imports tells, once it is back."
)
# What becomes of a group that can be imported.
RECORDED = frozenset({"created", "updated", "unchanged"})
# What nobody knows of a workbook that was not checked.
_OF_THE_CHECK = ("in_workbook", "updated", "unchanged", "rejected", "skipped", "not_recorded")


def ending_of(error: BaseException) -> tuple[ImportStatus, str]:
    """How a run has ended that this has broken off, and why, in a sentence."""
    cause: BaseException | None = error
    seen: set[int] = set()  # a chain of errors may bite its own tail
    # Ctrl-C in the middle of a statement makes tidying up fail, and that hides it.
    while isinstance(cause, Exception) and id(cause) not in seen:
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    if cause is not None and not isinstance(cause, Exception):
        return ImportStatus.CANCELLED, STOPPED
    if isinstance(error, DatabaseError):
        return ImportStatus.INTERRUPTED, str(error)
    if isinstance(error, AdmSyncError):
        return ImportStatus.FAILED, str(error)
    if told := lacking(error):
        return ImportStatus.INTERRUPTED, str(told)
    return (
        ImportStatus.INTERRUPTED,
        "It was broken off by a fault of adm-sync itself; the log has it.",
    )


def counted(group: KeptGroup, *, is_own: bool) -> Counted:
    """What became of an event group in one run.

    Args:
        group: as it was kept.
        is_own: whether it was that run that said so; else what is there was there before.
    """
    outcome: str = group.outcome
    if outcome in RECORDED:
        outcome = "not_recorded" if group.event_id is None else outcome if is_own else "unchanged"
    changed = group.sessions_updated if outcome == GroupOutcome.UPDATED else 0
    return Counted(
        group.has_event,
        group.sessions,
        outcome,
        changed,
        group.conflicts,
        group.sessions_conflicts,
    )


def unchecked(counts: Mapping[str, int]) -> dict[str, int | None]:
    """The counts of a run that did not come so far as to know what is in the workbook."""
    return {name: None if name in _OF_THE_CHECK else n for name, n in counts.items()}


def unknown_summary(
    partition: str, status: ImportStatus, why: str, rows: int | None
) -> ImportSummary:
    """Of a run that was broken off while the database does not answer: no count is known."""
    unknown: dict[str, int | None] = dict.fromkeys(COUNTS)
    name = partition.rpartition("-")[0]
    message = f"{why} {NOT_ANSWERED} {GOES_ON}"
    return ImportSummary(status, name, partition, rows, unknown, unknown, message=message)
