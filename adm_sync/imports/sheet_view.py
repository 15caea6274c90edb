"""The sheet as it looks around a row of it: what a planner sees who opens the workbook there.

What belongs here: reading a kept workbook for that, once for many looks. What does not: what is
wrong there (findings), and how it is shown.
"""

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from openpyxl.utils import column_index_from_string, get_column_letter

from adm_sync.database.engine import database_errors
from adm_sync.imports.keeping import kept_workbook
from adm_sync.workbook.findings import WorkbookRefused, shown
from adm_sync.workbook.headers import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.mapping.applying import mapped_table
from adm_sync.workbook.mapping.mapping import read_mapping
from adm_sync.workbook.reading import Limits, read_book
from adm_sync.workbook.sheet import Book, Row, Sheet

MOST_AROUND = 20
# Columns of an excerpt: the first ones that say something, and all that are looked through.
FIRST_COLUMNS, MOST_WITHOUT_MARK, MOST_COLUMNS = 2, 6, 200
OF_A_COPY = {STATUS_HEADER, FINDING_HEADER}
# Workbooks that are remembered; reading one takes a process and seconds.
MOST_REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as Excel shows it: its number, and the texts of its cells from column A on."""

    number: int
    cells: tuple[str, ...]
    hidden: bool = False

    def text(self, position: int) -> str:
        """The text of a cell; 0 is column A."""
        return self.cells[position] if position < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a sheet: the letters and headers of some columns, and their cells in some rows."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[ShownRow]


@dataclass(frozen=True, slots=True)
class SheetView:
    """One sheet; `header` is the row of headers, if there is one.

    `rows` are those that hold something, by number, each as JSON: so a sheet takes little memory.
    """

    title: str
    rows: Mapping[int, bytes]
    header: int | None = None

    def around(self, number: int, above: int = 2, below: int = 2) -> list[ShownRow]:
        """A row and those around it, blank ones too; of the many there could be, a few."""
        first = max(1, number - min(above, MOST_AROUND))
        return [self.row(one) for one in range(first, number + min(below, MOST_AROUND) + 1)]

    def excerpt(self, number: int, marked: Collection[str]) -> Excerpt:
        """What a reader needs to find a cell: its neighbours, and what its row is about.

        Args:
            number: of the row.
            marked: the letters of the columns that it is about.
        """
        rows = self.around(number)
        headers = self.row(self.header).cells if self.header else ()
        # What the copy of an earlier check says would be taken for what this one has found.
        told = {at for at, text in enumerate(headers) if text in OF_A_COPY}
        filled = [
            at for at in range(MOST_COLUMNS) if at not in told and any(one.text(at) for one in rows)
        ]
        wanted = {column_index_from_string(one) - 1 for one in marked}
        beside = {at + step for at in wanted for step in (-2, -1, 0, 1, 2)}
        first = filled[: FIRST_COLUMNS if wanted else MOST_WITHOUT_MARK]
        shown_ones = sorted({at for at in (*first, *beside) if at >= 0} - told)
        columns = [
            (get_column_letter(at + 1), headers[at] if at < len(headers) else "")
            for at in shown_ones
        ]
        cells = [tuple(one.text(at) for at in shown_ones) for one in rows]
        shown_rows = [replace(one, cells=some) for one, some in zip(rows, cells, strict=True)]
        return Excerpt(columns, shown_rows)

    def row(self, number: int) -> ShownRow:
        """One row."""
        if number not in self.rows:
            return ShownRow(number, ())
        hidden, *cells = json.loads(self.rows[number])
        return ShownRow(number, tuple(cells), bool(hidden))


@dataclass(slots=True)
class SheetViews:
    """The sheets of kept workbooks, the latest few of them remembered.

    `columns` is the mapping file, for workbooks with headers of their own.
    """

    engine: sa.Engine
    limits: Limits
    columns: Path | None = None
    _known: OrderedDict[str, Mapping[str, SheetView]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def known(self, partition: str) -> Mapping[str, SheetView] | None:
        """The same as `of`, of a workbook that is remembered; None of another."""
        return self._known.get(partition)

    def of(self, partition: str) -> Mapping[str, SheetView]:
        """The sheets of a workbook by their titles; none if it cannot be read.

        Raises:
            WorkbookError: there is no such workbook.
            DatabaseError: it cannot be read.
        """
        # Who asks for the same at once waits, instead of reading it twice.
        with self._lock:
            if partition not in self._known:
                self._known[partition] = self._read(partition)
                while len(self._known) > MOST_REMEMBERED:
                    self._known.popitem(last=False)
            self._known.move_to_end(partition)
            return self._known[partition]

    def _read(self, partition: str) -> Mapping[str, SheetView]:
        with database_errors(), self.engine.connect() as connection:
            _, content, chosen = kept_workbook(connection, partition)
        mapping = read_mapping(self.columns)
        try:
            book = read_book(content, self.limits, mapping.known)
        except WorkbookRefused:
            return {}
        headers: dict[str, int] = {}
        with suppress(WorkbookRefused):
            table = mapped_table(book, mapping, chosen)
            headers[table.sheet] = table.header_row
        return views(book, headers)


def views(book: Book, headers: Mapping[str, int]) -> dict[str, SheetView]:
    """The sheets of a book by their titles; `headers` are the rows of headers, where known."""
    return {one.title: _view(one, headers.get(one.title)) for one in book.sheets}


def _view(sheet: Sheet, header: int | None) -> SheetView:
    return SheetView(sheet.title, {row.number: _packed(row) for row in sheet.rows}, header)


def _packed(row: Row) -> bytes:
    displays = dict(row.displays)
    return json.dumps([int(row.hidden), *_texts(row, displays)]).encode()


def _texts(row: Row, displays: Mapping[int, str]) -> Sequence[str]:
    """A number as its format shows it, where that is known."""
    return [displays.get(at) or shown(raw) for at, raw in enumerate(row.cells)]
