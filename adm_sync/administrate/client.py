"""The client: one GraphQL call, repeated where that is safe, answered or explained.

What belongs here: putting together the parts of this package for one call. What does not: lists
of many pages (paging.py), and what a record means.
"""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from threading import Event
from typing import Any, Self

import httpx

from adm_sync.administrate import documents, in_flight
from adm_sync.administrate.answers import Answer
from adm_sync.administrate.calling import Call, Caller, Heard
from adm_sync.administrate.connection import Connection
from adm_sync.administrate.documents import Document
from adm_sync.administrate.rate_limit import Limiter, NoLimit
from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.traffic import Traffic
from adm_sync.administrate.wire import Before
from adm_sync.errors import AdministrateError, OutcomeUnknown
from adm_sync.settings import AdministrateAccess


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
            may not send it (`AccessRefused`); for credentials that are no good at all, and for an
            Administrate that does not answer (`Unreachable`, `Throttled`), the document is empty.
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
        heard: Heard = lambda _document, _error: None,
    ) -> None:
        self._concurrency = concurrency
        self._pages = pages
        self.timeout = timeout
        self._clock = clock
        self.audit = audit
        self.heard = heard
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
        self._caller = Caller(
            self._connection,
            self._limiter,
            self._traffic,
            timeout=timeout,
            retry_budget=retry_budget,
            clock=clock,
            sleep=sleep,
            draw=draw,
            now=now,
            heard=heard,
        )

    def __enter__(self) -> Self:
        """Nothing is sent before the first call."""
        return self

    def __exit__(self, *_: object) -> None:
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
        return self._whole(Call(_loaded(document, is_mutation=False), variables, stop or Event()))

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
        data = self._whole(Call(loaded, documents.joined_variables(parts), stop or Event()))
        return [data.get(alias) for alias in loaded.aliases]

    def query_partial(self, document: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """The answer to a query, GraphQL errors included; they raise nothing.

        Raises:
            AdministrateError: there was no GraphQL answer.
        """
        return self._caller.answer(Call(_loaded(document, is_mutation=False), variables))

    def _whole(self, call: Call) -> dict[str, Any]:
        answer = self._caller.answer(call)
        if answer.errors or answer.data is None:
            raise call.rejected(answer)
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
        return self._mutate(Call(loaded, variables, before=before, again=again))

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
        return self._mutate(Call(loaded, variables, before=before, again=again))

    def _mutate(self, call: Call) -> Answer:
        answer = self._audited(call)
        if answer.data is None:
            # A path means that execution had begun when the error arose.
            if any(fault.path for fault in answer.errors):
                raise OutcomeUnknown(
                    f"{call.doing} failed on the way: {answer.said} It may or may not have "
                    "happened: look in Administrate before it is done again."
                )
            raise call.rejected(answer)
        return answer

    def _audited(self, call: Call) -> Answer:
        started, begun = datetime.now(UTC), self._clock()
        answer, failure = Answer(None), ""
        try:
            answer = self._caller.answer(call)
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
            self.audit(
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


def _loaded(document: str, *, is_mutation: bool) -> Document:
    loaded = documents.load(document)
    if loaded.is_mutation != is_mutation:
        raise ValueError(f"{document} is {'not a' if is_mutation else 'a'} mutation")
    return loaded
