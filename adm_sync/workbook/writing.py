"""Sheets that are made from nothing by openpyxl: the template's, and the demo's.

What belongs here: safe texts, comments as large as they must be, and pages. What does not: what is
on the sheets; and the annotated copy, which is made of the original's own parts.
"""

from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.formulas import FORMULA_STARTS, printable
from adm_sync.workbook.annotation.notes import AUTHOR, WIDTH, height_of
from adm_sync.workbook.annotation.showing import SCALE


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
        style: Any = cell
        style.quotePrefix = True


def sized(text: str) -> Comment:
    """A comment as large as its text."""
    return Comment(printable(text), AUTHOR, height=height_of(text), width=WIDTH)


def print_on_landscape(sheet: Worksheet, header_row: int, titles: str | None = None) -> None:
    """Landscape pages as wide as the sheet allows, with the header repeated on each.

    Args:
        sheet: the sheet.
        header_row: Excel's number of the row to repeat.
        titles: the columns to repeat, such as `A:B`, on a sheet that takes several pages side by
            side; without them all columns are put on one.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.print_title_rows = f"{header_row}:{header_row}"
    if titles:
        sheet.print_title_cols = titles
        sheet.page_setup.scale = int(SCALE)
    else:
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
