"""Bad inputs of a workbook's rows, as cases: the rows, what is to be found, what becomes of them.

What belongs here: what a case is, and how cases become one workbook. What does not: the cases
(`row_cases`, `text_cases`, `time_cases`, `value_cases`, `reference_cases`).

Every case has a title and a person of its own, so that none disturbs another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from openpyxl.utils import get_column_letter

from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding
from adm_sync_tests.workbooks import Cells, Formatted, Text, blended, lms_only

LONGEST_VALUE = 200
MIDNIGHT = time()
CREATED, UNCHANGED, REJECTED, SKIPPED = ("created",), ("unchanged",), ("rejected",), ("skipped",)
# A row that belongs to no event; it is rejected too, but is no event that is.
STRAY = "stray"

Make = Callable[["Slot"], Sequence[Mapping[Column, object]]]


@dataclass(frozen=True, slots=True)
class Slot:
    """What is a case's own."""

    title: str
    person: str


@dataclass(frozen=True, slots=True)
class Found:
    """A finding that is expected: at a cell of the case's rows, or at a whole row (no column).

    `says` are words of its message, or, as numbers, rows of the case that it names.
    """

    severity: str
    code: str
    column: Column | None
    row: int
    value: str | None
    suggestion: str | None
    says: tuple[str | int, ...]


def error(code: str, column: Column | None = None, row: int = 0, **more: Any) -> Found:
    """An error in one of the case's rows (0 is the first)."""
    return _found("error", code, column, row, **more)


def warning(code: str, column: Column | None = None, row: int = 0, **more: Any) -> Found:
    """A warning in one of the case's rows (0 is the first)."""
    return _found("warning", code, column, row, **more)


def _found(
    severity: str,
    code: str,
    column: Column | None,
    row: int,
    *,
    value: str | None = None,
    suggestion: str | None = None,
    says: str | int | Sequence[str | int] = (),
) -> Found:
    words = (says,) if isinstance(says, str | int) else tuple(says)
    return Found(severity, code, column, row, value, suggestion, words)


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the catalogue, or one of the inputs that it lists.

    Attributes:
        row: the catalogue's words for the input.
        what: which of its inputs.
        make: gives the rows.
        finds: everything that is found in them.
        outcomes: what becomes of each of its groups, in order.
        kept: of the event that is recorded, what was recorded; dotted names are its sessions'.
        there: the same of Administrate's event.
    """

    row: str
    what: str
    make: Make
    finds: tuple[Found, ...] = ()
    outcomes: tuple[str, ...] = CREATED
    kept: Mapping[str, object] = field(default_factory=dict)
    there: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the test is called."""
        return f"{self.row[:40]} / {self.what}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A case with its rows, in the workbook that all cases share."""

    case: Case
    slot: Slot
    first_row: int
    rows: tuple[Mapping[Column, object], ...]

    @property
    def numbers(self) -> range:
        """Its Excel rows."""
        return range(self.first_row, self.first_row + len(self.rows))

    def words_of(self, found: Found) -> list[str]:
        """What the message must say."""
        return [
            f"row {self.first_row + one}" if isinstance(one, int) else one for one in found.says
        ]

    def expected(self) -> list[tuple[object, ...]]:
        """Its findings, each exactly as `told` gives it."""
        return sorted(map(self._expected, self.case.finds), key=repr)

    def _expected(self, found: Found) -> tuple[object, ...]:
        column = found.column
        number = self.first_row + found.row
        if column is None:
            return found.severity, found.code, "Import", number, None, None, None
        letters = get_column_letter(list(Column).index(column) + 1)
        value = found.value
        if value is None:
            value = as_excel_shows(self.rows[found.row].get(column))
        return found.severity, found.code, "Import", number, letters, column.value, value


def told(finding: Finding) -> tuple[object, ...]:
    """What a finding says, but for its words."""
    return (
        finding.severity,
        finding.code,
        finding.sheet,
        finding.row,
        finding.column,
        finding.header,
        finding.value,
    )


def as_excel_shows(cell: object) -> str:
    """A cell as a reader of the sheet knows it."""
    match cell:
        case None:
            return ""
        case Text():
            text = cell.text
        case Formatted():
            return as_excel_shows(cell.value)
        case datetime() if cell.time() != MIDNIGHT:
            return f"{cell:%d/%m/%Y %H:%M}"
        case date():
            return f"{cell:%d/%m/%Y}"
        case time():
            return f"{cell:%H:%M}"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            text = str(cell)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "\u2026"


def place(cases: Iterable[Case], first_row: int) -> list[Placed]:
    """All cases one below the other."""
    placed: list[Placed] = []
    for number, case in enumerate(cases):
        slot = Slot(f"B{number:03} London", person_of(number))
        rows = tuple(case.make(slot))
        placed.append(Placed(case, slot, first_row, rows))
        first_row += len(rows)
    return placed


def person_of(number: int) -> str:
    """An instructor who teaches in one case only."""
    return f"Tutor-{number:03} Ixworth"


# ---------------------------------------------------------------------- rows of events


def event(sessions: int = 1, **cells: object) -> Make:
    """A blended event; `cells` are those of its first row, callables take the slot."""
    return lambda slot: group(slot, sessions, **cells)


def group(slot: Slot, sessions: int = 1, **cells: object) -> list[Cells]:
    """The rows of a blended event of a course with that many sessions."""
    code = {1: "CB3_LO_1", 2: "CP2_LO_2", 3: "SP1_LO_3"}[sessions]
    given = {name: cell(slot) if callable(cell) else cell for name, cell in cells.items()}
    return blended(
        **{
            "code": code,
            "title": slot.title,
            "sessions": sessions,
            "instructor": slot.person,
            "session_instructor": slot.person,
            **given,
        }
    )


def online(**cells: object) -> Make:
    """An event that is held in the LMS only."""
    return lambda slot: [lms_only(**{"title": slot.title, **cells})]
