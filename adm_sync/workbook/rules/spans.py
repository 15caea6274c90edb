"""A date cell and a time cell put together: one moment, local to the event's zone.

What belongs here: whether the two agree, and whether the clocks ever show that moment. What does
not: reading either cell (`moments`), and what the moment must fit (`schedule`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import shown
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.moments import ReadDate, ReadTime, read_date, read_time


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
        cells.warning(column, "date_with_time", message)
    return read.day


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
        message = f"is rounded to the minute: {shown(clock.at)}."
        cells.warning(time_column, "time_rounded", message)
    if day and default is not None and cells.is_missing(time_column):
        message = f"is blank; {shown(default)} is taken."
        cells.warning(time_column, "time_assumed", message)
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
        if clock and clock.at != day.at:
            message = f"has the time {shown(day.at)}, but {time_column} is {shown(clock.at)}."
            cells.error(date_column, "date_and_time_disagree", message)
            agree = False
        else:
            message = f"has a time of day ({shown(day.at)}); {time_column} is what counts."
            cells.warning(date_column, "date_with_time", message)
    if clock and clock.on is not None:
        if day and day.day != clock.on:
            message = f"has the date {shown(clock.on)}, but {date_column} is {shown(day.day)}."
            cells.error(time_column, "date_and_time_disagree", message)
            agree = False
        else:
            message = f"has a date ({shown(clock.on)}); {date_column} is what counts."
            cells.warning(time_column, "time_with_date", message)
    return agree


def _warn_of_number(cells: Cells, column: Column, read: ReadDate) -> None:
    if read.is_number:
        message = f"is a number that is not formatted as a date; it is read as {shown(read.day)}."
        cells.warning(column, "date_as_number", message, shown(read.day))


def _is_on_clocks(cells: Cells, column: Column, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the zone's clocks show a moment; a warning if they show it twice."""
    local = moment.replace(tzinfo=zone)
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return True
    when = f"{shown(moment)} in {zone.key}"
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        message = f"names a time that does not exist: the clocks go forward over {when}."
        cells.error(column, "time_does_not_exist", message)
        return False
    message = f"names a time that occurs twice: the clocks go back over {when}; the first is taken."
    cells.warning(column, "time_occurs_twice", message)
    return True
