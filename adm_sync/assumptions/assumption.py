"""What one assumption is, and what is found of it.

What belongs here: the values. What does not: which assumptions there are (`declared`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from adm_sync.assumptions.asking import Tenant


class Ruling(StrEnum):
    """What was found of an assumption; `unasked` is one that could not be asked about now."""

    HELD = "held"
    NOT_HELD = "not_held"
    UNDECIDED = "undecided"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Observed:
    """The verdict, and by what: numbers and words of the schema, never a record of the tenant."""

    ruling: Ruling
    said: str


def held(said: str) -> Observed:
    """It is so."""
    return Observed(Ruling.HELD, said)


def not_held(said: str) -> Observed:
    """It is not so."""
    return Observed(Ruling.NOT_HELD, said)


def undecided(said: str) -> Observed:
    """Reading cannot tell."""
    return Observed(Ruling.UNDECIDED, said)


def unasked(said: str) -> Observed:
    """Nothing came that could tell."""
    return Observed(Ruling.UNASKED, said)


Question = Callable[[Tenant], Observed]


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that the project takes for granted.

    Attributes:
        name: by which it is known from one report to the next.
        assumed: what is taken for granted, in a sentence.
        otherwise: what the project does where it does not hold, in a sentence.
        ask: asks the tenant; None if only a trial with an event can tell.
        is_needed: whether the project cannot do its work where it does not hold.
    """

    name: str
    assumed: str
    otherwise: str
    ask: Question | None = None
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Assessed:
    """An assumption, and what was found of it."""

    assumption: Assumption
    found: Observed
