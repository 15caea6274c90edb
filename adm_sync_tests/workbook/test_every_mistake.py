"""Every mistake is told at once, and nothing right is accused because of something wrong."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adm_sync.workbook.checking import check
from adm_sync.workbook.lookup.places import known_places
from adm_sync.workbook.references import References
from adm_sync.workbook.resolving import Resolved, needs_contacts, resolve
from adm_sync.workbook.sheet import Raw
from adm_sync_tests.workbook.referring import KNOWN
from adm_sync_tests.workbook.tables import TODAY, Values, event, lms_only, session, table

RIGHT = {"venue": "Bell Yard Rooms", "session_instructor": "Agnes Tolliver"}
OF_EVENT = {**RIGHT, "instructor": "Agnes Tolliver", "administrator": "Doris Amberly"}
LOST_TIME = ("required", 6, "Classroom end time")

Told = list[tuple[str, int | None, str | None]]


def told(*rows: Values, known: References = KNOWN) -> tuple[Told, Resolved]:
    """What is found of rows by checking and by resolving, as code, row and header."""
    given = table(*rows)
    checked = check(given, today=TODAY, is_known=known_places(known))
    resolved = resolve(checked.groups, given, known)
    found = sorted((*checked.findings, *resolved.findings), key=lambda one: one.row or 0)
    return [(one.code, one.row, one.header) for one in found], resolved


def rows(days: int = 6, **changes: Raw) -> list[Values]:
    """An event with so many sessions; what is changed is on its own row."""
    head = event(**{**OF_EVENT, **changes})
    return [head, *(session(day, **RIGHT) for day in range(2, days + 1))]


def with_session(at: int, given: list[Values], **changes: Raw) -> list[Values]:
    return [*given[:at], session(at + 1, **{**RIGHT, **changes}), *given[at + 1 :]]


def test_what_is_right_has_no_finding() -> None:
    assert told(*rows())[0] == []


@pytest.mark.parametrize(
    ("wrong", "code", "header"),
    [
        ({"location": "Lodnon"}, "location_unknown", "Location"),
        ({"venue": "Bell Yard Room"}, "venue_unknown", "Venue"),
    ],
)
def test_a_wrong_place_of_the_event_accuses_no_right_session(
    wrong: Mapping[str, Raw], code: str, header: str
) -> None:
    found, resolved = told(*rows(**wrong))
    assert found == [(code, 4, header)]
    assert [group.verdict for group in resolved.groups] == ["rejected"]
    assert resolved.groups[0].reason.startswith("row 4: The tutorial tables know no ")


def test_a_wrong_place_that_is_wrong_everywhere_is_told_of_every_cell_that_has_it() -> None:
    given = with_session(1, rows(3, location="Lodnon"), location="Lodnon")
    assert told(*given)[0] == [("location_unknown", row, "Location") for row in (4, 5)]


def test_what_is_named_in_a_rejected_event_is_looked_up_in_the_same_pass() -> None:
    given = rows(
        3, code="CB9_LO_6", location="Lodnon", instructor="B Oakhurst", administrator="Dorris Amb"
    )
    given = with_session(2, given, end_time=None, session_instructor="Nobody Known")
    found, resolved = told(*given, known=replace(KNOWN, contacts={}))
    assert found == [
        ("template_unknown", 4, "Course template code"),
        ("location_unknown", 4, "Location"),
        ("instructor_unknown", 4, "Instructor"),
        ("administrator_unknown", 4, "Event administrator"),
        LOST_TIME,
        ("instructor_unknown", 6, "Session instructor"),
    ]
    assert resolved.groups[0].reason == (
        "row 6: Classroom end time must not be blank. (and 5 more)"
    )


def test_the_zone_of_a_rejected_event_is_compared_with_its_location_in_the_same_pass() -> None:
    given = with_session(2, rows(3, location="Dublin"), end_time=None)
    found, _ = told(*given)
    assert ("zone_differs_from_venue", 4, "Time Zone") in found
    told_first = [one for one in found if one[0].startswith("zone")]
    given = rows(3, location="Dublin")
    assert [one for one in told(*given)[0] if one[0].startswith("zone")] == told_first


def test_a_cell_with_an_error_of_its_own_gets_no_second_one() -> None:
    given = with_session(1, rows(3), location="Lodnon", venue="Nowhere")
    found, _ = told(*given)
    assert found == [("location_differs", 5, "Location"), ("venue_differs", 5, "Venue")]


def test_two_places_that_there_are_not_are_two_unknown_ones() -> None:
    given = with_session(1, rows(3, location="Lodnon"), location="Lods")
    found, _ = told(*given)
    assert found == [("location_unknown", 4, "Location"), ("location_unknown", 5, "Location")]


def test_the_venue_and_product_of_a_rejected_event_are_looked_up_too() -> None:
    given = with_session(2, rows(3, venue="Aire Street Hall", sitting="2029A"), end_time=None)
    found, _ = told(*given)
    assert [one for one in found if "unknown" in one[0]] == [
        ("venue_unknown", 4, "Venue"),
        ("product_unknown", 4, "Sitting"),
    ]
    assert LOST_TIME in found


def test_of_a_rejected_event_nobody_is_asked_for_later() -> None:
    """The finding would say that it is recorded."""
    given = with_session(2, rows(3, administrator="Dorris Amb"), end_time=None)
    found, _ = told(*given)
    assert found == [LOST_TIME]
    assert needs_contacts(check(table(*given), today=TODAY).groups, KNOWN)


def test_an_event_of_the_lms_alone_is_looked_up_too() -> None:
    wrong = lms_only(code="OC_CB9", location="Lodnon", administrator=None, lms_end_date=None)
    found, _ = told(wrong)
    assert {code for code, _, _ in found} >= {"required", "template_unknown", "location_unknown"}
    assert not any(header == "Venue" for _, _, header in found)


def test_a_row_that_is_skipped_is_not_looked_up() -> None:
    assert told(*rows(2, location="Lodnon", cancelled="Y"))[0] == [
        ("skipped_cancelled", 4, "Cancelled")
    ]
