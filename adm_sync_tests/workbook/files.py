"""Workbooks for tests: ordinary ones, odd ones and hostile ones, as bytes.

Ordinary ones are made by openpyxl; odd ones by editing the parts of those, or from parts by hand.
"""

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.columns import Column
from adm_sync.workbook.file import parsing
from adm_sync.workbook.file.archive import check_kind
from adm_sync.workbook.reading import Limits, assemble
from adm_sync.workbook.sheet import Book, Content, Row
from adm_sync.workbook.sheets import KNOWN
from adm_sync.workbook.table import Table, find_table

SHEET_PART = "xl/worksheets/sheet1.xml"
HEADERS = [column.value for column in Column]
GUIDANCE = (
    ["e.g. CB1_LO_6", "free-text", "free-text", None, None, None, None, "DD/MM/YYYY", "HH:MM"],
    ["drop-down", *([None] * 6), "DD/MM/YYYY", "24hr HH:MM", *([None] * 15), "Y/N"],
)


def at(*parts: int) -> datetime:
    """A moment without a zone, as cells hold it."""
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001


EVENT = {
    Column.CODE: "CB1_LO_6",
    Column.TITLE: "CB1 London",
    Column.SESSION_TITLE: "CB1 London - Day 1",
    Column.MODE: "Blended",
    Column.LOCATION: "London",
    Column.VENUE: "To be confirmed",
    Column.ZONE: "Europe - London",
    Column.START_DATE: at(2026, 1, 13),
    Column.START_TIME: "09:30",
    Column.END_DATE: at(2026, 1, 13),
    Column.END_TIME: "17:00",
    Column.LMS_START_DATE: at(2026, 1, 5),
    Column.LMS_START_TIME: time(9),
    Column.LMS_END_DATE: at(2026, 4, 30),
    Column.LMS_END_TIME: time(0),
    Column.MAX_PLACES: 20,
    Column.INSTRUCTOR: "Ada Lane",
    Column.DAY: 1,
    Column.WEB_SALE: "Y",
    Column.SITTING: "2026A",
    Column.MOODLE_CODE: "CB1-26A",
}


def cells(**changes: Any) -> list[Any]:
    """An event's row in the order of the template; changes are named as the members of Column."""
    values = EVENT | {Column[name]: value for name, value in changes.items()}
    return [values.get(column) for column in Column]


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> Workbook:
    """A workbook of sheets with these rows from row 1 on."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    return book


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    book.close()
    return stream.getvalue()


def events(
    *rows: Sequence[Any],
    headers: Sequence[Any] = HEADERS,
    above: Sequence[Sequence[Any]] = (),
    guidance: Sequence[Sequence[Any]] = GUIDANCE,
    title: str = "Import",
    change: Callable[[Worksheet], None] = lambda sheet: None,
) -> bytes:
    """An ordinary workbook of events; without rows, of one event."""
    book = workbook((title, [*above, headers, *guidance, *(rows or (cells(),))]))
    change(book.worksheets[0])
    return saved(book)


def content(data: bytes, name: str = "events.xlsx") -> Content:
    return Content(name, data, hashlib.sha256(data).hexdigest())


def read_here(data: bytes, limits: Limits = Limits(), name: str = "events.xlsx") -> Book:  # noqa: B008
    """The book, parsed in this process, which is faster."""
    messages = parsing.messages(name, data, limits.megabytes, limits.rows)
    return assemble(content(data, name), messages)


def read_content(
    given: Content, limits: Limits, known: Mapping[str, Column] = KNOWN, whole: str = ""
) -> Book:
    """`read_book` without its guarded process."""
    check_kind(given.name, given.data)
    messages = parsing.messages(given.name, given.data, limits.megabytes, limits.rows, known, whole)
    return assemble(given, messages)


def table_of(data: bytes, sheet: str | None = None) -> Table:
    return find_table(read_here(data), sheet)


def parts_of(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    stream = BytesIO()
    with warnings.catch_warnings(), ZipFile(stream, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def edited(data: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    """The workbook with texts of one part replaced; each must be there."""
    parts = parts_of(data)
    text = parts[part].decode()
    for old, new in changes:
        assert old in text, (old, text[:2_000])
        text = text.replace(old, new)
    return zipped(parts | {part: text.encode()})


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = (
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm"/></numFmts>'
    '<fonts><font/><font><strike/></font><font><color rgb="FFFF0000"/></font>'
    '<font><color theme="1"/><strike val="0"/></font></fonts>'
    '<cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="14" fontId="0"/>'
    '<xf numFmtId="20" fontId="0"/><xf numFmtId="164" fontId="0"/><xf numFmtId="0" fontId="1"/>'
    '<xf numFmtId="0" fontId="2"/><xf numFmtId="0" fontId="3"/></cellXfs>'
)
GENERAL, DATE, TIME, DURATION, STRUCK, RED, PLAIN = range(7)


def by_hand(
    sheet_data: str,
    strings: str = "",
    after: str = "",
    before: str = "",
    properties: str = "",
    strict: bool = False,
) -> bytes:
    """A workbook of one sheet from its XML.

    Args:
        sheet_data: the rows.
        strings: the items of the shared strings.
        after, before: what stands after and before the rows.
        properties: attributes of `workbookPr`.
        strict: in the strict form of the standard.
    """
    main, relations = (STRICT_MAIN, STRICT_RELATIONS) if strict else (MAIN, RELATIONS)
    head = '<?xml version="1.0" encoding="UTF-8"?>'

    def rels(*kinds_and_targets: tuple[str, str]) -> bytes:
        listed = "".join(
            f'<Relationship Id="r{number}" Type="{relations}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(kinds_and_targets, 1)
        )
        root = f'Relationships xmlns="{PACKAGE}/relationships"'
        return f"{head}<{root}>{listed}</Relationships>".encode()

    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{PACKAGE}/content-types"/>'.encode(),
        "_rels/.rels": rels(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'{head}<workbook xmlns="{main}" xmlns:r="{relations}"><workbookPr {properties}/>'
            '<sheets><sheet name="Import" sheetId="1" r:id="r1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": rels(
            ("worksheet", "/xl/worksheets/sheet1.xml"),
            ("sharedStrings", "sharedStrings.xml"),
            ("styles", "styles.xml"),
        ),
        "xl/styles.xml": f'{head}<styleSheet xmlns="{main}">{STYLES}</styleSheet>'.encode(),
        "xl/sharedStrings.xml": f'{head}<sst xmlns="{main}">{strings}</sst>'.encode(),
        SHEET_PART: (
            f'{head}<worksheet xmlns="{main}">{before}<sheetData>{sheet_data}</sheetData>{after}'
            "</worksheet>"
        ).encode(),
    }
    return zipped(parts)


def rows_by_hand(sheet_data: str, **others: Any) -> tuple[Row, ...]:
    """The rows that are read from the XML of a sheet."""
    (sheet,) = read_here(by_hand(sheet_data, **others)).sheets
    return sheet.rows


def header_xml() -> str:
    """The XML of a first row with the template's headers."""
    inline = "".join(f'<c t="inlineStr"><is><t>{header}</t></is></c>' for header in HEADERS)
    return f'<row r="1">{inline}</row>'


STORED = ZIP_STORED
