"""What there is to tell: one sentence each, with its weight, and what to do about it.

What belongs here: what an item is, which items are problems, and how those are known. What does
not: finding them (`stored`, `watching`), and showing or telling them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from adm_sync.database.alerts import Problem
from adm_sync.database.states import ProblemKind


class Weight(IntEnum):
    """How much something matters: it may be known, it waits, or a person has to see to it."""

    TOLD = 0
    WAITS = 1
    ALARMS = 2

    @property
    def status(self) -> str:
        """The word of `--json`."""
        return ("succeeded", "partial", "failed")[self]

    @property
    def exit_status(self) -> int:
        """Of a command that ends with it."""
        return (0, 3, 1)[self]


# These are put right by a corrected workbook, or with time; a person has to see to the others.
WAITING = frozenset({ProblemKind.PARTIAL, ProblemKind.PENDING})
URGENT = frozenset(ProblemKind) - WAITING


class Matter(StrEnum):
    """What something is about; it says where a person can act."""

    SYNC = "sync"
    HELD = "held"
    IMPORT = "import"
    UNDO = "undo"
    DOUBLED = "doubled"
    INBOX = "inbox"
    STEPS = "steps"
    UNMATCHED = "unmatched"
    DIFFERENCES = "differences"
    ADMINISTRATE = "administrate"
    DAGSTER = "dagster"
    ADDRESSES = "addresses"


# By these a problem is known; by its subject alone where the matter is not named.
_KNOWN_AS = {
    Matter.SYNC: "sync",
    Matter.HELD: "sync",
    Matter.IMPORT: "import",
    Matter.UNDO: "undo",
    Matter.DOUBLED: "event",
    Matter.INBOX: "inbox",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell.

    Attributes:
        matter: what it is about.
        kind: which kind of problem it is; None if it is none, and is only to be known.
        sentence: what is to be said.
        remedy: what to do: a sentence with a command.
        page: the address within the desk where a person sees more or can act; empty if there is
            none.
        subject: an entity, the partition of a workbook, a sensor …; empty if it is about all.
        since: when it began, where that is known.
        is_settling: somebody is at work on it, so that it may be otherwise in a moment.
        wants_all: a sync of everything puts it right, and less does not.
        cause: what the problem is known by that it comes from, if it does from another.
    """

    matter: Matter
    kind: ProblemKind | None
    sentence: str
    remedy: str
    page: str = ""
    subject: str = ""
    since: datetime | None = None
    is_settling: bool = False
    wants_all: bool = False
    cause: str = ""

    @property
    def weight(self) -> Weight:
        """How much it matters."""
        return weight_of(self.kind)

    @property
    def known_as(self) -> str:
        """What a problem about this is known by, together with its kind."""
        return f"{_KNOWN_AS.get(self.matter, '')} {self.subject}".strip()


def weight_of(kind: ProblemKind | None) -> Weight:
    """How much a problem of this kind matters, or what is none."""
    if kind is None:
        return Weight.TOLD
    return Weight.WAITS if kind in WAITING else Weight.ALARMS


def heaviest(weights: Iterable[Weight]) -> Weight:
    """The weight of all together."""
    return max(weights, default=Weight.TOLD)


def problems(items: Iterable[Item], now: datetime) -> list[Problem]:
    """Those items that are problems, in the form in which it is kept who was told of them."""
    return [
        Problem(one.kind, one.known_as, one.sentence, one.remedy, one.page, one.since or now)
        for one in items
        if one.kind is not None
    ]


def settling(items: Iterable[Item]) -> frozenset[str]:
    """What those are known by that may be otherwise in a moment."""
    return frozenset(one.known_as for one in items if one.is_settling)
