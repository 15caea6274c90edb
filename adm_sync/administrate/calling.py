"""One call: sent, and sent again where that is safe, until it is answered or given up.

What belongs here: acting on what follows from a failure. What does not: deciding that
(retrying.py), and what the answer means to the caller (client.py).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from adm_sync.administrate.answers import Answer
from adm_sync.administrate.connection import Connection
from adm_sync.administrate.documents import Document
from adm_sync.administrate.doings import doing
from adm_sync.administrate.rate_limit import Limiter
from adm_sync.administrate.retrying import (
    Attempts,
    Failed,
    FailureKind,
    says_it_lacks,
    says_it_never_began,
)
from adm_sync.administrate.traffic import Traffic
from adm_sync.administrate.wire import Before
from adm_sync.errors import (
    AccessRefused,
    AdministrateError,
    RequestRejected,
    Throttled,
    Unreachable,
)
from adm_sync.trace import trace

log = logging.getLogger("adm_sync.administrate")

# The last attempt of a query may take this long even when its budget ends sooner: a server under
# load, or this machine, needs a few seconds.
SHORTEST_TIMEOUT = 10.0

Heard = Callable[[str, AdministrateError | None], object]


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent, and who has a say in it."""

    document: Document
    variables: Mapping[str, Any] | None
    stop: Event = field(default_factory=Event)
    before: Before | None = None
    again: Before | None = None

    @property
    def doing(self) -> str:
        """The opening of a sentence about it."""
        return doing(self.document.name)

    def rejected(self, answer: Answer) -> RequestRejected:
        """The error for an answer that holds nothing but errors."""
        sentences = [fault.message for fault in answer.errors]
        error = RequestRejected(
            f"{self.doing} failed: Administrate says {answer.said}",
            sentences,
            never_began=answer.data is None and says_it_never_began(sentences),
        )
        error.cause = answer.cause
        return error


@dataclass(slots=True)
class Caller:
    """Makes calls to one tenant. Thread-safe. The arguments are the client's."""

    connection: Connection
    limiter: Limiter
    traffic: Traffic
    timeout: float
    retry_budget: float
    clock: Callable[[], float]
    sleep: Callable[[float], object] | None
    draw: Callable[[], float]
    now: Callable[[], float]
    heard: Heard
    _away: bool = False

    def answer(self, call: Call) -> Answer:
        """The answer to a call, GraphQL errors included; they raise nothing.

        Raises:
            AdministrateError: there was no GraphQL answer.
        """
        attempts = Attempts(
            mutation=call.document.is_mutation,
            budget=self.retry_budget,
            only_one=self._away,
            clock=self.clock,
            draw=self.draw,
            now=self.now,
        )
        while True:
            begun = self.clock()
            try:
                answer = self._attempt(call, attempts)
            except Failed as failed:
                self._after_failure(failed, attempts, call)
            else:
                return self._after_answer(answer, self.clock() - begun, call)

    def _after_answer(self, answer: Answer, seconds: float, call: Call) -> Answer:
        self._away = False
        lacks = answer.data is None and says_it_lacks([fault.message for fault in answer.errors])
        error = call.rejected(answer) if lacks else None
        self.heard(call.document.name, error)
        said = f" with {len(answer.errors)} errors" if answer.errors else ""
        trace.debug("%s: answered%s in %.3f s.", call.document.name, said, seconds)
        return replace(answer, cause=error.cause) if error else answer

    def _after_failure(self, failed: Failed, attempts: Attempts, call: Call) -> None:
        trace.debug("%s: %s.", call.document.name, failed.sentence)
        try:
            self._wait_or_raise(failed, attempts, call)
        except AdministrateError as error:
            self._tell_of(call.document, failed, error)
            raise
        if call.again is not None and failed.kind is not FailureKind.NEVER_SENT:
            call.again()

    def _tell_of(self, document: Document, failed: Failed, error: AdministrateError) -> None:
        if isinstance(error, Unreachable | Throttled):
            self.heard("", error)
        elif isinstance(error, AccessRefused):
            is_nobody = failed.kind is FailureKind.UNAUTHORIZED or self.connection.is_nobody
            self.heard("" if is_nobody else document.name, error)
        elif isinstance(error, RequestRejected) and says_it_lacks(error.errors):
            self.heard(document.name, error)

    def _wait_or_raise(self, failed: Failed, attempts: Attempts, call: Call) -> None:
        delay = attempts.delay_after(failed)
        if delay is None:
            if failed.pause is not None:
                self.limiter.hold_back(failed.pause)
            # One call has paid for finding out; the next ones do not pay again.
            self._away = self._away or attempts.used_up_on_outage(failed)
            raise attempts.error(failed, call.doing) from None
        log.warning(
            "%s: %s. Trying again in %.1f s (attempt %d, %.0f s left).",
            call.doing,
            failed.sentence,
            delay,
            attempts.made + 1,
            attempts.remaining,
        )
        with self.traffic.waiting():
            over = self.clock() + delay
            if failed.kind is FailureKind.THROTTLED:
                self.limiter.pause(delay)
            if (rest := over - self.clock()) > 0:
                (self.sleep or call.stop.wait)(rest)
        if call.stop.is_set():
            raise attempts.error(failed, call.doing) from None

    def _attempt(self, call: Call, attempts: Attempts) -> Answer:
        seconds = self.timeout
        if not call.document.is_mutation:
            seconds = min(seconds, max(attempts.remaining, SHORTEST_TIMEOUT))
        return self.connection.send(call.document, call.variables, seconds, call.before)
