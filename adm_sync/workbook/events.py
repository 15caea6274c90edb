"""Events and sessions as a workbook means them, once every cell is understood.

What belongs here: the values that checking gives and resolving takes. What does not: how they are
read from cells (`checking`), and what they are in the database (`resolved`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal


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
    separate two people, or a surname from a first name.
    """

    row: int
    day: int
    title: str
    starts: datetime
    ends: datetime
    location: str
    venue: str | None
    instructors: str
    url: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event with its sessions; times are local to `zone` and without one.

    `venue` is None for "no venue yet". `starts` is the first session's start, or the LMS start of
    an event without sessions; `ends` is the last one's end, or the LMS end.
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
    access_duration: str
    instructors: str
    administrators: str
    url: str
    finalisation_date: date | None
    web_sale: bool
    sitting: Sitting
    moodle_code: str
    recordings: bool
    recording_pin: str
    tutors: str
    sage_code: str
    extra_information: str
    registration_deadline: datetime | None
    sessions: tuple[SessionRow, ...]


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
    """

    rows: tuple[int, ...]
    title: str
    sessions: int
    has_event: bool
    verdict: Verdict
    reason: str
    event: EventRow | None = None
