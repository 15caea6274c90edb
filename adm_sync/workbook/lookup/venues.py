"""Venues, which are looked up within their location.

What belongs here: what sets venues apart from other records: their names repeat from town to town.
What does not: what becomes of a record that is found (`registers`).
"""

from collections.abc import Sequence
from dataclasses import replace

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.lookup.registers import (
    BUDGET,
    LONGEST_NAME,
    Answer,
    Problem,
    Register,
    noting_folding,
    quoted,
)
from adm_sync.workbook.references import Record


class Venues:
    """Venues, which are looked up within their location: two may share a name elsewhere."""

    def __init__(
        self, register: Register, venues: Sequence[Record], locations: Sequence[Record]
    ) -> None:
        self._register = register
        self._locations = {location.id: location.name for location in locations}
        self._at: dict[int | None, list[Record]] = {}
        self._by_key: dict[tuple[int | None, str], list[Record]] = {}
        self._homes: dict[str, list[Record]] = {}
        for venue in venues:
            key = normalise(venue.name)
            self._at.setdefault(venue.location_id, []).append(venue)
            self._by_key.setdefault((venue.location_id, key), []).append(venue)
            self._homes.setdefault(key, []).append(venue)
        self._nearest: dict[int, Nearest] = {}
        self._budget = BUDGET
        self._answers: dict[tuple[str, int], Answer] = {}

    def find(self, text: str, location: Record) -> Answer:
        """What the name leads to within that location."""
        if (text, location.id) not in self._answers:
            self._answers[text, location.id] = self._find(text, location)
        return self._answers[text, location.id]

    def _find(self, text: str, location: Record) -> Answer:
        key = normalise(text)
        candidates = self._by_key.get((location.id, key)) if key else None
        if candidates:
            answer = self._register.settle(text, candidates)
            return _elsewhere(answer, location) or noting_folding(text, answer)
        homes = [
            f"{venue.name} (in {self._locations.get(venue.location_id or 0, 'no location')})"
            for venue in self._homes.get(key, ())
        ]
        answer = self._register.unknown(text, homes or self._near(text, location), location.name)
        return _at_home(answer, homes) if homes else answer

    def _near(self, text: str, location: Record) -> list[str]:
        venues = self._at.get(location.id, [])
        nearest = self._nearest.get(location.id)
        if nearest is None:
            nearest = self._nearest[location.id] = Nearest([one.name for one in venues], 0)
        nearest.budget = self._budget
        found = nearest.to(text[:LONGEST_NAME])
        self._budget = nearest.budget
        return [venues[position].name for position, _ in found]


def _at_home(answer: Answer, homes: Sequence[str]) -> Answer:
    """The same answer, whose message names the venues of that name at other locations."""
    there = " and ".join(homes)
    return replace(
        answer,
        problems=tuple(
            replace(one, message=f"{one.message[:-1]}; they know {there}.")
            for one in answer.problems
        ),
    )


def _elsewhere(answer: Answer, location: Record) -> Answer | None:
    """An error if Administrate has the venue at another location: it refuses such an event."""
    if answer.record is None or answer.link is None or len(location.bridges) != 1:
        return None
    (bridge,), (at,) = answer.record.bridges, location.bridges
    if bridge.location in (None, at.external_id):
        return None
    problem = Problem(
        "venue_elsewhere",
        f"Administrate has the venue {quoted(answer.record.name)} ({bridge.external_id}) at "
        f"another location ({bridge.location}) than {quoted(location.name)} ({at.external_id}).",
        "Run: adm-sync sync locations venues. If that does not help, correct the venue's location "
        "on one of the two sides.",
    )
    return Answer((problem,), answer.record)
