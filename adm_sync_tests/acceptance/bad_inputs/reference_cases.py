"""References: what a workbook names, and one or both sides do not know or know twice."""

from collections.abc import Mapping, Sequence
from datetime import date

from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.bad_inputs.cases import (
    CREATED,
    REJECTED,
    Case,
    Found,
    Make,
    Slot,
    error,
    event,
    group,
    online,
    warning,
)
from adm_sync_tests.workbooks import changed

UNKNOWN = "course code unknown locally and remotely"
ONE_SIDE = "known locally, no bridge (unmatched) / known remotely only"
TWO = "code maps to two Administrate templates"
BLANK = "location blank but venue given (and the reverse)"
SEVERAL = "instructors `A / B; C, D`, `A and B`, `A & B`"
SURNAME = "`Surname, First` vs separator comma"
NAMES = "middle names, double-barrelled, initials, titles (Dr), single name"
INACTIVE = "inactive instructor / not approved for template"
SAME = "same instructor twice in a cell; double-booked at same time"
ADMINISTRATOR = "event administrator name not found"
PRODUCT = "store product not resolvable for code+sitting"

# A course whose products are not sold any more.
NOT_SOLD = "SA2_LO_3"
# A course that Administrate has twice, and names of which three people can be meant.
DOUBLE = "CP2_MA_2"
PERRINS = ("Holt Perrin", "Perrin", "Holt")

AGNES, BENEDICT = "Agnes Tolliver", "Benedict Oakhurst"
CAMILLE, CEDRIC = "Camille Drayford", "Cedric Mawson-Leigh"


def taught(day: int, month: int, name: str) -> Make:
    """By somebody who also teaches in other cases, on another day than there."""
    when = date(2027, month, day)
    return event(start_date=when, end_date=when, session_instructor=name)


def read_as(row: str, name: str, make: Make, people: Sequence[str], *finds: Found) -> Case:
    return Case(row, name, make, finds, kept={"sessions.instructors": list(people)})


def refused(row: str, what: str, make: Make, code: str, column: Column, **more: object) -> Case:
    return Case(row, what, make, (error(code, column, **more),), REJECTED)


def nobody(row: str, name: str, code: str, **more: object) -> Case:
    """A cell that names somebody who cannot be used."""
    make = event(session_instructor=name)
    return refused(row, name, make, code, Column.SESSION_INSTRUCTOR, **more)


def venue_blank_below(slot: Slot) -> Sequence[Mapping[Column, object]]:
    first, second = group(slot, 2, venue="Bell Yard Rooms")
    return [first, changed(second, venue=None)]


def double_booked(slot: Slot) -> Sequence[Mapping[Column, object]]:
    other = Slot(f"{slot.title} other", slot.person)
    return [*group(slot), *group(other, start_time="11:00", end_time="13:00")]


def sync(entity: str) -> str:
    return f"adm-sync sync {entity}"


TEMPLATES, LOCATIONS, VENUES, PEOPLE = map(
    sync, ("course_templates", "locations", "venues", "instructors")
)
HERE_ONLY = "is not linked with Administrate"
THERE_ONLY = ("The tutorial tables know no", "but Administrate does")
BRISTOL = {"code": "CM2_BR_4", "location": "Bristol"}

CASES = (
    refused(
        UNKNOWN,
        "",
        event(code="CB3_LO_9"),
        "template_unknown",
        Column.CODE,
        suggestion="Is it 'CB3_LO_1' or '",
    ),
    refused(
        UNKNOWN,
        "nothing like it",
        event(code="QQQQQQ"),
        "template_unknown",
        Column.CODE,
        suggestion=TEMPLATES,
    ),
    refused(
        ONE_SIDE,
        "a course here",
        event(code="SA1_LO_2"),
        "template_not_linked",
        Column.CODE,
        says=HERE_ONLY,
        suggestion=TEMPLATES,
    ),
    refused(
        ONE_SIDE,
        "a course there",
        event(code="CB3_CA_1"),
        "template_unknown",
        Column.CODE,
        says=THERE_ONLY,
        suggestion=TEMPLATES,
    ),
    refused(
        ONE_SIDE,
        "a town here",
        event(location="Edinburgh"),
        "location_not_linked",
        Column.LOCATION,
        says=HERE_ONLY,
        suggestion=LOCATIONS,
    ),
    refused(
        ONE_SIDE,
        "a town there",
        event(location="Cardiff"),
        "location_unknown",
        Column.LOCATION,
        says=THERE_ONLY,
        suggestion=LOCATIONS,
    ),
    refused(
        ONE_SIDE,
        "a venue here",
        event(**BRISTOL, venue="Guildhall Chambers"),
        "venue_not_linked",
        Column.VENUE,
        says=HERE_ONLY,
        suggestion=VENUES,
    ),
    refused(
        ONE_SIDE,
        "a venue there",
        event(**BRISTOL, venue="Guild Hall Chambers"),
        "venue_unknown",
        Column.VENUE,
        says=THERE_ONLY,
        suggestion=VENUES,
    ),
    nobody(
        ONE_SIDE,
        "Katherine Ashdown",
        "instructor_not_linked",
        says=HERE_ONLY,
        suggestion=PEOPLE,
    ),
    nobody(
        ONE_SIDE,
        "Katharine Ashdown",
        "instructor_unknown",
        says=THERE_ONLY,
        suggestion=PEOPLE,
    ),
    refused(
        TWO,
        "a course",
        event(2, code=DOUBLE, location="Manchester"),
        "template_ambiguous",
        Column.CODE,
        says="can be 2 records of Administrate",
        suggestion="adm-sync link course_templates",
    ),
    nobody(TWO, "Imogen Vale", "instructor_ambiguous", says="2 records of Administrate"),
    refused(
        BLANK,
        "no location",
        event(location="", venue="Bell Yard Rooms"),
        "required",
        Column.LOCATION,
    ),
    Case(BLANK, "no venue", event(venue=None), kept={"venue": None}),
    Case(BLANK, "no venue, in the LMS only", online(venue=None), kept={"venue": None}),
    Case(
        BLANK,
        "a venue, in the LMS only",
        online(venue="Bell Yard Rooms"),
        (warning("ignored_on_lms_only", Column.VENUE),),
        kept={"venue": None},
    ),
    Case(
        BLANK,
        "no venue on a session's row",
        venue_blank_below,
        (warning("taken_from_event", Column.VENUE, 1, suggestion="Bell Yard Rooms"),),
        kept={"sessions.venue": "Bell Yard Rooms"},
    ),
    read_as(
        SEVERAL,
        "A / B; C, D",
        taught(18, 1, f"{AGNES} / {BENEDICT}; {CAMILLE}, {CEDRIC}"),
        (AGNES, BENEDICT, CAMILLE, CEDRIC),
    ),
    *(
        read_as(
            SEVERAL,
            f"A {word} B",
            taught(day, 1, f"{AGNES} {word} {BENEDICT}"),
            (AGNES, BENEDICT),
            warning("people_separator", Column.SESSION_INSTRUCTOR, suggestion="/ or ;"),
        )
        for word, day in (("and", 19), ("&", 20))
    ),
    nobody(SEVERAL, f"{AGNES} / Nobody Atall", "instructor_unknown", says="Nobody Atall"),
    read_as(SURNAME, "one person", taught(21, 1, "Tolliver, Agnes"), (AGNES,)),
    read_as(SURNAME, "two people", taught(22, 1, f"{AGNES}, {CAMILLE}"), (AGNES, CAMILLE)),
    nobody(SURNAME, "Perrin, Holt", "instructor_ambiguous", says="can mean"),
    read_as(
        NAMES,
        "middle name",
        taught(25, 1, "Agnes Mary Tolliver"),
        (AGNES,),
        warning("name_matched_in_part", Column.SESSION_INSTRUCTOR, suggestion=AGNES),
    ),
    read_as(NAMES, "double-barrelled", taught(26, 1, CEDRIC), (CEDRIC,)),
    read_as(
        NAMES,
        "double-barrelled without its hyphen",
        taught(27, 1, "Cedric Mawson Leigh"),
        (CEDRIC,),
        warning("name_matched_in_part", Column.SESSION_INSTRUCTOR, suggestion=CEDRIC),
    ),
    nobody(NAMES, "A Tolliver", "instructor_unknown", suggestion=f"'{AGNES}'"),
    nobody(NAMES, "A. Tolliver", "instructor_unknown", suggestion=f"'{AGNES}'"),
    read_as(NAMES, "title", taught(28, 1, "Dr. Agnes Tolliver"), (AGNES,)),
    nobody(NAMES, "Tolliver", "instructor_unknown", suggestion=f"'{AGNES}'"),
    nobody(INACTIVE, "Rupert Lindmoor", "instructor_inactive"),
    read_as(SAME, "twice in a cell", taught(29, 1, f"{AGNES} / agnes tolliver"), (AGNES,)),
    Case(
        SAME,
        "double-booked",
        double_booked,
        (warning("instructor_double_booked", Column.SESSION_INSTRUCTOR, 1, says=0),),
        (*CREATED, *CREATED),
    ),
    refused(
        ADMINISTRATOR,
        "",
        event(administrator="Dorothea Pell"),
        "administrator_unknown",
        Column.ADMINISTRATOR,
        says="administrator",
    ),
    refused(
        PRODUCT,
        "none is active",
        event(3, code=NOT_SOLD),
        "product_unknown",
        Column.CODE,
        says="no active product of type Tutorial",
    ),
    Case(
        PRODUCT,
        "no such exam session",
        event(sitting="2029A"),
        (
            error("product_unknown", Column.SITTING, says="no exam session 2029-04"),
            warning("lms_end_far_from_sitting", Column.LMS_END_DATE),
        ),
        REJECTED,
    ),
)
