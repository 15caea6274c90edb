"""How long something keeps others waiting: a late commit, a record that is not listed yet.

What belongs here: counting requests and seconds. What does not: what happens when they are over.
"""

import time
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Wait:
    """So many more requests or, if a moment of time.monotonic() is given, until then."""

    requests: int
    until: float | None = None

    @classmethod
    def of(cls, requests: int, seconds: float | None) -> Self:
        """From now on; the requests do not count if seconds are given."""
        return cls(requests, None if seconds is None else time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the next request finds it over."""
        if self.until is not None:
            return time.monotonic() >= self.until
        return self.requests <= 0

    def counted(self) -> Self:
        """After one more request."""
        return replace(self, requests=self.requests - 1)

    def aged(self, seconds: float) -> Self:
        """As if it had begun so many seconds earlier."""
        return self if self.until is None else replace(self, until=self.until - seconds)
