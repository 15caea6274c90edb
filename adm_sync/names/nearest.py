"""The nearest names, for a person to choose from.

What belongs here: ranking. What does not: what the names stand for; nothing is ever linked by
nearness.
"""

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from adm_sync.names.keys import normalise

LIMIT = 3
SCORE_WORTH_SHOWING = 60
# Comparisons that one piece of work may spend; 2 million take about a second.
BUDGET = 2_000_000


class Nearest:
    """Names, ready to be searched; the positions it gives are those of the names it was given."""

    def __init__(self, names: Sequence[str], budget: int = BUDGET) -> None:
        self.names = [normalise(name) for name in names]
        self.budget = budget

    def to(self, name: str) -> list[tuple[int, int]]:
        """Up to three (position, score of 0 to 100), best first; [] if none is near."""
        wanted = normalise(name)
        if not wanted or self.budget < len(self.names):
            return []
        self.budget -= len(self.names)
        found = process.extract(
            wanted,
            self.names,
            scorer=fuzz.token_sort_ratio,
            limit=LIMIT,
            score_cutoff=SCORE_WORTH_SHOWING,
        )
        return [(position, round(score)) for _, score, position in found]
