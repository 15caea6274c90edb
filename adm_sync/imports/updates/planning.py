"""The plan of an update: what a corrected workbook changes of an event that is known.

What belongs here: from the values of both sides and of the workbook to the exact changes, and to
conflicts. What does not: the rule for one value (`known.three_way`), what Administrate gets
(`remote`), what is said (`findings`), and carrying the plan out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adm_sync.database.steps import OPEN
from adm_sync.imports.known.comparison import SESSION_COLUMNS, Field, differences, plain
from adm_sync.imports.known.there import sessions_there, staff_of
from adm_sync.imports.known.three_way import Resolution, Side
from adm_sync.imports.updates.changes import EventUpdate, FieldChange
from adm_sync.imports.updates.disputes import Dispute
from adm_sync.imports.updates.findings import UpdateFindings
from adm_sync.imports.updates.records import KnownEvent, KnownRecord, disputed, records_of
from adm_sync.imports.updates.remote import RemoteChanges
from adm_sync.imports.updates.taking import CannotBeTaken, Given, ids_there, with_value
from adm_sync.push.records import session_values
from adm_sync.workbook.columns import STAFF
from adm_sync.workbook.events import PLACES
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.references import References

# The start and the end of an event follow from its sessions.
_END: Mapping[str, Callable[[Sequence[str]], str]] = {"starts_on": min, "ends_on": max}
_DERIVED = frozenset(_END)


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """What becomes of one event that is known.

    Attributes:
        update: what is changed.
        findings: what a person should look at.
        disputes: the values that a person has to decide about.
        refused: why nothing of it may be changed although something is to be.
    """

    update: EventUpdate
    findings: tuple[Finding, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    refused: Finding | None = None


class UpdatePlanner:
    """Plans the update of one event; `references` is what both sides know."""

    def __init__(self, known: KnownEvent, references: References) -> None:
        self._known = known
        self._references = references
        self._wanted = known.resolved
        self._findings = UpdateFindings(known)

    def plan(self) -> UpdatePlan:
        """The plan."""
        nothing = EventUpdate(self._known.resolved)
        if self._known.row.tutorial_event_id is None:
            found = self._known.changed.findings(
                self._known.resolved, self._known.row, self._known.places
            )
            return UpdatePlan(nothing, tuple(found))
        records = list(records_of(self._known))
        event, *sessions = records
        for record in sessions:
            self._judge(record)
        gone = self._known.changed.gone(self._known.resolved, self._known.row)
        removed, kept = self._removal(gone)
        self._judge(event)
        self._judge_ends(event, sessions, removed)
        is_wanted = bool(removed) or any(one.changes or one.conflicts for one in records)
        findings = [*self._findings.gone(kept), *self._findings.differences(records)]
        superseded = tuple(self._superseded(records))
        if not is_wanted:
            return UpdatePlan(replace(nothing, superseded=superseded), tuple(findings))
        if refused := self._findings.obstacle(records):
            return UpdatePlan(nothing, refused=refused)
        updates = tuple(RemoteChanges(self._known, self._wanted).updates(records))
        update = EventUpdate(
            self._wanted, updates, removed, self._known.options.published, superseded
        )
        disputes = tuple(self._findings.disputes(records))
        findings += self._findings.staying(updates)
        return UpdatePlan(update, (*self._findings.conflicts(disputes), *findings), disputes)

    def ends(self) -> UpdatePlan:
        """What sessions that are added change of the event itself, whose other values stay.

        Where somebody has changed that, it differs, and stays too.
        """
        known = self._known
        event = next(records_of(known))
        event.fields += [self._told(one) for one in event.values.fields(event.columns)]
        self._judge_ends(event, (), {})
        updates = RemoteChanges(known, self._wanted).updates([event])
        differ = [(None, event.row, [one.difference for one in event.conflicts])]
        findings = known.changed.differing(known.row, differ, known.places)
        # The sessions are added whether it is published or not.
        update = EventUpdate(self._wanted, tuple(updates), allow_published=True)
        return UpdatePlan(update, tuple(findings))

    def _told(self, one: Field) -> Field:
        """A value of which Administrate cannot say now what it is: what it was last told."""
        known, row = self._known, self._known.row
        is_asked = row.external_id is not None and row.external_id in known.changed.there.events
        return one if is_asked or one.there else replace(one, there=Side(one.base, one.base))

    def _judge(self, record: KnownRecord) -> None:
        """Which values are changed, and which are in conflict."""
        fields = list(record.values.fields(record.columns))
        record.fields += fields
        in_dispute = disputed(fields)
        for one in fields:
            if one.name in _DERIVED:
                continue
            if one.name in in_dispute:
                self._decide(record, one)
            elif one.verdict is Resolution.CHANGE:
                here, there = record.is_changed_here(one), record.is_changed_there(one)
                self._change(record, FieldChange(one, one.workbook, here=here, there=there))

    def _judge_ends(
        self, event: KnownRecord, sessions: Sequence[KnownRecord], removed: Mapping[int, Any]
    ) -> None:
        """An event starts with its first session and ends with its last, as they are to be."""
        times = self._times(event, sessions, removed)
        for one in event.fields:
            if one.name not in _DERIVED:
                continue
            known = [value for value in times[one.name] if value is not None]
            # While nobody has decided about a session, nobody knows.
            value = one.base if len(known) < len(times[one.name]) else _END[one.name](known)
            derived = replace(one, workbook=value)
            event.fields[event.fields.index(one)] = derived
            if derived.verdict is Resolution.CONFLICT:
                self._decide(event, derived)
            elif derived.verdict is Resolution.CHANGE:
                here = event.is_changed_here(derived)
                there = event.is_changed_there(derived)
                self._take(None, derived, Given(value), event)
                self._change(event, FieldChange(derived, value, here=here, there=there))

    def _times(
        self, event: KnownRecord, sessions: Sequence[KnownRecord], removed: Mapping[int, Any]
    ) -> dict[str, list[str | None]]:
        """When sessions start and end from now on; None where a person has to decide first."""
        if not self._known.resolved.sessions:
            starts, ends = event.value_to_be("lms_starts"), event.value_to_be("lms_ends")
            return {"starts_on": [starts], "ends_on": [ends]}
        known, recorded = {one.day for one in sessions}, self._known.days
        every = [one.session for one in self._known.resolved.sessions]
        new = [one for one in every if one.day not in recorded]
        stay = [
            session.recorded
            for day, session in recorded.items()
            if day not in known and day not in removed
        ]
        return {
            derived: [
                *(one.value_to_be(name) for one in sessions),
                *(plain(getattr(one, name)) for one in new),
                *(one[name] for one in stay),
            ]
            for derived, name in (("starts_on", "starts"), ("ends_on", "ends"))
        }

    def _change(self, record: KnownRecord, change: FieldChange) -> None:
        if change.here or change.there:
            record.changes.append(change)

    # ------------------------------------------------------------------ what a person decides

    def _decide(self, record: KnownRecord, one: Field) -> None:
        """Somebody has changed it since: whose value holds, if a person has said so."""
        source = self._known.options.taken(self._known.resolved.event.title, one.column.value)
        if source is None:
            record.conflicts.append(one)
            return
        value, overrules = one.workbook, source != "workbook"
        if overrules:
            side = one.there if source == "administrate" else one.here
            if side is None:
                record.conflicts.append(one)
                return
            value = side.now
            given = self._given(record, one, is_here=source == "here")
            if why := self._take(record.day, one, given, record):
                record.conflicts.append(one)
                record.reasons[one.name] = why
                return
        here = one.here is None or not one.is_same(value, one.here.now)
        there = one.there is not None and not one.is_same(value, one.there.now)
        if here or there or overrules:
            record.changes.append(FieldChange(one, value, here, there, overrules=overrules))

    def _take(self, day: int | None, one: Field, given: Given, record: KnownRecord) -> str:
        """Let it have this value; gives why that cannot be, if it cannot."""
        key = record.keys.get(one.name)
        try:
            self._wanted = with_value(self._wanted, day, one.name, given, self._references, key)
        except CannotBeTaken as error:
            return str(error)
        return ""

    def _given(self, record: KnownRecord, one: Field, *, is_here: bool) -> Given:
        """The value of one side, with the ids of what it names."""
        if not is_here:
            if one.name in STAFF:
                staff = staff_of(record.node or {}, STAFF[one.name]) or []
                taken = [each for each in staff if each[1] in one.there.now] if one.there else []
                return ids_there(one.name, {}, taken)
            if one.name in PLACES:
                return ids_there(one.name, record.node or {}, ())
            return Given(one.there.now if one.there else None, is_here=False)
        value = one.here.now if one.here else None
        if one.name == "instructors" and record.sent_id is not None:
            people = self._known.changed.instructors.get(record.sent_id, ())
            return Given([each.name for each in people], tuple(each.id for each in people))
        if one.name in PLACES:
            days = self._known.days
            row = (
                self._known.changed.events[self._known.row.id]
                if record.day is None
                else days[record.day]
            )
            return Given(value, (getattr(row, f"{one.name}_id"),))
        return Given(value)

    # ------------------------------------------------------------------ what goes

    def _removal(self, gone: Sequence[int]) -> tuple[dict[int, dict[str, Any]], dict[int, str]]:
        """What Administrate has of sessions that are removed; and why others are not, by Day."""
        removed: dict[int, dict[str, Any]] = {}
        kept: dict[int, str] = {}
        event, changed = self._known.node or {}, self._known.changed
        nodes = sessions_there(self._known.node) or {}
        for day in gone:
            if not self._known.options.remove_sessions:
                kept[day] = ""
                continue
            session = self._known.days[day]
            node = nodes.get(session.external_id or "")
            if event.get("bookedPlaces") or event.get("reserved"):
                kept[day] = "the event has bookings in Administrate"
            elif any(differences(changed.of_gone(self._known.row, session), SESSION_COLUMNS)):
                kept[day] = "somebody has changed it since"
            else:
                removed[day] = session_values(node, self._known.resolved.event.zone) if node else {}
        return removed, kept

    def _superseded(self, records: Iterable[KnownRecord]) -> Iterator[int]:
        """Steps that a person had to decide about, and need not any more."""
        for record in records:
            open_ones = {one.name for one in record.conflicts}
            for step in record.waiting:
                if step.state not in OPEN and not open_ones & set(step.input["fields"]):
                    yield step.id
