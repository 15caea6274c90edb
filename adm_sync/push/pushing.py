"""The push: everything that is due, in this and other processes.

Events are claimed as many at a time as travel together, and so many of these claims are worked on
at the same time as the permitted rate needs.

What belongs here: claiming events, sharing them among threads, keeping what goes wrong with one
from the others, and knowing when to stop. What does not: what is done with them (`creation`,
`changes`).
"""

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Lock

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.in_flight import at_once
from adm_sync.database import open_steps, reconciling, steps
from adm_sync.database.engine import database_errors, singly
from adm_sync.database.locks import Lock as HeldLock
from adm_sync.database.locks import exclusive
from adm_sync.database.recorded import RecordedEvent
from adm_sync.errors import AdministrateError, AdmSyncError
from adm_sync.push.approving import Approvals, Approver
from adm_sync.push.candidates import Wanted
from adm_sync.push.changes import Changes
from adm_sync.push.creation import Creation, Creations
from adm_sync.push.ledger import Ledger
from adm_sync.push.lookups import AWAY, LookUpFailed, Lookups
from adm_sync.push.marks import LABEL
from adm_sync.push.options import Pushed, PushListener, PushOptions
from adm_sync.push.remaining import look, note
from adm_sync.push.sending import Sending
from adm_sync.push.together import Together
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
    with exclusive(engine, name) as lock:
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
        self._lock = Lock()
        self._failures = 0
        self._done = 0
        self._total = 0
        self._taken: set[int] = set()
        together = partial(Together, engine, most=options.together, time_out=client.timeout)
        self._creations = together("creations")
        self._changes = together("changes")
        self._lookups = Lookups(client, options, self._due, self._mark_field)
        self._approvals = Approvals(
            Approver(engine, client), self._awaited_approvals, self._lookups.raise_if_away
        )

    def run(self) -> Pushed:
        started, requests = time.monotonic(), self._client.requests
        self._look_at_doubles()
        try:
            for _ in range(ROUNDS_OF_WAITING):
                self._round()
                if self._stop.is_set() or not self._wait_for_look_ups():
                    break
        except AdministrateError as error:
            self._stop_because(error)
        self._leave_alone()
        self._pushed.beside = self._beside()
        self._pushed.requests = self._client.requests - requests
        self._pushed.seconds = time.monotonic() - started
        return self._pushed

    def _look_at_doubles(self) -> None:
        """What is noted to be there more than once may have been seen to."""
        try:
            remaining = look(self._engine, self._client, self._workbook_id)
        except AdministrateError as error:
            log.info("Whether events are still there more than once is not known: %s", error)
            return
        with database_errors(), self._engine.begin() as connection:
            for one in remaining:
                note(connection, one)

    def _round(self) -> None:
        """Take each event that is due once, whatever becomes of it."""
        self._taken.clear()
        with database_errors(), self._engine.connect() as connection:
            self._total = self._done + open_steps.count_due(connection, self._workbook_id)
        if self._total == self._done:
            return
        self._listener.progress(self._done, self._total)
        for done in at_once(self._work, iter(self._claim, []), self._workers):
            self._done += done
            self._listener.progress(min(self._done, self._total), self._total)

    def _workers(self) -> int:
        return min(self._options.workers, self._client.in_flight)

    def _claim(self) -> list[RecordedEvent]:
        """As many events as travel together; none if nothing is left, or the push has stopped."""
        if self._stop.is_set():
            return []
        most = max(self._creations.size, self._changes.size, 1)
        with database_errors(), singly(self._engine).connect() as connection:
            events = steps.claim_events(
                connection,
                self._holder,
                self._options.lease,
                self._workbook_id,
                self._taken,
                most,
            )
        self._taken.update(event.id for event in events)
        return events

    def _work(self, events: Sequence[RecordedEvent]) -> int:
        """Push events that were claimed together; gives how many."""
        try:
            self._listener.reached("claimed")
            self._push_events(events)
        except BaseException:
            # Ctrl-C too: what is on its way is finished, and nothing new is begun.
            self._stop.set()
            raise
        return len(events)

    def _push_events(self, events: Sequence[RecordedEvent]) -> None:
        ids = [event.id for event in events]
        ledgers = [
            Ledger(self._engine, event, ids, self._holder, self._options) for event in events
        ]
        try:
            self._lookups.check_schema()
            self._create(ledgers)
            self._change([one for one in ledgers if one.external_id and not one.is_over])
        except steps.LeaseLost as error:
            log.warning("%s: %s", ", ".join(event.title for event in events), error)
            self._held.verify()  # without it nothing that is claimed could be sent
        except AdministrateError as error:
            self._failed(error, for_all=True)
        finally:
            self._let_go(ids)

    @contextmanager
    def _apart(self, ledger: Ledger) -> Iterator[None]:
        """What goes wrong in here is of this event only, unless Administrate is away."""
        try:
            yield
        except AWAY:
            raise
        except AdministrateError as error:
            ledger.is_over = True
            self._failed(error)
            if not isinstance(error, LookUpFailed):  # which is noted where it arises
                ledger.postpone(error)

    def _create(self, ledgers: Sequence[Ledger]) -> None:
        options, lookups = self._options, self._lookups
        creations = [Creation(one, self._client, options, lookups) for one in ledgers]
        try:
            Creations(
                creations,
                self._client,
                lookups,
                self._creations,
                self._listener.reached,
                self._apart,
                self._failed,
            ).run()
        finally:
            self._count(creations)

    def _change(self, ledgers: Sequence[Ledger]) -> None:
        changes = [
            Changes(
                one,
                self._client,
                self._options,
                self._listener.reached,
                self._lookups.people,
                self._approvals,
            )
            for one in ledgers
        ]
        sending = Sending(changes, self._client, self._changes, self._listener.reached, self._apart)
        try:
            sending.run()
        finally:
            self._count_changes(changes)
        if not all(one.is_over for one in ledgers):
            self._failures = 0

    def _let_go(self, event_ids: Sequence[int]) -> None:
        with database_errors(), singly(self._engine).connect() as connection:
            steps.let_go(connection, event_ids, self._holder)
        self._listener.reached("let go")

    def _count(self, creations: Sequence[Creation]) -> None:
        with self._lock:
            for one in creations:
                if one.created:
                    self._pushed.created.add(one.ledger.event.id)
                if one.adopted:
                    self._pushed.adopted.add(one.ledger.event.id)
                self._warn(one.warnings)

    def _count_changes(self, changes: Sequence[Changes]) -> None:
        with self._lock:
            for one in changes:
                self._pushed.sessions |= one.sessions
                if one.sessions:
                    self._pushed.with_sessions.add(one.ledger.event.id)
                self._warn(one.warnings)

    def _warn(self, sentences: Sequence[str]) -> None:
        known = self._pushed.warnings
        known += [sentence for sentence in dict.fromkeys(sentences) if sentence not in known]

    # ------------------------------------------------------------------ stopping and waiting

    def _failed(self, error: AdministrateError, *, for_all: bool = False) -> None:
        """Count a failure. If Administrate is away, for all or as it seems, the push stops."""
        with self._lock:
            self._failures += 1
            if for_all or self._failures >= FAILURES_IN_A_ROW * self._workers():
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

    def _beside(self) -> str:
        """Who else is at work on what is left."""
        with database_errors(), self._engine.connect() as connection:
            found = open_steps.elsewhere(connection, self._workbook_id)
        return " ".join(
            f"Another process is at work on {count} event{'s'[: count > 1]} of these: {who}."
            for who, count in found.items()
        )

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
