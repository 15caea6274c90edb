"""An event that is known and its sessions, on all sides, for changing them.

What belongs here: putting the sides of each record together, and which of its values go together.
What does not: what becomes of them (`planning`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adm_sync.database.current import SessionNow, WaitingChange
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.steps import OPEN
from adm_sync.imports.known.changed import Changed, event_columns
from adm_sync.imports.known.comparison import (
    CHANGED_SESSION_COLUMNS,
    SESSION_COLUMNS,
    Field,
    Values,
)
from adm_sync.imports.known.there import sessions_there
from adm_sync.imports.known.three_way import Resolution, may_change
from adm_sync.imports.places import Places
from adm_sync.imports.updates.changes import FieldChange
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT, Column
from adm_sync.workbook.entries import Kept
from adm_sync.workbook.events import ResolvedEvent

Node = Mapping[str, Any]
# One without the other may be nonsense.
_TOGETHER = (("location", "venue"), ("starts", "ends"), ("lms_starts", "lms_ends"))


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event of a workbook that is recorded already.

    Attributes:
        changed: how known events are now.
        resolved: the event as the workbook has it.
        row: as it is recorded.
        options: how far it may be changed.
        places: where its cells are.
        is_settled: whether Administrate has all of it that was recorded before.
    """

    changed: Changed
    resolved: ResolvedEvent
    row: RecordedEvent
    options: UpdateOptions
    places: Places
    is_settled: bool

    @property
    def node(self) -> Node | None:
        """The event of Administrate; None if it is not there, or was not told of."""
        return self.changed.there.events.get(self.row.external_id or "")

    @property
    def days(self) -> Mapping[int, SessionNow]:
        """Its recorded sessions by Day."""
        return self.changed.days(self.row.id)

    @property
    def title(self) -> str:
        """As the workbook has it."""
        return self.resolved.event.title


@dataclass(slots=True)
class KnownRecord:
    """An event (`day` is None) or a session, on all sides."""

    day: int | None
    row: int
    values: Values
    plain: Values
    kept: Mapping[str, Kept]
    columns: Mapping[str, Column]
    plain_columns: Mapping[str, Column]
    keys: Mapping[str, str]
    node: Node | None
    sent_id: int | None
    waiting: Sequence[WaitingChange]
    fields: list[Field] = field(default_factory=list)
    changes: list[FieldChange] = field(default_factory=list)
    conflicts: list[Field] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)

    def value_to_be(self, name: str) -> Any:
        """What a value is from now on; None while a person has to decide."""
        if any(one.name == name for one in self.conflicts):
            return None
        changed = [one.value for one in self.changes if one.field.name == name]
        return changed[0] if changed else next(f.workbook for f in self.fields if f.name == name)

    def is_changed_here(self, one: Field) -> bool:
        """Also where nothing is known of this side: what is recorded is from now on this."""
        if one.here is None:
            return not one.is_same(one.base, one.workbook)
        return may_change(one.workbook, one.here, one.is_same)

    def is_changed_there(self, one: Field) -> bool:
        """Unless a change to it is on its way."""
        if one.there is None or not may_change(one.workbook, one.there, one.is_same):
            return False
        intended = [
            step.input["fields"][one.name][1]
            for step in self.waiting
            if step.state in OPEN and one.name in step.input["fields"]
        ]
        return not (intended and one.is_same(intended[-1], one.workbook))


def disputed(fields: Sequence[Field]) -> set[str]:
    """What a person has to decide about: what somebody changed, and what goes with that."""
    verdicts = {one.name: one.verdict for one in fields}
    found = {name for name, verdict in verdicts.items() if verdict is Resolution.CONFLICT}
    for pair in _TOGETHER:
        changed = {name for name in pair if verdicts.get(name) is Resolution.CHANGE}
        if found & set(pair):
            found |= changed
    # A venue that somebody chose may not be where the event goes to.
    if verdicts.get("location") is Resolution.CHANGE and verdicts.get("venue") is Resolution.KEPT:
        found.add("location")
    return found


def records_of(known: KnownEvent) -> Iterator[KnownRecord]:
    """The event, and those of its sessions that the workbook has too."""
    changed, resolved, row = known.changed, known.resolved, known.row
    columns = event_columns(resolved)
    yield KnownRecord(
        None,
        resolved.event.row,
        changed.of_event(resolved, row, exactly=True),
        changed.of_event(resolved, row),
        EVENT_KEPT,
        columns,
        columns,
        {name: key for key, name in changed.fields.items()},
        known.node,
        None,
        changed.waiting.get((row.id, None), ()),
    )
    days, nodes = changed.days(row.id), sessions_there(known.node) or {}
    for one in resolved.sessions:
        session = days.get(one.session.day)
        if session is None:
            continue
        yield KnownRecord(
            one.session.day,
            one.session.row,
            changed.of_session(row, session, one, exactly=True),
            changed.of_session(row, session, one),
            SESSION_KEPT,
            CHANGED_SESSION_COLUMNS,
            SESSION_COLUMNS,
            {name: key for key, name in changed.session_fields.items()},
            nodes.get(session.external_id or ""),
            session.id,
            changed.waiting.get((row.id, session.id), ()),
        )
