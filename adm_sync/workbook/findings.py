"""Findings: what is wrong with a workbook, and exactly where.

What belongs here: the finding itself, and refusing a whole file with one. What does not: the
rules that make findings, and their catalogue (`catalogue`).
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from openpyxl.utils import get_column_letter

from adm_sync.errors import WorkbookError
from adm_sync.workbook.sheet import NoValue, Raw

LONGEST_VALUE = 200

Severity = Literal["error", "warning"]


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

    def as_json(self) -> dict[str, Any]:
        """In the form of the command line's `--json`."""
        return asdict(self)


def in_order(*findings: Finding) -> tuple[Finding, ...]:
    """The findings by row, and then by column."""

    def place(one: Finding) -> tuple[int, int, str, str]:
        return one.row or 0, len(one.column or ""), one.column or "", one.code

    return tuple(sorted(findings, key=place))


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

    def error(self, code: str, message: str, suggestion: str | None = None) -> Finding:
        """An error here."""
        return self._finding("error", code, message, suggestion)

    def warning(self, code: str, message: str, suggestion: str | None = None) -> Finding:
        """A warning here."""
        return self._finding("warning", code, message, suggestion)

    def _finding(
        self, severity: Severity, code: str, message: str, suggestion: str | None
    ) -> Finding:
        column = None if self.position is None else get_column_letter(self.position + 1)
        value = None if self.position is None else shown(self.raw)
        return Finding(
            severity, code, message, self.sheet, self.row, column, self.header, value, suggestion
        )


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


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of the catalogue of findings.

    Attributes:
        name: the code, in lower case with underscores.
        effect: `refused` (the whole file), `error` (the event group), `warning`.
        meaning: what is wrong, in one sentence.
        example: a cell or a situation that leads to it.
        remedy: what a person does about it.
    """

    name: str
    effect: Literal["refused", "error", "warning"]
    meaning: str
    example: str
    remedy: str


class WorkbookRefused(WorkbookError):
    """The file as a whole cannot be imported; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
