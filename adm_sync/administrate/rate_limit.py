"""How calls to Administrate are spaced.

What belongs here: the interface that the client asks for permits. What does not: a limiter that
several processes share; that one needs the database and lives there.
"""

from typing import Protocol


class Limiter(Protocol):
    """Hands out permits to send one request each. Implementations are thread-safe."""

    def acquire(self) -> None:
        """Return when one request may be sent."""

    def pause(self, seconds: float) -> None:
        """Hand out no permit to anybody for so many seconds: Administrate said 429."""


class NoLimit:
    """A limiter that never makes anybody wait."""

    def acquire(self) -> None:
        """Return at once."""

    def pause(self, seconds: float) -> None:
        """Do nothing."""
