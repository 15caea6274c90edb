"""What one row says about a session: its own row, or the event row that is its event's first.

What belongs here: reading the cells of one session, and the rules within its row; and values of
any row that no rule looks at, which are read as their form says and carried along. What does not:
rules between rows (`belonging`), and between times (`schedule`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import SESSION_FIELDS, Column
from adm_sync.workbook.entries import Form
from adm_sync.workbook.events import Carried, SessionRow
from adm_sync.workbook.findings import error, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.moments import MIDNIGHT, read_time
from adm_sync.workbook.rules.readers import (
    Count,
    is_shown,
    is_to_be_confirmed,
    read_count,
    read_day,
    read_flag,
    text_within,
    url_within,
)
from adm_sync.workbook.rules.screening import SHOWN_OTHERWISE
from adm_sync.workbook.rules.spans import read_day_only, read_day_with_time, read_moment

CLASSROOM = (Column.START_DATE, Column.START_TIME, Column.END_DATE, Column.END_TIME)
_LONGEST = timedelta(days=1)

NUMBER_AS_TEXT = warning(
    "number_as_text",
    "is text; it is read as the number {number}.",
    "'14",
    'Nothing; Excel\'s "Convert to Number" mends it.',
)
STARTS_AT_MIDNIGHT = warning(
    "starts_at_midnight",
    "is 00:00: the session starts at midnight.",
    "00:00 in Classroom start time",
    "Put the time; a formula on a blank cell gives 00:00.",
    suggests=True,
)
NO_INSTRUCTOR = warning(
    "no_instructor",
    "is {what}: nobody teaches yet.",
    "TBC in Session instructor",
    "Fill it in when it is known.",
    note="Blank, TBC, TBD or To be confirmed, in a session; or in the event, while its sessions "
    "have instructors. It is imported without.",
)
END_BEFORE_START = error(
    "end_before_start",
    "must be after the start ({starts:%d/%m/%Y %H:%M}); it is {ends:%d/%m/%Y %H:%M}.",
    "17:00 to 09:30 on one day",
    "Correct one of the two; overnight the end date is the next day.",
    note="So must the end of the LMS window.",
)
SESSION_TOO_LONG = error(
    "session_too_long",
    "makes a session of more than a day, from {starts:%d/%m/%Y %H:%M} to {ends:%d/%m/%Y %H:%M}; "
    "only overnight may a session end on the next day.",
    "13/01/2026 09:30 to 16/01/2026 17:00",
    "Correct the end date; each day of a course is a session of its own.",
)


@dataclass(slots=True)
class Slot:
    """A session as far as it could be read.

    `is_sound` says that its times are known and nothing is wrong with them so far. `month_first`
    has, for each date that is text and could be meant the other way round, its column, the date
    and the other one.
    """

    cells: Cells
    day: int | None
    title: str
    starts: datetime | None
    ends: datetime | None
    instructors: str
    carried: Mapping[str, Carried]
    month_first: tuple[tuple[Column, date, date], ...]
    is_sound: bool


def read_slot(cells: Cells, zone: ZoneInfo | None) -> Slot:
    """Read the session of a row; what is wrong becomes a finding there."""
    starts = read_moment(cells, Column.START_DATE, Column.START_TIME, zone)
    if starts.at and starts.at.time() == MIDNIGHT:
        cells.tell(Column.START_TIME, STARTS_AT_MIDNIGHT())
    ends = read_moment(cells, Column.END_DATE, Column.END_TIME, zone)
    return Slot(
        cells,
        day=number_of(cells, Column.DAY, cells.read(Column.DAY, read_day)),
        title=text_within(cells, Column.SESSION_TITLE),
        starts=starts.at,
        ends=ends.at,
        instructors=_read_instructors(cells),
        carried=read_carried(cells, _CARRIED),
        month_first=tuple(
            (column, moment.at.date(), moment.month_first)
            for column, moment in ((Column.START_DATE, starts), (Column.END_DATE, ends))
            if moment.at and moment.month_first
        ),
        is_sound=_is_in_order(cells, starts.at, ends.at),
    )


def _read_instructors(cells: Cells) -> str:
    text = cells.text(Column.SESSION_INSTRUCTOR)
    if cells.is_missing(Column.SESSION_INSTRUCTOR):
        cells.tell(Column.SESSION_INSTRUCTOR, NO_INSTRUCTOR(what="blank"))
    elif is_to_be_confirmed(text):
        cells.tell(Column.SESSION_INSTRUCTOR, NO_INSTRUCTOR(what="still to be confirmed"))
        return ""
    return text


def _is_in_order(cells: Cells, starts: datetime | None, ends: datetime | None) -> bool:
    """Whether a session is known to end after it starts, and within a day."""
    if starts is None or ends is None:
        return False
    if ends <= starts:
        column = Column.END_TIME if ends.date() == starts.date() else Column.END_DATE
        cells.tell(column, END_BEFORE_START(starts=starts, ends=ends))
        return False
    if ends - starts >= _LONGEST or (ends.date() - starts.date()).days > 1:
        cells.tell(Column.END_DATE, SESSION_TOO_LONG(starts=starts, ends=ends))
        return False
    return True


# ------------------------------------------------------------------ what is carried along


CarriedColumns = Sequence[tuple[str, Column, Callable[[Cells, Column], Carried]]]


def carried_columns(names: Mapping[str, Column], known: Iterable[str]) -> CarriedColumns:
    """The values that are carried along: name, column, and how it is read.

    Args:
        names: the columns that there are, by the names of their values.
        known: the names of values that are read by themselves.
    """
    return [
        (name, column, _READERS.get(column.entry.form, text_within))
        for name, column in names.items()
        if name not in known
    ]


def read_carried(cells: Cells, columns: CarriedColumns) -> Mapping[str, Carried]:
    """The values of a row that are carried along, by name."""
    return {name: read(cells, column) for name, column, read in columns}


def number_of(cells: Cells, column: Column, count: Count | None) -> int | None:
    """A number, with a warning if it is stored as text, or if its format shows another."""
    if count is None:
        return None
    display = cells.display(column)
    if display is not None and not is_shown(display, count.value):
        what = f"shows '{display}'" if display else "is a number that Excel may show otherwise"
        message = f"{what}; it is read as {count.value}."
        cells.tell(column, SHOWN_OTHERWISE.saying(message, "Format the cell as a number."))
    if count.is_text:
        cells.tell(column, NUMBER_AS_TEXT(number=count.value))
    return count.value


def _flag(cells: Cells, column: Column) -> bool:
    return bool(cells.read_word(column, read_flag))


def _number(cells: Cells, column: Column) -> int | None:
    return number_of(cells, column, cells.read(column, read_count))


def _time(cells: Cells, column: Column) -> time | None:
    read = cells.read(column, read_time)
    return read.at if read else None


_READERS: Mapping[Form, Callable[[Cells, Column], Carried]] = {
    Form.FLAG: _flag,
    Form.COUNT: _number,
    Form.URL: url_within,
    Form.DATE: read_day_only,
    Form.DEADLINE: read_day_with_time,
    Form.TIME: _time,
    Form.CLOCK: _time,
}
_CARRIED = carried_columns(SESSION_FIELDS, SessionRow.__slots__)
