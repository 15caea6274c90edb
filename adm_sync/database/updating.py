"""Changing an event that was recorded before: its rows on this side, and the record of it.

What belongs here: the statements. What does not: which values (`imports.updates.local`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted
from adm_sync.database.import_tables import event_sessions, events, steps, updates
from adm_sync.database.recorded import RecordedEvent, among, first_as
from adm_sync.database.states import StepKind, StepState
from adm_sync.database.steps import OPEN

Values = Mapping[str, Any]
# The time of a transaction: by it the rows that an update has touched are known as its own.
AT_ONCE = sa.func.now()


def hold(connection: sa.Connection, event_id: int) -> RecordedEvent | None:
    """Our row of an event, once nobody else can change it or its tutorial rows before we do."""
    own = sa.select(events).where(events.c.id == event_id).with_for_update()
    row = first_as(connection, RecordedEvent, own)
    if row is None:
        return None
    tutorial, session = acted.tutorial_events, acted.tutorial_sessions
    for locked in (
        sa.select(tutorial.c.id).where(tutorial.c.id == row.tutorial_event_id),
        sa.select(session.c.id)
        .where(session.c.tutorial_event_id == row.tutorial_event_id)
        .order_by(session.c.id),
    ):
        connection.execute(locked.with_for_update()).all()
    return row


def change_row(
    connection: sa.Connection,
    table: sa.Table,
    row_id: int,
    values: Values,
    moved: Mapping[str, int] = {},
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change columns of one row; gives what they held before and hold after, as JSON can hold it.

    Args:
        connection: in a transaction.
        table: with a column `id`.
        row_id: of the row.
        values: of columns.
        moved: by how much numbers go up or down, never below 0.
    """
    columns = [table.c[name] for name in (*values, *moved)]
    one = table.c.id == row_id
    own = sa.select(*columns).where(one).with_for_update()
    before = connection.execute(own).mappings().first()
    if before is None:
        return {}, {}
    added = {name: sa.func.greatest(table.c[name] + by, 0) for name, by in moved.items()}
    touched = {"updated_at": AT_ONCE} if "updated_at" in table.c else {}
    changed = sa.update(table).where(one).values({**values, **added, **touched})
    after = connection.execute(changed.returning(*columns)).mappings().one()
    return _as_json(before), _as_json(after)


def columns_now(
    connection: sa.Connection, table: sa.Table, row_id: int, names: Iterable[str]
) -> dict[str, Any]:
    """What columns of a row hold, as JSON can hold it; empty if the row is gone."""
    statement = sa.select(*(table.c[name] for name in names)).where(table.c.id == row_id)
    row = connection.execute(statement).mappings().first()
    return {} if row is None else _as_json(row)


def _as_json(row: sa.RowMapping) -> dict[str, Any]:
    return {str(name): _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def set_instructors(
    connection: sa.Connection, tutorial_session_id: int, instructor_ids: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Who teaches a tutorial session from now on; gives who did before, and who does after."""
    links = acted.tutorial_session_instructors
    own = links.c.tutorialsessions_id == tutorial_session_id
    before = list(
        connection.scalars(sa.select(links.c.tutorialinstructor_id).where(own).order_by(links.c.id))
    )
    after = list(dict.fromkeys(instructor_ids))
    gone = [one for one in before if one not in after]
    if gone:
        connection.execute(sa.delete(links).where(own, links.c.tutorialinstructor_id.in_(gone)))
    new = [
        {"tutorialsessions_id": tutorial_session_id, "tutorialinstructor_id": one}
        for one in after
        if one not in before
    ]
    if new:
        connection.execute(sa.insert(links).values(new))
    return before, after


def note_event(connection: sa.Connection, event_id: int, values: Values) -> None:
    """What is recorded of an event from now on; `values` are columns of our row."""
    connection.execute(sa.update(events).where(events.c.id == event_id).values(values))


def note_session(connection: sa.Connection, session_id: int, values: Values) -> None:
    """What is recorded of a session from now on; `values` are columns of our row."""
    row = sa.update(event_sessions).where(event_sessions.c.id == session_id)
    connection.execute(row.values(values))


def add_update(connection: sa.Connection, values: Values) -> int:
    """Record an update; gives its id."""
    added = sa.insert(updates).values({**values, "made_at": AT_ONCE}).returning(updates.c.id)
    return int(connection.execute(added).scalar_one())


def supersede(connection: sa.Connection, step_ids: Sequence[int]) -> None:
    """These steps are not to be done any more: a later update or a person has settled them."""
    if step_ids:
        connection.execute(
            sa.update(steps).where(steps.c.id.in_(step_ids)).values(state=StepState.UNDONE)
        )


def is_being_cancelled(connection: sa.Connection, event_id: int) -> bool:
    """Whether it is noted already that an event is to be cancelled."""
    statement = sa.select(steps.c.id).where(
        steps.c.event_id == event_id,
        steps.c.kind == StepKind.CANCEL_EVENT,
        steps.c.state.in_(OPEN),
    )
    return connection.scalar(statement.limit(1)) is not None


def unsettled(connection: sa.Connection, event_ids: Sequence[int]) -> set[int]:
    """Which of these events Administrate does not have as they were first recorded."""
    statement = (
        sa.select(steps.c.event_id)
        .distinct()
        .where(
            among(steps.c.event_id, event_ids),
            steps.c.update_id.is_(None),
            steps.c.state.not_in((StepState.DONE, StepState.UNDONE)),
        )
    )
    return set(connection.scalars(statement))
