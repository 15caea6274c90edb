"""The table of events in a book: which sheet, where its headers are, and its rows of data.

What belongs here: choosing the sheet, recognising headers, and what is wrong with either. What
does not: what a cell of data means (`checking`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from openpyxl.utils import get_column_letter

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import REQUIRED_HEADERS, STATUS_HEADER, Column
from adm_sync.workbook.file.headers import (
    ENOUGH,
    FIRST_ROWS,
    guidance_rows,
    header_index,
    header_key,
    is_guidance,
    positions,
)
from adm_sync.workbook.file.merged import (
    Range,
    displayed_headers,
    linked_cells,
    merged_rows,
    ranges,
)
from adm_sync.workbook.findings import Finding, Place, WorkbookRefused, shown
from adm_sync.workbook.mapping.words import Words
from adm_sync.workbook.sheet import Book, NoValue, Raw, Row, Sheet
from adm_sync.workbook.wording import joined, quoted, row_list

USUAL_TITLE = "Import"
# No header, and the column of an annotated copy, which is our own.
_NOT_TOLD = {"", header_key(STATUS_HEADER)}
_OWN_HEADERS = (
    "If the workbook is to have headers of its own, ask your data administrator to say how they "
    "are read: adm-sync columns"
)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of data under recognised headers; no guidance rows, no blank rows.

    `positions` says where each column is (0 for A); `findings` are warnings about the sheet, and
    errors at rows with merged cells; `merged` are all ranges of those. `links` are the addresses
    behind cells, by row and position. `words` are the sheet's own for its columns.
    """

    sheet: str
    header_row: int
    positions: Mapping[Column, int]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    merged: tuple[Range, ...] = ()
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    words: Words = Words()  # noqa: RUF009 - it cannot be changed


def find_table(book: Book, sheet: str | None = None) -> Table:
    """Recognise the sheet of events and its headers by what they hold.

    Args:
        book: as `reading.read_book` gives it.
        sheet: the title of the sheet to take, if a person has named it.

    Raises:
        WorkbookRefused: no sheet or more than one could be meant, or headers are missing or double.
    """
    chosen, about_sheet = _chosen(book, sheet)
    index = header_index(chosen.rows, enough=1)
    if index is None:
        _refuse_sheet(
            "no_event_sheet",
            f"Sheet '{chosen.title}' has no row of headers among its first {FIRST_ROWS} rows.",
            chosen.title,
            "Use the template's headers.",
        )
    merged = ranges(chosen)
    header = displayed_headers(chosen.rows[index], chosen.rows[:index], merged)
    around = [one for one in merged if one.covers_row(header.number)]
    places = _positions(chosen.title, header, around)
    below = chosen.rows[index + 1 :]
    data = below[guidance_rows(below[:FIRST_ROWS], places) :]
    pasted = {one.row: one for one in _pasted(chosen.title, data, places)}
    rows = tuple(row for row in data if row.number not in pasted)
    links = linked_cells(chosen.links, rows, places)
    findings = (
        *_about_book(book),
        *about_sheet,
        *_merged_headers(chosen.title, header, around),
        *_extra_columns(chosen.title, header, rows),
        *pasted.values(),
        *_about_rows(chosen.title, rows, places),
        *merged_rows(chosen.title, rows, merged, places),
    )
    return Table(chosen.title, header.number, places, rows, findings, tuple(merged), links)


def _chosen(book: Book, title: str | None) -> tuple[Sheet, list[Finding]]:
    candidates = [one for one in book.sheets if header_index(one.rows) is not None]
    if title is not None:
        return _named(book, title)
    visible = [one for one in candidates if not one.is_hidden]
    if len(visible) == 1:
        return visible[0], []
    usual = [one for one in visible if normalise(one.title) == normalise(USUAL_TITLE)]
    if usual:
        others = [one.title for one in visible if one is not usual[0]]
        return usual[0], [_other_sheets(usual[0].title, others)]
    if visible:
        _refuse_book(
            "ambiguous_sheet",
            f"The sheets {quoted([one.title for one in visible])} all look like sheets of events.",
            f"Call one of them '{USUAL_TITLE}', or name the one to import.",
        )
    if candidates:
        titles = [one.title for one in candidates]
        _refuse_book(
            "hidden_sheet",
            f"Only the hidden {_sheet_list(titles)} {_looks(titles)} like a sheet of events.",
            "Unhide it in Excel, or name it to import it nevertheless.",
        )
    raise _no_event_sheet(book)


def _named(book: Book, title: str) -> tuple[Sheet, list[Finding]]:
    wanted = normalise(title)
    named = [one for one in book.sheets if one.title == title]
    named = named or [one for one in book.sheets if normalise(one.title) == wanted]
    if len(named) != 1:
        _refuse_book(
            "unknown_sheet",
            f"There is no sheet '{title}'; there {_is_are(book)}: {_titles(book)}.",
            "Name one of these.",
        )
    if not named[0].is_hidden:
        return named[0], []
    place = Place(named[0].title)
    message = f"Sheet '{named[0].title}' is hidden in Excel; it is read because it was named."
    return named[0], [place.warning("hidden_sheet_used", message)]


def _other_sheets(title: str, others: Sequence[str]) -> Finding:
    return Place(title).warning(
        "other_event_sheet",
        f"S{_sheet_list(others)[1:]} {_looks(others)} like a sheet of events too; only "
        f"'{title}' is read.",
        "If its events are to be imported, name it in an import of its own.",
    )


def _no_event_sheet(book: Book) -> WorkbookRefused:
    if not book.sheets:
        finding = Place().error(
            "no_event_sheet", f"{book.name} has no worksheet.", "Use the template."
        )
        return WorkbookRefused(finding)
    best = max(book.sheets, key=lambda one: _most_headers(one.rows))
    count = _most_headers(best.rows)
    nearest = (
        f" Sheet '{best.title}' comes nearest, with {count} of its headers." if count > 1 else ""
    )
    finding = Place().error(
        "no_event_sheet",
        f"No sheet of {book.name} has the headers of events in its first {FIRST_ROWS} rows; its "
        f"sheets: {_titles(book)}.{nearest}",
        f"Use the template's headers; at least {ENOUGH} of them must be there as they are. "
        f"{_OWN_HEADERS} '{book.name}'.",
    )
    return WorkbookRefused(finding)


def _most_headers(rows: Sequence[Row]) -> int:
    return max((len(positions(row.cells)) for row in rows[:FIRST_ROWS]), default=0)


def _positions(sheet: str, header: Row, around: Sequence[Range]) -> dict[Column, int]:
    found = positions(header.cells)
    double = {column: where for column, where in found.items() if len(where) > 1}
    if double:
        column, where = next(iter(double.items()))
        sentences = [
            f"'{one.value}' stands in columns {joined([get_column_letter(p + 1) for p in at])}"
            for one, at in double.items()
        ]
        place = Place(sheet, header.number, where[1], column.value, header.cell(where[1]))
        raise WorkbookRefused(
            place.error(
                "double_header",
                f"A header is there twice in row {header.number}: {'; '.join(sentences)}.",
                "Rename or delete the column that is not meant.",
            )
        )
    missing = [column for column in REQUIRED_HEADERS if column not in found]
    if missing:
        _refuse_missing(sheet, header, missing, around)
    return {column: where[0] for column, where in found.items()}


def _refuse_missing(
    sheet: str, header: Row, missing: Sequence[Column], around: Sequence[Range]
) -> NoReturn:
    wide = [one.text for one in around if one.last_position > one.first_position]
    names = quoted([column.value for column in missing])
    if wide:
        message = (
            f"The headers {names} are missing from row {header.number}, and its cells "
            f"{joined(wide)} are merged, which hides all headers but the first."
        )
        code, suggestion = "merged_headers", "Unmerge these cells and fill in every header."
    else:
        headers = "header is" if len(missing) == 1 else f"{len(missing)} headers are"
        message = f"The required {headers} missing from row {header.number}: {names}."
        code, suggestion = "missing_headers", _near_misses(header, missing)
    raise WorkbookRefused(Place(sheet, header.number).error(code, message, suggestion))


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
    return f"{said} {_OWN_HEADERS} FILE." if readable else said


def _unknown(header: Row) -> list[tuple[int, str]]:
    known = {position for where in positions(header.cells).values() for position in where}
    return [
        (position, _displayed(cell))
        for position, cell in enumerate(header.cells)
        if position not in known and header_key(cell) not in _NOT_TOLD
    ]


def _merged_headers(sheet: str, header: Row, around: Sequence[Range]) -> Iterator[Finding]:
    for one in around:
        place = Place(sheet, header.number, one.first_position, raw=header.cell(one.first_position))
        yield place.warning(
            "merged_header",
            f"The header cells {one.text} are merged; all required headers were found "
            "nevertheless.",
            "Unmerge them, so that each column shows its own header.",
        )


def _extra_columns(sheet: str, header: Row, rows: Sequence[Row]) -> Iterator[Finding]:
    for position, text in _unknown(header):
        yield Place(sheet, header.number, position, text, header.cell(position)).warning(
            "unknown_column",
            f"Column {get_column_letter(position + 1)}, '{text}', is not a column of the workbook; "
            "it is not read.",
        )
    named = {position for position, cell in enumerate(header.cells) if header_key(cell)}
    for position, row in _first_values(rows, named).items():
        letters = get_column_letter(position + 1)
        yield Place(sheet, row.number, position, "", row.cell(position)).warning(
            "empty_header",
            f"Column {letters} has no header, but holds something, first in row {row.number}; it "
            "is not read.",
            "Give the column a header, or move what it holds to the right column.",
        )


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


def _about_book(book: Book) -> Iterator[Finding]:
    if book.has_macros:
        yield Place().warning("macros_ignored", f"{book.name} holds macros; they are not run.")
    if book.open_elsewhere:
        yield Place().warning(
            "open_elsewhere",
            f"{book.name} seems to be open in Excel: what is not saved there is not imported.",
            "Save and close it, and import it again if it had changes.",
        )


def _about_rows(sheet: str, rows: Sequence[Row], places: Mapping[Column, int]) -> Iterator[Finding]:
    if not rows:
        yield Place(sheet).warning(
            "no_rows", f"Sheet '{sheet}' has headers, but no rows of data below them."
        )
    hidden = [row.number for row in rows if row.hidden]
    if hidden:
        yield Place(sheet, hidden[0]).warning(
            "hidden_rows",
            f"Sheet '{sheet}' has {_count(len(hidden), 'hidden or filtered-out row')}: "
            f"{row_list(hidden)}.",
            "Make sure that they are meant to be imported.",
        )
    marked = [row.number for row in rows if row.marked]
    if marked:
        yield Place(sheet, marked[0]).warning(
            "formatting_ignored",
            f"Text is struck through or red in {row_list(marked)}; formatting means nothing here.",
            "To cancel an event, put Y in the column Cancelled.",
        )
    known = set(places.values())
    formulas = [row.number for row in rows for one in row.formulas if one in known]
    if formulas:
        yield Place(sheet, formulas[0]).warning(
            "formulas_used",
            f"{_count(len(formulas), 'cell')} of sheet '{sheet}' "
            f"{'holds a formula' if len(formulas) == 1 else 'hold formulas'}; the values that "
            "Excel saved are taken.",
            "Open and save the workbook in Excel if they might be out of date.",
        )


def _pasted(sheet: str, rows: Sequence[Row], places: Mapping[Column, int]) -> Iterator[Finding]:
    """Warnings at rows of headers and guidance that were pasted in among the data."""
    known = tuple(places.values())
    for row in rows:
        # Rows of data have a number or a date, which is quickly seen; those rows are text alone.
        if not all(isinstance(row.cell(position), str | None) for position in known):
            continue
        place = Place(sheet, row.number)
        if _repeats_headers(row):
            yield place.warning("repeated_header", "The row repeats the headers; it is skipped.")
        elif is_guidance(row, places, least=2):
            yield place.warning(
                "repeated_guidance", "The row only says how to fill in the columns; it is skipped."
            )


def _repeats_headers(row: Row) -> bool:
    found = len(positions(row.cells))
    # Of a part of the headers, such as those of the first columns, nothing else is in the row.
    return found >= ENOUGH or (found > 2 and found == sum(map(bool, map(header_key, row.cells))))


def _displayed(cell: Raw) -> str:
    return " ".join(shown(cell).split())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _titles(book: Book) -> str:
    return quoted([f"{one.title}{' (hidden)' if one.is_hidden else ''}" for one in book.sheets])


def _sheet_list(titles: Sequence[str]) -> str:
    return f"sheet{'' if len(titles) == 1 else 's'} {quoted(titles)}"


def _looks(titles: Sequence[str]) -> str:
    return "looks" if len(titles) == 1 else "look"


def _is_are(book: Book) -> str:
    return "is" if len(book.sheets) == 1 else "are"


def _refuse_book(code: str, message: str, suggestion: str) -> NoReturn:
    raise WorkbookRefused(Place().error(code, message, suggestion))


def _refuse_sheet(code: str, message: str, sheet: str, suggestion: str) -> NoReturn:
    raise WorkbookRefused(Place(sheet).error(code, message, suggestion))
