"""The client: one GraphQL call, repeated where that is safe, answered or explained.

What belongs here: putting together the parts of this package for one call. What does not: lists
of many pages (paging.py), and what a record means.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from threading import Event
from types import TracebackType
from typing import Any, Self

import httpx

from adm_sync.administrate import documents, in_flight
from adm_sync.administrate.answers import Answer
from adm_sync.administrate.connection import Connection
from adm_sync.administrate.documents import Document
from adm_sync.administrate.rate_limit import Limiter, NoLimit
from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.retrying import (
    Attempts,
    Failed,
    FailureKind,
    says_it_lacks,
    says_it_never_began,
)
from adm_sync.administrate.traffic import Traffic
from adm_sync.administrate.wire import Before
from adm_sync.errors import AccessRefused, AdministrateError, OutcomeUnknown, RequestRejected
from adm_sync.settings import AdministrateAccess
from adm_sync.trace import trace

log = logging.getLogger("adm_sync.administrate")

# The last attempt of a query may take this long even when its budget ends sooner: a server under
# load, or this machine, needs a few seconds.
SHORTEST_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class _Call:
    """What is sent, and who has a say in it."""

    document: Document
    variables: Mapping[str, Any] | None
    stop: Event = field(default_factory=Event)
    before: Before | None = None
    again: Before | None = None

    @property
    def doing(self) -> str:
        words = self.document.name.replace("_", " ")
        return words.capitalize() if self.document.is_mutation else f"Reading {words}"


class AdministrateClient:
    """Talks to one tenant. Thread-safe; a context manager, since it holds connections.

    Args:
        access: where the tenant is, and the credentials.
        limiter: spaces the requests; without one they are sent as they come.
        timeout: seconds that one answer is waited for.
        retry_budget: seconds of wall time for which one query is tried.
        concurrency: requests in flight at the same time, at most.
        pages: those for pages of a list among them, at most.
        transport: carries the requests instead of the network.
        clock: monotonic seconds.
        sleep: waits so many seconds; by default the wait ends early when the call is stopped.
        draw: a random number from 0 to 1, for the jitter.
        now: the time of day in seconds since 1970, for a Retry-After that is a date.
        audit: called for every mutation once it was answered or given up, with what was sent and
            what came back: the columns of the audit log, without secrets.
        heard: called with a document and None when Administrate took it, or with the error when
            its API lacks something of it (`RequestRejected`, `SchemaChanged`) or the credentials
            may not send it (`AccessRefused`); for credentials that are no good at all the document
            is empty.
    """

    def __init__(
        self,
        access: AdministrateAccess,
        *,
        limiter: Limiter | None = None,
        timeout: float = 30.0,
        retry_budget: float = 120.0,
        concurrency: int = in_flight.MOST,
        pages: int = 8,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        draw: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
        audit: Callable[..., object] = lambda **_: None,
        heard: Callable[[str, AdministrateError | None], object] = lambda _document, _error: None,
    ) -> None:
        self._concurrency = concurrency
        self._pages = pages
        self.timeout = timeout
        self._retry_budget = retry_budget
        self._clock = clock
        self._sleep = sleep
        self._draw = draw
        self._audit = audit
        self.heard = heard
        self._now = now
        self._limiter = limiter or NoLimit()
        self._redactor = Redactor(access.api_secret.get_secret_value())
        self._traffic = Traffic(clock)
        self._connection = Connection(
            access,
            self._limiter,
            self._traffic,
            self._redactor,
            transport=transport,
            concurrency=concurrency,
            clock=clock,
            now=now,
        )
        self._away = False

    def __enter__(self) -> Self:
        """Nothing is sent before the first call."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    @property
    def requests(self) -> int:
        """GraphQL requests sent, repeated ones included."""
        return self._traffic.requests

    @property
    def waiting_seconds(self) -> float:
        """Wall time during which at least one call waited for Administrate or a permit."""
        return self._traffic.waiting_seconds

    @property
    def answer_seconds(self) -> float:
        """How long this thread's latest request was on its way, without waiting for a permit."""
        return self._traffic.answer_seconds

    @property
    def in_flight(self) -> int:
        """How many requests at the same time use up what the limit permits."""
        wanted = in_flight.needed(self._limiter.rate, self._traffic.usual_seconds)
        return min(wanted, self._concurrency)

    @property
    def pages_in_flight(self) -> int:
        """The same for the pages of one list."""
        return min(self.in_flight, self._pages)

    @property
    def clock_difference(self) -> float:
        """Seconds that Administrate's clock is ahead of this machine's, by its latest answer."""
        return self._traffic.clock_difference

    def query(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        stop: Event | None = None,
    ) -> dict[str, Any]:
        """The data of a query that went well as a whole.

        Args:
            document: the name of a file in documents/ without `.graphql`.
            variables: the document's variables.
            stop: once set, a failed attempt is not repeated any more.

        Raises:
            RequestRejected: with Administrate's sentences, for any GraphQL error.
            AdministrateError: every other failure, by its kind.
        """
        return self._whole(_Call(_loaded(document, is_mutation=False), variables, stop or Event()))

    def query_together(
        self, document: str, parts: Sequence[Mapping[str, Any]], *, stop: Event | None = None
    ) -> list[Any]:
        """What is under the one root field of a query, for each of these variables, in one request.

        Args:
            document: as for `query`.
            parts: the document's variables, once for each time that it is asked.
            stop: as for `query`.

        Raises:
            RequestRejected: with Administrate's sentences, for any GraphQL error in any part.
            AdministrateError: every other failure, by its kind.
        """
        loaded = documents.joined((document,) * len(parts))
        data = self._whole(_Call(loaded, documents.joined_variables(parts), stop or Event()))
        return [data.get(alias) for alias in loaded.aliases]

    def query_partial(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        stop: Event | None = None,
    ) -> Answer:
        """The answer to a query, GraphQL errors included; they raise nothing.

        Raises:
            AdministrateError: there was no GraphQL answer.
        """
        return self._answer(_Call(_loaded(document, is_mutation=False), variables, stop or Event()))

    def _whole(self, call: _Call) -> dict[str, Any]:
        answer = self._answer(call)
        if answer.errors or answer.data is None:
            raise _rejected(call, answer)
        return answer.data

    def mutate(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        before: Before | None = None,
        again: Before | None = None,
    ) -> Answer:
        """Execute a mutation at most once.

        An answer that has data and errors comes back as it is: something may have been done.
        Payload errors are in the data, and the caller's to read.

        Args:
            document: the name of a file in documents/ without `.graphql`.
            variables: the document's variables.
            before: called each time in the last moment before it is sent; what it raises comes
                out of here, and then nothing was sent.
            again: called before it is repeated after Administrate answered that it did not do it;
                what it raises comes out of here. For what must not be done twice on its word.

        Raises:
            OutcomeUnknown: it was sent, and nobody can tell whether it happened.
            RequestRejected: Administrate refused it before doing anything.
            AdministrateError: it did not happen.
        """
        loaded = _loaded(document, is_mutation=True)
        return self._mutate(_Call(loaded, variables, before=before, again=again))

    def mutate_together(
        self,
        parts: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        before: Before | None = None,
        again: Before | None = None,
    ) -> Answer:
        """Execute several mutations, in this order, in one request; as `mutate`.

        Args:
            parts: (document, variables) of each; its data is under the alias `s<n>`, from 0.
            before: as for `mutate`.
            again: as for `mutate`.
        """
        loaded = documents.joined(tuple(name for name, _ in parts))
        variables = documents.joined_variables([variables for _, variables in parts])
        return self._mutate(_Call(loaded, variables, before=before, again=again))

    def _mutate(self, call: _Call) -> Answer:
        answer = self._audited(call)
        if answer.data is None:
            # A path means that execution had begun when the error arose.
            if any(fault.path for fault in answer.errors):
                raise OutcomeUnknown(
                    f"{call.doing} failed on the way: {_said(answer)} It may or may not have "
                    "happened: look in Administrate before it is done again."
                )
            raise _rejected(call, answer)
        return answer

    def _audited(self, call: _Call) -> Answer:
        started, begun = datetime.now(UTC), self._clock()
        answer, failure = Answer(None), ""
        try:
            answer = self._answer(call)
        except AdministrateError as error:
            failure = str(error)
            raise
        except BaseException:
            failure = "Interrupted."
            raise
        else:
            return answer
        finally:
            hide = self._redactor.hide_within
            self._audit(
                document=call.document.name,
                graphql_query=call.document.text,
                variables=hide(call.variables or {}),
                data=hide(answer.data),
                errors=[fault.message for fault in answer.errors],
                failure=failure,
                started_at=started,
                seconds=self._clock() - begun,
            )

    def aliases(self, document: str) -> tuple[str, ...]:
        """The keys that the data of this document has at the root, in the document's order."""
        return documents.load(document).aliases

    @cached_property
    def introspection(self) -> str:
        """What the tenant says of its schema, as JSON; asked for once.

        Raises:
            AdministrateError: it does not let it be read.
        """
        return json.dumps(self.query("schema"))

    def _answer(self, call: _Call) -> Answer:
        attempts = Attempts(
            mutation=call.document.is_mutation,
            budget=self._retry_budget,
            only_one=self._away,
            clock=self._clock,
            draw=self._draw,
            now=self._now,
        )
        while True:
            begun = self._clock()
            try:
                answer = self._attempt(call, attempts)
            except Failed as failed:
                trace.debug("%s: %s.", call.document.name, failed.sentence)
                try:
                    self._wait_or_raise(failed, attempts, call)
                except (AccessRefused, RequestRejected) as error:
                    self._tell_of(call.document, failed, error)
                    raise
                if call.again is not None and failed.kind is not FailureKind.NEVER_SENT:
                    call.again()
            else:
                self._away = False
                lacks = answer.data is None and says_it_lacks([f.message for f in answer.errors])
                self.heard(call.document.name, _rejected(call, answer) if lacks else None)
                seconds = self._clock() - begun
                said = f" with {len(answer.errors)} errors" if answer.errors else ""
                trace.debug("%s: answered%s in %.3f s.", call.document.name, said, seconds)
                return answer

    def _tell_of(
        self, document: Document, failed: Failed, error: AccessRefused | RequestRejected
    ) -> None:
        if isinstance(error, AccessRefused):
            is_nobody = failed.kind is FailureKind.UNAUTHORIZED or self._connection.is_nobody
            self.heard("" if is_nobody else document.name, error)
        elif says_it_lacks(error.errors):
            self.heard(document.name, error)

    def _wait_or_raise(self, failed: Failed, attempts: Attempts, call: _Call) -> None:
        delay = attempts.delay_after(failed)
        if delay is None:
            if failed.pause is not None:
                self._limiter.hold_back(failed.pause)
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
        with self._traffic.waiting():
            over = self._clock() + delay
            if failed.kind is FailureKind.THROTTLED:
                self._limiter.pause(delay)
            if (rest := over - self._clock()) > 0:
                (self._sleep or call.stop.wait)(rest)
        if call.stop.is_set():
            raise attempts.error(failed, call.doing) from None

    def _attempt(self, call: _Call, attempts: Attempts) -> Answer:
        seconds = self.timeout
        if not call.document.is_mutation:
            seconds = min(seconds, max(attempts.remaining, SHORTEST_TIMEOUT))
        return self._connection.send(call.document, call.variables, seconds, call.before)


def _loaded(document: str, *, is_mutation: bool) -> Document:
    loaded = documents.load(document)
    if loaded.is_mutation != is_mutation:
        raise ValueError(f"{document} is {'not a' if is_mutation else 'a'} mutation")
    return loaded


def _said(answer: Answer) -> str:
    parts = []
    for fault in answer.errors[:3]:
        where = ".".join(str(step) for step in fault.path)
        parts.append(f'"{fault.message}"' + (f" (at {where})" if where else ""))
    more = len(answer.errors) - len(parts)
    return "; ".join(parts) + (f"; and {more} more" if more else "") + "."


def _rejected(call: _Call, answer: Answer) -> RequestRejected:
    sentences = [fault.message for fault in answer.errors]
    return RequestRejected(
        f"{call.doing} failed: Administrate says {_said(answer)}",
        sentences,
        never_began=answer.data is None and says_it_never_began(sentences),
    )
