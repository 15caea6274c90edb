"""What one row says about a session: its own row, or the event row that is its event's first.

What belongs here: reading the cells of one session, and the rules within its row. What does not:
rules between rows (`belonging`), and between times (`schedule`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import Column
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.choices import is_to_be_confirmed
from adm_sync.workbook.rules.counts import Count, is_shown, read_day
from adm_sync.workbook.rules.lengths import text_within, url_within
from adm_sync.workbook.rules.moments import MIDNIGHT
from adm_sync.workbook.rules.spans import read_moment

CLASSROOM = (Column.START_DATE, Column.START_TIME, Column.END_DATE, Column.END_TIME)
_LONGEST = timedelta(days=1)


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
    url: str
    month_first: tuple[tuple[Column, date, date], ...]
    is_sound: bool


def read_slot(cells: Cells, zone: ZoneInfo | None) -> Slot:
    """Read the session of a row; what is wrong becomes a finding there."""
    starts = read_moment(cells, Column.START_DATE, Column.START_TIME, zone)
    if starts.at and starts.at.time() == MIDNIGHT:
        message = "is 00:00: the session starts at midnight."
        suggestion = "Put the time; a formula on a blank cell gives 00:00."
        cells.warning(Column.START_TIME, "starts_at_midnight", message, suggestion)
    ends = read_moment(cells, Column.END_DATE, Column.END_TIME, zone)
    return Slot(
        cells,
        day=_read_day(cells),
        title=text_within(cells, Column.SESSION_TITLE),
        starts=starts.at,
        ends=ends.at,
        instructors=_read_instructors(cells),
        url=url_within(cells, Column.SESSION_URL),
        month_first=tuple(
            (column, moment.at.date(), moment.month_first)
            for column, moment in ((Column.START_DATE, starts), (Column.END_DATE, ends))
            if moment.at and moment.month_first
        ),
        is_sound=_is_in_order(cells, starts.at, ends.at),
    )


def _read_day(cells: Cells) -> int | None:
    count = cells.read(Column.DAY, read_day)
    if count is None:
        return None
    warn_of_number(cells, Column.DAY, count)
    return count.value


def warn_of_number(cells: Cells, column: Column, count: Count) -> None:
    """Say that a number is stored as text, or that its format shows another."""
    display = cells.display(column)
    if display is not None and not is_shown(display, count.value):
        what = f"shows '{display}'" if display else "is a number that Excel may show otherwise"
        message = f"{what}; it is read as {count.value}."
        cells.warning(column, "shown_otherwise", message, "Format the cell as a number.")
    if count.is_text:
        message = f"is text; it is read as the number {count.value}."
        cells.warning(column, "number_as_text", message)


def _read_instructors(cells: Cells) -> str:
    text = cells.text(Column.SESSION_INSTRUCTOR)
    if cells.is_missing(Column.SESSION_INSTRUCTOR):
        cells.warning(Column.SESSION_INSTRUCTOR, "no_instructor", "is blank: nobody teaches yet.")
    elif is_to_be_confirmed(text):
        message = "is still to be confirmed: nobody teaches yet."
        cells.warning(Column.SESSION_INSTRUCTOR, "no_instructor", message)
        return ""
    return text


def _is_in_order(cells: Cells, starts: datetime | None, ends: datetime | None) -> bool:
    """Whether a session is known to end after it starts, and within a day."""
    if starts is None or ends is None:
        return False
    if ends <= starts:
        column = Column.END_TIME if ends.date() == starts.date() else Column.END_DATE
        message = f"must be after the start ({starts:%d/%m/%Y %H:%M}); it is {ends:%d/%m/%Y %H:%M}."
        cells.error(column, "end_before_start", message)
        return False
    if ends - starts >= _LONGEST or (ends.date() - starts.date()).days > 1:
        message = (
            f"makes a session of more than a day, from {starts:%d/%m/%Y %H:%M} to "
            f"{ends:%d/%m/%Y %H:%M}; only overnight may a session end on the next day."
        )
        cells.error(Column.END_DATE, "session_too_long", message)
        return False
    return True
