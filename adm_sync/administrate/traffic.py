"""How much was asked of Administrate, how long it was waited for, and what its clock said.

What belongs here: counting. What does not: deciding anything by it.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock, local

from adm_sync.administrate.retrying import timestamp

# How much the latest answer counts for how long one usually takes.
SHARE_OF_THE_LATEST = 0.2


class Traffic:
    """Requests sent, and the wall time during which at least one call waited. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._requests = 0
        self._waiting = 0
        self._since = 0.0
        self._total = 0.0
        # Seconds that Administrate's clock is ahead of ours, by its latest answer.
        self.clock_difference = 0.0
        # Seconds that a request is on its way; the latest count most.
        self.usual_seconds = 0.0
        self._of_this_thread = local()

    def note_date(self, header: str | None, now: float) -> None:
        """An answer came now, with this `Date`; one that cannot be read says nothing."""
        date = timestamp(header or "")
        if date is not None:
            self.clock_difference = date - now

    def note_answer(self, seconds: float) -> None:
        """A request of this thread was on its way so long, answered or not."""
        self._of_this_thread.seconds = seconds
        with self._lock:
            change = seconds - self.usual_seconds
            self.usual_seconds += change * (SHARE_OF_THE_LATEST if self.usual_seconds else 1.0)

    @property
    def answer_seconds(self) -> float:
        """How long the latest request of this thread was on its way."""
        return float(getattr(self._of_this_thread, "seconds", 0.0))

    @property
    def requests(self) -> int:
        """GraphQL requests sent, repeated ones included."""
        return self._requests

    @property
    def waiting_seconds(self) -> float:
        """Seconds during which at least one call waited, however many did."""
        with self._lock:
            running = self._clock() - self._since if self._waiting else 0.0
            return self._total + running

    def count_request(self) -> None:
        """One more request leaves."""
        with self._lock:
            self._requests += 1

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Inside, a call waits for a permit, an answer, or the time of its next attempt."""
        with self._lock:
            if not self._waiting:
                self._since = self._clock()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._total += self._clock() - self._since
