"""What can be said of a column of the workbook.

What belongs here: the words that the table of columns is written in. What does not: the columns
(`columns`), and reading a cell (`rules.readers`).
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class RowKind(StrEnum):
    """What a row of data is; the row of a blended or classroom event is its first session too."""

    BLENDED = "blended event"
    CLASSROOM = "classroom event"
    LMS = "LMS-only event"
    SESSION = "session"


class On(StrEnum):
    """The rows on which a column counts; an event's row is that of its first session as well."""

    EVENT = "event"
    SESSION = "session"
    BOTH = "both"


class Form(Enum):
    """How the cells of a column are written.

    Attributes:
        guidance: how, in two words, as row 3 of the template has it.
        how: how, for a planner.
        number_format: Excel's, in the template.
        width: of the column in the template, in characters, if its example is not longer.
        fixed: what it is chosen from, where that never changes.
    """

    TEXT = "free-text", "Any text."
    LINES = "free-text", "Any text, of several lines if need be.", "@", 30
    LISTED = "from the list", "As it stands in the list."
    MODE = (
        *("from the list", "One of the three words.", "@", 16),
        ("Blended", "Classroom", "Self Paced (LMS)"),
    )
    ZONE = "from the list", "Area and city, such as Europe - London; not GMT, not London alone."
    SITTING = "from the list", "The year, and A for April or S for September."
    PEOPLE = "from the list", "First name and surname; several people separated by / or ;", "@", 24
    URL = "free-text", "One whole address, with https:// at the beginning."
    FLAG = "Y/N", "Y or N.", "@", 12, ("Y", "N")
    DATE = "DD/MM/YYYY", "A date, the day first: 13/01/2026.", "dd/mm/yyyy", 15
    DEADLINE = "DD/MM/YYYY", "A date, the day first; a time in the cell counts.", "dd/mm/yyyy", 15
    TIME = "HH:MM", "A time of day on the 24-hour clock: 09:30.", "@", 11
    CLOCK = "HH:MM", "A time of day on the 24-hour clock: 09:30.", "hh:mm", 11
    COUNT = "number", "A whole number.", "0", 9

    def __init__(
        self,
        guidance: str,
        how: str,
        number_format: str = "@",
        width: int = 16,
        fixed: tuple[str, ...] = (),
    ) -> None:
        self.guidance = guidance
        self.how = how
        self.number_format = number_format
        self.width = width
        self.fixed = fixed

    @property
    def is_measure(self) -> bool:
        """Whether a cell of it is a date, a time or a number."""
        return self in (Form.DATE, Form.DEADLINE, Form.TIME, Form.CLOCK, Form.COUNT)

    @property
    def is_words(self) -> bool:
        """Whether a cell of it is words: a date there is one that Excel has made of them."""
        return not self.is_measure and self is not Form.FLAG


class Compared(StrEnum):
    """How a value is compared with the same value elsewhere, or as it was before."""

    EXACTLY = "exactly"
    BY_NAME = "as names are: case, spaces and forms of letters make no difference"
    ELSEWHERE = "exactly, but the workbook says it in other cells"


@dataclass(frozen=True, slots=True)
class Kept:
    """A value of an event or of a session: what it is called, and where it is kept.

    Names of columns and keys are plain strings, as nothing here knows a database.

    Attributes:
        name: what it is recorded and compared under.
        tutorial: columns of the tutorial event or session.
        bridge: columns of its bridge row.
        sent: names in the input that creates or changes it in Administrate: its own first, then
            those that change with it.
        sent_of: the kinds of event that have it in Administrate.
        custom_field: the label of the custom field that it is sent in.
        staff: the type of staff of Administrate that it names.
        compared: how.
    """

    name: str
    tutorial: tuple[str, ...] = ()
    bridge: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    sent_of: frozenset[RowKind] = frozenset(RowKind)
    custom_field: str = ""
    staff: str = ""
    compared: Compared = Compared.EXACTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything that is known about a column.

    Attributes:
        header: as the template has it.
        spellings: other headers that mean it; case, spaces and signs make no difference anyway.
        about: what it is, for a planner.
        form: how its cells are written.
        on: the rows on which it counts.
        needed: the rows whose cell must be filled.
        blank: what a blank cell means elsewhere.
        header_needed: whether the header must be there.
        length: how many characters there may be.
        example: a cell of it.
        choices: the heading, on the template's sheet of lists, of what it is chosen from.
        event: the value that it is of an event.
        session: the value that it is of a session.
    """

    header: str
    about: str
    form: Form
    on: On = On.EVENT
    spellings: tuple[str, ...] = ()
    needed: frozenset[RowKind] = frozenset()
    blank: str = "nothing"
    header_needed: bool = True
    length: int | None = None
    example: str
    choices: str | None = None
    event: Kept | None = None
    session: Kept | None = None

    @property
    def width(self) -> int:
        """In characters, in the template."""
        return max(self.form.width, len(self.example) + 9)

    @property
    def is_centred(self) -> bool:
        """Whether its cells are short and all of one kind: dates, times, numbers, flags."""
        return self.form.is_measure or self.form is Form.FLAG
