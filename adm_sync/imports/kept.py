"""Where each value of an event and of a session is kept, on both sides.

What belongs here: the names of columns of `acted` and `adm`, and of the inputs of Administrate.
What does not: the values (`recording`, `steps`), and comparing them (`comparison`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adm_sync.workbook.lookup.custom_values import (
    EVENT_URL,
    FINALISATION_DATE,
    MOODLE_CODE,
    SESSION_URL,
    SITTING,
    WEB_SALE,
    Label,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one value is kept.

    Attributes:
        tutorial: columns of the tutorial event or session.
        bridge: columns of its bridge row.
        sent: names of Administrate's input.
        label: the custom field that it is sent in.
    """

    tutorial: tuple[str, ...] = ()
    bridge: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    label: Label | None = None


# A place has its venues: whoever changes it says which venue it is from now on.
EVENT: Mapping[str, Kept] = {
    "starts_on": Kept(("start_date",), (), ("classroomStartDateTime",)),
    "ends_on": Kept(("end_date",), (), ("classroomEndDateTime",)),
    "location": Kept(
        ("location_id", "venue_id"), ("location_id", "venue_id"), ("locationId", "venueId")
    ),
    "venue": Kept(("venue_id",), ("venue_id",), ("venueId",)),
    "lms_starts": Kept((), ("lms_start_date",), ("lmsStartDateTime",)),
    "lms_ends": Kept((), ("lms_end_date",), ("lmsEndDateTime",)),
    "max_places": Kept(("remain_space",), ("max_places",), ("maxPlaces",)),
    "sitting": Kept((), ("sitting",), label=SITTING),
    "access_duration": Kept((), ("access_duration",)),
    "url": Kept((), ("event_url",), label=EVENT_URL),
    "finalisation_date": Kept(
        ("finalisation_date",), ("finalisation_date",), label=FINALISATION_DATE
    ),
    "web_sale": Kept((), ("web_sale",), label=WEB_SALE),
    "moodle_code": Kept((), ("ocr_moodle_code",), label=MOODLE_CODE),
    "recordings": Kept((), ("recordings",)),
    "recording_pin": Kept((), ("recording_pin",)),
    "tutors": Kept((), ("tutors",)),
    "sage_code": Kept((), ("sage_code",)),
    "extra_information": Kept((), ("extra_information",)),
    "registration_deadline": Kept((), ("registration_deadline",), ("registrationDeadline",)),
    "instructors": Kept((), ("primary_instructor_id",)),
    "administrators": Kept((), ("administrator",)),
}
SESSION: Mapping[str, Kept] = {
    "title": Kept(("title",), ("title",), ("title",)),
    "starts": Kept(("start_date",), ("classroom_start_date", "classroom_start_time"), ("start",)),
    "ends": Kept(("end_date",), ("classroom_end_date", "classroom_end_time"), ("end",)),
    "location": Kept(("location_id", "venue_id"), (), ("locationId", "venueId")),
    "venue": Kept(("venue_id",), (), ("venueId",)),
    "instructors": Kept((), ("session_instructor_id",)),
    "url": Kept(("url",), ("session_url",), label=SESSION_URL),
}
# What staff of Administrate a value names.
STAFF: Mapping[str, str] = {"instructors": "instructor", "administrators": "administrator"}


def labels(kept: Mapping[str, Kept]) -> Iterator[tuple[str, Label]]:
    """The custom fields that values are sent in, by their names."""
    for name, one in kept.items():
        if one.label is not None:
            yield name, one.label
