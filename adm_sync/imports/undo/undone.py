"""What undoing an import would do, or did, with each of its events.

What belongs here: the values. What does not: doing it (`undoing`), and words for people.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

UndoAction = Literal["delete", "unlink", "revert", "keep"]
UndoOutcome = Literal["planned", "deleted", "unlinked", "reverted", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class PutBack:
    """A value that is put back: what it is called, is, and is to be again; `where`, on which
    sides: `here`, `administrate`."""

    field: str
    now: str
    then: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventUndo:
    """One event of the import, and what undoing does or did with it.

    Attributes:
        event_id: of our own row.
        title: the event's.
        external_id: in Administrate; None if it never came there.
        action: `delete` it from Administrate and unlink it here; only `unlink` it, because there
            is nothing to delete; `revert` what it changed of an event that was there before; or
            `keep` it on both sides.
        reason: why it is kept, or what else there is to know.
        outcome: what came of it; `planned` before anything is done.
        tutorial: what becomes of the tutorial event.
        is_open: whether it is kept only because nobody knows yet what is there.
        puts_back: the values of a `revert`.
    """

    event_id: int
    title: str
    external_id: str | None
    action: UndoAction
    reason: str = ""
    outcome: UndoOutcome = "planned"
    tutorial: str = "stays"
    is_open: bool = False
    puts_back: tuple[PutBack, ...] = ()

    @property
    def as_kept(self) -> UndoOutcome:
        """What it comes to that it is kept: for a good reason, or for want of an answer."""
        return "failed" if self.is_open else "kept"

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "title": self.title,
            "external_id": self.external_id,
            "action": self.action,
            "outcome": self.outcome,
            "reason": self.reason,
            "tutorial_event": self.tutorial,
            "puts_back": [asdict(one) for one in self.puts_back],
        }


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What an undo would do, or did. `message` says why it ended before everything was tried."""

    partition: str
    events: Sequence[EventUndo]
    message: str = ""

    @property
    def status(self) -> Literal["succeeded", "partial", "failed"]:
        """That an event is kept for a good reason is no failure."""
        outcomes = [event.outcome for event in self.events]
        if not self.message and "failed" not in outcomes:
            return "succeeded"
        return "partial" if {"deleted", "unlinked", "reverted"} & set(outcomes) else "failed"

    def count(self, *outcomes: str) -> int:
        """How many events ended so."""
        return sum(event.outcome in outcomes for event in self.events)

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "status": self.status,
            "partition": self.partition,
            "events": [event.as_json() for event in self.events],
            "message": self.message,
        }
