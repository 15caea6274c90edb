"""Writing into a copy of the workbook what became of its rows and what was found in its cells.

What belongs here: which cells are marked, and how. What does not: loading the original
(`original`), a single mark (`marks`), and the guard around all of it (`report`).
"""

import io
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy
from dataclasses import replace

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.names.keys import normalise
from adm_sync.workbook.annotation.advice import advice
from adm_sync.workbook.annotation.findings_list import add_findings_sheet
from adm_sync.workbook.annotation.marks import Tone, is_painted, mark, paint, unmark
from adm_sync.workbook.annotation.original import cells, load_original
from adm_sync.workbook.annotation.outcomes import Outcome
from adm_sync.workbook.annotation.printing import print_on_landscape
from adm_sync.workbook.annotation.safe_cells import cell_at, write_text
from adm_sync.workbook.annotation.shifting import make_room, moved_range
from adm_sync.workbook.columns import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Content

# The columns in front, and how wide they are, in characters.
REMARKS = {STATUS_HEADER: 25, FINDING_HEADER: 50}
# The codes whose messages name cells.
_NAME_CELLS = frozenset({"merged_cells", "merged_header"})
_CELLS = re.compile(r"\b[A-Z]{1,3}[0-9]+:[A-Z]{1,3}[0-9]+\b")
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_LINE_HEIGHT = 15.0  # points
_OF_ROW = re.compile(r"(row \d+): ")
BAD = frozenset({"rejected", "failed"})
CAREFUL = frozenset({"skipped", "pending", "unknown", "retry", "different"})
# Excel takes long to open a sheet with more; the list of findings has them all.
MOST_COMMENTS = 5_000

Place = tuple[str, int, int]


def annotate(
    content: Content,
    sheet: str,
    header_row: int,
    outcomes: Mapping[int, Outcome],
    findings: Sequence[Finding],
) -> bytes:
    """The annotated copy; see `report.annotated_copy`, which guards it."""
    book = load_original(content, sheet)
    for worksheet in book.worksheets:
        _take_marks_off(worksheet)
    table = book[sheet]
    moved = 0
    if not _remark_columns(table, header_row):
        moved = _make_remark_columns(book, table, header_row)
    status, finding = _remark_columns(table, header_row)
    here = [_moved(one, sheet, moved) for one in findings]
    _write_remarks(table, (status, finding), outcomes, here)
    titles = {worksheet.title for worksheet in book.worksheets}
    by_place = _by_place(here, header_row, status, titles)
    for number, ((title, row, column), found) in enumerate(by_place.items()):
        cell = cell_at(book[title], row, column)
        if number < MOST_COMMENTS:
            mark(cell, _tone(found), found)
        else:
            paint(cell, _tone(found))
    _paint_statuses(table, status, outcomes, by_place)
    _make_handy(table, header_row, finding)
    add_findings_sheet(book, here)
    target = io.BytesIO()
    book.save(target)
    if book.vba_archive is not None:
        # It is open for writing, and complains when it is collected after what it writes to.
        book.vba_archive.close()
    return target.getvalue()


def _moved(finding: Finding, sheet: str, count: int) -> Finding:
    """The finding, at the letters that its column has now."""
    if not count or finding.sheet != sheet or finding.column is None:
        return finding
    position = column_index_from_string(finding.column) + count
    message = finding.message
    if finding.code in _NAME_CELLS:
        message = _CELLS.sub(lambda found: moved_range(found[0], count), message)
    return replace(finding, column=get_column_letter(position), message=message)


def _take_marks_off(sheet: Worksheet) -> None:
    painted: dict[int, bool] = {}
    for cell in cells(sheet):
        style = cell.style_id
        if style not in painted:
            painted[style] = is_painted(cell)
        unmark(cell, painted=painted[style])


def _remark_columns(table: Worksheet, header_row: int) -> tuple[int, ...]:
    """Where status and finding are, if an earlier copy has both."""
    keys = {
        normalise(cell.value): cell.column
        for cell in cells(table)
        if cell.row == header_row and isinstance(cell.value, str)
    }
    found = tuple(keys[header] for header in REMARKS if header in keys)
    return found if len(found) == len(REMARKS) else ()


def _make_remark_columns(book: Workbook, table: Worksheet, header_row: int) -> int:
    """Make room in front for status and finding; gives by how many columns all else has moved.

    One of the two alone is what earlier copies had; it is emptied.
    """
    old = {
        cell.column
        for cell in cells(table)
        if cell.row == header_row and normalise(str(cell.value)) in REMARKS
    }
    for cell in cells(table):
        if cell.column in old:
            cell.value = None
    make_room(book, table, len(REMARKS))
    styled = [cell for cell in cells(table) if cell.row == header_row and cell.value]
    for column, (header, width) in enumerate(REMARKS.items(), start=1):
        cell = cell_at(table, header_row, column)
        if styled:
            cell._style = copy(min(styled, key=lambda one: one.column)._style)  # type: ignore[attr-defined]
        write_text(cell, header)
        table.column_dimensions[get_column_letter(column)].width = width
    return len(REMARKS)


def _write_remarks(
    table: Worksheet,
    columns: tuple[int, int],
    outcomes: Mapping[int, Outcome],
    findings: Sequence[Finding],
) -> None:
    """What became of each row, and the first that was found in it."""
    for cell in cells(table):
        if cell.column in columns and normalise(str(cell.value)) not in REMARKS:
            cell.value = None
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.sheet == table.title and one.row is not None:
            by_row[one.row].append(one)
    for row, outcome in outcomes.items():
        found = sorted(by_row.get(row, ()), key=lambda one: not one.is_error)
        is_told = outcome.status == "rejected"
        texts = (
            outcome.status if is_told else outcome.text,
            _first(found, outcome, is_told=is_told),
        )
        for column, text in zip(columns, texts, strict=True):
            cell = cell_at(table, row, column)
            write_text(cell, text)
            cell.alignment = _WRAPPED if column == columns[1] else _TOP
        _make_high(table, row, texts[1])


def _make_high(table: Worksheet, row: int, text: str) -> None:
    """Not every program makes a row as high as its text; one that is higher already stays so."""
    height = table.row_dimensions[row].height or _LINE_HEIGHT
    lines = math.ceil(len(text) / REMARKS[FINDING_HEADER])
    table.row_dimensions[row].height = max(height, lines * _LINE_HEIGHT)


def _first(found: Sequence[Finding], outcome: Outcome, *, is_told: bool) -> str:
    """The worst that was found in a row; of a row without, where to look."""
    if not found:
        elsewhere = _OF_ROW.match(outcome.detail)
        return (f"See {elsewhere[1]}." if elsewhere else outcome.detail) if is_told else ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    told = advice(found[0])
    # What to put instead may be all that is suggested.
    told = f"Is it {told}?" if told and told[-1] not in ".?" else told
    return " ".join(filter(None, (found[0].message, told))) + more


def _make_handy(table: Worksheet, header_row: int, last_own: int) -> None:
    """Keep status and finding in sight, on the screen and on paper, and let them be filtered."""
    corner = CellRange(table.freeze_panes) if table.freeze_panes else None
    column = max(last_own + 1, corner.min_col if corner else 1)
    row = max(header_row + 1, corner.min_row if corner else 1)
    table.freeze_panes = f"{get_column_letter(column)}{row}"
    print_on_landscape(table, header_row, titles=f"A:{get_column_letter(column - 1)}")
    if table.tables:
        return  # Excel has filters of its own for those, and takes no others beside them
    bounds = CellRange(table.calculate_dimension())
    first = CellRange(table.auto_filter.ref).min_col if table.auto_filter.ref else 1
    for criterion in table.auto_filter.filterColumn:
        criterion.colId += first - 1
    table.auto_filter.ref = f"A{header_row}:{get_column_letter(bounds.max_col)}{bounds.max_row}"


def _by_place(
    findings: Iterable[Finding], header_row: int, status: int, sheets: Set[str]
) -> dict[Place, list[Finding]]:
    """Where each finding is shown: its cell, its column's header, or its row's status."""
    places: dict[Place, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.sheet is None or finding.sheet not in sheets:
            continue
        if finding.row is None and finding.column is None:
            continue
        row = finding.row or header_row
        column = status if finding.column is None else column_index_from_string(finding.column)
        places[finding.sheet, row, column].append(finding)
    return places


def _tone(findings: Iterable[Finding]) -> Tone:
    return Tone.BAD if any(finding.is_error for finding in findings) else Tone.CAREFUL


def _paint_statuses(
    table: Worksheet,
    status: int,
    outcomes: Mapping[int, Outcome],
    by_place: Mapping[Place, Sequence[Finding]],
) -> None:
    found: dict[int, list[Finding]] = defaultdict(list)
    for (title, row, _), findings in by_place.items():
        if title == table.title:
            found[row] += findings
    for row, outcome in outcomes.items():
        paint(cell_at(table, row, status), _tone_of_row(outcome, found.get(row, ())))


def _tone_of_row(outcome: Outcome, findings: Sequence[Finding]) -> Tone:
    if outcome.status in BAD or any(finding.is_error for finding in findings):
        return Tone.BAD
    return Tone.CAREFUL if outcome.status in CAREFUL or findings else Tone.GOOD
