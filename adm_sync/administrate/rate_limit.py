"""How calls to Administrate are spaced.

What belongs here: the interface that the client asks for permits. What does not: a limiter that
several processes share; that one needs the database and lives there.
"""

from typing import Protocol


class Limiter(Protocol):
    """Hands out permits to send one request each. Implementations are thread-safe.

    `rate` is how many a second; 0 is no limit.
    """

    @property
    def rate(self) -> float:
        """Permits a second."""

    def acquire(self) -> float:
        """Return 0 when one request may be sent, or at once the seconds of `hold_back` left."""

    def pause(self, seconds: float) -> None:
        """Hand out no permit to anybody for so many seconds: Administrate said 429."""

    def hold_back(self, seconds: float) -> None:
        """The same, for longer than anybody stays: it outlives this process."""


class NoLimit:
    """A limiter that never makes anybody wait."""

    rate = 0.0

    def acquire(self) -> float:
        """Return at once."""
        return 0.0

    def pause(self, seconds: float) -> None:
        """Do nothing."""

    def hold_back(self, seconds: float) -> None:
        """Do nothing."""
