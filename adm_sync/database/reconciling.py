"""What is recorded of the events of a sitting, for comparing it with Administrate.

What belongs here: the statements, and noting that an event is there more than once or not any
more. What does not: comparing (`imports.reconciling`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_sessions, events, steps
from adm_sync.database.recorded import NOW, all_as, among, columns_of
from adm_sync.database.remote_ids import note_asked, note_doubled
from adm_sync.database.states import FOR_A_PERSON, StepKind, StepState
from adm_sync.database.steps import IS_OPEN, noted, of_workbook


def sittings(connection: sa.Connection) -> list[str]:
    """The sittings that events were imported for, latest first."""
    statement = sa.select(events.c.sitting).where(events.c.undone_at.is_(None)).distinct()
    return sorted(connection.scalars(statement), reverse=True)


def current_sittings(connection: sa.Connection) -> list[str]:
    """Those of them with an event that is not over, or of which something is to be done."""
    table = acted.tutorial_events
    ends = sa.select(table.c.end_date).where(table.c.id == events.c.tutorial_event_id)
    waits = sa.exists().where(
        steps.c.event_id == events.c.id, sa.or_(IS_OPEN, steps.c.state.in_(FOR_A_PERSON))
    )
    is_current = sa.or_(
        sa.func.coalesce(ends.scalar_subquery(), events.c.starts_at) >= sa.func.current_date(),
        events.c.doubled != [],
        waits,
    )
    statement = sa.select(events.c.sitting).where(events.c.undone_at.is_(None), is_current)
    return sorted(connection.scalars(statement.distinct()), reverse=True)


@dataclass(frozen=True, slots=True)
class EventHere:
    """An event as it is recorded; `code` and `ends_on` are its tutorial event's, None if that is
    gone, and `zone` is the one that its days are of."""

    id: int
    tutorial_event_id: int | None
    template_external_id: str
    title: str
    starts_at: datetime
    sitting: str
    external_id: str | None
    doubled: list[str]
    mark: str | None
    code: str | None
    ends_on: date | None
    zone: str


def events_of(connection: sa.Connection, sitting: Sequence[str]) -> list[EventHere]:
    """The events of these sittings."""
    creation = steps.alias()
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                *(EventHere, events, creation, acted.tutorial_events),
                ends_on=acted.tutorial_events.c.end_date,
                zone=events.c.recorded["zone"].astext,
            )
        )
        .outerjoin(
            creation,
            sa.and_(creation.c.event_id == events.c.id, creation.c.kind == StepKind.CREATE_EVENT),
        )
        .outerjoin(acted.tutorial_events, acted.tutorial_events.c.id == events.c.tutorial_event_id)
        .where(among(events.c.sitting, sitting), events.c.undone_at.is_(None))
        .order_by(events.c.starts_at, events.c.id)
    )
    return all_as(connection, EventHere, statement)


@dataclass(frozen=True, slots=True)
class SessionHere:
    """A session as the tutorial tables have it now, with its Administrate id."""

    event_id: int
    day: int
    external_id: str | None
    title: str
    start_date: datetime
    end_date: datetime


def sessions_of(connection: sa.Connection, event_ids: Sequence[int]) -> list[SessionHere]:
    """The sessions of events, by Day."""
    table = acted.tutorial_sessions
    statement: sa.Select[Any] = (
        sa.select(*columns_of(SessionHere, table, event_sessions))
        .join(table, table.c.id == event_sessions.c.tutorial_session_id)
        .where(among(event_sessions.c.event_id, event_ids))
        .order_by(event_sessions.c.event_id, event_sessions.c.day)
    )
    return all_as(connection, SessionHere, statement)


def bridged(connection: sa.Connection, external_ids: Sequence[str]) -> dict[str, int | None]:
    """Which of these Administrate ids `adm.events` knows: id -> tutorial event, if it has one."""
    statement = sa.select(adm.events.c.external_id, adm.events.c.tutorial_event_id).where(
        among(adm.events.c.external_id, external_ids)
    )
    return {row.external_id: row.tutorial_event_id for row in connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class DoubledEvent:
    """An event that Administrate had more than once, with its creation."""

    id: int
    template_external_id: str
    title: str
    starts_at: datetime
    sitting: str
    external_id: str | None
    doubled: list[str]
    step_id: int
    input: Mapping[str, Any]
    mark: str | None

    @property
    def ids(self) -> set[str]:
        """Every Administrate event that it may be."""
        return {*self.doubled, *filter(None, [self.external_id])}

    @property
    def is_left(self) -> bool:
        """Whether the linked one was gone when it was looked at, and one other is left."""
        return len(self.doubled) == 1 and self.external_id not in {None, *self.doubled}


def doubled(connection: sa.Connection, workbook_id: int | None = None) -> list[DoubledEvent]:
    """The events that Administrate had more than once; all, or those that a workbook names."""
    statement: sa.Select[Any] = (
        sa.select(*columns_of(DoubledEvent, events, steps, step_id=steps.c.id))
        .join(
            steps, sa.and_(steps.c.event_id == events.c.id, steps.c.kind == StepKind.CREATE_EVENT)
        )
        .where(events.c.doubled != [], events.c.undone_at.is_(None), of_workbook(workbook_id))
        .order_by(events.c.id)
    )
    return all_as(connection, DoubledEvent, statement)


def fail_double(
    connection: sa.Connection, event_id: int, external_ids: Sequence[str], message: str
) -> None:
    """Administrate has the event more than once: its creation waits for a person, unless it is
    being sent, or taken back, at this moment; then whoever does that finds out."""
    note_doubled(connection, event_id, external_ids)
    note_asked(connection, event_id, external_ids)
    creation = sa.and_(steps.c.event_id == event_id, steps.c.kind == StepKind.CREATE_EVENT)
    connection.execute(
        sa.update(steps)
        .where(creation, steps.c.state.not_in((StepState.SENDING, StepState.UNDONE)))
        .values(noted(StepState.FAILED, storable(connection, message)))
    )


def settle_double(connection: sa.Connection, event_id: int) -> None:
    """Nobody has to decide about the event any more: its creation is done, or looked up anew."""
    linked = sa.select(events.c.external_id.is_not(None)).where(events.c.id == event_id)
    state = sa.case(
        (linked.scalar_subquery(), StepState.DONE),
        (steps.c.sent_at.is_not(None), StepState.UNKNOWN),
        else_=StepState.PENDING,
    )
    _open_creation(connection, event_id, [StepState.FAILED], state)
    note_doubled(connection, event_id)


def linked_id(connection: sa.Connection, event_id: int) -> str | None:
    """The id that the event is linked with, which nobody changes until the transaction ends."""
    own = sa.select(events.c.external_id).where(events.c.id == event_id)
    return connection.scalar(own.with_for_update())


def leave_to_push(connection: sa.Connection, event_id: int, external_ids: Sequence[str]) -> None:
    """The push is to see which Administrate event this one is now."""
    _open_creation(
        connection, event_id, [StepState.FAILED, StepState.DONE], sa.literal(StepState.UNKNOWN)
    )
    note_doubled(connection, event_id, external_ids)


def _open_creation(
    connection: sa.Connection,
    event_id: int,
    before: Sequence[StepState],
    state: sa.ColumnElement[Any],
) -> None:
    creation = sa.and_(steps.c.event_id == event_id, steps.c.kind == StepKind.CREATE_EVENT)
    connection.execute(
        sa.update(steps)
        .where(creation, steps.c.state.in_(before))
        .values(state=state, due_at=NOW, look_ups=0, message="")
    )


def linked(connection: sa.Connection, external_ids: Sequence[str]) -> set[str]:
    """Which of these Administrate ids an event of ours has, or a bridge row."""
    ours = sa.select(events.c.external_id).where(
        events.c.external_id.in_(external_ids), events.c.undone_at.is_(None)
    )
    return {*connection.scalars(ours), *bridged(connection, external_ids)}


def custom_field_keys(connection: sa.Connection, entity_type: str, label: str) -> list[str]:
    """The keys of the custom fields of this label."""
    table = adm.custom_fields
    statement = sa.select(table.c.external_id).where(
        table.c.entity_type == entity_type, sa.func.lower(table.c.label) == label.lower()
    )
    return list(connection.scalars(statement))
