"""The table of events in a book: its rows of data under recognised headers.

What belongs here: recognising rows of data, and what is wrong with them. What does not: which sheet
(`sheets`), what its headers mean (`headers`), and what a cell of data means (`checking`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adm_sync.workbook.columns import Column
from adm_sync.workbook.examples import untouched
from adm_sync.workbook.findings import (
    Finding,
    Place,
    WorkbookRefused,
    row_list,
    warning,
)
from adm_sync.workbook.headers import (
    STATUS_HEADER,
    check_above,
    check_order,
    column_places,
    extra_columns,
    merged_headers,
    remark_columns,
)
from adm_sync.workbook.mapping.words import Words
from adm_sync.workbook.sheet import Book, Row
from adm_sync.workbook.sheets import (
    FIRST_ROWS,
    NO_EVENT_SHEET,
    Range,
    choose_sheet,
    displayed_headers,
    filled_ranges,
    guidance_rows,
    header_index,
    is_guidance,
    is_text,
    linked_cells,
    merged_rows,
    ranges,
    repeats_headers,
)

MACROS_IGNORED = warning(
    "macros_ignored",
    "{name} holds macros; they are not run.",
    "events.xlsm",
    "Nothing, unless a macro fills in cells: then run it in Excel and save.",
)
OPEN_ELSEWHERE = warning(
    "open_elsewhere",
    "{name} seems to be open in Excel: what is not saved there is not imported.",
    "~$events.xlsx beside events.xlsx",
    "Save and close it, and import it again if it had changes.",
    suggests=True,
)
NO_ROWS = warning(
    "no_rows",
    "Sheet '{sheet}' has headers, but no rows of data below them.",
    "an empty template",
    "Fill it in.",
)
HIDDEN_ROWS = warning(
    "hidden_rows",
    "Sheet '{sheet}' has {count}: {rows}.",
    "a filter on Location",
    "Make sure that they are meant to be imported.",
    suggests=True,
)
TO_CANCEL = "To cancel an event, put Y in the column {}."
FORMATTING_IGNORED = warning(
    "formatting_ignored",
    "Text is struck through or red in {rows}; formatting means nothing here.",
    "a cancelled event struck through",
    TO_CANCEL.format(Column.CANCELLED.value),
    suggests=True,
)
FORMULAS_USED = warning(
    "formulas_used",
    "{cells} of sheet '{sheet}' {hold}; the values that Excel saved are taken.",
    "=B4 in Session title",
    "Open and save the workbook in Excel if they might be out of date.",
    suggests=True,
)
REPEATED_HEADER = warning(
    "repeated_header",
    "The row repeats the headers; it is skipped.",
    "two workbooks pasted together",
    "Remove the row.",
)
REPEATED_GUIDANCE = warning(
    "repeated_guidance",
    "The row only says how to fill in the columns; it is skipped.",
    "DD/MM/YYYY under the dates, in the middle of the sheet",
    "Remove the row.",
)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of data under recognised headers; no guidance or example rows, no blank rows.

    `positions` says where each column is (0 for A); `findings` are warnings about the sheet, and
    errors at rows with merged cells; `merged` are all ranges that are not blank. `links` are the
    addresses behind cells, by row and position. `words` are the sheet's own for its columns.
    `remarks` says where the columns of an annotated copy are (0 for A). `contact` is whom the
    workbook says to answer.
    """

    sheet: str
    header_row: int
    positions: Mapping[Column, int]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    merged: tuple[Range, ...] = ()
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    words: Words = Words()  # noqa: RUF009 - it cannot be changed
    remarks: Mapping[str, int] = field(default_factory=dict)
    contact: str = ""

    @property
    def is_copy(self) -> bool:
        """Whether it is an annotated copy."""
        return STATUS_HEADER in self.remarks


def find_table(book: Book, sheet: str | None = None) -> Table:
    """Recognise the sheet of events and its headers by what they hold.

    Args:
        book: as `reading.read_book` gives it.
        sheet: the title of the sheet to take, if a person has named it.

    Raises:
        WorkbookRefused: no sheet or more than one could be meant, or headers are missing or double.
    """
    chosen, about_sheet = choose_sheet(book, sheet)
    index = header_index(chosen.rows, enough=1)
    if index is None:
        message = f"Sheet '{chosen.title}' has no row of headers among its first {FIRST_ROWS} rows."
        finding = NO_EVENT_SHEET.saying(message, "Use the template's headers.")
        raise WorkbookRefused(finding.at(Place(chosen.title)))
    merged = ranges(chosen)
    header = displayed_headers(chosen.rows[index], chosen.rows[:index], merged)
    around = [one for one in merged if one.covers_row(header.number)]
    places = column_places(chosen.title, header, around)
    check_above(chosen.title, chosen.rows[:index], header, places)
    below = chosen.rows[index + 1 :]
    data = below[guidance_rows(below[:FIRST_ROWS], places) :]
    pasted = {one.row: one for one in _pasted(chosen.title, header, data, places)}
    rows = tuple(row for row in data if row.number not in pasted)
    examples = set(untouched(rows, places))
    rows = tuple(row for row in rows if row.number not in examples)
    merged = filled_ranges(merged, rows)
    links = linked_cells(chosen.links, rows, places)
    findings = (
        *_about_book(book),
        *about_sheet,
        *merged_headers(chosen.title, header, around),
        *extra_columns(chosen.title, header, rows),
        *pasted.values(),
        *_about_rows(chosen.title, rows, places),
        *merged_rows(chosen.title, rows, merged, places),
    )
    return Table(
        *(chosen.title, header.number, places, rows, findings, tuple(merged), links),
        remarks=remark_columns(header),
    )


def _about_book(book: Book) -> Iterator[Finding]:
    if book.has_macros:
        yield MACROS_IGNORED(name=book.name)
    if book.open_elsewhere:
        yield OPEN_ELSEWHERE(name=book.name)


def _about_rows(sheet: str, rows: Sequence[Row], places: Mapping[Column, int]) -> Iterator[Finding]:
    if not rows:
        yield NO_ROWS(sheet=sheet).at(Place(sheet))
    hidden = [row.number for row in rows if row.hidden]
    if hidden:
        count = _count(len(hidden), "hidden or filtered-out row")
        found = HIDDEN_ROWS(sheet=sheet, count=count, rows=row_list(hidden))
        yield found.at(Place(sheet, hidden[0]))
    marked = [row.number for row in rows if row.marked]
    if marked:
        yield FORMATTING_IGNORED(rows=row_list(marked)).at(Place(sheet, marked[0]))
    known = set(places.values())
    formulas = [row.number for row in rows for one in row.formulas if one in known]
    if formulas:
        hold = "holds a formula" if len(formulas) == 1 else "hold formulas"
        found = FORMULAS_USED(cells=_count(len(formulas), "cell"), sheet=sheet, hold=hold)
        yield found.at(Place(sheet, formulas[0]))


def _pasted(
    sheet: str, header: Row, rows: Sequence[Row], places: Mapping[Column, int]
) -> Iterator[Finding]:
    """Warnings at rows of headers and guidance that were pasted in among the data."""
    known = tuple(places.values())
    ours = remark_columns(header).values()
    for row in rows:
        if not is_text(row, known):
            continue
        if repeats_headers(row, ours=ours):
            check_order(sheet, header, row, places)
            yield REPEATED_HEADER().at(Place(sheet, row.number))
        elif is_guidance(row, places, least=2):
            yield REPEATED_GUIDANCE().at(Place(sheet, row.number))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
