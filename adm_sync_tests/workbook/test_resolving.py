"""Events whose references are all there, and groups whose references are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import tzset

import pytest

from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import (
    Administrator,
    EventGroup,
    Link,
    Mode,
    Named,
    Sitting,
    why_rejected,
)
from adm_sync.workbook.references import Product, References
from adm_sync.workbook.resolving import resolve
from adm_sync_tests.workbook.effort import calls
from adm_sync_tests.workbook.referring import (
    KNOWN,
    START,
    accepted,
    codes,
    event,
    found,
    group,
    linked,
    person,
    resolved,
    session,
    table,
)

LONDON = Link(11, 111, "X11", "London")
BELL_YARD = Link(21, 121, "X21", "Bell Yard Rooms")
AGNES = Link(31, 131, "X31", "Agnes Tolliver")


def test_everything_that_a_clean_event_refers_to_is_found() -> None:
    result = accepted(event(days=2))
    assert result.template == Link(1, 101, "X1", "CB1_LO_6")
    assert (result.location, result.venue) == (LONDON, BELL_YARD)
    assert result.product_id == 71
    assert result.instructors == (AGNES,)
    assert result.administrators == (Administrator("Doris Amberly", None),)
    assert [one.session.day for one in result.sessions] == [1, 2]
    assert {one.location for one in result.sessions} == {LONDON}
    assert {one.venue for one in result.sessions} == {BELL_YARD}
    assert {one.instructors for one in result.sessions} == {(AGNES,)}
    assert result.key == (1, "cb1 london 4", START.replace(tzinfo=UTC))


def test_an_event_of_the_lms_alone_has_no_venue_no_sessions_and_no_instructor() -> None:
    result = accepted(event(code="OC_CB1", mode=Mode.LMS, venue=None, instructors="", sessions=()))
    assert (result.venue, result.sessions, result.instructors) == (None, (), ())
    assert result.product_id == 72
    assert result.sessions == ()


def test_no_venue_yet_means_no_venue_on_either_side() -> None:
    result = accepted(event(venue=None, sessions=(session(venue=None),)))
    assert result.venue is None
    assert result.sessions[0].venue is None


def test_groups_that_checking_did_not_accept_stay_as_they_are() -> None:
    rejected = EventGroup((9,), "CB1", 0, True, "rejected", "row 9: wrong", None)
    skipped = EventGroup((10,), "CB1", 0, True, "skipped", "cancelled", None)
    good = group(event())
    result = resolve([rejected, good, skipped], table([event()]), KNOWN)
    assert result.groups == (rejected, good, skipped)
    assert len(result.events) == 1


def test_all_references_of_a_group_are_found_wanting_at_once_each_at_its_cell() -> None:
    wrong = event(
        code="CB9_LO_6",
        location="Lodnon",
        instructors="Agnes Toliver",
        administrators="Dorris Amberley",
        sessions=(
            session(4, 1, location="Lodnon", instructors="B Oakhurst"),
            session(5, 2, location="Lodnon", instructors="Nobody Known"),
        ),
    )
    result = resolved(wrong, known=replace(KNOWN, contacts={}))
    assert [(one.row, one.column, one.header, one.value, one.code) for one in result.findings] == [
        (4, "A", "Course template code", "CB9_LO_6", "template_unknown"),
        (4, "E", "Location", "Lodnon", "location_unknown"),
        (4, "R", "Instructor", "Agnes Toliver", "instructor_unknown"),
        (4, "S", "Session instructor", "B Oakhurst", "instructor_unknown"),
        (4, "T", "Event administrator", "Dorris Amberley", "administrator_unknown"),
        (5, "E", "Location", "Lodnon", "location_unknown"),
        (5, "S", "Session instructor", "Nobody Known", "instructor_unknown"),
    ]
    assert {one.sheet for one in result.findings} == {"Import"}
    assert all(one.is_error and one.suggestion for one in result.findings)


def test_a_group_with_an_error_is_rejected_with_its_sessions_and_the_others_go_on() -> None:
    wrong, right = event(4, location="Lodnon", sessions=()), event(8)
    result = resolved(wrong, right)
    bad, good = result.groups
    assert (bad.verdict, bad.event) == ("rejected", None)
    assert bad.reason == "row 4: The tutorial tables know no location 'Lodnon'."
    assert good == group(right)
    assert [one.event for one in result.events] == [right]


def test_the_reason_says_how_many_more_there_are() -> None:
    (bad,) = resolved(event(location="Lodnon", instructors="Nobody Known", sessions=())).groups
    assert bad.reason.endswith("'Lodnon'. (and 1 more)")


def test_what_is_not_found_is_counted_with_what_checking_has_rejected() -> None:
    message = "Max places must be a whole number; 'many' is not."
    named = (Named(4, "Lodnon", None, instructors="Nobody Known"),)
    rejected = replace(
        group(event()),
        verdict="rejected",
        reason=why_rejected([(4, message)]),
        event=None,
        named=named,
        errors=((4, message),),
    )
    (bad,) = resolve([rejected], table([event()]), KNOWN).groups
    assert bad.reason == f"row 4: {message} (and 2 more)"


def test_a_wrong_session_rejects_its_whole_event() -> None:
    result = resolved(event(sessions=(session(), session(5, 2, instructors="Nobody Known"))))
    assert result.events == ()
    assert [(one.row, one.code) for one in result.findings] == [(5, "instructor_unknown")]


def test_a_session_that_took_its_place_over_is_not_told_about_a_blank_cell() -> None:
    wrong = event(location="Lodnon", days=1)
    blank = table([replace(wrong, sessions=(session(5, 2, location="", venue="TBC"),))])
    taken_over = replace(wrong, sessions=(session(5, 2, location="Lodnon", venue=None),))
    result = resolve([group(taken_over)], blank, KNOWN)
    assert [(one.row, one.column) for one in result.findings] == [(4, "E")]


def test_findings_follow_the_columns_of_the_sheet_in_whatever_order_they_are() -> None:
    wrong = event(location="Lodnon", instructors="Nobody Known", sessions=())
    swapped = table([wrong])
    positions = dict(swapped.positions)
    positions[Column.INSTRUCTOR], positions[Column.LOCATION] = 4, 17
    result = resolve([group(wrong)], replace(swapped, positions=positions), KNOWN)
    assert [(one.column, one.header) for one in result.findings] == [
        ("E", "Instructor"),
        ("R", "Location"),
    ]


# ---------------------------------------------------------------------- products


def test_a_code_without_a_subject_is_told_about_at_its_cell() -> None:
    known = replace(KNOWN, templates=(linked(1, "XX_LO_6"),))
    finding = found(event(code="XX_LO_6", sessions=()), known=known)
    assert (finding.code, finding.header, finding.value) == (
        "product_unknown",
        "Course template code",
        "XX_LO_6",
    )


def test_a_sitting_without_an_exam_session_is_told_about_at_its_cell() -> None:
    wrong = event(code="CB1_LO_9", sitting=Sitting("2029A", "2029-04"), sessions=())
    result = resolved(wrong)
    assert [(one.code, one.header, one.value) for one in result.findings] == [
        ("template_unknown", "Course template code", "CB1_LO_9"),
        ("product_unknown", "Sitting", "2029A"),
    ]
    assert result.events == ()


def test_a_choice_between_products_is_a_warning() -> None:
    catalogue = KNOWN.catalogue
    more = replace(catalogue, products=(*catalogue.products, Product(73, "y", 1, "LO_60")))
    result = resolved(event(), known=replace(KNOWN, catalogue=more))
    assert codes(result) == ["product_ambiguous"]
    assert result.events[0].product_id == 71


# ---------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2026-02-03T09:00", "Europe/London", "2026-02-03T09:00"),
        ("2026-07-03T09:00", "Europe/London", "2026-07-03T08:00"),
        ("2026-03-29T00:30", "Europe/London", "2026-03-29T00:30"),
        ("2026-10-25T01:30", "Europe/London", "2026-10-25T00:30"),
        ("2026-10-25T02:00", "Europe/London", "2026-10-25T02:00"),
        ("2026-07-03T09:00", "Asia/Kolkata", "2026-07-03T03:30"),
    ],
)
@pytest.mark.parametrize("host", ["UTC", "America/New_York"])
def test_local_times_are_one_instant_whatever_zone_the_host_is_in(
    local: str, zone: str, utc: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", host)
    tzset()
    starts, instant = datetime.fromisoformat(local), datetime.fromisoformat(utc)
    ends = starts + timedelta(minutes=5)
    one = session(starts=starts, ends=ends)
    (result,) = resolved(event(starts=starts, ends=ends, zone=zone, sessions=(one,))).events
    monkeypatch.undo()
    tzset()
    expected = instant.replace(tzinfo=UTC)
    assert (result.starts, result.sessions[0].starts) == (expected, expected)
    assert result.ends == result.sessions[0].ends == expected + timedelta(minutes=5)
    assert result.starts.tzinfo is UTC


@pytest.mark.parametrize(
    "zone",
    ["America/Argentina/Buenos_Aires", "Asia/Ho_Chi_Minh", "Europe/Kyiv", "UTC"],
)
def test_another_zone_than_that_of_the_town_is_warned_about_wherever_it_is(zone: str) -> None:
    finding = found(event(zone=zone, sessions=()))
    assert finding.code == "zone_differs_from_venue"
    assert "Europe - London" in (finding.suggestion or "")


def test_a_town_with_a_zone_of_its_own_is_warned_about() -> None:
    finding = found(event(location="dublin", venue=None, sessions=()))
    assert (finding.code, finding.column, finding.severity) == (
        "zone_differs_from_venue",
        "G",
        "warning",
    )
    assert finding.value == "Europe - London"
    assert "Europe - Dublin" in (finding.suggestion or "")


@pytest.mark.parametrize(
    ("location", "zone"),
    [
        ("Dublin", "Europe/Dublin"),
        ("London", "Europe/London"),
        ("Leeds", "Europe/Dublin"),
        ("Belfast", "Europe/London"),
        ("Halifax", "Europe/London"),
        ("Perth", "Europe/London"),
    ],
)
def test_other_towns_are_not(location: str, zone: str) -> None:
    known = replace(KNOWN, locations=(linked(11, location),))
    accepted(event(location=location, venue=None, zone=zone, sessions=()), known=known)


# ---------------------------------------------------------------------- learning mode


def _with_mode(mode: str | None) -> References:
    return replace(KNOWN, templates=(linked(1, "CB1_LO_6", mode), linked(2, "OC_CB1", mode)))


@pytest.mark.parametrize("mode", [None, "", "blended", "Blended", "something new"])
def test_a_learning_mode_that_agrees_or_is_not_known_is_no_finding(mode: str | None) -> None:
    accepted(event(), known=_with_mode(mode))


def test_a_template_for_the_lms_alone_cannot_make_an_event_with_a_classroom() -> None:
    finding = found(event(), known=_with_mode("lms"))
    assert (finding.code, finding.severity, finding.column) == (
        "learning_mode_incompatible",
        "error",
        "D",
    )


def test_other_differences_of_learning_mode_are_warnings() -> None:
    finding = found(event(mode=Mode.CLASSROOM), known=_with_mode("blended"))
    assert (finding.code, finding.severity) == ("learning_mode_differs", "warning")
    lms = event(code="OC_CB1", mode=Mode.LMS, venue=None, instructors="", sessions=())
    assert found(lms, known=_with_mode("blended")).code == "learning_mode_differs"


# ---------------------------------------------------------------------- across events


def test_the_same_event_in_two_zones_is_an_error_of_the_second_row() -> None:
    known = replace(KNOWN, locations=(linked(11, "London"),), venues=())
    first = event(4, title="CB1", venue=None, sessions=())
    second = event(9, title="cb1", venue=None, zone="Europe/Dublin", sessions=())
    result = resolved(first, second, known=known)
    errors = [one for one in result.findings if one.is_error]
    assert [(one.row, one.code) for one in errors] == [(9, "same_event_twice")]
    assert "Row 4" in errors[0].message
    assert [one.event for one in result.events] == [first]


def test_an_instructor_of_two_sessions_at_once_is_warned_about_once() -> None:
    first, second = event(4), event(9)
    finding = found(first, second)
    assert (finding.code, finding.severity) == ("instructor_double_booked", "warning")
    assert (finding.row, finding.header) == (9, "Session instructor")
    assert "row 4" in finding.message


def test_sessions_one_after_the_other_are_not_double_booked() -> None:
    later = START + timedelta(hours=3)
    second = session(9, starts=later, ends=later + timedelta(hours=3))
    assert resolved(event(4), event(9, starts=later, sessions=(second,))).findings == ()
    other = session(9, instructors="Benedict Oakhurst")
    assert resolved(event(4), event(9, sessions=(other,))).findings == ()


def test_a_long_session_overlaps_all_that_start_within_it() -> None:
    days = [
        session(
            row, row - 3, starts=START + timedelta(hours=hours), ends=START + timedelta(hours=8)
        )
        for row, hours in ((4, 0), (5, 1), (6, 2), (7, 3), (8, 4))
    ]
    result = resolved(event(sessions=tuple(days)))
    assert [one.row for one in result.findings] == [5, 6, 7, 8]
    assert "see rows 4, 5 and 6." in result.findings[2].message
    assert "and 1 more." in result.findings[3].message


def test_events_that_are_rejected_book_nobody() -> None:
    result = resolved(event(4, location="Lodnon", venue=None, sessions=(session(),)), event(9))
    assert "instructor_double_booked" not in codes(result)


# ---------------------------------------------------------------------- speed


@pytest.mark.parametrize("is_right", [True, False])
def test_resolving_takes_no_longer_than_it_must_whether_all_is_right_or_wrong(
    is_right: bool,
) -> None:
    people = tuple(person(number, f"Fern{number}", f"Sandover{number}") for number in range(700))
    known = replace(KNOWN, people=people + KNOWN.people)
    x = "" if is_right else "x"
    events = [
        event(
            row,
            code=f"CB1_LO_6{x and row}",
            location=f"London{x and row}",
            instructors=f"Agnes Tolliver{x and row}",
            administrators=f"Doris Amberly{x and row}",
            sessions=tuple(
                session(
                    row + place,
                    place + 1,
                    location=f"London{x and row}",
                    instructors=f"Agnes Tolliver{x and row + place}",
                )
                for place in range(3)
            ),
        )
        for row in range(4, 904, 3)
    ]
    groups, rows = [group(one) for one in events], table(events)
    result, effort = calls(resolve, groups, rows, known)
    assert effort < 500 * 900
    assert len(result.events) == (300 if is_right else 0)
