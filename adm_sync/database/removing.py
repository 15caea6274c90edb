"""Taking off this side what a corrected workbook has taken off Administrate.

What belongs here: the statements. What does not: whether it may be done (`push.comparing`).
"""

import sqlalchemy as sa

from adm_sync.database import acted, adm, recording
from adm_sync.database.import_tables import event_sessions, events
from adm_sync.database.recorded import NOW
from adm_sync.database.statements import referenced_rows
from adm_sync.database.states import LifecycleState


def remove_session(connection: sa.Connection, session_id: int) -> None:
    """The session is gone from Administrate: it goes here too, unless other records refer to it.

    Our own row stays, as the record of what was done.
    """
    row = connection.execute(
        sa.select(event_sessions).where(event_sessions.c.id == session_id)
    ).one()
    forgotten = sa.update(event_sessions).where(event_sessions.c.id == session_id)
    connection.execute(
        forgotten.values(removed_at=NOW, tutorial_session_id=None, adm_session_id=None)
    )
    with connection.begin_nested() as attempt:
        if not _removed(connection, row.tutorial_session_id, row.adm_session_id):
            attempt.rollback()


def _removed(
    connection: sa.Connection, tutorial_session_id: int | None, adm_session_id: int | None
) -> bool:
    links = acted.tutorial_session_instructors
    if tutorial_session_id is not None:
        own = links.c.tutorialsessions_id == tutorial_session_id
        connection.execute(sa.delete(links).where(own))
    for table, row_id in (
        (adm.sessions, adm_session_id),
        (acted.tutorial_sessions, tutorial_session_id),
    ):
        if row_id is None:
            continue
        if referenced_rows(connection, table, [row_id]):
            return False
        connection.execute(sa.delete(table).where(table.c.id == row_id))
    return True


def note_cancelled(connection: sa.Connection, event_id: int) -> None:
    """The event is cancelled in Administrate: its bridge row says so, if it has room for that."""
    there = recording.existing_columns(connection)["events"]
    values = {"lifecycle_state": LifecycleState.CANCELLED, "cancelled": True, "updated_at": NOW}
    known = {name: value for name, value in values.items() if name in there}
    bridge = sa.select(events.c.adm_event_id).where(events.c.id == event_id).scalar_subquery()
    connection.execute(sa.update(adm.events).where(adm.events.c.id == bridge).values(known))
