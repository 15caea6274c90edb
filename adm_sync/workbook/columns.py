"""The columns of the workbook: the one table that says what each of them is.

What belongs here: an entry for each column, in the order of the template. Checking, resolving,
recording, pushing, comparing, the template, docs/workbook.md and the tests' workbooks go by it.
What does not: what the words of an entry mean (`entries`), and rules between cells (`rules`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from adm_sync.workbook.entries import Compared, Entry, Form, Kept, On, RowKind

_EVENTS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM, RowKind.LMS})
_SESSIONS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM, RowKind.SESSION})
_WITH_LMS = frozenset({RowKind.BLENDED, RowKind.LMS})
_IN_ROOMS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM})

_THE_EVENTS = "on a session: the event's"
_OF_DAY_ONE = "not used on an LMS-only event"
_NO_WINDOW = "no LMS window; not used on a session"
_PLACE, _VENUE = ("location_id", "venue_id"), ("venue_id",)
_SENT_PLACE = ("locationId", "venueId")
_STARTS = ("classroom_start_date", "classroom_start_time")
_ENDS = ("classroom_end_date", "classroom_end_time")
_MIDNIGHT = "the start of the day; not used on a session"


class Column(StrEnum):
    """A column; its value is the header as the template has it, its `entry` says the rest."""

    entry: Entry

    def __new__(cls, entry: Entry) -> Self:
        """Make the column of an entry."""
        column = str.__new__(cls, entry.header)
        column._value_ = entry.header
        column.entry = entry
        return column

    CODE = Entry(
        header="Course template code",
        about="The course template that the event is made from. A row with a code is an event, "
        "and the rows under it are its sessions.",
        form=Form.LISTED,
        needed=_EVENTS,
        blank="the row is a session of the event above",
        length=50,
        example="CB1_LO_6",
        choices="Course templates",
    )
    TITLE = Entry(
        header="Event title",
        about="What the event is called, here and in Administrate. No other event of the sitting "
        "has the same title and code.",
        form=Form.TEXT,
        needed=_EVENTS,
        blank="the event's",
        length=255,
        example="CB1 London 27A-01",
        event=Kept("title", (), ("title",), ("title",), compared=Compared.BY_NAME),
    )
    SESSION_TITLE = Entry(
        header="Session title",
        about="What the session is called: the event's title, a hyphen and more.",
        form=Form.TEXT,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        length=255,
        example="CB1 London 27A-01 - Day 1",
        session=Kept("title", ("title",), ("title",), ("title",), compared=Compared.BY_NAME),
    )
    MODE = Entry(
        header="Learning mode",
        about="How the event is held. A code with the part OC or WAITLIST is one of an event in "
        "the LMS only, and no other code is.",
        form=Form.MODE,
        needed=_EVENTS,
        blank="the event's",
        example="Blended",
        event=Kept("mode", bridge=("learning_mode",)),
    )
    LOCATION = Entry(
        header="Location",
        about="The town. All sessions of an event are at its location.",
        form=Form.LISTED,
        on=On.BOTH,
        needed=_EVENTS,
        blank=_THE_EVENTS,
        example="London",
        choices="Locations",
        # A place has its venues: whoever changes it says which venue it is from now on.
        event=Kept("location", _PLACE, _PLACE, _SENT_PLACE, compared=Compared.BY_NAME),
        session=Kept("location", _PLACE, (), _SENT_PLACE, compared=Compared.BY_NAME),
    )
    VENUE = Entry(
        header="Venue",
        about="The building, at that location. To be confirmed, TBC and TBD mean that there is "
        "none yet.",
        form=Form.LISTED,
        on=On.BOTH,
        blank=f"no venue yet; {_THE_EVENTS}",
        example="To be confirmed",
        choices="Venues",
        event=Kept(
            *("venue", _VENUE, _VENUE, ("venueId",), _IN_ROOMS),
            compared=Compared.BY_NAME,
        ),
        session=Kept("venue", _VENUE, (), ("venueId",), compared=Compared.BY_NAME),
    )
    ZONE = Entry(
        header="Time Zone",
        about="Where the clocks are that all dates and times of the event go by.",
        form=Form.ZONE,
        on=On.BOTH,
        needed=_EVENTS,
        blank=_THE_EVENTS,
        example="Europe - London",
        choices="Time zones",
        event=Kept("zone", bridge=("timezone",), sent=("timeZoneName",)),
    )
    START_DATE = Entry(
        header="Classroom start date",
        about="The day on which the session begins.",
        form=Form.DATE,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="12/01/2027",
        event=Kept(
            *("starts_on", ("start_date",), (), ("classroomStartDateTime",), _IN_ROOMS),
            compared=Compared.ELSEWHERE,
        ),
        session=Kept("starts", ("start_date",), _STARTS, ("start",)),
    )
    START_TIME = Entry(
        header="Classroom start time",
        about="When the session begins.",
        form=Form.TIME,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="09:30",
    )
    END_DATE = Entry(
        header="Classroom end date",
        about="The day on which the session ends: the same, or the next one overnight.",
        form=Form.DATE,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="12/01/2027",
        event=Kept(
            *("ends_on", ("end_date",), (), ("classroomEndDateTime",), _IN_ROOMS),
            compared=Compared.ELSEWHERE,
        ),
        session=Kept("ends", ("end_date",), _ENDS, ("end",)),
    )
    END_TIME = Entry(
        header="Classroom end time",
        about="When the session ends.",
        form=Form.TIME,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="12:30",
    )
    LMS_START_DATE = Entry(
        header="LMS start date",
        about="The day from which the event can be reached in the LMS. Every session lies between "
        "LMS start and LMS end.",
        form=Form.DATE,
        needed=_WITH_LMS,
        blank=_NO_WINDOW,
        example="04/01/2027",
        event=Kept("lms_starts", (), ("lms_start_date",), ("lmsStartDateTime",), _WITH_LMS),
    )
    LMS_START_TIME = Entry(
        header="LMS start time",
        about="The time of that day.",
        form=Form.CLOCK,
        blank=_MIDNIGHT,
        example="09:00",
    )
    LMS_END_DATE = Entry(
        header="LMS end date",
        about="The day until which the event can be reached in the LMS; with 00:00 as the time it "
        "ends as that day begins.",
        form=Form.DATE,
        needed=_WITH_LMS,
        blank=_NO_WINDOW,
        example="14/05/2027",
        event=Kept("lms_ends", (), ("lms_end_date",), ("lmsEndDateTime",), _WITH_LMS),
    )
    LMS_END_TIME = Entry(
        header="LMS end time",
        about="The time of that day.",
        form=Form.CLOCK,
        blank=_MIDNIGHT,
        example="00:00",
    )
    MAX_PLACES = Entry(
        header="Max places",
        about="How many can book.",
        form=Form.COUNT,
        blank="the course template's",
        example="14",
        event=Kept("max_places", ("remain_space",), ("max_places",), ("maxPlaces",)),
    )
    ACCESS_DURATION = Entry(
        header="Access Duration",
        about="How long students can reach the event in the LMS, in words.",
        form=Form.TEXT,
        header_needed=False,
        length=100,
        example="90 days",
        event=Kept("access_duration", bridge=("access_duration",)),
    )
    INSTRUCTOR = Entry(
        header="Instructor",
        about="Who teaches the event as a whole.",
        form=Form.PEOPLE,
        blank="nobody yet",
        example="Agnes Tolliver",
        choices="Instructors",
        event=Kept("instructors", (), ("primary_instructor_id",), staff="instructor"),
    )
    SESSION_INSTRUCTOR = Entry(
        header="Session instructor",
        about="Who teaches this session.",
        form=Form.PEOPLE,
        on=On.SESSION,
        blank="nobody yet",
        example="Agnes Tolliver / Benedict Oakhurst",
        choices="Instructors",
        session=Kept("instructors", (), ("session_instructor_id",), staff="instructor"),
    )
    ADMINISTRATOR = Entry(
        header="Event administrator",
        about="Who looks after the event.",
        form=Form.PEOPLE,
        blank="nobody",
        example="Marguerite Pellow",
        choices="Event administrators",
        event=Kept("administrators", (), ("administrator",), staff="administrator"),
    )
    DAY = Entry(
        header="Day",
        about="The number of the session: 1 on the event's row, and one more on each row under it.",
        form=Form.COUNT,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="1",
        session=Kept("day", ("sequence",), ("day_number",), custom_field="Day"),
    )
    EVENT_URL = Entry(
        header="Event url",
        about="Where the event is on the web.",
        form=Form.URL,
        length=500,
        example="https://learn.larkfield.example/cb1",
        event=Kept("url", bridge=("event_url",), custom_field="URL"),
    )
    SESSION_URL = Entry(
        header="Session url",
        about="Where the session is on the web, such as its meeting.",
        form=Form.URL,
        on=On.SESSION,
        length=500,
        example="https://meet.larkfield.example/cb1-1",
        session=Kept("url", ("url",), ("session_url",), custom_field="URL"),
    )
    FINALISATION_DATE = Entry(
        header="Finalisation date",
        spellings=("Finalization date",),
        about="The day on which it is decided whether the event takes place; not after its first "
        "session.",
        form=Form.DATE,
        example="29/12/2026",
        event=Kept(
            *("finalisation_date", ("finalisation_date",), ("finalisation_date",)),
            custom_field="Finalisation date",
        ),
    )
    WEB_SALE = Entry(
        header="Web sale",
        about="Whether the event is sold on the web.",
        form=Form.FLAG,
        blank="N",
        example="Y",
        event=Kept("web_sale", bridge=("web_sale",), custom_field="Web sale"),
    )
    SITTING = Entry(
        header="Sitting",
        about="The sitting of the exams that the event prepares for.",
        form=Form.SITTING,
        needed=_EVENTS,
        blank="the event's",
        example="2027A",
        choices="Sittings",
        event=Kept("sitting", bridge=("sitting",), custom_field="Sitting"),
    )
    MOODLE_CODE = Entry(
        header="OCR moodle code",
        about="The code of the online classroom's course in Moodle.",
        form=Form.TEXT,
        length=100,
        example="CB1-27A",
        event=Kept("moodle_code", bridge=("ocr_moodle_code",), custom_field="OCR Moodle Code"),
    )
    RECORDINGS = Entry(
        header="Recordings",
        about="Whether the sessions are recorded.",
        form=Form.FLAG,
        blank="N",
        header_needed=False,
        example="N",
        event=Kept("recordings", bridge=("recordings",)),
    )
    RECORDING_PIN = Entry(
        header="Recording pin",
        about="The pin that opens the recordings.",
        form=Form.TEXT,
        header_needed=False,
        length=50,
        example="0042",
        event=Kept("recording_pin", bridge=("recording_pin",)),
    )
    TUTORS = Entry(
        header="Tutors",
        about="A remark on who teaches, which is kept as it stands.",
        form=Form.TEXT,
        header_needed=False,
        length=255,
        example="Agnes Tolliver",
        event=Kept("tutors", bridge=("tutors",)),
    )
    SAGE_CODE = Entry(
        header="Sage code",
        about="The event's code in the accounts.",
        form=Form.TEXT,
        header_needed=False,
        length=100,
        example="T-CB1-LO6",
        event=Kept("sage_code", bridge=("sage_code",)),
    )
    CANCELLED = Entry(
        header="Cancelled",
        spellings=("Canceled",),
        about="Y on an event that is not to take place: it is skipped with its sessions.",
        form=Form.FLAG,
        on=On.BOTH,
        blank="N",
        header_needed=False,
        example="N",
    )
    EXTRA_INFORMATION = Entry(
        header="Extra information",
        about="What else there is to say about the event.",
        form=Form.LINES,
        header_needed=False,
        example="Bring a calculator",
        event=Kept("extra_information", bridge=("extra_information",)),
    )
    UNNAMED = Entry(
        header="",
        about="A column of the template that nothing is read from.",
        form=Form.TEXT,
        header_needed=False,
        example="",
    )
    REGISTRATION_DEADLINE = Entry(
        header="Registration Deadline Date",
        about="Until when people can register.",
        form=Form.DEADLINE,
        header_needed=False,
        example="05/01/2027",
        event=Kept(
            *("registration_deadline", (), ("registration_deadline",)),
            *(("registrationDeadline",), _IN_ROOMS),
        ),
    )


# What has a header; the other one is there to be passed over.
NAMED = tuple(column for column in Column if column is not Column.UNNAMED)
REQUIRED_HEADERS = tuple(column for column in NAMED if column.entry.header_needed)
REQUIRED_CELLS: Mapping[RowKind, tuple[Column, ...]] = {
    kind: tuple(one for one in NAMED if kind in one.entry.needed) for kind in RowKind
}
# The columns of the values of an event, and of a session, by name; and where those are kept.
EVENT_FIELDS: Mapping[str, Column] = {one.name: c for c in NAMED if (one := c.entry.event)}
SESSION_FIELDS: Mapping[str, Column] = {one.name: c for c in NAMED if (one := c.entry.session)}
EVENT_KEPT: Mapping[str, Kept] = {one.name: one for c in NAMED if (one := c.entry.event)}
SESSION_KEPT: Mapping[str, Kept] = {one.name: one for c in NAMED if (one := c.entry.session)}
# What staff of Administrate a value names.
STAFF: Mapping[str, str] = {name: one.staff for name, one in EVENT_KEPT.items() if one.staff}
