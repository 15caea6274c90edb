"""Three values of one field: what was last written, what is there now, what the workbook says.

What belongs here: the one rule by which a corrected workbook changes a value, leaves it alone, or
asks a person. What does not: what the values are, and writing them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Resolution(StrEnum):
    """What the rule says of a field."""

    SAME = "same"
    KEPT = "kept"
    CHANGE = "change"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a field: what this project last wrote there, and what is there now."""

    base: Any
    now: Any


IsSame = Callable[[Any, Any], bool]


def judge(ours: Any, sides: tuple[Side, ...], is_same: IsSame) -> Resolution:
    """What becomes of a field.

    A side that has the workbook's value already, or whose last written value the workbook still
    says, needs nothing. One that nobody touched may be changed. One that somebody touched may
    not, and then no side is.

    Args:
        ours: what the workbook says.
        sides: those on which the field is kept, and of which it is known what is there.
        is_same: whether two values of the field mean the same.
    """
    wanted = [s for s in sides if not is_same(ours, s.base) and not is_same(ours, s.now)]
    if any(not is_same(side.now, side.base) for side in wanted):
        return Resolution.CONFLICT
    if wanted:
        return Resolution.CHANGE
    kept = any(not is_same(side.now, side.base) and not is_same(ours, side.now) for side in sides)
    return Resolution.KEPT if kept else Resolution.SAME


def may_change(ours: Any, side: Side, is_same: IsSame) -> bool:
    """Whether a side lacks the workbook's value and nobody touched it."""
    return not is_same(ours, side.now) and is_same(side.now, side.base)
