"""The nearest names on the other side, for a person to choose from.

What belongs here: ranking candidates. What does not: linking them, which only a person does.
"""

from collections.abc import Sequence
from typing import Any

from rapidfuzz import fuzz, process

from adm_sync.reference.entity import Record, Tutorial
from adm_sync.reference.keys import normalise

LIMIT = 3
SCORE_WORTH_SHOWING = 60
# Comparisons a sync may spend; 2 million take about a second.
BUDGET = 2_000_000


class Candidates:
    """One side's records, ready to be searched by name."""

    def __init__(self, records: Sequence[Record | Tutorial], budget: int = BUDGET) -> None:
        self.records = records
        self.names = [_name(record) for record in records]
        self.budget = budget

    def nearest(self, one: Record | Tutorial) -> list[dict[str, Any]]:
        """Up to three candidates, best first, with a score of 0 to 100; [] if none is near."""
        name = _name(one)
        if not name or self.budget < len(self.names):
            return []
        self.budget -= len(self.names)
        found = process.extract(
            name,
            self.names,
            scorer=fuzz.token_sort_ratio,
            limit=LIMIT,
            score_cutoff=SCORE_WORTH_SHOWING,
        )
        return [
            {**member(self.records[position]), "score": round(score)}
            for _, score, position in found
        ]


def member(record: Record | Tutorial) -> dict[str, Any]:
    """One record of either side, as it is shown and stored."""
    return {
        "tutorial_id": record.id if isinstance(record, Tutorial) else None,
        "external_id": record.external_id if isinstance(record, Record) else None,
        "label": record.label,
        "detail": record.about,
    }


def _name(record: Record | Tutorial) -> str:
    return normalise(record.label)
