"""How far a corrected workbook may change what it made, and what a person has decided.

What belongs here: the options, and reading and writing them. What does not: what follows from them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from adm_sync.errors import DecisionError
from adm_sync.names.keys import normalise

Source = Literal["workbook", "administrate", "here"]
SOURCES: tuple[Source, ...] = get_args(Source)
HOW_TO_TAKE = (
    "workbook, administrate or here, for all conflicts; or for one event or one value of it: "
    "'TITLE=administrate', 'TITLE: FIELD=here'"
)


@dataclass(frozen=True, slots=True)
class Take:
    """Whose value holds where there is a conflict; of all events if there is no title.

    What is a title and what a field only the workbook tells (`decided`): as it is read, all of it
    is the title.
    """

    source: Source
    title: str = ""
    field: str = ""

    @property
    def about(self) -> str:
        """What it decides about, as a person writes it."""
        return f"{self.title}: {self.field}" if self.field else self.title

    def __str__(self) -> str:
        """As a person writes it."""
        return f"{self.about}={self.source}" if self.about else self.source

    def is_about(self, title: str, field: str) -> bool:
        """Whether it decides a value of an event; the field is the header of its column."""
        return (not self.title or normalise(self.title) == normalise(title)) and (
            not self.field or normalise(self.field) == normalise(field)
        )


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """What an import may do with events that are known.

    Attributes:
        take: a person's decisions; the one that says most holds.
        remove_sessions: whether sessions that the workbook has no more are deleted.
        cancel: whether events that the workbook says are cancelled are cancelled.
        published: whether published events are changed.
    """

    take: tuple[Take, ...] = ()
    remove_sessions: bool = False
    cancel: bool = False
    published: bool = False

    def taken(self, title: str, field: str) -> Source | None:
        """Whose value of a field of an event holds, if a person has said so."""
        fitting = [one for one in self.take if one.is_about(title, field)]
        best = max(fitting, key=lambda one: (bool(one.title), bool(one.field)), default=None)
        return best.source if best else None

    def as_json(self) -> dict[str, Any]:
        """As it is kept with an import."""
        return asdict(self)


def options_of(kept: Mapping[str, Any] | None) -> UpdateOptions | None:
    """The options as they were kept with an import."""
    if kept is None:
        return None
    take = tuple(Take(**one) for one in kept.get("take", ()))
    return UpdateOptions(**{**kept, "take": take})


def read_takes(texts: Iterable[str]) -> tuple[Take, ...]:
    """What a person has decided, as it is written: `administrate`, `TITLE: FIELD=here`.

    Raises:
        DecisionError: one of them is not written so.
    """
    return tuple(_take(text) for text in texts)


def _take(text: str) -> Take:
    about, _, source = text.rpartition("=")
    chosen = next((one for one in SOURCES if one == normalise(source)), None)
    if chosen is None:
        raise DecisionError(f"«{text}» does not say what to take: {HOW_TO_TAKE}.")
    return Take(chosen, about.strip())
