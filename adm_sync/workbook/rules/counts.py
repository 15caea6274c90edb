"""Whole numbers in cells: Day and Max places.

What belongs here: reading one. What does not: which numbers make sense in which column beyond the
range that is asked for.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from adm_sync.names.keys import normalise
from adm_sync.workbook.findings import shown
from adm_sync.workbook.rules.cells import Unreadable
from adm_sync.workbook.sheet import Raw

MOST_PLACES = 100_000
MOST_DAYS = 1_000

_DIGITS = re.compile(r"[+-]?[0-9]{1,15}(?:\.0*)?")


_SHOWN = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:E[+-][0-9]+)?")


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number, and whether it was stored as text."""

    value: int
    is_text: bool = False


def read_count(raw: Raw) -> Count | Unreadable:
    """A whole number from a number or from text digits."""
    match raw:
        case bool():
            return _not_whole(raw)
        case int():
            return Count(raw)
        case float() if raw.is_integer():
            return Count(int(raw))
        case str() if _DIGITS.fullmatch(folded := normalise(raw)):
            return Count(int(folded.partition(".")[0]), is_text=True)
        case _:
            return _not_whole(raw)


def read_places(raw: Raw) -> Count | Unreadable:
    """A number of places: whole, 0 to 100,000."""
    return _within(read_count(raw), 0, MOST_PLACES, "places_out_of_range")


def read_day(raw: Raw) -> Count | Unreadable:
    """The Day of a session: whole, 1 to 1,000."""
    return _within(read_count(raw), 1, MOST_DAYS, "day_out_of_range")


def is_shown(display: str, value: int) -> bool:
    """Whether a cell shows that number, perhaps among words."""
    return abs(value) in {Decimal(one.replace(",", "")) for one in _SHOWN.findall(display)}


def _within(count: Count | Unreadable, least: int, most: int, code: str) -> Count | Unreadable:
    if isinstance(count, Unreadable) or least <= count.value <= most:
        return count
    return Unreadable(code, f"must be from {least} to {most:,}; it is {count.value:,}.")


def _not_whole(raw: Raw) -> Unreadable:
    return Unreadable("not_a_whole_number", f"must be a whole number; '{shown(raw)}' is not.")
