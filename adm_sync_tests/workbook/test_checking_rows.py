"""Bad rows: which belong together, and which are left out."""

# ruff: noqa: DTZ001 - what a workbook says has no time zone

from datetime import datetime, timedelta

import pytest

from adm_sync.workbook.checking import check
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Place
from adm_sync.workbook.sheet import Raw
from adm_sync.workbook.sheets import Range
from adm_sync.workbook.table import Table
from adm_sync_tests.told import told
from adm_sync_tests.workbook.effort import calls
from adm_sync_tests.workbook.tables import (
    TITLE,
    TODAY,
    checked,
    codes,
    event,
    group,
    lms_only,
    note,
    only,
    session,
    table,
)

OTHER = "CM1-LO-2-26A"
SESSION_TITLE, DAY = "Session title", "Day"


def test_a_session_before_any_event_is_attached_to_nothing() -> None:
    outcome = checked(session(2), event(), session(2))
    assert codes(outcome) == [("orphan_session", 4, None)]
    orphan, found = outcome.groups
    assert (orphan.rows, orphan.has_event, orphan.sessions) == ((4,), False, 1)
    assert (orphan.verdict, orphan.title) == ("rejected", f"{TITLE}-2")
    assert (found.rows, found.verdict) == ((5, 6), "accepted")


def test_the_cells_of_an_orphan_are_checked_as_well() -> None:
    outcome = checked(session(2, start_time="25:00"))
    assert codes(outcome) == [
        ("orphan_session", 4, None),
        ("time_unreadable", 4, "Classroom start time"),
    ]


def test_a_rejected_event_takes_its_sessions_along() -> None:
    outcome = checked(event(), event(OTHER, sitting="2026X"), session(2, OTHER), session(3, OTHER))
    assert codes(outcome) == [("sitting_unknown", 5, "Sitting")]
    first, second = outcome.groups
    assert (first.rows, first.verdict) == ((4,), "accepted")
    assert (second.rows, second.verdict, second.sessions) == ((5, 6, 7), "rejected", 3)
    assert first.event is not None
    assert len(first.event.sessions) == 1


def test_an_event_whose_code_was_blanked_is_no_session_of_the_event_before() -> None:
    outcome = checked(event(), session(2), event(OTHER, code=""), session(2, OTHER))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.column) == ("code_missing", 6, "A")
    assert [found.rows for found in outcome.groups] == [(4, 5), (6, 7)]
    assert [found.verdict for found in outcome.groups] == ["accepted", "rejected"]
    assert outcome.groups[1].has_event


def test_an_event_without_code_and_title_is_still_no_session() -> None:
    outcome = checked(event(), event(OTHER, code=None, title=None), session(2, OTHER))
    assert codes(outcome) == [
        ("code_missing", 5, "Course template code"),
        ("required", 5, "Event title"),
    ]
    assert [found.rows for found in outcome.groups] == [(4,), (5, 6)]


def test_a_session_row_into_which_the_event_was_filled_down_stays_a_session() -> None:
    filled = event(
        code=None,
        session_title=f"{TITLE}-2",
        day=2,
        start_date="20/01/2026",
        end_date="20/01/2026",
        finalisation_date="05/01/2026",
    )
    outcome = checked(event(), filled)
    assert outcome.findings == ()
    assert group(outcome).sessions == 2


def test_what_counts_only_on_the_event_row_is_ignored_elsewhere() -> None:
    finding = only(checked(event(), session(2, max_places=30, sitting="2026S")))
    assert (finding.code, finding.row, finding.column) == ("event_value_on_session", 5, "P")
    assert "Max places, Sitting" in finding.message


def test_a_session_under_another_event_is_told_where_it_belongs() -> None:
    outcome = checked(event(OTHER), session(2, OTHER), event(), session(2), session(3, OTHER))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.column) == ("belongs_elsewhere", 8, "C")
    assert f"'{OTHER}' in row 4" in finding.message
    assert finding.suggestion == "Move the row under row 4, or correct the title."
    assert [found.verdict for found in outcome.groups] == ["accepted", "rejected"]


def test_resemblance_attaches_nothing() -> None:
    outcome = checked(event(), session(2), session(3, session_title="CB1-LO-6-26a3-3"))
    finding = only(outcome)
    assert (finding.code, finding.row) == ("belongs_elsewhere", 6)
    assert "nor from any other's" in finding.message
    assert finding.suggestion is None
    assert group(outcome).event is None


def test_a_session_belongs_to_the_event_with_the_longer_title() -> None:
    outcome = checked(event("CB1"), event("CB1-Evening"), event("CM1"), session(2, "CB1-Evening"))
    assert "'CB1-Evening' in row 5" in only(outcome).message
    outcome = checked(event("CB1-Evening"), event("CB1"), session(2, "CB1-Evening"))
    assert (only(outcome).code, only(outcome).row) == ("belongs_elsewhere", 6)


def test_of_two_events_of_one_title_the_nearest_is_named() -> None:
    later = event(OTHER, start_date="20/01/2026", end_date="20/01/2026")
    outcome = checked(event(OTHER), event("CB2"), event("CB3"), session(2, OTHER), later)
    assert f"'{OTHER}' in row 8" in only(outcome).message


def test_an_event_title_on_the_session_row_must_be_the_event_s() -> None:
    outcome = checked(event(OTHER), event(), session(2, title=OTHER))
    finding = only(outcome)
    assert (finding.code, finding.row) == ("belongs_elsewhere", 6)
    assert f"'{OTHER}' in row 4" in finding.message


def test_an_event_title_on_the_session_row_may_be_the_session_s() -> None:
    assert checked(event(), session(2, title=f"{TITLE}-2")).findings == ()


def test_titles_are_compared_after_folding() -> None:
    outcome = checked(
        event("CB1 \u2013 Caf\u00e9  6"), session(2, session_title="cb1 - cafe\u0301 6 \u2013 2")
    )
    assert outcome.findings == ()


def test_a_sheet_that_was_sorted_attaches_no_session_to_another_event() -> None:
    outcome = checked(event(OTHER), event(), session(2, OTHER), session(2))
    assert codes(outcome) == [("belongs_elsewhere", 6, SESSION_TITLE)]
    assert [found.verdict for found in outcome.groups] == ["accepted", "rejected"]


def test_a_session_that_is_astray_is_not_held_to_the_event_s_place_day_or_window() -> None:
    stray = session(
        9, OTHER, location="Leeds", venue="Quay House", start_date="1/9/26", end_date="1/9/26"
    )
    outcome = checked(event(OTHER), event(), session(2), stray, session(3))
    assert codes(outcome) == [("belongs_elsewhere", 7, SESSION_TITLE)]


def test_the_first_session_s_title_goes_on_from_the_event_s() -> None:
    finding = only(checked(event(session_title=f"{OTHER}-1"), session(2)))
    assert (finding.code, finding.row, finding.column) == ("session_title_mismatch", 4, "C")
    assert f"'{TITLE}'" in finding.message


def test_an_event_title_that_none_of_its_sessions_bears_is_one_mistake() -> None:
    rows = [event(title="CB1-L0-6-26A"), session(2), session(3)]
    finding = only(checked(*rows))
    assert (finding.code, finding.row, finding.column) == ("session_title_mismatch", 4, "B")
    assert finding.suggestion == TITLE


@pytest.mark.parametrize(
    ("days", "row", "found"),
    [
        ((1, 2, 4), 6, "1, 2, 4"),
        ((1, 2, 2), 6, "1, 2, 2"),
        ((2, 3, 4), 4, "2, 3, 4"),
        ((1, 3, 2), 5, "1, 3, 2"),
        ((1, 1, 2), 5, "1, 1, 2"),
    ],
)
def test_days_run_one_two_three(days: tuple[int, ...], row: int, found: str) -> None:
    first, *others = days
    rows = [
        session(position, day=day, session_title=f"{TITLE}-x{position}")
        for position, day in enumerate(others, start=2)
    ]
    outcome = checked(event(day=first), *rows)
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("day_sequence", row, DAY)
    assert finding.message == f"Day must run 1, 2, 3 in this event; it runs {found}."
    assert group(outcome).verdict == "rejected"


def test_a_day_that_cannot_be_read_is_no_gap() -> None:
    outcome = checked(event(), session(2, day="two"), session(3))
    assert codes(outcome) == [("not_a_whole_number", 5, DAY)]
    outcome = checked(event(), session(2, day=None), session(3, day="x"), session(4, day=7))
    assert [code for code, _, _ in codes(outcome)] == [
        "required",
        "not_a_whole_number",
        "day_sequence",
    ]


@pytest.mark.parametrize(
    ("change", "code", "header"),
    [
        ({"location": "Leeds"}, "location_differs", "Location"),
        ({"venue": "Quay House"}, "venue_differs", "Venue"),
        ({"venue": "TBC"}, "venue_differs", "Venue"),
    ],
)
def test_a_session_is_where_its_event_is(change: dict[str, Raw], code: str, header: str) -> None:
    outcome = checked(event(), session(2, **change))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == (code, 5, header)
    assert finding.is_error
    assert finding.suggestion in ("London", "Holborn House")


def test_a_blank_place_on_a_session_row_is_the_event_s() -> None:
    outcome = checked(event(), session(2, location="", venue=None))
    assert codes(outcome) == [("taken_from_event", 5, "Location"), ("taken_from_event", 5, "Venue")]
    found = group(outcome).event
    assert found is not None
    assert (found.sessions[1].location, found.sessions[1].venue) == ("London", "Holborn House")


def test_one_unknown_venue_is_another_s_equal() -> None:
    outcome = checked(event(venue="TBC"), session(2, venue="To be confirmed"), session(3, venue=""))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert [one.venue for one in found.sessions] == [None, None, None]


def test_another_zone_on_a_session_row_is_not_used() -> None:
    outcome = checked(event(), session(2, zone="Europe - Paris"), session(3, zone=""))
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("zone_differs", "warning")
    assert (finding.row, finding.header) == (5, "Time Zone")
    assert group(outcome).verdict == "accepted"


@pytest.mark.parametrize(
    "row",
    [
        note(code="TOTAL"),
        note(code="Total", max_places=350),
        note(code="Total", title=6),
        note(title="All times are local"),
        note(session_title="Total", day=957),
        note(session_title="Ask Grace about Leeds"),
        note(extra_information="checked 12/11"),
        note(max_places=350),
    ],
)
def test_a_note_is_neither_event_nor_session(row: dict[Column, Raw]) -> None:
    outcome = checked(event(), session(2), row, session(3))
    assert codes(outcome) == [("not_an_event_or_session", 6, None)]
    found, remark = outcome.groups
    assert (found.rows, found.verdict) == ((4, 5, 7), "accepted")
    assert (remark.rows, remark.has_event, remark.sessions) == ((6,), False, 0)
    assert remark.verdict == "rejected"


def test_a_session_without_dates_and_with_a_wrong_title_is_not_dropped_as_a_note() -> None:
    bare = note(session_title="CB1-LO-7-2", day=2)
    outcome = checked(event(), bare)
    assert "belongs_elsewhere" in [code for code, _, _ in codes(outcome)]
    assert group(outcome).rows == (4, 5)


@pytest.mark.parametrize("blank", [None, "", " ", "\u00a0", "\u200b\ufeff", "\x00"])
def test_blank_rows_count_for_nothing(blank: Raw) -> None:
    empty = dict.fromkeys((Column.TITLE, Column.START_DATE, Column.EXTRA_INFORMATION), blank)
    outcome = checked(event(), empty, session(2), {Column.UNNAMED: "x"}, session(3), empty)
    assert outcome.findings == ()
    assert outcome.rows == 3
    assert group(outcome).rows == (4, 6, 8)


def test_the_same_event_twice_is_refused_the_second_time() -> None:
    again = event(code="cb1_lo_6 ", title=f" {TITLE.lower()}")
    outcome = checked(event(), session(2), again, session(2))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.column) == ("duplicate_event", 6, "B")
    assert "row 4" in finding.message
    assert [found.verdict for found in outcome.groups] == ["accepted", "rejected"]


def test_an_event_at_another_time_is_another_event() -> None:
    later = event(start_date="14/01/2026", end_date="14/01/2026")
    assert checked(event(), later, event(cancelled="Y"), event(code="CB1_LO_7")).groups[1].event
    assert "duplicate_event" not in [code for code, _, _ in codes(checked(event(), later))]


def test_sessions_under_an_event_in_the_lms_only_are_refused() -> None:
    title = "CB1-Online-26A"
    outcome = checked(event(), lms_only(), session(2, title), session(2))
    assert codes(outcome) == [
        ("session_of_lms_only", 6, SESSION_TITLE),
        ("belongs_elsewhere", 7, SESSION_TITLE),
    ]
    assert [found.verdict for found in outcome.groups] == ["accepted", "rejected"]
    assert outcome.groups[1].sessions == 2


def test_what_an_event_in_the_lms_only_has_no_use_for_is_ignored() -> None:
    outcome = checked(
        lms_only(start_date="31/04/2026", max_places=-4, venue="Holborn House", session_url="x")
    )
    finding = only(outcome)
    assert (finding.code, finding.row, finding.column) == ("ignored_on_lms_only", 4, "H")
    assert "Classroom start date, Max places, Session url, Venue" in finding.message
    found = group(outcome).event
    assert found is not None
    assert (found.max_places, found.venue) == (None, None)


@pytest.mark.parametrize("venue", ["TBC", "tbd", "To Be Confirmed", "", None])
def test_an_event_in_the_lms_only_needs_no_venue(venue: Raw) -> None:
    assert checked(lms_only(venue=venue)).findings == ()


def merged(*rows: dict[Column, Raw], ranges: tuple[Range, ...], at: int) -> Table:
    found = table(
        *rows, findings=[told(Place("Import", at), "error", "merged_cells", "They are merged.")]
    )
    return Table(found.sheet, 1, found.positions, found.rows, found.findings, ranges)


def test_what_is_blank_because_cells_are_merged_is_said_once() -> None:
    down = Range("E4:F5", 4, 4, 5, 5)
    outcome = check(
        merged(event(venue=None), session(2, location=None, venue=None), ranges=(down,), at=4),
        today=TODAY,
    )
    assert codes(outcome) == [("merged_cells", 4, None)]
    across = Range("H4:K4", 7, 4, 10, 4)
    alone = event(start_time=None, end_date=None, end_time=None, max_places="x")
    outcome = check(merged(alone, ranges=(across,), at=4), today=TODAY)
    assert codes(outcome) == [("merged_cells", 4, None), ("not_a_whole_number", 4, "Max places")]


def test_any_number_of_merged_ranges_costs_little() -> None:
    everything = tuple(Range("A1:AI9", 0, 1, 34, 1_000_000) for _ in range(100_000))
    rows = [row for number in range(25) for row in (event(f"CB1-{number}"),)]
    outcome = check(merged(*rows, ranges=everything, at=4), today=TODAY)
    assert len(outcome.groups) == 25


@pytest.mark.parametrize("unit", ["-", "a-", "a   b", "x"])
def test_no_title_takes_long_to_place(unit: str) -> None:
    title = unit * (10_000 // len(unit))
    rows = [row for _ in range(40) for row in (event(title), session(2, title), session(3, title))]
    outcome, effort = calls(checked, *rows)
    assert effort < 2_000 * len(rows)
    assert {found.verdict for found in outcome.groups} == {"rejected"}


def test_no_number_of_sessions_takes_long_to_order() -> None:
    """One event whose later half has slipped to before its earlier half."""
    day = datetime(2026, 1, 13)
    rows = [session(number, start_date=day, end_date=day) for number in range(2, 1_001)]
    for number, row in enumerate(rows):
        moved = day + timedelta(days=number if number < 500 else 400 - number)
        row |= {Column.START_DATE: moved, Column.END_DATE: moved}
    head = event(mode="Classroom", finalisation_date=None)
    outcome, effort = calls(checked, head, *rows)
    assert effort < 2_000 * len(rows)
    assert group(outcome).verdict == "rejected"


@pytest.mark.parametrize("title", [None, TITLE])
def test_a_code_that_was_filled_down_is_said_at_each_session(title: str | None) -> None:
    filled = {"code": "CB1_LO_6", "title": title}
    outcome = checked(event(), *(session(day, **filled) for day in (2, 3, 4)))
    assert codes(outcome) == [
        ("session_with_code", row, "Course template code") for row in (5, 6, 7)
    ]
    assert outcome.findings[0].suggestion == "Clear A5."
    (found,) = outcome.groups
    assert (found.rows, found.verdict, found.sessions) == ((4, 5, 6, 7), "rejected", 4)


def test_a_code_on_one_session_is_said_there() -> None:
    outcome = checked(event(), session(2), session(3, code="CB1_LO_6"), session(4))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.column) == ("session_with_code", 6, "A")
    assert "a session must have no code" in finding.message
    assert [found.verdict for found in outcome.groups] == ["rejected"]
