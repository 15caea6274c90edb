"""Text that goes into a file which a spreadsheet opens: it must stay text.

What belongs here: keeping text from becoming a formula, in a cell and in a CSV file, and from
breaking the file. What does not: which text. What counts as the beginning of a formula is OWASP's
list ("CSV Injection"), with the full-width forms that some locales take for the same signs.
"""

import re
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_CELL = 32_767
_LONE_SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text without what XML 1.0 cannot hold, at most as long as Excel allows a cell to be."""
    return _LONE_SURROGATES.sub("", ILLEGAL_CHARACTERS_RE.sub("", text))[:LONGEST_CELL]


def cell_at(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell there (both count from 1); of merged cells the one that holds their value."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, MergedCell):
        return cell
    whole = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
    return cell_at(sheet, whole.min_row, whole.min_col)


def write_text(cell: Cell, text: str) -> None:
    """Make `text` the cell's text, whatever it begins with.

    The cell is of the type "string", so that it is never evaluated; `quotePrefix` (the apostrophe
    that Excel shows in the formula bar) keeps it so when somebody edits it.
    """
    plain = printable(text)
    cell.value = plain
    cell.data_type = "s"
    if plain.startswith(FORMULA_STARTS):
        quote(cell)


def quote(cell: Cell) -> None:
    """Keep the cell's text a text when somebody edits it."""
    style: Any = cell
    style.quotePrefix = True


def csv_text(text: str) -> str:
    """The text for a CSV file: an apostrophe before what a spreadsheet takes for a formula."""
    plain = printable(text)
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain
