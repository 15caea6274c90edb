"""The project's own record of what happened, in schema `adm_sync`.

What belongs here: reading and writing runs, changes, discrepancies, decisions, held plans and the
instance. What does not: what they mean (`reference`).
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from adm_sync.addresses import web_origin
from adm_sync.database.encoding import storable
from adm_sync.database.operations import (
    changes,
    decisions,
    discrepancies,
    held_plans,
    instance,
    runs,
)
from adm_sync.database.recorded import all_as, among, first_as
from adm_sync.database.statements import insert_rows, update_rows
from adm_sync.database.states import DecisionKind, DiscrepancyKind, HeldOutcome, RunStatus

COUNTS = ("created", "updated", "unchanged", "deleted", "retained", "skipped", "errors", "requests")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something a person should look at. `subject` makes it the same one the next time.

    `apart` tells the record from others of its name. It may be personal, as an e-mail address is:
    it is shown where a person decides, and nowhere else.
    """

    kind: DiscrepancyKind
    subject: str
    label: str
    tutorial_id: int | None = None
    external_id: str | None = None
    detail: str = ""
    suggestions: list[dict[str, Any]] = field(default_factory=list)
    apart: str | None = None


# ---------------------------------------------------------------------- runs


def start_run(
    connection: sa.Connection, entity: str, who: str, dagster_run_id: str | None, now: datetime
) -> int:
    """Note that a sync of an entity begins; runs that died before are closed as failed.

    The caller holds the sync lock, so a run of this entity that still counts as running is dead.
    """
    connection.execute(
        sa.update(runs)
        .where(runs.c.entity == entity, runs.c.status == RunStatus.RUNNING)
        .values(status=RunStatus.FAILED, finished_at=now, message="the process ended in the middle")
    )
    values: dict[str, Any] = dict.fromkeys(COUNTS, 0) | {
        "entity": entity,
        "who": storable(connection, who),
        "dagster_run_id": dagster_run_id,
        "status": RunStatus.RUNNING,
        "started_at": now,
        "seconds": 0.0,
        "own_seconds": 0.0,
        "message": "",
        "details": {},
    }
    statement = sa.insert(runs).values(values).returning(runs.c.id)
    return int(connection.execute(statement).scalar_one())


def finish_run(connection: sa.Connection, run_id: int, **values: Any) -> None:
    """Note how a run ended: status, finished_at, message, details, seconds and counts."""
    told = storable(connection, values)
    connection.execute(sa.update(runs).where(runs.c.id == run_id).values(told))


def fail_run(
    connection: sa.Connection, run_id: int, message: str, cause: str, now: datetime
) -> None:
    """Note that a run failed, unless its own transaction already noted how it ended."""
    connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.status == RunStatus.RUNNING)
        .values(
            status=RunStatus.FAILED,
            finished_at=now,
            message=storable(connection, message),
            cause=storable(connection, cause) or None,
        )
    )


def has_ended(connection: sa.Connection, run_id: int) -> bool:
    """Whether it is noted how the run ended."""
    statement = sa.select(runs.c.id).where(runs.c.id == run_id, runs.c.status != RunStatus.RUNNING)
    return connection.execute(statement).first() is not None


def close_unmatched(
    connection: sa.Connection, entity: str, tutorial_id: int, now: datetime
) -> None:
    """A tutorial record has found its counterpart outside a sync."""
    connection.execute(
        sa.update(discrepancies)
        .where(
            discrepancies.c.entity == entity,
            discrepancies.c.kind == DiscrepancyKind.UNMATCHED_TUTORIAL,
            discrepancies.c.tutorial_id == tutorial_id,
            discrepancies.c.closed_at.is_(None),
        )
        .values(closed_at=now)
    )


def has_succeeded(connection: sa.Connection, entity: str) -> bool:
    """Whether a sync of this entity was ever accepted here, in part at least."""
    statement = sa.select(runs.c.id).where(
        runs.c.entity == entity, runs.c.status.in_((RunStatus.SUCCEEDED, RunStatus.PARTIAL))
    )
    return connection.execute(statement.limit(1)).first() is not None


def failed_entities(connection: sa.Connection, dagster_run_id: str) -> list[str]:
    """The entities that failed or were held in this Dagster run, as they stand now."""
    latest = (
        sa.select(sa.func.max(runs.c.id))
        .where(runs.c.dagster_run_id == dagster_run_id)
        .group_by(runs.c.entity)
    )
    statement = sa.select(runs.c.entity).where(
        runs.c.id.in_(latest), runs.c.status.in_((RunStatus.FAILED, RunStatus.HELD))
    )
    return list(connection.scalars(statement.order_by(runs.c.id)))


def add_changes(
    connection: sa.Connection,
    run_id: int,
    entity: str,
    rows: Iterable[tuple[str, str, Mapping[str, Any] | None, Mapping[str, Any] | None]],
) -> None:
    """Keep every changed row: (external id, action, before, after)."""
    insert_rows(
        connection,
        changes,
        ("run_id", "entity", "external_id", "action", "before", "after"),
        ((run_id, entity, *row) for row in rows),
    )


# ---------------------------------------------------------------------- discrepancies


@dataclass(frozen=True, slots=True)
class OpenDiscrepancy:
    """A discrepancy that is open now, with its number and since when it is.

    `last_seen` is when something new was last seen of it: that it is still there says the last
    accepted run of its entity, and is not written to each of many thousands.
    """

    id: int
    entity: str
    kind: DiscrepancyKind
    subject: str
    label: str
    tutorial_id: int | None
    external_id: str | None
    detail: str
    suggestions: list[dict[str, Any]]
    first_seen: datetime
    last_seen: datetime
    run_id: int | None = None
    apart: str | None = None


def open_discrepancies(
    connection: sa.Connection, entity: str | None = None
) -> list[OpenDiscrepancy]:
    """What is open now, of one entity or of all, oldest first."""
    return all_as(connection, OpenDiscrepancy, _open(entity))


def _open(entity: str | None) -> sa.Select[Any]:
    statement = sa.select(discrepancies).where(discrepancies.c.closed_at.is_(None))
    if entity:
        statement = statement.where(discrepancies.c.entity == entity)
    return statement.order_by(discrepancies.c.id)


def stored_discrepancies(connection: sa.Connection, entity: str) -> list[Discrepancy]:
    """What is open of one entity, as the last sync that was accepted found it."""
    return all_as(connection, Discrepancy, _open(entity))


def store_discrepancies(
    connection: sa.Connection,
    entity: str,
    found: Sequence[Discrepancy],
    run_id: int | None,
    now: datetime,
) -> None:
    """Open what is new, close what is gone, and touch what is still there only if it changed."""
    known = {(row.kind, row.subject): row for row in open_discrepancies(connection, entity)}
    as_kept = [_storable(connection, one) for one in found]
    still = {(one.kind, one.subject): one for one in as_kept}
    gone = [row.id for key, row in known.items() if key not in still]
    if gone:
        connection.execute(
            sa.update(discrepancies).where(among(discrepancies.c.id, gone)).values(closed_at=now)
        )
    told = ("tutorial_id", "external_id", "label", "detail", "suggestions", "apart")
    values_of = attrgetter(*told)
    changed = [
        (known[key].id, *values_of(one), now)
        for key, one in still.items()
        if key in known and values_of(known[key]) != values_of(one)
    ]
    if changed:
        update_rows(connection, discrepancies, (*told, "last_seen"), changed)
    insert_rows(
        connection,
        discrepancies,
        ("entity", "kind", "subject", "run_id", "first_seen", "last_seen", *told),
        (
            (entity, *key, run_id, now, now, *values_of(one))
            for key, one in still.items()
            if key not in known
        ),
    )


def _storable(connection: sa.Connection, one: Discrepancy) -> Discrepancy:
    values = {column.name: getattr(one, column.name) for column in fields(one)}
    return Discrepancy(**storable(connection, values))


# ---------------------------------------------------------------------- decisions


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has decided, when and why."""

    id: int
    kind: DecisionKind
    entity: str
    tutorial_id: int | None
    external_id: str | None
    who: str
    why: str
    decided_at: datetime


def decisions_in_force(connection: sa.Connection, entity: str | None = None) -> list[Decision]:
    """The decisions that nobody withdrew, oldest first."""
    statement = sa.select(decisions).where(decisions.c.withdrawn_at.is_(None))
    if entity:
        statement = statement.where(decisions.c.entity == entity)
    return all_as(connection, Decision, statement.order_by(decisions.c.id))


def let_nobody_else_decide(connection: sa.Connection) -> None:
    """Until the transaction ends others may read decisions, and wait before they make one."""
    connection.execute(sa.text(f"lock table {decisions.fullname} in share row exclusive mode"))


def numbers_of_decisions(connection: sa.Connection, count: int) -> list[int]:
    """So many numbers, which no other decision has or gets."""
    sequence = sa.func.pg_get_serial_sequence(decisions.fullname, "id")
    numbers = sa.func.generate_series(1, count).table_valued("n").render_derived()
    return list(connection.scalars(sa.select(sa.func.nextval(sequence)).select_from(numbers)))


def add_decisions(connection: sa.Connection, made: Sequence[Decision]) -> None:
    """Store decisions under their numbers."""
    names = [column.name for column in fields(Decision)]
    rows = [storable(connection, {name: getattr(one, name) for name in names}) for one in made]
    insert_rows(connection, decisions, names, [[row[name] for name in names] for row in rows])


def withdraw_decision(connection: sa.Connection, decision_id: int, who: str, now: datetime) -> None:
    """A decision no longer holds; it is kept with the time and who withdrew it."""
    one = sa.update(decisions).where(decisions.c.id == decision_id)
    connection.execute(one.values(withdrawn_at=now, withdrawn_by=storable(connection, who)))


# ---------------------------------------------------------------------- held plans


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan that waits for a person."""

    id: int
    entity: str
    fingerprint: str
    reason: str
    plan: dict[str, Any]
    held_at: datetime


def held_plan(connection: sa.Connection, entity: str) -> HeldPlan | None:
    """The plan of an entity that waits for a person, if one does."""
    statement = sa.select(held_plans).where(
        held_plans.c.entity == entity, held_plans.c.outcome == HeldOutcome.HELD
    )
    return first_as(connection, HeldPlan, statement)


def hold_plan(
    connection: sa.Connection,
    entity: str,
    run_id: int,
    fingerprint: str,
    reason: str,
    plan: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep a plan for a person to release; the same one again only moves its last-seen time."""
    held = held_plan(connection, entity)
    if held and held.fingerprint == fingerprint:
        connection.execute(
            sa.update(held_plans)
            .where(held_plans.c.id == held.id)
            .values(last_seen=now, run_id=run_id)
        )
        return
    settle_plan(connection, entity, HeldOutcome.SUPERSEDED, now)
    connection.execute(
        sa.insert(held_plans).values(
            entity=entity,
            run_id=run_id,
            fingerprint=fingerprint,
            reason=storable(connection, reason),
            plan=storable(connection, plan),
            held_at=now,
            last_seen=now,
            outcome=HeldOutcome.HELD,
        )
    )


def was_moot(connection: sa.Connection, held_id: int) -> bool:
    """Whether a plan was held no longer because another one was to be done instead."""
    outcome = sa.select(held_plans.c.outcome).where(held_plans.c.id == held_id)
    return bool(connection.scalar(outcome) == HeldOutcome.MOOT)


def released_by_another(connection: sa.Connection, held_id: int, who: str) -> str:
    """Who has let a plan pass, if that was somebody else than this person; '' otherwise."""
    settled = sa.select(held_plans.c.settled_by).where(
        held_plans.c.id == held_id, held_plans.c.outcome == HeldOutcome.RELEASED
    )
    name = connection.scalar(settled) or ""
    return "" if name == storable(connection, who) else name


def settle_plan(
    connection: sa.Connection,
    entity: str,
    outcome: HeldOutcome,
    now: datetime,
    who: str | None = None,
) -> None:
    """The plan that is held is so no longer."""
    connection.execute(
        sa.update(held_plans)
        .where(held_plans.c.entity == entity, held_plans.c.outcome == HeldOutcome.HELD)
        .values(outcome=outcome, settled_at=now, settled_by=storable(connection, who))
    )


# ---------------------------------------------------------------------- instance


def known_instance(connection: sa.Connection) -> str | None:
    """The tenant that this database was synced with first, spelled as `tenant.instance_of` does."""
    known: str | None = connection.scalar(sa.select(instance.c.identity))
    if known is None or "." not in known:
        return known  # this machine
    with suppress(ValueError):
        return web_origin(known)
    return known


def remember_instance(connection: sa.Connection, identity: str, now: datetime) -> None:
    """From now on this database belongs to that tenant."""
    connection.execute(sa.delete(instance))
    connection.execute(sa.insert(instance).values(id=1, identity=identity, first_seen=now))
