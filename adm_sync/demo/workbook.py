"""The fictional company's workbook for its next sitting, with a few mistakes that people make.

What belongs here: the file, and each planted mistake by name. What does not: the events without
their mistakes (`schedule`), and what an import makes of them.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from openpyxl.styles import Border, Side
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.demo import company
from adm_sync.demo.schedule import LMS_CLOSES, LMS_OPENS, SITTING, ScheduledEvent, planned
from adm_sync.workbook.columns import Column
from adm_sync.workbook.template import (
    CENTRED,
    FIRST_DATA_ROW,
    IMPORT_SHEET,
    TemplateLists,
    template_book,
)
from adm_sync.workbook.writing import cell_at

NAME = "Sitting 2027A.xlsx"
BLANK_ROWS = 60
FINAL_BEFORE = timedelta(days=14)

# Administrate's words -> the workbook's.
MODES = {"blended": "Blended", "classroom": "Classroom", "lms": "Self Paced (LMS)"}

Cell = str | int | date | time
Cells = dict[Column, Cell]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A cell that is not as it should be, and what an import says about it.

    Attributes:
        title: of the event it is in.
        day: of the session it is in; 1 is the event's own row.
        column: of the cell.
        value: what stands there.
        code: of the finding.
        effect: what becomes of the event.
        why: completes "It is there because ...".
    """

    title: str
    day: int
    column: Column
    value: Cell
    code: str
    effect: Literal["rejected", "accepted", "skipped"]
    why: str


MISTAKES = (
    Mistake(
        "CB1 Birmingham 27A-04",
        3,
        Column.START_DATE,
        date(2028, 1, 28),
        "outside_lms_window",
        "rejected",
        "the year was mistyped",
    ),
    Mistake(
        "CB1 London 27A-02",
        1,
        Column.CODE,
        "CB1_L0_3",
        "template_unknown",
        "rejected",
        "somebody typed a zero for the letter O",
    ),
    Mistake(
        "CM2 Bristol 27A-17",
        1,
        Column.VENUE,
        "Guildhall Chambers",
        "venue_not_linked",
        "rejected",
        "Administrate spells the venue Guild Hall Chambers, so that the two are not linked",
    ),
    Mistake(
        "CS2 Manchester 27A-21",
        2,
        Column.SESSION_INSTRUCTOR,
        "Imogen Vale",
        "instructor_ambiguous",
        "rejected",
        "Administrate has two contacts of that name",
    ),
    Mistake(
        "SP4 Leeds 27A-28",
        3,
        Column.DAY,
        4,
        "day_sequence",
        "rejected",
        "a row between was deleted, and put back with the wrong Day",
    ),
    Mistake(
        "SA2 London 27A-31",
        1,
        Column.MAX_PLACES,
        "=12+2",
        "formula_without_value",
        "rejected",
        "a program wrote the formula that never calculated it",
    ),
    Mistake(
        "CP2 London 27A-24",
        2,
        Column.START_DATE,
        date(2027, 1, 23),
        "day_off",
        "accepted",
        "the second half day is held on a Saturday, on purpose",
    ),
    Mistake(
        "SP6 London 27A-29",
        1,
        Column.CANCELLED,
        "Y",
        "skipped_cancelled",
        "skipped",
        "the event is cancelled",
    ),
)


def demo_workbook(*, corrected: bool = False) -> bytes:
    """The workbook; the same bytes every time.

    Args:
        corrected: whether the mistakes that reject an event are mended.
    """
    book = template_book(_lists())
    table = book[IMPORT_SHEET]
    for number, cells in enumerate(rows(corrected=corrected), start=FIRST_DATA_ROW):
        _write_row(table, number, cells)
    _add_blank_rows(table)
    target = io.BytesIO()
    book.save(target)
    return _same_every_time(target.getvalue())


def rows(*, corrected: bool = False) -> list[Cells]:
    """The rows of the sheet, from `FIRST_DATA_ROW` on."""
    mistakes = [each for each in MISTAKES if not corrected or each.effect != "rejected"]
    found = []
    for event in planned():
        group = _rows_of(event)
        for mistake in mistakes:
            if mistake.title == event.title:
                _plant(group, mistake)
        found += group
    return found


def row_of(mistake: Mistake) -> int:
    """The Excel row that a mistake is in."""
    number = FIRST_DATA_ROW
    for event in planned():
        if event.title == mistake.title:
            return number + mistake.day - 1
        number += max(1, len(event.dates))
    raise LookupError(mistake.title)


def _plant(group: list[Cells], mistake: Mistake) -> None:
    group[mistake.day - 1][mistake.column] = mistake.value
    # Who mistypes a year copies it to the end, and who picks a venue picks it for the whole event.
    if mistake.column is Column.START_DATE:
        group[mistake.day - 1][Column.END_DATE] = mistake.value
    if mistake.column is Column.VENUE:
        for cells in group:
            cells[Column.VENUE] = mistake.value


def _lists() -> TemplateLists:
    return TemplateLists(
        templates=tuple(template.code for template in company.COURSE_TEMPLATES),
        locations=tuple(location.name for location in company.LOCATIONS),
        venues=tuple(venue.name for venue in company.VENUES),
        instructors=tuple(person.name for person in company.INSTRUCTORS if person.is_active),
        administrators=tuple(person.name for person in company.OFFICE),
        sittings=(SITTING,),
        zones=("Europe - London", "Europe - Dublin"),
    )


def _rows_of(event: ScheduledEvent) -> list[Cells]:
    if not event.dates:
        return [_event_cells(event) | _lms_cells()]
    first = _event_cells(event) | _session_cells(event, 1) | _places_cells(event)
    if event.template.learning_mode == "blended":
        first |= _lms_cells()
    return [first, *(_session_cells(event, day) for day in range(2, len(event.dates) + 1))]


def _event_cells(event: ScheduledEvent) -> Cells:
    template = event.template
    return {
        Column.CODE: template.code,
        Column.TITLE: event.title,
        Column.MODE: MODES[template.learning_mode],
        Column.LOCATION: "Online",
        Column.ZONE: "Europe - London",
        Column.ADMINISTRATOR: event.administrator,
        Column.EVENT_URL: f"https://learn.larkfield.example/{_address(event)}",
        Column.WEB_SALE: "N" if template.variation == "WAITLIST" else "Y",
        Column.SITTING: SITTING,
        Column.MOODLE_CODE: f"{template.subject}-27A",
    }


def _places_cells(event: ScheduledEvent) -> Cells:
    return {
        Column.MAX_PLACES: 14,
        Column.INSTRUCTOR: event.instructors[0],
        Column.FINALISATION_DATE: event.dates[0] - FINAL_BEFORE,
    }


def _lms_cells() -> Cells:
    return {
        Column.LMS_START_DATE: LMS_OPENS,
        Column.LMS_START_TIME: time(9),
        Column.LMS_END_DATE: LMS_CLOSES,
        Column.LMS_END_TIME: time(0),
    }


def _session_cells(event: ScheduledEvent, day: int) -> Cells:
    location = event.template.location
    town = location.name if location else ""
    return {
        Column.SESSION_TITLE: f"{event.title} - Day {day}",
        Column.LOCATION: town,
        Column.VENUE: event.venue or "To be confirmed",
        Column.ZONE: "Europe - Dublin" if town == "Dublin" else "Europe - London",
        Column.START_DATE: event.dates[day - 1],
        Column.START_TIME: event.start,
        Column.END_DATE: event.dates[day - 1],
        Column.END_TIME: event.end,
        Column.SESSION_INSTRUCTOR: " / ".join(event.instructors),
        Column.DAY: day,
        Column.SESSION_URL: f"https://meet.larkfield.example/{_address(event)}-{day}",
    }


def _address(event: ScheduledEvent) -> str:
    return re.sub(r"[^a-z0-9]+", "-", event.title.lower())


def _write_row(table: Worksheet, number: int, cells: Mapping[Column, Cell]) -> None:
    for position, column in enumerate(Column, start=1):
        if column in cells:
            cell = cell_at(table, number, position)
            cell.value = cells[column]
            cell.number_format = column.entry.form.number_format
            if column.entry.is_centred:
                cell.alignment = CENTRED


def _add_blank_rows(table: Worksheet) -> None:
    """Rows that are formatted and hold nothing, as the end of such sheets always has them."""
    edge = Border(bottom=Side("hair", color="FFB8C2CC"))
    first = table.max_row + 1
    for number in range(first, first + BLANK_ROWS):
        for position in range(1, 4):
            cell_at(table, number, position).border = edge


def _same_every_time(data: bytes) -> bytes:
    """The file without the time at which it was written."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                written = company.FOUNDED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", written, content)
            part = zipfile.ZipInfo(name, (2026, 9, 1, 9, 0, 0))
            part.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(part, content)
    return target.getvalue()
