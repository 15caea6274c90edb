"""Where the cells of a workbook are, for findings that come after checking.

What belongs here: from a row and a column to a place. What does not: the findings.
"""

from adm_sync.imports.known.comparison import NOTHING
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Place, shown
from adm_sync.workbook.mapping.words import Words
from adm_sync.workbook.table import Table


class Places:
    """The places of one table, and its words for columns; without one, only rows are known."""

    def __init__(self, table: Table | None) -> None:
        self._table = table
        self._rows = {row.number: row for row in table.rows} if table else {}
        self.words = table.words if table else Words()

    def at(self, row: int, column: Column) -> Place:
        """The place of a cell."""
        if self._table is None or column not in self._table.positions:
            return Place(self._table.sheet if self._table else None, row)
        position = self._table.positions[column]
        raw = self._rows[row].cell(position) if row in self._rows else None
        return Place(self._table.sheet, row, position, column.value, raw)

    def said(self, row: int, column: Column, words: str) -> str:
        """What the cell says, where that means that there is no value; else `words`."""
        return shown(self.at(row, column).raw).strip() or words if words == NOTHING else words

    def sheet(self) -> Place:
        """The sheet as a whole."""
        return Place(self._table.sheet if self._table else None)
