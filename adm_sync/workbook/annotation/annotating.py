"""Writing into a copy of the workbook what became of its rows and what was found in its cells.

What belongs here: which parts of the file change, and what is written into each. What does not:
how one is written (`sheet_copy`, `formats`, `notes`, `findings_list`), how the sheet is shown
(`showing`), and the guard around all of it (`report`). Nothing else of the original changes: what
this project does not know stays in it.
"""

import io
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl.utils import column_index_from_string, get_column_letter

from adm_sync.workbook.annotation.findings_list import FINDINGS_SHEET, findings_sheet, listed_on
from adm_sync.workbook.annotation.formats import CellFormats
from adm_sync.workbook.annotation.notes import NO_BOXES, Notes
from adm_sync.workbook.annotation.parts import CONTENT_TYPE, At, Parts, child, local, parse
from adm_sync.workbook.annotation.remarks import Outcome, Tone, comment, tone
from adm_sync.workbook.annotation.sheet_copy import (
    RowEdits,
    SheetCopy,
    SheetEdits,
)
from adm_sync.workbook.annotation.shifting import Shift, moved_letters
from adm_sync.workbook.annotation.showing import (
    LINE_HEIGHT,
    OF_SHEET,
    add_sheet,
    filter_rows,
    freeze,
    insert_columns,
    name_ranges,
    print_on_landscape,
)
from adm_sync.workbook.file.package import Package, relations_part
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.headers import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table

# The columns in front, and how wide they are, in characters.
WIDTHS = {STATUS_HEADER: 25, FINDING_HEADER: 50}
# Excel takes long to open a sheet with more; the list of findings has them all.
MOST_COMMENTS = 5_000
_OURS = frozenset(one.color for one in Tone)
# The codes whose messages name cells.
_NAME_CELLS = frozenset({"merged_cells", "merged_header"})
_CELLS = re.compile(r"\b[A-Z]{1,3}[0-9]+:[A-Z]{1,3}[0-9]+\b")
_TYPE_OF_BOXES = "application/vnd.openxmlformats-officedocument.vmlDrawing"
# The kinds of parts that may refer to cells, besides sheets.
_REFER = frozenset(
    {
        *("chart", "chartEx", "comments", "ctrlProp", "drawing", "table", "threadedComment"),
        *("pivotCacheDefinition", "pivotTable"),
    }
)


def annotate(
    content: Content, table: Table, outcomes: Mapping[int, Outcome], findings: Sequence[Finding]
) -> bytes:
    """The annotated copy; see `report.annotated_copy`, which guards it."""
    target = io.BytesIO()
    with ZipFile(io.BytesIO(content.data)) as archive:
        package = Package(archive)
        package.refuse_document_types()
        with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=3) as copy:
            _Copy(package, table, outcomes, findings).write(copy)
    return target.getvalue()


class _Copy:
    """One copy, and what is written into it; columns count from 1, and are the copy's."""

    def __init__(
        self,
        package: Package,
        table: Table,
        outcomes: Mapping[int, Outcome],
        findings: Sequence[Finding],
    ) -> None:
        self._package = package
        self._book = package.workbook()
        self._parts = Parts(package, self._book)
        self._sheet = next(one for one in self._book.sheets if one.title == table.sheet)
        self._table = table
        earlier = {header: position + 1 for header, position in table.remarks.items()}
        self._is_copy = len(earlier) == len(WIDTHS)
        count = 0 if self._is_copy else len(WIDTHS)
        self._shift = Shift(table.sheet, count)
        self._status, self._finding = (
            earlier[header] if self._is_copy else column
            for column, header in enumerate(WIDTHS, start=1)
        )
        # One of the two alone is what earlier copies had; it is emptied.
        stale = (column + count for column in earlier.values())
        self._ours = frozenset({self._status, self._finding, *stale})
        self._outcomes = outcomes
        self._findings = [self._moved(one) for one in findings]
        self._found = self._by_place()

    def _moved(self, finding: Finding) -> Finding:
        """The finding, at the letters that its column has in the copy."""
        count = self._shift.count
        if not count or finding.sheet != self._table.sheet or finding.column is None:
            return finding
        message = finding.message
        if finding.code in _NAME_CELLS:
            message = _CELLS.sub(lambda found: self._shift.cells(found[0]), message)
        return replace(finding, column=moved_letters(finding.column, count), message=message)

    def _by_place(self) -> dict[At, list[Finding]]:
        """Where each finding is shown: its cell, its column's header, or its row's status."""
        places: dict[At, list[Finding]] = defaultdict(list)
        for one in self._findings:
            if one.sheet == self._table.sheet and (one.row or one.column):
                column = column_index_from_string(one.column) if one.column else self._status
                places[self._shown_at(one.row or self._table.header_row, column)].append(one)
        return places

    def _shown_at(self, row: int, column: int) -> At:
        """The cell there; of merged cells the one that holds their value."""
        position = column - 1 - self._shift.count
        for one in self._table.merged:
            if one.covers_row(row) and one.first_position <= position <= one.last_position:
                return one.first_row, one.first_position + 1 + self._shift.count
        return row, column

    # ------------------------------------------------------------------ the file

    def write(self, copy: ZipFile) -> None:
        """Write all of it."""
        parts, path = self._parts, self._sheet.path
        self._move_what_refers()
        formats = CellFormats(parts.related(self._book.path, "styles", "styleSheet"), _OURS)
        notes = self._notes()
        kept = self._table.header_row if self._is_copy else 0
        edits = SheetEdits(self._rows(), formats, self._ours, kept, self._finding, notes.colors)
        parts.streams[path] = SheetCopy(
            self._shift, edits, self._change_head, lambda root: self._change_tail(root, edits)
        )
        parts.leave_out(self._book.path, "calcChain")  # Excel makes it anew
        parts.write_streams(copy)
        for (row, column), found in list(self._found.items())[:MOST_COMMENTS]:
            notes.put((row, column), comment(found, edits.own.get((row, column), "")))
        if self._boxes:
            parts.put(self._boxes, _TYPE_OF_BOXES, [notes.boxes(parts.text(self._boxes, NO_BOXES))])
        self._list_findings(formats)
        parts.write_others(copy)

    def _move_what_refers(self) -> None:
        if not self._shift.count:
            return
        here = {path for _, _, path in self._package.relations(self._sheet.path)}
        for path, kind in self._package.parts().items():
            links = relations_part(path)
            if (kind in _REFER or kind == "worksheet") and self._package.has(links):
                is_here = path == self._sheet.path or path in here
                self._shift.move_links(self._parts.tree(links), is_here=is_here)
            if kind in _REFER:
                self._shift.move(self._parts.tree(path), is_here=path in here)
            elif kind == "worksheet":
                self._parts.streams[path] = SheetCopy(self._shift)
        self._shift.move(self._parts.tree(self._book.path), is_here=False)

    def _notes(self) -> Notes:
        path = self._sheet.path
        if self._found or self._package.related(path, "comments"):
            root = self._parts.related(path, "comments", "comments")
        else:
            root = parse("<comments/>")
        return Notes(root, self._shift.count)

    def _list_findings(self, formats: CellFormats) -> None:
        """Add the sheet of findings at the end, or write it in place of an earlier one."""
        parts, book = self._parts, self._parts.tree(self._book.path)
        earlier = [one.path for one in self._book.sheets if one.title == FINDINGS_SHEET]
        path = earlier[0] if earlier else parts.free_path("findings.xml")
        text = findings_sheet(self._findings, formats, self._table.sheet, self._book.space)
        parts.put(path, CONTENT_TYPE.format("worksheet"), text)
        if not earlier:
            add_sheet(book, FINDINGS_SHEET, parts.relate(self._book.path, "worksheet", path))
        name_ranges(book, FINDINGS_SHEET, "$1:$1", listed_on(self._findings))
        columns = f"$A:${get_column_letter(self._first_free - 1)}"
        rows = f"${self._table.header_row}:${self._table.header_row}"
        name_ranges(book, self._table.sheet, rows, self._filtered, columns)

    # ------------------------------------------------------------------ the sheet of events

    def _rows(self) -> dict[int, RowEdits]:
        """What became of each row, the first that was found in it, and the colors of its cells."""
        rows: defaultdict[int, RowEdits] = defaultdict(RowEdits)
        by_row: defaultdict[int, list[Finding]] = defaultdict(list)
        shown: defaultdict[int, list[Finding]] = defaultdict(list)
        for one in self._findings:
            if one.sheet == self._table.sheet and one.row is not None:
                by_row[one.row].append(one)
        for (row, column), found in self._found.items():
            rows[row].paint[column] = tone(found).color
            shown[row] += found
        for row, outcome in self._outcomes.items():
            edits, first = rows[row], outcome.first(by_row[row])
            edits.texts = {self._status: outcome.text, self._finding: first}
            edits.paint[self._status] = outcome.tone(shown[row]).color
            edits.height = math.ceil(len(first) / WIDTHS[FINDING_HEADER]) * LINE_HEIGHT
        if not self._is_copy:
            header = rows[self._table.header_row]
            header.texts, header.is_header = dict(enumerate(WIDTHS, start=1)), True
        return rows

    def _change_head(self, root: Element) -> None:
        if not self._is_copy:
            insert_columns(root, list(WIDTHS.values()))
        least = max(self._status, self._finding) + 1
        self._first_free = freeze(root, self._table.header_row + 1, least, self._shift.count)

    def _change_tail(self, root: Element, edits: SheetEdits) -> None:
        print_on_landscape(root)
        whole = f"{get_column_letter(edits.last_column)}{edits.last_row}"
        self._filtered = filter_rows(root, f"A{self._table.header_row}:{whole}")
        self._boxes = self._drawing_of(root)

    def _drawing_of(self, root: Element) -> str:
        """Where the boxes of comments are drawn; '' if there are none."""
        path = self._sheet.path
        drawings = {ident: to for ident, _, to in self._package.relations(path)}
        for node in list(root):
            if local(node.tag) == "legacyDrawing":
                named = [drawings[value] for value in node.attrib.values() if value in drawings]
                if named:
                    return named[0]
                root.remove(node)
        if not self._found:
            return ""
        target = self._parts.free_path("comments.vml")
        ident = self._parts.relate(path, "vmlDrawing", target)
        node = child(root, "legacyDrawing", OF_SHEET)
        node.attrib |= {"xmlns:r": self._book.relations, "r:id": ident}
        return target
