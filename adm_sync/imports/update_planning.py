"""The plan of an update: what a corrected workbook changes of an event that is known.

What belongs here: from the values of both sides and of the workbook to the exact changes, to
conflicts, and to the reasons why nothing may be changed. What does not: the rule for one value
(`three_way`), and carrying the plan out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adm_sync.database.current import WaitingChange
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.steps import OPEN
from adm_sync.imports.changed import Changed, event_columns
from adm_sync.imports.comparison import (
    CHANGED_SESSION_COLUMNS,
    NAMES,
    SESSION_COLUMNS,
    Field,
    Values,
    differences,
    shown,
)
from adm_sync.imports.places import Places
from adm_sync.imports.steps import event_input, session_input
from adm_sync.imports.there import sessions_there, staff_of
from adm_sync.imports.three_way import Verdict, may_change
from adm_sync.imports.update_options import UpdateOptions
from adm_sync.imports.updates import EventUpdate, FieldChange, RecordUpdate, StaffChange
from adm_sync.names.keys import normalise
from adm_sync.push.records import CUSTOM, event_values, flat, is_alike, session_values
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT, STAFF, Column
from adm_sync.workbook.entries import Kept
from adm_sync.workbook.events import ResolvedEvent, ResolvedSession
from adm_sync.workbook.findings import Finding

Node = Mapping[str, Any]
# What is never changed of an event that is known: it decides what else it has.
_FIXED = {"mode": "learning mode", "zone": "time zone"}


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """What becomes of one event that is known.

    Attributes:
        update: what is changed.
        findings: what a person should look at.
        conflicts: how many values of the event itself a person has to decide about.
        conflict_days: the sessions with such values.
        refused: why nothing of it may be changed although something is to be.
    """

    update: EventUpdate
    findings: tuple[Finding, ...] = ()
    conflicts: int = 0
    conflict_days: frozenset[int] = frozenset()
    refused: Finding | None = None


@dataclass(slots=True)
class _Record:
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


class UpdatePlanner:
    """Plans the update of one event.

    Args:
        changed: how known events are now.
        resolved: the event as the workbook has it.
        row: as it is recorded.
        options: how far it may be changed.
        places: where its cells are.
        is_settled: whether Administrate has all of it that was recorded before.
    """

    def __init__(
        self,
        changed: Changed,
        resolved: ResolvedEvent,
        row: RecordedEvent,
        options: UpdateOptions,
        places: Places,
        *,
        is_settled: bool,
    ) -> None:
        self._changed = changed
        self._resolved = resolved
        self._row = row
        self._options = options
        self._places = places
        self._is_settled = is_settled
        self._node = changed.there.events.get(row.external_id or "")

    def plan(self) -> UpdatePlan:
        """The plan."""
        nothing = EventUpdate(self._resolved)
        if self._row.tutorial_event_id is None:
            found = self._changed.findings(self._resolved, self._row, self._places)
            return UpdatePlan(nothing, tuple(found))
        records = list(self._records())
        for record in records:
            self._judge(record)
        gone = self._changed.gone(self._resolved, self._row)
        if not gone and not any(one.changes or one.conflicts for one in records):
            superseded = tuple(self._superseded(records))
            update = EventUpdate(self._resolved, superseded=superseded)
            return UpdatePlan(update, tuple(self._differences(records)))
        if refused := self._obstacle(records):
            return UpdatePlan(nothing, refused=refused)
        update = EventUpdate(
            self._resolved,
            tuple(self._updates(records)),
            allow_published=self._options.published,
            superseded=tuple(self._superseded(records)),
        )
        findings = [*self._conflicts(records), *self._gone(gone), *self._differences(records)]
        return UpdatePlan(
            update,
            tuple(findings),
            sum(len(one.conflicts) for one in records if one.day is None),
            frozenset(one.day for one in records if one.day is not None and one.conflicts),
        )

    # ------------------------------------------------------------------ the values

    def _records(self) -> Iterator[_Record]:
        changed, resolved, row = self._changed, self._resolved, self._row
        columns = event_columns(resolved)
        yield _Record(
            None,
            resolved.event.row,
            changed.of_event(resolved, row, exactly=True),
            changed.of_event(resolved, row),
            EVENT_KEPT,
            columns,
            columns,
            {name: key for key, name in changed.fields.items()},
            self._node,
            None,
            changed.waiting.get((row.id, None), ()),
        )
        days, nodes = changed.days(row.id), sessions_there(self._node) or {}
        for one in resolved.sessions:
            session = days.get(one.session.day)
            if session is None:
                continue
            yield _Record(
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

    def _judge(self, record: _Record) -> None:
        """Which values are changed, and which are in conflict."""
        record.fields = list(record.values.fields(record.columns))
        for one in record.fields:
            if one.verdict is Verdict.CONFLICT:
                record.conflicts.append(one)
            elif one.verdict is Verdict.CHANGE:
                change = FieldChange(
                    one,
                    one.workbook,
                    here=self._is_changed_here(one),
                    there=self._is_changed_there(record, one),
                )
                if change.here or change.there:
                    record.changes.append(change)

    def _is_changed_here(self, one: Field) -> bool:
        """Also where nothing is known of this side: what is recorded is from now on this."""
        if one.here is None:
            return not one.is_same(one.base, one.workbook)
        return may_change(one.workbook, one.here, one.is_same)

    def _is_changed_there(self, record: _Record, one: Field) -> bool:
        if one.there is None or not may_change(one.workbook, one.there, one.is_same):
            return False
        intended = [
            step.input["fields"][one.name][1]
            for step in record.waiting
            if step.state in OPEN and one.name in step.input["fields"]
        ]
        return not (intended and one.is_same(intended[-1], one.workbook))

    # ------------------------------------------------------------------ what stands in the way

    def _obstacle(self, records: Sequence[_Record]) -> Finding | None:
        """Why nothing of it may be changed."""
        title, event = self._resolved.event.title, records[0]
        at = self._places.at(self._resolved.event.row, Column.TITLE)
        for name, words in _FIXED.items():
            for one in event.fields:
                if one.name == name and not one.is_same(one.base, one.workbook):
                    return self._places.at(event.row, one.column).error(
                        "not_changeable",
                        f"The {words} of «{title}» was imported as {shown(name, one.base)}, and "
                        f"the workbook says {shown(name, one.workbook)}. That is never changed of "
                        "an event that is there; nothing of it is.",
                        f"Put {shown(name, one.base)} back; or undo its import, and import it as a "
                        "new event.",
                    )
        if not self._is_settled or self._row.external_id is None:
            return at.error(
                "update_waits",
                f"«{title}» is to be changed, and Administrate does not yet have all of it that "
                "was imported before. Nothing of it is changed.",
                "Push that first (adm-sync push), and import the workbook again.",
            )
        if self._row.external_id not in self._changed.there.events:
            why = self._changed.there.problem.rstrip(".") or "it did not tell of the event"
            return at.error(
                "update_waits",
                f"«{title}» is to be changed, and Administrate could not be asked how it is there "
                f"now: {why}. Nothing of it is changed.",
                "Import the workbook again when Administrate is back.",
            )
        return self._obstacle_there(records, title)

    def _obstacle_there(self, records: Sequence[_Record], title: str) -> Finding | None:
        """What Administrate has made of the event in the meantime."""
        at = self._places.at(self._resolved.event.row, Column.TITLE)
        state = records[0].values.there.get("state")
        state = "deleted" if self._node is None else str(self._node.get("lifecycleState") or state)
        if state == "published" and not self._options.published:
            return at.error(
                "is_published",
                f"«{title}» is to be changed, and it is published in Administrate. Nothing of it "
                "is changed.",
                "If people may see the change at once, import with --published too.",
            )
        if state in {"draft", "published"}:
            return None
        return at.error(
            "not_changeable",
            f"«{title}» is to be changed, and it is {state or 'in an unknown state'} in "
            "Administrate. Nothing of it is changed.",
            "If it is to be held after all, make it a draft again there, and import again; if not, "
            "say so in the workbook.",
        )

    # ------------------------------------------------------------------ the changes

    def _updates(self, records: Sequence[_Record]) -> Iterator[RecordUpdate]:
        removed = self._removed_from_event(records[0])
        for record in records:
            sent, expected = self._sent(record)
            staff = tuple(self._staff(record, removed))
            if record.changes or staff:
                names = {key: name for key, name in self._names(record).items() if key in sent}
                yield RecordUpdate(
                    record.day, record.row, tuple(record.changes), sent, expected, names, staff
                )

    def _sent(self, record: _Record) -> tuple[dict[str, Any], dict[str, Any]]:
        """What Administrate gets, and what it has instead."""
        names = [one.field.name for one in record.changes if one.there]
        if not names:
            return {}, {}
        wanted, now = flat(self._input(record)), self._now(record)
        keys = [key for name in names for key in record.kept[name].sent]
        custom = [record.keys[name] for name in names if name in record.keys]
        sent = {key: wanted.get(key) for key in dict.fromkeys(keys)}
        sent |= {CUSTOM + key: wanted.get(CUSTOM + key, "") for key in custom}
        sent = {key: value for key, value in sent.items() if not is_alike(key, value, now.get(key))}
        return sent, {key: now.get(key) for key in sent}

    def _names(self, record: _Record) -> dict[str, str]:
        """How the values that Administrate gets are called, by their names there."""
        columns = {name: column.value for name, column in record.columns.items()}
        names = {
            key: columns[n] for n, kept in record.kept.items() for key in kept.sent if n in columns
        }
        return names | {CUSTOM + key: columns[n] for n, key in record.keys.items() if n in columns}

    def _input(self, record: _Record) -> dict[str, Any]:
        if record.day is None:
            return event_input(self._resolved)
        return next(
            session_input(self._resolved, one)
            for one in self._resolved.sessions
            if one.session.day == record.day
        )

    def _now(self, record: _Record) -> dict[str, Any]:
        """What Administrate has, or will have before this is its turn."""
        if record.node is None:
            return {}
        read = event_values if record.day is None else session_values
        now = read(record.node, self._resolved.event.zone)
        for step in record.waiting:
            if step.state in OPEN:
                now |= step.input.get("set", {})
        return now

    # ------------------------------------------------------------------ people

    def _staff(self, record: _Record, removed: set[str]) -> Iterator[StaffChange]:
        changed = {one.field.name for one in record.changes if one.there}
        for name, staff_type in STAFF.items():
            people = self._people(record, name)
            if name in changed:
                may_lack = () if record.day is None else tuple(sorted(removed))
                yield StaffChange(staff_type, self._before(record, staff_type), people, may_lack)
            elif record.day is not None and name == "instructors":
                before = self._before(record, staff_type)
                lost = sorted(removed & set(before) & {one[0] for one in people if one[0]})
                if lost:
                    yield StaffChange(staff_type, before, people, tuple(lost))

    def _people(self, record: _Record, name: str) -> tuple[tuple[str | None, str, str], ...]:
        of: ResolvedEvent | ResolvedSession = self._resolved
        if record.day is not None:
            of = next(one for one in self._resolved.sessions if one.session.day == record.day)
        people = getattr(of, name, ())
        return tuple((one.external_id, one.name, normalise(one.name)) for one in people)

    def _before(self, record: _Record, staff_type: str) -> tuple[str, ...]:
        """Whom Administrate has, but for those who come with the event or with its sessions."""
        sent = self._changed.sent.get(self._row.id)
        known = sent.people.get((record.sent_id, staff_type), set()) if sent else set()
        others = self._elsewhere(record, staff_type)
        staff = staff_of(record.node or {}, staff_type) or []
        return tuple(
            contact
            for contact, name in staff
            if contact in known or normalise(name) in known or contact not in others
        )

    def _elsewhere(self, record: _Record, staff_type: str) -> set[str]:
        if record.day is not None:
            return {contact for contact, _ in staff_of(self._node or {}, staff_type) or ()}
        nodes = (sessions_there(self._node) or {}).values()
        return {c for node in nodes for c, _ in staff_of(node, staff_type) or ()}

    def _removed_from_event(self, event: _Record) -> set[str]:
        """Instructors that the event loses; Administrate takes them from its sessions too."""
        if not any(one.field.name == "instructors" and one.there for one in event.changes):
            return set()
        stay = {one[0] for one in self._people(event, "instructors")}
        return set(self._before(event, "instructor")) - stay

    def _superseded(self, records: Iterable[_Record]) -> Iterator[int]:
        """Steps that a person had to decide about, and need not any more."""
        for record in records:
            open_ones = {one.name for one in record.conflicts}
            for step in record.waiting:
                if step.state not in OPEN and not open_ones & set(step.input["fields"]):
                    yield step.id

    # ------------------------------------------------------------------ findings

    def _conflicts(self, records: Iterable[_Record]) -> Iterator[Finding]:
        title = self._resolved.event.title
        for record in records:
            for one in record.conflicts:
                said = one.difference
                name = NAMES.get(one.name, one.column.value)
                day = "" if record.day is None else f"Day {record.day}: "
                sides = [f"{said.here} here" if said.here is not None else ""]
                sides.append(f"{said.there} in Administrate" if said.there is not None else "")
                yield self._places.at(record.row, one.column).warning(
                    "conflict",
                    f"{day}{name} was last written as {said.imported}; somebody has changed it "
                    f"since: it is {' and '.join(filter(None, sides))} now, and the workbook says "
                    f"{shown(one.name, one.workbook)}. Neither side is touched.",
                    "Decide whose value holds: import with --update and --take "
                    f"'{title}: {one.column.value}=workbook' (or =administrate, or =here).",
                )

    def _gone(self, gone: Sequence[int]) -> Iterator[Finding]:
        title = self._resolved.event.title
        for day in gone:
            yield self._places.at(self._resolved.event.row, Column.DAY).warning(
                "session_gone",
                f"Day {day} of «{title}» was imported before and is not in the workbook any more. "
                "Nothing is removed.",
                "If it is not to be held, import with --update and --remove-sessions.",
            )

    def _differences(self, records: Iterable[_Record]) -> Iterator[Finding]:
        """What people have changed, and the workbook has nothing to say about."""
        for record in records:
            settled = {
                one.name
                for one in record.fields
                if one.verdict in {Verdict.CHANGE, Verdict.CONFLICT}
            }
            for one in differences(record.plain, record.plain_columns):
                if one.name not in settled:
                    yield self._changed.differs(self._row, one, record.row, self._places)
