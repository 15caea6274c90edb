"""What Administrate gets of an update: the values of its event and sessions, and their staff.

What belongs here: from changes to what is sent, and what Administrate has instead. What does not:
which changes there are (`planning`), and comparing again before sending (`push.comparing`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adm_sync.database.steps import OPEN
from adm_sync.imports.known.there import sessions_there, staff_of
from adm_sync.imports.steps import event_input, session_input
from adm_sync.imports.updates.changes import FieldChange, RecordUpdate, StaffChange
from adm_sync.imports.updates.records import KnownEvent, KnownRecord
from adm_sync.imports.updates.taking import Given, with_value
from adm_sync.names.keys import normalise
from adm_sync.push.records import CUSTOM, event_values, flat, is_alike, session_values
from adm_sync.workbook.columns import STAFF
from adm_sync.workbook.events import ResolvedEvent, ResolvedSession
from adm_sync.workbook.references import References


@dataclass(frozen=True, slots=True)
class RemoteChanges:
    """The changes to one event; `wanted` is the event as it is to be."""

    _known: KnownEvent
    _wanted: ResolvedEvent

    def updates(self, records: Sequence[KnownRecord]) -> Iterator[RecordUpdate]:
        """What is changed of each record, here and there."""
        removed = self._removed_from_event(records[0])
        for record in records:
            sent, expected = self._sent(record)
            staff = tuple(self._staff(record, removed))
            if record.changes or staff:
                names = {key: name for key, name in self._names(record).items() if key in sent}
                changes = tuple(self._as_it_comes(record, one, staff) for one in record.changes)
                yield RecordUpdate(record.day, record.row, changes, sent, expected, names, staff)

    def _sent(self, record: KnownRecord) -> tuple[dict[str, Any], dict[str, Any]]:
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

    def _names(self, record: KnownRecord) -> dict[str, str]:
        """How the values that Administrate gets are called, by their names there."""
        header = self._known.places.words.header
        columns = {name: header(column) for name, column in record.columns.items()}
        names = {
            key: columns[n] for n, kept in record.kept.items() for key in kept.sent if n in columns
        }
        return names | {CUSTOM + key: columns[n] for n, key in record.keys.items() if n in columns}

    def _input(self, record: KnownRecord) -> dict[str, Any]:
        if record.day is None:
            return event_input(self._wanted)
        return next(
            session_input(self._wanted, one)
            for one in self._wanted.sessions
            if one.session.day == record.day
        )

    def _now(self, record: KnownRecord) -> dict[str, Any]:
        """What Administrate has, or will have before this is its turn."""
        if record.node is None:
            return self._told(record)
        read = event_values if record.day is None else session_values
        now = read(record.node, self._known.resolved.event.zone)
        for step in record.waiting:
            if step.state in OPEN:
                now |= step.input.get("set", {})
        return now

    def _told(self, record: KnownRecord) -> dict[str, Any]:
        """What an event that is not there yet, or cannot be asked about, was to be until now."""
        told = self._known.resolved
        for one in record.changes:
            given = Given(one.field.base)
            told = with_value(told, record.day, one.field.name, given, References(), None)
        return flat(event_input(told))

    # ------------------------------------------------------------------ people

    def _staff(self, record: KnownRecord, removed: set[str]) -> Iterator[StaffChange]:
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

    def _as_it_comes(
        self, record: KnownRecord, change: FieldChange, staff: Sequence[StaffChange]
    ) -> FieldChange:
        """A change with who stays on a session all the same, being an instructor of the event."""
        name = change.field.name
        if record.day is None or not change.there or name not in STAFF:
            return change
        (sent,) = (one for one in staff if one.type == STAFF[name])
        of_event = self._elsewhere(record, STAFF[name]) - set(sent.may_lack)
        of_event |= {one.external_id for one in getattr(self._wanted, name) if one.external_id}
        wanted = {contact for contact, _, _ in sent.people}
        there = dict(staff_of(record.node or {}, STAFF[name]) or ())
        stay = tuple(there[one] for one in there if one in of_event and one not in wanted)
        gone = set(sent.before) - of_event - wanted
        return replace(change, stay=stay, reaches=bool(gone or wanted - set(there)))

    def _people(self, record: KnownRecord, name: str) -> tuple[tuple[str | None, str, str], ...]:
        of: ResolvedEvent | ResolvedSession = self._wanted
        if record.day is not None:
            of = next(one for one in self._wanted.sessions if one.session.day == record.day)
        people = getattr(of, name, ())
        return tuple((one.external_id, one.name, normalise(one.name)) for one in people)

    def _before(self, record: KnownRecord, staff_type: str) -> tuple[str, ...]:
        """Whom Administrate has, but for those who come with the event or with its sessions.

        While somebody is on the way, whom it will have.
        """
        waiting = [
            one
            for one in record.waiting
            if one.state in OPEN and one.input.get("type") == staff_type
        ]
        if waiting:
            return tuple(one["id"] for one in waiting[-1].input["people"] if one["id"])
        sent = self._known.changed.sent.get(self._known.row.id)
        known = sent.people.get((record.sent_id, staff_type), set()) if sent else set()
        others = self._elsewhere(record, staff_type)
        staff = staff_of(record.node or {}, staff_type) or []
        return tuple(
            contact
            for contact, name in staff
            if contact in known or normalise(name) in known or contact not in others
        )

    def _elsewhere(self, record: KnownRecord, staff_type: str) -> set[str]:
        if record.day is not None:
            return {contact for contact, _ in staff_of(self._known.node or {}, staff_type) or ()}
        nodes = (sessions_there(self._known.node) or {}).values()
        return {c for node in nodes for c, _ in staff_of(node, staff_type) or ()}

    def _removed_from_event(self, event: KnownRecord) -> set[str]:
        """Instructors that the event loses; Administrate takes them from its sessions too."""
        if not any(one.field.name == "instructors" and one.there for one in event.changes):
            return set()
        stay = {one[0] for one in self._people(event, "instructors")}
        return set(self._before(event, "instructor")) - stay
