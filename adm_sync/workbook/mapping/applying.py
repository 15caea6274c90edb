"""Reading a workbook by a mapping: its headers become the table's, and findings go back.

What belongs here: both translations, and what of the mapping is not in the sheet. What does not:
the mapping itself (`mapping`). Columns stay where they are, so every place is the workbook's own;
constants stand beyond its last column while it is read.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from adm_sync.workbook.columns import REQUIRED_HEADERS, Column
from adm_sync.workbook.entries import On, RowKind
from adm_sync.workbook.findings import Finding, Place, WorkbookRefused, quoted, shown, warning
from adm_sync.workbook.headers import STATUS_HEADER, remark_columns
from adm_sync.workbook.mapping.mapping import ColumnMapping
from adm_sync.workbook.mapping.words import Words
from adm_sync.workbook.rules.readers import names_lms_only
from adm_sync.workbook.sheet import Book, Raw, Row, Sheet
from adm_sync.workbook.sheets import (
    header_index,
    header_key,
    is_guidance,
    is_text,
    positions,
    repeats_headers,
)
from adm_sync.workbook.table import FORMATTING_IGNORED, TO_CANCEL, Table, find_table

MAPPED_HEADER_MISSING = warning(
    "mapped_header_missing",
    "{file} has '{column}' as {headers}, which is no header of the sheet; nothing is read for it.",
    '"Sage code" = "Ledger" in the file of ADM_SYNC_COLUMNS, and no header Ledger',
    "Give the column that header, or correct the mapping file.",
)
CONSTANT_NOT_USED = warning(
    "constant_not_used",
    "{file} has a constant for '{column}', but the sheet has that column; its cells are read.",
    '"Time Zone" = "Europe - London" under [constants], and a header Time Zone',
    "Take the constant out, or name the header under ignore.",
)


def mapped_table(book: Book, mapping: ColumnMapping, sheet: str | None = None) -> Table:
    """`find_table` for a workbook with headers of its own.

    Raises:
        WorkbookRefused: as it does; says what the mapping has to do with it.
    """
    if not mapping.file:
        return find_table(book, sheet)
    ours = replace(book, sheets=tuple(_in_our_words(one, mapping) for one in book.sheets))
    try:
        table = find_table(ours, sheet)
    except WorkbookRefused as refused:
        raise WorkbookRefused(_explained(refused.finding, mapping)) from None
    theirs = next(one for one in book.sheets if one.title == table.sheet)
    words = _words(theirs, table, mapping)
    findings = (*_about(table, words, mapping), *_in_their_words(table.findings, words))
    # A header that is passed over is none of ours, though it was read as one.
    remarks = remark_columns(_header(theirs, table))
    return replace(table, findings=findings, words=words, remarks=remarks)


def _header(sheet: Sheet, table: Table) -> Row:
    return next(row for row in sheet.rows if row.number == table.header_row)


# ---------------------------------------------------------------------- there


def _in_our_words(sheet: Sheet, mapping: ColumnMapping) -> Sheet:
    known = mapping.known
    index = header_index(sheet.rows, known=known)
    if index is None:
        return sheet
    header = sheet.rows[index]
    # A header may be merged with the cells above it, and then stands there.
    rows = [_renamed(row, mapping, known) for row in sheet.rows[: index + 1]]
    places = {column: where[0] for column, where in positions(header.cells, known).items()}
    ours = remark_columns(header).values()
    repeated = {
        row.number
        for row in sheet.rows[index + 1 :]
        if is_text(row, places.values()) and repeats_headers(row, known, ours)
    }
    rows += [
        _renamed(row, mapping, known) if row.number in repeated else row
        for row in sheet.rows[index + 1 :]
    ]
    filler = _Filler({header.number, *repeated}, places, mapping)
    rows[index:] = filler.filled(rows[index:])
    return replace(sheet, rows=tuple(rows))


def _renamed(row: Row, mapping: ColumnMapping, known: Mapping[str, Column]) -> Row:
    """A row with our headers; one that is to be ignored is passed over like our own."""

    def renamed(cell: Raw) -> Raw:
        key = header_key(cell)
        return (
            STATUS_HEADER if key in mapping.ignored else known[key].value if key in known else cell
        )

    return replace(row, cells=tuple(map(renamed, row.cells)))


class _Filler:
    """Gives rows the constants of columns that the sheet lacks, beyond its last column."""

    def __init__(
        self, headers: Set[int], places: Mapping[Column, int], mapping: ColumnMapping
    ) -> None:
        self._headers = headers
        self._places = places
        self._constants = {
            column: value for column, value in mapping.constants.items() if column not in places
        }

    def filled(self, rows: Sequence[Row]) -> list[Row]:
        width = max(len(row.cells) for row in rows)
        return [replace(row, cells=self._cells(row, width)) for row in rows]

    def _cells(self, row: Row, width: int) -> tuple[Raw, ...]:
        values = tuple(self._values(row))
        return (*row.cells, *[None] * (width - len(row.cells)), *values) if values else row.cells

    def _values(self, row: Row) -> Iterator[Raw]:
        """Nothing for a row that is blank, or only guides the reader."""
        is_header = row.number in self._headers
        is_blank = not any(header_key(row.cell(place)) for place in self._places.values())
        if not is_header and (is_blank or is_guidance(row, self._places, least=2)):
            return
        at = self._places.get(Column.CODE)
        code = "" if at is None else shown(row.cell(at))
        for column, value in self._constants.items():
            if is_header:
                yield column.value
            else:
                yield value if _is_of_row(column, code) else None


def _is_of_row(column: Column, code: str) -> bool:
    """Whether a column counts on a row with that code; without one it is a session's."""
    entry = column.entry
    if not header_key(code):
        return entry.on is not On.EVENT
    if not names_lms_only(code):
        return True
    of_sessions = entry.on is not On.EVENT or column is Column.MAX_PLACES
    return RowKind.LMS in entry.needed or not of_sessions


# ---------------------------------------------------------------------- and back


def _words(sheet: Sheet, table: Table, mapping: ColumnMapping) -> Words:
    header = _header(sheet, table)
    width = max(len(row.cells) for row in sheet.rows if row.number >= table.header_row)
    headers: dict[str, str] = {}
    constants: dict[str, str] = {}
    for column, position in table.positions.items():
        if position >= width:
            constants[column.value] = shown(mapping.constants[column])
        elif header_key(header.cell(position)) != header_key(column):
            headers[column.value] = " ".join(shown(header.cell(position)).split()) or column.value
    return Words(mapping.file, headers, constants)


def _in_their_words(findings: Sequence[Finding], words: Words) -> Iterator[Finding]:
    """What was advised before the sheet's own words were known."""
    advice = TO_CANCEL.format(words.header(Column.CANCELLED))
    for one in findings:
        yield replace(one, suggestion=advice) if one.code == FORMATTING_IGNORED.name else one


def _about(table: Table, words: Words, mapping: ColumnMapping) -> Iterator[Finding]:
    for column, headers in mapping.headers.items():
        if column not in table.positions:
            place = Place(table.sheet, table.header_row, header=column.value)
            remedy = f"Give the column that header, or correct {mapping.file}."
            known = {"file": mapping.file, "column": column, "headers": quoted(*headers)}
            yield MAPPED_HEADER_MISSING(remedy, **known).at(place)
    for column in mapping.constants.keys() & table.positions.keys():
        if column.value not in words.constants:
            place = Place(table.sheet, table.header_row, table.positions[column], column.value)
            remedy = f"Take the constant out of {mapping.file}, or name the header under ignore."
            yield CONSTANT_NOT_USED(remedy, file=mapping.file, column=column).at(place)


def _explained(finding: Finding, mapping: ColumnMapping) -> Finding:
    """A refusal of the whole sheet, with what the mapping says of the headers that it names."""
    about = [
        f"{mapping.file} has '{column}' as {quoted(*mapping.headers[column])}"
        for column in REQUIRED_HEADERS
        if column in mapping.headers and f"'{column}'" in finding.message
    ]
    if finding.code == "double_header":
        about.append(f"{mapping.file} can name the header that is not meant under ignore")
    told = " ".join((*(f"{one}." for one in about), finding.suggestion or ""))
    return replace(finding, suggestion=told.strip() or None)
