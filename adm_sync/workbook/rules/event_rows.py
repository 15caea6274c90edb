"""What one row says about an event, and the sessions with it.

What belongs here: reading the cells of an event row, and the rules within it. What does not: rules
between rows (`belonging`), and between times (`schedule`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import EVENT_FIELDS, REQUIRED_CELLS, Column
from adm_sync.workbook.entries import On, RowKind
from adm_sync.workbook.events import Carried, EventRow, Mode, Named, SessionRow, Sitting
from adm_sync.workbook.findings import error, warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.groups import Draft
from adm_sync.workbook.rules.moments import MIDNIGHT
from adm_sync.workbook.rules.readers import (
    is_to_be_confirmed,
    names_lms_only,
    read_flag,
    read_mode,
    read_places,
    read_sitting,
    read_zone,
    seems_lms_only,
    text_within,
)
from adm_sync.workbook.rules.session_rows import (
    CLASSROOM,
    END_BEFORE_START,
    NO_INSTRUCTOR,
    Slot,
    carried_columns,
    number_of,
    read_carried,
    read_day_only,
    read_moment,
    read_slot,
)

Value = TypeVar("Value")
_LMS_START = (Column.LMS_START_DATE, Column.LMS_START_TIME)
_LMS_END = (Column.LMS_END_DATE, Column.LMS_END_TIME)
_LMS_DATES = (Column.LMS_START_DATE, Column.LMS_END_DATE)
# START_DATE and END_DATE are those of sessions, whatever they make of the event.
_CARRIED = carried_columns(
    {name: one for name, one in EVENT_FIELDS.items() if one.entry.on is not On.SESSION},
    EventRow.__slots__,
)
# What an event without sessions has no use for.
_OF_SESSIONS = (
    *CLASSROOM,
    Column.MAX_PLACES,
    Column.SESSION_INSTRUCTOR,
    Column.SESSION_URL,
)

CODE_MISSING = error(
    "code_missing",
    "is blank, but the row is an event's; nothing under it is imported.",
    "a blank Course template code beside an Event title and a Sitting",
    "Fill in the course template code.",
    note="The row has what only an event has: title, learning mode, sitting, LMS dates. Nothing is "
    "attached to the event before.",
)
MODE_AND_CODE_DISAGREE = error(
    "mode_and_code_disagree",
    "is '{mode}', but the course template code '{code}' {part}.",
    "Blended for OC_CB1",
    "Correct the learning mode or the code.",
    note="A code with the part OC or WAITLIST is of an event in the LMS only; any other is not.",
)
MODE_FROM_COLUMN = warning(
    "mode_from_column",
    "has OC or WAITLIST in it ('{code}'), but not as a part of its own; the learning mode counts "
    "({mode}).",
    "SOC1_LO",
    "Nothing, if the learning mode is right.",
    note="Parts stand between underscores or hyphens.",
)
IGNORED_ON_LMS_ONLY = warning(
    "ignored_on_lms_only",
    "means nothing for an event that is held in the LMS only; ignored: {columns}.",
    "Max places 24 on the row of OC_CB1",
    "Empty the cells; or correct code and learning mode, if there are sessions.",
    note="Session title and Day are ignored without a word.",
)
PLACES_BLANK = warning(
    "places_blank",
    "is blank: Administrate takes the course template's.",
    "a blank cell",
    "Fill it in, if the course template's is not meant.",
)
PLACES_ZERO = warning(
    "places_zero", "is 0: nobody can book.", "0", "Correct it, if that is not meant."
)
WEB_SALE_BLANK = warning(
    "web_sale_blank",
    "is blank; N is taken.",
    "a blank cell, on an event with sessions",
    "Put Y, if the event is sold on the web.",
)


@dataclass(slots=True)
class Reading:
    """An event as far as it could be read; None stands for what could not."""

    cells: Cells
    mode: Mode | None
    has_sessions: bool
    zone: str | None
    venue: str | None
    lms_starts: datetime | None
    lms_ends: datetime | None
    max_places: int | None
    instructors: str
    finalisation_date: date | None
    web_sale: bool
    sitting: Sitting | None
    carried: Mapping[str, Carried]
    slots: list[Slot] = field(default_factory=list)

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """From the LMS start to the LMS end, if both are known and in order."""
        if self.lms_starts and self.lms_ends and self.lms_starts < self.lms_ends:
            return self.lms_starts, self.lms_ends
        return None

    @property
    def starts(self) -> datetime | None:
        """When the event starts: with its first session, or in the LMS."""
        return self.slots[0].starts if self.slots else self.lms_starts


def read_event(draft: Draft) -> Reading:
    """Read an event row and the session rows under it; what is wrong becomes findings there."""
    head = draft.head
    if head.is_missing(Column.CODE):
        head.refuse(Column.CODE, CODE_MISSING())
    for column in (Column.CODE, Column.TITLE):
        text_within(head, column)
    mode = head.read_word(Column.MODE, read_mode)
    is_agreed = mode is not None and _agrees(head, mode)
    has_sessions = mode is not Mode.LMS if is_agreed else _has_content(draft, mode)
    kind = _kind(mode, has_sessions=has_sessions, is_agreed=is_agreed)
    head.require(REQUIRED_CELLS[kind])
    zone = head.read_word(Column.ZONE, read_zone)
    clocks = ZoneInfo(zone) if zone else None
    lms_starts, lms_ends = _read_lms(head, clocks)
    reading = Reading(
        cells=head,
        mode=mode,
        has_sessions=has_sessions,
        zone=zone,
        venue=_read_venue(head, has_sessions),
        lms_starts=lms_starts,
        lms_ends=lms_ends,
        max_places=_read_places(head) if has_sessions else None,
        instructors=_read_instructors(draft, has_sessions),
        finalisation_date=read_day_only(head, Column.FINALISATION_DATE),
        web_sale=_read_web_sale(head, has_sessions),
        sitting=head.read_word(Column.SITTING, read_sitting),
        carried=read_carried(head, _CARRIED),
    )
    if has_sessions:
        reading.slots = [read_slot(head, clocks)]
    else:
        _say_what_is_ignored(head)
    for cells in draft.sessions:
        cells.require(REQUIRED_CELLS[RowKind.SESSION])
        slot = read_slot(cells, clocks)
        if has_sessions:
            reading.slots.append(slot)
    return reading


def _kind(mode: Mode | None, *, has_sessions: bool, is_agreed: bool) -> RowKind:
    """What is asked for; of an event that may have an LMS window or not, only what both need."""
    if not has_sessions:
        return RowKind.LMS
    return RowKind.BLENDED if mode is Mode.BLENDED and is_agreed else RowKind.CLASSROOM


def as_event(reading: Reading) -> EventRow | None:
    """The event as a value, if all that it needs is there."""
    cells, slots = reading.cells, reading.slots
    sessions = _sessions(reading)
    starts = reading.starts
    ends = slots[-1].ends if slots else reading.lms_ends
    if not (reading.mode and reading.zone and reading.sitting and starts and ends):
        return None
    if len(sessions) < len(slots):
        return None
    return EventRow(
        row=cells.number,
        code=cells.text(Column.CODE),
        title=cells.text(Column.TITLE),
        mode=reading.mode,
        location=cells.text(Column.LOCATION),
        venue=reading.venue,
        zone=reading.zone,
        starts=starts,
        ends=ends,
        lms_starts=reading.lms_starts,
        lms_ends=reading.lms_ends,
        max_places=reading.max_places,
        instructors=reading.instructors,
        administrators=cells.text(Column.ADMINISTRATOR),
        finalisation_date=reading.finalisation_date,
        web_sale=reading.web_sale,
        sitting=reading.sitting,
        carried=reading.carried,
        sessions=sessions,
    )


def _sessions(reading: Reading) -> tuple[SessionRow, ...]:
    """The sessions that are known in full."""
    return tuple(
        SessionRow(
            slot.cells.number,
            slot.day,
            slot.title,
            slot.starts,
            slot.ends,
            *_place(slot.cells, reading),
            instructors=slot.instructors,
            carried=slot.carried,
        )
        for slot in reading.slots
        if slot.day is not None and slot.starts and slot.ends
    )


def _place(cells: Cells, reading: Reading) -> tuple[str, str | None]:
    """Location and venue of a session: the event's, where its own cells are blank."""
    location = cells.text(Column.LOCATION) or reading.cells.text(Column.LOCATION)
    has_venue = cells is not reading.cells and cells.is_usable(Column.VENUE)
    return location, _read_venue(cells, has_sessions=True) if has_venue else reading.venue


def names_in(reading: Reading) -> tuple[Named, ...]:
    """What can be looked up of an event although something else is wrong with it."""
    head, slots = reading.cells, reading.slots
    event = Named(
        head.number,
        *_sound_place(head, reading),
        session_instructors=slots[0].instructors if slots else "",
        code=_sound(head, Column.CODE, head.text(Column.CODE), ""),
        mode=_sound(head, Column.MODE, reading.mode, None),
        sitting=reading.sitting,
        instructors=reading.instructors,
        administrators=head.text(Column.ADMINISTRATOR),
        zone=_sound(head, Column.ZONE, reading.zone or "", ""),
        year=reading.starts.year if reading.starts else None,
    )
    sessions = [
        Named(one.cells.number, *_sound_place(one.cells, reading), one.instructors)
        for one in slots[1:]
    ]
    return event, *sessions


def _sound_place(cells: Cells, reading: Reading) -> tuple[str, str | None]:
    location, venue = _place(cells, reading)
    location = _sound(cells, Column.LOCATION, location, "")
    return location, _sound(cells, Column.VENUE, venue, None)


def _sound(cells: Cells, column: Column, value: Value, otherwise: Value) -> Value:
    """The value of a cell that no error was found at."""
    return otherwise if cells.has_error_at([column]) else value


# ------------------------------------------------------------------ how it is held


def _agrees(head: Cells, mode: Mode) -> bool:
    """Whether learning mode and course template code say the same about being LMS-only."""
    code = head.text(Column.CODE)
    if not head.is_usable(Column.CODE):
        return True
    if names_lms_only(code):
        agrees, part = mode is Mode.LMS, "has the part OC or WAITLIST"
    elif seems_lms_only(code):
        head.tell(Column.CODE, MODE_FROM_COLUMN(code=code, mode=head.text(Column.MODE)))
        return True
    else:
        agrees, part = mode is not Mode.LMS, "has no part OC or WAITLIST"
    if not agrees:
        known = {"mode": head.text(Column.MODE), "code": code, "part": part}
        suggestion = "Blended or Classroom" if mode is Mode.LMS else "Self Paced (LMS)"
        head.tell(Column.MODE, MODE_AND_CODE_DISAGREE(suggestion, **known))
    return agrees


def _has_content(draft: Draft, mode: Mode | None) -> bool:
    """Whether an event seems to have sessions, of which mode and code do not agree or say nothing.

    If neither its rows nor both of them say so, it is not asked for what only sessions need.
    """
    if draft.sessions or any(draft.head.is_usable(column) for column in CLASSROOM):
        return True
    return mode is not Mode.LMS and not names_lms_only(draft.head.text(Column.CODE))


def _say_what_is_ignored(head: Cells) -> None:
    given = [column for column in _OF_SESSIONS if head.is_usable(column)]
    if head.is_usable(Column.VENUE) and not is_to_be_confirmed(head.text(Column.VENUE)):
        given.append(Column.VENUE)
    if given:
        head.tell(given[0], IGNORED_ON_LMS_ONLY(columns=head.called(*given)))


# ------------------------------------------------------------------ its cells


def _read_lms(head: Cells, clocks: ZoneInfo | None) -> tuple[datetime | None, datetime | None]:
    given = [head.is_usable(column) for column in _LMS_DATES]
    if any(given) and not head.has_error_at(_LMS_DATES):
        head.require(_LMS_DATES)
    starts = read_moment(head, *_LMS_START, clocks, MIDNIGHT).at
    ends = read_moment(head, *_LMS_END, clocks, MIDNIGHT).at
    if starts and ends and ends <= starts:
        message = f"must be after the LMS start ({starts:%d/%m/%Y %H:%M})."
        head.tell(Column.LMS_END_DATE, END_BEFORE_START.saying(message))
    return starts, ends


def _read_venue(head: Cells, has_sessions: bool) -> str | None:
    if not has_sessions:
        return None
    venue = head.text(Column.VENUE)
    return None if not venue or is_to_be_confirmed(venue) else venue


def _read_places(head: Cells) -> int | None:
    if head.is_missing(Column.MAX_PLACES):
        head.tell(Column.MAX_PLACES, PLACES_BLANK())
    places = number_of(head, Column.MAX_PLACES, head.read(Column.MAX_PLACES, read_places))
    if places == 0:
        head.tell(Column.MAX_PLACES, PLACES_ZERO())
    return places


def _read_instructors(draft: Draft, has_sessions: bool) -> str:
    head = draft.head
    text = head.text(Column.INSTRUCTOR)
    if is_to_be_confirmed(text):
        message = "is still to be confirmed: the event has no instructor yet."
        head.tell(Column.INSTRUCTOR, NO_INSTRUCTOR.saying(message))
        return ""
    if has_sessions and head.is_missing(Column.INSTRUCTOR) and _somebody_teaches(draft.all):
        message = "is blank, though sessions have instructors."
        head.tell(Column.INSTRUCTOR, NO_INSTRUCTOR.saying(message))
    return text


def _somebody_teaches(rows: Iterable[Cells]) -> bool:
    return any(
        cells.is_usable(Column.SESSION_INSTRUCTOR)
        and not is_to_be_confirmed(cells.text(Column.SESSION_INSTRUCTOR))
        for cells in rows
    )


def _read_web_sale(head: Cells, has_sessions: bool) -> bool:
    if has_sessions and head.is_missing(Column.WEB_SALE):
        head.tell(Column.WEB_SALE, WEB_SALE_BLANK("N"))
    return bool(head.read_word(Column.WEB_SALE, read_flag))
