"""What one row says about an event, and the sessions with it.

What belongs here: reading the cells of an event row, and the rules within it. What does not: rules
between rows (`belonging`), and between times (`schedule`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import NAMED, REQUIRED_CELLS, Column
from adm_sync.workbook.entries import Form, On, RowKind
from adm_sync.workbook.events import EventRow, Mode, SessionRow, Sitting
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.choices import (
    is_to_be_confirmed,
    names_lms_only,
    read_flag,
    read_mode,
    read_sitting,
    read_zone,
    seems_lms_only,
)
from adm_sync.workbook.rules.counts import read_places
from adm_sync.workbook.rules.groups import Draft
from adm_sync.workbook.rules.lengths import text_within, url_within
from adm_sync.workbook.rules.moments import MIDNIGHT, read_date
from adm_sync.workbook.rules.session_rows import CLASSROOM, Slot, read_slot, warn_of_number
from adm_sync.workbook.rules.spans import read_day_only, read_moment

_LMS_START = (Column.LMS_START_DATE, Column.LMS_START_TIME)
_LMS_END = (Column.LMS_END_DATE, Column.LMS_END_TIME)
_LMS_DATES = (Column.LMS_START_DATE, Column.LMS_END_DATE)
_TEXTS = tuple(
    column
    for column in NAMED
    if column.entry.on is On.EVENT and column.entry.form in (Form.TEXT, Form.LISTED)
)
# What an event without sessions has no use for.
_OF_SESSIONS = (
    *CLASSROOM,
    Column.MAX_PLACES,
    Column.SESSION_INSTRUCTOR,
    Column.SESSION_URL,
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
    recordings: bool
    registration_deadline: datetime | None
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
        message = "is blank, but the row is an event's; nothing under it is imported."
        head.refuse(Column.CODE, "code_missing", message)
    for column in _TEXTS:
        text_within(head, column)
    url_within(head, Column.EVENT_URL)
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
        recordings=_read_recordings(head),
        registration_deadline=_read_deadline(head),
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
        access_duration=cells.text(Column.ACCESS_DURATION),
        instructors=reading.instructors,
        administrators=cells.text(Column.ADMINISTRATOR),
        url=cells.text(Column.EVENT_URL),
        finalisation_date=reading.finalisation_date,
        web_sale=reading.web_sale,
        sitting=reading.sitting,
        moodle_code=cells.text(Column.MOODLE_CODE),
        recordings=reading.recordings,
        recording_pin=cells.text(Column.RECORDING_PIN),
        tutors=cells.text(Column.TUTORS),
        sage_code=cells.text(Column.SAGE_CODE),
        extra_information=cells.text(Column.EXTRA_INFORMATION),
        registration_deadline=reading.registration_deadline,
        sessions=sessions,
    )


def _sessions(reading: Reading) -> tuple[SessionRow, ...]:
    """The sessions that are known in full; place and venue are the event's."""
    location = reading.cells.text(Column.LOCATION)
    return tuple(
        SessionRow(
            row=slot.cells.number,
            day=slot.day,
            title=slot.title,
            starts=slot.starts,
            ends=slot.ends,
            location=location,
            venue=reading.venue,
            instructors=slot.instructors,
            url=slot.url,
        )
        for slot in reading.slots
        if slot.day is not None and slot.starts and slot.ends
    )


# ------------------------------------------------------------------ how it is held


def _agrees(head: Cells, mode: Mode) -> bool:
    """Whether learning mode and course template code say the same about being LMS-only."""
    code = head.text(Column.CODE)
    if not head.is_usable(Column.CODE):
        return True
    if names_lms_only(code):
        agrees, part = mode is Mode.LMS, "has the part OC or WAITLIST"
    elif seems_lms_only(code):
        message = (
            f"has OC or WAITLIST in it ('{code}'), but not as a part of its own; the learning "
            f"mode counts ({head.text(Column.MODE)})."
        )
        head.warning(Column.CODE, "mode_from_column", message)
        return True
    else:
        agrees, part = mode is not Mode.LMS, "has no part OC or WAITLIST"
    if not agrees:
        message = f"is '{head.text(Column.MODE)}', but the course template code '{code}' {part}."
        suggestion = "Blended or Classroom" if mode is Mode.LMS else "Self Paced (LMS)"
        head.error(Column.MODE, "mode_and_code_disagree", message, suggestion)
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
        named = ", ".join(given)
        message = f"means nothing for an event that is held in the LMS only; ignored: {named}."
        head.warning(given[0], "ignored_on_lms_only", message)


# ------------------------------------------------------------------ its cells


def _read_lms(head: Cells, clocks: ZoneInfo | None) -> tuple[datetime | None, datetime | None]:
    given = [head.is_usable(column) for column in _LMS_DATES]
    if any(given) and not head.has_error_at(_LMS_DATES):
        head.require(_LMS_DATES)
    starts = read_moment(head, *_LMS_START, clocks, MIDNIGHT).at
    ends = read_moment(head, *_LMS_END, clocks, MIDNIGHT).at
    if starts and ends and ends <= starts:
        message = f"must be after the LMS start ({starts:%d/%m/%Y %H:%M})."
        head.error(Column.LMS_END_DATE, "end_before_start", message)
    return starts, ends


def _read_venue(head: Cells, has_sessions: bool) -> str | None:
    if not has_sessions:
        return None
    venue = head.text(Column.VENUE)
    return None if not venue or is_to_be_confirmed(venue) else venue


def _read_places(head: Cells) -> int | None:
    if head.is_missing(Column.MAX_PLACES):
        message = "is blank: Administrate takes the course template's."
        head.warning(Column.MAX_PLACES, "places_blank", message)
    count = head.read(Column.MAX_PLACES, read_places)
    if count is None:
        return None
    warn_of_number(head, Column.MAX_PLACES, count)
    if count.value == 0:
        head.warning(Column.MAX_PLACES, "places_zero", "is 0: nobody can book.")
    return count.value


def _read_instructors(draft: Draft, has_sessions: bool) -> str:
    head = draft.head
    text = head.text(Column.INSTRUCTOR)
    if is_to_be_confirmed(text):
        message = "is still to be confirmed: the event has no instructor yet."
        head.warning(Column.INSTRUCTOR, "no_instructor", message)
        return ""
    if has_sessions and head.is_missing(Column.INSTRUCTOR) and _somebody_teaches(draft.all):
        message = "is blank, though sessions have instructors."
        head.warning(Column.INSTRUCTOR, "no_instructor", message)
    return text


def _somebody_teaches(rows: Iterable[Cells]) -> bool:
    return any(
        cells.is_usable(Column.SESSION_INSTRUCTOR)
        and not is_to_be_confirmed(cells.text(Column.SESSION_INSTRUCTOR))
        for cells in rows
    )


def _read_web_sale(head: Cells, has_sessions: bool) -> bool:
    if has_sessions and head.is_missing(Column.WEB_SALE):
        head.warning(Column.WEB_SALE, "web_sale_blank", "is blank; N is taken.", "N")
    return bool(head.read_word(Column.WEB_SALE, read_flag))


def _read_recordings(head: Cells) -> bool:
    return bool(head.read_word(Column.RECORDINGS, read_flag))


def _read_deadline(head: Cells) -> datetime | None:
    read = head.read(Column.REGISTRATION_DEADLINE, read_date)
    return datetime.combine(read.day, read.at or MIDNIGHT) if read else None
