"""What checking promises of any table; the single rules are in `test_checking_*`."""

# ruff: noqa: DTZ001, DTZ901 - what a workbook says has no time zone

from collections.abc import Iterator
from datetime import date, datetime
from time import tzset

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.workbook.checking import check
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import EventRow, Mode, SessionRow, Sitting
from adm_sync.workbook.findings import Finding, Place
from adm_sync.workbook.rules.cells import Cells, Headers
from adm_sync.workbook.rules.groups import continues
from adm_sync.workbook.sheet import ErrorValue, NoValue, Raw
from adm_sync_tests.told import told
from adm_sync_tests.workbook.effort import calls
from adm_sync_tests.workbook.tables import (
    TITLE,
    TODAY,
    Values,
    checked,
    codes,
    event,
    group,
    lms_only,
    note,
    session,
    table,
)


def test_a_clean_blended_event_becomes_what_its_rows_say() -> None:
    outcome = checked(event(tutors="A. B.", recordings="Y", sage_code="0012"), session(2))
    assert outcome.findings == ()
    assert outcome.rows == 2
    found = group(outcome)
    assert (found.rows, found.title, found.sessions) == ((4, 5), TITLE, 2)
    assert (found.has_event, found.verdict, found.reason) == (True, "accepted", "")
    assert found.event == EventRow(
        row=4,
        code="CB1_LO_6",
        title=TITLE,
        mode=Mode.BLENDED,
        location="London",
        venue="Holborn House",
        zone="Europe/London",
        starts=datetime(2026, 1, 13, 9, 30),
        ends=datetime(2026, 1, 20, 17),
        lms_starts=datetime(2026, 1, 2, 9),
        lms_ends=datetime(2026, 5, 29),
        max_places=24,
        instructors="Ada Byrne",
        administrators="Grace Oduya",
        finalisation_date=date(2026, 1, 5),
        web_sale=True,
        sitting=Sitting("2026A", "2026-04"),
        carried={
            "access_duration": "",
            "url": "https://example.org/events/1",
            "moodle_code": "CB1-26A",
            "recordings": True,
            "recording_pin": "",
            "tutors": "A. B.",
            "sage_code": "0012",
            "extra_information": "",
            "registration_deadline": None,
        },
        sessions=(
            SessionRow(
                row=4,
                day=1,
                title=f"{TITLE}-1",
                starts=datetime(2026, 1, 13, 9, 30),
                ends=datetime(2026, 1, 13, 17),
                location="London",
                venue="Holborn House",
                instructors="Ada Byrne",
                carried={"url": "https://example.org/sessions/1"},
            ),
            SessionRow(
                row=5,
                day=2,
                title=f"{TITLE}-2",
                starts=datetime(2026, 1, 20, 9, 30),
                ends=datetime(2026, 1, 20, 17),
                location="London",
                venue="Holborn House",
                instructors="Ada Byrne",
                carried={"url": ""},
            ),
        ),
    )


def test_a_clean_event_in_the_lms_only_has_no_sessions() -> None:
    outcome = checked(lms_only())
    assert outcome.findings == ()
    found = group(outcome)
    assert (found.verdict, found.sessions) == ("accepted", 0)
    assert found.event is not None
    assert (found.event.mode, found.event.venue, found.event.sessions) == (Mode.LMS, None, ())
    assert found.event.starts == found.event.lms_starts == datetime(2026, 1, 2, 9)
    assert found.event.ends == found.event.lms_ends == datetime(2026, 5, 29)


def test_a_classroom_event_needs_no_lms_dates() -> None:
    classroom = event(
        mode="Classroom",
        lms_start_date=None,
        lms_start_time=None,
        lms_end_date=None,
        lms_end_time=None,
    )
    outcome = checked(classroom, session(2))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert (found.mode, found.lms_starts, found.lms_ends) == (Mode.CLASSROOM, None, None)


def test_an_empty_table_has_nothing_in_it() -> None:
    outcome = checked()
    assert (outcome.groups, outcome.findings, outcome.rows) == ((), (), 0)


def test_a_text_is_stored_as_written_but_for_its_white_space() -> None:
    outcome = checked(event(location="\u00a0St.\u2019 John\u2019s  Hall\u200b "))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert found.location == "St.\u2019 John\u2019s Hall"


@pytest.mark.parametrize(
    ("raw", "text"),
    [("007", "007"), (7, "7"), (7.0, "7"), (0.5, "0.5"), (True, "TRUE"), ("NA", "NA"), ("-", "-")],
)
def test_a_text_column_keeps_what_is_shown(raw: Raw, text: str) -> None:
    outcome = checked(event(recording_pin=raw, tutors=raw, moodle_code=raw, location=raw))
    assert outcome.findings == ()
    found = group(outcome).event
    assert found is not None
    assert (found.value("recording_pin"), found.value("tutors"), found.value("moodle_code")) == (
        text,
        text,
        text,
    )
    assert found.location == text


def test_no_bad_cell_hides_another() -> None:
    bad: dict[str, Raw] = {
        "mode": "Webinar",
        "zone": "Londn",
        "start_date": "31/04/2026",
        "start_time": "25:00",
        "lms_end_date": "TBC",
        "max_places": -1,
        "event_url": "www",
        "finalisation_date": "soon",
        "web_sale": "maybe",
        "sitting": "2026X",
    }
    outcome = checked(event(**bad), session(2, start_time="9:60", day=None, session_url="x"))
    assert {(row, header) for _, row, header in codes(outcome)} == {
        *((4, Column[name.upper()].value) for name in bad),
        *((5, column.value) for column in (Column.START_TIME, Column.DAY, Column.SESSION_URL)),
    }
    assert len(outcome.findings) == len(bad) + 3
    assert group(outcome).verdict == "rejected"


def test_findings_come_by_row_and_then_by_column() -> None:
    outcome = checked(
        event(moodle_code="x" * 101, location=None, sage_code="x" * 101),
        session(2, venue="Elsewhere"),
    )
    assert [(finding.row, finding.column) for finding in outcome.findings] == [
        (4, "E"),
        (4, "AA"),
        (4, "AE"),
        (5, "F"),
    ]


def test_a_finding_names_sheet_row_column_header_and_value() -> None:
    (finding,) = checked(event(max_places="many")).findings
    assert finding == Finding(
        "error",
        "not_a_whole_number",
        "Max places must be a whole number; 'many' is not.",
        "Import",
        4,
        "P",
        "Max places",
        "many",
    )


def test_a_rejected_group_says_why() -> None:
    outcome = checked(event(max_places="many", sitting="2026X"))
    assert group(outcome).reason == (
        "row 4: Max places must be a whole number; 'many' is not. (and 1 more)"
    )


def test_an_error_of_the_table_rejects_the_group_of_its_row() -> None:
    merged = told(Place("Import", 5, 5, "Venue"), "error", "merged_cells", "Cells are merged.")
    outcome = checked(event(), session(2), event("CB2-26A"), findings=[merged])
    assert [found.verdict for found in outcome.groups] == ["rejected", "accepted"]
    assert outcome.findings == (merged,)
    assert outcome.groups[0].reason == "row 5: Cells are merged."


@pytest.fixture(params=["UTC", "Europe/London", "America/New_York"])
def host_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    tzset()
    yield request.param
    monkeypatch.undo()
    tzset()


def test_nothing_depends_on_the_zone_of_the_host(host_zone: str) -> None:
    outcome = checked(
        event(
            session_title=f"{TITLE}-1",
            start_date="29/03/2026",
            start_time=0.3749999,
            end_date=datetime(2026, 3, 29),
        ),
        session(2, start_date=46116, end_date=46116, start_time="0:30"),
        event("CB1-W", start_date="29/03/2026", start_time="01:30", end_date="29/03/2026"),
    )
    first = outcome.groups[0].event
    assert first is not None
    assert first.starts == datetime(2026, 3, 29, 9)
    assert first.sessions[1].starts == datetime(2026, 4, 4, 0, 30)
    assert codes(outcome) == [
        ("day_off", 4, "Classroom start date"),
        ("date_as_number", 5, "Classroom start date"),
        ("day_off", 5, "Classroom start date"),
        ("date_as_number", 5, "Classroom end date"),
        ("time_does_not_exist", 6, "Classroom start time"),
    ]


# ------------------------------------------------------------------ any table

WORDS = st.sampled_from(["CB1", "CB1-2", "CB1-2-26A", "CM1", "OC_CB1", "CB1 - CANC", "TOTAL"])
CELLS: st.SearchStrategy[Raw] = st.one_of(
    st.none(),
    WORDS,
    st.sampled_from(["", " ", "TBC", "Blended", "2026A", "Y", "N", "Europe - London", "09:30"]),
    st.integers(-1, 5),
    st.dates(date(2025, 12, 1), date(2026, 6, 1)),
    st.text(max_size=5),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.floats(),
    st.sampled_from([NoValue("A1"), ErrorValue("#REF!"), datetime.max, datetime.min, True]),
)
KINDS: st.SearchStrategy[Values] = st.one_of(
    WORDS.map(event),
    st.tuples(st.integers(1, 4), WORDS).map(lambda pair: session(*pair)),
    WORDS.map(lms_only),
    CELLS.map(lambda raw: note(session_title=raw)),
    st.just(note()),
)


@st.composite
def rows(draw: st.DrawFn) -> Values:
    """A row of some kind with up to three cells of anything."""
    changes = draw(st.dictionaries(st.sampled_from(list(Column)), CELLS, max_size=3))
    return {**draw(KINDS), **changes}


TABLES = st.lists(rows(), max_size=8)


@given(TABLES, st.sets(st.integers(4, 12)), st.sampled_from(["process", "skip"]))
def test_every_row_is_in_exactly_one_group(
    some: list[Values], hidden: set[int], policy: str
) -> None:
    outcome = checked(*some, hidden=tuple(hidden), hidden_rows=policy)
    grouped = sorted(row for found in outcome.groups for row in found.rows)
    given_rows = table(*some)
    headers = Headers(given_rows.sheet, given_rows.positions)
    assert grouped == [row.number for row in given_rows.rows if not Cells(headers, row).is_empty]
    assert outcome.rows == len(grouped)
    for found in outcome.groups:
        assert (found.event is not None) == (found.verdict == "accepted")
        assert bool(found.reason) == (found.verdict != "accepted")
        errors = [one for one in outcome.findings if one.is_error and one.row in found.rows]
        assert bool(errors) == (found.verdict == "rejected")


@given(TABLES)
def test_a_session_is_under_an_event_whose_title_it_goes_on_from(some: list[Values]) -> None:
    for found in checked(*some).groups:
        if found.event:
            title = found.event.title.casefold()
            assert [one.day for one in found.event.sessions] == list(
                range(1, len(found.event.sessions) + 1)
            )
            for one in found.event.sessions:
                assert continues(one.title.casefold(), title)


@given(TABLES, st.permutations(list(Column)))
def test_the_order_of_columns_changes_no_finding(some: list[Values], columns: list[Column]) -> None:
    def essence(findings: tuple[Finding, ...]) -> list[tuple[object, ...]]:
        return sorted(
            (one.severity, one.code, one.message, one.row or 0, one.header or "", one.value or "")
            for one in findings
        )

    usual, other = checked(*some), checked(*some, columns=columns)
    assert essence(usual.findings) == essence(other.findings)
    assert [found.event for found in usual.groups] == [found.event for found in other.groups]


def test_a_table_of_mistakes_takes_hardly_longer_than_a_clean_one() -> None:
    clean = [row for number in range(150) for row in _four_rows(f"CB1-{number}-26A")]
    wrong = [{**row, Column.START_DATE: "01/13/2026", Column.ZONE: "Londn"} for row in clean]
    assert check(table(*clean), today=TODAY).findings == ()
    _, usual = calls(check, table(*clean), today=TODAY)
    _, more = calls(check, table(*wrong), today=TODAY)
    assert more < 2 * usual
    assert usual < 2_000 * len(clean)


def _four_rows(title: str) -> list[Values]:
    return [event(title), *(session(day, title) for day in (2, 3, 4))]
