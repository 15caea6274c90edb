"""All rows of what the project has recorded, for whoever wants them as a table.

What belongs here: the statements, with the names of their columns as `tables.declared` has them.
What does not: what is then made of the rows (`tables`). Nothing is written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import operations
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import (
    event_sessions,
    events,
    findings,
    steps,
    updates,
    workbooks,
)
from adm_sync.database.open_steps import NOT_DONE
from adm_sync.database.states import StepState
from adm_sync.database.steps import OPEN, of_workbook

Rows = Sequence[Mapping[str, Any]]
_changes, _runs = operations.changes, operations.runs


def discrepancies(connection: sa.Connection, entity: str | None, *, is_open: bool) -> Rows:
    """Every discrepancy, or those that are open, oldest first."""
    table = operations.discrepancies
    statement = sa.select(table, table.c.label.label("record")).order_by(table.c.id)
    if is_open:
        statement = statement.where(table.c.closed_at.is_(None))
    return _of_entity(connection, statement, table.c.entity, entity)


def decisions(connection: sa.Connection, entity: str | None) -> Rows:
    """Every decision, those that were withdrawn too, oldest first."""
    table = operations.decisions
    return _of_entity(connection, sa.select(table).order_by(table.c.id), table.c.entity, entity)


def runs(connection: sa.Connection, entity: str | None) -> Rows:
    """Every run of a sync, oldest first."""
    return _of_entity(connection, sa.select(_runs).order_by(_runs.c.id), _runs.c.entity, entity)


def changes_of_syncs(connection: sa.Connection, entity: str | None) -> Rows:
    """Every row that a sync changed, with `before` and `after` as they were kept, oldest first."""
    statement = (
        sa.select(
            _runs.c.started_at.label("made_at"),
            _runs.c.who,
            _changes.c.entity,
            _changes.c.external_id,
            _changes.c.action,
            _changes.c.before,
            _changes.c.after,
            _changes.c.run_id,
            _runs.c.dagster_run_id,
        )
        .join(_runs, _runs.c.id == _changes.c.run_id)
        .order_by(_changes.c.id)
    )
    return _of_entity(connection, statement, _changes.c.entity, entity)


def changes_of_workbooks(connection: sa.Connection, partition: str | None) -> Rows:
    """Every update of an event by a workbook, with its `changes` as they were kept."""
    statement = (
        sa.select(
            updates.c.made_at,
            updates.c.who,
            events.c.external_id,
            events.c.title.label("record"),
            updates.c.changes,
            updates.c.taken_back_at,
            workbooks.c.partition,
        )
        .join(events, events.c.id == updates.c.event_id)
        .join(workbooks, workbooks.c.id == updates.c.workbook_id)
        .order_by(updates.c.id)
    )
    return _of_partition(connection, statement, partition)


def found_in_workbooks(connection: sa.Connection, partition: str | None) -> Rows:
    """The findings of the latest check of each workbook, in order."""
    statement = (
        sa.select(findings, workbooks.c.partition)
        .join(workbooks, workbooks.c.id == findings.c.workbook_id)
        .order_by(findings.c.workbook_id, findings.c.id)
    )
    return _of_partition(connection, statement, partition)


def recorded_events(connection: sa.Connection, partition: str | None) -> Rows:
    """Every event that an import recorded, oldest first."""

    def has_step(*states: StepState) -> sa.ColumnElement[bool]:
        return sa.exists().where(steps.c.event_id == events.c.id, steps.c.state.in_(states))

    state = sa.case(
        (events.c.undone_at.is_not(None), "undone"),
        (has_step(StepState.FAILED), "failed"),
        (has_step(StepState.CONFLICT), "conflict"),
        (has_step(*OPEN), "pending"),
        else_="done",
    )
    sessions = (
        sa.select(sa.func.count())
        .where(event_sessions.c.event_id == events.c.id, event_sessions.c.removed_at.is_(None))
        .scalar_subquery()
    )
    statement = (
        sa.select(
            events.c.title,
            events.c.sitting,
            events.c.starts_at,
            events.c.learning_mode,
            events.c.tutorial_event_id,
            events.c.external_id,
            events.c.adopted,
            events.c.recorded_at,
            events.c.who,
            events.c.undone_at,
            events.c.undone_by,
            workbooks.c.partition,
            state.label("state"),
            sessions.label("sessions"),
            sa.func.cardinality(events.c.doubled).label("copies"),
        )
        .join(workbooks, workbooks.c.id == events.c.workbook_id)
        .order_by(events.c.id)
    )
    return _of_partition(connection, statement, partition)


def all_steps(
    connection: sa.Connection, partition: str | None, since: datetime | None = None
) -> Rows:
    """Every step of the events that were recorded, or that a workbook names, in their order.

    Args:
        connection: only read from.
        partition: the workbook's; None for all.
        since: only what was done since then, and what is still to be done.
    """
    statement = _STEPS
    if since is not None:
        is_left = sa.and_(steps.c.state.in_(NOT_DONE), events.c.undone_at.is_(None))
        statement = statement.where(sa.or_(is_left, steps.c.done_at >= since))
    if partition is not None:
        kept = storable(connection, partition)
        named = workbooks.alias("named")
        found = sa.select(named.c.id).where(named.c.partition == kept).scalar_subquery()
        statement = statement.where(of_workbook(found))
    return _read(connection, statement)


_STEPS: sa.Select[Any] = (
    sa.select(
        steps.c.id,
        steps.c.kind.label("step"),
        steps.c.state,
        steps.c.attempts,
        sa.case((steps.c.state.in_(OPEN), steps.c.due_at)).label("due_at"),
        steps.c.sent_at,
        steps.c.done_at,
        steps.c.message,
        events.c.title.label("event"),
        events.c.external_id,
        event_sessions.c.day,
        workbooks.c.partition,
    )
    .join(events, events.c.id == steps.c.event_id)
    .join(workbooks, workbooks.c.id == events.c.workbook_id)
    .outerjoin(event_sessions, event_sessions.c.id == steps.c.event_session_id)
    .order_by(steps.c.event_id, steps.c.position)
)


def _of_entity(
    connection: sa.Connection,
    statement: sa.Select[Any],
    column: sa.ColumnElement[Any],
    entity: str | None,
) -> Rows:
    chosen = statement if entity is None else statement.where(column == entity)
    return _read(connection, chosen)


def _of_partition(
    connection: sa.Connection, statement: sa.Select[Any], partition: str | None
) -> Rows:
    if partition is not None:
        kept = storable(connection, partition)
        statement = statement.where(workbooks.c.partition == kept)
    return _read(connection, statement)


def _read(connection: sa.Connection, statement: sa.Select[Any]) -> Rows:
    return [dict(row) for row in connection.execute(statement).mappings()]
