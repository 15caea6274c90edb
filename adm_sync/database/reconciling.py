"""What is recorded of the events of a sitting, for comparing it with Administrate.

What belongs here: the statements, and noting that an event is there more than once or not any
more. What does not: comparing (`imports.reconciling`).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.import_tables import event_sessions, events, steps
from adm_sync.database.steps import NOW


def sittings(connection: sa.Connection) -> list[str]:
    """The sittings that events were imported for, latest first."""
    statement = sa.select(events.c.sitting).where(events.c.undone_at.is_(None)).distinct()
    return sorted(connection.scalars(statement), reverse=True)


def events_of(connection: sa.Connection, sitting: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """The events of these sittings, each with whether its tutorial event is still there."""
    creation = steps.alias()
    wanted = sa.bindparam("sittings", list(sitting), sa.ARRAY(sa.Text))
    statement: sa.Select[Any] = (
        sa.select(
            events.c.id,
            events.c.tutorial_event_id,
            events.c.template_external_id,
            events.c.title,
            events.c.starts_at,
            events.c.sitting,
            events.c.external_id,
            events.c.doubled,
            creation.c.mark,
            acted.tutorial_events.c.code,
        )
        .outerjoin(
            creation, sa.and_(creation.c.event_id == events.c.id, creation.c.kind == "create_event")
        )
        .outerjoin(acted.tutorial_events, acted.tutorial_events.c.id == events.c.tutorial_event_id)
        .where(events.c.sitting == sa.any_(wanted), events.c.undone_at.is_(None))
        .order_by(events.c.starts_at, events.c.id)
    )
    return connection.execute(statement).all()


def sessions_of(connection: sa.Connection, event_ids: Sequence[int]) -> Sequence[sa.Row[Any]]:
    """The sessions of events as the tutorial tables have them now, with their Administrate ids."""
    table = acted.tutorial_sessions
    wanted = sa.bindparam("ids", list(event_ids), sa.ARRAY(sa.BigInteger))
    statement: sa.Select[Any] = (
        sa.select(
            event_sessions.c.event_id,
            event_sessions.c.day,
            event_sessions.c.external_id,
            table.c.title,
            table.c.start_date,
            table.c.end_date,
        )
        .join(table, table.c.id == event_sessions.c.tutorial_session_id)
        .where(event_sessions.c.event_id == sa.any_(wanted))
        .order_by(event_sessions.c.event_id, event_sessions.c.day)
    )
    return connection.execute(statement).all()


def bridged(connection: sa.Connection, external_ids: Sequence[str]) -> dict[str, int | None]:
    """Which of these Administrate ids `adm.events` knows: id -> tutorial event, if it has one."""
    wanted = sa.bindparam("ids", list(external_ids), sa.ARRAY(sa.Text))
    statement = sa.select(adm.events.c.external_id, adm.events.c.tutorial_event_id).where(
        adm.events.c.external_id == sa.any_(wanted)
    )
    return {row.external_id: row.tutorial_event_id for row in connection.execute(statement)}


def doubled(connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    """The events that Administrate has more than once, each with its creation step."""
    statement: sa.Select[Any] = (
        sa.select(events, steps.c.id.label("step_id"), steps.c.state, steps.c.input, steps.c.mark)
        .join(steps, sa.and_(steps.c.event_id == events.c.id, steps.c.kind == "create_event"))
        .where(events.c.doubled != [], events.c.undone_at.is_(None))
        .order_by(events.c.id)
    )
    return connection.execute(statement).all()


def settle_double(connection: sa.Connection, event_id: int) -> None:
    """Administrate has the event once by now: its creation is done, or looked up anew."""
    creation = sa.and_(steps.c.event_id == event_id, steps.c.kind == "create_event")
    is_linked = sa.select(events.c.external_id.is_not(None)).where(events.c.id == event_id)
    connection.execute(
        sa.update(steps)
        .where(creation, steps.c.state == "failed")
        .values(
            state=sa.case((is_linked.scalar_subquery(), "done"), else_="unknown"),
            due_at=NOW,
            look_ups=0,
        )
    )
    connection.execute(sa.update(events).where(events.c.id == event_id).values(doubled=[]))


def custom_field_keys(connection: sa.Connection, entity_type: str, label: str) -> list[str]:
    """The keys of the custom fields of this label."""
    table = adm.custom_fields
    statement = sa.select(table.c.external_id).where(
        table.c.entity_type == entity_type, sa.func.lower(table.c.label) == label.lower()
    )
    return list(connection.scalars(statement))
