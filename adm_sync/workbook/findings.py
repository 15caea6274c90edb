"""Findings: what is wrong with a workbook, and exactly where.

What belongs here: the finding itself, the code that a rule makes findings of, and refusing a whole
file. What does not: the rules, each beside its codes, and the catalogue of all codes
(`imports.catalogue`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Literal

from openpyxl.utils import get_column_letter

from adm_sync.errors import WorkbookError
from adm_sync.lists import joined
from adm_sync.workbook.sheet import NoValue, Raw

LONGEST_VALUE = 200

Severity = Literal["error", "warning"]
Effect = Literal["refused", "error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a cell, a row, or the whole file.

    Attributes:
        severity: an error rejects the event group (or the file), a warning does not.
        code: of the catalogue, in lower case with underscores.
        message: a plain sentence that says what is wrong, and to what.
        sheet: the sheet's title; None if it is about the file.
        row: Excel's own number.
        column: the column's letters.
        header: the column's header.
        value: the raw value as text, as Excel would show it.
        suggestion: what to put instead, or to run, where that is known.
    """

    severity: Severity
    code: str
    message: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    header: str | None = None
    value: str | None = None
    suggestion: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether something is rejected because of it."""
        return self.severity == "error"

    def at(self, place: "Place", subject: str = "") -> "Finding":
        """The same, at its place; `subject` goes before what it says."""
        return Finding(
            self.severity,
            self.code,
            subject + self.message,
            place.sheet,
            place.row,
            place.column,
            place.header,
            None if place.position is None else shown(place.raw),
            self.suggestion,
        )

    def as_json(self) -> dict[str, Any]:
        """In the form of the command line's `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: an entry of the catalogue, beside the rule that finds it.

    Attributes:
        effect: `refused` (the whole file), `error` (the event group), `warning`.
        name: in lower case with underscores.
        message: what a finding says, with `{places}` for what only the rule knows. One that does
            not begin as a sentence goes on where the column's name ends.
        example: a cell or a situation that leads to it.
        remedy: what a person does about it.
        note: what the catalogue says besides.
        suggests: whether each finding suggests the remedy.
        ask: what a planner asks the data administrator to do, as it goes on after "to"; `{value}`
            is what the cell holds. '' if a planner needs nobody.
    """

    effect: Effect
    name: str
    message: str
    example: str
    remedy: str
    note: str = ""
    suggests: bool = False
    ask: str = ""

    def __call__(self, suggestion: str | None = None, /, **known: object) -> Finding:
        """A finding without its place.

        Args:
            suggestion: what to put instead, where that is known.
            known: what goes into the message.
        """
        return self.saying(self.message.format(**known), suggestion)

    def saying(self, message: str, suggestion: str | None = None) -> Finding:
        """A finding without its place that says something else than most of its kind."""
        severity: Severity = "warning" if self.effect == "warning" else "error"
        suggestion = suggestion or (self.remedy if self.suggests else None)
        return Finding(severity, self.name, message, suggestion=suggestion)


# Codes that refuse the whole file, reject the event group, or reject nothing.
refusal = partial(Code, "refused", suggests=True)
error = partial(Code, "error")
warning = partial(Code, "warning")


def by_place(finding: Finding) -> tuple[int, int, str]:
    """What sorts findings by row, and then by column."""
    column = finding.column or ""
    return finding.row or 0, len(column), column


def in_order(*findings: Finding) -> tuple[Finding, ...]:
    """The findings by row, column and code."""
    return tuple(sorted(findings, key=lambda one: (*by_place(one), one.code)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is: a cell, a row, a sheet, or (all None) the file.

    `position` is the column's, 0 for A; `raw` is the cell's value.
    """

    sheet: str | None = None
    row: int | None = None
    position: int | None = None
    header: str | None = None
    raw: Raw = None

    @property
    def column(self) -> str | None:
        """The column's letters."""
        return None if self.position is None else get_column_letter(self.position + 1)


def shown(raw: Raw) -> str:
    """A raw value as a reader of the sheet knows it, at most `LONGEST_VALUE` characters."""
    text = _text(raw)
    return (
        text
        if len(text) <= LONGEST_VALUE
        else text[: LONGEST_VALUE - 1] + "\N{HORIZONTAL ELLIPSIS}"
    )


def _text(raw: Raw) -> str:
    match raw:
        case None:
            return ""
        case NoValue():
            return f"={raw.formula}"
        case bool():
            return "TRUE" if raw else "FALSE"
        case float() if raw.is_integer() and abs(raw) < 1e15:
            return str(int(raw))
        case datetime():
            return raw.strftime("%d/%m/%Y %H:%M" if raw.time() != time() else "%d/%m/%Y")
        case date():
            return raw.strftime("%d/%m/%Y")
        case time():
            return raw.strftime("%H:%M")
        case timedelta():
            minutes = round(raw.total_seconds() / 60)
            return f"{minutes // 60}:{minutes % 60:02}"
        case _:
            return str(raw)


class WorkbookRefused(WorkbookError):
    """The file as a whole cannot be imported; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
        facts = {
            "finding": finding.code,
            "sheet": finding.sheet,
            "row": None if finding.row is None else str(finding.row),
            "what to do": finding.suggestion,
        }
        self.facts = {name: fact for name, fact in facts.items() if fact}


MOST_ROWS = 20


def row_list(numbers: Sequence[int]) -> str:
    """`row 4`, `rows 4, 5 and 6`; of more than 20, the first ones and how many more there are."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    listed = [str(number) for number in numbers]
    if len(listed) > MOST_ROWS:
        listed = [*listed[: MOST_ROWS - 1], f"{len(listed) - MOST_ROWS + 1} more"]
    return f"rows {joined(listed)}"


def quoted(*names: str) -> str:
    """The names in quotation marks, cut if they are very long: `'A', 'B' and 'C'`."""
    return joined([f"'{shown(name)}'" for name in names])


def either(names: Iterable[str]) -> str:
    """The names of which one is meant: `'A' or 'B'`; '' if there are none."""
    return " or ".join(quoted(name) for name in names)
