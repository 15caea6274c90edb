"""How imports stand now, whatever was said when they ran: the counts that their state is made of.

What belongs here: the statements. What does not: what is kept of each import (`import_journal`),
and what the counts come to (`imports.state`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from adm_sync.database.import_journal import latest_import
from adm_sync.database.import_tables import (
    event_groups,
    events,
    imports,
    steps,
    updates,
    workbooks,
)
from adm_sync.database.recorded import NOW, all_as, among, columns_of, first_as
from adm_sync.database.states import GroupOutcome, ImportStatus, StepKind, StepState
from adm_sync.database.steps import IS_BROKEN_OFF, OPEN

STANDS = events.c.undone_at.is_(None)
_WAITS = sa.exists().where(steps.c.event_id == events.c.id, steps.c.state.in_(OPEN))
_FAILED = sa.exists().where(
    steps.c.event_id == events.c.id, sa.or_(steps.c.state == StepState.FAILED, IS_BROKEN_OFF)
)
_LATER = event_groups.alias("later")
# What a workbook wants of an event, the latest one that names it says.
_IS_LATEST = ~sa.exists().where(
    _LATER.c.event_id == events.c.id, _LATER.c.workbook_id > event_groups.c.workbook_id
)
_IN_CONFLICT = sa.and_(
    _IS_LATEST,
    sa.or_(
        event_groups.c.conflicts > 0,
        event_groups.c.sessions_conflicts > 0,
        sa.exists().where(steps.c.event_id == events.c.id, steps.c.state == StepState.CONFLICT),
    ),
)
# One that was recorded before is there, whatever was found of it since.
_REJECTED = sa.and_(
    event_groups.c.outcome == GroupOutcome.REJECTED, event_groups.c.event_id.is_(None)
)
_COULD = event_groups.c.outcome.in_(
    (GroupOutcome.CREATED, GroupOutcome.UPDATED, GroupOutcome.UNCHANGED)
)
_NAMED: sa.Select[Any] = sa.select(
    event_groups.c.workbook_id,
    event_groups.c.rows[1].label("row"),
    event_groups.c.title,
    event_groups.c.outcome,
    event_groups.c.starts_at,
    event_groups.c.has_event,
    sa.exists().where(events.c.id == event_groups.c.event_id, STANDS).label("stands"),
)
_CHANGED = sa.exists().where(
    updates.c.event_id == events.c.id,
    updates.c.workbook_id == workbooks.c.id,
    updates.c.taken_back_at.is_(None),
)
IS_DOUBLED = sa.func.cardinality(events.c.doubled) > 1


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """A workbook with its latest import, and how its event groups stand.

    `created`, `updated` and `unchanged` are events that stand: those that it brought, and those
    that were there before, which it has changed or not. `not_recorded` could be imported and is
    not (yet).
    """

    id: int
    partition: str
    file_name: str
    shown: str | None
    status: ImportStatus | None
    message: str | None
    groups: int
    created: int
    unchanged: int
    updated: int
    rejected: int
    skipped: int
    not_recorded: int
    pending: int
    failed: int
    conflicts: int
    doubled: int
    undone: int


def counts(
    connection: sa.Connection,
    workbook_ids: Sequence[int],
    once: Collection[int] = (),
    without: Collection[int] = (),
) -> list[GroupCounts]:
    """How the event groups of these workbooks stand, newest first.

    Args:
        connection: only read from.
        workbook_ids: of them.
        once: ids of events that do not count as doubled.
        without: ids of steps that do not count as failed.
    """

    def number(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(event_groups.c.id).filter(*conditions)

    is_failed = _FAILED.where(steps.c.id.not_in(without))
    own = events.c.workbook_id == workbooks.c.id
    # One that it says is not to be held is skipped, whether it is there or not.
    is_skipped = event_groups.c.outcome == GroupOutcome.SKIPPED
    known = sa.and_(STANDS, sa.not_(own), sa.not_(is_skipped))
    latest = latest_import(workbooks.c.id).lateral("latest")
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                *(GroupCounts, workbooks, latest),
                groups=sa.func.count(event_groups.c.id),
                created=number(STANDS, own),
                unchanged=number(known, sa.not_(_CHANGED)),
                updated=number(known, _CHANGED),
                rejected=number(_REJECTED),
                skipped=number(is_skipped, event_groups.c.has_event),
                not_recorded=number(_COULD, events.c.id.is_(None)),
                pending=number(STANDS, _WAITS, sa.not_(is_failed)),
                failed=number(STANDS, is_failed),
                conflicts=number(STANDS, _IN_CONFLICT),
                doubled=number(STANDS, IS_DOUBLED, events.c.id.not_in(once)),
                undone=number(sa.not_(STANDS)),
            )
        )
        .select_from(workbooks)
        .outerjoin(latest, sa.true())
        .outerjoin(event_groups, event_groups.c.workbook_id == workbooks.c.id)
        .outerjoin(events, events.c.id == event_groups.c.event_id)
        .where(among(workbooks.c.id, workbook_ids))
        .group_by(workbooks.c.id, latest.c.id, latest.c.status, latest.c.message)
        .order_by(workbooks.c.id.desc())
    )
    return all_as(connection, GroupCounts, statement)


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """An event group of a workbook: its first row, its title, and what became of it.

    `starts_at` is its start, if that is what it was accepted or rejected for; `has_event` is False
    for rows that belong to no event. `stands` says whether its event is recorded and not undone.
    """

    workbook_id: int
    row: int
    title: str
    outcome: GroupOutcome
    starts_at: datetime | None
    has_event: bool
    stands: bool


def rejected_groups(connection: sa.Connection, workbook_ids: Sequence[int]) -> list[NamedGroup]:
    """The event groups of these workbooks that were rejected, in order."""
    statement = _NAMED.where(among(event_groups.c.workbook_id, workbook_ids), _REJECTED)
    return all_as(connection, NamedGroup, statement.order_by(event_groups.c.id))


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event that stands, with the newest workbook that names it, and its start by that."""

    title_key: str
    starts_at: datetime
    workbook_id: int


def latest_naming(connection: sa.Connection, title_keys: Sequence[str]) -> list[NamedEvent]:
    """Each event that has one of these titles."""
    starts = sa.func.coalesce(event_groups.c.starts_at, events.c.starts_at)
    statement: sa.Select[Any] = (
        sa.select(events.c.title_key, starts.label("starts_at"), event_groups.c.workbook_id)
        .ext(distinct_on(events.c.id))
        .join(event_groups, event_groups.c.event_id == events.c.id)
        .where(STANDS, among(events.c.title_key, title_keys))
        .order_by(events.c.id, event_groups.c.workbook_id.desc())
    )
    return all_as(connection, NamedEvent, statement)


def read_workbooks(connection: sa.Connection) -> list[tuple[int, str]]:
    """The workbooks that were read: their ids in order, and the names of their files."""
    was_read = sa.exists().where(event_groups.c.workbook_id == workbooks.c.id)
    statement = sa.select(workbooks.c.id, workbooks.c.file_name).where(was_read)
    return [(row.id, row.file_name) for row in connection.execute(statement.order_by("id"))]


def later_of_a_title(
    connection: sa.Connection, workbook_ids: Sequence[int]
) -> list[tuple[int, int]]:
    """Each of these workbooks with each later one that names a title of it."""
    mine, theirs = event_groups.alias("mine"), event_groups.alias("theirs")
    statement = (
        sa.select(mine.c.workbook_id.label("earlier"), theirs.c.workbook_id.label("later"))
        .join(theirs, theirs.c.title == mine.c.title)
        .where(
            among(mine.c.workbook_id, workbook_ids),
            mine.c.title != "",
            theirs.c.workbook_id > mine.c.workbook_id,
        )
        .distinct()
    )
    return [(row.earlier, row.later) for row in connection.execute(statement)]


def groups_of_several(connection: sa.Connection, workbook_ids: Sequence[int]) -> list[NamedGroup]:
    """Every event group of these workbooks."""
    statement = _NAMED.where(among(event_groups.c.workbook_id, workbook_ids))
    return all_as(connection, NamedGroup, statement)


@dataclass(frozen=True, slots=True)
class Done:
    """How many events were created or adopted in Administrate, and how many sessions changed."""

    pushed: int
    adopted: int
    sessions: int


def done_since(connection: sa.Connection, workbook_id: int, import_id: int) -> Done:
    """What was done in Administrate since an import began."""
    began = sa.select(imports.c.started_at).where(imports.c.id == import_id).scalar_subquery()
    named = sa.select(event_groups.c.event_id).where(event_groups.c.workbook_id == workbook_id)
    creation = steps.c.kind == StepKind.CREATE_EVENT
    statement: sa.Select[Any] = (
        sa.select(  # type: ignore[assignment]
            sa.func.count().filter(creation, sa.not_(events.c.adopted)).label("pushed"),
            sa.func.count().filter(creation, events.c.adopted).label("adopted"),
            sa.func.count(steps.c.event_session_id.distinct()).label("sessions"),
        )
        .select_from(steps)
        .join(events, events.c.id == steps.c.event_id)
        .where(steps.c.state == StepState.DONE, steps.c.done_at >= began, events.c.id.in_(named))
    )
    return all_as(connection, Done, statement)[0]


@dataclass(frozen=True, slots=True)
class Headway:
    """How far the latest import of a workbook has come, as the database tells.

    Attributes:
        started_at: when it began.
        checked_at: when it knew what is to become of each event; None before that.
        first_done_at: when it was first done with a step in Administrate; None before that.
        now: the moment of this look.
        to_record: events that can be imported.
        recorded: those of them that are recorded.
        steps_done: what it has done in Administrate.
        steps_open: what is still to be done there.
    """

    started_at: datetime
    checked_at: datetime | None
    first_done_at: datetime | None
    now: datetime
    to_record: int
    recorded: int
    steps_done: int
    steps_open: int


def headway(connection: sa.Connection, workbook_id: int) -> Headway | None:
    """How far the latest import of a workbook has come, if there is one."""
    latest = latest_import(workbook_id).cte("latest")
    named = sa.select(event_groups.c.event_id).where(event_groups.c.workbook_id == workbook_id)
    done = sa.and_(steps.c.state == StepState.DONE, steps.c.done_at >= latest.c.started_at)
    of_import = steps.c.event_id.in_(named)
    mine = event_groups.c.workbook_id == workbook_id

    def number(of: Any, *conditions: Any) -> Any:
        return sa.select(sa.func.count()).select_from(of).where(*conditions).scalar_subquery()

    first = sa.select(sa.func.min(steps.c.done_at)).where(of_import, done).scalar_subquery()
    statement = sa.select(
        *columns_of(
            *(Headway, latest),
            first_done_at=first,
            now=NOW,
            to_record=number(event_groups, mine, _COULD),
            recorded=number(event_groups, mine, _COULD, event_groups.c.event_id.is_not(None)),
            steps_done=number(steps, of_import, done),
            steps_open=number(steps, of_import, steps.c.state.in_(OPEN)),
        )
    )
    return first_as(connection, Headway, statement)


# ---------------------------------------------------------------------- what Dagster shows


def to_be_shown(
    connection: sa.Connection, workbook_id: int | None, settled: Sequence[str]
) -> list[int]:
    """Imported workbooks that may stand otherwise than their checks show.

    Args:
        connection: only read from.
        workbook_id: one that was at work; it and all that name an event of its, or a title that
            it names, are among them.
        settled: what is shown of those that need no second look unless something happens.
    """
    mine, theirs = event_groups.alias("mine"), event_groups.alias("theirs")
    touched = (
        sa.select(theirs.c.workbook_id)
        .join(mine, mine.c.event_id == theirs.c.event_id)
        .where(mine.c.workbook_id == workbook_id)
    )
    # What was rejected has no event; a later workbook that brings it names a title of the same.
    alike = (
        sa.select(theirs.c.workbook_id)
        .join(mine, mine.c.title == theirs.c.title)
        .where(mine.c.workbook_id == workbook_id, mine.c.title != "")
    )
    unsettled = (
        sa.select(event_groups.c.workbook_id)
        .join(events, events.c.id == event_groups.c.event_id)
        .where(STANDS, sa.or_(_WAITS, _FAILED, IS_DOUBLED))
    )
    ids, is_settled = workbooks.c.id, workbooks.c.shown.in_(settled)
    statement = sa.select(ids).where(
        sa.exists().where(imports.c.workbook_id == ids),
        sa.or_(
            workbooks.c.shown.is_(None),
            sa.not_(is_settled),
            ids == workbook_id,
            ids.in_(touched),
            ids.in_(alike),
            ids.in_(unsettled),
        ),
    )
    return list(connection.scalars(statement.order_by(ids)))


def note_shown(connection: sa.Connection, shown: dict[int, str]) -> None:
    """What the checks of these workbooks show now, by workbook."""
    for workbook_id, text in shown.items():
        one = sa.update(workbooks).where(workbooks.c.id == workbook_id)
        connection.execute(one.values(shown=text))
