"""The push: everything that is due, several events at a time, in this and other processes.

What belongs here: claiming events, sharing them among threads, and knowing when to stop. What
does not: what is done with one event (`creation`, `changes`).
"""

import logging
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import open_steps, reconciling, steps
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock as HeldLock
from adm_sync.database.locks import exclusive
from adm_sync.database.recorded import RecordedEvent
from adm_sync.errors import AdministrateError, AdmSyncError, OutcomeUnknown
from adm_sync.push.approving import Approvals, Approver
from adm_sync.push.candidates import Wanted
from adm_sync.push.changes import Changes
from adm_sync.push.creation import Creation
from adm_sync.push.ledger import Ledger
from adm_sync.push.lookups import AWAY, LookUpFailed, Lookups
from adm_sync.push.marks import LABEL
from adm_sync.push.options import Pushed, PushListener, PushOptions
from adm_sync.tenant import check_instance

log = logging.getLogger("adm_sync.push")

# An outage shows in every event; there is no need to find out for each.
FAILURES_IN_A_ROW = 3
ROUNDS_OF_WAITING = 3


def push(
    engine: sa.Engine,
    client: AdministrateClient,
    options: PushOptions,
    listener: PushListener | None = None,
    workbook_id: int | None = None,
) -> Pushed:
    """Push what is due, of one workbook or of all; never raises for Administrate's sake.

    Args:
        engine: the database; each worker takes a connection at a time.
        client: whom to push to.
        options: how.
        listener: who hears of it.
        workbook_id: only the events that this workbook brought.

    Returns:
        What was done; `stopped` says why it ended early, if it did.

    Raises:
        WrongInstance: the database belongs to another tenant.
        DatabaseError: PostgreSQL is away, read-only or full; nothing was sent that is not noted.
    """
    with database_errors(), engine.connect() as connection:
        check_instance(connection, options.instance)
    name = f"push {secrets.token_hex(8)}"
    with exclusive(engine, name, 0, lambda _sentence: None) as lock:
        return _Push(engine, client, options, listener or PushListener(), workbook_id, lock).run()


class _Push:
    """One push of this process."""

    def __init__(
        self,
        engine: sa.Engine,
        client: AdministrateClient,
        options: PushOptions,
        listener: PushListener,
        workbook_id: int | None,
        lock: HeldLock,
    ) -> None:
        self._engine = engine
        self._client = client
        self._options = options
        self._listener = listener
        self._workbook_id = workbook_id
        self._held = lock
        self._holder = lock.key
        self._pushed = Pushed()
        self._stop = Event()
        self._apart = Event()
        self._lock = Lock()
        self._failures = 0
        self._done = 0
        self._total = 0
        self._taken: set[int] = set()
        self._lookups = Lookups(client, options, self._due, self._mark_field)
        self._approvals = Approvals(
            Approver(engine, client), self._awaited_approvals, self._lookups.raise_if_away
        )

    def run(self) -> Pushed:
        started, requests = time.monotonic(), self._client.requests
        try:
            for _ in range(ROUNDS_OF_WAITING):
                self._round()
                if self._stop.is_set() or not self._wait_for_look_ups():
                    break
        except AdministrateError as error:
            self._stop_because(error)
        self._leave_alone()
        self._pushed.requests = self._client.requests - requests
        self._pushed.seconds = time.monotonic() - started
        return self._pushed

    def _round(self) -> None:
        """Take each event that is due once, whatever becomes of it."""
        self._taken.clear()
        with database_errors(), self._engine.connect() as connection:
            self._total = self._done + open_steps.count_due(connection, self._workbook_id)
        if self._total == self._done:
            return
        self._listener.progress(self._done, self._total)
        workers = min(self._options.workers, self._total - self._done)
        with ThreadPoolExecutor(workers, thread_name_prefix="push") as pool:
            futures = [pool.submit(self._work) for _ in range(workers)]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                # Ctrl-C too: what is on its way is finished, and nothing new is begun.
                self._stop.set()
                raise

    def _work(self) -> None:
        while not self._stop.is_set():
            event = self._take()
            if event is None:
                return
            try:
                self._push_event(event)
            except BaseException:
                self._stop.set()
                raise

    def _take(self) -> RecordedEvent | None:
        # One thread at a time, so that no event is taken twice.
        with self._lock, database_errors(), self._engine.begin() as connection:
            event = steps.claim_event(
                connection, self._holder, self._options.lease, self._workbook_id, self._taken
            )
            if event is not None:
                self._taken.add(event.id)
            return event

    def _push_event(self, event: RecordedEvent) -> None:
        self._listener.reached("claimed")
        ledger = Ledger(self._engine, event, self._holder, self._options)
        try:
            self._one_event(ledger)
        except steps.LeaseLost as error:
            log.warning("%s: %s", event.title, error)
            self._held.verify()  # without it nothing that is claimed could be sent
        finally:
            self._let_go(event)

    def _one_event(self, ledger: Ledger) -> None:
        try:
            self._lookups.check_schema()
            self._create(ledger)
            if ledger.external_id is not None:
                self._change(ledger)
                self._failures = 0
        except AWAY as error:
            self._failed(error, for_all=True)
        except LookUpFailed as error:
            self._failed(error)
        except AdministrateError as error:
            # Of this event only, as it seems: the others have their turn, and it waits.
            self._failed(error)
            ledger.postpone(error)

    def _create(self, ledger: Ledger) -> None:
        creation = Creation(
            ledger, self._client, self._options, self._listener.reached, self._lookups
        )
        try:
            creation.run()
        except OutcomeUnknown as error:
            self._failed(error)
            # Administrate often has it all the same: look at once.
            creation.run()
        finally:
            self._count(ledger.event.id, creation)

    def _change(self, ledger: Ledger) -> None:
        changes = Changes(
            ledger,
            self._client,
            self._options,
            self._listener.reached,
            self._lookups.people,
            self._approvals,
            self._apart,
        )
        try:
            changes.run()
        finally:
            self._count_changes(changes)

    def _let_go(self, event: RecordedEvent) -> None:
        with database_errors(), self._engine.begin() as connection:
            steps.let_go(connection, event.id, self._holder)
        self._listener.reached("let go")
        with self._lock:
            self._done += 1
            self._listener.progress(min(self._done, self._total), self._total)

    def _count(self, event_id: int, creation: Creation) -> None:
        with self._lock:
            if creation.created:
                self._pushed.created.add(event_id)
            if creation.adopted:
                self._pushed.adopted.add(event_id)
            self._warn(creation.warnings)

    def _count_changes(self, changes: Changes) -> None:
        with self._lock:
            self._pushed.sessions |= changes.sessions
            self._warn(changes.warnings)

    def _warn(self, sentences: Sequence[str]) -> None:
        known = self._pushed.warnings
        known += [sentence for sentence in dict.fromkeys(sentences) if sentence not in known]

    # ------------------------------------------------------------------ stopping and waiting

    def _failed(self, error: AdministrateError, *, for_all: bool = False) -> None:
        """Count a failure. If Administrate is away, for all or as it seems, the push stops."""
        with self._lock:
            self._failures += 1
            if for_all or self._failures >= FAILURES_IN_A_ROW * self._options.workers:
                self._stop_because(error)

    def _stop_because(self, error: AdmSyncError) -> None:
        if not self._pushed.stopped:
            self._pushed.stopped = str(error)
            self._pushed.error = error
        self._stop.set()

    def _leave_alone(self) -> None:
        """If Administrate asked to wait, nothing of any workbook is due before that is over."""
        error = self._pushed.error
        if isinstance(error, AdministrateError) and error.retry_after is not None:
            with database_errors(), self._engine.begin() as connection:
                open_steps.leave_alone(connection, error.retry_after)

    def _wait_for_look_ups(self) -> bool:
        """Wait until an unanswered creation may be looked up again; False if none will be soon."""
        if not self._options.wait_for_look_ups:
            return False
        with database_errors(), self._engine.connect() as connection:
            seconds = open_steps.seconds_until_look_up(
                connection, self._workbook_id, self._options.look_ups[0] + 1
            )
        if seconds is None:
            return False
        if seconds >= 1:
            self._listener.remark(
                f"Some events were sent and not answered, and are not in Administrate: looking "
                f"again in {seconds:.0f} s."
            )
        self._stop.wait(seconds)
        return True

    def _due(self) -> list[Wanted]:
        """The events that are to be created and were never sent.

        Asked for once an event is taken: then the database is known to take what is written.
        """
        with database_errors(), self._engine.connect() as connection:
            rows = open_steps.due_creations(connection, self._workbook_id)
        return [Wanted(row.template_external_id, row.title, row.starts_at) for row in rows]

    def _awaited_approvals(self) -> dict[str, set[str]]:
        """Whom the events of this push need approved, by template."""
        with database_errors(), self._engine.connect() as connection:
            awaited = open_steps.awaited_approvals(connection, self._workbook_id)
        found: dict[str, set[str]] = {}
        for one in awaited:
            given = one["input"]
            found.setdefault(given["courseTemplateId"], set()).update(given["contactIds"])
        return found

    def _mark_field(self) -> str | None:
        with database_errors(), self._engine.connect() as connection:
            keys = reconciling.custom_field_keys(connection, "Event", LABEL)
        return keys[0] if keys else None
