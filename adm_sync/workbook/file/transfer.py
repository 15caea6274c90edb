"""Rows on their way from the child process that parses to the process that asked.

What belongs here: raw values as JSON and back. What does not: starting the child (`reading`).
A text begins with a letter for its kind, so that a line holds nothing but JSON's own values.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from adm_sync.workbook.sheet import ErrorValue, NoValue, Raw, Row

_REMEMBERED = 50_000

_PACK: dict[type, Callable[[Any], Any]] = {
    str: lambda value: "s" + value,
    ErrorValue: lambda value: "e" + value,
    datetime: lambda value: "d" + value.isoformat(),
    date: lambda value: "D" + value.isoformat(),
    time: lambda value: "t" + value.isoformat(),
    timedelta: lambda value: f"l{value // timedelta(microseconds=1)}",
    NoValue: lambda value: "f" + value.formula,
}
_UNPACK: dict[str, Callable[[str], Raw]] = {
    "s": str,
    "e": ErrorValue,
    "d": datetime.fromisoformat,
    "D": date.fromisoformat,
    "t": time.fromisoformat,
    "l": lambda text: timedelta(microseconds=int(text)),
    "f": NoValue,
}


def pack(row: Row) -> list[Any]:
    """A row as JSON's own values."""
    cells = [_PACK[type(cell)](cell) if type(cell) in _PACK else cell for cell in row.cells]
    return [row.number, cells, row.hidden, row.marked, row.formulas, row.displays]


class Unpacker:
    """Turns packed rows into rows; equal values become one object, which saves most memory."""

    def __init__(self) -> None:
        self._known: dict[str, Raw] = {}

    def unpack(self, packed: list[Any]) -> Row:
        """The row that `pack` was given."""
        number, cells, hidden, marked, formulas, displays = packed
        known = self._known
        if len(known) > _REMEMBERED:
            known.clear()
        for position, cell in enumerate(cells):
            if type(cell) is str:
                if cell not in known:
                    known[cell] = _UNPACK[cell[0]](cell[1:])
                cells[position] = known[cell]
        shown = tuple((position, text) for position, text in displays)
        return Row(number, tuple(cells), hidden, marked, tuple(formulas), shown)
