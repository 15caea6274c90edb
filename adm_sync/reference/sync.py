"""One sync of one entity: fetch, match, plan, guard, apply, record.

What belongs here: the order of the steps, the lock and the transaction around them. What does
not: the steps themselves, and who asked for a sync.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import journal, statements
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock, exclusive
from adm_sync.errors import AdmSyncError, NeedsMissing, WrongInstance
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity, Evidence, Lookups, Row, Source, Tutorial
from adm_sync.reference.fetching import fetch
from adm_sync.reference.findings import discrepancies
from adm_sync.reference.matching import Decision, Matching, match, match_owned
from adm_sync.reference.planning import Change, Limits, Plan, hold_reason, plan_sync
from adm_sync.reference.results import EntityResult, counted

log = logging.getLogger(__name__)

LOCK = "reference sync"
ATTEMPTS = 3
# Another writer won a race (serialization, deadlock, unique, foreign key): plan again.
_RACES = {"40001", "40P01", "23505", "23503"}


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know how it goes: `pages(done, total)` and `waiting(sentence)`."""

    pages: Callable[[int, int], None] = lambda _done, _total: None
    waiting: Callable[[str], None] = log.warning


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How one sync is done.

    `instance` names the tenant and is compared with the one this database belongs to. `released`
    is the fingerprint of a held plan that a person released. Times in seconds.
    """

    instance: str
    who: str = f"pid {os.getpid()} on {socket.gethostname()}"
    dagster_run_id: str | None = None
    page_size: int = 100
    max_records: int = 1_000_000
    limits: Limits = field(default_factory=Limits)
    lock_wait: float = 600.0
    dry_run: bool = False
    released: str | None = None


@dataclass(slots=True)
class _Outcome:
    plan: Plan
    found: list[journal.Discrepancy]
    held: str | None


def sync_entity(
    entity: Entity,
    engine: sa.Engine,
    client: AdministrateClient,
    options: SyncOptions,
    listener: Listener | None = None,
) -> EntityResult:
    """Bring one bridge table in step with Administrate.

    What fails on purpose (an `AdmSyncError`) comes back as a result with status `failed` and the
    error in it; the table is then as it was. A dry run reads the same, and writes nothing.
    """
    listener = listener or Listener()
    started, waited, asked = time.monotonic(), client.waiting_seconds, client.requests
    try:
        with database_errors():
            if options.dry_run:
                result = _rehearse(entity, engine, client, options, listener)
            else:
                with exclusive(engine, LOCK, options.lock_wait, listener.waiting) as lock:
                    result = _sync(entity, engine, client, options, listener, lock)
    except AdmSyncError as error:
        result = EntityResult(entity.name, "failed", str(error), error=error)
    except Exception as error:
        result = _own_fault(entity, error)
    result.requests = client.requests - asked
    result.seconds = time.monotonic() - started
    result.own_seconds = max(0.0, result.seconds - (client.waiting_seconds - waited))
    if result.run_id is not None:
        _note_end(engine, result)
    return result


def _rehearse(
    entity: Entity,
    engine: sa.Engine,
    client: AdministrateClient,
    options: SyncOptions,
    listener: Listener,
) -> EntityResult:
    with engine.connect() as connection:
        lookups = _prepare(connection, entity, options)
    evidence = fetch(_source(entity, client, lookups, options, listener))
    with engine.connect() as connection:
        outcome = _judge(connection, entity, evidence, options)
    result = counted(outcome.plan, "held" if outcome.held else "succeeded", outcome.found)
    result.message = "; ".join([*filter(None, [outcome.held]), *_notes(outcome.plan, evidence)])
    return result


def _sync(
    entity: Entity,
    engine: sa.Engine,
    client: AdministrateClient,
    options: SyncOptions,
    listener: Listener,
    lock: Lock,
) -> EntityResult:
    with engine.begin() as connection:
        run_id = journal.start_run(
            connection, entity.name, options.who, options.dagster_run_id, _now()
        )
    try:
        with database_errors():
            with engine.connect() as connection:
                lookups = _prepare(connection, entity, options)
            evidence = fetch(_source(entity, client, lookups, options, listener))
            result = _apply(entity, engine, evidence, options, run_id, lock)
    except AdmSyncError as error:
        result = EntityResult(entity.name, "failed", str(error), error=error)
    except Exception as error:
        result = _own_fault(entity, error)
    result.run_id = run_id
    return result


def _own_fault(entity: Entity, error: Exception) -> EntityResult:
    log.exception("a fault of adm_sync itself while syncing %s", entity.many)
    name = type(error).__name__
    return EntityResult(
        entity.name, "failed", f"a fault of adm_sync itself ({name}); the log has the details"
    )


def _prepare(connection: sa.Connection, entity: Entity, options: SyncOptions) -> Lookups:
    known = journal.known_instance(connection)
    if known is not None and known != options.instance:
        raise WrongInstance(
            f"This database belongs to {known}, and the settings name {options.instance}. Nothing "
            "was fetched. Set ADMINISTRATE_INSTANCE_URL (or ADMINISTRATE_API_URL) right; if the "
            "tenant really has moved, run `adm-sync doctor --accept-instance`."
        )
    for need in entity.needs:
        if not statements.any_row(connection, need.rows) and not journal.has_succeeded(
            connection, need.entity
        ):
            what = f"{BY_NAME[need.entity].many} {need.what}".strip()
            raise NeedsMissing(
                f"{entity.title} need {what}, and there are none here yet. "
                f"Run `adm-sync sync {need.entity}` first."
            )
    return {
        name: statements.read_lookup(connection, pairs) for name, pairs in entity.lookups.items()
    }


def _source(
    entity: Entity,
    client: AdministrateClient,
    lookups: Lookups,
    options: SyncOptions,
    listener: Listener,
) -> Source:
    return Source(client, entity, lookups, options.page_size, options.max_records, listener.pages)


def _apply(
    entity: Entity,
    engine: sa.Engine,
    evidence: Evidence,
    options: SyncOptions,
    run_id: int,
    lock: Lock,
) -> EntityResult:
    """Judge and write in one transaction; a lost race is looked at afresh."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with isolated.begin() as connection:
                result = _judge_and_write(connection, entity, evidence, options, run_id)
                lock.verify()
                return result
        except sa.exc.DBAPIError as error:
            race = getattr(error.orig, "sqlstate", None) in _RACES
            if not race or attempt == ATTEMPTS:
                raise
            log.info("another writer was quicker in %s; looking again", entity.bridge)
    raise AssertionError("unreachable")


def _judge_and_write(
    connection: sa.Connection,
    entity: Entity,
    evidence: Evidence,
    options: SyncOptions,
    run_id: int,
) -> EntityResult:
    now = _now()
    outcome = _judge(connection, entity, evidence, options)
    plan = outcome.plan
    if outcome.held:
        journal.hold_plan(
            connection, entity.name, run_id, plan.fingerprint(), outcome.held, _kept(plan), now
        )
        result = EntityResult(entity.name, "held", rows=plan.rows, discrepancies=outcome.found)
        result.message = (
            f"Held, nothing was written: {outcome.held}. Look at Administrate; if it is right so, "
            f"run `adm-sync release {entity.name}`."
        )
    else:
        _write(connection, plan, now)
        _record(connection, plan, outcome.found, options, run_id, now)
        result = counted(plan, "succeeded", outcome.found)
        result.message = " ".join(_notes(plan, evidence))
    _finish(connection, run_id, result)
    return result


def _judge(
    connection: sa.Connection, entity: Entity, evidence: Evidence, options: SyncOptions
) -> _Outcome:
    """Match and plan against the tables as this transaction sees them."""
    rows = _read_rows(connection, entity)
    matching = _match(connection, entity, evidence, rows)
    seen = {record.identity for record in evidence.records}
    gone = [row.id for row in rows if row.identity not in seen]
    referenced = statements.referenced_rows(connection, entity.bridge, gone)
    plan = plan_sync(entity, evidence, rows, matching, referenced)
    held = hold_reason(plan, options.limits)
    if held and options.released == plan.fingerprint():
        held = None
    return _Outcome(plan, discrepancies(entity, matching, plan), held)


def _read_rows(connection: sa.Connection, entity: Entity) -> list[Row]:
    link = [entity.matched.link] if entity.matched else []
    columns = ["id", *entity.identity, *link, *entity.columns]
    width = 1 + len(entity.identity)
    found = statements.read_rows(connection, entity.bridge, columns)
    if link:
        return [Row(r[0], tuple(r[1:width]), r[width], tuple(r[width + 1 :])) for r in found]
    return [Row(r[0], tuple(r[1:width]), None, tuple(r[width:])) for r in found]


def _match(
    connection: sa.Connection, entity: Entity, evidence: Evidence, rows: list[Row]
) -> Matching:
    if entity.matched is None:
        return match_owned(evidence.records, rows)
    tutorials: list[Tutorial] = [
        entity.matched.read(row) for row in connection.execute(entity.matched.tutorials)
    ]
    decisions = [
        Decision(one.id, one.kind, one.tutorial_id, one.external_id, one.who, one.why)
        for one in journal.decisions_in_force(connection, entity.name)
    ]
    return match(evidence.records, rows, tutorials, decisions)


def _write(connection: sa.Connection, plan: Plan, now: datetime) -> None:
    """Deletions first, so that a place they leave can be taken in the same transaction."""
    entity, table = plan.entity, plan.entity.bridge
    link = [entity.matched.link] if entity.matched else []
    owned = [*link, *entity.columns]
    stamps = [name for name in ("updated_at", "last_synced") if name in table.c]
    births = [name for name in ("created_at", *stamps) if name in table.c]

    def cells(change: Change) -> list[Any]:
        return [change.tutorial_id, *change.values] if link else list(change.values)

    statements.delete_rows(connection, table, [c.row_id for c in plan.deletes if c.row_id])
    moved = [change for change in plan.updates if _moves(table, change)]
    stayed = [change for change in plan.freed + plan.updates if not _moves(table, change)]
    for write, some in ((statements.replace_rows, moved), (statements.update_rows, stayed)):
        values = [(c.row_id, *cells(c), *(now for _ in stamps)) for c in some]
        write(connection, table, [*owned, *stamps], values)
    if plan.creates:
        statements.insert_rows(
            connection,
            table,
            [*entity.identity, *owned, *births],
            ((*c.identity, *cells(c), *(now for _ in births)) for c in plan.creates),
        )
    statements.touch_rows(connection, table, plan.unseen_row_ids, now)


def _moves(table: sa.Table, change: Change) -> bool:
    """The change takes the row to another place of a unique constraint over several columns.

    Two rows may swap their places, which no UPDATE can do that is checked row by row.
    """
    return any(
        column.name in change.after
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint) and len(constraint.columns) > 1
        for column in constraint.columns
    )


def _record(
    connection: sa.Connection,
    plan: Plan,
    found: list[journal.Discrepancy],
    options: SyncOptions,
    run_id: int,
    now: datetime,
) -> None:
    name = plan.entity.name
    if plan.changes:
        journal.add_changes(
            connection,
            run_id,
            name,
            (
                ("/".join(c.identity), c.action, _json(c.before), _json(c.after))
                for c in plan.changes
            ),
        )
    journal.store_discrepancies(connection, name, found, run_id, now)
    released = options.released is not None and options.released == plan.fingerprint()
    journal.settle_plan(
        connection, name, "released" if released else "moot", now, options.who if released else None
    )
    if journal.known_instance(connection) is None:
        journal.remember_instance(connection, options.instance, now)


def _json(values: dict[str, Any]) -> dict[str, Any] | None:
    """Values as JSON can hold them: amounts as text, so that they stay exact."""
    if not values:
        return None
    plain = (str, int, bool, dict, list, type(None))
    return {name: v if isinstance(v, plain) else str(v) for name, v in values.items()}


def _kept(plan: Plan) -> dict[str, Any]:
    """A held plan as a person reviews it."""
    return {
        "created": len(plan.creates),
        "updated": len(plan.updates),
        "deleted": len(plan.deletes),
        "removals": [
            {
                "action": change.action,
                "external_id": change.external_id,
                "before": _json(change.before),
                "after": _json(change.after),
            }
            for change in plan.removals
        ],
    }


def _notes(plan: Plan, evidence: Evidence) -> list[str]:
    """Sentences for the reader about what was left out."""
    notes = list(evidence.notes)
    if plan.refused:
        first = plan.refused[0]
        notes.append(
            f"{len(plan.refused)} not written, because the database would refuse them; the first "
            f"is {first.external_id}: {first.obstacle}."
        )
    return notes


def _finish(connection: sa.Connection, run_id: int, result: EntityResult) -> None:
    kinds = {one.kind for one in result.discrepancies}
    journal.finish_run(
        connection,
        run_id,
        status=result.status,
        finished_at=_now(),
        message=result.message,
        details={"discrepancies": {kind: len(result.of_kind(kind)) for kind in sorted(kinds)}},
        **{name: count for name, count in result.counts().items() if name != "requests"},
    )


def _note_end(engine: sa.Engine, result: EntityResult) -> None:
    """Times and requests, and the status where the transaction could not write it."""
    run_id = result.run_id or 0
    try:
        with engine.begin() as connection:
            journal.finish_run(
                connection,
                run_id,
                requests=result.requests,
                seconds=result.seconds,
                own_seconds=result.own_seconds,
            )
            if result.status == "failed":
                journal.fail_run(connection, run_id, result.message, _now())
    except sa.exc.SQLAlchemyError as error:
        log.warning("the end of run %s could not be noted: %s", result.run_id, type(error).__name__)


def _now() -> datetime:
    return datetime.now(UTC)


def skipped(entity: Entity, reason: str) -> EntityResult:
    """The result of an entity that was not even tried."""
    return EntityResult(entity.name, "skipped", reason)
