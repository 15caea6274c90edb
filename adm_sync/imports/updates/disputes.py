"""A value that somebody has changed since, and the workbook says something else: a person decides.

What belongs here: what it is on each side, in words. What does not: how it came to that
(`planning`), and the finding (`findings`).
"""

from dataclasses import dataclass
from typing import Any

from adm_sync.workbook.columns import Column


@dataclass(frozen=True, slots=True)
class Dispute:
    """One value in conflict.

    Attributes:
        row: of the workbook.
        day: of the session whose value it is; None for one of the event itself.
        title: of the event, as the workbook has it.
        column: of the value.
        header: of the column, as the workbook has it.
        field: what people call the value.
        written: what this project last wrote.
        here: what it is here now; None if it is not kept here.
        there: what it is in Administrate now; None if it is not kept there.
        workbook: what the workbook says.
        reason: why what was to be taken cannot be.
    """

    row: int
    day: int | None
    title: str
    column: Column
    header: str
    field: str
    written: str
    here: str | None
    there: str | None
    workbook: str
    reason: str = ""

    @property
    def about(self) -> str:
        """What a person decides about, as `--take` has it."""
        return f"{self.title}: {self.header}"

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "row": self.row,
            "day": self.day,
            "about": self.about,
            "field": self.field,
            "written": self.written,
            "here": self.here,
            "administrate": self.there,
            "workbook": self.workbook,
            "reason": self.reason,
        }
