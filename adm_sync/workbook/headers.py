"""The headers of the table of events: which column each means, and what is wrong with them.

What belongs here: recognising the columns by their headers, and headers or data where none should
be. What does not: which row they are (`sheets`), and the rows of data below them (`table`).
"""

from collections.abc import Iterator, Mapping, Sequence

from openpyxl.utils import get_column_letter

from adm_sync.lists import joined
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import REQUIRED_HEADERS, Column
from adm_sync.workbook.findings import (
    Finding,
    Place,
    WorkbookRefused,
    quoted,
    refusal,
    row_list,
    shown,
    warning,
)
from adm_sync.workbook.sheet import NoValue, Raw, Row
from adm_sync.workbook.sheets import (
    ENOUGH,
    KNOWN,
    OWN_HEADERS,
    Range,
    header_key,
    is_data,
    is_guidance,
    positions,
)

# The columns that an annotated copy adds; none of the workbook's, and not read.
STATUS_HEADER, FINDING_HEADER = "adm_sync status", "adm_sync finding"
# No header, and the column of an annotated copy, which is our own.
_NOT_TOLD = {"", header_key(STATUS_HEADER), header_key(FINDING_HEADER)}

MISSING_HEADERS = refusal(
    "missing_headers",
    "The required {headers} missing from row {row}: {names}.",
    "Evnt title instead of Event title",
    "Correct the headers, or add these columns as the template has them. For a workbook with "
    "headers of its own, adm-sync columns FILE proposes how they are to be read.",
    note="The message lists all of them.",
)
MERGED_HEADERS = refusal(
    "merged_headers",
    "The headers {names} are missing from row {row}, and its cells {cells} are merged, which hides "
    "all headers but the first.",
    "the cells H1:I1 merged under one header",
    "Unmerge these cells and fill in every header.",
)
DOUBLE_HEADER = refusal(
    "double_header",
    "A header is there twice in row {row}: {where}.",
    "Location in the columns E and AJ",
    "Rename or delete the column that is not meant.",
)
MOVED_HEADERS = refusal(
    "moved_headers",
    "Row {row} repeats the headers, but in other columns than row {first}: {where}.",
    "two workbooks pasted together whose columns are not in the same order",
    "Move what stands below it into the columns of the first headers, or import it as a workbook "
    "of its own.",
)
ROWS_ABOVE_HEADERS = refusal(
    "rows_above_headers",
    "Data stands above the headers in row {row}, where it would not be read: {rows}.",
    "two workbooks pasted together, the first of which lacks a column",
    "Keep one row of headers, with all columns, above all rows of data.",
)
MERGED_HEADER = warning(
    "merged_header",
    "The header cells {cells} are merged; all required headers were found nevertheless.",
    "the cells AG1:AH1 merged",
    "Unmerge them, so that each column shows its own header.",
    suggests=True,
)
UNKNOWN_COLUMN = warning(
    "unknown_column",
    "'{header}' is not a column of the workbook; it is not read.",
    "Room number",
    "Nothing, unless the header is a misspelt one.",
)
EMPTY_HEADER = warning(
    "empty_header",
    "The column has no header, but holds something, first in row {row}; it is not read.",
    "a remark in column AH",
    "Give the column a header, or move what it holds to the right column.",
    suggests=True,
)


def remark_columns(header: Row) -> dict[str, int]:
    """Where the columns of an annotated copy are, if it is one."""
    keys = {header_key(cell): position for position, cell in enumerate(header.cells)}
    headers = (STATUS_HEADER, FINDING_HEADER)
    return {one: keys[header_key(one)] for one in headers if header_key(one) in keys}


def column_places(sheet: str, header: Row, around: Sequence[Range]) -> dict[Column, int]:
    """Where each column is (0 for A).

    Args:
        sheet: its title.
        header: the row of headers.
        around: the merged ranges in it.

    Raises:
        WorkbookRefused: a header that must be there is missing, or one is there twice.
    """
    found = positions(header.cells)
    double = {column: where for column, where in found.items() if len(where) > 1}
    if double:
        column, where = next(iter(double.items()))
        sentences = [
            f"'{one.value}' stands in columns {joined([get_column_letter(p + 1) for p in at])}"
            for one, at in double.items()
        ]
        place = Place(sheet, header.number, where[1], column.value, header.cell(where[1]))
        finding = DOUBLE_HEADER(row=header.number, where="; ".join(sentences))
        raise WorkbookRefused(finding.at(place))
    missing = [column for column in REQUIRED_HEADERS if column not in found]
    if missing:
        finding = _missing(header, missing, around)
        raise WorkbookRefused(finding.at(Place(sheet, header.number)))
    return {column: where[0] for column, where in found.items()}


def _missing(header: Row, missing: Sequence[Column], around: Sequence[Range]) -> Finding:
    wide = [one.text for one in around if one.last_position > one.first_position]
    names = quoted(*missing)
    if wide:
        return MERGED_HEADERS(names=names, row=header.number, cells=joined(wide))
    headers = "header is" if len(missing) == 1 else f"{len(missing)} headers are"
    hints = _near_misses(header, missing)
    return MISSING_HEADERS(hints, headers=headers, row=header.number, names=names)


def _near_misses(header: Row, missing: Sequence[Column]) -> str:
    unknown = _unknown(header)
    readable = [one for one in unknown if not isinstance(header.cell(one[0]), NoValue)]
    nearest = Nearest([text for _, text in readable])
    hints = [
        f"Column {get_column_letter(position + 1)} holds a formula without a value: paste its value"
        for position, text in unknown
        if (position, text) not in readable
    ]
    for column in missing:
        near = nearest.to(column.value)
        if near:
            position, text = readable[near[0][0]]
            letters = get_column_letter(position + 1)
            hints.append(f"'{column.value}' may be column {letters}, '{text}'")
    said = f"{'; '.join(hints)}." if hints else "Add these columns as the template has them."
    return f"{said} {OWN_HEADERS} FILE." if readable else said


def _unknown(header: Row) -> list[tuple[int, str]]:
    known = {position for where in positions(header.cells).values() for position in where}
    return [
        (position, _displayed(cell))
        for position, cell in enumerate(header.cells)
        if position not in known and header_key(cell) not in _NOT_TOLD
    ]


def merged_headers(sheet: str, header: Row, around: Sequence[Range]) -> Iterator[Finding]:
    """Warnings at header cells that are merged."""
    for one in around:
        place = Place(sheet, header.number, one.first_position, raw=header.cell(one.first_position))
        yield MERGED_HEADER(cells=one.text).at(place)


def extra_columns(sheet: str, header: Row, rows: Sequence[Row]) -> Iterator[Finding]:
    """Warnings at columns of other headers, and of none, that hold something."""
    for position, text in _unknown(header):
        place = Place(sheet, header.number, position, text, header.cell(position))
        yield UNKNOWN_COLUMN(header=text).at(place)
    named = {position for position, cell in enumerate(header.cells) if header_key(cell)}
    for position, row in _first_values(rows, named).items():
        place = Place(sheet, row.number, position, "", row.cell(position))
        yield EMPTY_HEADER(row=row.number).at(place)


def _first_values(rows: Sequence[Row], named: set[int]) -> dict[int, Row]:
    """The first row with a value for every position without a header, by position."""
    first: dict[int, Row] = {}
    for row in rows:
        # Rows are almost always as wide as the headers, so this is a look at few cells.
        for position in _nameless(len(row.cells), named):
            if position not in first and header_key(row.cell(position)):
                first[position] = row
    return dict(sorted(first.items()))


def _nameless(width: int, named: set[int]) -> list[int]:
    return [position for position in range(width) if position not in named]


def check_order(sheet: str, header: Row, row: Row, places: Mapping[Column, int]) -> None:
    """Refuse headers below which the data would be read by other headers than its own."""
    read = {position: column for column, position in places.items()}
    moved = [
        (position, _displayed(cell))
        for position, cell in enumerate(row.cells)
        if header_key(cell) and KNOWN.get(header_key(cell)) is not read.get(position)
    ]
    if moved:
        at = [f"'{text}' stands in column {get_column_letter(one + 1)}" for one, text in moved]
        position, text = moved[0]
        finding = MOVED_HEADERS(row=row.number, first=header.number, where=joined(at))
        place = Place(sheet, row.number, position, text, row.cell(position))
        raise WorkbookRefused(finding.at(place))


def check_above(
    sheet: str, above: Sequence[Row], header: Row, places: Mapping[Column, int]
) -> None:
    """Refuse data above the headers: another row of headers may have been meant for it."""
    counts = [len(positions(row.cells)) for row in above]
    begin = next((index for index, count in enumerate(counts) if count >= ENOUGH), len(above))
    lost = [
        row.number
        for index, row in enumerate(above)
        if is_data(row, places)
        or (index > begin and counts[index] < ENOUGH and not is_guidance(row, places))
    ]
    if lost:
        finding = ROWS_ABOVE_HEADERS(rows=row_list(lost), row=header.number)
        raise WorkbookRefused(finding.at(Place(sheet, lost[0])))


def _displayed(cell: Raw) -> str:
    return " ".join(shown(cell).split())
