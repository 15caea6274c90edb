"""A figure, what was to be reached of it, and the table of all.

What belongs here: judging and printing. What does not: measuring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import linear_regression

from benchmarks import tables

HEADINGS = ("work", "figure", "to reach", "empty database", "with history", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `history` is the same on a database with five years behind it.

    `most` or `least` is what was to be reached; a row may have neither.
    """

    work: str
    figure: str
    empty: float
    history: float | None = None
    most: float | None = None
    least: float | None = None

    @property
    def verdict(self) -> str:
        """Whether it is reached, on either database; nothing if nothing was to be."""
        values = [self.empty] if self.history is None else [self.empty, self.history]
        if self.most is not None:
            return "reached" if max(values) <= self.most else "missed"
        if self.least is not None:
            return "reached" if min(values) >= self.least else "missed"
        return ""


def beside(empty: Sequence[Row], history: Sequence[Row]) -> list[Row]:
    """The same rows, measured on both databases, as one."""
    return [replace(one, history=other.empty) for one, other in zip(empty, history, strict=True)]


def exponent(costs: Mapping[int, float]) -> float:
    """How cost grows with size: 1 is in proportion, 0 not at all, 2 with its square."""
    sizes, values = zip(*costs.items(), strict=True)
    return linear_regression([log(size) for size in sizes], [log(one) for one in values]).slope


def table(rows: Sequence[Row]) -> str:
    """All rows as a table."""
    return tables.table([HEADINGS, *map(_cells, rows)], left={0, 1, 5})


def _cells(row: Row) -> tuple[str, ...]:
    aim = ""
    if row.most is not None:
        aim = f"≤ {_number(row.most)}"
    elif row.least is not None:
        aim = f"≥ {_number(row.least)}"
    history = "" if row.history is None else _number(row.history)
    return row.work, row.figure, aim, _number(row.empty), history, row.verdict


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
