"""Dates, times and zones. The day of the import is 21 November 2026."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.bad_inputs.cases import (
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
from adm_sync_tests.workbooks import Formatted, changed

SERIAL = "Excel serial in General cell (45658)"
TEXT = "text `13/01/2026`, `13-01-2026`, `13.1.26`, `2026-01-13`, `13 Jan 2026`"
AMBIGUOUS = "ambiguous `03/04/2026` text"
US = "US text `01/13/2026`"
NO_DAY = "29/02/2026, 31/04"
YEAR = "wrong year"
PARTS = "date cell with a time part / time cell with a date part"
TIMES = "time as text `9:30`, `09.30`, `0930`, `9:30 am`, `9.30pm`"
FRACTION = "time as fraction 0.3749999"
DURATION = "duration `[h]:mm` 36:00 → timedelta"
MISSING = "time missing, date present (and reverse)"
ORDER = "end ≤ start; same-day 17:00-09:30; overnight"
LMS_END = "LMS end 00:00 (all real rows)"
TWICE = "2026-10-25 01:30 London (twice)"
ZONE = "zone differs between event and its sessions, or from venue (Dublin)"
WINDOW = "classroom date outside LMS window"
FAR = "past dates / > 2 years ahead"
FINAL = "finalisation date after first session; text needing two parts"
OFF = "session on weekend/bank holiday"

NO_LMS = dict.fromkeys(("lms_start_date", "lms_start_time", "lms_end_date", "lms_end_time"))


def at(*parts: int) -> datetime:
    """A moment without a zone, as cells hold it."""
    return datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001


def serial(day: date) -> int:
    """The number that Excel stores for a day."""
    return (day - date(1899, 12, 30)).days


def on(day: object, **cells: object) -> Make:
    """An event whose one session is on that day."""
    return event(start_date=day, end_date=day, **cells)


def starting(day: object) -> Make:
    """An event of which only the start date is that."""
    return event(start_date=day, end_date=date(2027, 1, 12))


def classroom(day: object, **cells: object) -> Make:
    """The same without the LMS, so that no window tells whether the day is right."""
    place = {"code": "CB3_BR_1", "location": "Bristol", "mode": "Classroom"}
    return on(day, **{**place, **NO_LMS, "finalisation_date": None, **cells})


def is_read(row: str, what: str, make: Make, starts: str, *finds: Found) -> Case:
    return Case(row, what, make, finds, kept={"sessions.starts": starts})


def at_both_dates(code: str, **more: object) -> tuple[Found, ...]:
    return tuple(warning(code, column, **more) for column in (Column.START_DATE, Column.END_DATE))


def wrong(row: str, what: str, make: Make, *finds: Found) -> Case:
    return Case(row, what, make, finds, REJECTED)


def three(slot: Slot, second: Mapping[str, object], **cells: object) -> Sequence[object]:
    rows = group(slot, 3, **cells)
    return [rows[0], changed(rows[1], **second), rows[2]]


def back_in_time(slot: Slot) -> Sequence[object]:
    year_before = {"start_date": date(2026, 1, 19), "end_date": date(2026, 1, 19)}
    place = {"code": "CB3_BR_1", "location": "Bristol", "mode": "Classroom"}
    return three(slot, year_before, **place, **NO_LMS)


def overnight(ends: date) -> Make:
    return event(start_time="20:00", end_time="02:00", end_date=ends)


JANUARY_13 = "2027-01-13 09:30"
NINE = "2027-01-12 09:00"
CASES = (
    is_read(
        SERIAL, "", on(serial(date(2027, 1, 13))), JANUARY_13, *at_both_dates("date_as_number")
    ),
    wrong(
        SERIAL,
        "not of 2000 to 2100",
        starting(20000),
        error("date_unreadable", Column.START_DATE),
    ),
    wrong(
        SERIAL,
        "in another column",
        event(max_places=serial(date(2027, 1, 13)) * 10, day=serial(date(2027, 1, 13))),
        error("places_out_of_range", Column.MAX_PLACES),
        error("day_out_of_range", Column.DAY),
    ),
    *(
        is_read(TEXT, text, on(text), JANUARY_13)
        for text in ("13/01/2027", "13-01-2027", "13.1.27", "2027-01-13", "13 Jan 2027")
    ),
    is_read(
        AMBIGUOUS,
        "both in the window",
        on("02/03/2027"),
        "2027-03-02 09:30",
        *at_both_dates("date_ambiguous", suggestion="02 Mar 2027"),
    ),
    is_read(AMBIGUOUS, "one in the window", on("08/02/2027"), "2027-02-08 09:30"),
    wrong(
        US,
        "",
        starting("01/13/2027"),
        error("month_first", Column.START_DATE, suggestion="13/01/2027"),
    ),
    wrong(NO_DAY, "29/02", starting("29/02/2027"), error("no_such_day", Column.START_DATE)),
    wrong(NO_DAY, "31/04", event(end_date="31/04/2027"), error("no_such_day", Column.END_DATE)),
    wrong(
        YEAR,
        "by the window",
        on(date(2026, 1, 12)),
        error("outside_lms_window", Column.START_DATE, suggestion="12/01/2027"),
    ),
    wrong(YEAR, "by the order", back_in_time, error("back_in_time", Column.START_DATE, 1)),
    is_read(
        YEAR,
        "by the sitting",
        classroom(date(2028, 1, 12)),
        "2028-01-12 09:30",
        warning("after_sitting", Column.START_DATE),
    ),
    Case(
        YEAR,
        "of the LMS, by the sitting",
        event(lms_end_date=date(2028, 5, 14)),
        (warning("lms_end_far_from_sitting", Column.LMS_END_DATE),),
    ),
    wrong(
        YEAR,
        "of another century",
        starting("12/01/1927"),
        error("year_out_of_range", Column.START_DATE),
    ),
    is_read(
        PARTS,
        "date with the same time",
        starting(at(2027, 1, 12, 9, 30)),
        "2027-01-12 09:30",
        warning("date_with_time", Column.START_DATE),
    ),
    wrong(
        PARTS,
        "date with another time",
        starting(at(2027, 1, 12, 10, 0)),
        error("date_and_time_disagree", Column.START_DATE),
    ),
    is_read(
        PARTS,
        "time with the same date",
        event(start_time=at(2027, 1, 12, 9, 30)),
        "2027-01-12 09:30",
        warning("time_with_date", Column.START_TIME),
    ),
    wrong(
        PARTS,
        "time with another date",
        event(start_time=at(2027, 1, 13, 9, 30)),
        error("date_and_time_disagree", Column.START_TIME),
    ),
    *(
        is_read(TIMES, text, event(start_time=text), "2027-01-12 09:30")
        for text in ("9:30", "09.30", "0930", "9:30 am")
    ),
    Case(TIMES, "9.30pm", event(end_time="9.30pm"), kept={"sessions.ends": "2027-01-12 21:30"}),
    *(
        wrong(TIMES, text, event(end_time=text), error("time_unreadable", Column.END_TIME))
        for text in ("25:00", "9:60")
    ),
    is_read(FRACTION, "General", event(start_time=0.3749999), NINE),
    is_read(FRACTION, "as a time", event(start_time=Formatted(0.3749999, "hh:mm")), NINE),
    wrong(
        DURATION,
        "",
        event(end_time=Formatted(timedelta(hours=36), "[h]:mm")),
        error("time_unreadable", Column.END_TIME, value="36:00"),
    ),
    wrong(MISSING, "time", event(end_time=None), error("required", Column.END_TIME)),
    wrong(MISSING, "date", starting(""), error("required", Column.START_DATE)),
    Case(
        MISSING,
        "times of the LMS",
        event(lms_start_time=None, lms_end_time=""),
        (
            warning("time_assumed", Column.LMS_START_TIME, says="00:00"),
            warning("time_assumed", Column.LMS_END_TIME, says="00:00"),
        ),
        kept={"lms_starts": "2027-01-04 00:00", "lms_ends": "2027-05-14 00:00"},
    ),
    wrong(
        MISSING,
        "a date of the LMS",
        event(lms_end_date=None),
        error("required", Column.LMS_END_DATE),
    ),
    wrong(
        ORDER,
        "equal",
        event(start_time="12:30"),
        error("end_before_start", Column.END_TIME),
    ),
    wrong(
        ORDER,
        "17:00 to 09:30",
        event(start_time="17:00", end_time="09:30"),
        error("end_before_start", Column.END_TIME),
    ),
    Case(
        ORDER,
        "overnight",
        overnight(date(2027, 1, 13)),
        kept={"sessions.ends": "2027-01-13 02:00"},
    ),
    wrong(
        ORDER,
        "over two nights",
        overnight(date(2027, 1, 14)),
        error("session_too_long", Column.END_DATE),
    ),
    wrong(
        ORDER,
        "of the LMS",
        event(lms_start_date=date(2027, 5, 14)),
        error("end_before_start", Column.LMS_END_DATE),
    ),
    Case(
        LMS_END,
        "the start of that day, in summer time",
        event(),
        kept={"lms_ends": "2027-05-14 00:00"},
        there={"lmsEnd": "2027-05-13T23:00:00Z"},
    ),
    Case(
        TWICE,
        "the first",
        online(lms_start_date=date(2026, 10, 25), lms_start_time=time(1, 30)),
        (warning("time_occurs_twice", Column.LMS_START_TIME, says="the first is taken"),),
        there={"lmsStart": "2026-10-25T00:30:00Z"},
    ),
    wrong(
        TWICE,
        "one that never is",
        online(lms_start_date=date(2027, 3, 28), lms_start_time=time(1, 30)),
        error("time_does_not_exist", Column.LMS_START_TIME),
    ),
    Case(
        ZONE,
        "from the event's",
        lambda slot: three(slot, {"zone": "Europe - Paris"}),
        (warning("zone_differs", Column.ZONE, 1),),
    ),
    Case(
        ZONE,
        "from the venue's",
        event(2, code="CP3_DU_2", location="Dublin"),
        (warning("zone_differs_from_venue", Column.ZONE, suggestion="Europe - Dublin"),),
    ),
    Case(
        ZONE,
        "Dublin's own",
        event(2, code="CP3_DU_2", location="Dublin", zone="Europe - Dublin"),
        kept={"zone": "Europe/Dublin"},
    ),
    wrong(ZONE, "an abbreviation", event(zone="GMT"), error("zone_unknown", Column.ZONE)),
    wrong(
        WINDOW,
        "after it",
        on(date(2027, 5, 17)),
        error("outside_lms_window", Column.START_DATE),
    ),
    wrong(
        WINDOW,
        "all sessions",
        event(3, lms_start_date=date(2027, 3, 1)),
        error("outside_lms_window", Column.LMS_START_DATE),
    ),
    Case(
        FAR,
        "past",
        on(
            date(2026, 9, 15),
            sitting="2026S",
            lms_start_date=date(2026, 8, 3),
            lms_end_date=date(2026, 12, 1),
            finalisation_date=date(2026, 9, 1),
        ),
        (warning("in_the_past", Column.START_DATE),),
    ),
    Case(
        FAR,
        "past, in the LMS only",
        online(sitting="2026S", lms_start_date=date(2026, 5, 4), lms_end_date=date(2026, 10, 30)),
        (warning("in_the_past", Column.LMS_END_DATE),),
    ),
    Case(
        FAR,
        "ahead",
        classroom(date(2029, 1, 16)),
        (warning("after_sitting", Column.START_DATE), warning("far_ahead", Column.START_DATE)),
    ),
    wrong(
        FINAL,
        "after the first session",
        event(finalisation_date=date(2027, 1, 13)),
        error("finalised_after_start", Column.FINALISATION_DATE),
    ),
    wrong(
        FINAL,
        "two dates",
        event(finalisation_date="5 Jan or 12 Jan 2027"),
        error("date_unreadable", Column.FINALISATION_DATE),
    ),
    Case(
        FINAL,
        "one date as text",
        event(finalisation_date="29 December 2026"),
        kept={"finalisation_date": "2026-12-29"},
    ),
    Case(OFF, "Saturday", on(date(2027, 1, 16)), (warning("day_off", Column.START_DATE),)),
    Case(
        OFF,
        "Good Friday",
        on(date(2027, 3, 26)),
        (warning("day_off", Column.START_DATE, says="Good Friday"),),
    ),
)
