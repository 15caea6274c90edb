"""The rows of a workbook: as many blended events of the fictional company as are wanted.

Nobody teaches twice at the same time, so that a workbook without mistakes gives no finding: a
session is so short that there is room for 31,680 events.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from adm_sync.workbook.columns import Column

Cell = str | int | date | time | None
Cells = dict[Column, Cell]
Mistakes = Literal["none", "in every row", "in every cell"]

FIRST_MONDAY = date(2027, 1, 11)
LMS_OPENS, LMS_CLOSES = date(2027, 1, 4), date(2027, 5, 14)
FIRST_HOUR, HOURS = 8, 11
MINUTES = 5
WEEKDAYS = 5
# People whom both sides of the fictional company know by the same name.
INSTRUCTORS = (
    *("Adewale Brightmore", "Agnes Tolliver", "Benedict Oakhurst", "Camille Drayford"),
    *("Cedric Mawson-Leigh", "Deepa Rangawell", "Edmund Farthingale", "Eleni Marcoullis"),
    *("Farida Khan-Moss", "Gareth Penhallow", "Hester Wyndcliffe", "Jocelyn Abara"),
    *("Leopold Sandringway", "Mairead O'Tarrant", "Nikolai Bramwell", "Odette Carrow"),
    *("Percival Dunmore", "Quentin Hallowes", "Rosalind Teague", "Saoirse Kilbrennan"),
    *("Tobias Merriden", "Ursula van der Heyde", "Vikram Sellapur", "Winifred Stroud"),
)
LONGEST = 4


@dataclass(frozen=True, slots=True)
class Course:
    """A course template of the fictional company; `sessions` is what Administrate makes of it."""

    code: str
    town: str
    sessions: int


OF_FOUR = Course("CB1_MA_4", "Manchester", 4)
OF_THREE = Course("CB1_LO_3", "London", 3)
# The mistakes in every row: a day that there is none of, and somebody else whom nobody knows.
NO_DAY = "31/04/2027"
NOBODY = "Nobody Atall"


def courses(events: int, sessions: int) -> list[Course]:
    """Events of four and of three sessions that come to that many sessions together.

    Raises:
        ValueError: no such events do.
    """
    of_four = sessions - 3 * events
    if not 0 <= of_four <= events:
        raise ValueError(f"{events} events of 3 or 4 sessions do not have {sessions}.")
    return [OF_FOUR] * of_four + [OF_THREE] * (events - of_four)


def workbook_rows(held: Sequence[Course], mistakes: Mistakes = "none") -> Iterator[Cells]:
    """The rows of these events, one for each session.

    Args:
        held: the course of each event.
        mistakes: none; a date and an instructor of each row; or whatever can be wrong.
    """
    for number, course in enumerate(held):
        for row in _event(number, course):
            if mistakes == "in every cell":
                yield _nonsense(number, row)
            else:
                yield row if mistakes == "none" else row | _wrong(number, row)


def _nonsense(number: int, row: Cells) -> Cells:
    text = f"{NOBODY} {number}-{row[Column.DAY]}"
    return {column: f"{text} {column.name}" for column in Column if column.value}


def _wrong(number: int, row: Cells) -> Cells:
    return {
        Column.START_DATE: NO_DAY,
        Column.END_DATE: NO_DAY,
        Column.SESSION_INSTRUCTOR: f"{NOBODY} {number}-{row[Column.DAY]}",
    }


def _event(number: int, course: Course) -> Iterator[Cells]:
    title = f"{course.code[:3]} {course.town} 27A-{number + 1:05}"
    first, start, person = _slot(number)
    end = start + MINUTES
    for day in range(1, course.sessions + 1):
        when = first + timedelta(weeks=day - 1)
        row: Cells = {
            Column.SESSION_TITLE: f"{title} - Day {day}",
            Column.LOCATION: course.town,
            Column.VENUE: "To be confirmed",
            Column.ZONE: "Europe - London",
            Column.START_DATE: when,
            Column.START_TIME: f"{start // 60:02}:{start % 60:02}",
            Column.END_DATE: when,
            Column.END_TIME: f"{end // 60:02}:{end % 60:02}",
            Column.SESSION_INSTRUCTOR: person,
            Column.DAY: day,
            Column.SESSION_URL: f"https://meet.larkfield.example/{number + 1}-{day}",
        }
        yield _of_event(title, course, first, person) | row if day == 1 else row


def _of_event(title: str, course: Course, first: date, person: str) -> Cells:
    return {
        Column.CODE: course.code,
        Column.TITLE: title,
        Column.MODE: "Blended",
        Column.LMS_START_DATE: LMS_OPENS,
        Column.LMS_START_TIME: time(9),
        Column.LMS_END_DATE: LMS_CLOSES,
        Column.LMS_END_TIME: time(0),
        Column.MAX_PLACES: 14,
        Column.INSTRUCTOR: person,
        Column.ADMINISTRATOR: "Marguerite Pellow",
        Column.EVENT_URL: f"https://learn.larkfield.example/{course.code.lower()}",
        Column.FINALISATION_DATE: first - timedelta(days=14),
        Column.WEB_SALE: "Y",
        Column.SITTING: "2027A",
        Column.MOODLE_CODE: f"{course.code[:3]}-27A",
    }


def _slot(number: int) -> tuple[date, int, str]:
    """When an event is held first, at which minute, and by whom: another person for each event."""
    rest, person = divmod(number, len(INSTRUCTORS))
    rest, weekday = divmod(rest, WEEKDAYS)
    block, slot = divmod(rest, HOURS * 60 // MINUTES)
    first = FIRST_MONDAY + timedelta(weeks=block * LONGEST, days=weekday)
    return first, FIRST_HOUR * 60 + slot * MINUTES, INSTRUCTORS[person]
