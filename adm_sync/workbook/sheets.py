"""What of a book is what: the sheet of events, its headers, guidance, and merged cells.

What belongs here: recognising all that by what it holds, or by the name that a person gave. What
does not: what is wrong with headers (`table`), and what is in the rows of data.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from openpyxl.utils import range_boundaries

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.findings import (
    Finding,
    Place,
    WorkbookRefused,
    error,
    quoted,
    refusal,
    warning,
)
from adm_sync.workbook.sheet import Book, NoValue, Raw, Row, Sheet

# ---------------------------------------------------------------------- headers

# Headers stand in one of the first rows, and enough of them tell the sheet of events from others.
FIRST_ROWS = 30
ENOUGH = 8

_NO_LETTERS = re.compile(r"[\W_]+")
_EXAMPLE = re.compile(r"(e\.? ?g\b|for example\b|example:|eg:)")
_PLACEHOLDER = re.compile(
    r"(24 ?h\w* )?[dmyhs]+([-/.: ]+[dmyhs]+)+( \(?24 ?h\w*\)?)?|y ?/ ?n|yes ?/ ?no|true ?/ ?false"
    r"|free[- ]?text|text|numbers?|integer|whole number|dates?|times?|url|drop[- ]?down( list)?"
    r"|(from the )?list|optional|mandatory|required|blank|leave blank|n ?/ ?a"
)
_WORD = re.compile(r"[^\W\d_]+")
_WORD_OF_A_VALUE = re.compile(
    r"am|pm|st|nd|rd|th|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec).*", re.DOTALL
)
_WHEN = tuple(column for column in NAMED if column.entry.form.is_measure)


def header_key(raw: Raw) -> str:
    """What a header is recognised by: its letters and digits, folded; its signs, if that is all.

    A formula without a value shows nothing, so it is like no header, but not like an empty one.
    """
    if isinstance(raw, NoValue):
        return f"={raw.formula}"
    text = "" if raw is None else normalise(str(raw))
    return _NO_LETTERS.sub("", text) or text


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


def is_data(row: Row, places: Mapping[Column, int]) -> bool:
    """Whether a row says when, as every event and every session does."""
    when = [row.cell(places[column]) for column in _WHEN if column in places]
    said = [
        cell for cell in when if cell is not None and (type(cell) is not str or _is_value(cell))
    ]
    return len(said) > 2


def is_text(row: Row, places: Iterable[int]) -> bool:
    """Whether only texts stand there: rows of data have a number or a date, others have none."""
    return all(isinstance(row.cell(position), str | None) for position in places)


def repeats_headers(
    row: Row, known: Mapping[str, Column] = KNOWN, ours: Collection[int] = ()
) -> bool:
    """Whether a row of text among the data is one of headers; what we remark on it is at `ours`."""
    found = len(positions(row.cells, known))
    filled = [at for at, cell in enumerate(row.cells) if at not in ours and header_key(cell)]
    # Of a part of the headers, such as those of the first columns, nothing else is in the row.
    return found >= ENOUGH or 2 < found == len(filled)


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


# ---------------------------------------------------------------------- merged cells and links

# A file can claim any number of ranges that overlap.
MOST_LINKED = 200_000
MOST_LOOKED_AT = 1_000_000

MERGED_CELLS = error(
    "merged_cells",
    "The cells {cells} are merged: only the first of them holds a value, the others are empty.",
    "the cells F4:F6 merged for one venue",
    "Unmerge them and fill in every cell.",
    suggests=True,
)


@dataclass(frozen=True, slots=True)
class Range:
    """A range of cells; positions count from 0 (column A), rows are Excel's own."""

    text: str
    first_position: int
    first_row: int
    last_position: int
    last_row: int

    def covers_row(self, number: int) -> bool:
        """Whether cells of this row belong to it."""
        return self.first_row <= number <= self.last_row


def ranges(sheet: Sheet) -> list[Range]:
    """The merged ranges of a sheet by their first row; what is no range is left out."""
    found = filter(None, map(_range, sheet.merged))
    return sorted(found, key=lambda one: (one.first_row, one.first_position))


def _range(text: str) -> Range | None:
    with suppress(TypeError, ValueError):
        left, top, right, bottom = range_boundaries(text)
        # A whole column or row has no bounds in one direction; Excel writes none for these.
        if left and top and right and bottom:
            return Range(text, left - 1, top, right - 1, bottom)
    return None


def linked_cells(
    links: Sequence[tuple[str, str]], rows: Sequence[Row], places: Mapping[Column, int]
) -> dict[tuple[int, int], str]:
    """The addresses behind the cells of known columns, by row and position."""
    numbers = [row.number for row in rows]
    known = places.values()
    found: dict[tuple[int, int], str] = {}
    for text, address in links:
        if (one := _range(text)) is None:
            continue
        where = [at for at in known if one.first_position <= at <= one.last_position]
        begin, end = bisect_left(numbers, one.first_row), bisect_right(numbers, one.last_row)
        for number in numbers[begin:end]:
            if len(found) >= MOST_LINKED:
                return found
            found.update({(number, position): address for position in where})
    return found


def displayed_headers(header: Row, rows: Sequence[Row], merged: Sequence[Range]) -> Row:
    """The header row with the headers that are merged with cells above it, as Excel shows them."""
    above = {row.number: row for row in rows}
    cells: list[Raw] = list(header.cells)
    for one in merged:
        top = above.get(one.first_row)
        if top is not None and one.first_row < header.number <= one.last_row:
            cells.extend([None] * (one.first_position + 1 - len(cells)))
            cells[one.first_position] = top.cell(one.first_position)
    return Row(header.number, tuple(cells))


def filled_ranges(merged: Sequence[Range], rows: Sequence[Row]) -> list[Range]:
    """The ranges but for those that are blank throughout, which hide nothing."""
    numbers = [row.number for row in rows]
    left = MOST_LOOKED_AT
    filled = []
    for one in merged:
        begin = bisect_left(numbers, one.first_row)
        end = bisect_right(numbers, one.last_row)
        first, beyond = one.first_position, one.last_position + 1
        left -= (end - begin) * (beyond - first)
        is_known = left >= 0 and begin < end and numbers[begin] == one.first_row
        if not is_known or any(
            header_key(cell) for row in rows[begin:end] for cell in row.cells[first:beyond]
        ):
            filled.append(one)
    return filled


def merged_rows(
    sheet: str, rows: Sequence[Row], merged: Sequence[Range], places: Mapping[Column, int]
) -> Iterator[Finding]:
    """Errors for cells of data under a known header that are merged.

    Every range is told at its first row of data, and every row of data that one touches is told.
    """
    numbers = [row.number for row in rows]
    reached = 0
    for one in merged:
        where = [
            (position, column)
            for column, position in places.items()
            if one.first_position <= position <= one.last_position
        ]
        begin = bisect_left(numbers, one.first_row)
        end = bisect_right(numbers, one.last_row)
        if not where:
            continue
        first = range(begin, min(begin + 1, end))
        for index in (*first, *range(max(begin + 1, reached), end)):
            position, column = min(where)
            row = rows[index]
            place = Place(sheet, row.number, position, column.value, row.cell(position))
            yield MERGED_CELLS(cells=one.text).at(place)
        reached = max(reached, end)


# ---------------------------------------------------------------------- the sheet

USUAL_TITLE = "Import"
OWN_HEADERS = (
    "If the workbook is to have headers of its own, ask your data administrator to say how they "
    "are read: adm-sync columns"
)

NO_EVENT_SHEET = refusal(
    "no_event_sheet",
    "No sheet of {name} has the headers of events in its first {rows} rows; its sheets: {sheets}."
    "{nearest}",
    "a workbook with a list of tutors only",
    f"Use the template's headers; at least {ENOUGH} of them must be there as they are.",
)
AMBIGUOUS_SHEET = refusal(
    "ambiguous_sheet",
    "The sheets {sheets} all look like sheets of events.",
    "the sheets April and September",
    f"Call one of them '{USUAL_TITLE}', or name the one to import.",
)
UNKNOWN_SHEET = refusal(
    "unknown_sheet",
    "There is no sheet '{title}'; there {are}: {sheets}.",
    "Imports instead of Import",
    "Name one of these.",
)
HIDDEN_SHEET = refusal(
    "hidden_sheet",
    "Only the hidden {sheets} {look} like a sheet of events.",
    "a hidden sheet Import",
    "Unhide it in Excel, or name it to import it nevertheless.",
)
HIDDEN_SHEET_USED = warning(
    "hidden_sheet_used",
    "Sheet '{title}' is hidden in Excel; it is read because it was named.",
    "a hidden sheet Import, named on the command line",
    "Make sure that it is the one that is meant.",
)
OTHER_EVENT_SHEET = warning(
    "other_event_sheet",
    "{sheets} {look} like a sheet of events too; only '{title}' is read.",
    "the sheets Import and September",
    "If its events are to be imported, name it in an import of its own.",
    suggests=True,
)


def choose_sheet(book: Book, title: str | None) -> tuple[Sheet, list[Finding]]:
    """The sheet of events, and what there is to say about the choice.

    Args:
        book: as `reading.read_book` gives it.
        title: of the sheet to take, if a person has named it.

    Raises:
        WorkbookRefused: no sheet or more than one could be meant.
    """
    if title is not None:
        return _named(book, title)
    candidates = [one for one in book.sheets if header_index(one.rows) is not None]
    visible = [one for one in candidates if not one.is_hidden]
    if len(visible) == 1:
        return visible[0], []
    usual = [one for one in visible if normalise(one.title) == normalise(USUAL_TITLE)]
    if usual:
        others = [one.title for one in visible if one is not usual[0]]
        known = {"sheets": f"S{_sheet_list(others)[1:]}", "look": _looks(others)}
        found = OTHER_EVENT_SHEET(title=usual[0].title, **known)
        return usual[0], [found.at(Place(usual[0].title))]
    if visible:
        sheets = quoted(*(one.title for one in visible))
        raise WorkbookRefused(AMBIGUOUS_SHEET(sheets=sheets))
    if candidates:
        titles = [one.title for one in candidates]
        raise WorkbookRefused(HIDDEN_SHEET(sheets=_sheet_list(titles), look=_looks(titles)))
    raise WorkbookRefused(_no_event_sheet(book))


def _named(book: Book, title: str) -> tuple[Sheet, list[Finding]]:
    wanted = normalise(title)
    named = [one for one in book.sheets if one.title == title]
    named = named or [one for one in book.sheets if normalise(one.title) == wanted]
    if len(named) != 1:
        are = "is" if len(book.sheets) == 1 else "are"
        raise WorkbookRefused(UNKNOWN_SHEET(title=title, are=are, sheets=_titles(book)))
    if not named[0].is_hidden:
        return named[0], []
    return named[0], [HIDDEN_SHEET_USED(title=named[0].title).at(Place(named[0].title))]


def _no_event_sheet(book: Book) -> Finding:
    if not book.sheets:
        return NO_EVENT_SHEET.saying(f"{book.name} has no worksheet.", "Use the template.")
    best = max(book.sheets, key=lambda one: _most_headers(one.rows))
    count = _most_headers(best.rows)
    nearest = f" Sheet '{best.title}' comes nearest, with {count} of its headers."
    return NO_EVENT_SHEET(
        f"{NO_EVENT_SHEET.remedy} {OWN_HEADERS} '{book.name}'.",
        name=book.name,
        rows=FIRST_ROWS,
        sheets=_titles(book),
        nearest=nearest if count > 1 else "",
    )


def _most_headers(rows: Sequence[Row]) -> int:
    return max((len(positions(row.cells)) for row in rows[:FIRST_ROWS]), default=0)


def _titles(book: Book) -> str:
    return quoted(*(f"{one.title}{' (hidden)' if one.is_hidden else ''}" for one in book.sheets))


def _sheet_list(titles: Sequence[str]) -> str:
    return f"sheet{'' if len(titles) == 1 else 's'} {quoted(*titles)}"


def _looks(titles: Sequence[str]) -> str:
    return "looks" if len(titles) == 1 else "look"
