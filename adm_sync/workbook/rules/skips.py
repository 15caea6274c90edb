"""Events that a workbook itself says are not to be imported.

What belongs here: how it says so. What does not: what is reported about them.
"""

import re

from adm_sync.workbook.columns import Column
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.choices import read_flag

# For text whose white space is single blanks: patterns that begin with a run of it take long.
_CANCELLED = re.compile(r" ?- ?CANC$| cancelled$", re.IGNORECASE)
_OLD = re.compile(r"-old$", re.IGNORECASE)
_LAID_ASIDE = re.compile(r"(?<![^\W_])(IGNORE|TEST)(?![^\W_])")
_PERHAPS = re.compile(r"(?<![^\W_])(?:ignore|test)(?![^\W_])", re.IGNORECASE)


def is_cancelled(cells: Cells, title: Column) -> bool:
    """Whether a row is cancelled by its column, or by the end of its title."""
    return _has_flag(cells) or bool(_CANCELLED.search(_single_spaced(cells.text(title))))


def skip_reason(cells: Cells) -> tuple[Column, str, str] | None:
    """Why an event row is to be skipped: the column that says so, the code, and the reason."""
    title = _single_spaced(cells.text(Column.TITLE))
    if _has_flag(cells):
        return Column.CANCELLED, "skipped_cancelled", "it is marked as cancelled"
    if _CANCELLED.search(title):
        return Column.TITLE, "skipped_cancelled", "its title says that it is cancelled"
    if _OLD.search(title):
        return Column.TITLE, "skipped_by_title", "its title ends in '-old'"
    if word := _LAID_ASIDE.search(title):
        return Column.TITLE, "skipped_by_title", f"its title has the word {word.group()}"
    return None


def seems_laid_aside(title: str) -> bool:
    """Whether a title has such a word, but not in capitals."""
    return bool(_PERHAPS.search(title)) and not _LAID_ASIDE.search(title)


def without_mark(title: str) -> str:
    """A title without what marks it as cancelled or old; its white space is single blanks."""
    return _OLD.sub("", _CANCELLED.sub("", _single_spaced(title)))


def _has_flag(cells: Cells) -> bool:
    return cells.is_usable(Column.CANCELLED) and read_flag(cells.text(Column.CANCELLED)) is True


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
