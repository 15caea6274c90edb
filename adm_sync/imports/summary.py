"""How an import stands: what it recorded, what is in Administrate, and what is still open.

What belongs here: counting. The counts of each kind add up: in the workbook = created + unchanged
+ rejected + skipped. What does not: words for people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from adm_sync.imports.planning import ImportPlan
from adm_sync.push.options import Pushed
from adm_sync.workbook.findings import Finding

Status = Literal["succeeded", "partial", "failed", "undone"]
COUNTS = (
    "in_workbook",
    "created",
    "unchanged",
    "rejected",
    "skipped",
    "pushed",
    "adopted",
    "pending",
    "failed",
)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """One import.

    `plan` has an entry for each event that can be imported: what is (to be) recorded, and which
    steps go with it.
    """

    status: Status
    workbook: str
    partition: str
    rows: int = 0
    events: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    sessions: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    findings: Sequence[Finding] = ()
    report: str | None = None
    message: str = ""
    requests: int = 0
    warnings: Sequence[str] = ()
    plan: Sequence[Mapping[str, Any]] = ()

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
        }


def count_groups(
    groups: Iterable[tuple[bool, int, str]],
) -> tuple[dict[str, int], dict[str, int]]:
    """Events and sessions by what became of their groups: (has an event, sessions, outcome)."""
    events, sessions = dict.fromkeys(COUNTS, 0), dict.fromkeys(COUNTS, 0)
    for has_event, count, outcome in groups:
        events["in_workbook"] += has_event
        events[outcome] += has_event
        sessions["in_workbook"] += count
        sessions[outcome] += count
    return events, sessions


def plan_entries(plan: ImportPlan) -> list[dict[str, Any]]:
    """The plan, event by event, as JSON can hold it."""
    return [
        {
            "row": one.resolved.event.row,
            "title": one.resolved.event.title,
            "outcome": one.outcome,
            "steps": [
                step.kind if step.day is None else f"{step.kind} {step.day}" for step in one.steps
            ],
        }
        for one in plan.events
    ]


def add_states(
    events: dict[str, int],
    sessions: dict[str, int],
    states: Sequence[sa.Row[Any]],
    pushed: Pushed | None,
) -> None:
    """Add how the push stands, by the states of steps, and what this push has done."""
    done = pushed or Pushed()
    failed_events, pending_events = set(), set()
    for row in states:
        if row.event_session_id is None:
            if row.failed:
                failed_events.add(row.event_id)
            elif row.open:
                pending_events.add(row.event_id)
        elif row.failed:
            sessions["failed"] += 1
        elif row.open:
            sessions["pending"] += 1
    # An event whose creation a person has to decide about is not pending, nor are its sessions.
    events["failed"] = len(failed_events)
    events["pending"] = len(pending_events)
    events["pushed"] = len(done.created - failed_events - pending_events)
    events["adopted"] = len(done.adopted - failed_events - pending_events)
    sessions["pushed"] = len(done.sessions)


def status_of(events: Mapping[str, int], sessions: Mapping[str, int]) -> Status:
    """Never better than reality: failed steps, then what is rejected or still pending."""
    if events["failed"] or sessions["failed"]:
        return "failed"
    open_ones = ("rejected", "pending")
    if any(counts[name] for counts in (events, sessions) for name in open_ones):
        return "partial"
    return "succeeded"
