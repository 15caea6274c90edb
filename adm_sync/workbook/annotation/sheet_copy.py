"""A sheet on its way into the copy: its XML is read and written in one pass, a row at a time.

What belongs here: cells that move to the right, and those that are painted or added. What does
not: what is written into which (`annotating`), and references (`shifting`). What stands before and
after the rows is small, and changed as a tree.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import column_index_from_string, get_column_letter

from adm_sync.formulas import FORMULA_STARTS
from adm_sync.workbook.annotation.formats import CellFormats, Color
from adm_sync.workbook.annotation.parts import DECLARATION, At, local, parse
from adm_sync.workbook.annotation.remarks import cell_xml
from adm_sync.workbook.annotation.shifting import LAST_COLUMN, Shift
from adm_sync.workbook.annotation.showing import LINE_HEIGHT
from adm_sync.workbook.file.package import CHUNK, xml_parser
from adm_sync.workbook.file.sheet_parser import BOOLEANS

_DIGITS = "0123456789"
_HEIGHT = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(slots=True)
class RowEdits:
    """What is written into a row; columns count from 1, and are the copy's.

    Attributes:
        texts: cells that are ours.
        paint: the colors of cells.
        height: in points, at least.
        is_header: whether its texts look as the cell beside them.
    """

    texts: dict[int, str] = field(default_factory=dict)
    paint: dict[int, Color] = field(default_factory=dict)
    height: float = 0
    is_header: bool = False


@dataclass(slots=True)
class SheetEdits:
    """What is written into the sheet of events, and what is seen there meanwhile.

    Attributes:
        rows: by Excel's number.
        formats: of the cells of the workbook.
        ours: the columns that hold nothing but what is written now.
        header_row: the one that keeps its cells in those; 0 for none.
        wide: the column of ours whose texts take several lines.
        before: the colors that cells which are painted had before, by place.
        own: the colors of the cells that are painted now.
        last_row, last_column: how far the sheet goes.
    """

    rows: Mapping[int, RowEdits]
    formats: CellFormats
    ours: frozenset[int]
    header_row: int
    wide: int
    before: Mapping[At, Color]
    own: dict[At, Color] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 0


def no_change(_: Element) -> None:
    """What stands around the rows stays."""


class SheetCopy:
    """Copies one sheet.

    Args:
        shift: how columns move.
        edits: what is written; None for a sheet that only refers to the one of events.
        head: changes what stands before the rows.
        tail: changes what stands after them.
    """

    def __init__(
        self,
        shift: Shift,
        edits: SheetEdits | None = None,
        head: Callable[[Element], None] = no_change,
        tail: Callable[[Element], None] = no_change,
    ) -> None:
        self._shift = shift
        self._edits = edits
        self._head = head
        self._tail = tail
        self._root = self._root_end = self._rows = self._prefix = ""
        self._out: list[str] = []
        self._muted = False
        self._formula: list[str] | None = None
        self._boolean: int | None = None  # where in `_out` the cell begins that is one
        self._number = self._column = self._inside = 0
        self._row = RowEdits()
        self._pending: list[int] = []
        self._places: dict[str, tuple[int, str]] = {}
        self._tags: dict[tuple[tuple[str, str], ...], tuple[str, str]] = {}

    def __call__(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Copy it."""
        parser = xml_parser(None)
        parser.XmlDeclHandler = lambda *_: None  # what is written is UTF-8
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.DefaultHandler = self._as_it_stands
        self._parser = parser
        while chunk := source.read(CHUNK):
            parser.Parse(chunk)
            if parser.StartElementHandler == self._start_in_rows and self._boolean is None:
                target.write("".join(self._out).encode())
                self._out.clear()
        parser.Parse(b"", True)
        target.write(f"{self._rows}{self._framed(self._tail)}{self._root_end}".encode())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._root:
            self._root, self._root_end = _opened(name, attributes), f"</{name}>"
            self._rows = DECLARATION + self._root
        elif local(name) == "sheetData":
            self._out = [self._rows, self._framed(self._head), _opened(name, attributes)]
            self._parser.StartElementHandler = self._start_in_rows
            self._parser.EndElementHandler = self._end_in_rows
        else:
            self._out.append(_opened(name, attributes))

    def _end(self, name: str) -> None:
        end = f"</{name}>"
        if end != self._root_end:
            self._out.append(end)

    def _as_it_stands(self, text: str) -> None:
        """Text, and whatever else there is, as it is written in the file."""
        if self._formula is not None:
            self._formula.append(text)
        elif self._root and not self._muted:
            self._out.append(text)

    def _framed(self, change: Callable[[Element], None]) -> str:
        """What was read before or after the rows, changed."""
        root = parse(f"{self._root}{''.join(self._out)}{self._root_end}")
        self._shift.move(root, is_here=self._edits is not None)
        change(root)
        return "".join(tostring(one, encoding="unicode") for one in root)

    # ------------------------------------------------------------------ rows

    def _start_in_rows(self, name: str, attributes: dict[str, str]) -> None:
        tag = local(name)
        if self._muted:
            return
        if tag == "c" and self._edits:
            self._start_cell(name, attributes, self._edits)
        elif tag == "row" and self._edits:
            self._start_row(name, attributes, self._edits)
        else:
            if tag == "f":
                self._formula = []
                if self._edits:
                    for key in attributes.keys() & {"ref", "r1", "r2"}:
                        attributes[key] = self._shift.cells(attributes[key])
            self._out.append(_opened(name, attributes))
            self._inside = len(self._out)

    def _end_in_rows(self, name: str) -> None:
        tag = local(name)
        if self._muted:
            self._muted = tag != "c"
            return
        if tag == "f" and self._formula is not None:
            formula, self._formula = html.unescape("".join(self._formula)), None
            moved = self._shift.formula(formula, is_here=self._edits is not None)
            self._out.append(escape(moved))
        elif tag == "v" and self._boolean is not None:
            self._end_boolean(self._boolean)
        elif tag == "c":
            self._boolean = None
        elif tag == "row" and self._edits:
            self._add_before(LAST_COLUMN + 1, "0")
            self._edits.last_column = max(self._edits.last_column, self._column)
        self._out.append(f"</{name}>")
        if tag == "sheetData":
            self._rows, self._out = "".join(self._out), []
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = self._end

    def _start_row(self, name: str, attributes: dict[str, str], edits: SheetEdits) -> None:
        self._number = int(attributes.get("r") or self._number + 1)
        self._prefix = name[: -len("row")]
        self._column = self._shift.count
        self._row = edits.rows.get(self._number, _NOTHING)
        self._pending = sorted({*self._row.texts, *self._row.paint})
        edits.last_row = self._number
        attributes["r"] = str(self._number)
        attributes.pop("spans", None)  # only a hint
        given = attributes.get("ht", "")
        if self._row.height > (float(given) if _HEIGHT.fullmatch(given) else LINE_HEIGHT):
            attributes |= {"ht": f"{self._row.height:g}", "customHeight": "1"}
        self._out.append(_opened(name, attributes))

    def _start_cell(self, name: str, attributes: dict[str, str], edits: SheetEdits) -> None:
        letters = attributes.pop("r", "").rstrip(_DIGITS)
        if letters in self._places:
            column, moved = self._places[letters]
        else:
            column, moved = self._place(letters)
        rest = tuple(attributes.items())
        if rest not in self._tags:
            self._tags[rest] = _attributes(attributes), attributes.get("s", "0")
        tag, style = self._tags[rest]
        self._column = column
        if self._pending:
            self._add_before(column, style)
        if column > LAST_COLUMN or (column in edits.ours and self._number != edits.header_row):
            self._muted = True
            return
        if column in self._row.paint or style in edits.formats.painted:
            tag = _attributes({**attributes, "s": self._painted(style, edits)})
        self._boolean = len(self._out) if attributes.get("t") == "b" else None
        self._out.append(f'<{name} r="{moved}{self._number}"{tag}>')

    def _end_boolean(self, start: int) -> None:
        """Write it as Excel does; what other writers mean by none of both becomes a text."""
        value = "".join(self._out[self._inside :])
        known = BOOLEANS.get(value.strip().lower())
        if known is None:
            self._out[start] = self._out[start].replace(' t="b"', ' t="str"')
        else:
            self._out[self._inside :] = [str(int(known))]

    def _place(self, letters: str) -> tuple[int, str]:
        """The column of the copy and its letters; without letters the next one."""
        if not letters:
            return self._column + 1, get_column_letter(min(self._column + 1, LAST_COLUMN))
        column = column_index_from_string(letters) + self._shift.count
        self._places[letters] = column, get_column_letter(min(column, LAST_COLUMN))
        return self._places[letters]

    def _painted(self, style: str, edits: SheetEdits) -> str:
        """The style of a cell that is painted now, or was before and has its own color again."""
        place, color = (self._number, self._column), self._row.paint.get(self._column)
        if style in edits.formats.painted:
            style = edits.formats.variant(style, color=edits.before.get(place, ""))
        if color is None:
            return style
        own = edits.formats.color(style)
        if own:
            edits.own[place] = own
        return edits.formats.variant(style, color=color)

    def _add_before(self, column: int, style: str) -> None:
        """Add what is to stand left of a column, and in its place; `style` is that of its cell."""
        while self._pending and self._pending[0] <= column:
            found = self._pending.pop(0)
            if found < column or found in self._row.texts:
                self._out.append(self._added(found, style))
                self._column = max(self._column, found)

    def _added(self, column: int, style: str) -> str:
        assert self._edits is not None
        row, formats = self._row, self._edits.formats
        text, color = row.texts.get(column, ""), row.paint.get(column)
        if not row.is_header:
            lines = column == self._edits.wide
            is_quoted = text.startswith(FORMULA_STARTS)
            style = formats.variant("0", color=color, top=True, wrap=lines, quote=is_quoted)
        return cell_xml(f"{get_column_letter(column)}{self._number}", style, text, self._prefix)


_NOTHING = RowEdits()


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _opened(name: str, attributes: Mapping[str, str]) -> str:
    return f"<{name}{_attributes(attributes)}>" if attributes else f"<{name}>"
