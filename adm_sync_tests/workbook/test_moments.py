# ruff: noqa: DTZ001 - what a workbook says has no time zone
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.workbook.findings import Finding
from adm_sync.workbook.rules.moments import ReadDate, ReadTime, read_date, read_time
from adm_sync.workbook.sheet import ErrorValue, Raw

DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
MINUTES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def a_date(raw: Raw) -> date:
    read = read_date(raw)
    assert isinstance(read, ReadDate), read
    return read.day


def a_time(raw: Raw) -> time:
    read = read_time(raw)
    assert isinstance(read, ReadTime), read
    return read.at


def refusal(read: object) -> Finding:
    assert isinstance(read, Finding), read
    return read


@pytest.mark.parametrize(
    "raw",
    [
        "13/01/2026",
        "13-01-2026",
        "13.01.2026",
        "13.1.26",
        "13/1/26",
        "2026-01-13",
        "13 Jan 2026",
        "13 January 2026",
        "13 JAN 26",
        "13-Jan-2026",
        "  13/01/2026\u00a0",
        "\ufeff13/01/2026\u200b",
        "13\u201301\u20132026",
        "\uff11\uff13/01/2026",
        date(2026, 1, 13),
        datetime(2026, 1, 13),
        46035,
        46035.0,
    ],
)
def test_a_date_is_understood_in_every_spelling_of_the_list(raw: Raw) -> None:
    assert a_date(raw) == date(2026, 1, 13)


@given(
    DATES, st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y"])
)
def test_a_date_survives_every_spelling(day: date, spelling: str) -> None:
    assert a_date(day.strftime(spelling)) == day


@given(DATES)
def test_a_serial_number_is_the_date_that_excel_shows(day: date) -> None:
    read = read_date((day - date(1899, 12, 30)).days)
    assert read == ReadDate(day, is_number=True)


def test_the_month_comes_first_nowhere() -> None:
    found = refusal(read_date("01/13/2026"))
    assert (found.code, found.suggestion) == ("month_first", "13/01/2026")
    assert "month 13" in found.message
    assert refusal(read_date("40/13/2026")).suggestion is None


def test_the_other_reading_of_a_text_is_kept_where_there_is_one() -> None:
    assert read_date("03/04/2026") == ReadDate(date(2026, 4, 3), month_first=date(2026, 3, 4))
    assert read_date("04/04/2026") == ReadDate(date(2026, 4, 4))
    assert read_date("13/04/2026") == ReadDate(date(2026, 4, 13))
    assert read_date("2026-04-03") == ReadDate(date(2026, 4, 3))
    assert read_date("3 Apr 2026") == ReadDate(date(2026, 4, 3))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("29/02/2026", "February 2026 has 28"),
        ("31/04/2026", "April 2026 has 30"),
        ("0/1/2026", "31"),
    ],
)
def test_a_day_that_the_month_does_not_have_is_refused(text: str, days: str) -> None:
    found = refusal(read_date(text))
    assert found.code == "no_such_day"
    assert days in found.message


def test_a_leap_day_of_a_leap_year_is_a_date() -> None:
    assert a_date("29/02/2028") == date(2028, 2, 29)


@pytest.mark.parametrize(
    "raw",
    [
        "TBC",
        "NA",
        "-",
        "13/01/2026 or 14/01/2026",
        "13/01/2026, 14/01/2026",
        "by 13/01/2026",
        "13/01-2026",
        "13 Brumaire 2026",
        "Tuesday",
        "2026",
        "13/01",
        "13/01/202",
        "1/1/20260",
        "9" * 5000,
        "1 " * 5000,
        True,
        9.5,
        -1,
        float("nan"),
        float("inf"),
        time(9, 30),
        timedelta(hours=36),
        ErrorValue("#N/A"),
        20260113,
    ],
)
def test_what_is_not_one_date_is_refused(raw: Raw) -> None:
    assert refusal(read_date(raw)).code == "date_unreadable"


@pytest.mark.parametrize(
    "raw", ["13/01/1926", date(2226, 1, 13), datetime(1900, 1, 14), "1-1-0001"]
)
def test_a_year_of_another_century_is_refused(raw: Raw) -> None:
    assert refusal(read_date(raw)).code == "year_out_of_range"


@pytest.mark.parametrize(
    "raw", [datetime(2026, 1, 13, 9, 30), "13/01/2026 09:30", "2026-01-13T09:30:00", 46035.3958333]
)
def test_a_time_in_a_date_is_kept_apart(raw: Raw) -> None:
    read = read_date(raw)
    assert isinstance(read, ReadDate)
    assert (read.day, read.at) == (date(2026, 1, 13), time(9, 30))


def test_a_date_that_a_formula_missed_by_a_hair_has_no_time() -> None:
    almost = datetime(2026, 1, 12, 23, 59, 59, 999_000)
    assert read_date(almost) == ReadDate(date(2026, 1, 13))
    assert read_date(datetime(2026, 1, 13, 0, 0, 0, 500)) == ReadDate(date(2026, 1, 13))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("09:30", time(9, 30)),
        ("9:30", time(9, 30)),
        ("09.30", time(9, 30)),
        ("0930", time(9, 30)),
        ("9:30 am", time(9, 30)),
        ("9:30AM", time(9, 30)),
        ("9.30pm", time(21, 30)),
        ("9.30 p.m.", time(21, 30)),
        ("9pm", time(21)),
        ("12:30 am", time(0, 30)),
        ("12:30pm", time(12, 30)),
        ("09:30:00", time(9, 30)),
        (" 09:30\u00a0", time(9, 30)),
        (time(9, 30), time(9, 30)),
        (datetime(1899, 12, 30, 9, 30), time(9, 30)),
        (datetime(1904, 1, 1, 9, 30), time(9, 30)),
        (timedelta(hours=9, minutes=30), time(9, 30)),
        (0, time(0)),
        (0.5, time(12)),
        (0.3749999, time(9)),
        (time(8, 59, 59, 991_000), time(9)),
    ],
)
def test_a_time_is_understood_in_every_spelling_of_the_list(raw: Raw, expected: time) -> None:
    assert read_time(raw) == ReadTime(expected)


@given(MINUTES, st.sampled_from(["%H:%M", "%H.%M", "%H%M", "%I:%M %p", "%I.%M%p", "%H:%M:%S"]))
def test_a_time_survives_every_spelling(at: time, spelling: str) -> None:
    assert a_time(at.strftime(spelling)) == at


@given(MINUTES, st.floats(-1e-6, 1e-6))
def test_a_fraction_of_a_day_is_the_nearest_minute(at: time, noise: float) -> None:
    fraction = (at.hour * 60 + at.minute) / 1440 + noise
    if 0 <= fraction < 1:
        assert read_time(fraction) == ReadTime(at)


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "25:00",
            "24:00",
            "9:60",
            "13:30pm",
            "0:30 am",
            "2400",
            "0960",
            "9",
            "930",
            "09:30-17:00",
        ),
        *("noon", "TBC", "9:3", "9h30", "09:30 GMT", "1" * 5000, ":30"),
        *(True, 9, 930, -0.5, 1.5, float("nan"), date(2026, 1, 13), ErrorValue("#REF!")),
        *(timedelta(hours=36), timedelta(hours=-1), timedelta(hours=24)),
    ],
)
def test_what_is_not_one_time_of_day_is_refused(raw: Raw) -> None:
    assert refusal(read_time(raw)).code == "time_unreadable"


@pytest.mark.parametrize(
    ("raw", "suggestion"), [(930, "09:30"), ("9", "09:00"), ("930", "09:30"), ("9:60", None)]
)
def test_what_a_time_may_have_meant_is_suggested(raw: Raw, suggestion: str | None) -> None:
    assert refusal(read_time(raw)).suggestion == suggestion


def test_midnight_at_the_end_of_the_day_stays_on_the_day() -> None:
    assert read_time(time(23, 59, 59, 900_000)) == ReadTime(time(23, 59), is_rounded=True)
    assert read_time(0.9999999) == ReadTime(time(23, 59), is_rounded=True)
    assert read_time("23:59:59") == ReadTime(time(23, 59), is_rounded=True)


def test_seconds_that_are_lost_are_told() -> None:
    assert read_time(time(9, 30, 20)) == ReadTime(time(9, 30), is_rounded=True)
    assert read_time("09:30:40") == ReadTime(time(9, 31), is_rounded=True)
    assert read_time(time(9, 29, 59)) == ReadTime(time(9, 30))


@pytest.mark.parametrize("raw", [datetime(2026, 1, 13, 9, 30), "13/01/2026 09:30", 46035.3958333])
def test_a_date_in_a_time_is_kept_apart(raw: Raw) -> None:
    assert read_time(raw) == ReadTime(time(9, 30), on=date(2026, 1, 13))


@given(st.one_of(st.text(max_size=80), st.floats(), st.integers(), st.datetimes(), st.timedeltas()))
def test_no_value_breaks_the_reading(raw: Raw) -> None:
    assert isinstance(read_date(raw), ReadDate | Finding)
    assert isinstance(read_time(raw), ReadTime | Finding)


@pytest.mark.parametrize("raw", ["TBC", "Tue 19 Jan 2027", "19 or 20/01/2027 OK", "31 Feb 2026"])
def test_a_finding_quotes_the_cell_as_it_stands(raw: str) -> None:
    assert raw in refusal(read_date(raw)).message
