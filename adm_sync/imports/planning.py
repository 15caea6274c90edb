"""The plan of an import: which events are new here, and which cannot be told from others.

What belongs here: comparing resolved events with what is recorded. What does not: how a known
event was changed since (`known.changed`), and writing. The plan of a dry run is the one that a
real run carries out.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from adm_sync.database import recording, updating
from adm_sync.database.encoding import encoding_of
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.states import GroupOutcome
from adm_sync.imports.approvals import Approved
from adm_sync.imports.codes import MOVED, SAME_TITLE_TWICE, TUTORIAL_EVENT_EXISTS
from adm_sync.imports.known.changed import Changed, read_changed
from adm_sync.imports.known.here import LONGEST_CODE
from adm_sync.imports.known.identity import Family, Identified, family_of, identify
from adm_sync.imports.known.renamed import renamed
from adm_sync.imports.known.slots import without_slots
from adm_sync.imports.known.there import There
from adm_sync.imports.places import Places
from adm_sync.imports.steps import NewStep, approval, steps_of_event, steps_of_session
from adm_sync.imports.unstorable import unstorable
from adm_sync.imports.updates.cancelling import Cancellation
from adm_sync.imports.updates.changes import EventUpdate
from adm_sync.imports.updates.disputes import Dispute
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.imports.updates.planning import UpdatePlan, UpdatePlanner
from adm_sync.imports.updates.records import KnownEvent
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Link, Mode, ResolvedEvent
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.references import Definition, References
from adm_sync.workbook.table import Table


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """One event and what is to be recorded of it.

    Attributes:
        resolved: the event.
        outcome: `created` if it is new here, `updated` if something of it is changed.
        code: of its tutorial event, if it is new.
        event_id: our row, if it is known.
        tutorial_event_id: a tutorial event that is there already, if there is one.
        adm_event_id: its bridge row, if it has one.
        external_id: its Administrate id, where the bridge row has one.
        new_days: the sessions that are to be added.
        same_title: the ids of recorded events that may share its template, sitting and title.
        approve: who is to be approved for its course template.
        update: what is changed of it, if it is known.
        disputes: the values that a person has to decide about.
    """

    resolved: ResolvedEvent
    outcome: GroupOutcome
    code: str
    event_id: int | None = None
    tutorial_event_id: int | None = None
    adm_event_id: int | None = None
    external_id: str | None = None
    new_days: tuple[int, ...] = ()
    same_title: frozenset[int] = frozenset()
    approve: tuple[Link, ...] = ()
    update: EventUpdate | None = None
    disputes: tuple[Dispute, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether it is known, and nothing is to be added or changed."""
        return self.event_id is not None and not (self.new_days or self.update)

    @property
    def steps(self) -> list[NewStep]:
        """What is to be done in Administrate for it."""
        if self.outcome == GroupOutcome.CREATED:
            return steps_of_event(self.resolved, self.approve)
        changes = [
            step
            for session in self.resolved.sessions
            if session.session.day in self.new_days
            for step in steps_of_session(self.resolved, session)
        ]
        updates = list(self.update.steps()) if self.update else []
        return [*approval(self.resolved, self.approve), *changes, *updates]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All events of a workbook that can be imported, and what a person should look at.

    `rejected` says why an event that could be resolved is not imported, by its row; `other_starts`
    are those of events that are not because theirs are known with another start.
    """

    events: tuple[PlannedEvent, ...] = ()
    cancelled: tuple[Cancellation, ...] = ()
    findings: tuple[Finding, ...] = ()
    rejected: Mapping[int, str] = field(default_factory=dict)
    other_starts: Mapping[int, datetime] = field(default_factory=dict)

    def of(self, rows: Collection[int]) -> "ImportPlan":
        """What is planned for the events of these rows."""
        return ImportPlan(tuple(one for one in self.events if one.resolved.event.row in rows))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan takes into account besides the workbook and this database.

    Attributes:
        there: the events of Administrate that were imported before.
        definitions: the custom fields that Administrate has.
        approved: whom it lets teach.
        same_titles: whether events may share template, sitting and title.
        update: how far known events may be changed; None if not at all.
        references: what both sides know.
        earlier: the ids of workbooks of the same file name.
    """

    there: There = field(default_factory=There)
    definitions: Sequence[Definition] = ()
    approved: Approved = field(default_factory=Approved)
    same_titles: bool = False
    update: UpdateOptions | None = None
    references: References = field(default_factory=References)
    earlier: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Known:
    """What is recorded already; `changed` is how it is now."""

    identified: Identified
    changed: Changed
    families: Mapping[Family, frozenset[int]]
    by_code: dict[str, recording.TutorialEvent]
    unsettled: set[int]
    taken: set[str] = field(default_factory=set)


def may_be(connection: sa.Connection, events: Sequence[ResolvedEvent]) -> list[RecordedEvent]:
    """The recorded events that events of a workbook may be: of their templates and titles."""
    return recording.known_events(connection, {event.key[:2] for event in events})


def make_plan(
    connection: sa.Connection,
    events: Sequence[ResolvedEvent],
    table: Table | None,
    surroundings: Surroundings = Surroundings(),
) -> ImportPlan:
    """Compare events with what is recorded, in the same few statements whatever their number.

    Args:
        connection: only read from.
        events: of one workbook, each key once.
        table: where they stand, for placing findings.
        surroundings: what else is known.
    """
    known = _read_known(connection, events, surroundings)
    places, approved = Places(table), surroundings.approved
    encoding = encoding_of(connection)
    planned: list[PlannedEvent] = []
    findings: list[Finding] = []
    rejected: dict[int, str] = {}
    other_starts: dict[int, datetime] = {}
    for resolved in events:
        row = known.identified.known.get(resolved.event.row)
        problem = _problem(resolved, known, places)
        if problem:
            findings.append(problem)
            rejected[resolved.event.row] = f"row {problem.row}: {problem.message}"
            other_starts[resolved.event.row] = resolved.starts
            continue
        one = _planned(resolved, row, known)
        update = _update(one, row, known, surroundings, places)
        refused = (
            [update.refused]
            if update.refused
            else [
                *unstorable(resolved, encoding, places),
                *without_slots(resolved, row, one.new_days, known.changed, places),
                *_not_approved(one, update, approved, places),
            ]
        )
        if refused:
            findings += refused
            rejected[resolved.event.row] = f"row {refused[0].row}: {refused[0].message}"
            continue
        planned.append(_completed(one, update, approved))
        findings += update.findings
        if row is None and one.tutorial_event_id is not None:
            findings.append(_exists(resolved, places))
    findings += renamed(connection, events, known.identified.known, surroundings.earlier, places)
    findings += known.changed.not_asked(known.identified.known.values(), places)
    return ImportPlan(tuple(planned), (), tuple(findings), rejected, other_starts)


def _update(
    one: PlannedEvent,
    row: RecordedEvent | None,
    known: _Known,
    surroundings: Surroundings,
    places: Places,
) -> UpdatePlan:
    """What a known event is changed to; without leave to change it, what a person should see.

    Sessions that are added need no leave, and the event ends with its last one.
    """
    resolved = one.resolved
    nothing = EventUpdate(resolved)
    if row is None:
        return UpdatePlan(nothing)
    event = KnownEvent(
        known.changed,
        resolved,
        row,
        surroundings.update or UpdateOptions(),
        places,
        is_settled=row.id not in known.unsettled,
    )
    planner = UpdatePlanner(event, surroundings.references)
    if surroundings.update is not None:
        return planner.plan()
    plan = planner.ends() if one.new_days else UpdatePlan(nothing)
    differ = dict.fromkeys((*known.changed.findings(resolved, row, places), *plan.findings))
    return replace(plan, findings=tuple(differ))


def _teaching(one: PlannedEvent, update: EventUpdate) -> tuple[set[int], bool]:
    """The Days, and whether the event itself, for which instructors have to be approved."""
    changed = {record.day for record in update.records if "instructors" in record.names()}
    days = {*one.new_days, *(day for day in changed if day is not None)}
    return days, one.outcome == GroupOutcome.CREATED or None in changed


def _not_approved(
    one: PlannedEvent, update: UpdatePlan, approved: Approved, places: Places
) -> list[Finding]:
    days, is_new = _teaching(one, update.update)
    return approved.refused(update.update.wanted, days, places, is_new=is_new)


def _completed(one: PlannedEvent, update: UpdatePlan, approved: Approved) -> PlannedEvent:
    days, is_new = _teaching(one, update.update)
    return replace(
        one,
        outcome=GroupOutcome.UPDATED if update.update.is_change else one.outcome,
        approve=approved.to_add(update.update.wanted, days, is_new=is_new),
        update=update.update if update.update.is_change or update.update.superseded else None,
        disputes=update.disputes,
    )


def _read_known(
    connection: sa.Connection, events: Sequence[ResolvedEvent], surroundings: Surroundings
) -> _Known:
    rows = may_be(connection, events)
    changed = read_changed(connection, rows, surroundings.there, surroundings.definitions)
    identified = identify(
        events,
        rows,
        has_moved_to=changed.has_moved_to,
        same_titles=surroundings.same_titles,
        may_move=surroundings.update is not None,
    )
    codes = sorted({_code(event) for event in events})
    found = recording.tutorial_events_by_code(connection, codes)
    families: defaultdict[Family, frozenset[int]] = defaultdict(frozenset)
    for row in rows:
        families[row.tutorial_course_template_id, row.sitting, row.title_key] |= {row.id}
    unsettled = updating.unsettled(connection, [row.id for row in rows])
    return _Known(identified, changed, families, {row.code: row for row in found}, unsettled)


def _planned(resolved: ResolvedEvent, row: RecordedEvent | None, known: _Known) -> PlannedEvent:
    if row is not None:
        return _planned_known(resolved, row, known)
    same_title = known.families[family_of(resolved)]
    return replace(_planned_new(resolved, known), same_title=same_title)


def _planned_known(resolved: ResolvedEvent, row: RecordedEvent, known: _Known) -> PlannedEvent:
    days = known.changed.days(row.id)
    deleted = row.tutorial_event_id is None
    new = (
        ()
        if deleted
        else tuple(one.session.day for one in resolved.sessions if one.session.day not in days)
    )
    return PlannedEvent(resolved, GroupOutcome.UNCHANGED, "", event_id=row.id, new_days=new)


def _planned_new(resolved: ResolvedEvent, known: _Known) -> PlannedEvent:
    code = _code(resolved)
    days = tuple(one.session.day for one in resolved.sessions)
    there = known.by_code.get(code)
    if there is not None and _is_same(resolved, there) and code not in known.taken:
        known.taken.add(code)
        return PlannedEvent(
            resolved,
            GroupOutcome.CREATED,
            code,
            tutorial_event_id=there.id,
            adm_event_id=there.adm_event_id,
            external_id=there.external_id,
            new_days=days,
        )
    code = _free_code(code, known)
    known.taken.add(code)
    return PlannedEvent(resolved, GroupOutcome.CREATED, code, new_days=days)


def _is_same(resolved: ResolvedEvent, there: recording.TutorialEvent) -> bool:
    """A tutorial event from before any import, with this start."""
    return _is_from_before(resolved, there) and (there.start_date == resolved.event.starts.date())


def _is_from_before(resolved: ResolvedEvent, there: recording.TutorialEvent) -> bool:
    """A tutorial event that no import holds; its table knows no template and no title."""
    return not there.is_recorded and there.product_id == resolved.product_id


def _code(resolved: ResolvedEvent) -> str:
    """The tutorial event's code: the title, which is how planners know the event."""
    return resolved.event.title[:LONGEST_CODE]


def _free_code(code: str, known: _Known) -> str:
    candidate, number = code, 1
    while candidate in known.taken or candidate in known.by_code:
        number += 1
        ending = f" ({number})"
        candidate = code[: LONGEST_CODE - len(ending)] + ending
    return candidate


# ---------------------------------------------------------------------- findings


def _problem(resolved: ResolvedEvent, known: _Known, places: Places) -> Finding | None:
    """Another start that forbids recording an event that could be resolved, if there is one."""
    row, title = resolved.event.row, resolved.event.title
    start = Column.LMS_START_DATE if resolved.event.mode is Mode.LMS else Column.START_DATE
    if row in known.identified.twice:
        first = known.identified.twice[row]
        remedy = "If it is one event, keep the row that is right. If they are two, give each a "
        remedy += f"title of its own, such as «{title} ({resolved.event.starts:%d/%m/%Y})»."
        return SAME_TITLE_TWICE(remedy, title=title, row=first).at(places.at(row, Column.TITLE))
    if row in known.identified.moved:
        before = known.identified.moved[row]
        listed = " or ".join(_described(one, resolved) for one in before)
        moved = MOVED(title=title, known=listed, starts=resolved.event.starts)
        return moved.at(places.at(row, start))
    there = known.by_code.get(_code(resolved))
    if (
        there is not None
        and row not in known.identified.known
        and _is_from_before(resolved, there)
        and not _is_same(resolved, there)
    ):
        remote = f"; in Administrate: {there.external_id}" if there.external_id else ""
        listed = f"{there.start_date:%d/%m/%Y} (tutorial event {there.id}{remote})"
        moved = MOVED(title=title, known=listed, starts=resolved.event.starts)
        return moved.at(places.at(row, start))
    return None


def _described(row: RecordedEvent, resolved: ResolvedEvent) -> str:
    """A recorded event, by its start and what it is in Administrate."""
    starts = row.starts_at.astimezone(ZoneInfo(resolved.event.zone))
    remote = f"«{row.title}», {row.external_id}" if row.external_id else "not there yet"
    return f"{starts:%d/%m/%Y %H:%M} (in Administrate: {remote})"


def _exists(resolved: ResolvedEvent, places: Places) -> Finding:
    place = places.at(resolved.event.row, Column.TITLE)
    return TUTORIAL_EVENT_EXISTS(title=resolved.event.title).at(place)
