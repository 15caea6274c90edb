"""Room for columns in front of a sheet: everything moves to the right, and what refers to it too.

What belongs here: moving, which openpyxl does for cells alone. What does not: what the new columns
hold (`annotating`).
"""

import re
from collections.abc import Iterator
from copy import copy
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.dimensions import DimensionHolder
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

LAST_COLUMN = 16_384
_REFERENCE = re.compile(
    r"(?<![A-Za-z0-9_.$])(\$?)([A-Z]{1,3})(?=\$?[0-9]+(?![A-Za-z0-9_(]))"
    r"|(?<![A-Za-z0-9_.$])(\$?)([A-Z]{1,3})(?=:\$?[A-Z]{1,3}(?![A-Za-z0-9$]))"
    r"|(?<=[A-Z]:)(\$?)([A-Z]{1,3})(?![A-Za-z0-9$])"
)


def make_room(book: Workbook, sheet: Worksheet, count: int) -> None:
    """Move every column of a sheet to the right by that many."""
    _Shift(book, sheet, count).perform()


def moved_range(text: str, count: int) -> str:
    """A range such as `A1:B2`, or several with blanks between them, moved to the right."""
    return " ".join(_REFERENCE.sub(lambda found: _moved(found, count), one) for one in text.split())


def _moved(found: re.Match[str], count: int) -> str:
    fixed, letters = next(
        (found[one], found[one + 1]) for one in (1, 3, 5) if found[one + 1] is not None
    )
    return f"{fixed}{_letters(letters, count)}"


def _letters(letters: str, count: int) -> str:
    return get_column_letter(min(column_index_from_string(letters) + count, LAST_COLUMN))


def _rules(sheet: Worksheet) -> dict[Any, Any]:
    formats: Any = sheet.conditional_formatting
    return formats._cf_rules  # type: ignore[no-any-return]


def _references(series: Any) -> Iterator[Any]:
    """What a series of a chart is drawn from."""
    for name in ("tx", "cat", "val", "xVal", "yVal", "bubbleSize"):
        source = getattr(series, name, None)
        for kind in ("numRef", "strRef", "multiLvlStrRef"):
            reference = getattr(source, kind, None)
            if reference is not None and reference.f:
                yield reference


class _Shift:
    def __init__(self, book: Workbook, sheet: Worksheet, count: int) -> None:
        self._book = book
        self._sheet = sheet
        self._count = count

    def perform(self) -> None:
        """Formulas first, while their cells are where they were."""
        for sheet in self._book.worksheets:
            self._move_references(sheet)
        for name in [*self._book.defined_names.values(), *self._names_of_sheets()]:
            name.attr_text = self._formula(f"={name.attr_text}", is_here=False)[1:]
        for reference in self._chart_references():
            reference.f = self._formula(f"={reference.f}", is_here=False)[1:]
        self._move_cells()
        self._move_widths()
        self._move_ranges()
        self._move_view()

    def _names_of_sheets(self) -> Iterator[Any]:
        for sheet in self._book.worksheets:
            yield from sheet.defined_names.values()

    def _chart_references(self) -> Iterator[Any]:
        for sheet in self._book.worksheets:
            for chart in sheet._charts:  # type: ignore[attr-defined]
                for one in (chart, *chart._charts[1:]):
                    yield from (found for series in one.series for found in _references(series))

    # ------------------------------------------------------------------ references

    def _move_references(self, sheet: Worksheet) -> None:
        is_here = sheet is self._sheet
        for cell in sheet._cells.values():
            if cell.data_type == "f" and isinstance(cell.value, str):
                cell.value = self._formula(cell.value, is_here=is_here)
            elif isinstance(cell.value, ArrayFormula):
                cell.value.text = self._formula(cell.value.text or "", is_here=is_here)
                if is_here:
                    cell.value.ref = self._range(cell.value.ref)
        for check in sheet.data_validations.dataValidation:
            for name in ("formula1", "formula2"):
                text = getattr(check, name)
                if text:
                    setattr(check, name, self._formula(f"={text}", is_here=is_here)[1:])
        for rules in _rules(sheet).values():
            for rule in rules:
                rule.formula = [
                    self._formula(f"={one}", is_here=is_here)[1:] for one in rule.formula
                ]

    def _formula(self, text: str, *, is_here: bool) -> str:
        """A formula whose references to the sheet have moved.

        Args:
            text: beginning with `=`.
            is_here: whether it is one of the sheet's own, where no title means the sheet itself.
        """
        if not text.startswith("="):
            return text
        tokens = Tokenizer(text).items
        return "=" + "".join(self._token(token, is_here=is_here) for token in tokens)

    def _token(self, token: Token, *, is_here: bool) -> str:
        text = str(token.value)
        if token.type != Token.OPERAND or token.subtype != Token.RANGE:
            return text
        title, mark, reference = text.rpartition("!")
        is_ours = title.strip("'").replace("''", "'").casefold() == self._sheet.title.casefold()
        if not (is_ours if mark else is_here):
            return text
        return f"{title}{mark}{moved_range(reference, self._count)}"

    def _range(self, text: str) -> str:
        return moved_range(text, self._count)

    # ------------------------------------------------------------------ the sheet

    def _move_cells(self) -> None:
        cells: dict[tuple[int, int], Any] = {}
        for (row, column), cell in self._sheet._cells.items():
            if column + self._count > LAST_COLUMN:
                continue  # formatted only: a workbook with a value there is not read
            cell.column = column + self._count
            cells[row, column + self._count] = cell
            if isinstance(cell, Cell) and cell.hyperlink is not None:
                cell.hyperlink.ref = cell.coordinate
        self._sheet._cells = cells
        for merged in self._sheet.merged_cells.ranges:
            merged.min_col = min(merged.min_col + self._count, LAST_COLUMN)
            merged.max_col = min(merged.max_col + self._count, LAST_COLUMN)

    def _move_widths(self) -> None:
        before = self._sheet.column_dimensions
        after: Any = DimensionHolder(self._sheet, default_factory=before.default_factory)
        after.max_outline = before.max_outline
        for letters, dimension in before.items():
            moved = copy(dimension)
            moved.index = _letters(letters, self._count)
            if dimension.min:
                moved.min = min(dimension.min + self._count, LAST_COLUMN)
                moved.max = min((dimension.max or dimension.min) + self._count, LAST_COLUMN)
            after[moved.index] = moved
        self._sheet.column_dimensions = after

    def _move_ranges(self) -> None:
        sheet = self._sheet
        for check in sheet.data_validations.dataValidation:
            check.sqref = MultiCellRange(self._range(str(check.sqref)))
        formats = ConditionalFormattingList()
        for one, rules in _rules(sheet).items():
            for rule in rules:
                formats.add(self._range(str(one.sqref)), rule)
        sheet.conditional_formatting = formats
        for table in sheet.tables.values():
            table.ref = self._range(table.ref)
            if table.autoFilter is not None:
                table.autoFilter.ref = self._range(table.autoFilter.ref)
        if sheet.auto_filter.ref:
            sheet.auto_filter.ref = self._range(sheet.auto_filter.ref)
        if sheet.print_area:
            sheet.print_area = self._range(sheet.print_area.replace(",", " ")).split()
        for chart in sheet._charts:  # type: ignore[attr-defined]
            for corner in (chart.anchor._from, getattr(chart.anchor, "to", None)):
                if corner is not None:
                    corner.col += self._count
        for brk in sheet.col_breaks.brk:
            brk.id += self._count

    def _move_view(self) -> None:
        if self._sheet.freeze_panes:
            at = CellRange(self._sheet.freeze_panes)
            if at.min_col > 1:
                at.shift(col_shift=self._count)
            self._sheet.freeze_panes = at.coord
