"""Events and sessions as a workbook means them.

What belongs here: what checking gives (every cell is understood), and what resolving makes of it
(everything that it refers to is found on both sides). What does not: how either is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Literal

from adm_sync.names.keys import normalise

# A value that no rule looks at.
Carried = str | bool | int | date | datetime | time | None
# When an event starts and ends, as the table of columns names it.
ENDS: Mapping[str, str] = {"starts_on": "starts", "ends_on": "ends"}
# The values that name a place, for which resolving finds the pair.
PLACES = ("location", "venue")


class Mode(StrEnum):
    """How an event is held; the words are Administrate's."""

    BLENDED = "blended"
    CLASSROOM = "classroom"
    LMS = "lms"


@dataclass(frozen=True, slots=True)
class Sitting:
    """An exam sitting: as it is shown (`2026A`), and the code of its exam session (`2026-04`)."""

    name: str
    exam_session: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session; times are local to the event's zone and without one.

    `instructors` is the cell as it stands: who is meant takes looking up, since a comma may
    separate two people, or a surname from a first name. `carried` has the values of all columns
    that are not named here, by the names that the table of columns gives them.
    """

    row: int
    day: int
    title: str
    starts: datetime
    ends: datetime
    location: str
    venue: str | None
    instructors: str
    carried: Mapping[str, Carried]

    def value(self, name: str) -> Any:
        """A value by its name in the table of columns."""
        return self.carried[name] if name in self.carried else getattr(self, name)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event with its sessions; times are local to `zone` and without one.

    `venue` is None for "no venue yet". `starts` is the first session's start, or the LMS start of
    an event without sessions; `ends` is the last one's end, or the LMS end. `carried` is as a
    session's.
    """

    row: int
    code: str
    title: str
    mode: Mode
    location: str
    venue: str | None
    zone: str
    starts: datetime
    ends: datetime
    lms_starts: datetime | None
    lms_ends: datetime | None
    max_places: int | None
    instructors: str
    administrators: str
    finalisation_date: date | None
    web_sale: bool
    sitting: Sitting
    carried: Mapping[str, Carried]
    sessions: tuple[SessionRow, ...]

    def value(self, name: str) -> Any:
        """A value by its name in the table of columns."""
        return self.carried[name] if name in self.carried else getattr(self, ENDS.get(name, name))


@dataclass(frozen=True, slots=True)
class Named:
    """What a row of a rejected event names; without what is blank, or wrong by itself.

    `location` and `venue` of a session are its event's where its own cells are blank.
    """

    row: int
    location: str
    venue: str | None
    session_instructors: str = ""
    code: str = ""
    mode: Mode | None = None
    sitting: Sitting | None = None
    instructors: str = ""
    administrators: str = ""
    zone: str = ""
    year: int | None = None


Verdict = Literal["accepted", "rejected", "skipped"]


@dataclass(frozen=True, slots=True)
class EventGroup:
    """An event row with its session rows, and what became of it.

    Attributes:
        rows: all its Excel rows, the event row (if there is one) first.
        title: the event's title as text; what identifies the group to a reader.
        sessions: how many sessions it has in the workbook, however wrong.
        has_event: False for rows that belong to no event (sessions before any event, notes).
        verdict: `accepted` if `event` is there.
        reason: why it is rejected or skipped, in words.
        event: the event, if it is accepted.
        rejected_start: its start, if it is rejected because its event is known with another one.
        named: what its rows name, the event row first, if checking has rejected the event.
        errors: why checking has rejected it: rows and messages.
    """

    rows: tuple[int, ...]
    title: str
    sessions: int
    has_event: bool
    verdict: Verdict
    reason: str
    event: EventRow | None = None
    rejected_start: datetime | None = None
    named: tuple[Named, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()


def why_rejected(errors: Sequence[tuple[int, str]]) -> str:
    """The first reason of those, which are rows and messages, and how many more there are."""
    row, message = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"row {row}: {message}{more}"


# ------------------------------------------------------------------ resolved


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
    """A session with its instructors; `starts` and `ends` are instants in UTC.

    `zone` is its event's; `custom_fields` are (definition key, value), as an event's.
    """

    session: SessionRow
    zone: str
    starts: datetime
    ends: datetime
    location: Link
    venue: Link | None
    instructors: tuple[Link, ...]
    custom_fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedEvent:
    """An event with everything it refers to; `starts` and `ends` are instants in UTC.

    `custom_fields` are (definition key, value).
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

    @property
    def key(self) -> tuple[int, str, datetime]:
        """What makes it the same event: tutorial course template, folded title, start."""
        return self.template.tutorial_id, normalise(self.event.title), self.starts

    @property
    def has_instructors(self) -> bool:
        """Whether anybody teaches it."""
        return bool(self.instructors) or any(one.instructors for one in self.sessions)
