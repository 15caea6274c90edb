"""What one row says about a session: its own row, or the event row that is its event's first.

What belongs here: reading the cells of one session, and the rules within its row; a date cell and
a time cell put together to one moment, local to the event's zone; and values of any row that no
rule looks at, which are read as their form says and carried along. What does not: rules between
rows (`belonging`), and what a moment must fit (`schedule`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import SESSION_FIELDS, Column
from adm_sync.workbook.entries import Form
from adm_sync.workbook.events import Carried, SessionRow
from adm_sync.workbook.findings import error, shown, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.moments import MIDNIGHT, ReadDate, ReadTime, read_date, read_time
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

# ---------------------------------------------------------------------- moments

DATE_AS_NUMBER = warning(
    "date_as_number",
    "is a number that is not formatted as a date; it is read as {day}.",
    "46035",
    "Format the cell as a date, and look whether it is the right one.",
)
DATE_WITH_TIME = warning(
    "date_with_time",
    "has a time of day ({time}); {column} is what counts.",
    "13/01/2026 09:30 in Classroom start date",
    "Nothing, if the time column is right.",
)
TIME_WITH_DATE = warning(
    "time_with_date",
    "has a date ({date}); {column} is what counts.",
    "13/01/2026 09:30 in Classroom start time",
    "Nothing, if the date column is right.",
)
DATE_AND_TIME_DISAGREE = error(
    "date_and_time_disagree",
    "has the {noun} {value}, but {column} is {other}.",
    "13/01/2026 10:00 beside the time 09:30",
    "Correct one of the two.",
)
TIME_ROUNDED = warning(
    "time_rounded",
    "is rounded to the minute: {time}.",
    "09:30:20",
    "Nothing, if the minute is right.",
    note="At the latest to 23:59.",
)
TIME_ASSUMED = warning(
    "time_assumed",
    "is blank; {time} is taken.",
    "an LMS start date without a time",
    "Fill in the time.",
    note="An LMS end at 00:00 is the start of that day.",
)
TIME_DOES_NOT_EXIST = error(
    "time_does_not_exist",
    "names a time that does not exist: the clocks go forward over {moment} in {zone}.",
    "29/03/2026 01:30 in Europe - London",
    "Put a time that exists.",
)
TIME_OCCURS_TWICE = warning(
    "time_occurs_twice",
    "names a time that occurs twice: the clocks go back over {moment} in {zone}; the first is "
    "taken.",
    "25/10/2026 01:30 in Europe - London",
    "Nothing, if the first is meant.",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A local date and time without a zone; None if anything keeps it from being known.

    `month_first` is what its date would mean if the month came first, where that is possible.
    """

    at: datetime | None
    month_first: date | None = None


NO_MOMENT = Moment(None)


def read_day_only(cells: Cells, column: Column) -> date | None:
    """The date of a cell that has no time beside it; a time in it is left out with a warning."""
    read = cells.read(column, read_date)
    if read is None:
        return None
    _warn_of_number(cells, column, read)
    if read.at is not None:
        message = f"has a time of day ({shown(read.at)}), which is left out."
        cells.tell(column, DATE_WITH_TIME.saying(message))
    return read.day


def read_day_with_time(cells: Cells, column: Column) -> datetime | None:
    """The moment that one cell names; midnight, if it has no time."""
    read = cells.read(column, read_date)
    return datetime.combine(read.day, read.at or MIDNIGHT) if read else None


def read_moment(
    cells: Cells,
    date_column: Column,
    time_column: Column,
    zone: ZoneInfo | None,
    default: time | None = None,
) -> Moment:
    """The moment that two cells name.

    Args:
        cells: the row.
        date_column: where its date is.
        time_column: where its time is.
        zone: whose clocks must show it; None if that is not known.
        default: the time if that cell is blank (with a warning).
    """
    day, clock = cells.read(date_column, read_date), cells.read(time_column, read_time)
    agree = _agree(cells, date_column, time_column, day, clock)
    if day:
        _warn_of_number(cells, date_column, day)
    if clock and clock.is_rounded:
        cells.tell(time_column, TIME_ROUNDED(time=shown(clock.at)))
    if day and default is not None and cells.is_missing(time_column):
        cells.tell(time_column, TIME_ASSUMED(time=shown(default)))
        clock = ReadTime(default)
    if not (day and clock and agree):
        return NO_MOMENT
    moment = datetime.combine(day.day, clock.at)
    if zone and not _is_on_clocks(cells, time_column, moment, zone):
        return NO_MOMENT
    return Moment(moment, day.month_first)


def _agree(
    cells: Cells,
    date_column: Column,
    time_column: Column,
    day: ReadDate | None,
    clock: ReadTime | None,
) -> bool:
    """Whether a time in the date cell, or a date in the time cell, contradicts the other cell."""
    agree = True
    if day and day.at is not None:
        agree = clock is None or clock.at == day.at
        if clock and not agree:
            known = {"noun": "time", "value": shown(day.at), "other": shown(clock.at)}
            found = DATE_AND_TIME_DISAGREE(column=cells.called(time_column), **known)
        else:
            found = DATE_WITH_TIME(time=shown(day.at), column=cells.called(time_column))
        cells.tell(date_column, found)
    if clock and clock.on is not None:
        if day and day.day != clock.on:
            agree = False
            known = {"noun": "date", "value": shown(clock.on), "other": shown(day.day)}
            found = DATE_AND_TIME_DISAGREE(column=cells.called(date_column), **known)
        else:
            found = TIME_WITH_DATE(date=shown(clock.on), column=cells.called(date_column))
        cells.tell(time_column, found)
    return agree


def _warn_of_number(cells: Cells, column: Column, read: ReadDate) -> None:
    if read.is_number:
        cells.tell(column, DATE_AS_NUMBER(shown(read.day), day=shown(read.day)))


def _is_on_clocks(cells: Cells, column: Column, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clocks show a moment; a warning if they show it twice."""
    times = _times_shown(moment, zone)
    if times != 1:
        code = TIME_OCCURS_TWICE if times else TIME_DOES_NOT_EXIST
        cells.tell(column, code(moment=shown(moment), zone=zone.key))
    return times > 0


@lru_cache(maxsize=65_536)
def _times_shown(moment: datetime, zone: ZoneInfo) -> int:
    """How often the zone's clocks show a moment."""
    local = moment.replace(tzinfo=zone)
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return 1
    return 2 if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment else 0


# ---------------------------------------------------------------------- sessions

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
