"""The cells of one row, by column, and the findings that are made at them.

What belongs here: getting at a cell, its text, whether it is blank, and saying that something is
wrong there. What does not: what is wrong with any cell (`screening`), what a value must look like
(`readers`, `moments`), and what follows from it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import Form
from adm_sync.workbook.findings import Finding, Place, error, shown
from adm_sync.workbook.mapping.words import Words
from adm_sync.workbook.sheet import Raw, Row

# Controls that are no white space: Excel shows nothing, or a box, in their place, or what follows
# the other way round.
CONTROLS = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_EDGES = "".join(
    [
        *"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\u00a0\u00ad\u1680\u180e",
        *map(chr, range(0x2000, 0x2010)),
        *map(chr, range(0x2028, 0x2030)),
        *"\u205f\u2060\u3000\ufeff",
    ]
)

# Texts that may have lines, and people on a line each; of all others white space is single blanks.
_WITH_LINES = frozenset(one for one in NAMED if one.entry.form in (Form.LINES, Form.PEOPLE))
# A value stands in many rows, and several rules look at it.
_REMEMBERED = 8_192

Value = TypeVar("Value")
# Gives what a cell means, or the finding that says why that cannot be told.
Reader = Callable[[Raw], Value | Finding]

REQUIRED = error(
    "required",
    "must not be blank.",
    "no Classroom end time beside a Classroom end date",
    "Fill in the cell.",
    note="Which cells on which rows, docs/workbook.md says. Of the two LMS dates, none or both are "
    "there.",
)


@dataclass(frozen=True, slots=True)
class Headers:
    """Where the columns of a sheet are, and the addresses behind its cells, by row and position.

    `columns` are the columns by position, `words` the sheet's own for them. `filled` has the
    columns by which positions are blank: most rows share them with others.
    """

    sheet: str
    positions: Mapping[Column, int]
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    words: Words = Words()  # noqa: RUF009 - it cannot be changed
    columns: Mapping[int, Column] = field(init=False)
    filled: dict[tuple[bool, ...], frozenset[Column]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Turn the positions round, once for all rows."""
        columns = {position: column for column, position in self.positions.items()}
        object.__setattr__(self, "columns", columns)


class Cells:
    """One row of data under its headers.

    A cell is usable if it holds something and nothing yet makes it worthless; only then may a rule
    look at it, so that one mistake gives one finding.
    """

    __slots__ = ("_filled", "findings", "headers", "number", "row", "unusable")

    def __init__(self, headers: Headers, row: Row) -> None:
        self.headers = headers
        self.row = row
        self.number = row.number
        self.findings: list[Finding] = []
        self.unusable: frozenset[Column] = frozenset()
        blank = tuple(map(_is_blank, row.cells))
        if blank not in headers.filled:
            at = {position for position, one in enumerate(blank) if not one}
            headers.filled[blank] = frozenset(
                headers.columns[one] for one in at & headers.columns.keys()
            )
        self._filled = headers.filled[blank]

    def raw(self, column: Column) -> Raw:
        """The value as it stands; None if the sheet has no such column."""
        position = self.headers.positions.get(column)
        cells = self.row.cells
        return None if position is None or position >= len(cells) else cells[position]

    def is_blank(self, column: Column) -> bool:
        """Whether nothing visible is there. A formula without its value is not blank."""
        return column not in self._filled

    @property
    def is_empty(self) -> bool:
        """Whether no known column holds anything."""
        return self._filled <= {Column.UNNAMED}

    def is_missing(self, column: Column) -> bool:
        """Whether a cell is blank, and not because something else is wrong with it."""
        return column not in self._filled and column not in self.unusable

    def is_usable(self, column: Column) -> bool:
        """Whether it holds something that a rule may look at."""
        return column in self._filled and column not in self.unusable

    def text(self, column: Column) -> str:
        """The text to store: trimmed, without control characters; numbers as Excel shows them.

        White space within it is single blanks, but for a text that may have lines.
        """
        raw = self.raw(column)
        if raw is None or column in self.unusable:
            return ""
        if not isinstance(raw, str):
            return self.display(column) or shown(raw)
        return clean(raw) if column in _WITH_LINES else _one_line(raw)

    def display(self, column: Column) -> str | None:
        """What its format shows of a number otherwise; '' if unclear, None if it is the number."""
        if not self.row.displays:
            return None
        position = self.headers.positions.get(column)
        return next((text for at, text in self.row.displays if at == position), None)

    def link(self, column: Column) -> str | None:
        """The address behind a cell."""
        position = self.headers.positions.get(column)
        return None if position is None else self.headers.links.get((self.number, position))

    def key(self, column: Column) -> str:
        """The text folded for comparison."""
        return _key(self.text(column))

    # ------------------------------------------------------------------ reading

    def read(self, column: Column, reader: Reader[Value]) -> Value | None:
        """The value of a usable cell; None if it has none or cannot be read (an error here)."""
        return self._read(column, reader, self.raw(column)) if self.is_usable(column) else None

    def read_word(self, column: Column, reader: Reader[Value]) -> Value | None:
        """The same, of a cell of words: a number is what its format shows."""
        if not self.is_usable(column):
            return None
        return self._read(column, reader, self.display(column) or self.raw(column))

    def _read(self, column: Column, reader: Reader[Value], raw: Raw) -> Value | None:
        value: Value | Finding = _meaning(reader, raw)
        return self.take(column, value)

    def take(self, column: Column, value: Value | Finding) -> Value | None:
        """A value; None for the finding that says why there is none, which is noted here."""
        if isinstance(value, Finding):
            self.refuse(column, value)
            return None
        return value

    def require(self, columns: Iterable[Column]) -> None:
        """An error at every one of the columns that is blank."""
        for column in columns:
            if self.is_missing(column):
                self.tell(column, REQUIRED())

    # ------------------------------------------------------------------ findings

    def tell(self, column: Column, finding: Finding) -> None:
        """Note a finding at a cell; what is no sentence goes on where the column's name ends."""
        subject = "" if finding.message[0].isupper() else f"{self.called(column)} "
        position = self.headers.positions.get(column)
        place = Place(self.headers.sheet, self.number, position, column.value, self.raw(column))
        self.findings.append(finding.at(place, subject))

    def called(self, *columns: Column) -> str:
        """What the sheet calls these columns, for a sentence."""
        return ", ".join(map(self.headers.words.header, columns))

    def refuse(self, column: Column, finding: Finding) -> None:
        """Note a finding at a cell that no other rule looks at from now on."""
        self.tell(column, finding)
        self.unusable |= {column}

    def tell_of_row(self, finding: Finding) -> None:
        """Note a finding that concerns the whole row."""
        self.findings.append(finding.at(Place(self.headers.sheet, self.number)))

    def has_error_at(self, columns: Iterable[Column]) -> bool:
        """Whether an error was found at one of the columns."""
        return any(one.is_error and one.header in set(columns) for one in self.findings)


def is_blank(raw: Raw) -> bool:
    """Whether a value shows as nothing."""
    if raw is None:
        return True
    if not isinstance(raw, str):
        return False
    if raw.isascii():
        return not raw.strip() or not (raw.isprintable() or clean(raw))
    return not normalise(CONTROLS.sub("", raw))


def clean(text: str) -> str:
    """Text without control characters and without white space or invisible characters around it."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return CONTROLS.sub("", text).strip(_EDGES)


@lru_cache(_REMEMBERED)
def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


@lru_cache(_REMEMBERED, typed=True)
def _meaning(reader: Reader[Any], raw: Raw) -> Any:
    return reader(raw)


_is_blank = lru_cache(_REMEMBERED)(is_blank)
_key = lru_cache(_REMEMBERED)(normalise)
