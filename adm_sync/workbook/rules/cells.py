"""The cells of one row, by column, and the findings that are made at them.

What belongs here: getting at a cell, its text, whether it is blank, and saying that something is
wrong there. What does not: what a value must look like (`moments`, `counts`, `choices`, `urls`),
and what follows from it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.entries import Form
from adm_sync.workbook.findings import Finding, Place, shown
from adm_sync.workbook.sheet import ErrorValue, NoValue, Raw, Row

# Cells arrive cut one character above this.
LONGEST_CELL = 10_000

# Controls that are no white space: Excel shows nothing, or a box, in their place.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_EDGES = "".join(
    [
        *"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\u00a0\u00ad\u1680\u180e",
        *map(chr, range(0x2000, 0x2010)),
        *map(chr, range(0x2028, 0x2030)),
        *"\u205f\u2060\u3000\ufeff",
    ]
)
# What UTF-8 looks like when it was read as Windows-1252: a lead byte, then continuation bytes.
_CONTINUATION = "".join(
    sorted(
        set(bytes(range(0x80, 0xC0)).decode("cp1252", "ignore")) | set(map(chr, range(0x80, 0xC0)))
    )
)
_DAMAGED = re.compile(
    f"[\u00c2\u00c3][{_CONTINUATION}]|[\u00e2\u00ef][{_CONTINUATION}]{{2}}|\ufffd"
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a value cannot be read: the code of the finding, a sentence, and what to put instead."""

    code: str
    message: str
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Headers:
    """Where the columns of a sheet are, and the addresses behind its cells, by row and position.

    `columns` are the columns by position.
    """

    sheet: str
    positions: Mapping[Column, int]
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    columns: Mapping[int, Column] = field(init=False)

    def __post_init__(self) -> None:
        """Turn the positions round, once for all rows."""
        columns = {position: column for column, position in self.positions.items()}
        object.__setattr__(self, "columns", columns)


class Cells:
    """One row of data under its headers.

    A cell is usable if it holds something and nothing yet makes it worthless; only then may a rule
    look at it, so that one mistake gives one finding.
    """

    __slots__ = ("findings", "headers", "number", "row", "unusable")

    def __init__(self, headers: Headers, row: Row) -> None:
        self.headers = headers
        self.row = row
        self.number = row.number
        self.findings: list[Finding] = []
        self.unusable: set[Column] = set()

    def raw(self, column: Column) -> Raw:
        """The value as it stands; None if the sheet has no such column."""
        position = self.headers.positions.get(column)
        cells = self.row.cells
        return None if position is None or position >= len(cells) else cells[position]

    def is_blank(self, column: Column) -> bool:
        """Whether nothing visible is there. A formula without its value is not blank."""
        return is_blank(self.raw(column))

    @property
    def is_empty(self) -> bool:
        """Whether no known column holds anything."""
        cells = self.row.cells
        return all(
            position >= len(cells) or is_blank(cells[position])
            for column, position in self.headers.positions.items()
            if column is not Column.UNNAMED
        )

    def is_missing(self, column: Column) -> bool:
        """Whether a cell is blank, and not because something else is wrong with it."""
        return column not in self.unusable and is_blank(self.raw(column))

    def is_usable(self, column: Column) -> bool:
        """Whether it holds something that a rule may look at."""
        return column not in self.unusable and not is_blank(self.raw(column))

    def text(self, column: Column) -> str:
        """The text to store: trimmed, without control characters; numbers as Excel shows them.

        White space within it is single blanks, but for a text that may have lines.
        """
        raw = self.raw(column)
        if raw is None or column in self.unusable:
            return ""
        if not isinstance(raw, str):
            return self.display(column) or shown(raw)
        if "  " not in raw and raw.isascii() and raw.isprintable():
            return raw.strip(" ")
        text = clean(raw)
        return text if column.entry.form is Form.LINES else " ".join(text.split())

    def display(self, column: Column) -> str | None:
        """What its format shows of a number otherwise; '' if unclear, None if it is the number."""
        position = self.headers.positions.get(column)
        return next((text for at, text in self.row.displays if at == position), None)

    def link(self, column: Column) -> str | None:
        """The address behind a cell."""
        position = self.headers.positions.get(column)
        return None if position is None else self.headers.links.get((self.number, position))

    def key(self, column: Column) -> str:
        """The text folded for comparison."""
        return normalise(self.text(column))

    def read(self, column: Column, reader: Callable[[Raw], Value | Unreadable]) -> Value | None:
        """The value of a usable cell; None if it has none or cannot be read (an error here)."""
        if not self.is_usable(column):
            return None
        value = reader(self.raw(column))
        if isinstance(value, Unreadable):
            self.error(column, value.code, value.message, value.suggestion)
            self.unusable.add(column)
            return None
        return value

    def read_word(
        self, column: Column, reader: Callable[[Raw], Value | Unreadable]
    ) -> Value | None:
        """The same, of a cell of words: a number is what its format shows."""
        return self.read(column, lambda raw: reader(self.display(column) or raw))

    def require(self, columns: Iterable[Column]) -> None:
        """An error at every one of the columns that is blank."""
        for column in columns:
            if self.is_missing(column):
                self.error(column, "required", "must not be blank.")

    def refuse(
        self, column: Column, code: str, message: str, suggestion: str | None = None
    ) -> None:
        """An error at a cell that no other rule looks at from now on."""
        self.error(column, code, message, suggestion)
        self.unusable.add(column)

    def error(self, column: Column, code: str, message: str, suggestion: str | None = None) -> None:
        """An error at a cell; the message goes on where the column's name ends."""
        self.findings.append(self._place(column).error(code, f"{column} {message}", suggestion))

    def warning(
        self, column: Column, code: str, message: str, suggestion: str | None = None
    ) -> None:
        """A warning at a cell; the message goes on where the column's name ends."""
        self.findings.append(self._place(column).warning(code, f"{column} {message}", suggestion))

    def error_of_row(self, code: str, message: str, suggestion: str | None = None) -> None:
        """An error that concerns the whole row."""
        self.findings.append(
            Place(self.headers.sheet, self.number).error(code, message, suggestion)
        )

    def warning_of_row(self, code: str, message: str, suggestion: str | None = None) -> None:
        """A warning that concerns the whole row."""
        place = Place(self.headers.sheet, self.number)
        self.findings.append(place.warning(code, message, suggestion))

    def has_error_at(self, columns: Iterable[Column]) -> bool:
        """Whether an error was found at one of the columns."""
        return any(one.is_error and one.header in set(columns) for one in self.findings)

    @property
    def has_errors(self) -> bool:
        """Whether anything so far rejects the row."""
        return any(finding.is_error for finding in self.findings)

    def _place(self, column: Column) -> Place:
        position = self.headers.positions.get(column)
        return Place(self.headers.sheet, self.number, position, column.value, self.raw(column))


def is_blank(raw: Raw) -> bool:
    """Whether a value shows as nothing."""
    if raw is None:
        return True
    if not isinstance(raw, str):
        return False
    if raw.isascii():
        return not raw.strip() or not (raw.isprintable() or clean(raw))
    return not normalise(_CONTROLS.sub("", raw))


def clean(text: str) -> str:
    """Text without control characters and without white space or invisible characters around it."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _CONTROLS.sub("", text).strip(_EDGES)


def screen(cells: Cells) -> None:
    """Find what is wrong with any cell, whatever its column; such a cell becomes unusable."""
    columns = cells.headers.columns
    for position, raw in enumerate(cells.row.cells):
        column = columns.get(position)
        if raw is None or column is None or column is Column.UNNAMED:
            continue
        if isinstance(raw, NoValue):
            cells.refuse(
                column,
                "formula_without_value",
                "holds a formula that was saved without its value.",
                "Open the file in Excel and save it again, or paste the values.",
            )
        elif isinstance(raw, str) and not (
            raw.isascii()
            and raw.isprintable()
            and len(raw) <= LONGEST_CELL
            and not isinstance(raw, ErrorValue)
        ):
            _screen_text(cells, column, raw)


def _screen_text(cells: Cells, column: Column, text: str) -> None:
    if isinstance(text, ErrorValue) and not text.startswith("#"):
        message = f"is a cell for TRUE or FALSE, but holds '{shown(text)}'."
        cells.refuse(column, "not_yes_or_no", message, "Type it again.")
        return
    if isinstance(text, ErrorValue):
        cells.refuse(
            column,
            "excel_error",
            f"holds the Excel error {text}.",
            "Mend the formula, or type the value.",
        )
        return
    if len(text) > LONGEST_CELL:
        cells.refuse(column, "too_long", f"has more than {LONGEST_CELL:,} characters.")
        return
    if _CONTROLS.search(text):
        message = "holds control characters, which cannot be seen; they are left out."
        cells.warning(column, "control_characters", message, shown(clean(text)) or None)
    if damaged := _DAMAGED.search(text):
        message = f"seems to have damaged characters ('{damaged.group()}'); check the spelling."
        cells.warning(column, "encoding_damage", message, _mended(text))


def _mended(text: str) -> str | None:
    try:
        return shown(text.encode("cp1252").decode())
    except UnicodeError:
        return None
