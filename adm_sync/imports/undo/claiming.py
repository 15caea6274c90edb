"""Having one event to oneself for as long as it is taken back, removed or linked anew.

What belongs here: taking it, and letting it go. What does not: what is done with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from adm_sync.database import steps, undoing
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock
from adm_sync.database.recorded import RecordedEvent

TAKEN = "another process is pushing it; try again in some minutes"


@contextmanager
def claimed(
    engine: sa.Engine, event_id: int, lock: Lock, lease: float
) -> Iterator[RecordedEvent | None]:
    """The event, which nobody else works on while this lasts; None if somebody else does now.

    Args:
        engine: of the database.
        event_id: of our row.
        lock: of this process.
        lease: seconds that it may be kept without a sign of life.
    """
    with database_errors(), engine.begin() as connection:
        event = undoing.claim(connection, event_id, lock.key, lease)
    try:
        yield event
    finally:
        if event is not None:
            with database_errors(), engine.begin() as connection:
                steps.let_go(connection, [event.id], lock.key)
