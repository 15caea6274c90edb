"""Bad cells: text and encoding, numbers, flags and URLs, and blank ones."""

from datetime import datetime, time

import pytest

from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Mode
from adm_sync.workbook.sheet import ErrorValue, NoValue, Raw
from adm_sync_tests.workbook.tables import (
    TITLE,
    checked,
    codes,
    event,
    group,
    lms_only,
    only,
    session,
)

OF_EVENT = ("title", "mode", "location", "zone", "sitting")
OF_SESSION = ("session_title", "start_date", "start_time", "end_date", "end_time", "day")
OF_LMS = ("lms_start_date", "lms_end_date")


def header(name: str) -> str:
    return Column[name.upper()].value


@pytest.mark.parametrize("name", [*OF_EVENT, *OF_SESSION, *OF_LMS])
@pytest.mark.parametrize("blank", [None, "", " \u00a0"])
def test_an_event_row_must_have_its_cells(name: str, blank: Raw) -> None:
    outcome = checked(event(**{name: blank}), session(2))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("required", 4, header(name))
    assert finding.message == f"{header(name)} must not be blank."
    assert group(outcome).verdict == "rejected"


@pytest.mark.parametrize("name", OF_SESSION)
def test_a_session_row_must_have_its_cells(name: str) -> None:
    finding = only(checked(event(), session(2, **{name: None})))
    assert (finding.code, finding.row, finding.header) == ("required", 5, header(name))


@pytest.mark.parametrize("name", [*OF_EVENT, *OF_LMS])
def test_an_event_in_the_lms_only_must_have_its_cells(name: str) -> None:
    finding = only(checked(lms_only(**{name: None})))
    assert (finding.code, finding.row, finding.header) == ("required", 4, header(name))


@pytest.mark.parametrize(
    "name",
    [
        *("moodle_code", "finalisation_date", "event_url", "session_url", "administrator"),
        *("venue", "cancelled", "recordings", "sage_code"),
    ],
)
def test_some_cells_may_be_blank(name: str) -> None:
    assert checked(event(**{name: None})).findings == ()


def test_an_lms_date_calls_for_the_other_one_even_in_a_classroom() -> None:
    outcome = checked(event(mode="Classroom", lms_start_date=None, lms_start_time=None))
    assert codes(outcome) == [("required", 4, "LMS start date")]


@pytest.mark.parametrize("venue", ["TBC", "tbd", "To be  Confirmed", "t.b.c."])
def test_a_venue_to_be_confirmed_is_no_venue(venue: str) -> None:
    outcome = checked(event(venue=venue))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert found.venue is None
    assert found.sessions[0].venue is None


@pytest.mark.parametrize("text", ["NA", "None", "null", "N/A", "-"])
def test_words_for_nothing_are_names(text: str) -> None:
    outcome = checked(event(venue=text, location=text))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert (found.venue, found.location) == (text, text)


@pytest.mark.parametrize("text", ["=1+1", "+44", "-5", "@home"])
def test_a_text_that_looks_like_a_formula_is_a_text(text: str) -> None:
    found = group(checked(event(tutors=text))).event
    assert found is not None
    assert found.value("tutors") == text


# ------------------------------------------------------------------ cells of any column


@pytest.mark.parametrize("name", ["code", "title", "start_date", "lms_end_time", "day", "tutors"])
def test_a_formula_without_its_value_is_not_blank(name: str) -> None:
    outcome = checked(event(**{name: NoValue("A1&B1")}))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == (
        "formula_without_value",
        4,
        header(name),
    )
    assert finding.value == "=A1&B1"
    assert finding.suggestion is not None
    assert "paste the values" in finding.suggestion
    assert group(outcome).verdict == "rejected"


def test_an_excel_error_is_no_text() -> None:
    finding = only(checked(event(), session(2, venue=ErrorValue("#N/A"))))
    assert (finding.code, finding.row, finding.header) == ("excel_error", 5, "Venue")
    assert "#N/A" in finding.message


def test_a_cell_has_ten_thousand_characters_at_most() -> None:
    assert checked(event(extra_information="x" * 10_000)).findings == ()
    finding = only(checked(event(extra_information="x" * 10_001)))
    assert (finding.code, finding.header) == ("too_long", "Extra information")
    assert "10,000" in finding.message
    finding = only(checked(event(title="x" * 10_001)))
    assert (finding.code, finding.header) == ("too_long", "Event title")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("code", 50),
        ("moodle_code", 100),
        ("recording_pin", 50),
        ("tutors", 255),
        ("sage_code", 100),
        ("access_duration", 100),
    ],
)
def test_a_text_must_fit_the_database(name: str, limit: int) -> None:
    assert checked(event(**{name: "x" * limit})).findings == ()
    finding = only(checked(event(**{name: "x" * (limit + 1)})))
    assert (finding.code, finding.header) == ("too_long", header(name))
    assert f"at most {limit} characters; it has {limit + 1}" in finding.message


def test_titles_and_addresses_must_fit_the_database() -> None:
    title = "x" * 256
    outcome = checked(event(title), session(2, title))
    assert codes(outcome) == [
        ("too_long", 4, "Event title"),
        ("too_long", 4, "Session title"),
        ("too_long", 5, "Session title"),
    ]
    address = "https://example.org/" + "x" * 481
    outcome = checked(event(event_url=address, session_url=address))
    assert codes(outcome) == [("too_long", 4, "Event url"), ("too_long", 4, "Session url")]


def test_control_characters_are_left_out() -> None:
    outcome = checked(event(tutors="A\x00da\x1b\x9f Byrne"))
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("control_characters", "warning")
    assert finding.suggestion == "Ada Byrne"
    found = group(outcome).event
    assert found is not None
    assert found.value("tutors") == "Ada Byrne"


def test_line_breaks_tabs_and_emoji_are_text() -> None:
    text = "Room 1\n\tRoom 2 \U0001f600 na\u00efve Zo\u00eb \u00c2ngela \u00c3o"
    outcome = checked(event(extra_information=text))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert found.value("extra_information") == text


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("\u00c2\u00a3395", "\u00a3395"),
        ("O\u00e2\u20ac\u2122Neil", "O\u2019Neil"),
        ("Caf\u00c3\u00a9", "Caf\u00e9"),
        ("\u00ef\u00bb\u00bfLeeds", "\ufeffLeeds"),
        ("Caf\ufffd", None),
    ],
)
def test_text_that_was_read_in_a_wrong_encoding_is_pointed_out(
    text: str, mended: str | None
) -> None:
    outcome = checked(event(tutors=text))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("encoding_damage", 4, "Tutors")
    assert finding.suggestion == mended
    assert group(outcome).verdict == "accepted"


# ------------------------------------------------------------------ how an event is held


@pytest.mark.parametrize("code", ["OC_CB1", "CB1-WAITLIST"])
def test_a_code_of_the_lms_only_needs_that_learning_mode(code: str) -> None:
    assert checked(lms_only(code=code)).findings == ()
    finding = only(checked(event(code=code)))
    assert (finding.code, finding.row, finding.column) == ("mode_and_code_disagree", 4, "D")
    assert finding.suggestion == "Self Paced (LMS)"


def test_another_code_needs_another_learning_mode() -> None:
    finding = only(checked(event(mode="Self Paced (LMS)"), session(2)))
    assert (finding.code, finding.row, finding.column) == ("mode_and_code_disagree", 4, "D")
    assert finding.suggestion == "Blended or Classroom"


def test_a_wrong_code_or_mode_does_not_ask_for_what_only_sessions_need() -> None:
    for row in (lms_only(code="CB1_LO_6"), lms_only(mode="Blended")):
        assert only(checked(row)).code == "mode_and_code_disagree"


@pytest.mark.parametrize("row", [event(code="SOC1_LO"), lms_only(code="SOC1_LO")])
def test_a_mere_substring_of_the_code_follows_the_column(row: dict[Column, Raw]) -> None:
    outcome = checked(row)
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("mode_from_column", "warning")
    assert (finding.row, finding.column) == (4, "A")
    found = group(outcome).event
    assert found is not None
    assert found.mode is (Mode.LMS if row[Column.MODE] != "Blended" else Mode.BLENDED)


def test_an_unknown_learning_mode_is_one_finding() -> None:
    assert codes(checked(event(mode="Webinar"), session(2))) == [
        ("mode_unknown", 4, "Learning mode")
    ]
    assert codes(checked(lms_only(mode="Webinar"))) == [("mode_unknown", 4, "Learning mode")]


def test_an_unknown_zone_is_refused_where_it_stands() -> None:
    outcome = checked(event(zone="London"), session(2, zone="Europe - Londn"))
    assert codes(outcome) == [("zone_unknown", 4, "Time Zone"), ("zone_unknown", 5, "Time Zone")]
    assert {finding.suggestion for finding in outcome.findings} == {"Europe - London"}


def test_an_unknown_sitting_is_refused_where_it_stands() -> None:
    finding = only(checked(event(sitting="2026X")))
    assert (finding.code, finding.row, finding.header) == ("sitting_unknown", 4, "Sitting")


# ------------------------------------------------------------------ numbers and flags


@pytest.mark.parametrize(
    ("raw", "places", "code"),
    [
        (14, 14, None),
        (14.0, 14, None),
        ("14 ", 14, "number_as_text"),
        (None, None, "places_blank"),
        ("", None, "places_blank"),
        (0, 0, "places_zero"),
    ],
)
def test_places_may_be_written_in_several_ways(raw: Raw, places: int | None, code: str) -> None:
    outcome = checked(event(max_places=raw))
    found = group(outcome).event
    assert found is not None
    assert found.max_places == places
    assert codes(outcome) == ([(code, 4, "Max places")] if code else [])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (-1, "places_out_of_range"),
        (1e9, "places_out_of_range"),
        (100_001, "places_out_of_range"),
        (14.5, "not_a_whole_number"),
        ("a few", "not_a_whole_number"),
        (True, "not_a_whole_number"),
    ],
)
def test_places_must_make_sense(raw: Raw, code: str) -> None:
    outcome = checked(event(max_places=raw))
    assert codes(outcome) == [(code, 4, "Max places")]
    assert group(outcome).verdict == "rejected"


@pytest.mark.parametrize("day", [2, 2.0])
def test_a_day_is_a_whole_number(day: Raw) -> None:
    assert checked(event(), session(2, day=day)).findings == ()


def test_a_day_as_text_is_read_with_a_warning() -> None:
    outcome = checked(event(day="1"), session(2, day=" 2"))
    assert codes(outcome) == [("number_as_text", 4, "Day"), ("number_as_text", 5, "Day")]
    assert group(outcome).verdict == "accepted"


@pytest.mark.parametrize(("day", "code"), [(1.5, "not_a_whole_number"), (0, "day_out_of_range")])
def test_a_day_must_make_sense(day: Raw, code: str) -> None:
    assert codes(checked(event(), session(2, day=day))) == [(code, 5, "Day")]


@pytest.mark.parametrize(("raw", "sold"), [("Y", True), ("yes", True), (1, True), ("FALSE", False)])
def test_web_sale_has_several_spellings(raw: Raw, sold: bool) -> None:
    outcome = checked(event(web_sale=raw))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert found.web_sale is sold


def test_a_blank_web_sale_is_no_and_shown() -> None:
    outcome = checked(event(web_sale=""))
    finding = only(outcome)
    assert (finding.code, finding.severity) == ("web_sale_blank", "warning")
    found = group(outcome).event
    assert found is not None
    assert found.web_sale is False


def test_an_unknown_web_sale_is_refused_by_its_name() -> None:
    finding = only(checked(event(web_sale="maybe")))
    assert (finding.code, finding.row, finding.header) == ("not_yes_or_no", 4, "Web sale")
    assert finding.message == "Web sale must be Y or N; 'maybe' is neither."


@pytest.mark.parametrize(("raw", "recorded"), [("Y", True), ("N", False), ("", False)])
def test_recordings_are_yes_or_no(raw: Raw, recorded: bool) -> None:
    outcome = checked(event(recordings=raw))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert found.value("recordings") is recorded


@pytest.mark.parametrize("name", ["recordings", "web_sale", "cancelled"])
@pytest.mark.parametrize("raw", ["some", "ja", "yep", 2, "TRUE?", "-"])
def test_an_unknown_spelling_is_neither_yes_nor_no(name: str, raw: Raw) -> None:
    outcome = checked(event(**{name: raw}))
    finding = only(outcome)
    assert (finding.code, finding.header) == ("not_yes_or_no", header(name))
    assert group(outcome).verdict == "rejected"


# ------------------------------------------------------------------ addresses and people


@pytest.mark.parametrize(
    "raw", ["www.example.org", "https://example.org/a b", "javascript:alert(1)", 7]
)
def test_an_address_that_is_none_is_refused(raw: Raw) -> None:
    outcome = checked(event(event_url=raw), session(2, session_url=raw))
    assert codes(outcome) == [
        ("url_unreadable", 4, "Event url"),
        ("url_unreadable", 5, "Session url"),
    ]


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\ufeff", "\u00ad"])
def test_an_address_with_signs_that_nobody_sees_is_refused(unseen: str) -> None:
    finding = only(checked(event(event_url=f"https://example.org/{unseen}a")))
    assert (finding.code, finding.suggestion) == ("url_unreadable", "https://example.org/a")


@pytest.mark.parametrize("raw", [datetime(1900, 1, 14), time(14)])  # noqa: DTZ001
def test_a_number_that_became_a_date_or_a_time_is_said_to_have_become_one(raw: Raw) -> None:
    finding = only(checked(event(max_places=raw)))
    assert (finding.code, finding.header) == ("not_a_whole_number", "Max places")
    assert "Excel has made a " in finding.message
    assert finding.suggestion == "Format the cell as a number, and type it again."


def test_an_address_is_trimmed() -> None:
    found = group(checked(event(event_url=" https://example.org/a\u00a0\n"))).event
    assert found is not None
    assert found.value("url") == "https://example.org/a"


@pytest.mark.parametrize("raw", ["TBC", "to be confirmed", "", None])
def test_a_session_may_have_no_instructor_yet(raw: Raw) -> None:
    outcome = checked(event(), session(2, session_instructor=raw))
    finding = only(outcome)
    assert (finding.code, finding.row) == ("no_instructor", 5)
    assert (finding.header, finding.severity) == ("Session instructor", "warning")
    found = group(outcome).event
    assert found is not None
    assert found.sessions[1].instructors == ""


def test_an_event_without_the_instructors_of_its_sessions_is_pointed_out() -> None:
    assert codes(checked(event(instructor=None))) == [("no_instructor", 4, "Instructor")]
    assert codes(checked(event(instructor="TBC"))) == [("no_instructor", 4, "Instructor")]
    outcome = checked(event(instructor=None, session_instructor=None))
    assert codes(outcome) == [("no_instructor", 4, "Session instructor")]


def test_an_event_in_the_lms_only_may_have_an_instructor_or_none() -> None:
    assert checked(lms_only(instructor=None)).findings == ()
    found = group(checked(lms_only(instructor="Ada Byrne"))).event
    assert found is not None
    assert found.instructors == "Ada Byrne"


def test_several_people_are_kept_as_they_stand() -> None:
    found = group(checked(event(session_instructor=" Byrne, Ada / Li Wei; Jo "))).event
    assert found is not None
    assert found.sessions[0].instructors == "Byrne, Ada / Li Wei; Jo"


def test_a_title_that_is_a_number_is_a_title() -> None:
    outcome = checked(event(title=2026, session_title="2026-1"))
    assert outcome.findings == ()
    assert group(outcome).title == "2026"
    assert TITLE not in group(outcome).title


@pytest.mark.parametrize("error", [ErrorValue("Err:502"), "#SPILL!", "#CALC!"])
def test_an_error_that_no_program_of_before_knows_is_an_error(error: str) -> None:
    finding = only(checked(event(moodle_code=error)))
    assert (finding.code, finding.header) == ("excel_error", "OCR moodle code")


def test_a_figure_that_is_no_digit_is_no_number() -> None:
    assert only(checked(event(max_places="1²"))).code == "not_a_whole_number"


def test_what_turns_a_text_round_is_left_out() -> None:
    outcome = checked(event(title="CB1-\u202eLO-6-26A"))
    assert codes(outcome) == [("control_characters", 4, "Event title")]
    assert outcome.groups[0].title == TITLE


def test_midnight_is_the_day_alone() -> None:
    day = "2026-01-13T00:00:00"
    assert codes(checked(event(start_date=day, end_date="13/01/2026 00:00"))) == []
