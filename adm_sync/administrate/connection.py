"""One request to a tenant, sent once: from a document to the answer, or to what went wrong.

What belongs here: putting the GraphQL library on top of the wire. What does not: HTTP (wire.py),
and sending anything again (calling.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

import gql
import httpx
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.httpx import HTTPXTransport

from adm_sync.administrate.answers import Answer, faults, parse_answer, says_throttled
from adm_sync.administrate.auth import TokenSource
from adm_sync.administrate.documents import Document
from adm_sync.administrate.rate_limit import Limiter
from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.retrying import Failed, FailureKind
from adm_sync.administrate.traffic import Traffic
from adm_sync.administrate.wire import BEFORE, Before, Wire, direct_transport, timeouts
from adm_sync.settings import AdministrateAccess


class _PrintedRequest(gql.GraphQLRequest):
    """A request that does not print its document anew each time it is sent."""

    def __init__(self, document: Document, variables: Mapping[str, Any] | None) -> None:
        super().__init__(
            document.node,
            variable_values=dict(variables or {}),
            operation_name=document.operation,
        )
        self._text = document.text

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "query": self._text,
            "operationName": self.operation_name,
            "variables": self.variable_values,
        }


class Connection:
    """The connections to one tenant. Thread-safe. The arguments are the client's."""

    def __init__(
        self,
        access: AdministrateAccess,
        limiter: Limiter,
        traffic: Traffic,
        redactor: Redactor,
        *,
        transport: httpx.BaseTransport | None,
        concurrency: int,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self._redactor = redactor
        context = httpx.create_ssl_context()
        self._tokens = TokenSource(
            access,
            transport or direct_transport(access.auth_url, context, 1),
            redactor,
            clock=clock,
            now=now,
        )
        wire = Wire(
            transport or direct_transport(access.api_url, context, concurrency),
            self._tokens,
            limiter,
            traffic,
            redactor,
            concurrency=concurrency,
            clock=clock,
            now=now,
        )
        self._gql = gql.Client(
            transport=HTTPXTransport(
                access.api_url,
                json_deserialize=parse_answer,
                transport=wire,
                follow_redirects=False,
                trust_env=False,
            )
        )
        self._session = self._gql.connect_sync()  # type: ignore[no-untyped-call]

    @property
    def is_nobody(self) -> bool:
        """Whether there is no token for these credentials."""
        return self._tokens.is_refused

    def close(self) -> None:
        """Close all of them."""
        self._gql.close_sync()  # type: ignore[no-untyped-call]
        self._tokens.close()

    def send(
        self,
        document: Document,
        variables: Mapping[str, Any] | None,
        seconds: float,
        before: Before | None,
    ) -> Answer:
        """The answer, which is waited for so long; `before` as for the client's `mutate`.

        Raises:
            Failed: there was none, or it asks for a pause.
        """
        request = _PrintedRequest(document, variables)
        try:
            sending = {"timeout": timeouts(seconds), "extensions": {BEFORE: before}}
            data = self._session.execute(request, extra_args=sending)
        except TransportQueryError as error:
            return self._with_errors(error)
        except TransportError as error:
            # gql wraps what the wire and the parser raise; both look after themselves.
            raise (error.__cause__ or error.__context__ or error) from None
        return Answer(data)

    def _with_errors(self, error: TransportQueryError) -> Answer:
        errors, data = error.errors or [], error.data
        found = faults(errors, self._redactor)
        if data is None and says_throttled(errors):
            raise Failed(
                FailureKind.THROTTLED, f"Administrate asks for a pause: {found[0].message}"
            )
        return Answer(data, found)
