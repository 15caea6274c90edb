"""Which sheet of a book is the one with events.

What belongs here: choosing it by its headers, or by the name that a person gave. What does not:
what is in it (`table`).
"""

from collections.abc import Sequence

from adm_sync.names.keys import normalise
from adm_sync.workbook.file.headers import ENOUGH, FIRST_ROWS, header_index, positions
from adm_sync.workbook.findings import Finding, Place, WorkbookRefused, refusal, warning
from adm_sync.workbook.sheet import Book, Row, Sheet
from adm_sync.workbook.wording import quoted

USUAL_TITLE = "Import"
OWN_HEADERS = (
    "If the workbook is to have headers of its own, ask your data administrator to say how they "
    "are read: adm-sync columns"
)

NO_EVENT_SHEET = refusal(
    "no_event_sheet",
    "No sheet of {name} has the headers of events in its first {rows} rows; its sheets: {sheets}."
    "{nearest}",
    "a workbook with a list of tutors only",
    f"Use the template's headers; at least {ENOUGH} of them must be there as they are.",
)
AMBIGUOUS_SHEET = refusal(
    "ambiguous_sheet",
    "The sheets {sheets} all look like sheets of events.",
    "the sheets April and September",
    f"Call one of them '{USUAL_TITLE}', or name the one to import.",
)
UNKNOWN_SHEET = refusal(
    "unknown_sheet",
    "There is no sheet '{title}'; there {are}: {sheets}.",
    "Imports instead of Import",
    "Name one of these.",
)
HIDDEN_SHEET = refusal(
    "hidden_sheet",
    "Only the hidden {sheets} {look} like a sheet of events.",
    "a hidden sheet Import",
    "Unhide it in Excel, or name it to import it nevertheless.",
)
HIDDEN_SHEET_USED = warning(
    "hidden_sheet_used",
    "Sheet '{title}' is hidden in Excel; it is read because it was named.",
    "a hidden sheet Import, named on the command line",
    "Make sure that it is the one that is meant.",
)
OTHER_EVENT_SHEET = warning(
    "other_event_sheet",
    "{sheets} {look} like a sheet of events too; only '{title}' is read.",
    "the sheets Import and September",
    "If its events are to be imported, name it in an import of its own.",
    suggests=True,
)


def choose_sheet(book: Book, title: str | None) -> tuple[Sheet, list[Finding]]:
    """The sheet of events, and what there is to say about the choice.

    Args:
        book: as `reading.read_book` gives it.
        title: of the sheet to take, if a person has named it.

    Raises:
        WorkbookRefused: no sheet or more than one could be meant.
    """
    if title is not None:
        return _named(book, title)
    candidates = [one for one in book.sheets if header_index(one.rows) is not None]
    visible = [one for one in candidates if not one.is_hidden]
    if len(visible) == 1:
        return visible[0], []
    usual = [one for one in visible if normalise(one.title) == normalise(USUAL_TITLE)]
    if usual:
        others = [one.title for one in visible if one is not usual[0]]
        known = {"sheets": f"S{_sheet_list(others)[1:]}", "look": _looks(others)}
        found = OTHER_EVENT_SHEET(title=usual[0].title, **known)
        return usual[0], [found.at(Place(usual[0].title))]
    if visible:
        sheets = quoted(*(one.title for one in visible))
        raise WorkbookRefused(AMBIGUOUS_SHEET(sheets=sheets))
    if candidates:
        titles = [one.title for one in candidates]
        raise WorkbookRefused(HIDDEN_SHEET(sheets=_sheet_list(titles), look=_looks(titles)))
    raise WorkbookRefused(_no_event_sheet(book))


def _named(book: Book, title: str) -> tuple[Sheet, list[Finding]]:
    wanted = normalise(title)
    named = [one for one in book.sheets if one.title == title]
    named = named or [one for one in book.sheets if normalise(one.title) == wanted]
    if len(named) != 1:
        are = "is" if len(book.sheets) == 1 else "are"
        raise WorkbookRefused(UNKNOWN_SHEET(title=title, are=are, sheets=_titles(book)))
    if not named[0].is_hidden:
        return named[0], []
    return named[0], [HIDDEN_SHEET_USED(title=named[0].title).at(Place(named[0].title))]


def _no_event_sheet(book: Book) -> Finding:
    if not book.sheets:
        return NO_EVENT_SHEET.saying(f"{book.name} has no worksheet.", "Use the template.")
    best = max(book.sheets, key=lambda one: _most_headers(one.rows))
    count = _most_headers(best.rows)
    nearest = f" Sheet '{best.title}' comes nearest, with {count} of its headers."
    return NO_EVENT_SHEET(
        f"{NO_EVENT_SHEET.remedy} {OWN_HEADERS} '{book.name}'.",
        name=book.name,
        rows=FIRST_ROWS,
        sheets=_titles(book),
        nearest=nearest if count > 1 else "",
    )


def _most_headers(rows: Sequence[Row]) -> int:
    return max((len(positions(row.cells)) for row in rows[:FIRST_ROWS]), default=0)


def _titles(book: Book) -> str:
    return quoted(*(f"{one.title}{' (hidden)' if one.is_hidden else ''}" for one in book.sheets))


def _sheet_list(titles: Sequence[str]) -> str:
    return f"sheet{'' if len(titles) == 1 else 's'} {quoted(*titles)}"


def _looks(titles: Sequence[str]) -> str:
    return "looks" if len(titles) == 1 else "look"
