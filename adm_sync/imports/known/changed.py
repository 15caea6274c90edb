"""How known events were changed since they were imported: here, in Administrate, in the workbook.

What belongs here: putting the four values of each field together, and saying what differs. What
does not: reading Administrate (`there`), and doing anything about it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from adm_sync.database import current, undoing
from adm_sync.database.current import EventNow, InstructorNow, SessionNow, WaitingChange
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.states import LifecycleState
from adm_sync.database.steps import OPEN
from adm_sync.imports.codes import DIFFERS, LOCAL_EVENT_DELETED, NOT_COMPARED
from adm_sync.imports.known.comparison import (
    EVENT_COLUMNS,
    SESSION_COLUMNS,
    Difference,
    Recorded,
    Values,
    called,
    differences,
    is_same,
    plain,
    recorded_event,
    recorded_session,
)
from adm_sync.imports.known.here import BRIDGE_COLUMNS, bridge_here, event_here, session_here
from adm_sync.imports.known.there import (
    Sent,
    There,
    created_event,
    event_there,
    event_there_exactly,
    sent_of,
    session_there,
    session_there_exactly,
    sessions_there,
)
from adm_sync.imports.places import Places
from adm_sync.names.keys import normalise
from adm_sync.push.remote import instant
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT, STAFF, Column
from adm_sync.workbook.entries import Kept
from adm_sync.workbook.events import ENDS, Mode, ResolvedEvent, ResolvedSession
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.references import Definition

# The Day (None of the event), the row, and what differs.
InRow = tuple[int | None, int, Sequence[Difference]]
_LMS_COLUMNS = {"starts_on": Column.LMS_START_DATE, "ends_on": Column.LMS_END_DATE}


def event_columns(resolved: ResolvedEvent) -> Mapping[str, Column]:
    """What is compared of an event, and where it stands."""
    is_lms = resolved.event.mode is Mode.LMS
    return {**EVENT_COLUMNS, **(_LMS_COLUMNS if is_lms else {})}


@dataclass(frozen=True, slots=True)
class Changed:
    """Recorded events as they are now.

    Attributes:
        events: their tutorial events, by the ids of our rows.
        bridges: what their bridge rows hold, likewise.
        sessions: their sessions by Day, likewise.
        instructors: those who teach, by the ids of the sessions' rows.
        sent: what Administrate was sent of them.
        there: the events of Administrate.
        fields: the recorded names of custom fields, by key.
        session_fields: the same of sessions.
        waiting: the changes that Administrate has not made, in order, by the ids of the event and
            of the session.
    """

    events: Mapping[int, EventNow]
    bridges: Mapping[int, Mapping[str, Any]]
    sessions: Mapping[int, Mapping[int, SessionNow]]
    instructors: Mapping[int, Sequence[InstructorNow]]
    sent: Mapping[int, Sent]
    there: There
    fields: Mapping[str, str]
    session_fields: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[tuple[int, int | None], Sequence[WaitingChange]] = field(default_factory=dict)

    def days(self, event_id: int) -> Mapping[int, SessionNow]:
        """The sessions of an event of ours, by Day."""
        return self.sessions.get(event_id, {})

    def has_moved_to(self, row: RecordedEvent, start: datetime) -> bool:
        """Whether an event starts then by now, here and in Administrate if it is there."""
        event = self.events.get(row.id)
        if event is None or event.start_date != start.astimezone(_zone(row)).date():
            return False
        first = min(self.days(row.id).items(), default=(0, None))[1]
        if first is not None and first.start_date != start:
            return False
        if row.external_id is None:
            return True
        node = self.there.events.get(row.external_id)
        if node is None:
            return False
        if first is not None:
            session = (sessions_there(node) or {}).get(first.external_id or "") or {}
            return instant(session.get("timeZonedStart"), "UTC") == start
        return instant(node.get("lmsStart"), node.get("timeZoneName") or _zone(row)) == start

    # ------------------------------------------------------------------ what differs

    def findings(
        self, resolved: ResolvedEvent, row: RecordedEvent, places: Places
    ) -> Iterator[Finding]:
        """What a person should look at in a known event."""
        event = resolved.event
        if row.tutorial_event_id is None:
            yield LOCAL_EVENT_DELETED(title=event.title).at(places.at(event.row, Column.TITLE))
            return
        yield from self.differing(row, self._differences(resolved, row), places)
        missing = self.gone(resolved, row)
        if missing:
            listed = ", ".join(map(str, missing))
            says = f"Day {listed} of «{event.title}» was imported before and is not in the "
            says += "workbook any more. Nothing is removed."
            yield DIFFERS.saying(says).at(places.at(event.row, Column.DAY))

    def gone(self, resolved: ResolvedEvent, row: RecordedEvent) -> list[int]:
        """The Days that are recorded and that the workbook has no more."""
        return sorted(set(self.days(row.id)) - {one.session.day for one in resolved.sessions})

    def _differences(self, resolved: ResolvedEvent, row: RecordedEvent) -> Iterator[InRow]:
        """What differs of the event, and of its sessions."""
        values, days = self.of_event(resolved, row), self.days(row.id)
        yield None, resolved.event.row, list(differences(values, event_columns(resolved)))
        for one in resolved.sessions:
            day = one.session.day
            if day in days:
                values = self.of_session(row, days[day], one)
                yield day, one.session.row, list(differences(values, SESSION_COLUMNS))

    def differing(
        self, row: RecordedEvent, found: Iterable[InRow], places: Places
    ) -> Iterator[Finding]:
        """The findings of differences: what is the same of an event and its first session, once."""
        not_asked = bool(row.external_id) and row.external_id not in self.there.events
        named: dict[tuple[int, str], Difference] = {}
        for day, at, several in found:
            for one in several:
                first = named.setdefault((at, one.name), one)
                if first is one:
                    yield _finding(one, None, at, places, not_asked=not_asked)
                elif first != one:
                    yield _finding(one, day, at, places, not_asked=not_asked)

    def of_event(
        self, resolved: ResolvedEvent, row: RecordedEvent, *, exactly: bool = False
    ) -> Values:
        """All values of an event.

        Args:
            resolved: as the workbook has it.
            row: as it is recorded.
            exactly: for changing it, and not only for telling what differs.
        """
        workbook = {
            **recorded_event(resolved),
            **{name: plain(resolved.event.value(name)) for name in ENDS},
        }
        return replace(self._of_event(row, exactly=exactly), workbook=workbook)

    def _of_event(self, row: RecordedEvent, *, exactly: bool) -> Values:
        ends = [one.recorded["ends"] for one in self.days(row.id).values()]
        ends += [row.recorded["lms_ends"]] if row.recorded.get("lms_ends") else []
        base = _base(row, [one.recorded["ends"] for one in self.days(row.id).values()])
        here: Recorded = {}
        here_base: Recorded = {}
        if row.id in self.bridges:
            here |= bridge_here(base, self.bridges[row.id])
        if row.id in self.events:
            here |= event_here(base, self.events[row.id], ends)
            if exactly and "ends_on" not in here:
                # It ends with one of its sessions, as nobody but the import has it.
                here["ends_on"] = here_base["ends_on"] = plain(self.events[row.id].end_date)
        there: Recorded = {}
        there_base = self._there_base(row.id, None, base)
        if row.external_id and row.external_id in self.there.events:
            node, sent = self.there.events[row.external_id], self.sent.get(row.id, Sent())
            if exactly:
                there_base |= _sent_ends(base, sent)
                there = event_there_exactly({**base, **there_base}, node, sent, self.fields)
            else:
                there = event_there({**base, **there_base}, node, sent, self.fields)
            there |= self._staff_on_its_way(row.id, there, {**base, **there_base})
            there_base |= self._on_their_way(row.id, None, there)
            # One that was found in Administrate may have been published from the start.
            if row.adopted and there.get("state") == LifecycleState.PUBLISHED:
                del there["state"]
        return Values(base, {}, here, there, here_base, there_base, row.overruled or {})

    def of_session(
        self,
        row: RecordedEvent,
        session: SessionNow,
        resolved: ResolvedSession,
        *,
        exactly: bool = False,
    ) -> Values:
        """All values of a session; as `of_event`."""
        workbook = {**recorded_session(resolved), "location": resolved.location.name}
        return replace(self._of_session(row, session, exactly=exactly), workbook=workbook)

    def of_gone(self, row: RecordedEvent, session: SessionNow) -> Values:
        """All values of a session that the workbook has no more."""
        return self._of_session(row, session, exactly=True)

    def has_changed(self, row: RecordedEvent) -> bool:
        """Whether anything of an event and its sessions is not as it was last written."""
        sessions = (self.of_gone(row, one) for one in self.days(row.id).values())
        return any(differences(self._of_event(row, exactly=True), EVENT_COLUMNS)) or any(
            any(differences(one, SESSION_COLUMNS)) for one in sessions
        )

    def _of_session(self, row: RecordedEvent, session: SessionNow, *, exactly: bool) -> Values:
        base, zone = {"state": "planned", **session.recorded}, row.recorded["zone"]
        base.setdefault("location", row.recorded.get("location"))
        people = [one.name for one in self.instructors.get(session.id, ())]
        here = session_here(session, people, zone)
        there: Recorded = {}
        there_base = self._there_base(row.id, session.id, base)
        node = self.there.events.get(row.external_id or "")
        sessions = sessions_there(node)
        if node is not None and sessions is not None and session.external_id:
            now, last = sessions.get(session.external_id), {**base, **there_base}
            sent = self.sent.get(row.id, Sent())
            there = session_there(last, now, session.id, node, sent, zone)
            if exactly:
                there = session_there_exactly(there, last, now, self.session_fields)
            there |= self._staff_on_its_way(row.id, there, last)
            there_base |= self._on_their_way(row.id, session.id, there)
        return Values(base, {}, here, there, {}, there_base, session.overruled or {})

    def _on_their_way(self, event_id: int, session_id: int | None, there: Recorded) -> Recorded:
        """What Administrate will have once the changes that wait are made; `there` too has it then.

        Unless somebody has changed it meanwhile: then they will not be.
        """
        found: dict[str, list[Any]] = {}
        for step in self.waiting.get((event_id, session_id), ()):
            for name, (before, after) in step.input["fields"].items():
                if step.state in OPEN and name in there:
                    found.setdefault(name, [before]).append(after)
        coming = {
            name: values[-1]
            for name, values in found.items()
            if any(is_same(name, there[name], one) for one in values)
        }
        there |= coming
        return coming

    def _staff_on_its_way(self, event_id: int, there: Recorded, last: Recorded) -> Recorded:
        """While the staff of an event is being changed, what is there may be half of it."""
        ours = (steps for (event, _), steps in self.waiting.items() if event == event_id)
        changing = any(s.state in OPEN and "people" in s.input for steps in ours for s in steps)
        return {name: last[name] for name in STAFF if changing and name in there and name in last}

    def _there_base(self, event_id: int, session_id: int | None, base: Recorded) -> Recorded:
        """What Administrate was last made to have, where that is not what was recorded here."""
        found: Recorded = {}
        for step in self.waiting.get((event_id, session_id), ()):
            for name, (before, _) in step.input["fields"].items():
                found.setdefault(name, before)
        return {name: value for name, value in found.items() if name in base}

    def not_asked(self, rows: Iterable[RecordedEvent], places: Places) -> Iterator[Finding]:
        """One finding if Administrate did not say how known events are now."""
        silent = [r for r in rows if r.external_id and r.external_id not in self.there.events]
        if self.there.problem and silent:
            count = len(silent)
            events = "1 event that was" if count == 1 else f"{count} events that were"
            why = self.there.problem.rstrip(".")
            yield NOT_COMPARED(events=events, why=why).at(places.sheet())


def read_changed(
    connection: sa.Connection,
    rows: Sequence[RecordedEvent],
    there: There,
    definitions: Sequence[Definition],
) -> Changed:
    """How recorded events are now, in the same few statements whatever their number.

    Args:
        connection: only read from.
        rows: the events.
        there: what Administrate has of them.
        definitions: the custom fields that Administrate has.
    """
    ids = [row.id for row in rows]
    if not ids:
        return Changed({}, {}, {}, {}, {}, there, {})
    sessions: defaultdict[int, dict[int, SessionNow]] = defaultdict(dict)
    for session in current.sessions_now(connection, ids):
        sessions[session.event_id][session.day] = session
    by_external = {row.external_id: row.id for row in rows if row.external_id}
    answers = undoing.creation_answers(connection, list(by_external))
    created = {by_external[key]: created_event(answer) for key, answer in answers.items()}
    waiting: defaultdict[tuple[int, int | None], list[WaitingChange]] = defaultdict(list)
    for step in current.waiting_changes(connection, ids):
        waiting[step.event_id, step.event_session_id].append(step)
    return Changed(
        events=current.events_now(connection, ids),
        bridges=current.bridges_now(connection, ids, BRIDGE_COLUMNS),
        sessions=sessions,
        instructors=current.instructors_now(connection, ids),
        sent=sent_of(current.done_steps(connection, ids), created),
        there=there,
        fields=_field_names(definitions, "Event", EVENT_KEPT),
        session_fields=_field_names(definitions, "Session", SESSION_KEPT),
        waiting=waiting,
    )


def is_changed_here(connection: sa.Connection, row: RecordedEvent) -> bool:
    """Whether an event is not here as it was last written, whoever has changed that."""
    return read_changed(connection, [row], There(), ()).has_changed(row)


def _field_names(
    definitions: Sequence[Definition], entity_type: str, kept: Mapping[str, Kept]
) -> dict[str, str]:
    names = {normalise(one.custom_field): name for name, one in kept.items() if one.custom_field}
    return {
        one.key: names[normalise(one.label)]
        for one in definitions
        if one.entity_type == entity_type and normalise(one.label) in names
    }


def _base(row: RecordedEvent, ends: Sequence[str]) -> Recorded:
    base = {
        **row.recorded,
        "title": row.title,
        "state": "draft",
        "starts_on": plain(row.starts_at.astimezone(_zone(row)).replace(tzinfo=None)),
    }
    if last := max(ends, default=row.recorded.get("lms_ends")):
        base["ends_on"] = last
    return base


def _sent_ends(base: Recorded, sent: Sent) -> Recorded:
    """The end that Administrate was told, which a session that was added later may have moved."""
    told = sent.creation.get("classroomEndDateTime")
    return {"ends_on": plain(datetime.fromisoformat(told))} if told and "ends_on" in base else {}


def _zone(row: RecordedEvent) -> ZoneInfo:
    return ZoneInfo(row.recorded["zone"])


def _finding(
    one: Difference, day: int | None, row: int, places: Places, *, not_asked: bool
) -> Finding:
    """`day` tells a session from its event, where both have something to say at one cell."""
    now = [f"{one.here} here" if one.here is not None else ""]
    now.append(f"{one.there} in Administrate" if one.there is not None else "")
    listed = " and ".join(filter(None, now))
    says = f"; it is {listed} now" if listed else ""
    says += ", and Administrate could not be asked" if not_asked else ""
    if one.workbook is not None:
        says += f"; the workbook says {places.said(row, one.column, one.workbook)}"
    what = called(one.name, one.column, places.words)
    what += "" if day is None else f" of Day {day}"
    found = DIFFERS(one.remedy, what=what, imported=one.imported, now=says)
    return found.at(places.at(row, one.column))
