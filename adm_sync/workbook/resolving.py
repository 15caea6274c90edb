"""From checked events to events whose references are found on both sides.

What belongs here: which cells refer to what, and what becomes of an event group whose references
are not all found. What does not: looking things up (`registers`, `people`, `products` …) and
reading cells (`checking`). Nothing here touches the database: `references` holds all of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import (
    Administrator,
    EventGroup,
    EventRow,
    Link,
    Mode,
    Named,
    ResolvedEvent,
    ResolvedSession,
    SessionRow,
    Sitting,
    why_rejected,
)
from adm_sync.workbook.findings import Finding, Place, error, quoted, warning
from adm_sync.workbook.lookup.custom_values import CustomFields
from adm_sync.workbook.lookup.places import Venues, check_zone, instant
from adm_sync.workbook.lookup.products import Products
from adm_sync.workbook.lookup.registers import (
    LOCATION,
    TEMPLATE,
    VENUE,
    LookedUp,
    Names,
    Register,
)
from adm_sync.workbook.lookup.staff import (
    ADMINISTRATOR_NOT_ASKED,
    Administrators,
    Instructors,
    double_bookings,
)
from adm_sync.workbook.references import References
from adm_sync.workbook.rules.cells import Cells, Headers, is_blank
from adm_sync.workbook.sheet import Raw
from adm_sync.workbook.table import Table

_CORRECT_MODE = (
    "Correct the learning mode or the course template code; or, if the template was changed in "
    "Administrate, run: adm-sync sync course_templates."
)
_OTHER_MODE = "The event is {mode}, but Administrate makes {known} events from {code}."
LEARNING_MODE_INCOMPATIBLE = error(
    "learning_mode_incompatible",
    _OTHER_MODE,
    "Blended, with the course template OC_CB1",
    _CORRECT_MODE,
    note="A template for the LMS alone has no sessions to give.",
    suggests=True,
)
LEARNING_MODE_DIFFERS = warning(
    "learning_mode_differs",
    _OTHER_MODE,
    "Classroom, with a blended course template",
    _CORRECT_MODE,
    suggests=True,
)
SAME_EVENT_TWICE = error(
    "same_event_twice",
    "Row {row} is the same event: course template, title and start are equal.",
    "one code, title and start, in row 4 with Europe - London, in row 12 with Europe - Dublin",
    "Delete one of the two rows, or correct it.",
    note="The rows look different, but the instant of the start is one.",
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What resolving gives.

    Attributes:
        events: those whose references were all found, in the order of the sheet.
        groups: all groups that were given, with their verdicts as they are now.
        findings: of the references alone, sorted by row and column.
    """

    events: tuple[ResolvedEvent, ...]
    groups: tuple[EventGroup, ...]
    findings: tuple[Finding, ...]


def resolve(groups: Sequence[EventGroup], table: Table, references: References) -> Resolved:
    """Find everything that events refer to, tutorial tables first, then the bridges.

    What a rejected event names is looked up too, so that all mistakes are told at once.

    Args:
        groups: as checking gave them; those that it did not accept stay as they are.
        table: the rows that the groups come from, for the exact places of findings.
        references: what both sides know.
    """
    resolver = _Resolver(table, references)
    judged = [resolver.judge(group) for group in groups]
    events = tuple(event for event, _ in judged if event)
    resolver.look_across(events)
    groups = tuple(group for _, group in judged)
    lacking = resolver.lacking_fields()
    if lacking:
        events, groups = (), _all_rejected(groups, lacking)
    return Resolved(events, groups, resolver.notes.sorted())


def needs_contacts(groups: Iterable[EventGroup], references: References) -> bool:
    """Whether somebody who looks after an event has to be looked up in Administrate."""
    administrators = Administrators(references)
    cells = {one.administrators for group in groups for one in (group.event, *group.named) if one}
    return any(
        any(person.external_id is None for person in staff.values)
        or any(finding.code.startswith("administrator_") for finding in staff.findings)
        for staff in map(administrators.read, cells)
    )


def administrators_of(
    rows: Iterable[int], table: Table, references: References
) -> tuple[Finding, ...]:
    """What is found of the event administrators in these rows, and of nothing else.

    Args:
        rows: the numbers of event rows.
        table: that they are in.
        references: what both sides know.
    """
    notes, administrators = _Notes(table), Administrators(references)
    headers = Headers(table.sheet, table.positions, table.links, table.words)
    wanted = set(rows)
    for row in table.rows:
        if row.number in wanted:
            staff = administrators.read(Cells(headers, row).text(Column.ADMINISTRATOR))
            for finding in staff.findings:
                notes.add(row.number, Column.ADMINISTRATOR, finding)
    return notes.sorted()


def _all_rejected(groups: Sequence[EventGroup], reason: str) -> tuple[EventGroup, ...]:
    return tuple(
        replace(group, verdict="rejected", reason=reason, event=None)
        if group.verdict == "accepted"
        else group
        for group in groups
    )


class _Notes:
    """Findings at their places; a cell that is looked at twice is told about once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._order = {column: len(Column) + place for place, column in enumerate(Column)}
        self._order.update(table.positions)
        self._rows = {row.number: row for row in table.rows}
        self._found: dict[tuple[int, Column, str], Finding] = {}

    def add(self, row: int, column: Column, finding: Finding) -> None:
        """Note what is found about the cell of that row and column."""
        self._add(row, column, finding, self._cell(row, column))

    def add_to_header(self, column: Column, finding: Finding) -> None:
        """Note what is found about all of a column."""
        self._add(self._table.header_row, column, finding, column.value)

    def _add(self, row: int, column: Column, finding: Finding, raw: Raw) -> None:
        position = self._table.positions.get(column)
        place = Place(self._table.sheet, row, position, column.value, raw)
        self._found.setdefault((row, column, finding.message), finding.at(place))

    def _cell(self, row: int, column: Column) -> Raw:
        position = self._table.positions.get(column)
        found = self._rows.get(row)
        return found.cell(position) if found and position is not None else None

    def sorted(self) -> tuple[Finding, ...]:
        """All findings by row, and then by column."""
        found = sorted(self._found.items(), key=lambda one: (one[0][0], self._order[one[0][1]]))
        return tuple(finding for _, finding in found)

    def is_blank(self, row: int, column: Column) -> bool:
        """Whether the cell holds nothing of its own, so that its value was taken over."""
        return is_blank(self._cell(row, column))

    def is_filled(self, column: Column) -> bool:
        """Whether the column holds something in any row."""
        return not all(self.is_blank(row, column) for row in self._rows)


class _Resolver:
    def __init__(self, table: Table, references: References) -> None:
        self.notes = _Notes(table)
        self.templates = Names(Register(TEMPLATE, references), references.templates)
        self.locations = Names(Register(LOCATION, references), references.locations)
        self.venues = Venues(Register(VENUE, references), references.venues, references.locations)
        self.instructors = Instructors(references)
        self.administrators = Administrators(references)
        self.modes = {
            bridge.id: bridge.learning_mode
            for template in references.templates
            for bridge in template.bridges
        }
        self.products = Products(references.catalogue)
        self.fields = CustomFields(references.definitions)
        self.first_rows: dict[tuple[int, str, datetime], int] = {}

    def judge(self, group: EventGroup) -> tuple[ResolvedEvent | None, EventGroup]:
        """Resolve one group, noting its findings; its verdict as it is then."""
        if group.verdict != "accepted" or group.event is None:
            if not group.named:
                return None, group
            lookup = _Lookup(self, group.rows[0])
            lookup.of_rejected(group.named)
            return None, replace(group, reason=why_rejected([*group.errors, *lookup.wrong()]))
        event = _Event(self, group.event)
        resolved = event.resolved()
        if resolved is not None:
            return resolved, group
        return None, replace(
            group, verdict="rejected", reason=why_rejected(event.wrong()), event=None
        )

    def look_across(self, events: Iterable[ResolvedEvent]) -> None:
        """What shows only when all events are seen."""
        for row, finding in double_bookings(events):
            self.notes.add(row, Column.SESSION_INSTRUCTOR, finding)

    def lacking_fields(self) -> str:
        """Why no event at all can be sent as it should be; '' if all can.

        A value that stands for a blank cell may be missing in Administrate.
        """
        reason = ""
        for column, finding in self.fields.findings():
            if self.notes.is_filled(column):
                self.notes.add_to_header(column, finding)
                reason = reason or finding.message
            else:
                self.notes.add_to_header(column, replace(finding, severity="warning"))
        return reason


class _Lookup:
    """What the rows of one event name; `errors` is what is not found, with the first rows."""

    def __init__(self, known: _Resolver, row: int) -> None:
        self.known = known
        self.row = row
        self.errors: dict[str, int] = {}

    def of_rejected(self, named: Sequence[Named]) -> None:
        """Note what is found wanting of an event that is rejected anyway."""
        for one in named:
            if one.code:
                answer = self.template(one.code, one.mode)
                self.product(one.code, one.sitting, is_code_known=answer.record is not None)
            if one.location:
                self.place(one.row, one.location, one.venue)
            if one.location and one.zone and one.year:
                self.zone(one.location, one.zone, one.year)
            self.instructors(one.row, Column.INSTRUCTOR, one.instructors)
            self.instructors(one.row, Column.SESSION_INSTRUCTOR, one.session_instructors)
            self.administrators(one.administrators, is_recorded=False)

    def wrong(self) -> list[tuple[int, str]]:
        """The rows and the messages of its errors."""
        return [(row, message) for message, row in self.errors.items()]

    def template(self, code: str, mode: Mode | None) -> LookedUp:
        answer = self.known.templates.find(code)
        self.tell(self.row, Column.CODE, answer.findings)
        if answer.link is not None and mode is not None:
            makes = self.known.modes.get(answer.link.bridge_id)
            self.tell(self.row, Column.MODE, _check_mode(code, mode, makes))
        return answer

    def product(self, code: str, sitting: Sitting | None, *, is_code_known: bool) -> int | None:
        """A code that is found wanting already is not blamed for what follows from it as well."""
        if sitting is None:
            return None
        sold = self.known.products.find(code, sitting)
        finding = sold.finding
        if finding and (is_code_known or (sold.has_subject and finding.is_error)):
            self.tell(self.row, sold.column, [finding])
        return sold.product_id

    def place(self, row: int, location: str, venue: str | None) -> tuple[Link | None, Link | None]:
        """A venue is looked for wherever its location is known, linked or not."""
        place = self.known.locations.find(location)
        self.tell(row, Column.LOCATION, place.findings)
        if venue is None or place.record is None:
            return place.link, None
        found = self.known.venues.find(venue, place.record)
        self.tell(row, Column.VENUE, found.findings)
        return place.link, found.link

    def zone(self, location: str, zone: str, year: int) -> None:
        finding = check_zone(location, zone, year)
        self.tell(self.row, Column.ZONE, [finding] if finding else [])

    def instructors(self, row: int, column: Column, cell: str) -> tuple[Link, ...]:
        teachers = self.known.instructors.read(cell)
        self.tell(row, column, teachers.findings)
        return teachers.values

    def administrators(self, cell: str, *, is_recorded: bool = True) -> tuple[Administrator, ...]:
        """Of an event that is not recorded, nobody is asked for later."""
        staff = self.known.administrators.read(cell)
        later = ADMINISTRATOR_NOT_ASKED.name
        told = [one for one in staff.findings if is_recorded or one.code != later]
        self.tell(self.row, Column.ADMINISTRATOR, told)
        return staff.values

    def tell(self, row: int, column: Column, findings: Iterable[Finding]) -> None:
        """Note findings at a cell; a cell that took its value over from the event's is spared."""
        for finding in findings:
            if finding.is_error:
                self.errors.setdefault(finding.message, row)
            if row == self.row or not self.known.notes.is_blank(row, column):
                self.known.notes.add(row, column, finding)


class _Event(_Lookup):
    """One event on its way."""

    def __init__(self, known: _Resolver, event: EventRow) -> None:
        super().__init__(known, event.row)
        self.event = event
        self.starts = instant(event.starts, event.zone)

    def resolved(self) -> ResolvedEvent | None:
        """Everything that the event refers to, or None; all findings are noted either way."""
        known, event = self.known, self.event
        answer = self.template(event.code, event.mode)
        if answer.record is not None:
            self._first_of_its_key(answer.record.id)
        product_id = self.product(
            event.code, event.sitting, is_code_known=answer.record is not None
        )
        location, venue = self.place(event.row, event.location, event.venue)
        self.zone(event.location, event.zone, event.starts.year)
        instructors = self.instructors(event.row, Column.INSTRUCTOR, event.instructors)
        administrators = self.administrators(event.administrators)
        sessions = tuple(filter(None, map(self._session, event.sessions)))
        if self.errors or answer.link is None or location is None or product_id is None:
            return None
        return ResolvedEvent(
            event=event,
            starts=self.starts,
            ends=instant(event.ends, event.zone),
            template=answer.link,
            location=location,
            venue=venue,
            product_id=product_id,
            instructors=instructors,
            administrators=administrators,
            custom_fields=known.fields.of_event(event),
            sessions=tuple(map(self._with_fields, sessions)),
        )

    def _session(self, session: SessionRow) -> ResolvedSession | None:
        location, venue = self.place(session.row, session.location, session.venue)
        instructors = self.instructors(session.row, Column.SESSION_INSTRUCTOR, session.instructors)
        if location is None:
            return None
        zone = self.event.zone
        starts, ends = instant(session.starts, zone), instant(session.ends, zone)
        return ResolvedSession(session, zone, starts, ends, location, venue, instructors)

    def _with_fields(self, one: ResolvedSession) -> ResolvedSession:
        return replace(one, custom_fields=self.known.fields.of_session(one.session))

    def _first_of_its_key(self, template_id: int) -> None:
        """Two rows whose texts differ can still mean one event, which a workbook names once."""
        event = self.event
        key = template_id, normalise(event.title), self.starts
        first = self.known.first_rows.setdefault(key, event.row)
        if first != event.row:
            remedy = (
                f"Delete one of the two, or correct what is wrong in this row or in row {first}."
            )
            self.tell(event.row, Column.CODE, [SAME_EVENT_TWICE(remedy, row=first)])


def _check_mode(text: str, mode: Mode, template_mode: str | None) -> Iterator[Finding]:
    """An event with sessions needs a template that can give them; other differences are warnings.

    What Administrate refuses here is not known.
    """
    known = normalise(template_mode or "")
    if known in tuple(Mode) and known != mode:
        code = LEARNING_MODE_INCOMPATIBLE if known == Mode.LMS else LEARNING_MODE_DIFFERS
        yield code(mode=mode, known=known, code=quoted(text))
