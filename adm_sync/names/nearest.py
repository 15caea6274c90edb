"""The nearest names, for a person to choose from.

What belongs here: ranking. What does not: what the names stand for; nothing is ever linked by
nearness.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import chain, islice

from rapidfuzz import fuzz, process

from adm_sync.names.keys import normalise

LIMIT = 3
SCORE_WORTH_SHOWING = 60
# Comparisons with every name that one piece of work may spend; 2 million take about a second.
BUDGET = 2_000_000
# Beyond it a name is compared with so many before and after it in two orders of the names, and
# with so many that share a word.
NEIGHBOURS = 10
SHARING = 50


class Nearest:
    """Names, ready to be searched; the positions it gives are those of the names it was given."""

    def __init__(self, names: Sequence[str], budget: int = BUDGET) -> None:
        self.names = [normalise(name) for name in names]
        self.budget = budget

    def to(self, name: str, limit: int = LIMIT) -> list[tuple[int, int]]:
        """So many (position, score of 0 to 100) at most, best first; [] if none is near.

        While the budget lasts no name is overlooked. Later one could be that differs both in its
        beginning and in its end, and has no rare word in common.
        """
        wanted = normalise(name)
        if not wanted or not self.names:
            return []
        found = process.extract(
            wanted,
            self._worth_comparing(wanted),
            scorer=fuzz.token_sort_ratio,
            limit=limit,
            score_cutoff=SCORE_WORTH_SHOWING,
        )
        return [(position, round(score)) for _, score, position in found]

    def _worth_comparing(self, wanted: str) -> dict[int, str]:
        if self.budget >= len(self.names):
            self.budget -= len(self.names)
            return self._numbered
        sharing = sorted((self._holders.get(word, []) for word in wanted.split()), key=len)
        near = {
            *self._forwards.around(wanted),
            *self._backwards.around(wanted),
            *islice(chain.from_iterable(sharing), SHARING),
        }
        return {position: self.names[position] for position in sorted(near)}

    @cached_property
    def _numbered(self) -> dict[int, str]:
        return dict(enumerate(self.names))

    @cached_property
    def _forwards(self) -> "_Order":
        return _Order(self.names, slice(None))

    @cached_property
    def _backwards(self) -> "_Order":
        return _Order(self.names, slice(None, None, -1))

    @cached_property
    def _holders(self) -> dict[str, list[int]]:
        """Word -> the positions of the names that have it."""
        holders = defaultdict[str, list[int]](list)
        for position, name in self._numbered.items():
            for word in set(name.split()):
                holders[word].append(position)
        return holders


class _Order:
    """Names in the order of their letters, from the first or from the last."""

    def __init__(self, names: Sequence[str], letters: slice) -> None:
        self._letters = letters
        self._sorted = sorted((self._key(name), position) for position, name in enumerate(names))

    def around(self, name: str) -> list[int]:
        """The positions of those next to where a name would stand."""
        at = bisect_left(self._sorted, (self._key(name), 0))
        return [position for _, position in self._sorted[max(0, at - NEIGHBOURS) : at + NEIGHBOURS]]

    def _key(self, name: str) -> str:
        return " ".join(sorted(name.split()))[self._letters]
