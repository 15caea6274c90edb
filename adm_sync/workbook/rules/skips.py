"""Rows that a workbook itself says are not to be imported.

What belongs here: how it says so, and what is said about them. What does not: what becomes of
their groups (`checking`).
"""

import re

from adm_sync.workbook.columns import Column
from adm_sync.workbook.examples import EXAMPLE
from adm_sync.workbook.findings import Code, error, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.readers import read_flag

# For text whose white space is single blanks: patterns that begin with a run of it take long.
_CANCELLED = re.compile(r" ?- ?CANC$| cancelled$", re.IGNORECASE)
_OLD = re.compile(r"-old$", re.IGNORECASE)
_LAID_ASIDE = re.compile(r"(?<![^\W_])(IGNORE|TEST)(?![^\W_])")
_PERHAPS = re.compile(r"(?<![^\W_])(?:ignore|test)(?![^\W_])", re.IGNORECASE)

_SKIPS = "skips the event '{title}'{with_sessions}: {reason}."
SKIPPED_CANCELLED = warning(
    "skipped_cancelled",
    _SKIPS,
    "CB1-LO-6-26A - CANC",
    "Nothing, if that is meant. An event that Administrate has already is cancelled there.",
    note="It is marked in the column Cancelled or at the end of its title (' - CANC', "
    "' cancelled').",
)
SKIPPED_BY_TITLE = warning(
    "skipped_by_title",
    _SKIPS,
    "TEST CB1-LO-6-26A",
    "Change the title, if the event is to be imported.",
    note="The title has the word IGNORE or TEST in capitals, ends in -old, or begins with EXAMPLE "
    "as those of the template do.",
)
SKIPPED_HIDDEN = warning(
    "skipped_hidden",
    "The row of '{title}' is hidden; it is skipped{with_sessions}.",
    "a row that a filter hides",
    "Show the row, or import hidden rows as well.",
    note="So it was asked for. A hidden event takes its sessions with it.",
)
SESSION_CANCELLED = error(
    "session_cancelled",
    "cancels one session of an event that goes on; its Day would be missing.",
    "Y in Cancelled on the row of Day 2",
    "Remove the row and number the Days anew; or empty the cell, import, and cancel the session in "
    "Administrate.",
    note="Nothing of the event is imported until it is settled.",
)
SEEMS_LAID_ASIDE = warning(
    "seems_laid_aside",
    "has the word 'test' or 'ignore', but not in capitals; it is imported.",
    "CB1 mock test",
    "Nothing; or write the word in capitals to have the event skipped.",
)


def check_session_cancelled(cells: Cells) -> None:
    """Find a session that is cancelled by its column, or by the end of its title."""
    has_flag = _has_flag(cells)
    if has_flag or _CANCELLED.search(_single_spaced(cells.text(Column.SESSION_TITLE))):
        column = Column.CANCELLED if not cells.is_blank(Column.CANCELLED) else Column.SESSION_TITLE
        suggestion = "Remove the row and number the Days anew, or cancel it in Administrate."
        cells.tell(column, SESSION_CANCELLED(suggestion))


def skip_reason(cells: Cells) -> tuple[Column, Code, str] | None:
    """Why an event row is to be skipped: the column that says so, the code, and the reason."""
    title = _single_spaced(cells.text(Column.TITLE))
    if _has_flag(cells):
        return Column.CANCELLED, SKIPPED_CANCELLED, "it is marked as cancelled"
    if _CANCELLED.search(title):
        return Column.TITLE, SKIPPED_CANCELLED, "its title says that it is cancelled"
    if title.startswith(EXAMPLE) and title[len(EXAMPLE) :][:1] in ("", " "):
        return Column.TITLE, SKIPPED_BY_TITLE, "it is an example of the template"
    if _OLD.search(title):
        return Column.TITLE, SKIPPED_BY_TITLE, "its title ends in '-old'"
    if word := _LAID_ASIDE.search(title):
        return Column.TITLE, SKIPPED_BY_TITLE, f"its title has the word {word.group()}"
    return None


def check_laid_aside(cells: Cells) -> None:
    """Find a title that has such a word, but not in capitals."""
    title = cells.text(Column.TITLE) if cells.is_usable(Column.TITLE) else ""
    if _PERHAPS.search(title) and not _LAID_ASIDE.search(title):
        cells.tell(Column.TITLE, SEEMS_LAID_ASIDE())


def without_mark(title: str) -> str:
    """A title without what marks it as cancelled or old; its white space is single blanks."""
    return _OLD.sub("", _CANCELLED.sub("", _single_spaced(title)))


def _has_flag(cells: Cells) -> bool:
    return cells.is_usable(Column.CANCELLED) and read_flag(cells.text(Column.CANCELLED)) is True


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
