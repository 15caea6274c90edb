"""A list that went out with blank columns, and comes back filled in: its rows, as they are now.

What belongs here: reading the file, which may be anything. What does not: what its cells mean
(`deciding`).
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from adm_sync.formulas import printable, without_guard
from adm_sync.tables.declared import TypedTable
from adm_sync.workbook.findings import Place, WorkbookRefused, quoted, refusal, shown
from adm_sync.workbook.reading import Limits, read_book
from adm_sync.workbook.sheet import Content, NoValue, Raw, Sheet
from adm_sync.workbook.sheets import Range, ranges

NOT_THE_LIST = refusal(
    "not_the_list",
    "{name} is not a list that went out to be filled in: it has no {headers}.",
    "a list without its column Decision",
    "Take a fresh list, and fill in its last columns: adm-sync unmatched --xlsx FILE.",
)
NO_CSV = refusal(
    "no_csv",
    "{name} cannot be read as a CSV file: {reason}.",
    "a CSV file that Excel has saved in an old encoding",
    "Save it as CSV UTF-8, or as an Excel workbook.",
)


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """One row as it came back: its number, and its cells by their headings.

    `worked_out` are the headings of the cells that are formulas.
    """

    number: int
    cells: Mapping[str, Raw]
    worked_out: frozenset[str]

    def text(self, heading: str) -> str:
        """A cell as text; '' if it is blank."""
        raw = self.cells.get(heading)
        return raw.strip() if isinstance(raw, str) else shown(raw).strip()

    def whole_number(self, heading: str) -> int | None:
        """A cell as the whole number that went out; None if it is none."""
        text = self.text(heading)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back: where its headings are (0 for column A), and its rows.

    `sheet` is None for a CSV file; `merged` are the ranges of its merged cells.
    """

    name: str
    sheet: str | None
    positions: Mapping[str, int]
    rows: Sequence[ReturnedRow]
    merged: Sequence[Range] = ()

    def merged_under(self, heading: str) -> list[Range]:
        """The cells of a column that are merged with others below them."""
        at = self.positions[heading]
        return [
            one
            for one in self.merged
            if one.first_row < one.last_row and one.first_position <= at <= one.last_position
        ]

    def place(self, row: ReturnedRow, heading: str) -> Place:
        """Where a cell is, for a finding about it."""
        position = self.positions[heading]
        return Place(self.sheet, row.number, position, heading, row.cells.get(heading))


def read_returned(
    content: Content, limits: Limits, table: TypedTable, needed: Sequence[str]
) -> Returned:
    """The rows of a list that comes back, as an Excel workbook or as a CSV file.

    Args:
        content: the file.
        limits: what it may be.
        table: the list.
        needed: the headings without which it is not that list.

    Raises:
        WorkbookRefused: it is something else, damaged, hostile or beyond a limit.
    """
    title, merged = None, []
    if PurePath(content.name).suffix.lower() == ".csv":
        lines = list(_lines_of_csv(content))
    else:
        sheet = _sheet(content, limits, table.name.capitalize())
        title, merged = sheet.title, ranges(sheet)
        lines = [(row.number, row.cells, row.formulas) for row in sheet.rows]
    headings = [shown(raw).strip() for raw in lines[0][1]] if lines else []
    _check_headings(content.name, headings, needed)
    positions = {heading: at for at, heading in enumerate(headings)}
    rows = [_row(headings, line) for line in lines[1:]]
    return Returned(content.name, title, positions, rows, merged)


def _check_headings(name: str, headings: Sequence[str], needed: Sequence[str]) -> None:
    lacking = [heading for heading in needed if heading not in headings]
    if lacking:
        raise WorkbookRefused(NOT_THE_LIST(name=name, headers=quoted(*lacking)))
    doubled = [heading for heading in needed if headings.count(heading) > 1]
    if doubled:
        said = f"{name} has {quoted(*doubled)} above several columns: which counts is unclear."
        raise WorkbookRefused(NOT_THE_LIST.saying(said))


Line = tuple[int, Sequence[Raw], Sequence[int]]


def _row(headings: Sequence[str], line: Line) -> ReturnedRow:
    number, cells, made = line
    worked_out = {headings[at] for at in made if at < len(headings)}
    worked_out |= {h for h, raw in zip(headings, cells, strict=False) if isinstance(raw, NoValue)}
    return ReturnedRow(number, dict(zip(headings, cells, strict=False)), frozenset(worked_out))


def _sheet(content: Content, limits: Limits, title: str) -> Sheet:
    book = read_book(content, limits, whole=title)
    sheets = [sheet for sheet in book.sheets if sheet.title == title]
    if not sheets:
        said = (
            f"{content.name} has no sheet '{title}', as a list has that went out to be filled in."
        )
        raise WorkbookRefused(NOT_THE_LIST.saying(said))
    return sheets[0]


def _lines_of_csv(content: Content) -> Iterator[Line]:
    try:
        text = content.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WorkbookRefused(NO_CSV(name=content.name, reason="it is not in UTF-8")) from None
    first = text.partition("\n")[0]
    # Where a comma is the sign of decimals, Excel puts a semicolon between cells.
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(lines, start=1):
            if any(cells):
                yield number, [without_guard(printable(cell)) or None for cell in cells], ()
    except csv.Error:
        reason = "its quotation marks do not match, or a cell is too large"
        raise WorkbookRefused(NO_CSV(name=content.name, reason=reason)) from None
