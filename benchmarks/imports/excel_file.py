"""A workbook as Excel writes it: shared strings, dates as formatted numbers, formatted blank rows.

openpyxl writes every text into its own cell, which is read along another path, and takes minutes
for 100,000 rows.
"""

import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, time
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

from adm_sync.workbook.columns import Column
from benchmarks.imports.rows import Cell

BLANK_ROWS = 300
EPOCH = date(1899, 12, 30)
DATE_STYLE, TIME_STYLE = 1, 2
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# The rows below the headers that say how to fill in the columns.
GUIDANCE = (
    {Column.CODE: "e.g. CB1_LO_6", Column.TITLE: "free-text", Column.ZONE: "Europe - London"},
    {Column.START_DATE: "DD/MM/YYYY", Column.END_DATE: "DD/MM/YYYY", Column.WEB_SALE: "Y/N"},
)
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="Import" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{MAIN}">'
        '<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" xfId="0"/>'
        '<xf numFmtId="164" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="21" xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}


def write(path: Path, rows: Iterable[Mapping[Column, Cell]]) -> None:
    """Write a workbook of one sheet: headers, two rows of guidance, these rows, blank rows."""
    strings: dict[str, int] = {}
    headers = {column: column.value or None for column in Column}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, text in PARTS.items():
            package.writestr(name, HEAD + text)
        number = 0
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for number, row in enumerate((headers, *GUIDANCE, *rows), 1):
                sheet.write(_row(number, row, strings).encode())
            for blank in range(number + 1, number + 1 + BLANK_ROWS):
                sheet.write(f'<row r="{blank}"><c r="H{blank}" s="{DATE_STYLE}"/></row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        package.writestr("xl/sharedStrings.xml", f'{HEAD}<sst xmlns="{MAIN}">{items}</sst>')


LETTERS = {column: get_column_letter(position) for position, column in enumerate(Column, 1)}


def _row(number: int, row: Mapping[Column, Cell], strings: dict[str, int]) -> str:
    cells = "".join(
        _cell(f"{letter}{number}", row.get(column), strings) for column, letter in LETTERS.items()
    )
    return f'<row r="{number}" spans="1:{len(LETTERS)}">{cells}</row>'


def _cell(place: str, value: Cell, strings: dict[str, int]) -> str:
    match value:
        case None:
            return ""
        case str():
            index = strings.setdefault(value, len(strings))
            return f'<c r="{place}" t="s"><v>{index}</v></c>'
        case date():
            return f'<c r="{place}" s="{DATE_STYLE}"><v>{(value - EPOCH).days}</v></c>'
        case time():
            part = (value.hour * 60 + value.minute) / (24 * 60)
            return f'<c r="{place}" s="{TIME_STYLE}"><v>{part!r}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
