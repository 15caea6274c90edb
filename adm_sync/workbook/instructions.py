"""The template's first sheet: how to fill it in.

What belongs here: the sheet. What does not: what it says (`guide`, `columns`).
"""

import math
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.annotation.showing import LINE_HEIGHT
from adm_sync.workbook.columns import NAMED
from adm_sync.workbook.contact import LABEL
from adm_sync.workbook.guide import IN_SHORT, SECTIONS, how_to_write, must_be_filled_on
from adm_sync.workbook.writing import cell_at, print_on_landscape, write_text

SHEET = "How to fill this in"
NEEDED_FILL = PatternFill("solid", fgColor="FF1F4E78")
OPTIONAL_FILL = PatternFill("solid", fgColor="FFD9E2EC")
NEEDED_FONT = Font("Calibri", 11, bold=True, color="FFFFFFFF")
OPTIONAL_FONT = Font("Calibri", 11, bold=True, color="FF1F2933")
_WIDTHS = (27, 70, 34, 30)
CONTACT_ROW = 3
_TITLE = Font("Calibri", 18, bold=True, color="FF1F4E78")
_HEADING = Font("Calibri", 13, bold=True, color="FF1F4E78")
_TEXT = Font("Calibri", 11, color="FF1F2933")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def add_instructions(book: Workbook, as_of: date | None) -> None:
    """Put the sheet before all others; `as_of` is the day of the lists."""
    sheet = book.create_sheet(SHEET, 0)
    sheet.sheet_view.showGridLines = False
    for letter, width in zip("ABCD", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    _write(sheet, 1, [SHEET], _TITLE)
    sheet.row_dimensions[1].height = 28
    if as_of:
        _write(sheet, 2, [f"The lists are those of {as_of:%d/%m/%Y}."], _TEXT)
    asking = "Your e-mail address, if you want the answer by mail"
    _write(sheet, CONTACT_ROW, [LABEL, "", asking], _TEXT)
    row = CONTACT_ROW + 1
    for heading, sentences in (("In short", IN_SHORT), *SECTIONS):
        _write(sheet, row, [heading], _HEADING)
        for sentence in sentences:
            row = _write_sentence(sheet, row + 1, sentence)
        row += 2
    _write_columns(sheet, row)
    book.active = 0
    print_on_landscape(sheet, header_row=1)


def dress(cell: Cell, *, is_needed: bool) -> None:
    """Let the name of a column look as those do that must be filled, or may be."""
    cell.font = NEEDED_FONT if is_needed else OPTIONAL_FONT
    cell.fill = NEEDED_FILL if is_needed else OPTIONAL_FILL


def _write_sentence(sheet: Worksheet, row: int, sentence: str) -> int:
    """Across all columns; gives its row."""
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(_WIDTHS))
    _write(sheet, row, [f"\N{BULLET} {sentence}"], _TEXT)
    sheet.row_dimensions[row].height = _height(sentence, sum(_WIDTHS))
    return row


def _write_columns(sheet: Worksheet, row: int) -> None:
    _write(sheet, row, ["Every column"], _HEADING)
    titles = ["Column", "What it is, and how to write it", "For example", "Must be filled on"]
    _write(sheet, row + 1, titles, OPTIONAL_FONT, OPTIONAL_FILL)
    for number, column in enumerate(NAMED, start=row + 2):
        about = f"{column.entry.about} {how_to_write(column)}"
        needed = must_be_filled_on(column)
        texts = [column.value, about, column.entry.example, needed]
        _write(sheet, number, texts, _TEXT)
        dress(cell_at(sheet, number, 1), is_needed=bool(needed))
        heights = map(_height, texts, _WIDTHS)
        sheet.row_dimensions[number].height = max(heights)


def _write(
    sheet: Worksheet, row: int, texts: list[str], font: Font, fill: PatternFill | None = None
) -> None:
    for position, text in enumerate(texts, start=1):
        cell = cell_at(sheet, row, position)
        write_text(cell, text)
        cell.font = font
        cell.alignment = _WRAPPED if len(texts) > 1 or sheet.merged_cells.ranges else Alignment()
        if fill:
            cell.fill = fill


def _height(text: str, width: float) -> float:
    """In points; not every program makes a row as high as its text."""
    return LINE_HEIGHT * max(1, math.ceil(len(text) / (width * 1.1)))
