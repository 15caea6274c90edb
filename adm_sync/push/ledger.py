"""The ledger of one claimed event: what is noted before and after each request.

Events are claimed some at a time, and travel together: whoever notes something about one of them
gives a sign of life for all, and may write about the others in the same transaction.

What belongs here: reading its steps, and writing what became of them as the holder of the lease.
What does not: deciding anything (`creation`, `changes`).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import audit, remote_ids, steps
from adm_sync.database.engine import database_errors, singly
from adm_sync.database.recorded import RecordedEvent, Step
from adm_sync.database.states import StepKind, StepState
from adm_sync.errors import AdministrateError, DatabaseUnreachable
from adm_sync.push.options import PushOptions

LONGEST_RETRY = 3600.0
TRIES_TO_STORE = 3
SECONDS_BETWEEN_TRIES = 0.2

Write = Callable[[sa.Connection], object]


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request that was sent; `answered` makes it an entry of the audit log."""

    operation: str
    document: str
    variables: Mapping[str, Any]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


class Ledger:
    """Reads and writes the steps of one event, for the process that holds its lease.

    `external_id` is the event's Administrate id, as soon as it is known; `is_over` says that
    nothing more can be done for the event in this push.
    """

    def __init__(
        self,
        engine: sa.Engine,
        event: RecordedEvent,
        claimed: Sequence[int],
        holder: int,
        options: PushOptions,
    ) -> None:
        """`claimed` are the ids of the events that were claimed together, this one's too."""
        self.event = event
        self.is_over = False
        self._claimed = claimed
        self.external_id: str | None = event.external_id
        self._engine = engine
        self._singly = singly(engine)
        self._holder = holder
        self._options = options

    def steps(self) -> list[Step]:
        """All steps of the event, in order, as they stand."""
        with database_errors(), self._singly.connect() as connection:
            return steps.steps_of(connection, self.event.id)

    def creation(self) -> Step:
        """The step that creates the event."""
        (step,) = (step for step in self.steps() if step.kind == StepKind.CREATE_EVENT)
        return step

    def of_others(self, candidates: Mapping[str, remote_ids.Candidate]) -> frozenset[str]:
        """Which of these belong to other events here (`remote_ids.of_others`)."""
        if not candidates:
            return frozenset()
        with database_errors(), self._singly.connect() as connection:
            template = self.event.template_external_id
            return remote_ids.of_others(connection, self.event.id, template, candidates)

    def clock(self) -> datetime:
        """The database's time of day."""
        with database_errors(), self._singly.connect() as connection:
            return steps.clock(connection)

    def note(self, *writes: Write) -> None:
        """Write in one transaction, as the holder of the lease.

        What is to be noted may be the only trace of something done, so a lost connection is no
        reason to give up at once. Every write may be repeated.

        Raises:
            LeaseLost: another process has taken the event over.
            DatabaseError: PostgreSQL is away or refuses it.
        """
        own, lease = (self._claimed, self._holder), self._options.lease
        self._persist(self._engine.begin, lambda c: steps.keep(c, *own, lease), *writes)

    def note_sending(self, step_ids: Sequence[int], marks: Sequence[str | None] = ()) -> None:
        """These steps are about to be sent, creations with these marks.

        Raises:
            LeaseLost: the event is not this process's any more.
            DatabaseError: it cannot be noted, so nothing may be sent.
        """
        own, lease = (self._claimed, self._holder), self._options.lease
        self._persist(
            self._singly.connect, lambda c: steps.start_sending(c, *own, lease, step_ids, marks)
        )

    def _persist(
        self, opened: Callable[[], AbstractContextManager[sa.Connection]], *writes: Write
    ) -> None:
        for left in reversed(range(TRIES_TO_STORE)):
            try:
                with database_errors(), opened() as connection:
                    for write in writes:
                        write(connection)
            except steps.LeaseLost:
                raise
            except DatabaseUnreachable:
                if not left:
                    raise
                time.sleep(SECONDS_BETWEEN_TRIES)
            else:
                return

    def postpone(self, error: AdministrateError) -> None:
        """Nothing could be done for this event now; what is due waits, with the reason."""
        delay, message = self.delay(0), str(error)
        self.note(lambda c: steps.postpone(c, self.event.id, message, delay))

    def fail(self, step_ids: Sequence[int], message: str, *writes: Write) -> None:
        """A person decides about these steps."""
        self.note(lambda c: steps.set_state(c, step_ids, StepState.FAILED, message), *writes)

    def unknown(self, step_ids: Sequence[int], message: str, *writes: Write, **values: Any) -> None:
        """These were sent, and nobody knows what became of them; `values` as `steps.set_state`."""
        self.note(
            lambda c: steps.set_state(c, step_ids, StepState.UNKNOWN, message, **values), *writes
        )

    def ask(self, step: Step, ids: Sequence[str], message: str) -> None:
        """A person decides whether these events of Administrate are this one."""
        self.fail([step.id], message, lambda c: remote_ids.note_asked(c, self.event.id, ids))

    def doubled(self, step: Step, ids: Sequence[str], message: str) -> None:
        """Administrate has the event more than once; a person decides which of them stays."""
        self.note(
            lambda c: steps.set_state(c, [step.id], StepState.FAILED, message),
            lambda c: remote_ids.note_doubled(c, self.event.id, ids),
            lambda c: remote_ids.note_asked(c, self.event.id, ids),
        )

    def could_not_look(self, step: Step, error: AdministrateError) -> None:
        """What Administrate has of this event could not be read; so often, and a person decides."""
        delay, is_over = self.delay(step.attempts), step.attempts + 1 >= self._options.attempts
        message = str(error)
        if is_over:
            message = (
                f"Tried {step.attempts + 1} times to look it up in Administrate, in vain, so that "
                f"nothing was sent now: {message} See whether it is there; then run adm-sync push "
                "--reopen."
            )
        state = StepState.FAILED if is_over else None
        self.note(lambda c: steps.looked_in_vain(c, step.id, message, delay, state=state))

    def put_off(
        self, sent: Sequence[Step], error: AdministrateError, *, certainly: bool = True
    ) -> None:
        """These did not happen, certainly or so it is said, and are tried again later."""
        delay = self.delay(min(step.attempts for step in sent))
        delay = max(delay, error.retry_after or 0.0)
        ids, message = [step.id for step in sent], str(error)
        self.note(lambda c: steps.not_sent(c, ids, message, delay, certainly=certainly))

    def retry(self, sent: Sequence[Step], error: AdministrateError, *writes: Write) -> None:
        """These were sent and did not happen; after so many times a person decides."""
        delay = self.delay(min(step.attempts for step in sent))
        ids, message = [step.id for step in sent], str(error)
        self.note(
            lambda c: steps.set_state(c, ids, StepState.RETRY, message, due_in=delay), *writes
        )

    def delay(self, attempts: int) -> float:
        """Seconds until the next try after so many."""
        return float(min(self._options.retry * 2.0 ** min(attempts, 10), LONGEST_RETRY))

    def verify(self) -> None:
        """In the last moment before something is sent: are the events still ours to push?

        Raises:
            LeaseLost: it is not.
        """
        while True:
            asked = time.monotonic()
            with database_errors(), self._singly.connect() as connection:
                if not steps.holds(connection, self._claimed, self._holder):
                    raise steps.LeaseLost(steps.NOT_SENT)
            # Of a process that was frozen meanwhile the answer is too old to act upon.
            if time.monotonic() - asked < self._options.lease / 4:
                return

    def answered(self, call: SentRequest, data: Mapping[str, Any] | None, error: str = "") -> Write:
        """The write that adds a call and its answer to the audit log."""
        return lambda connection: audit.add_call(
            connection,
            operation=call.operation,
            document=call.document,
            variables=call.variables,
            data=data,
            error=error,
            started=call.started,
            entity_id=self.external_id or "",
        )
