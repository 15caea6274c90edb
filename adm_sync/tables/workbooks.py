"""A table as an Excel workbook of one sheet.

What belongs here: cells that stay what they are, widths, and what a person may fill in. What does
not: which rows there are, and reading the file when it comes back (`coming_back`).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from adm_sync.errors import WorkbookError
from adm_sync.tables.declared import TypedTable
from adm_sync.tables.rows import Values
from adm_sync.workbook.writing import write_text

# Beyond this Excel loses digits of a number.
LARGEST_NUMBER = 10**15
MOST_ROWS = 1_048_575  # below the headings
NARROWEST, WIDEST = 10, 60
LOOKED_AT = 200  # rows, for the widths
MOMENT_FORMAT = 'yyyy-mm-dd hh:mm "UTC"'
_UNLOCKED = Protection(locked=False)
_HEADING_FONT = Font("Calibri", 11, bold=True, color="FFFFFFFF")
_HEADING_FILL = PatternFill("solid", fgColor="FF1F4E78")
_OPEN_FILL = PatternFill("solid", fgColor="FFFDF6DC")


@dataclass(frozen=True, slots=True)
class FillIn:
    """Columns for a person to fill in, to the right of the table.

    Attributes:
        headings: of these columns; the first has a drop-down.
        choices: what that offers in each row.
        hidden: the columns of the table that only the way back needs.
        hint: what is said of the drop-down, and of what is not on it.
    """

    headings: tuple[str, ...]
    choices: Sequence[Sequence[str]]
    hidden: frozenset[str] = frozenset()
    hint: str = ""


_NOTHING = FillIn((), ())


def xlsx_bytes(table: TypedTable, rows: Sequence[Values], fill_in: FillIn = _NOTHING) -> bytes:
    """The table as an Excel workbook; no text in it can become a formula.

    With `fill_in` all but its columns is protected from a slip of the hand: there is no password.

    Raises:
        WorkbookError: Excel does not hold so many rows.
    """
    if len(rows) > MOST_ROWS:
        raise WorkbookError(
            f"A sheet of Excel holds {MOST_ROWS:,} rows, and these are {len(rows):,}: use --csv."
        )
    book = Workbook(write_only=True)
    _Sheet(book.create_sheet(table.name.capitalize()), table, rows, fill_in).write()
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


class _Sheet:
    """The sheet that is written; `sheet` is one of openpyxl's for writing only."""

    def __init__(
        self, sheet: Any, table: TypedTable, rows: Sequence[Values], fill_in: FillIn
    ) -> None:
        self._sheet, self._table, self._rows, self._fill_in = sheet, table, rows, fill_in
        self._width = len(table.columns) + len(fill_in.headings)
        self._offered = max(map(len, fill_in.choices), default=0)

    def write(self) -> None:
        self._set_columns()
        self._sheet.freeze_panes = "A2"
        headings = [column.heading for column in self._table.columns]
        self._sheet.append([*map(self._heading, (*headings, *self._fill_in.headings))])
        for number, row in enumerate(self._rows):
            self._sheet.append([*map(self._cell, row), *self._open_cells(number)])
        last = len(self._rows) + 1
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(self._width)}{last}"
        if self._fill_in.headings:
            self._protect(last)

    def _set_columns(self) -> None:
        for position, column in enumerate(self._table.columns):
            dimension = self._sheet.column_dimensions[get_column_letter(position + 1)]
            cells = [_length(row[position]) for row in self._rows[:LOOKED_AT]]
            widest = max([len(column.heading) + 3, *cells])
            dimension.width = min(WIDEST, max(NARROWEST, widest))
            dimension.hidden = column.name in self._fill_in.hidden
        for position in range(len(self._table.columns), self._width):
            self._sheet.column_dimensions[get_column_letter(position + 1)].width = 45
        for position in range(self._width, self._width + self._offered):
            self._sheet.column_dimensions[get_column_letter(position + 1)].hidden = True

    def _heading(self, text: str) -> Any:
        cell = self._cell(text)
        cell.font, cell.fill = _HEADING_FONT, _HEADING_FILL
        return cell

    def _cell(self, value: Any) -> Any:
        match value:
            case datetime():
                cell = WriteOnlyCell(self._sheet, value.astimezone(UTC).replace(tzinfo=None))
                cell.number_format = MOMENT_FORMAT
                return cell
            case int() if abs(value) >= LARGEST_NUMBER:
                return self._cell(str(value))
            case str():
                cell = WriteOnlyCell(self._sheet)
                write_text(cell, value)
                return cell
            case _:
                return value

    def _open_cells(self, number: int) -> Iterator[Any]:
        """What is to be filled in, and what the drop-down offers, which is hidden."""
        for _ in self._fill_in.headings:
            cell = WriteOnlyCell(self._sheet)
            cell.protection, cell.fill = _UNLOCKED, _OPEN_FILL
            yield cell
        if self._fill_in.choices:
            yield from map(self._cell, self._fill_in.choices[number])

    def _protect(self, last: int) -> None:
        letter = get_column_letter(len(self._table.columns) + 1)
        if self._offered:
            first = get_column_letter(self._width + 1)
            final = get_column_letter(self._width + self._offered)
            # Of each row its own choices, without the blanks behind them.
            offered = f"OFFSET(${first}2,0,0,1,COUNTA(${first}2:${final}2))"
            check = DataValidation(
                "list", formula1=offered, allow_blank=True, showErrorMessage=True,
                errorStyle="warning", error=self._fill_in.hint,
            )  # fmt: skip
            check.add(f"{letter}2:{letter}{last}")
            self._sheet.data_validations.append(check)
        protection = self._sheet.protection
        protection.sheet = True
        # What may be done all the same.
        protection.autoFilter = protection.sort = protection.formatColumns = False


def _length(value: Any) -> int:
    return len(MOMENT_FORMAT) if isinstance(value, datetime) else len(str(value or ""))
