"""The steps of many events that are still to be done: what is due, how it stands, and asking anew.

What belongs here: the statements about all events, or those that a workbook names. What does not:
claiming one event and noting what became of its steps (`steps`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import locks
from adm_sync.database.import_tables import event_sessions, events, steps, workbooks
from adm_sync.database.recorded import NOW, all_as, columns_of
from adm_sync.database.states import FOR_A_PERSON, StepKind, StepState
from adm_sync.database.steps import (
    IS_BROKEN_OFF,
    IS_OPEN,
    OPEN,
    WAITING,
    has_due_step,
    in_seconds,
    of_workbook,
)


@dataclass(frozen=True, slots=True)
class DueCreation:
    """An event that is to be created: what it is known by."""

    event_id: int
    template_external_id: str
    title: str
    starts_at: datetime


def due_creations(connection: sa.Connection, workbook_id: int | None) -> list[DueCreation]:
    """The events that are due to be created and were never sent."""
    statement: sa.Select[Any] = (
        sa.select(*columns_of(DueCreation, steps, events))
        .join(steps, steps.c.event_id == events.c.id)
        .where(
            steps.c.kind == StepKind.CREATE_EVENT,
            IS_OPEN,
            steps.c.state.in_((StepState.PENDING, StepState.RETRY)),
            steps.c.sent_at.is_(None),
            events.c.undone_at.is_(None),
            of_workbook(workbook_id),
        )
        .order_by(events.c.id)
    )
    return all_as(connection, DueCreation, statement)


def awaited_approvals(
    connection: sa.Connection, workbook_id: int | None
) -> list[Mapping[str, Any]]:
    """The inputs of all open steps that approve instructors."""
    statement: sa.Select[Any] = (
        sa.select(steps.c.input)
        .join(events, events.c.id == steps.c.event_id)
        .where(
            steps.c.kind == StepKind.APPROVE_INSTRUCTORS,
            IS_OPEN,
            events.c.undone_at.is_(None),
            of_workbook(workbook_id),
        )
    )
    return list(connection.scalars(statement))


def count_due(
    connection: sa.Connection, workbook_id: int | None, besides: Collection[str] = ()
) -> int:
    """How many events have a step due now, besides those that these partitions have brought."""
    statement = sa.select(sa.func.count()).where(
        events.c.undone_at.is_(None), has_due_step(), of_workbook(workbook_id)
    )
    if besides:
        theirs = sa.select(workbooks.c.id).where(workbooks.c.partition.in_(besides))
        statement = statement.where(events.c.workbook_id.not_in(theirs))
    return int(connection.execute(statement.select_from(events)).scalar_one())


def elsewhere(connection: sa.Connection, workbook_id: int | None) -> dict[str, int]:
    """Who else is at work on events that are not done, in words, and on how many of them."""
    is_open = sa.exists().where(steps.c.event_id == events.c.id, IS_OPEN)
    statement = (
        sa.select(events.c.lease_holder, sa.func.count())
        .where(events.c.lease_until > NOW, is_open, of_workbook(workbook_id))
        .group_by(events.c.lease_holder)
    )
    leases = {int(holder): count for holder, count in connection.execute(statement)}
    found = locks.holders(connection, leases) if leases else {}
    return {who: leases[key] for key, who in found.items()}


def seconds_until_look_up(
    connection: sa.Connection, workbook_id: int | None, within: float
) -> float | None:
    """Seconds until the next look-up of an unknown creation, if one is due `within` seconds."""
    statement = (
        sa.select(sa.func.extract("epoch", sa.func.min(steps.c.due_at) - NOW))
        .join(events, events.c.id == steps.c.event_id)
        .where(
            steps.c.kind == StepKind.CREATE_EVENT,
            IS_OPEN,
            steps.c.state == StepState.UNKNOWN,
            steps.c.due_at <= in_seconds(within),
            events.c.undone_at.is_(None),
            of_workbook(workbook_id),
        )
    )
    seconds = connection.scalar(statement)
    return None if seconds is None else max(0.0, float(seconds))


@dataclass(frozen=True, slots=True)
class StepCounts:
    """How many steps of an event, or of one of its sessions, are open, failed, or in conflict.

    What waits for the creation of an event that a person has to decide about is none of these.
    """

    event_id: int
    event_session_id: int | None
    open: int
    failed: int
    conflicts: int


def states(
    connection: sa.Connection,
    workbook_id: int | None,
    event_ids: Collection[int] | None = None,
    without: Collection[int] = (),
) -> list[StepCounts]:
    """How the steps of each event and of each session stand.

    Args:
        connection: only read from.
        workbook_id: of the events that this workbook names; of all if None.
        event_ids: and only of these, if they are given.
        without: ids of steps that do not count.
    """
    creation = steps.alias("creation")
    is_stuck = sa.exists().where(
        creation.c.event_id == events.c.id,
        creation.c.kind == StepKind.CREATE_EVENT,
        creation.c.state == StepState.FAILED,
        events.c.external_id.is_(None),
    )
    is_open = sa.func.count().filter(IS_OPEN, sa.not_(is_stuck))
    is_failed = sa.func.count().filter(sa.or_(steps.c.state == StepState.FAILED, IS_BROKEN_OFF))
    in_conflict = sa.func.count().filter(steps.c.state == StepState.CONFLICT)
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(StepCounts, steps, open=is_open, failed=is_failed, conflicts=in_conflict)
        )
        .join(events, events.c.id == steps.c.event_id)
        .where(events.c.undone_at.is_(None), of_workbook(workbook_id), _among(event_ids))
        .where(steps.c.id.not_in(without))
        .group_by(steps.c.event_id, steps.c.event_session_id)
    )
    return all_as(connection, StepCounts, statement)


@dataclass(frozen=True, slots=True)
class UnfinishedStep:
    """A step that is open or waits for a person, with its event, for a person to read."""

    id: int
    kind: StepKind
    state: StepState
    attempts: int
    due_at: datetime
    message: str
    day: int | None
    event_id: int
    title: str
    external_id: str | None
    workbook_id: int

    @property
    def next_try(self) -> datetime | None:
        """When it is tried next; None if that waits for a person."""
        return None if self.state in FOR_A_PERSON else self.due_at


# What is still to be done, and what waits for a person.
NOT_DONE = (*OPEN, *FOR_A_PERSON)
UNDO_BROKEN_OFF = (
    "Taking it back was begun and not finished: it may be gone from Administrate. Take its import "
    "back again (adm-sync undo), which finds out and ends it."
)


def _if_broken_off(said: object, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    told = sa.case((IS_BROKEN_OFF, sa.literal(said, column.type)), else_=column)
    return sa.type_coerce(told, column.type)


def unfinished(
    connection: sa.Connection, workbook_id: int | None, event_ids: Collection[int] | None = None
) -> list[UnfinishedStep]:
    """Every step that is open or waits for a person, in the order of events; as `states`."""
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                *(UnfinishedStep, steps, events, event_sessions),
                state=_if_broken_off(StepState.FAILED, steps.c.state),
                message=_if_broken_off(UNDO_BROKEN_OFF, steps.c.message),
            )
        )
        .join(events, events.c.id == steps.c.event_id)
        .outerjoin(event_sessions, event_sessions.c.id == steps.c.event_session_id)
        .where(
            sa.or_(steps.c.state.in_(NOT_DONE), IS_BROKEN_OFF),
            events.c.undone_at.is_(None),
            of_workbook(workbook_id),
            _among(event_ids),
        )
        .order_by(events.c.id, steps.c.position)
    )
    return all_as(connection, UnfinishedStep, statement)


def _among(event_ids: Collection[int] | None) -> sa.ColumnElement[bool]:
    return sa.true() if event_ids is None else events.c.id.in_(event_ids)


def reopen(connection: sa.Connection, workbook_id: int | None) -> int:
    """Give failed steps another chance; gives how many.

    A creation that was sent before is looked up first; it is never simply sent again.
    """
    chosen = sa.select(events.c.id).where(events.c.undone_at.is_(None), of_workbook(workbook_id))
    sent_before = sa.and_(steps.c.kind == StepKind.CREATE_EVENT, steps.c.sent_at.is_not(None))
    reopened = (
        sa.update(steps)
        .where(steps.c.state == StepState.FAILED, steps.c.event_id.in_(chosen))
        .values(
            state=sa.case((sent_before, StepState.UNKNOWN), else_=StepState.PENDING),
            attempts=0,
            look_ups=0,
            due_at=NOW,
        )
        .returning(steps.c.id)
    )
    return len(connection.execute(reopened).all())


def make_due(connection: sa.Connection, workbook_id: int | None) -> None:
    """Somebody asks for a push now: steps that wait for their next try wait no longer.

    Creations whose outcome is unknown keep the time of their next look-up.
    """
    chosen = sa.select(events.c.id).where(events.c.undone_at.is_(None), of_workbook(workbook_id))
    connection.execute(
        sa.update(steps)
        .where(
            steps.c.event_id.in_(chosen),
            IS_OPEN,
            sa.or_(
                steps.c.state.in_((StepState.PENDING, StepState.RETRY)),
                sa.and_(steps.c.state == StepState.UNKNOWN, steps.c.kind != StepKind.CREATE_EVENT),
            ),
            steps.c.due_at > NOW,
        )
        .values(due_at=NOW)
    )


def leave_alone(connection: sa.Connection, seconds: float) -> None:
    """Nothing that is still to be done is due for so many seconds, in the state that it has."""
    connection.execute(
        sa.update(steps)
        .where(IS_OPEN, steps.c.state.in_(WAITING), steps.c.due_at < in_seconds(seconds))
        .values(due_at=in_seconds(seconds))
    )
