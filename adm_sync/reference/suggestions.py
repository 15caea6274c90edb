"""The nearest names on the other side, for a person to choose from.

What belongs here: ranking candidates. What does not: linking them, which only a person does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
        self.budget = budget
        self._apart = defaultdict[Any, set[Any]](set)
        for tutorial_id, external_id in never:
            self._apart[tutorial_id].add(external_id)
            self._apart[external_id].add(tutorial_id)
        self._all = _Group(records)
        placed = defaultdict[int | None, list[RemoteRecord | TutorialRecord]](list)
        for record in records:
            placed[record.place].append(record)
        self._placed = {place: _Group(some) for place, some in placed.items()}

    def nearest(self, one: RemoteRecord | TutorialRecord) -> list[dict[str, Any]]:
        """Up to three candidates, best first, with a score of 0 to 100; [] if none is near.

        None of them is at another place, as far as the places of both are known.
        """
        apart = self._apart.get(_id(one), ())
        found: list[tuple[RemoteRecord | TutorialRecord, int]] = []
        for group in self._groups(one.place):
            near, self.budget = group.nearest(one.label, LIMIT + len(apart), self.budget)
            found += near
        found.sort(key=lambda each: -each[1])
        return [
            {**member(other), "score": score} for other, score in found if _id(other) not in apart
        ][:LIMIT]

    def _groups(self, place: int | None) -> Iterator["_Group"]:
        if place is None:
            yield self._all
            return
        for known in (place, None):
            if known in self._placed:
                yield self._placed[known]


@dataclass
class _Group:
    """Some of the records; they are made ready when they are searched first."""

    records: Sequence[RemoteRecord | TutorialRecord]

    def nearest(
        self, label: str, limit: int, budget: int
    ) -> tuple[list[tuple[RemoteRecord | TutorialRecord, int]], int]:
        """The nearest with their scores, and what is left of the budget."""
        self._names.budget = budget
        near = self._names.to(label, limit)
        return [(self.records[position], score) for position, score in near], self._names.budget

    @cached_property
    def _names(self) -> Nearest:
        return Nearest([record.label for record in self.records])


def _id(record: RemoteRecord | TutorialRecord) -> int | str:
    return record.id if isinstance(record, TutorialRecord) else record.external_id


def member(record: RemoteRecord | TutorialRecord) -> dict[str, Any]:
    """One record of either side, as it is shown and stored."""
    return {
        "tutorial_id": record.id if isinstance(record, TutorialRecord) else None,
        "external_id": record.external_id if isinstance(record, RemoteRecord) else None,
        "label": record.label,
        "detail": record.about,
        "apart": record.apart,
    }


def told_apart(label: str, one: Mapping[str, Any]) -> str:
    """A name with what tells its record (as of `member`) from others of it; for who decides."""
    return ", ".join(filter(None, (label, one.get("apart"))))
