"""Dates and times of day in cells, in every spelling that is understood.

What belongs here: reading one cell. What does not: putting a date and a time together, and what
the result must fit (`schedule`).

A date is a real date, a serial number of 2000 to 2100, or one of the spellings that the remedy of
`date_unreadable` lists, day first. A time is rounded to the minute, as a time that a formula gave
is a hair off (0.3749999 for 09:00), but never past the end of its day.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from openpyxl.utils.datetime import from_excel

from adm_sync.names.keys import normalise
from adm_sync.workbook.findings import Finding, error, shown
from adm_sync.workbook.sheet import ErrorValue, Raw

FIRST_YEAR, LAST_YEAR = 2000, 2100
MIDNIGHT = time()

DATE_UNREADABLE = error(
    "date_unreadable",
    "must be one date such as 13/01/2026; '{value}' is not.",
    "5 Jan or 12 Jan 2026",
    "Put one date: an Excel date, or a text such as 13/01/2026, 13-01-2026, 13.1.26, 2026-01-13, "
    "13 Jan 2026 or 13 January 2026.",
    note="Years of two digits are of this century.",
)
MONTH_FIRST = error(
    "month_first",
    "must have the day before the month; '{value}' has month {month}.",
    "01/13/2026",
    "Write 13/01/2026.",
)
NO_SUCH_DAY = error(
    "no_such_day",
    "has a day that does not exist: '{value}'; {month} {year} has {days} days.",
    "29/02/2026",
    "Correct the date.",
)
YEAR_OUT_OF_RANGE = error(
    "year_out_of_range",
    f"must be of the years {FIRST_YEAR} to {LAST_YEAR}; {{value}} is not.",
    "13/01/1926",
    "Correct the year.",
)
TIME_UNREADABLE = error(
    "time_unreadable",
    "must be a time of day such as 09:30; '{value}' is {what}.",
    "25:00",
    "Put one time: an Excel time, or a text such as 09:30, 9:30, 09.30, 0930, 9:30 am or 9.30pm.",
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NAMED = re.compile(r"([0-9]{1,2})[ -]([a-z]+)[ -]([0-9]{4}|[0-9]{2})")
_TWO_PARTS = re.compile(r"(\S*[0-9]\S*|[0-9]{1,2} [a-z]+ [0-9]{2,4})(?:t| )([0-9]{1,2}[:.].*)")
_TIME = re.compile(
    r"([0-9]{1,2})(?:[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:\.[0-9]+)?)?)? ?(?:([ap])\.?m\.?)?"
)
_FOUR_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})")

# A longer text is none of the spellings, and would cost the patterns time.
_LONGEST = 60
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_NOISE = timedelta(seconds=1)
# Excel stores a time alone as a time on day 0 of either calendar.
_LAST_DAY_ZERO = date(1904, 1, 2)


@dataclass(frozen=True, slots=True)
class ReadDate:
    """A date, and what else its cell says.

    `at` is a time of day in the same cell; `month_first` is what the text would mean elsewhere,
    where that is another date; `is_number` is a serial number that is not formatted as a date.
    """

    day: date
    at: time | None = None
    month_first: date | None = None
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time of day, to the minute, and what else its cell says.

    `on` is a date in the same cell; `is_rounded` says that more than a second was lost.
    """

    at: time
    on: date | None = None
    is_rounded: bool = False


def read_date(raw: Raw) -> ReadDate | Finding:
    """A date of 2000 to 2100."""
    match raw:
        case datetime():
            return _date_of(raw.replace(tzinfo=None))
        case date():
            return _in_range(ReadDate(raw))
        case bool() | ErrorValue():
            return _no_date(raw)
        case int() | float():
            return _date_of_serial(raw)
        case str() if len(raw) <= _LONGEST:
            return _date_of_text(normalise(raw), shown(raw))
        case _:
            return _no_date(raw)


def read_time(raw: Raw) -> ReadTime | Finding:
    """A time of day."""
    match raw:
        case datetime():
            on = raw.date() if raw.date() > _LAST_DAY_ZERO else None
            return _rounded(raw.time(), on)
        case time():
            return _rounded(raw.replace(tzinfo=None))
        case timedelta():
            return _time_of_duration(raw)
        case bool() | ErrorValue() | date():
            return _no_time(raw)
        case int() | float():
            return _time_of_number(raw)
        case str() if len(raw) <= _LONGEST:
            return _time_of_text(normalise(raw))
        case _:
            return _no_time(raw)


# ------------------------------------------------------------------ dates


def _date_of(moment: datetime, *, is_number: bool = False) -> ReadDate | Finding:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return _in_range(ReadDate(moment.date()))
    midnight = datetime.combine(moment, MIDNIGHT)
    if moment - midnight > _DAY - _NOISE:
        midnight += _DAY
    if abs(moment - midnight) < _NOISE:
        return _in_range(ReadDate(midnight.date(), is_number=is_number))
    at = _rounded(moment.time()).at
    return _in_range(ReadDate(moment.date(), at, is_number=is_number))


def _date_of_serial(number: float) -> ReadDate | Finding:
    # 36,526 is 1 January 2000, 73,415 the first day after 2100.
    if not 36_526 <= number < 73_415:
        return _no_date(number)
    moment = from_excel(number)
    return _date_of(moment, is_number=True) if isinstance(moment, datetime) else _no_date(number)


@lru_cache(maxsize=65_536)
def _date_of_text(text: str, cell: str) -> ReadDate | Finding:
    """A date from a text that is normalised; `cell` is what the cell shows."""
    for spelling, order in ((_DAY_FIRST, "d.my"), (_YEAR_FIRST, "ymd"), (_NAMED, "dmy")):
        if found := spelling.fullmatch(text):
            parts = dict(zip(order, found.groups(), strict=True))
            return _date_of_parts(cell, parts["d"], parts["m"], parts["y"], order == "d.my")
    if (found := _TWO_PARTS.fullmatch(text)) is None:
        return _no_date(cell)
    day, at = _date_of_text(found.group(1), cell), _time_of_text(found.group(2))
    if isinstance(day, Finding) or isinstance(at, Finding):
        return _no_date(cell)
    # As Excel has it, midnight is the day alone.
    return ReadDate(day.day, at.at if at.at != MIDNIGHT else None, day.month_first)


def _date_of_parts(
    cell: str, day: str, month: str, year: str, is_numeric: bool
) -> ReadDate | Finding:
    number = _MONTHS.get(month) if month.isalpha() else int(month)
    if number is None:
        return _no_date(cell)
    full_year = int(year) if len(year) == 4 else 2000 + int(year)
    swapped = _valid(full_year, int(day), number) if is_numeric else None
    if number > 12:
        suggestion = swapped.strftime("%d/%m/%Y") if swapped else None
        return MONTH_FIRST(suggestion, value=cell, month=number)
    found = _valid(full_year, number, int(day))
    if found is None:
        return _no_such_day(cell, full_year, number)
    return _in_range(ReadDate(found, month_first=None if swapped == found else swapped))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _no_such_day(cell: str, year: int, month: int) -> Finding:
    if not (1 <= month <= 12 and year >= 1):
        return _no_date(cell)
    days, name = monthrange(year, month)[1], date(2000, month, 1).strftime("%B")
    return NO_SUCH_DAY(value=cell, month=name, year=year, days=days)


def _in_range(read: ReadDate) -> ReadDate | Finding:
    if FIRST_YEAR <= read.day.year <= LAST_YEAR:
        return read
    return YEAR_OUT_OF_RANGE(value=shown(read.day))


def _no_date(raw: Raw) -> Finding:
    return DATE_UNREADABLE(value=shown(raw))


# ------------------------------------------------------------------ times


def _rounded(exact: time, on: date | None = None) -> ReadTime:
    return _of_day(datetime.combine(date.min, exact) - datetime.combine(date.min, MIDNIGHT), on)


def _of_day(since_midnight: timedelta, on: date | None = None) -> ReadTime:
    minutes = (since_midnight + _MINUTE / 2) // _MINUTE
    # 24:00 would be the next day; whoever writes 23:59:59 means this one.
    minutes = min(minutes, 24 * 60 - 1)
    lost = abs(since_midnight - minutes * _MINUTE)
    return ReadTime(time(minutes // 60, minutes % 60), on, lost > _NOISE)


def _time_of_duration(duration: timedelta) -> ReadTime | Finding:
    if timedelta() <= duration < _DAY:
        return _of_day(duration)
    return TIME_UNREADABLE(value=shown(duration), what="a duration")


def _time_of_number(number: float) -> ReadTime | Finding:
    if 0 <= number < 1:
        return _of_day(timedelta(days=number))
    if 36_526 <= number < 73_415:
        moment = from_excel(number)
        if isinstance(moment, datetime):
            return _rounded(moment.time(), moment.date())
    return _no_time(number)


@lru_cache(maxsize=16_384)
def _time_of_text(text: str) -> ReadTime | Finding:
    if found := _FOUR_DIGITS.fullmatch(text):
        return _time_of_parts(text, int(found[1]), int(found[2]), 0, None)
    if (found := _TIME.fullmatch(text)) and (found[2] or found[4]):
        return _time_of_parts(text, int(found[1]), int(found[2] or 0), int(found[3] or 0), found[4])
    if found := _TWO_PARTS.fullmatch(text):
        day, at = _date_of_text(found[1], text), _time_of_text(found[2])
        if isinstance(day, ReadDate) and isinstance(at, ReadTime):
            return ReadTime(at.at, day.day, at.is_rounded)
    return _no_time(text)


def _time_of_parts(
    text: str, hour: int, minute: int, second: int, half: str | None
) -> ReadTime | Finding:
    if half is not None:
        if not 1 <= hour <= 12:
            return _no_time(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return _no_time(text)
    return _rounded(time(hour, minute, second))


def _no_time(raw: Raw) -> Finding:
    return TIME_UNREADABLE(_time_meant(raw), value=shown(raw), what="not")


def _time_meant(raw: Raw) -> str | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    digits = shown(raw).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
        return "23:59, or 00:00 of the next day" if digits == "24:00" else None
    hour, minute = (int(digits), 0) if len(digits) <= 2 else divmod(int(digits), 100)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None
