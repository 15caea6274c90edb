"""What a workbook holds before anybody has judged it.

What belongs here: raw sheets, rows and cells. What does not: what a column means (`columns`).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


class ErrorValue(str):
    """An Excel error such as #N/A or #REF!, as it is shown."""

    __slots__ = ()


class NoBoolean(ErrorValue):
    """What a cell for TRUE or FALSE holds that is neither."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class NoValue:
    """A formula that was saved without its value: it reads as blank, but is not."""

    formula: str


Raw = str | int | float | bool | datetime | date | time | timedelta | ErrorValue | NoValue | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds something.

    Attributes:
        number: Excel's own.
        cells: the values from column A on; blanks at the end are left out.
        hidden: whether it is hidden or filtered out.
        marked: whether text in it is struck through or red, as people mark what is cancelled.
        formulas: positions (0 is column A) of the cells whose value a formula gave.
        displays: positions of numbers that their number format shows otherwise, and what it shows;
            '' if that cannot be said.
    """

    number: int
    cells: tuple[Raw, ...]
    hidden: bool = False
    marked: bool = False
    formulas: tuple[int, ...] = ()
    displays: tuple[tuple[int, str], ...] = ()

    def cell(self, position: int) -> Raw:
        """The value at a position; None beyond the end."""
        return self.cells[position] if position < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows in order, and the ranges of its merged cells (`A1:B2`).

    `links` are the ranges of cells with a hyperlink, and the address behind each.
    """

    title: str
    state: str
    rows: tuple[Row, ...]
    merged: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def is_hidden(self) -> bool:
        """Whether Excel does not show it."""
        return self.state != "visible"


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file and the name it came under (no folder).

    `open_elsewhere` says that a lock file stood beside it, as while it is open in Excel.
    """

    name: str
    data: bytes
    sha256: str
    open_elsewhere: bool = False

    @property
    def partition(self) -> str:
        """The key of its import: `<file name>-<first 8 of the SHA-256>`."""
        return f"{self.name}-{self.sha256[:8]}"


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that could be read."""

    name: str
    sheets: tuple[Sheet, ...]
    has_macros: bool = False
    open_elsewhere: bool = False
