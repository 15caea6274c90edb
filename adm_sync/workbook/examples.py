"""The example events of the template: the examples of the table of columns, as rows.

What belongs here: the rows, and how they are told from events. What does not: writing them
(`template`), leaving them out (`table`), and skipping those that somebody has changed (`groups`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType

from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import Form, On, RowKind
from adm_sync.workbook.findings import shown
from adm_sync.workbook.sheet import Row

Value = str | int | date | time
Example = dict[Column, Value]

# A title that begins with this word is an example's.
EXAMPLE = "EXAMPLE"
_DAYS = 3
_WEEK = timedelta(weeks=1)
_LMS_ONLY: Example = {
    Column.CODE: "OC_CB1",
    Column.TITLE: f"{EXAMPLE} CB1 online 27A",
    Column.MODE: "Self Paced (LMS)",
}


def untouched(rows: Sequence[Row], places: Mapping[Column, int]) -> Iterator[int]:
    """The numbers of the rows that are an example as the template has it, all of its rows.

    One with another session below it is not left alone: that session would be another event's.

    Args:
        rows: of a sheet, in its order.
        places: where each column is.
    """
    if Column.TITLE not in places or Column.CODE not in places:
        return
    for start, row in enumerate(rows):
        if not str(row.cell(places[Column.TITLE])).startswith(EXAMPLE):
            continue
        for example in _as_shown():
            end = start + len(example)
            if [_cells(one, places) for one in rows[start:end]] != example:
                continue
            below = next((cells for one in rows[end:] if (cells := _cells(one, places))), None)
            if below is None or Column.CODE in below:
                yield from (one.number for one in rows[start:end])


@cache
def _as_shown() -> list[list[dict[Column, str]]]:
    """The cells of the examples that are not blank, event by event."""
    *blended, online = [
        {column: shown(value) for column, value in row.items() if value != ""} for row in examples()
    ]
    return [blended, [online]]


def _cells(row: Row, places: Mapping[Column, int]) -> dict[Column, str]:
    cells = {column: shown(row.cell(position)) for column, position in places.items()}
    return {column: text for column, text in cells.items() if text.strip()}


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone


_MAKE: Mapping[Form, Callable[[str], Value]] = MappingProxyType(
    {
        Form.DATE: _day,
        Form.DEADLINE: _day,
        Form.CLOCK: time.fromisoformat,
        Form.COUNT: int,
    }
)


def examples() -> list[Example]:
    """The rows of a blended event with three sessions, and of an event in the LMS only."""
    first: Example = {column: _value(column) for column in NAMED if column is not Column.CANCELLED}
    title = f"{EXAMPLE} {first[Column.TITLE]}"
    first |= {Column.TITLE: title, Column.SESSION_TITLE: f"{title} - Day 1"}
    return [first, *(_session(first, day) for day in range(2, _DAYS + 1)), _lms_only(first)]


def _value(column: Column) -> Value:
    entry = column.entry
    make = _MAKE.get(entry.form)
    return make(entry.example) if make else entry.example


def _session(first: Example, day: int) -> Example:
    row: Example = {
        column: value for column, value in first.items() if column.entry.on is not On.EVENT
    }
    for column, value in row.items():
        if isinstance(value, date):
            row[column] = value + (day - 1) * _WEEK
    title = f"{first[Column.TITLE]} - Day {day}"
    return row | {Column.SESSION_TITLE: title, Column.DAY: day}


def _lms_only(first: Example) -> Example:
    row: Example = {
        column: value
        for column, value in first.items()
        if RowKind.LMS in column.entry.needed or column.entry.form is Form.CLOCK
    }
    return row | {Column.MOODLE_CODE: first[Column.MOODLE_CODE]} | _LMS_ONLY
