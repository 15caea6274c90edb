"""What became of a row, as the annotated copy tells it.

What belongs here: the value. What does not: deciding it (`imports`), and showing it (`annotating`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: `created`, `rejected`, … and what there is to say about it."""

    status: str
    detail: str = ""

    @property
    def text(self) -> str:
        """Both, for one cell."""
        return f"{self.status}: {self.detail}" if self.detail else self.status
