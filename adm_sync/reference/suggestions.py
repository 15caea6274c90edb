"""The nearest names on the other side, for a person to choose from.

What belongs here: ranking candidates. What does not: linking them, which only a person does.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from adm_sync.names.nearest import BUDGET, LIMIT, Nearest
from adm_sync.reference.entity import RemoteRecord, TutorialRecord


class Candidates:
    """One side's records, ready to be searched by name.

    Args:
        records: of one side.
        never: pairs of ids, of which a person has said that they are not the same.
        budget: of `Nearest`.
    """

    def __init__(
        self,
        records: Sequence[RemoteRecord | TutorialRecord],
        never: Collection[tuple[int | None, str | None]] = (),
        budget: int = BUDGET,
    ) -> None:
        self.records = records
        self._apart = defaultdict[Any, set[Any]](set)
        for tutorial_id, external_id in never:
            self._apart[tutorial_id].add(external_id)
            self._apart[external_id].add(tutorial_id)
        self._nearest = Nearest([record.label for record in records], budget)

    def nearest(self, one: RemoteRecord | TutorialRecord) -> list[dict[str, Any]]:
        """Up to three candidates, best first, with a score of 0 to 100; [] if none is near."""
        apart = self._apart.get(_id(one), ())
        near = self._nearest.to(one.label, LIMIT + len(apart))
        found = [(self.records[position], score) for position, score in near]
        return [
            {**member(other), "score": score} for other, score in found if _id(other) not in apart
        ][:LIMIT]


def _id(record: RemoteRecord | TutorialRecord) -> int | str:
    return record.id if isinstance(record, TutorialRecord) else record.external_id


def member(record: RemoteRecord | TutorialRecord) -> dict[str, Any]:
    """One record of either side, as it is shown and stored."""
    return {
        "tutorial_id": record.id if isinstance(record, TutorialRecord) else None,
        "external_id": record.external_id if isinstance(record, RemoteRecord) else None,
        "label": record.label,
        "detail": record.about,
    }
