"""The codes of findings about dates and times.

What belongs here: the entries of the catalogue for `moments`, `spans` and `schedule`. What does
not: the rules themselves.
"""

from adm_sync.workbook.findings import Code

CODES: tuple[Code, ...] = (
    # --------------------------------------------------------------- one cell
    Code(
        "date_unreadable",
        "error",
        "The cell does not hold exactly one date. Excel dates are understood, and text such as "
        "13/01/2026, 13-01-2026, 13.1.26, 2026-01-13, 13 Jan 2026 and 13 January 2026: day first, "
        "and years of two digits in this century.",
        "5 Jan or 12 Jan 2026",
        "Put one date.",
    ),
    Code(
        "month_first",
        "error",
        "The date is written with the month first.",
        "01/13/2026",
        "Write 13/01/2026.",
    ),
    Code(
        "no_such_day",
        "error",
        "The month does not have that day.",
        "29/02/2026",
        "Correct the date.",
    ),
    Code(
        "year_out_of_range",
        "error",
        "The year is not from 2000 to 2100.",
        "13/01/1926",
        "Correct the year.",
    ),
    Code(
        "date_as_number",
        "warning",
        "The date is a number that is not formatted as a date. It is read as Excel would.",
        "46035",
        "Format the cell as a date, and look whether it is the right one.",
    ),
    Code(
        "date_ambiguous",
        "warning",
        "A date is text and is read day first; with the month first it would fit the event's LMS "
        "window as well.",
        "03/04/2026",
        "Type it as an Excel date, or with the month's name.",
    ),
    Code(
        "date_with_time",
        "warning",
        "A date cell holds a time of day as well. The time column is what counts.",
        "13/01/2026 09:30 in Classroom start date",
        "Nothing, if the time column is right.",
    ),
    Code(
        "time_with_date",
        "warning",
        "A time cell holds a date as well. The date column is what counts.",
        "13/01/2026 09:30 in Classroom start time",
        "Nothing, if the date column is right.",
    ),
    Code(
        "date_and_time_disagree",
        "error",
        "A date cell holds a time that is not the one in the time column, or a time cell a date "
        "that is not the one in the date column.",
        "13/01/2026 10:00 beside the time 09:30",
        "Correct one of the two.",
    ),
    Code(
        "time_unreadable",
        "error",
        "The cell does not hold one time of day. Excel times are understood, and text such as "
        "09:30, 9:30, 09.30, 0930, 9:30 am and 9.30pm.",
        "25:00",
        "Put a time such as 09:30.",
    ),
    Code(
        "time_rounded",
        "warning",
        "The time has seconds; it is rounded to the minute, 23:59 at the latest.",
        "09:30:20",
        "Nothing, if the minute is right.",
    ),
    Code(
        "time_assumed",
        "warning",
        "An LMS time is blank beside its date; 00:00 is taken. An LMS end at 00:00 is the start of "
        "that day.",
        "an LMS start date without a time",
        "Fill in the time.",
    ),
    Code(
        "starts_at_midnight",
        "warning",
        "A session starts at 00:00, as a formula on a blank cell says.",
        "00:00 in Classroom start time",
        "Put the time, if midnight is not meant.",
    ),
    Code(
        "time_does_not_exist",
        "error",
        "The clocks of the time zone leave the time out: they go forward over it.",
        "29/03/2026 01:30 in Europe - London",
        "Put a time that exists.",
    ),
    Code(
        "time_occurs_twice",
        "warning",
        "The clocks of the time zone show the time twice: they go back over it. The first is "
        "taken.",
        "25/10/2026 01:30 in Europe - London",
        "Nothing, if the first is meant.",
    ),
    # --------------------------------------------------------------- times together
    Code(
        "end_before_start",
        "error",
        "A session, or the LMS window, does not end after its start.",
        "17:00 to 09:30 on one day",
        "Correct one of the two; overnight the end date is the next day.",
    ),
    Code(
        "session_too_long",
        "error",
        "A session lasts a whole day or more, or ends later than on the next day.",
        "13/01/2026 09:30 to 16/01/2026 17:00",
        "Correct the end date; each day of a course is a session of its own.",
    ),
    Code(
        "outside_lms_window",
        "error",
        "A session is not within its event's LMS window, which begins and ends to the minute: an "
        "LMS end at 00:00 is the start of that day. If that is so for every session of an event, "
        "it is said once, at the LMS date that leaves them out.",
        "a session on 20/01/2027 of an event whose LMS ends on 29/05/2026",
        "Correct the year, or the LMS dates.",
    ),
    Code(
        "back_in_time",
        "error",
        "A session starts before one of an earlier Day. The fewest sessions that explain the order "
        "are named.",
        "Day 2 on 20/01/2026, Day 3 on 27/01/2025",
        "Correct the date.",
    ),
    Code(
        "finalised_after_start",
        "error",
        "The finalisation date is after the first session.",
        "20/01/2026 for an event that starts on 13/01/2026",
        "Correct it.",
    ),
    Code(
        "after_sitting",
        "warning",
        "Sessions are after the month of the sitting's exams.",
        "a session in May 2026 for 2026A",
        "Check dates and sitting.",
    ),
    Code(
        "lms_end_far_from_sitting",
        "warning",
        "The LMS end is more than a year from the month of the sitting's exams.",
        "an LMS end in 2028 for 2026A",
        "Check LMS end and sitting.",
    ),
    Code(
        "in_the_past",
        "warning",
        "Sessions, or the LMS end of an event without any, were before the day of the import.",
        "a session of last year",
        "Check the year.",
    ),
    Code(
        "far_ahead",
        "warning",
        "Sessions, or the LMS start of an event without any, are more than two years ahead.",
        "a session in 2036",
        "Check the year.",
    ),
    Code(
        "day_off",
        "warning",
        "A session is on a Saturday, a Sunday or a bank holiday in England.",
        "03/04/2026 (Good Friday)",
        "Nothing, if that is meant.",
    ),
)
