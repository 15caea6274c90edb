"""Which row holds the headers, and which rows below it only guide the reader.

What belongs here: recognising both by what they hold. What does not: what is wrong with them
(`table`).
"""

import re
from collections.abc import Mapping, Sequence

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.sheet import NoValue, Raw, Row

# Headers stand in one of the first rows, and enough of them tell the sheet of events from others.
FIRST_ROWS = 30
ENOUGH = 8

_NO_LETTERS = re.compile(r"[\W_]+")
_EXAMPLE = re.compile(r"(e\.? ?g\b|for example\b|example:|eg:)")
_PLACEHOLDER = re.compile(
    r"(24 ?h\w* )?[dmyhs]+([-/.: ]+[dmyhs]+)+( \(?24 ?h\w*\)?)?|y ?/ ?n|yes ?/ ?no|true ?/ ?false"
    r"|free[- ]?text|text|numbers?|integer|whole number|dates?|times?|url|drop[- ]?down( list)?"
    r"|list|optional|mandatory|required|blank|leave blank|n ?/ ?a"
)
_WORD = re.compile(r"[^\W\d_]+")
_WORD_OF_A_VALUE = re.compile(
    r"am|pm|st|nd|rd|th|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec).*", re.DOTALL
)
_WHEN = tuple(column for column in NAMED if column.entry.form.is_measure)


def header_key(raw: Raw) -> str:
    """What a header is recognised by: its letters and digits, folded.

    A formula without a value shows nothing, so it is like no header, but not like an empty one.
    """
    if isinstance(raw, NoValue):
        return f"={raw.formula}"
    return "" if raw is None else _NO_LETTERS.sub("", normalise(str(raw)))


KNOWN = {
    header_key(spelling): column
    for column in NAMED
    for spelling in (column.value, *column.entry.spellings)
}


def positions(cells: Sequence[Raw], known: Mapping[str, Column] = KNOWN) -> dict[Column, list[int]]:
    """Where each known header stands in a row (0 for column A)."""
    found: dict[Column, list[int]] = {}
    for position, cell in enumerate(cells):
        column = known.get(header_key(cell))
        if column is not None:
            found.setdefault(column, []).append(position)
    return found


def header_index(
    rows: Sequence[Row], enough: int = ENOUGH, known: Mapping[str, Column] = KNOWN
) -> int | None:
    """Which of the first rows holds the most known headers; None if none holds `enough`."""
    counts = [len(positions(row.cells, known)) for row in rows[:FIRST_ROWS]]
    most = max(counts, default=0)
    return counts.index(most) if most >= enough else None


def guidance_rows(rows: Sequence[Row], places: Mapping[Column, int]) -> int:
    """How many of the rows right below the headers are guidance such as `DD/MM/YYYY`.

    A row with a date, a time or a number where one belongs is data, whatever else it holds.
    """
    for count, row in enumerate(rows):
        if not is_guidance(row, places):
            return count
    return len(rows)


def is_guidance(row: Row, places: Mapping[Column, int], least: int = 0) -> bool:
    """Whether a row is guidance; at least `least` of its cells must be, however few it has."""
    filled = [cell for cell in row.cells if cell is not None and header_key(cell)]
    hints = sum(map(is_hint, filled))
    when = [row.cell(places[column]) for column in _WHEN if column in places]
    return hints >= max(least, min(2, len(filled))) > 0 and all(
        type(cell) is str and not _is_value(cell) for cell in when if cell is not None
    )


def is_hint(cell: Raw) -> bool:
    """Whether a cell only says how to fill in its column."""
    if type(cell) is not str:
        return False
    text = normalise(cell).strip("()[]<> .*")
    return bool(_EXAMPLE.match(text) or _PLACEHOLDER.fullmatch(text))


def _is_value(text: str) -> bool:
    """Whether a text is digits, with none but words that belong to a date or a time."""
    words = _WORD.findall(normalise(text))
    return any(map(str.isdigit, text)) and all(map(_WORD_OF_A_VALUE.fullmatch, words))
