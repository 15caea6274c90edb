"""The child process that parses a workbook: bytes in, rows out, within limits of its own.

What belongs here: unpacking and parsing under guard, and rows on their way back. What does not:
starting and ending the child (`reading`), and judging what it finds (`table`). A hostile file can
make this process use up what it may; the process that asked is not harmed.
"""

import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from adm_sync.garbage import look_rarely
from adm_sync.workbook import guarding
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.archive import DAMAGED_FILE, TOO_LARGE, open_archive
from adm_sync.workbook.file.package import Damaged, Package, SheetPart, Workbook
from adm_sync.workbook.file.sheet_parser import MOST_COLUMNS, SheetParser
from adm_sync.workbook.file.texts import read_strings
from adm_sync.workbook.findings import Place, WorkbookRefused, refusal
from adm_sync.workbook.sheet import ErrorValue, NoBoolean, NoValue, Raw, Row
from adm_sync.workbook.sheets import (
    FIRST_ROWS,
    KNOWN,
    guidance_rows,
    header_index,
    positions,
)

MEMORY = 1 << 30  # bytes of address space
MOST_CELLS_A_ROW = 60  # on average over the rows that are allowed

TOO_MANY_ROWS = refusal(
    "too_many_rows",
    "{name} has more than {most:,} rows of data.",
    "120,000 rows where 100,000 are allowed",
    "Split it into several workbooks, or raise ADM_SYNC_WORKBOOK_ROWS.",
    note="Blank rows do not count.",
)
TOO_MANY_COLUMNS = refusal(
    "too_many_columns",
    f"Sheet '{{sheet}}' has a value in {{where}}; only the first {MOST_COLUMNS:,} columns may hold "
    "something.",
    "a stray value in column XFD",
    "Delete what stands far to the right, and save the workbook.",
)

Message = dict[str, Any] | list[Any]

# On its way a text begins with a letter for its kind, so that a line holds JSON's own values.
_REMEMBERED = 50_000

_PACK: dict[type, Callable[[Any], Any]] = {
    str: lambda value: "s" + value,
    ErrorValue: lambda value: "e" + value,
    NoBoolean: lambda value: "b" + value,
    datetime: lambda value: "d" + value.isoformat(),
    date: lambda value: "D" + value.isoformat(),
    time: lambda value: "t" + value.isoformat(),
    timedelta: lambda value: f"l{value // timedelta(microseconds=1)}",
    NoValue: lambda value: "f" + value.formula,
}
_UNPACK: dict[str, Callable[[str], Raw]] = {
    "s": str,
    "e": ErrorValue,
    "b": NoBoolean,
    "d": datetime.fromisoformat,
    "D": date.fromisoformat,
    "t": time.fromisoformat,
    "l": lambda text: timedelta(microseconds=int(text)),
    "f": NoValue,
}

# What a broken archive or part ends in, by where the damage is.
BROKEN = (
    BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a way of packing that zipfile does not know
    RuntimeError,  # a member with a password
    ExpatError,
    ParseError,
    LookupError,  # an encoding that Python does not know
    UnicodeError,
    ValueError,
    OSError,
)


def messages(
    name: str,
    data: bytes,
    megabytes: float,
    rows: int,
    known: Mapping[str, Column] = KNOWN,
    whole: str = "",
) -> Iterator[Message]:
    """What a workbook holds, as JSON's own values.

    First the book; for every worksheet its title and state, its rows (packed), its merged
    ranges, and its hyperlinks. Of a sheet without the headers of events (`known`, by their keys)
    come only the first rows, unless its title is `whole`.

    Raises:
        WorkbookRefused: it cannot be read, or is beyond a limit.
    """
    with open_archive(name, data, megabytes) as archive:
        package = Package(archive)
        try:
            package.refuse_doubles()
            package.refuse_document_types()
            book = package.workbook()
            yield {"macros": book.has_macros}
            yield from _Sheets(name, package, book, rows, known, whole).messages()
        except Damaged as damage:
            raise WorkbookRefused(DAMAGED_FILE(name=name, reason=damage)) from damage
        except BROKEN as error:
            reason = "one of its parts cannot be unpacked or is not valid XML"
            raise WorkbookRefused(DAMAGED_FILE(name=name, reason=reason)) from error


@dataclass(slots=True)
class _Sheets:
    """The sheets of one book, and how much of them has been read."""

    _name: str
    _package: Package
    _book: Workbook
    _most_rows: int
    _known: Mapping[str, Column]
    _whole: str
    _rows: int = 0
    _cells: int = 0

    def messages(self) -> Iterator[Message]:
        package, book = self._package, self._book
        styles = package.styles(book.styles)
        strings: list[str] = []
        if book.strings is not None:
            with package.open(book.strings) as stream:
                strings = read_strings(stream)
        for sheet in book.sheets:
            yield {"sheet": sheet.title, "state": sheet.state}
            parser = SheetParser(strings, styles, book.epoch, package.addresses(sheet.path))
            with package.open(sheet.path) as stream:
                yield from self._rows_of(sheet, parser, parser.rows(stream))
            yield {"merged": parser.merged, "links": parser.links}

    def _rows_of(
        self, sheet: SheetPart, parser: SheetParser, rows: Iterator[Row]
    ) -> Iterator[Message]:
        first = list(islice(rows, FIRST_ROWS))
        yield from map(pack, first)
        below = first[1:] if sheet.title == self._whole else self._below_headers(first)
        if below is None:
            return
        for row in below:
            self._count(sheet, parser, row)
        for row in rows:
            self._count(sheet, parser, row)
            yield pack(row)
        self._check_width(sheet, parser)

    def _below_headers(self, first: list[Row]) -> list[Row] | None:
        """The rows below the headers of events, of which guidance does not count."""
        header = header_index(first, known=self._known)
        if header is None:
            return None
        below = first[header + 1 :]
        found = positions(first[header].cells, self._known)
        places = {column: where[0] for column, where in found.items()}
        self._rows -= guidance_rows(below, places)
        return below

    def _count(self, sheet: SheetPart, parser: SheetParser, row: Row) -> None:
        self._rows += 1
        self._cells += len(row.cells)
        self._check_width(sheet, parser)
        if self._rows > self._most_rows:
            raise WorkbookRefused(TOO_MANY_ROWS(name=self._name, most=self._most_rows))
        if self._cells > self._most_rows * MOST_CELLS_A_ROW + FIRST_ROWS * MOST_COLUMNS:
            message = f"{self._name} has too many cells: on average more than {MOST_CELLS_A_ROW} "
            message += f"for each of {self._most_rows:,} rows."
            remedy = "Copy the sheet of events into a new workbook."
            raise WorkbookRefused(TOO_LARGE.saying(message, remedy))

    def _check_width(self, sheet: SheetPart, parser: SheetParser) -> None:
        if parser.too_wide is not None:
            finding = TOO_MANY_COLUMNS(sheet=sheet.title, where=parser.too_wide)
            raise WorkbookRefused(finding.at(Place(sheet.title)))


# ------------------------------------------------------------------ on the way


def pack(row: Row) -> list[Any]:
    """A row as JSON's own values."""
    cells = [_PACK[type(cell)](cell) if type(cell) in _PACK else cell for cell in row.cells]
    return [row.number, cells, row.hidden, row.marked, row.formulas, row.displays]


class Unpacker:
    """Turns packed rows into rows; equal values become one object, which saves most memory."""

    def __init__(self) -> None:
        self._known: dict[str, Raw] = {}

    def unpack(self, packed: list[Any]) -> Row:
        """The row that `pack` was given."""
        number, cells, hidden, marked, formulas, displays = packed
        known = self._known
        if len(known) > _REMEMBERED:
            known.clear()
        for position, cell in enumerate(cells):
            if type(cell) is str:
                if cell not in known:
                    known[cell] = _UNPACK[cell[0]](cell[1:])
                cells[position] = known[cell]
        shown = tuple((position, text) for position, text in displays)
        return Row(number, tuple(cells), hidden, marked, tuple(formulas), shown)


def main() -> None:
    """Read bytes from standard input, write messages to standard output, one JSON value a line."""
    name, megabytes, rows, seconds, headers, whole = sys.argv[1:]
    guarding.limit(MEMORY, float(seconds))
    look_rarely()
    write = sys.stdout.write
    known = {key: Column(header) for key, header in json.loads(headers).items()} or KNOWN
    data = sys.stdin.buffer.read()
    try:
        for message in messages(name, data, float(megabytes), int(rows), known, whole):
            write(json.dumps(message) + "\n")
        write('{"done": true}\n')
    except WorkbookRefused as refused:
        write(json.dumps({"refused": refused.finding.as_json()}) + "\n")
    except MemoryError:
        write('{"memory": true}\n')


if __name__ == "__main__":
    main()
