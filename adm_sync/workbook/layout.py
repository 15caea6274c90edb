"""What each column of the template looks like, and what it tells whoever fills it in.

What belongs here: widths, number formats, guidance and drop-downs by column. What does not:
writing a template (`template`), and reading one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adm_sync.workbook.columns import Column

DATE = "dd/mm/yyyy"
TIME = "hh:mm"
TEXT = "@"
WHOLE = "0"

FROM_THE_LIST = "from the list"
FREE_TEXT = "free-text"


@dataclass(frozen=True, slots=True)
class Look:
    """How a column looks.

    Attributes:
        example: a cell of it, shown in row 2.
        form: how it is written, shown in row 3.
        width: in characters.
        number_format: Excel's.
        choices: the heading of the column of the sheet `Lists` that it is chosen from.
        fixed: what it is chosen from, where that never changes.
    """

    example: str
    form: str = FREE_TEXT
    width: int = 16
    number_format: str = TEXT
    choices: str | None = None
    fixed: tuple[str, ...] = ()

    @property
    def is_centred(self) -> bool:
        """Whether its cells are short and all of one kind: dates, times, numbers, flags."""
        return self.number_format != TEXT or self.form in ("HH:MM", "Y/N")


def _listed(example: str, width: int, choices: str) -> Look:
    return Look(example, FROM_THE_LIST, width, choices=choices)


def _date(example: str) -> Look:
    return Look(example, "DD/MM/YYYY", 15, DATE)


def _flag(example: str) -> Look:
    return Look(example, "Y/N", 12, fixed=("Y", "N"))


MODES = ("Blended", "Classroom", "Self Paced (LMS)")

LOOKS: Mapping[Column, Look] = MappingProxyType(
    {
        Column.CODE: _listed("CB1_LO_6", 18, "Course templates"),
        Column.TITLE: Look("CB1 London 27A-01", width=30),
        Column.SESSION_TITLE: Look("CB1 London 27A-01 - Day 1", width=36),
        Column.MODE: Look("Blended", FROM_THE_LIST, 16, fixed=MODES),
        Column.LOCATION: _listed("London", 16, "Locations"),
        Column.VENUE: _listed("To be confirmed", 22, "Venues"),
        Column.ZONE: _listed("Europe - London", 17, "Time zones"),
        Column.START_DATE: _date("12/01/2027"),
        Column.START_TIME: Look("09:30", "HH:MM", 11),
        Column.END_DATE: _date("12/01/2027"),
        Column.END_TIME: Look("12:30", "HH:MM", 11),
        Column.LMS_START_DATE: _date("04/01/2027"),
        Column.LMS_START_TIME: Look("09:00", "HH:MM", 11, TIME),
        Column.LMS_END_DATE: _date("14/05/2027"),
        Column.LMS_END_TIME: Look("00:00", "HH:MM", 11, TIME),
        Column.MAX_PLACES: Look("14", "number", 9, WHOLE),
        Column.ACCESS_DURATION: Look("90 days", width=12),
        Column.INSTRUCTOR: _listed("Agnes Tolliver", 24, "Instructors"),
        Column.SESSION_INSTRUCTOR: _listed("Agnes Tolliver", 36, "Instructors"),
        Column.ADMINISTRATOR: _listed("Marguerite Pellow", 22, "Event administrators"),
        Column.DAY: Look("1", "number", 9, WHOLE),
        Column.EVENT_URL: Look("https://learn.larkfield.example/cb1", width=46),
        Column.SESSION_URL: Look("https://meet.larkfield.example/cb1-1", width=46),
        Column.FINALISATION_DATE: _date("29/12/2026"),
        Column.WEB_SALE: _flag("Y"),
        Column.SITTING: _listed("2027A", 13, "Sittings"),
        Column.MOODLE_CODE: Look("CB1-27A", width=14),
        Column.RECORDINGS: _flag("N"),
        Column.RECORDING_PIN: Look("0042", width=12),
        Column.TUTORS: Look("Agnes Tolliver", width=20),
        Column.SAGE_CODE: Look("T-CB1-LO6", width=14),
        Column.CANCELLED: _flag("N"),
        Column.EXTRA_INFORMATION: Look("Bring a calculator", width=30),
        Column.UNNAMED: Look("", "", 4),
        Column.REGISTRATION_DEADLINE: _date("05/01/2027"),
    }
)
