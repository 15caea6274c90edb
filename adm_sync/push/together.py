"""How many events travel in one request, as far as the tenant takes that.

What belongs here: learning it from what becomes of requests, and remembering it for a day. What
does not: what travels, and what its answer means.
"""

import logging
from dataclasses import dataclass, field
from threading import Lock

import sqlalchemy as sa

from adm_sync.database import request_sizes
from adm_sync.database.engine import database_errors

log = logging.getLogger("adm_sync.push")

# An answer that takes more of the time-out than this is one that may not come the next time.
SHARE_OF_THE_TIME_OUT = 1 / 3


@dataclass(slots=True)
class Together:
    """How many events travel in one request of a kind; all threads of a push share it.

    With one, what belongs to the event still travels together; with none, each mutation has a
    request.

    Args:
        engine: where it is remembered.
        kind: of requests.
        most: what is wanted.
        time_out: seconds that an answer is waited for.
    """

    engine: sa.Engine
    kind: str
    most: int
    time_out: float
    _lock: Lock = field(default_factory=Lock)
    _known: int | None = None

    @property
    def size(self) -> int:
        """How many events travel together now."""
        with self._lock:
            if self._known is None:
                with database_errors(), self.engine.connect() as connection:
                    known = request_sizes.remembered(connection, self.kind)
                self._known = self.most if known is None else min(known, self.most)
            return self._known

    def took(self, events: int, seconds: float) -> None:
        """So many were answered, or not, after so many seconds."""
        if events > 1 and seconds > self.time_out * SHARE_OF_THE_TIME_OUT:
            self.were_too_many(events, f"the answer took {seconds:.1f} s")

    def were_too_many(self, events: int, reason: str) -> None:
        """So many in one request are more than the tenant takes: half of them from now on."""
        size = events // 2
        if size >= self.size:
            return
        log.info("%s: %d events in a request from now on, as %s.", self.kind, size, reason)
        with self._lock:
            self._known = size
            with database_errors(), self.engine.begin() as connection:
                request_sizes.remember(connection, self.kind, size)
