"""All findings of a workbook as a list: a CSV file, and a sheet of the annotated copy.

What belongs here: the list in both forms. What does not: making findings, and marking cells.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from openpyxl.utils import get_column_letter, quote_sheetname

from adm_sync.formulas import FORMULA_STARTS, csv_text
from adm_sync.workbook.annotation.formats import HEADING_FONT, LINK_FONT, CellFormats
from adm_sync.workbook.annotation.parts import DECLARATION
from adm_sync.workbook.annotation.remarks import (
    Tone,
    advice,
    cell_xml,
    command,
)
from adm_sync.workbook.annotation.showing import LINE_HEIGHT
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

_HEADING_COLOR = "rgb FF1F4E78 0.0"
_CENTRED = frozenset({"Row", "Column"})
_WRAPPED = frozenset({"Value", "Finding", "Suggestion", "For the data administrator"})
_TONES = {"error": Tone.BAD, "warning": Tone.CAREFUL}
_MOST_LINES = 12

Value = str | int | None


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


def _values(finding: Finding) -> tuple[Value, ...]:
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


def listed_on(findings: Sequence[Finding]) -> str:
    """The range of the sheet that the list takes."""
    return f"A1:{get_column_letter(len(COLUMNS))}{len(findings) + 1}"


def findings_sheet(
    findings: Sequence[Finding], formats: CellFormats, sheet: str, space: str
) -> Iterator[str]:
    """The list as the XML of a sheet, in pieces.

    Args:
        findings: in order.
        formats: of the workbook's cells.
        sheet: the title of the sheet whose cells are linked.
        space: the namespace of the workbook's parts.
    """
    yield f'{DECLARATION}<worksheet xmlns="{space}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
    yield '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    yield 'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>'
    for position, width in enumerate(COLUMNS.values(), start=1):
        yield f'<col min="{position}" max="{position}" width="{width}" customWidth="1"/>'
    yield '</cols><sheetData><row r="1">'
    style = formats.variant("0", color=_HEADING_COLOR, font=HEADING_FONT)
    for position, heading in enumerate(COLUMNS, start=1):
        yield cell_xml(f"{get_column_letter(position)}1", style, heading)
    yield "</row>"
    for row, finding in enumerate(findings, start=2):
        yield from _row(row, finding, formats, is_linked=_is_linked(row, finding, sheet))
    yield f'</sheetData><autoFilter ref="{listed_on(findings)}"/>'
    links = [_link(row, one) for row, one in enumerate(findings, 2) if _is_linked(row, one, sheet)]
    if links:
        yield f"<hyperlinks>{''.join(links)}</hyperlinks>"
    yield '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
    yield "</worksheet>"


def _row(row: int, finding: Finding, formats: CellFormats, *, is_linked: bool) -> Iterator[str]:
    values = dict(zip(COLUMNS, _values(finding), strict=True))
    yield f'<row r="{row}" ht="{_height(values):g}" customHeight="1">'
    for position, (heading, value) in enumerate(values.items(), start=1):
        style = formats.variant(
            "0",
            color=_TONES[finding.severity].color if heading == "Severity" else None,
            font=LINK_FONT if heading == "Row" and is_linked else "",
            top=True,
            wrap=heading in _WRAPPED,
            centred=heading in _CENTRED,
            quote=isinstance(value, str) and value.startswith(FORMULA_STARTS),
        )
        yield cell_xml(f"{get_column_letter(position)}{row}", style, value)
    yield "</row>"


def _height(values: Mapping[str, Value]) -> float:
    """In points; not every program makes a row as high as its text."""
    lines = max(
        math.ceil(len(value) / (COLUMNS[heading] * 0.95))
        for heading, value in values.items()
        if isinstance(value, str) and heading in _WRAPPED
    )
    return LINE_HEIGHT * min(max(lines, 1), _MOST_LINES)


def _is_linked(row: int, finding: Finding, sheet: str) -> bool:
    return finding.sheet == sheet and finding.row is not None and row <= MOST_LINKS


def _link(row: int, finding: Finding) -> str:
    place = f"{quote_sheetname(finding.sheet or '')}!{finding.column or 'A'}{finding.row}"
    return f'<hyperlink ref="B{row}" location={quoteattr(place)}/>'
