"""Writing into a copy of the workbook what became of its rows and what was found in its cells.

What belongs here: which cells are marked, and how. What does not: loading the original
(`original`), a single mark (`marks`), and the guard around all of it (`report`).
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.names.keys import normalise
from adm_sync.workbook.annotation.findings_list import add_findings_sheet
from adm_sync.workbook.annotation.marks import Tone, is_painted, mark, paint, unmark
from adm_sync.workbook.annotation.original import cells, load_original
from adm_sync.workbook.annotation.outcomes import Outcome
from adm_sync.workbook.annotation.safe_cells import cell_at, write_text
from adm_sync.workbook.columns import STATUS_HEADER
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Content

STATUS_WIDTH = 44
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
    status = _status_column(table, header_row)
    _clear(table, status)
    _write_statuses(table, header_row, status, outcomes)
    titles = {worksheet.title for worksheet in book.worksheets}
    by_place = _by_place(findings, header_row, status, titles)
    for number, ((title, row, column), found) in enumerate(by_place.items()):
        cell = cell_at(book[title], row, column)
        if number < MOST_COMMENTS:
            mark(cell, _tone(found), found)
        else:
            paint(cell, _tone(found))
    _paint_statuses(table, status, outcomes, by_place)
    add_findings_sheet(book, findings)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _take_marks_off(sheet: Worksheet) -> None:
    painted: dict[int, bool] = {}
    for cell in cells(sheet):
        style = cell.style_id
        if style not in painted:
            painted[style] = is_painted(cell)
        unmark(cell, painted=painted[style])


def _status_column(table: Worksheet, header_row: int) -> int:
    """The one there is, or the first that is free on the right; it gets its header."""
    headers = [cell for cell in cells(table) if cell.row == header_row]
    for cell in headers:
        if isinstance(cell.value, str) and normalise(cell.value) == STATUS_HEADER:
            return cell.column
    filled = [cell.column for cell in cells(table) if cell.value not in (None, "")]
    column = max(filled, default=0) + 1
    header = cell_at(table, header_row, column)
    styled = [cell for cell in headers if cell.value not in (None, "")]
    if styled:
        header._style = copy(max(styled, key=lambda cell: cell.column)._style)  # type: ignore[attr-defined]
    write_text(header, STATUS_HEADER)
    table.column_dimensions[get_column_letter(column)].width = STATUS_WIDTH
    return column


def _clear(table: Worksheet, status: int) -> None:
    for cell in cells(table):
        if cell.column == status and normalise(str(cell.value)) != STATUS_HEADER:
            cell.value = None


def _write_statuses(
    table: Worksheet, header_row: int, status: int, outcomes: Mapping[int, Outcome]
) -> None:
    for row, outcome in outcomes.items():
        if row != header_row:
            write_text(cell_at(table, row, status), outcome.text)


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
