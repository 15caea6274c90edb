"""A date cell and a time cell put together: one moment, local to the event's zone.

What belongs here: whether the two agree, and whether the clocks ever show that moment. What does
not: reading either cell (`moments`), and what the moment must fit (`schedule`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import error, shown, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.moments import MIDNIGHT, ReadDate, ReadTime, read_date, read_time

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
    date_called, time_called = cells.called(date_column), cells.called(time_column)
    if day and day.at is not None:
        agree = clock is None or clock.at == day.at
        if clock and not agree:
            known = {"noun": "time", "value": shown(day.at), "other": shown(clock.at)}
            cells.tell(date_column, DATE_AND_TIME_DISAGREE(column=time_called, **known))
        else:
            cells.tell(date_column, DATE_WITH_TIME(time=shown(day.at), column=time_called))
    if clock and clock.on is not None:
        if day and day.day != clock.on:
            agree = False
            known = {"noun": "date", "value": shown(clock.on), "other": shown(day.day)}
            cells.tell(time_column, DATE_AND_TIME_DISAGREE(column=date_called, **known))
        else:
            cells.tell(time_column, TIME_WITH_DATE(date=shown(clock.on), column=date_called))
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
