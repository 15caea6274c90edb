"""A tenant that is asked: its schema, its lists, one event of it, and what its answers carry.

What belongs here: asking each thing once. What does not: what is made of the answers (`declared`).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
from graphql import GraphQLSchema

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.contract import read_schema
from adm_sync.administrate.paging import LARGEST_PAGE, Page, read_page
from adm_sync.administrate.wire import direct_transport
from adm_sync.errors import ContractBroken, RequestRejected
from adm_sync.reference.entities import ENTITIES
from adm_sync.settings import AdministrateAccess

# Longer than any list of events; an instant that every event is after, and one that none is.
EVER = {"from": "1900-01-01T00:00:00Z", "until": "2200-01-01T00:00:00Z"}
EVENTS = "events_between"
# Document -> root field of each list: those that a sync reads whole, of each field the first, and
# the events, of which there are most.
LISTS = {
    document: connection
    for connection, document in {
        entity.connection: entity.document for entity in reversed(ENTITIES)
    }.items()
    if connection != "customFieldTemplate"
} | {EVENTS: "events"}
# The variables by which a list that takes any is whole.
WHOLE: Mapping[str, Mapping[str, Any]] = {EVENTS: EVER}
RATE_WORDS = ("ratelimit", "rate-limit", "retry-after")


@dataclass(slots=True)
class Carried:
    """What answers carry beside their data: names of headers about the rate; a token's life.

    `has_token` and `has_answer` say whether there was a token, and an answer of the API, to see
    that by.
    """

    rate_headers: set[str] = field(default_factory=set)
    token_seconds: float | None = None
    has_token: bool = False
    has_answer: bool = False


class _Listening(httpx.BaseTransport):
    """The way to a tenant, which notes what its answers carry."""

    def __init__(self, access: AdministrateAccess, carried: Carried) -> None:
        context = httpx.create_ssl_context()
        self._auth_url, self._carried = access.auth_url, carried
        self._ways = {url: direct_transport(url, context, 1) for url in _urls(access)}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        is_token = str(request.url).startswith(self._auth_url)
        way = self._auth_url if is_token else next(iter(self._ways))
        response = self._ways[way].handle_request(request)
        names = {name.lower() for name in response.headers}
        self._carried.rate_headers |= {n for n in names if any(w in n for w in RATE_WORDS)}
        if response.status_code == httpx.codes.OK:
            if is_token:
                self._carried.has_token = True
                self._carried.token_seconds = _life(response.read())
            else:
                self._carried.has_answer = True
        return response

    def close(self) -> None:
        for way in self._ways.values():
            way.close()


def _urls(access: AdministrateAccess) -> tuple[str, str]:
    return access.api_url, access.auth_url


def _life(body: bytes) -> float | None:
    try:
        return float(json.loads(body)["expires_in"])
    except (ValueError, TypeError, KeyError):
        return None


@dataclass
class Tenant:
    """One tenant, each part of which is asked for once.

    Attributes:
        client: of the tenant.
        carried: what its answers carried so far.
    """

    client: AdministrateClient
    carried: Carried = field(default_factory=Carried)

    @cached_property
    def schema(self) -> GraphQLSchema | None:
        """Its schema; None if it does not let it be read."""
        try:
            return read_schema(self.client)
        except (RequestRejected, ContractBroken):
            return None

    @cached_property
    def totals(self) -> Mapping[str, int]:
        """How many records each list has, by document; of those that it answers."""
        found = {}
        for document in LISTS:
            try:
                found[document] = self.page(document, 1).total
            except (RequestRejected, ContractBroken):
                continue
        return found

    @property
    def longest(self) -> str | None:
        """The list with most records; None if none has any."""
        document = max(self.totals, key=lambda name: self.totals[name], default=None)
        return document if document and self.totals[document] else None

    @cached_property
    def event(self) -> Mapping[str, Any] | None:
        """One of its events; None if it has none."""
        page = self.page(EVENTS, 1)
        return page.records[0] if page.records else None

    def page(
        self,
        document: str,
        first: int = LARGEST_PAGE,
        offset: int = 0,
        variables: Mapping[str, Any] | None = None,
    ) -> Page[Mapping[str, Any]]:
        """Some rows of a list; of all of it where no `variables` are given.

        Raises:
            AdministrateError: they did not arrive.
        """
        given = WHOLE.get(document, {}) if variables is None else variables
        answer = self.client.query(document, {**given, "first": first, "offset": offset})
        return read_page(answer, LISTS.get(document, "events"), dict)


@contextmanager
def open_tenant(access: AdministrateAccess, patience: float) -> Iterator[Tenant]:
    """The tenant of this access; `patience` is how long one question is tried, in seconds."""
    carried = Carried()
    way = _Listening(access, carried)
    with AdministrateClient(access, retry_budget=patience, transport=way) as client:
        yield Tenant(client, carried)
