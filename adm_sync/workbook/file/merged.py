"""Merged cells: Excel keeps one value and shows it for all, so the others read as empty.

What belongs here: which headers and rows of data they touch; likewise ranges with hyperlinks. What
does not: reading them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import range_boundaries

from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding, Place, error
from adm_sync.workbook.sheet import Raw, Row, Sheet

# A file can claim any number of ranges that overlap.
MOST_LINKED = 200_000

MERGED_CELLS = error(
    "merged_cells",
    "The cells {cells} are merged: only the first of them holds a value, the others are empty.",
    "the cells F4:F6 merged for one venue",
    "Unmerge them and fill in every cell.",
    suggests=True,
)


@dataclass(frozen=True, slots=True)
class Range:
    """A range of merged cells; positions count from 0 (column A), rows are Excel's own."""

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
    found = []
    for text in sheet.merged:
        try:
            left, top, right, bottom = range_boundaries(text)
        except (TypeError, ValueError):
            continue
        # A whole column or row has no bounds in one direction; Excel writes none for merged cells.
        if left and top and right and bottom:
            found.append(Range(text, left - 1, top, right - 1, bottom))
    return sorted(found, key=lambda one: (one.first_row, one.first_position))


def linked_cells(
    links: Sequence[tuple[str, str]], rows: Sequence[Row], places: Mapping[Column, int]
) -> dict[tuple[int, int], str]:
    """The addresses behind the cells of known columns, by row and position."""
    numbers = [row.number for row in rows]
    known = places.values()
    found: dict[tuple[int, int], str] = {}
    for text, address in links:
        try:
            left, top, right, bottom = range_boundaries(text)
        except (TypeError, ValueError):
            continue
        if not (left and top and right and bottom):
            continue
        where = [position for position in known if left - 1 <= position <= right - 1]
        for number in numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]:
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
