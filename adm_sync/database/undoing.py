"""Taking back what an import has recorded.

What belongs here: the statements. What does not: whether an event may be undone (`imports.undo`).

An undone event keeps its row, with its Administrate id and its steps, as the record of what was
done; only `undone_at` takes it out of everything else. Its bridge rows stay with the tutorial
rows, without an Administrate id, as before their first push: importing the workbook again finds
and uses them. They are removed with the tutorial rows, if that is asked for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from adm_sync.database import acted, adm
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import (
    event_groups,
    event_sessions,
    events,
    steps,
    updates,
    workbooks,
)
from adm_sync.database.recorded import NOW, RecordedEvent, all_as, among, first_as
from adm_sync.database.statements import referenced_rows
from adm_sync.database.states import StepKind, StepState
from adm_sync.database.steps import in_seconds

# The note of an update, in its changes, that it found changes of somebody else's here.
AFTER_OTHERS = "after_others"
# Steps of which nobody knows whether they happened.
UNSETTLED = (StepState.SENDING, StepState.UNKNOWN)


def events_of(connection: sa.Connection, workbook_id: int) -> list[RecordedEvent]:
    """The events that this workbook brought and that are not undone, in order."""
    statement = sa.select(events).where(
        events.c.workbook_id == workbook_id, events.c.undone_at.is_(None)
    )
    return all_as(connection, RecordedEvent, statement.order_by(events.c.id))


def also_named_by(connection: sa.Connection, workbook_id: int) -> dict[int, list[str]]:
    """Other workbooks that name events of this one: event id -> their partitions."""
    statement: sa.Select[Any] = (
        sa.select(events.c.id, workbooks.c.partition)
        .join(event_groups, event_groups.c.event_id == events.c.id)
        .join(workbooks, workbooks.c.id == event_groups.c.workbook_id)
        .where(
            events.c.workbook_id == workbook_id,
            events.c.undone_at.is_(None),
            event_groups.c.workbook_id != workbook_id,
        )
        .order_by(workbooks.c.id)
    )
    found: dict[int, list[str]] = {}
    for event_id, partition in connection.execute(statement):
        found.setdefault(event_id, []).append(partition)
    return found


def creation_answers(
    connection: sa.Connection, external_ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What Administrate answered when it created these events, from the log of calls, by id."""
    log = adm.api_audit_log
    created = sa.func.jsonb_path_query_first(
        sa.cast(log.c.response_body, JSONB), sa.cast("$.event.*.event.id", JSONPATH)
    ).op("#>>")(sa.cast(sa.literal("{}"), sa.ARRAY(sa.Text)))
    statement: sa.Select[Any] = (
        sa.select(created, log.c.response_body)
        .where(log.c.operation == "create_event", among(created, external_ids))
        .order_by(log.c.id)
    )
    return {row[0]: row[1] for row in connection.execute(statement) if isinstance(row[1], dict)}


def claim(
    connection: sa.Connection, event_id: int, holder: int, lease_seconds: float
) -> RecordedEvent | None:
    """Take an event, so that nobody pushes it; None if somebody does, or it is undone by now."""
    free = sa.or_(
        events.c.lease_holder.is_(None),
        events.c.lease_holder == str(holder),
        events.c.lease_until <= NOW,
    )
    claimed = (
        sa.update(events)
        .where(events.c.id == event_id, events.c.undone_at.is_(None), free)
        .values(lease_holder=str(holder), lease_until=in_seconds(lease_seconds))
        .returning(events)
    )
    return first_as(connection, RecordedEvent, claimed)


def intend(connection: sa.Connection, event_id: int) -> None:
    """Note that the event is about to be deleted: nothing of it is pushed any more."""
    creation = steps.c.kind == StepKind.CREATE_EVENT
    waiting = steps.c.state.in_((StepState.PENDING, StepState.RETRY))
    connection.execute(
        sa.update(steps)
        .where(steps.c.event_id == event_id, sa.or_(creation, waiting))
        .values(state=StepState.UNDONE)
    )


def call_off(connection: sa.Connection, event_id: int) -> None:
    """The event was not deleted after all: its steps are as they were before `intend`."""
    was_done = steps.c.done_at.is_not(None)
    # An event that was there before its import has its creation done without a time.
    creation = steps.c.kind == StepKind.CREATE_EVENT
    connection.execute(
        sa.update(steps)
        .where(steps.c.event_id == event_id, steps.c.state == StepState.UNDONE)
        .values(
            state=sa.case((sa.or_(was_done, creation), StepState.DONE), else_=StepState.PENDING)
        )
    )


def finish(
    connection: sa.Connection,
    event: RecordedEvent,
    now: datetime,
    columns: Mapping[str, Any],
    who: str,
) -> None:
    """The event is undone: unlinked on this side.

    Args:
        connection: in the transaction of the holder of its lease.
        event: its row.
        now: when.
        columns: those that `adm.events` and `adm.sessions` have here.
        who: undoes it.
    """
    connection.execute(
        sa.update(steps).where(steps.c.event_id == event.id).values(state=StepState.UNDONE)
    )
    ours = sa.select(event_sessions.c.adm_session_id).where(event_sessions.c.event_id == event.id)
    for table, mine in (
        (adm.events, adm.events.c.id == event.adm_event_id),
        (adm.sessions, adm.sessions.c.id.in_(ours)),
    ):
        values = {"external_id": None, "updated_at": now}
        known = {name: value for name, value in values.items() if name in columns[table.name]}
        connection.execute(sa.update(table).where(mine).values(known))
    connection.execute(
        sa.update(events)
        .where(events.c.id == event.id)
        .values(
            undone_at=now,
            undone_by=storable(connection, who),
            lease_holder=None,
            lease_until=None,
        )
    )


# ---------------------------------------------------------------------- the tutorial rows


def made_tutorial_event(connection: sa.Connection, event: RecordedEvent) -> bool:
    """Whether this workbook's import made the tutorial event, now or before an earlier undo."""
    if event.tutorial_event_id is None:
        return False
    statement = sa.select(events.c.id).where(
        events.c.workbook_id == event.workbook_id,
        events.c.tutorial_event_id == event.tutorial_event_id,
        events.c.made_tutorial_event,
    )
    return connection.scalar(statement.limit(1)) is not None


def changed_here(connection: sa.Connection, event_id: int) -> bool:
    """Whether somebody else changed the tutorial event or a session of it since it was recorded.

    What an update, or taking one back, has changed bears the time of that; each of them noted
    whether somebody had been there before.
    """
    tutorial, session = acted.tutorial_events, acted.tutorial_sessions
    own = sa.select(events.c.tutorial_event_id).where(events.c.id == event_id).scalar_subquery()
    made = (
        sa.select(updates.c.made_at, updates.c.taken_back_at, updates.c.changes)
        .join(events, events.c.id == updates.c.event_id)
        .where(events.c.tutorial_event_id == own)
    )
    ours = connection.execute(made).all()
    if any(one.get(AFTER_OTHERS) for row in ours for one in row.changes):
        return True
    touched = sa.union_all(
        sa.select(tutorial.c.updated_at).where(
            tutorial.c.id == own, tutorial.c.updated_at != tutorial.c.created_at
        ),
        sa.select(session.c.updated_at).where(
            session.c.tutorial_event_id == own, session.c.updated_at != session.c.created_at
        ),
    )
    times = {time for row in ours for time in (row.made_at, row.taken_back_at)}
    return any(time not in times for time in connection.scalars(touched))


def remove_tutorial(connection: sa.Connection, event: RecordedEvent) -> bool:
    """Remove the tutorial event with its sessions and bridge rows, unless others refer to them.

    Gives whether they are gone; if not, nothing has changed.
    """
    with connection.begin_nested() as attempt:
        if _remove(connection, event):
            return True
        attempt.rollback()
    return False


def _remove(connection: sa.Connection, event: RecordedEvent) -> bool:
    ours = connection.execute(
        sa.select(event_sessions.c.tutorial_session_id, event_sessions.c.adm_session_id)
        .join(events, events.c.id == event_sessions.c.event_id)
        .where(events.c.tutorial_event_id == event.tutorial_event_id)
    ).all()
    sessions = sorted({row[0] for row in ours if row[0] is not None})
    bridged = sorted({row[1] for row in ours if row[1] is not None})
    _forget(connection, event)
    links = acted.tutorial_session_instructors
    connection.execute(sa.delete(links).where(among(links.c.tutorialsessions_id, sessions)))
    bridge = [] if event.adm_event_id is None else [event.adm_event_id]
    tutorial = [] if event.tutorial_event_id is None else [event.tutorial_event_id]
    return all(
        _remove_rows(connection, table, ids)
        for table, ids in (
            (adm.sessions, bridged),
            (adm.events, bridge),
            (acted.tutorial_sessions, sessions),
            (acted.tutorial_events, tutorial),
        )
    )


def _forget(connection: sa.Connection, event: RecordedEvent) -> None:
    """Our own rows refer to the tutorial rows no more."""
    mine = sa.select(events.c.id).where(events.c.tutorial_event_id == event.tutorial_event_id)
    connection.execute(
        sa.update(event_sessions)
        .where(event_sessions.c.event_id.in_(mine))
        .values(tutorial_session_id=None, adm_session_id=None)
    )
    connection.execute(
        sa.update(events)
        .where(events.c.tutorial_event_id == event.tutorial_event_id)
        .values(tutorial_event_id=None, adm_event_id=None)
    )


def _remove_rows(connection: sa.Connection, table: sa.Table, ids: Sequence[int]) -> bool:
    """Remove rows, unless any row of any table refers to one of them."""
    if not ids:
        return True
    if referenced_rows(connection, table, ids):
        return False
    connection.execute(sa.delete(table).where(among(table.c.id, ids)))
    return True
