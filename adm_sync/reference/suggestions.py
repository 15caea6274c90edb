"""The nearest names on the other side, for a person to choose from.

What belongs here: ranking candidates. What does not: linking them, which only a person does.
"""

from collections.abc import Sequence
from typing import Any

from adm_sync.names.nearest import BUDGET, Nearest
from adm_sync.reference.entity import RemoteRecord, TutorialRecord


class Candidates:
    """One side's records, ready to be searched by name."""

    def __init__(
        self, records: Sequence[RemoteRecord | TutorialRecord], budget: int = BUDGET
    ) -> None:
        self.records = records
        self._nearest = Nearest([record.label for record in records], budget)

    def nearest(self, one: RemoteRecord | TutorialRecord) -> list[dict[str, Any]]:
        """Up to three candidates, best first, with a score of 0 to 100; [] if none is near."""
        return [
            {**member(self.records[position]), "score": score}
            for position, score in self._nearest.to(one.label)
        ]


def member(record: RemoteRecord | TutorialRecord) -> dict[str, Any]:
    """One record of either side, as it is shown and stored."""
    return {
        "tutorial_id": record.id if isinstance(record, TutorialRecord) else None,
        "external_id": record.external_id if isinstance(record, RemoteRecord) else None,
        "label": record.label,
        "detail": record.about,
    }
