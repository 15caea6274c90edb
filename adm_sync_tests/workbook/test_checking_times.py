"""Bad dates, times and zones: what they must fit."""

# ruff: noqa: DTZ001 - what a workbook says has no time zone

from datetime import date, datetime, time, timedelta

import pytest

from adm_sync.workbook.sheet import Raw
from adm_sync_tests.workbook.tables import checked, codes, event, group, lms_only, only, session

START_DATE, END_DATE = "Classroom start date", "Classroom end date"
START_TIME, END_TIME = "Classroom start time", "Classroom end time"


def on(day: Raw) -> dict[str, Raw]:
    """Start and end on one date."""
    return {"start_date": day, "end_date": day}


@pytest.mark.parametrize(
    ("raw", "code", "suggestion"),
    [
        ("01/13/2026", "month_first", "13/01/2026"),
        ("31/04/2026", "no_such_day", None),
        ("29/02/2026", "no_such_day", None),
        ("TBC", "date_unreadable", None),
        ("13/01/1926", "year_out_of_range", None),
    ],
)
def test_a_wrong_date_is_one_finding_where_it_stands(
    raw: str, code: str, suggestion: str | None
) -> None:
    finding = only(checked(event(), session(2, start_date=raw)))
    assert (finding.code, finding.row, finding.column) == (code, 5, "H")
    assert (finding.header, finding.value, finding.suggestion) == (START_DATE, raw, suggestion)


@pytest.mark.parametrize("raw", ["25:00", "9:60", timedelta(hours=36), "noon", 17])
def test_a_wrong_time_is_one_finding_where_it_stands(raw: Raw) -> None:
    finding = only(checked(event(), session(2, end_time=raw)))
    assert (finding.code, finding.row, finding.header) == ("time_unreadable", 5, END_TIME)


def test_a_number_in_a_date_column_is_a_date_with_a_warning() -> None:
    outcome = checked(event(start_date=46035), session(2))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("date_as_number", 4, START_DATE)
    assert finding.suggestion == "13/01/2026"
    found = group(outcome).event
    assert found is not None
    assert found.starts == datetime(2026, 1, 13, 9, 30)


def test_a_fraction_of_a_day_is_rounded_to_the_minute() -> None:
    outcome = checked(event(start_time=0.3749999, end_time=0.7083333333))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert (found.starts.time(), found.ends.time()) == (time(9), time(17))


def test_the_last_second_of_a_day_stays_on_it() -> None:
    outcome = checked(event(lms_end_time=time(23, 59, 59)))
    finding = only(outcome)
    assert (finding.code, finding.header) == ("time_rounded", "LMS end time")
    found = group(outcome).event
    assert found is not None
    assert found.lms_ends == datetime(2026, 5, 29, 23, 59)


def test_an_lms_end_at_midnight_is_the_start_of_its_day() -> None:
    found = group(checked(event())).event
    assert found is not None
    assert found.lms_ends == datetime(2026, 5, 29)
    inside = on("28/05/2026")
    assert "outside_lms_window" not in str(codes(checked(event(sitting="26S", **inside))))
    outcome = checked(event(sitting="26S", **on("29/05/2026")))
    assert codes(outcome) == [("outside_lms_window", 4, START_DATE)]


def test_a_blank_lms_time_is_midnight_and_told() -> None:
    outcome = checked(event(lms_start_time=None, lms_end_time=""))
    assert codes(outcome) == [
        ("time_assumed", 4, "LMS start time"),
        ("time_assumed", 4, "LMS end time"),
    ]
    found = group(outcome).event
    assert found is not None
    assert found.lms_starts == datetime(2026, 1, 2)


def test_a_date_without_its_time_is_refused_and_the_reverse() -> None:
    outcome = checked(event(), session(2, start_time=None, end_date=None))
    assert codes(outcome) == [("required", 5, START_TIME), ("required", 5, END_DATE)]
    outcome = checked(lms_only(lms_end_date=None))
    assert codes(outcome) == [("required", 4, "LMS end date")]


# ------------------------------------------------------------------ a date with a time


def test_a_time_in_the_date_cell_is_not_used() -> None:
    outcome = checked(event(start_date=datetime(2026, 1, 13, 9, 30)))
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("date_with_time", "warning")
    assert (finding.row, finding.header) == (4, START_DATE)
    assert group(outcome).verdict == "accepted"


def test_a_date_in_the_time_cell_is_not_used() -> None:
    outcome = checked(event(start_time=datetime(2026, 1, 13, 9, 30)))
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("time_with_date", "warning")
    assert (finding.row, finding.header) == (4, START_TIME)
    assert group(outcome).verdict == "accepted"


def test_two_times_or_two_dates_that_differ_are_refused() -> None:
    finding = only(checked(event(start_date="13/01/2026 10:00")))
    assert (finding.code, finding.header) == ("date_and_time_disagree", START_DATE)
    assert "10:00" in finding.message
    assert "09:30" in finding.message
    finding = only(checked(event(end_time=datetime(2026, 1, 14, 17))))
    assert (finding.code, finding.header) == ("date_and_time_disagree", END_TIME)


def test_a_time_in_the_date_cell_does_not_stand_in_for_a_blank_one() -> None:
    outcome = checked(event(start_date=datetime(2026, 1, 13, 9, 30), start_time=None))
    assert codes(outcome) == [("date_with_time", 4, START_DATE), ("required", 4, START_TIME)]


# ------------------------------------------------------------------ start and end


@pytest.mark.parametrize(
    ("changes", "code", "header"),
    [
        ({"end_time": "09:30"}, "end_before_start", END_TIME),
        ({"start_time": "17:00", "end_time": "09:30"}, "end_before_start", END_TIME),
        ({"end_date": "12/01/2026"}, "end_before_start", END_DATE),
        ({"end_date": "15/01/2026"}, "session_too_long", END_DATE),
        ({"end_date": "14/01/2026"}, "session_too_long", END_DATE),
    ],
)
def test_a_session_ends_after_it_starts_and_within_a_day(
    changes: dict[str, Raw], code: str, header: str
) -> None:
    assert codes(checked(event(**changes), session(2))) == [(code, 4, header)]


def test_a_session_may_end_on_the_next_day() -> None:
    outcome = checked(event(start_time="18:00", end_date="14/01/2026", end_time="02:00"))
    assert outcome.findings == ()


def test_an_lms_window_ends_after_it_starts() -> None:
    outcome = checked(event(lms_end_date="29/05/2025"), session(2))
    assert codes(outcome) == [("end_before_start", 4, "LMS end date")]


# ------------------------------------------------------------------ the clocks


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    outcome = checked(lms_only(lms_start_date="29/03/2026", lms_start_time="01:30"))
    finding = only(outcome)
    assert (finding.code, finding.header) == ("time_does_not_exist", "LMS start time")
    assert "29/03/2026 01:30 in Europe/London" in finding.message


def test_a_time_that_occurs_twice_is_the_first() -> None:
    autumn: dict[str, Raw] = {"lms_start_date": "25/10/2026", "lms_end_date": "01/03/2027"}
    outcome = checked(lms_only(lms_start_time="01:30", **autumn))
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("time_occurs_twice", "warning")
    assert "25/10/2026 01:30" in finding.message
    found = group(outcome).event
    assert found is not None
    assert (found.starts, found.starts.fold) == (datetime(2026, 10, 25, 1, 30), 0)


def test_other_zones_change_their_clocks_on_other_days() -> None:
    changes: dict[str, Raw] = {"lms_start_date": "08/03/2026", "lms_start_time": "02:30"}
    assert checked(lms_only(**changes)).findings == ()
    outcome = checked(lms_only(zone="America - New York", **changes))
    assert codes(outcome) == [("time_does_not_exist", 4, "LMS start time")]


# ------------------------------------------------------------------ the LMS window


def test_a_mistyped_year_is_one_finding_at_its_session() -> None:
    outcome = checked(event(), session(2, **on("20/01/2027")), session(3), session(4))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("outside_lms_window", 5, START_DATE)
    assert finding.suggestion == "20/01/2026"
    assert group(outcome).verdict == "rejected"


def test_a_year_too_early_is_found_as_well() -> None:
    finding = only(checked(event(), session(2, **on("20/01/2025")), session(3)))
    assert (finding.code, finding.row) == ("outside_lms_window", 5)
    assert finding.suggestion == "20/01/2026"


def test_an_end_outside_the_window_is_named_at_the_end() -> None:
    late = {"start_date": "28/05/2026", "start_time": "20:00", "end_date": "29/05/2026"}
    outcome = checked(event(sitting="26S"), session(2, **late, end_time="01:00"))
    assert codes(outcome) == [("outside_lms_window", 5, END_DATE)]


@pytest.mark.parametrize(
    ("changes", "header"),
    [
        ({"lms_end_date": "05/01/2026"}, "LMS end date"),
        ({"lms_start_date": "01/03/2026"}, "LMS start date"),
    ],
)
def test_a_window_that_leaves_every_session_out_is_the_mistake(
    changes: dict[str, Raw], header: str
) -> None:
    finding = only(checked(event(**changes), session(2), session(3)))
    assert (finding.code, finding.row, finding.header) == ("outside_lms_window", 4, header)
    assert "rows 4, 5 and 6" in finding.message


def test_a_date_that_cannot_be_read_is_in_no_window() -> None:
    outcome = checked(event(lms_end_date="31/04/2026"), session(2, **on("20/01/2027")))
    assert [code for code, _, _ in codes(outcome)] == ["no_such_day", "after_sitting"]
    outcome = checked(event(), session(2, start_date="20/01/20277"), session(3))
    assert codes(outcome) == [("date_unreadable", 5, START_DATE)]


def test_an_ambiguous_date_is_told_only_if_both_readings_fit() -> None:
    outcome = checked(event(**on("04/03/2026")))
    assert codes(outcome) == [("date_ambiguous", 4, START_DATE), ("date_ambiguous", 4, END_DATE)]
    assert "04/03/2026; 03/04/2026 would fit" in outcome.findings[0].message
    found = group(outcome).event
    assert found is not None
    assert found.starts.date() == date(2026, 3, 4)
    assert checked(event(**on("04/08/2026"))).findings[0].code == "outside_lms_window"
    assert checked(event(**on("03/02/2026"))).findings[0].suggestion == "03 Feb 2026"
    assert checked(event(lms_end_date="01/04/2026", **on("10/02/2026"))).findings == ()


# ------------------------------------------------------------------ order


def classroom(**changes: Raw) -> dict[str, Raw]:
    without: dict[str, Raw] = dict.fromkeys(
        ("lms_start_date", "lms_start_time", "lms_end_date", "lms_end_time")
    )
    return {"mode": "Classroom", **without, **changes}


def test_a_session_that_goes_back_in_time_is_named() -> None:
    outcome = checked(event(**classroom()), session(2), session(3, **on("13/01/2025")), session(4))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("back_in_time", 6, START_DATE)
    assert "Day 2 in row 5" in finding.message


def test_the_session_that_is_too_late_is_named_and_not_all_that_follow() -> None:
    outcome = checked(event(**classroom()), session(2, **on("20/01/2027")), session(3), session(4))
    assert codes(outcome) == [("back_in_time", 5, START_DATE)]
    first = event(**classroom(**on("13/01/2027"), finalisation_date=None))
    assert codes(checked(first, session(2), session(3))) == [("back_in_time", 4, START_DATE)]


def test_of_two_explanations_the_one_that_leaves_the_dates_close_together_is_told() -> None:
    for year in ("2025", "2027"):
        rows = event(**classroom()), session(2, **on(f"20/01/{year}")), session(3)
        assert codes(checked(*rows)) == [("back_in_time", 5, START_DATE)]


def test_two_sessions_may_start_on_one_day() -> None:
    assert checked(event(), session(2, **on("13/01/2026"), start_time="13:00")).findings == ()


def test_days_in_a_wrong_order_are_not_times_in_a_wrong_order() -> None:
    assert codes(checked(event(), session(3), session(2))) == [("day_sequence", 5, "Day")]


# ------------------------------------------------------------------ finalisation and sitting


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("20/01/2026", "finalised_after_start"),
        ("5/1/2026 or 6/1/2026", "date_unreadable"),
        ("by 05/01/2026", "date_unreadable"),
    ],
)
def test_a_wrong_finalisation_date_is_refused(raw: str, code: str) -> None:
    finding = only(checked(event(finalisation_date=raw), session(2)))
    assert (finding.code, finding.row, finding.header) == (code, 4, "Finalisation date")


@pytest.mark.parametrize("raw", ["05/01/2026", "5 Jan 2026", datetime(2026, 1, 5)])
def test_a_finalisation_date_may_be_text(raw: Raw) -> None:
    outcome = checked(event(finalisation_date=raw))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert found.finalisation_date == date(2026, 1, 5)


def test_a_finalisation_date_may_be_that_of_the_first_session() -> None:
    assert checked(event(finalisation_date="13/01/2026")).findings == ()
    outcome = checked(event(finalisation_date=datetime(2026, 1, 5, 12)))
    assert codes(outcome) == [("date_with_time", 4, "Finalisation date")]


def test_sessions_after_the_exams_are_one_warning() -> None:
    outcome = checked(event(), session(2, **on("05/05/2026")), session(3, **on("06/05/2026")))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("after_sitting", 5, START_DATE)
    assert "2026A (2026-04): rows 5 and 6" in finding.message
    assert group(outcome).verdict == "accepted"
    assert checked(event(sitting="26S"), session(2, **on("05/05/2026"))).findings == ()


def test_an_lms_end_far_from_the_sitting_is_a_warning() -> None:
    assert codes(checked(event(lms_end_date="29/05/2027"))) == [
        ("lms_end_far_from_sitting", 4, "LMS end date")
    ]
    assert checked(event(lms_end_date="29/04/2027")).findings == ()


# ------------------------------------------------------------------ the calendar


def test_past_sessions_are_one_warning_per_event() -> None:
    outcome = checked(event(), session(2), session(3), today=date(2026, 1, 21))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("in_the_past", 4, START_DATE)
    assert "rows 4 and 5" in finding.message
    assert checked(event(), today=date(2026, 1, 13)).findings == ()
    outcome = checked(lms_only(), today=date(2026, 6, 1))
    assert codes(outcome) == [("in_the_past", 4, "LMS end date")]


def test_sessions_far_ahead_are_one_warning_per_event() -> None:
    outcome = checked(event(), session(2), today=date(2023, 12, 1))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("far_ahead", 4, START_DATE)
    assert "rows 4 and 5" in finding.message
    outcome = checked(lms_only(), today=date(2023, 12, 1))
    assert codes(outcome) == [("far_ahead", 4, "LMS start date")]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 17), "Saturday"),
        (date(2026, 1, 18), "Sunday"),
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 4, 6), "Easter Monday"),
    ],
)
def test_a_session_on_a_day_off_is_a_warning(day: date, name: str) -> None:
    outcome = checked(event(**on(day)))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("day_off", 4, START_DATE)
    assert name in finding.message
    assert group(outcome).verdict == "accepted"


def test_every_session_on_a_day_off_is_named() -> None:
    outcome = checked(event(**on("17/01/2026")), session(2, **on("24/01/2026")))
    assert codes(outcome) == [("day_off", 4, START_DATE), ("day_off", 5, START_DATE)]


def test_a_registration_deadline_may_have_a_time() -> None:
    found = group(checked(event(registration_deadline=datetime(2026, 1, 9, 17)))).event
    assert found is not None
    assert found.value("registration_deadline") == datetime(2026, 1, 9, 17)
    outcome = checked(event(registration_deadline="soon"))
    assert codes(outcome) == [("date_unreadable", 4, "Registration Deadline Date")]
