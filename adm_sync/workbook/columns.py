"""The columns of the workbook: the one table that says what each of them is.

What belongs here: an entry for each column, in the order of the template. Checking, resolving,
recording, pushing, comparing, the template, docs/workbook.md and the tests' workbooks go by it.
What does not: what the words of an entry mean (`entries`), and rules between cells (`rules`).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from adm_sync.workbook.entries import Compared, Entry, Field, Form, On, RowKind

_EVENTS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM, RowKind.LMS})
_SESSIONS = frozenset({RowKind.BLENDED, RowKind.CLASSROOM, RowKind.SESSION})
_WITH_LMS = frozenset({RowKind.BLENDED, RowKind.LMS})

_THE_EVENTS = "on a session: the event's"
_OF_DAY_ONE = "not used on an LMS-only event"
_NO_WINDOW = "no LMS window; not used on a session"
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
        event=Field("title", bridge="title", administrate="title", compared=Compared.BY_NAME),
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
        session=Field("title", "title", "title", "title", compared=Compared.BY_NAME),
    )
    MODE = Entry(
        header="Learning mode",
        about="How the event is held. A code with the part OC or WAITLIST is one of an event in "
        "the LMS only, and no other code is.",
        form=Form.MODE,
        needed=_EVENTS,
        blank="the event's",
        example="Blended",
        event=Field("mode", bridge="learning_mode"),
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
        event=Field("location", administrate="locationId", compared=Compared.BY_NAME),
        session=Field("location", administrate="locationId", compared=Compared.BY_NAME),
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
        event=Field("venue", administrate="venueId", compared=Compared.BY_NAME),
        session=Field("venue", administrate="venueId", compared=Compared.BY_NAME),
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
        event=Field("zone", bridge="timezone", administrate="timeZoneName"),
    )
    START_DATE = Entry(
        header="Classroom start date",
        about="The day on which the session begins.",
        form=Form.DATE,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="12/01/2027",
        event=Field("starts_on", tutorial="start_date", compared=Compared.ELSEWHERE),
        session=Field("starts", tutorial="start_date", administrate="start"),
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
        event=Field("ends_on", tutorial="end_date", compared=Compared.ELSEWHERE),
        session=Field("ends", tutorial="end_date", administrate="end"),
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
        event=Field("lms_starts", bridge="lms_start_date", administrate="lmsStartDateTime"),
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
        event=Field("lms_ends", bridge="lms_end_date", administrate="lmsEndDateTime"),
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
        event=Field("max_places", bridge="max_places", administrate="maxPlaces"),
    )
    ACCESS_DURATION = Entry(
        header="Access Duration",
        about="How long students can reach the event in the LMS, in words.",
        form=Form.TEXT,
        header_needed=False,
        length=100,
        example="90 days",
        event=Field("access_duration", bridge="access_duration"),
    )
    INSTRUCTOR = Entry(
        header="Instructor",
        about="Who teaches the event as a whole.",
        form=Form.PEOPLE,
        blank="nobody yet",
        example="Agnes Tolliver",
        choices="Instructors",
        event=Field("instructors", compared=Compared.BY_PEOPLE),
    )
    SESSION_INSTRUCTOR = Entry(
        header="Session instructor",
        about="Who teaches this session.",
        form=Form.PEOPLE,
        on=On.SESSION,
        blank="nobody yet",
        example="Agnes Tolliver / Benedict Oakhurst",
        choices="Instructors",
        session=Field("instructors", compared=Compared.BY_PEOPLE),
    )
    ADMINISTRATOR = Entry(
        header="Event administrator",
        about="Who looks after the event.",
        form=Form.PEOPLE,
        blank="nobody",
        example="Marguerite Pellow",
        choices="Event administrators",
        event=Field("administrators", bridge="administrator", compared=Compared.BY_PEOPLE),
    )
    DAY = Entry(
        header="Day",
        about="The number of the session: 1 on the event's row, and one more on each row under it.",
        form=Form.COUNT,
        on=On.SESSION,
        needed=_SESSIONS,
        blank=_OF_DAY_ONE,
        example="1",
        session=Field("day", tutorial="sequence", bridge="day_number", custom_field="Day"),
    )
    EVENT_URL = Entry(
        header="Event url",
        about="Where the event is on the web.",
        form=Form.URL,
        length=500,
        example="https://learn.larkfield.example/cb1",
        event=Field("url", bridge="event_url", custom_field="URL"),
    )
    SESSION_URL = Entry(
        header="Session url",
        about="Where the session is on the web, such as its meeting.",
        form=Form.URL,
        on=On.SESSION,
        length=500,
        example="https://meet.larkfield.example/cb1-1",
        session=Field("url", tutorial="url", bridge="session_url", custom_field="URL"),
    )
    FINALISATION_DATE = Entry(
        header="Finalisation date",
        spellings=("Finalization date",),
        about="The day on which it is decided whether the event takes place; not after its first "
        "session.",
        form=Form.DATE,
        example="29/12/2026",
        event=Field(
            name="finalisation_date",
            tutorial="finalisation_date",
            bridge="finalisation_date",
            custom_field="Finalisation date",
        ),
    )
    WEB_SALE = Entry(
        header="Web sale",
        about="Whether the event is sold on the web.",
        form=Form.FLAG,
        blank="N",
        example="Y",
        event=Field("web_sale", bridge="web_sale", custom_field="Web sale"),
    )
    SITTING = Entry(
        header="Sitting",
        about="The sitting of the exams that the event prepares for.",
        form=Form.SITTING,
        needed=_EVENTS,
        blank="the event's",
        example="2027A",
        choices="Sittings",
        event=Field("sitting", bridge="sitting", custom_field="Sitting"),
    )
    MOODLE_CODE = Entry(
        header="OCR moodle code",
        about="The code of the online classroom's course in Moodle.",
        form=Form.TEXT,
        length=100,
        example="CB1-27A",
        event=Field("moodle_code", bridge="ocr_moodle_code", custom_field="OCR Moodle Code"),
    )
    RECORDINGS = Entry(
        header="Recordings",
        about="Whether the sessions are recorded.",
        form=Form.FLAG,
        blank="N",
        header_needed=False,
        example="N",
        event=Field("recordings", bridge="recordings"),
    )
    RECORDING_PIN = Entry(
        header="Recording pin",
        about="The pin that opens the recordings.",
        form=Form.TEXT,
        header_needed=False,
        length=50,
        example="0042",
        event=Field("recording_pin", bridge="recording_pin"),
    )
    TUTORS = Entry(
        header="Tutors",
        about="A remark on who teaches, which is kept as it stands.",
        form=Form.TEXT,
        header_needed=False,
        length=255,
        example="Agnes Tolliver",
        event=Field("tutors", bridge="tutors"),
    )
    SAGE_CODE = Entry(
        header="Sage code",
        about="The event's code in the accounts.",
        form=Form.TEXT,
        header_needed=False,
        length=100,
        example="T-CB1-LO6",
        event=Field("sage_code", bridge="sage_code"),
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
        event=Field("extra_information", bridge="extra_information"),
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
        about="The day until which people can register.",
        form=Form.DATE,
        header_needed=False,
        example="05/01/2027",
        event=Field("registration_deadline", "", "registration_deadline", "registrationDeadline"),
    )


# What has a header; the other one is there to be passed over.
NAMED = tuple(column for column in Column if column is not Column.UNNAMED)
REQUIRED_HEADERS = tuple(column for column in NAMED if column.entry.header_needed)
REQUIRED_CELLS: Mapping[RowKind, tuple[Column, ...]] = MappingProxyType(
    {kind: tuple(one for one in NAMED if kind in one.entry.needed) for kind in RowKind}
)
# The values of an event, and those of a session, by name.
EVENT_FIELDS: Mapping[str, Column] = MappingProxyType(
    {one.entry.event.name: one for one in NAMED if one.entry.event}
)
SESSION_FIELDS: Mapping[str, Column] = MappingProxyType(
    {one.entry.session.name: one for one in NAMED if one.entry.session}
)

# The column that an annotated copy adds; not one of the workbook's, and not read.
STATUS_HEADER = "adm_sync status"
