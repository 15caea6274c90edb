"""One sync of one entity: fetch, match, plan, guard, apply, record.

What belongs here: the order of the steps, the lock and the transaction around them. What does
not: the steps themselves, and who asked for a sync.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import journal, statements
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock, exclusive
from adm_sync.database.states import DiscrepancyKind, HeldOutcome, RunStatus
from adm_sync.errors import AdmSyncError, NeedsMissing
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity, Evidence, Source
from adm_sync.reference.fetching import confirm, fetch
from adm_sync.reference.judging import Judgement, judge
from adm_sync.reference.planning import Change, GuardLimits, Plan
from adm_sync.reference.remarks import remarks
from adm_sync.reference.results import EntityResult, counted
from adm_sync.reference.writing import as_json, kept, write_rows
from adm_sync.surroundings import lacking
from adm_sync.tenant import check_instance
from adm_sync.trace import trace

log = logging.getLogger(__name__)

LOCK = "reference sync"
ATTEMPTS = 3
# Another writer won a race (serialization, deadlock, unique, foreign key), or had a lock for longer
# than the database lets anybody wait: plan again.
_RACES = {"40001", "40P01", "23505", "23503", "55P03", "57014"}


@dataclass(frozen=True, slots=True)
class Listener:
    """Who wants to know how it goes: `pages(done, total)` and `waiting(sentence)`."""

    pages: Callable[[int, int], None] = lambda _done, _total: None
    waiting: Callable[[str], None] = log.warning


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How one sync is done.

    `instance` names the tenant and is compared with the one this database belongs to. `released`
    is the fingerprint of a held plan that a person released. `planned` is what the dry runs before
    this one would write, by entity. Times in seconds.
    """

    instance: str
    who: str = f"pid {os.getpid()} on {socket.gethostname()}"
    dagster_run_id: str | None = None
    page_size: int = 100
    max_records: int = 1_000_000
    limits: GuardLimits = field(default_factory=GuardLimits)
    lock_wait: float = 600.0
    dry_run: bool = False
    released: str | None = None
    planned: Mapping[str, Sequence[Change]] = field(default_factory=dict)


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
    return _Sync(entity, engine, client, options, listener or Listener()).result()


@dataclass(slots=True)
class _Sync:
    """One sync."""

    _entity: Entity
    _engine: sa.Engine
    _client: AdministrateClient
    _options: SyncOptions
    _listener: Listener

    def result(self) -> EntityResult:
        """What it comes to."""
        client, options = self._client, self._options
        started, waited, asked = time.monotonic(), client.waiting_seconds, client.requests
        result = self._guarded(self._rehearsed if options.dry_run else self._alone)
        if result.status == RunStatus.FAILED:
            self._add_stored(result)
        result.requests = client.requests - asked
        result.seconds = time.monotonic() - started
        result.own_seconds = max(0.0, result.seconds - (client.waiting_seconds - waited))
        if result.run_id is not None:
            _note_end(self._engine, result)
        return result

    def _guarded(self, sync: Callable[[], EntityResult]) -> EntityResult:
        """Whatever goes wrong is a result too."""
        name = self._entity.name
        try:
            with database_errors():
                return sync()
        except AdmSyncError as error:
            return EntityResult(name, RunStatus.FAILED, str(error), error=error)
        except Exception as error:
            return _broken_off(self._entity, error)

    def _add_stored(self, result: EntityResult) -> None:
        """What is open as far as anybody knows, where the database says so."""
        try:
            with self._engine.connect() as connection:
                result.discrepancies = journal.stored_discrepancies(connection, result.entity)
        except sa.exc.SQLAlchemyError:
            result.knows_open = False

    def _rehearsed(self) -> EntityResult:
        evidence = fetch(self._source())
        with self._engine.connect() as connection:
            return _result(self._judged(connection, evidence), evidence)

    def _alone(self) -> EntityResult:
        options = self._options
        with exclusive(self._engine, LOCK, options.lock_wait, self._listener.waiting) as lock:
            with self._engine.begin() as connection:
                run_id = journal.start_run(
                    connection, self._entity.name, options.who, options.dagster_run_id, _now()
                )
            result = self._guarded(lambda: self._written(run_id, lock))
            result.run_id = run_id
            return result

    def _written(self, run_id: int, lock: Lock) -> EntityResult:
        source = self._source()
        evidence = fetch(source)
        result = self._apply(evidence, run_id, lock)
        if result is None:
            seen = {record.identity for record in evidence.records}
            del evidence  # there may be very many
            evidence = confirm(source, seen)
            result = self._apply(evidence, run_id, lock, confirmed=True)
        assert result is not None
        return result

    def _source(self) -> Source:
        """Where the records come from, once it is known that this sync may begin."""
        entity, options = self._entity, self._options
        with self._engine.connect() as connection:
            check_instance(connection, options.instance)
            for need in entity.needs:
                is_there = need.entity in options.planned or statements.any_row(
                    connection, need.rows
                )
                if not is_there and not journal.has_succeeded(connection, need.entity):
                    what = f"{BY_NAME[need.entity].many} {need.what}".strip()
                    raise NeedsMissing(
                        f"{entity.title} need {what}, and there are none here yet. "
                        f"Run `adm-sync sync {need.entity}` first."
                    )
            lookups = {
                name: _as_planned(
                    statements.read_lookup(connection, pairs), pairs, options.planned.get(name, ())
                )
                for name, pairs in entity.lookups.items()
            }
        sizes = options.page_size, options.max_records
        return Source(self._client, entity, lookups, *sizes, self._listener.pages)

    def _judged(self, connection: sa.Connection, evidence: Evidence) -> Judgement:
        options = self._options
        return judge(connection, self._entity, evidence, options.limits, options.released)

    def _apply(
        self, evidence: Evidence, run_id: int, lock: Lock, *, confirmed: bool = False
    ) -> EntityResult | None:
        """Judge and write in one transaction; a lost race is looked at afresh.

        None: something is gone and the evidence is not `confirmed`, so nothing was written.
        """
        isolated = self._engine.execution_options(isolation_level="REPEATABLE READ")
        for attempt in range(1, ATTEMPTS + 1):
            result = None
            try:
                with isolated.begin() as connection:
                    outcome = self._judged(connection, evidence)
                    if not (confirmed or outcome.held) and _takes_away(connection, outcome.plan):
                        return None
                    result = self._write_outcome(connection, outcome, evidence, run_id)
                    lock.verify()
            except sa.exc.DBAPIError as error:
                is_lost = error.connection_invalidated
                if result and is_lost and _is_committed(self._engine, run_id):
                    return result
                race = getattr(error.orig, "sqlstate", None) in _RACES
                if not race or attempt == ATTEMPTS:
                    raise
                log.info("another writer was in the way in %s; looking again", self._entity.bridge)
            else:
                return result
        raise AssertionError("unreachable")

    def _write_outcome(
        self, connection: sa.Connection, outcome: Judgement, evidence: Evidence, run_id: int
    ) -> EntityResult:
        now, plan, held = _now(), outcome.plan, outcome.held
        result = _result(outcome, evidence)
        if held:
            name, fingerprint = self._entity.name, plan.fingerprint()
            journal.hold_plan(connection, name, run_id, fingerprint, held, kept(plan), now)
        else:
            write_rows(connection, plan, now)
            self._record(connection, outcome, run_id, now)
        _finish(connection, run_id, result)
        return result

    def _record(
        self, connection: sa.Connection, outcome: Judgement, run_id: int, now: datetime
    ) -> None:
        name, plan, options = self._entity.name, outcome.plan, self._options
        if plan.changes:
            rows = (
                ("/".join(c.identity), c.action, as_json(c.before), as_json(c.after))
                for c in plan.changes
            )
            journal.add_changes(connection, run_id, name, rows)
        journal.store_discrepancies(connection, name, outcome.found, run_id, now)
        if options.released is not None and options.released == plan.fingerprint():
            journal.settle_plan(connection, name, HeldOutcome.RELEASED, now, options.who)
        else:
            journal.settle_plan(connection, name, HeldOutcome.MOOT, now)
        if journal.known_instance(connection) is None:
            journal.remember_instance(connection, options.instance, now)


def _as_planned(
    lookup: dict[str, Any], pairs: sa.Select[Any], changes: Sequence[Change]
) -> dict[str, Any]:
    """The lookup as it is once these are written; a row that gets its id then has one below 0."""
    of_rows = "id" in pairs.selected_columns
    for number, change in enumerate(changes, 1):
        if change.action == "deleted":
            lookup.pop(change.external_id, None)
        elif not of_rows:
            lookup[change.external_id] = change.tutorial_id
        elif change.row_id is None:
            lookup[change.external_id] = -number
    return lookup


def _broken_off(entity: Entity, error: Exception) -> EntityResult:
    told = lacking(error)
    if told is not None:
        return EntityResult(entity.name, RunStatus.FAILED, str(told), error=told)
    log.error("a fault of adm_sync itself while syncing %s", entity.many, exc_info=error)
    name = type(error).__name__
    return EntityResult(
        entity.name,
        RunStatus.FAILED,
        f"a fault of adm_sync itself ({name}); the log has the details",
    )


def _is_committed(engine: sa.Engine, run_id: int) -> bool:
    """Whether a transaction whose commit got no answer is in the database."""
    with engine.connect() as connection:
        return journal.has_ended(connection, run_id)


def _takes_away(connection: sa.Connection, plan: Plan) -> bool:
    """Whether something is gone that the last sync still saw."""
    if plan.deletes or plan.freed or not plan.retained:
        return bool(plan.deletes or plan.freed)
    known = {
        found.external_id
        for found in journal.open_discrepancies(connection, plan.entity.name)
        if found.kind == DiscrepancyKind.RETAINED
    }
    return any(row.external_id not in known for row in plan.retained)


def _result(outcome: Judgement, evidence: Evidence) -> EntityResult:
    """What the outcome comes to: the same for a dry run and for the run after it."""
    plan, entity = outcome.plan, outcome.plan.entity
    if trace.isEnabledFor(logging.DEBUG):
        _tell(outcome)
    if not outcome.held:
        is_partial = outcome.lacking or plan.refused
        status = RunStatus.PARTIAL if is_partial else RunStatus.SUCCEEDED
        result = counted(plan, status, outcome.found)
        result.message = " ".join(remarks(outcome, evidence))
        result.tutorial_records = outcome.tutorial_records
        return result
    return EntityResult(
        entity.name,
        RunStatus.HELD,
        f"Held, nothing was written: {outcome.held}. Look at Administrate; if it is right so, run "
        f"`adm-sync release {entity.name}`.",
        rows=plan.rows,
        discrepancies=outcome.found,
    )


def _tell(outcome: Judgement) -> None:
    """Each decision of a plan, for whoever wants to follow it."""
    plan = outcome.plan
    for change in plan.changes:
        link = f" to tutorial record {change.tutorial_id}" if change.tutorial_id else ""
        name = "/".join(change.identity)
        trace.debug("%s: %s is %s%s.", plan.entity.bridge, name, change.action, link)
    for one in outcome.found:
        record = one.external_id or one.tutorial_id
        trace.debug("%s: %s is %s: %s.", plan.entity.bridge, record, one.kind, one.label)
    held = f"held: {outcome.held}" if outcome.held else "not held"
    trace.debug("%s: %d rows unchanged; %s.", plan.entity.bridge, plan.unchanged, held)


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
            if result.status == RunStatus.FAILED:
                cause = result.error.cause if result.error else ""
                journal.fail_run(connection, run_id, result.message, cause, _now())
    except sa.exc.SQLAlchemyError as error:
        log.warning("the end of run %s could not be noted: %s", result.run_id, type(error).__name__)


def _now() -> datetime:
    return datetime.now(UTC)
