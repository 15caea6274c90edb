"""Workbooks for tests, in the layout that planners use.

What belongs here: rows with good defaults, and files made of rows. What does not: the workbook of
the demo (`adm_sync.demo.workbook`). The defaults refer to what the fictional company has on both
sides, for a sitting that is still to come on 21 November 2026.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from adm_sync.workbook.columns import NAMED, Column

Cells = dict[Column, object]

TODAY = date(2026, 11, 21)
FIRST_DAY = date(2027, 1, 12)
FIRST_MONDAY = date(2027, 1, 11)
WEEKS_WITHOUT_HOLIDAY = 10
FIRST_DATA_ROW = 4
BLANK_ROWS = 300
INSTRUCTORS = (
    *("Adewale Brightmore", "Agnes Tolliver", "Benedict Oakhurst", "Camille Drayford"),
    *("Cedric Mawson-Leigh", "Deepa Rangawell", "Edmund Farthingale", "Eleni Marcoullis"),
    *("Farida Khan-Moss", "Gareth Penhallow", "Hester Wyndcliffe", "Jocelyn Abara"),
    *("Leopold Sandringway", "Mairead O'Tarrant", "Nikolai Bramwell", "Odette Carrow"),
    *("Percival Dunmore", "Quentin Hallowes", "Rosalind Teague", "Saoirse Kilbrennan"),
    *("Tobias Merriden", "Ursula van der Heyde", "Vikram Sellapur", "Winifred Stroud"),
)
EXAMPLES = {column: f"e.g. {column.entry.example}" for column in NAMED}
FORMATS = {column: column.entry.form.guidance for column in NAMED}


@dataclass(frozen=True, slots=True)
class Text:
    """A text that Excel would take for something else (`=1+1`), as the text it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and the value it was saved with; None if it was saved without one."""

    formula: str
    value: str | float | None = None


@dataclass(frozen=True, slots=True)
class Formatted:
    """A value under a number format of Excel, such as a duration (`[h]:mm`)."""

    value: object
    number_format: str


def changed(row: Mapping[Column, object], **cells: object) -> Cells:
    """The row with other cells; they are named as `Column` names them, in lower case."""
    return {**row, **{Column[name.upper()]: value for name, value in cells.items()}}


def event(**cells: object) -> Cells:
    """A blended event of six sessions in London, with its first session; see `changed`."""
    title = cells.get("title", "CB1 London 27A-01")
    first = cells.get("start_date", FIRST_DAY)
    row: Cells = {
        Column.CODE: "CB1_LO_6",
        Column.TITLE: title,
        Column.SESSION_TITLE: f"{title} - Day 1",
        Column.MODE: "Blended",
        Column.LOCATION: "London",
        Column.VENUE: "To be confirmed",
        Column.ZONE: "Europe - London",
        Column.START_DATE: first,
        Column.START_TIME: "09:30",
        Column.END_DATE: first,
        Column.END_TIME: "12:30",
        Column.LMS_START_DATE: date(2027, 1, 4),
        Column.LMS_START_TIME: time(9, 0),
        Column.LMS_END_DATE: date(2027, 5, 14),
        Column.LMS_END_TIME: time(0, 0),
        Column.MAX_PLACES: 14,
        Column.INSTRUCTOR: "Adewale Brightmore",
        Column.SESSION_INSTRUCTOR: "Adewale Brightmore",
        Column.ADMINISTRATOR: "Marguerite Pellow",
        Column.DAY: 1,
        Column.EVENT_URL: "https://learn.larkfield.example/cb1",
        Column.SESSION_URL: "https://meet.larkfield.example/cb1-1",
        Column.FINALISATION_DATE: date(2026, 12, 29),
        Column.WEB_SALE: "Y",
        Column.SITTING: "2027A",
        Column.MOODLE_CODE: "CB1-27A",
    }
    return changed(row, **cells)


def session(of: Mapping[Column, object], day: int, **cells: object) -> Cells:
    """A session of that event, one week after the one before; see `changed`."""
    first = of[Column.START_DATE]
    when = first + timedelta(weeks=day - 1) if isinstance(first, date) else first
    row: Cells = {
        Column.SESSION_TITLE: f"{of[Column.TITLE]} - Day {day}",
        Column.LOCATION: of[Column.LOCATION],
        Column.VENUE: of[Column.VENUE],
        Column.ZONE: of[Column.ZONE],
        Column.START_DATE: when,
        Column.START_TIME: of[Column.START_TIME],
        Column.END_DATE: when,
        Column.END_TIME: of[Column.END_TIME],
        Column.LMS_START_DATE: "",
        Column.LMS_END_DATE: "",
        Column.MAX_PLACES: "",
        Column.SESSION_INSTRUCTOR: of[Column.SESSION_INSTRUCTOR],
        Column.DAY: day,
        Column.SESSION_URL: "",
        Column.SITTING: "",
    }
    return changed(row, **cells)


def blended(
    code: str = "CB1_LO_6", title: str = "CB1 London 27A-01", sessions: int = 6, **cells: object
) -> list[Cells]:
    """An event row and its further session rows; `cells` are those of the event row."""
    first = event(code=code, title=title, **cells)
    return [first, *(session(first, day) for day in range(2, sessions + 1))]


def classroom(
    code: str = "CB3_BR_1", title: str = "CB3 Bristol 27A-01", sessions: int = 1, **cells: object
) -> list[Cells]:
    """An event that is held in a classroom only, without LMS dates."""
    without_lms = {
        "lms_start_date": None,
        "lms_start_time": None,
        "lms_end_date": None,
        "lms_end_time": None,
    }
    person = {"instructor": "Agnes Tolliver", "session_instructor": "Agnes Tolliver"}
    given = {"mode": "Classroom", "location": "Bristol", **person, **without_lms, **cells}
    return blended(code, title, sessions, **given)


def lms_only(code: str = "OC_CB1", title: str = "CB1 online 27A", **cells: object) -> Cells:
    """An event that is held online only: no sessions, no venue, no places, LMS dates."""
    row: Cells = {
        Column.CODE: code,
        Column.TITLE: title,
        Column.MODE: "Self Paced (LMS)",
        Column.LOCATION: "Online",
        Column.ZONE: "Europe - London",
        Column.LMS_START_DATE: date(2027, 1, 4),
        Column.LMS_START_TIME: time(9, 0),
        Column.LMS_END_DATE: date(2027, 5, 14),
        Column.LMS_END_TIME: time(0, 0),
        Column.ADMINISTRATOR: "Marguerite Pellow",
        Column.EVENT_URL: "https://learn.larkfield.example/online",
        Column.WEB_SALE: "Y",
        Column.SITTING: "2027A",
        Column.MOODLE_CODE: "CB1-27A",
    }
    return changed(row, **cells)


def large(events: int, sessions_per_event: int = 4, *, mistakes: bool = False) -> list[Cells]:
    """Rows of that many blended events, all different; nobody teaches twice at the same time.

    Args:
        events: how many. The first few hundred have instructors, as many as can be busy.
        sessions_per_event: how many rows each takes.
        mistakes: whether every row has one: a date that is none, and a person nobody knows.
    """
    rows: list[Cells] = []
    for number in range(events):
        group = blended(
            "CB1_MA_4",
            f"CB1 Manchester 27A-{number + 1:05}",
            sessions_per_event,
            location="Manchester",
            **_slot(number, sessions_per_event),
        )
        rows += [_mistaken(row) for row in group] if mistakes else group
    return rows


def _slot(number: int, weeks: int) -> dict[str, object]:
    """When the event is held and by whom: weekday, half of the day, weeks, then the next person."""
    rest, weekday = divmod(number, 5)
    rest, half = divmod(rest, 2)
    person, block = divmod(rest, max(1, WEEKS_WITHOUT_HOLIDAY // weeks))
    name = INSTRUCTORS[person] if person < len(INSTRUCTORS) else ""
    start, end = (("09:30", "12:30"), ("13:30", "16:30"))[half]
    return {
        "start_date": FIRST_MONDAY + timedelta(weeks=block * weeks, days=weekday),
        "end_date": FIRST_MONDAY + timedelta(weeks=block * weeks, days=weekday),
        "start_time": start,
        "end_time": end,
        "instructor": name,
        "session_instructor": name,
    }


def _mistaken(row: Cells) -> Cells:
    return changed(row, start_date="31/04/2027", session_instructor="Nobody Atall")


def workbook_bytes(
    rows: Iterable[Mapping[Column, object]],
    *,
    sheet: str = "Import",
    guidance: bool = True,
    lookup_sheet: bool = True,
    blank_rows: int = BLANK_ROWS,
    headers: Sequence[object] | None = None,
    title_rows: Sequence[Sequence[object]] = (),
) -> bytes:
    """A workbook of these rows, in the order and with the types that really arrive.

    Args:
        rows: one mapping for each row; None (or no entry) is an empty cell.
        sheet: the title of the sheet they are on.
        guidance: whether rows 2 and 3 say how to fill in the columns; without them the data starts
            in row 2.
        lookup_sheet: whether another sheet with lists comes before it.
        blank_rows: how many formatted rows without content follow.
        headers: other texts for the 35 headers.
        title_rows: rows above the headers.
    """
    book = Workbook(write_only=True)
    if lookup_sheet:
        _append_lookup(book.create_sheet("Lookup"))
    table = book.create_sheet(sheet)
    formulas: dict[str, str | float] = {}
    number = 0
    for above in title_rows:
        number += 1
        table.append(above)
    heads = [column.value or None for column in Column] if headers is None else headers
    lines: list[Iterable[object]] = [heads]
    if guidance:
        lines += [[texts.get(column) for column in Column] for texts in (EXAMPLES, FORMATS)]
    for line in lines:
        number += 1
        table.append(list(line))
    for row in rows:
        number += 1
        table.append(_written(table, row, number, formulas))
    formatted = WriteOnlyCell(table)
    formatted.fill = PatternFill("solid", fgColor="FFF2F2F2")
    for _ in range(blank_rows):
        table.append([formatted, formatted])
    target = io.BytesIO()
    book.save(target)
    data = target.getvalue()
    part = f"xl/worksheets/sheet{2 if lookup_sheet else 1}.xml"
    return _with_values(data, part, formulas) if formulas else data


def _append_lookup(lookup: WriteOnlyWorksheet) -> None:
    lookup.append(["Code", "Location"])
    lookup.append(["CB1_LO_6", "London"])


def _written(
    table: WriteOnlyWorksheet,
    row: Mapping[Column, object],
    number: int,
    formulas: dict[str, str | float],
) -> list[object]:
    cells: list[object] = []
    for position, column in enumerate(Column):
        value = row.get(column)
        if isinstance(value, Formula) and value.value is not None:
            formulas[f"{get_column_letter(position + 1)}{number}"] = value.value
        cells.append(_cell(table, value))
    return cells


def _cell(table: WriteOnlyWorksheet, value: object) -> object:
    match value:
        case datetime():
            return _in_format(table, value, "dd/mm/yyyy hh:mm")
        case date():
            return _in_format(table, value, "dd/mm/yyyy")
        case time():
            return _in_format(table, value, "hh:mm:ss")
        case Formatted():
            return _in_format(table, value.value, value.number_format)
        case Text():
            cell = WriteOnlyCell(table, value.text)
            cell.data_type = "s"
            return cell
        case Formula():
            return WriteOnlyCell(table, f"={value.formula.removeprefix('=')}")
        case str() if ILLEGAL_CHARACTERS_RE.search(value):
            return _escaped(table, value)
        case _:
            return value


def _in_format(table: WriteOnlyWorksheet, value: object, number_format: str) -> object:
    cell = WriteOnlyCell(table, value)
    cell.number_format = number_format
    return cell


def _escaped(table: WriteOnlyWorksheet, value: str) -> object:
    """Control characters as Excel writes them (ECMA-376 part 1, 22.9.2.19)."""
    text = ILLEGAL_CHARACTERS_RE.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
    return WriteOnlyCell(table, text)


def _with_values(data: bytes, part: str, values: Mapping[str, str | float]) -> bytes:
    """The file with the values of its formulas, which openpyxl does not write."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                content = _valued(content.decode(), values).encode()
            copy.writestr(name, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _valued(xml: str, values: Mapping[str, str | float]) -> str:
    def valued(found: re.Match[str]) -> str:
        value = values.get(found["place"])
        if value is None:
            return found[0]
        kind = ' t="str"' if isinstance(value, str) else ""
        cell = f'<c r="{found["place"]}"{found["more"]}{kind}>'
        return f"{cell}{found['formula']}<v>{escape(str(value))}</v></c>"

    return re.sub(
        r'<c r="(?P<place>[A-Z]+\d+)"(?P<more>[^>]*?)(?: t="\w+")?>'
        r"(?P<formula><f>[^<]*</f>)<v ?/></c>",
        valued,
        xml,
    )
