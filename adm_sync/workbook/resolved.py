"""Events whose references are found on both sides: ready to be recorded and pushed.

What belongs here: the values that resolving gives. What does not: finding references
(`resolving`) and writing them.
"""

from dataclasses import dataclass
from datetime import datetime

from adm_sync.names.keys import normalise
from adm_sync.workbook.events import EventRow, SessionRow


@dataclass(frozen=True, slots=True)
class Link:
    """A linked pair: the tutorial record's id, the bridge row's id, the Administrate id."""

    tutorial_id: int
    bridge_id: int
    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who looks after an event. `external_id` is None until the push has looked the name up."""

    name: str
    external_id: str | None


@dataclass(frozen=True, slots=True)
class ResolvedSession:
    """A session with its instructors; `starts` and `ends` are instants in UTC."""

    session: SessionRow
    starts: datetime
    ends: datetime
    location: Link
    venue: Link | None
    instructors: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ResolvedEvent:
    """An event with everything it refers to; `starts` and `ends` are instants in UTC.

    `custom_fields` are (definition key, value) for the event; `session_fields` those of each
    session, in the order of `sessions`.
    """

    event: EventRow
    starts: datetime
    ends: datetime
    template: Link
    location: Link
    venue: Link | None
    product_id: int
    instructors: tuple[Link, ...]
    administrators: tuple[Administrator, ...]
    sessions: tuple[ResolvedSession, ...]
    custom_fields: tuple[tuple[str, str], ...]
    session_fields: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def key(self) -> tuple[int, str, datetime]:
        """What makes it the same event: tutorial course template, folded title, start."""
        return self.template.tutorial_id, normalise(self.event.title), self.starts

    @property
    def has_instructors(self) -> bool:
        """Whether anybody teaches it."""
        return bool(self.instructors) or any(one.instructors for one in self.sessions)
