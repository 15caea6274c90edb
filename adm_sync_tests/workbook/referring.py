"""Small workbooks and references in memory, for the tests of resolving.

What belongs here: values that are right unless a test says otherwise. What does not: what is
expected of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import EventGroup, EventRow, Mode, ResolvedEvent, SessionRow, Sitting
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.references import (
    Bridge,
    Catalogue,
    Definition,
    ExamSession,
    LinkedRecord,
    Offer,
    Person,
    Product,
    References,
    Subject,
)
from adm_sync.workbook.resolving import Resolved, resolve
from adm_sync.workbook.sheet import Row
from adm_sync.workbook.table import Table

POSITIONS = {column: position for position, column in enumerate(Column)}
APRIL, SEPTEMBER = Sitting("2026A", "2026-04"), Sitting("2026S", "2026-09")
TEXTS = (
    *("access_duration", "url", "moodle_code", "recording_pin"),
    *("tutors", "sage_code", "extra_information"),
)
START = datetime.fromisoformat("2026-02-03T09:00")


def linked(
    number: int, name: str, mode: str | None = None, *, location_id: int | None = None
) -> LinkedRecord:
    """A record that is linked as it should be."""
    return LinkedRecord(
        number, name, True, (Bridge(100 + number, f"X{number}", mode),), location_id
    )


def person(number: int, first: str, last: str, *, teaches: bool = True) -> Person:
    """A member of staff, as a rule a linked instructor."""
    instructor = linked(number, f"{first} {last}") if teaches else None
    return Person(500 + number, first, last, True, instructor)


KNOWN = References(
    templates=(linked(1, "CB1_LO_6", "blended"), linked(2, "OC_CB1", "lms")),
    locations=(linked(11, "London"), linked(12, "Leeds"), linked(13, "Dublin")),
    venues=(
        linked(21, "Bell Yard Rooms", location_id=11),
        linked(22, "Aire Street Hall", location_id=12),
    ),
    people=(
        person(31, "Agnes", "Tolliver"),
        person(32, "Mairead", "O'Tarrant"),
        person(33, "Benedict", "Oakhurst"),
        person(41, "Doris", "Amberly", teaches=False),
    ),
    catalogue=Catalogue(
        subjects=(Subject(1, "CB1"),),
        exam_sessions=(ExamSession(1, "2026-04"), ExamSession(2, "2026-09")),
        offers=(Offer(1, 1, 1), Offer(2, 2, 1)),
        products=(Product(71, "CB1/LO_6H/2026-04", 1, "LO_6H"), Product(72, "x", 1, "OC")),
    ),
    definitions=(
        Definition("e1", "Event", "Sitting"),
        Definition("e2", "Event", "Finalisation  Date"),
        Definition("e3", "Event", "URL"),
        Definition("e4", "Event", "Web sale"),
        Definition("e5", "Event", "OCR Moodle Code"),
        Definition("s1", "Session", "Day"),
        Definition("s2", "Session", "URL"),
    ),
)


def session(row: int = 4, day: int = 1, **changes: Any) -> SessionRow:
    """A session of three hours, one day after the other."""
    starts = START + timedelta(days=day - 1)
    made = SessionRow(
        row=row,
        day=day,
        title=f"CB1 London - Day {day}",
        starts=starts,
        ends=starts + timedelta(hours=3),
        location="London",
        venue="Bell Yard Rooms",
        instructors="Agnes Tolliver",
        carried={"url": ""},
    )
    return _changed(made, changes)


def event(row: int = 4, *, days: int = 1, **changes: Any) -> EventRow:
    """A blended event with sessions in the rows from its own on."""
    sessions = tuple(session(row + day - 1, day) for day in range(1, days + 1))
    made = EventRow(
        row=row,
        code="CB1_LO_6",
        title=f"CB1 London {row}",
        mode=Mode.BLENDED,
        location="London",
        venue="Bell Yard Rooms",
        zone="Europe/London",
        starts=START,
        ends=START + timedelta(days=days - 1, hours=3),
        lms_starts=None,
        lms_ends=None,
        max_places=20,
        instructors="Agnes Tolliver",
        administrators="Doris Amberly",
        finalisation_date=None,
        web_sale=True,
        sitting=APRIL,
        carried={**dict.fromkeys(TEXTS, ""), "recordings": False, "registration_deadline": None},
        sessions=sessions,
    )
    return _changed(made, changes)


def _changed(row: Any, changes: Mapping[str, Any]) -> Any:
    """The row with other values, whether they are its own or carried along."""
    own = {name: value for name, value in changes.items() if name not in row.carried}
    carried = {name: changes.get(name, value) for name, value in row.carried.items()}
    return replace(row, **own, carried=carried)


def group(one: EventRow) -> EventGroup:
    """The event as checking accepted it."""
    rows = tuple(dict.fromkeys([one.row, *(each.row for each in one.sessions)]))
    return EventGroup(rows, one.title, len(one.sessions), True, "accepted", "", one)


def table(events: Sequence[EventRow]) -> Table:
    """The rows that such events come from, as far as they refer to anything."""
    cells: dict[int, dict[Column, str]] = {}
    for one in events:
        for each in one.sessions:
            cells[each.row] = {
                Column.LOCATION: each.location,
                Column.VENUE: each.venue or "TBC",
                Column.SESSION_INSTRUCTOR: each.instructors,
                Column.DAY: str(each.day),
                Column.SESSION_URL: each.carried["url"],
            }
        cells.setdefault(one.row, {}).update(
            {
                Column.CODE: one.code,
                Column.SITTING: one.sitting.name,
                Column.FINALISATION_DATE: str(one.finalisation_date or ""),
                Column.EVENT_URL: one.carried["url"],
                Column.WEB_SALE: "Y" if one.web_sale else "N",
                Column.MOODLE_CODE: one.carried["moodle_code"],
                Column.LOCATION: one.location,
                Column.VENUE: one.venue or "TBC",
                Column.INSTRUCTOR: one.instructors,
                Column.ADMINISTRATOR: one.administrators,
                Column.MODE: one.mode.title(),
                Column.SITTING: one.sitting.name,
                Column.ZONE: one.zone.replace("/", " - "),
            }
        )
    rows = tuple(
        Row(number, tuple(found.get(column) for column in Column))
        for number, found in sorted(cells.items())
    )
    return Table("Import", 1, POSITIONS, rows, ())


def resolved(*events: EventRow, known: References = KNOWN) -> Resolved:
    """What becomes of these events."""
    return resolve([group(one) for one in events], table(events), known)


def accepted(*events: EventRow, known: References = KNOWN) -> ResolvedEvent:
    """The first of these events; none may have a finding."""
    result = resolved(*events, known=known)
    assert result.findings == ()
    return result.events[0]


def found(*events: EventRow, known: References = KNOWN) -> Finding:
    """The one finding of these events."""
    (finding,) = resolved(*events, known=known).findings
    return finding


def codes(result: Resolved) -> list[str]:
    """The codes of all findings, in their order."""
    return [finding.code for finding in result.findings]
