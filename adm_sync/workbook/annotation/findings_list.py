"""All findings of a workbook as a list: a CSV file, and a sheet of the annotated copy.

What belongs here: the list in both forms. What does not: making findings, and marking cells.
"""

import csv
import io
import math
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.annotation.advice import advice, command
from adm_sync.workbook.annotation.marks import Tone
from adm_sync.workbook.annotation.printing import print_on_landscape
from adm_sync.workbook.annotation.safe_cells import cell_at, csv_text, write_text
from adm_sync.workbook.findings import Finding

FINDINGS_SHEET = "adm_sync findings"
# Heading and width in characters, in order.
COLUMNS = {
    "Sheet": 14,
    "Row": 7,
    "Column": 9,
    "Header": 24,
    "Value": 28,
    "Severity": 10,
    "Code": 28,
    "Finding": 70,
    "Suggestion": 60,
    "For the data administrator": 60,
}
# Excel refuses a sheet with more than 65,530.
MOST_LINKS = 20_000

_HEADING_FONT = Font("Calibri", 11, bold=True, color="FFFFFFFF")
_HEADING_FILL = PatternFill("solid", fgColor="FF1F4E78")
_LINK_FONT = Font("Calibri", 11, color="FF0563C1", underline="single")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_TOP = Alignment(vertical="top")
_CENTRED = Alignment(horizontal="center", vertical="top")
_ALIGNED = {
    "Row": _CENTRED,
    "Column": _CENTRED,
    "Value": _WRAPPED,
    "Finding": _WRAPPED,
    "Suggestion": _WRAPPED,
    "For the data administrator": _WRAPPED,
}
_LINE_HEIGHT = 15.0  # points
_MOST_LINES = 12
_FILLS = {
    "error": PatternFill("solid", fgColor=Tone.BAD.value),
    "warning": PatternFill("solid", fgColor=Tone.CAREFUL.value),
}


def findings_csv(findings: Sequence[Finding]) -> bytes:
    """The findings as a CSV file that Excel opens as it is: UTF-8 with a byte-order mark.

    What a spreadsheet would take for a formula has an apostrophe before it.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    for finding in findings:
        writer.writerow(
            csv_text(value) if isinstance(value, str) else value for value in _values(finding)
        )
    return target.getvalue().encode("utf-8-sig")


def _values(finding: Finding) -> tuple[str | int | None, ...]:
    """In the order of `COLUMNS`."""
    return (
        finding.sheet,
        finding.row,
        finding.column,
        finding.header,
        finding.value,
        finding.severity,
        finding.code,
        finding.message,
        advice(finding) or None,
        command(finding) or None,
    )


def add_findings_sheet(book: Workbook, findings: Sequence[Finding]) -> None:
    """Add the sheet of findings at the end, in place of one that is there already."""
    if FINDINGS_SHEET in book.sheetnames:
        del book[FINDINGS_SHEET]
    sheet = book.create_sheet(FINDINGS_SHEET)
    _write_headings(sheet)
    titles = {worksheet.title for worksheet in book.worksheets}
    for row, finding in enumerate(findings, start=2):
        _write_finding(sheet, row, finding, titles)
    sheet.freeze_panes = "A2"
    print_on_landscape(sheet, header_row=1)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(findings) + 1}"


def _write_headings(sheet: Worksheet) -> None:
    for position, (heading, width) in enumerate(COLUMNS.items(), start=1):
        cell = cell_at(sheet, 1, position)
        write_text(cell, heading)
        cell.font = _HEADING_FONT
        cell.fill = _HEADING_FILL
        sheet.column_dimensions[get_column_letter(position)].width = width


def _write_finding(sheet: Worksheet, row: int, finding: Finding, sheets: set[str]) -> None:
    sheet.row_dimensions[row].height = _height(finding)
    for position, (heading, value) in enumerate(zip(COLUMNS, _values(finding), strict=True), 1):
        cell = cell_at(sheet, row, position)
        if isinstance(value, str):
            write_text(cell, value)
        else:
            cell.value = value
        cell.alignment = _ALIGNED.get(heading, _TOP)
        if heading == "Severity":
            cell.fill = _FILLS[finding.severity]
        if heading == "Row" and finding.sheet in sheets and row <= MOST_LINKS:
            _link(cell, finding)


def _height(finding: Finding) -> float:
    """In points; not every program makes a row as high as its text."""
    lines = max(
        math.ceil(len(value) / (COLUMNS[heading] * 0.95))
        for heading, value in zip(COLUMNS, _values(finding), strict=True)
        if isinstance(value, str) and heading in _ALIGNED
    )
    return _LINE_HEIGHT * min(max(lines, 1), _MOST_LINES)


def _link(cell: Cell, finding: Finding) -> None:
    if finding.row is None or finding.sheet is None:
        return
    place = f"{quote_sheetname(finding.sheet)}!{finding.column or 'A'}{finding.row}"
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place)
    cell.font = _LINK_FONT
