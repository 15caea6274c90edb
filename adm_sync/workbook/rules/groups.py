"""Rows that stand together, and those that a workbook itself says are not to be imported.

What belongs here: an event row and the session rows under it, found by position; and how a row
says that it is laid aside. What does not: whether rows belong together by what they say
(`belonging`), and what becomes of groups (`checking`).
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from openpyxl.utils import get_column_letter

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.examples import EXAMPLE
from adm_sync.workbook.findings import Code, error, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.readers import Count, read_count, read_flag

# What only an event row has; a session row has at most one of them, filled down by hand.
EVENT_SIGNS = (
    Column.TITLE,
    Column.MODE,
    Column.SITTING,
    Column.LMS_START_DATE,
    Column.LMS_END_DATE,
)
# Without any of these a row with something in its first column is a note, such as HALF TERM.
_CONTENT = (*EVENT_SIGNS, Column.SESSION_TITLE)
_DATES = (Column.START_DATE, Column.END_DATE)
_WHEN = (Column.START_TIME, Column.END_TIME, Column.DAY)

_LONGEST_TITLE = Column.TITLE.entry.length or 0

Kind = Literal["event", "orphan", "note", "hidden"]


@dataclass(slots=True)
class Draft:
    """Rows that stand together: `head` first, and, under an event, its session rows."""

    kind: Kind
    head: Cells
    sessions: list[Cells] = field(default_factory=list)

    @property
    def all(self) -> Iterator[Cells]:
        """Every row, the first one first."""
        yield self.head
        yield from self.sessions


@dataclass(frozen=True, slots=True)
class Parent:
    """An event row that a session's title speaks of."""

    row: int
    title: str


class Titles:
    """The titles of all event rows, to find where a session belongs."""

    def __init__(self, rows: Iterable[Cells]) -> None:
        self._parents: defaultdict[str, list[Parent]] = defaultdict(list)
        for cells in rows:
            if cells.is_usable(Column.TITLE) and _may_be_event(cells):
                title = cells.text(Column.TITLE)
                # One that is too long is refused, and would only cost time here.
                if len(title) <= _LONGEST_TITLE:
                    self._parents[normalise(title)].append(Parent(cells.number, title))
        self._longest = max(map(len, self._parents), default=0)

    def named(self, title: str, row: int) -> Parent | None:
        """The event with a folded title; of several, the one nearest to `row`."""
        return _nearest(self._parents[title], row) if title in self._parents else None

    def parent_of(self, session: str, row: int) -> Parent | None:
        """The event with the longest title that a folded session title goes on from.

        Of several with that title, the one nearest to `row`, above if equally near.
        """
        # Between title and hyphen there is one blank at most.
        at = session.rfind("-", 0, self._longest + 2)
        while at > 0:
            title = session[:at].rstrip()
            if title in self._parents and continues(session, title):
                return self.named(title, row)
            at = session.rfind("-", 0, at)
        return None


def _nearest(parents: Sequence[Parent], row: int) -> Parent:
    after = bisect_left(parents, row, key=lambda parent: parent.row)
    around = parents[max(0, after - 1) : after + 1]
    return min(around, key=lambda parent: abs(parent.row - row))


def continues(session: str, title: str) -> bool:
    """Whether a folded session title is an event's, a hyphen and more."""
    if not title or not session.startswith(title):
        return False
    rest = session[len(title) :].lstrip()
    return rest.startswith("-") and bool(rest[1:].strip())


def assemble(rows: Sequence[Cells], titles: Titles, *, skips_hidden: bool = False) -> list[Draft]:
    """Put rows together by position.

    Args:
        rows: rows that are not blank, in the order of the sheet.
        titles: those of all events of the sheet.
        skips_hidden: leave out a hidden session; a hidden event keeps its sessions with it.
    """
    drafts: list[Draft] = []
    event: Draft | None = None
    for cells, below in zip(rows, (*rows[1:], None), strict=False):
        if event is not None and _is_session_with_code(cells, event):
            event.sessions.append(cells)
        elif _is_event(cells, event) and not _interrupts(cells, event, below):
            event = Draft("event", cells)
            drafts.append(event)
        elif not _is_session(cells, event, titles):
            drafts.append(Draft("note", cells))
        elif event is None:
            drafts.append(Draft("orphan", cells))
        elif skips_hidden and cells.row.hidden and not event.head.row.hidden:
            drafts.append(Draft("hidden", cells))
        else:
            event.sessions.append(cells)
    return drafts


def _is_session_with_code(cells: Cells, above: Draft) -> bool:
    """Whether a row is the next session of the event above but for its code, as one filled down."""
    title = above.head.key(Column.TITLE)
    return (
        not cells.is_blank(Column.CODE)
        and _day(cells) == len(above.sessions) + 2
        and continues(cells.key(Column.SESSION_TITLE), title)
        and (cells.is_blank(Column.TITLE) or cells.key(Column.TITLE) == title)
    )


def check_session_code(cells: Cells) -> None:
    """Find a session that has a code, which is what makes a row an event."""
    if not cells.is_blank(Column.CODE):
        letters = get_column_letter(cells.headers.positions[Column.CODE] + 1)
        cells.tell(Column.CODE, SESSION_WITH_CODE(f"Clear {letters}{cells.number}."))


def _is_event(cells: Cells, above: Draft | None) -> bool:
    """Whether a row has a code, or everything of an event but its code."""
    if not cells.is_blank(Column.CODE):
        content = {cells.key(column) for column in _CONTENT if not cells.is_blank(column)}
        # A figure beside a word is a total, not a title.
        texts = content - {cells.key(Column.CODE)}
        is_dated = any(not cells.is_blank(column) for column in _DATES)
        return bool(texts) and (is_dated or len(content) > 1 or not all(map(_is_figure, texts)))
    if not _is_like(cells):
        return False
    is_first = _day(cells) == 1
    title = above.head.key(Column.TITLE) if above else ""
    return is_first or not continues(cells.key(Column.SESSION_TITLE), title)


def _interrupts(cells: Cells, above: Draft | None, below: Cells | None) -> bool:
    """Whether a row with little of an event stands between two sessions of the event above."""
    signs = sum(not cells.is_blank(column) for column in (*EVENT_SIGNS[1:], Column.DAY))
    if above is None or below is None or signs > 1 or not below.is_blank(Column.CODE):
        return False
    title = above.head.key(Column.TITLE)
    is_between = continues(below.key(Column.SESSION_TITLE), title)
    return is_between and cells.key(Column.TITLE) != title


def _is_figure(text: str) -> bool:
    """Whether there is no letter in a text."""
    return not any(letter.isalpha() for letter in text)


def _may_be_event(cells: Cells) -> bool:
    return not cells.is_blank(Column.CODE) or _is_like(cells)


def _is_like(cells: Cells) -> bool:
    """Whether a row without a code looks like an event: two signs, and no later Day."""
    signs = sum(not cells.is_blank(column) for column in EVENT_SIGNS)
    return signs > 1 and (_day(cells) or 1) <= 1


def _is_session(cells: Cells, above: Draft | None, titles: Titles) -> bool:
    """Whether a row has a date and a time or Day, a title that goes on from an event's, or the Day
    that is next."""
    if not cells.is_blank(Column.CODE):
        return False
    if any(not cells.is_blank(one) for one in _DATES) and any(
        not cells.is_blank(one) for one in _WHEN
    ):
        return True
    if cells.is_blank(Column.SESSION_TITLE):
        return False
    if titles.parent_of(cells.key(Column.SESSION_TITLE), cells.number):
        return True
    return above is not None and _day(cells) == len(above.sessions) + 2


def _day(cells: Cells) -> int | None:
    if not cells.is_usable(Column.DAY):
        return None
    count = read_count(cells.raw(Column.DAY))
    return count.value if isinstance(count, Count) else None


# ---------------------------------------------------------------------- what is not to be imported

# For text whose white space is single blanks: patterns that begin with a run of it take long.
_CANCELLED = re.compile(r" ?- ?CANC$| cancelled$", re.IGNORECASE)
_OLD = re.compile(r"-old$", re.IGNORECASE)
_LAID_ASIDE = re.compile(r"(?<![^\W_])(IGNORE|TEST)(?![^\W_])")
_PERHAPS = re.compile(r"(?<![^\W_])(?:ignore|test)(?![^\W_])", re.IGNORECASE)

_SKIPS = "The event '{title}' is skipped{with_sessions}: {reason}."
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
SESSION_WITH_CODE = error(
    "session_with_code",
    "stands on the row of a session, and a session must have no code.",
    "CB1_LO_6 that was filled down over the rows of the sessions",
    "Clear the cell.",
    note="Only the row of the event has the code. Nothing of the event is imported until then.",
    suggests=True,
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
        return Column.TITLE, SKIPPED_BY_TITLE, f"its title begins with {EXAMPLE}"
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
