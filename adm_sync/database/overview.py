"""How all entities stand at a glance: their latest syncs, what is held, open or decided.

What belongs here: statements about all of them at once. What does not: those about one, and
writing (`journal`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from adm_sync.database.journal import Decision, HeldPlan
from adm_sync.database.operations import decisions, held_plans, runs
from adm_sync.database.recorded import all_as, columns_of, first_as
from adm_sync.database.states import DecisionKind, HeldOutcome, RunStatus

_IN_FORCE = decisions.c.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class LatestRun:
    """The sync of an entity that began last, and how it ended."""

    id: int
    entity: str
    status: RunStatus
    who: str
    dagster_run_id: str | None
    started_at: datetime
    created: int
    updated: int
    deleted: int
    errors: int
    message: str
    cause: str | None


def latest_runs(connection: sa.Connection) -> dict[str, LatestRun]:
    """The latest sync of each entity that was ever synced, by its name."""
    statement: sa.Select[Any] = (
        sa.select(*columns_of(LatestRun, runs))
        .ext(distinct_on(runs.c.entity))
        .order_by(runs.c.entity, runs.c.id.desc())
    )
    return {one.entity: one for one in all_as(connection, LatestRun, statement)}


def last_accepted(connection: sa.Connection) -> dict[str, datetime]:
    """When the sync of each entity began that was accepted last; none of one that never was."""
    statement: sa.Select[Any] = (
        sa.select(runs.c.entity, sa.func.max(runs.c.started_at).label("began"))
        .where(runs.c.status.in_((RunStatus.SUCCEEDED, RunStatus.PARTIAL)))
        .group_by(runs.c.entity)
    )
    return {row.entity: row.began for row in connection.execute(statement)}


def held(connection: sa.Connection) -> list[HeldPlan]:
    """Every plan that waits for a person, the oldest first."""
    statement = sa.select(held_plans).where(held_plans.c.outcome == HeldOutcome.HELD)
    return all_as(connection, HeldPlan, statement.order_by(held_plans.c.id))


def latest_decisions(
    connection: sa.Connection,
    limit: int,
    before: int | None = None,
    *,
    entity: str | None = None,
    kind: DecisionKind | None = None,
) -> list[Decision]:
    """So many decisions in force, newest first.

    Args:
        connection: only read from.
        limit: so many at most.
        before: only those that were made before the one of this number.
        entity: only those about this one.
        kind: only those of it.
    """
    statement = sa.select(decisions).where(_IN_FORCE)
    if before is not None:
        statement = statement.where(decisions.c.id < before)
    if entity:
        statement = statement.where(decisions.c.entity == entity)
    if kind:
        statement = statement.where(decisions.c.kind == kind)
    return all_as(connection, Decision, statement.order_by(decisions.c.id.desc()).limit(limit))


def find_decision(connection: sa.Connection, number: int) -> Decision | None:
    """The decision of this number, if it is in force."""
    # A number that no bigint can hold is an error to PostgreSQL, not a decision that is not there.
    asked = sa.literal(number, sa.Numeric)
    return first_as(
        connection, Decision, sa.select(decisions).where(decisions.c.id == asked, _IN_FORCE)
    )
