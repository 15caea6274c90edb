"""Recording all that is planned of a workbook, new events some at a time.

What belongs here: what goes into one transaction, and what is refused. What does not: recording an
event (`recording`).
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby

from adm_sync.database import recording
from adm_sync.database.engine import database_errors
from adm_sync.errors import DatabaseError, DatabaseRefused, ValueRefused
from adm_sync.imports.options import ImportListener
from adm_sync.imports.planning import ImportPlan, PlannedEvent
from adm_sync.imports.recording import Recorder

# New events in one transaction.
TOGETHER = 25
# Events of which so many change what PostgreSQL knows of the tables.
MANY = 25


def record_all(
    recorder: Recorder,
    plan: ImportPlan,
    ids: dict[int, int],
    listener: ImportListener,
) -> dict[int, str]:
    """Record what is planned; gives why some events were refused, by their rows.

    Args:
        recorder: who does it.
        plan: of the events.
        ids: where our ids are put, by the events' rows.
        listener: who is told how far it is.

    Raises:
        DatabaseError: it is away, or nothing at all can be written.
    """
    refused: dict[int, str] = {}
    of_the_row, number = False, 0
    for some in _together(plan.events):
        recorded = _recorded_together(recorder, some)
        for one in some:
            number, row = number + 1, one.resolved.event.row
            try:
                ids[row] = recorded[row] if row in recorded else recorder.record(one)
            except DatabaseRefused as error:
                refused[row] = str(error)
                of_the_row = of_the_row or isinstance(error, ValueRefused)
                if not of_the_row and not ids and number >= 3 and len(refused) == number:
                    raise  # it is not the events: nothing can be written
            listener.reached("recorded")
            listener.progress("record", number, len(plan.events))
    for cancellation in plan.cancelled:
        ids[cancellation.row] = recorder.cancel(cancellation)
    if len(ids) >= MANY:
        with database_errors(), recorder.engine.begin() as connection:
            recording.analyse(connection)
    if refused and not ids and not of_the_row:
        raise DatabaseRefused(next(iter(refused.values())))
    return refused


def _together(planned: Sequence[PlannedEvent]) -> Iterator[list[PlannedEvent]]:
    """New events that follow each other, some at a time; each of the others by itself."""
    for is_new, some in groupby(planned, lambda one: one.event_id is None):
        left = list(some)
        most = TOGETHER if is_new else 1
        yield from (left[at : at + most] for at in range(0, len(left), most))


def _recorded_together(recorder: Recorder, some: Sequence[PlannedEvent]) -> dict[int, int]:
    """The ids of events that could be recorded together; of none if they could not."""
    if len(some) > 1:
        # If it was the connection, the next attempt says so.
        with suppress(DatabaseError):
            return recorder.record_together(some)
    return {}
