"""What one push asks Administrate for once, for all its events.

What belongs here: remembering the answers for all threads. What does not: the questions
themselves (`remote`), and what follows from the answers.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.contract import broken_documents
from adm_sync.errors import (
    AccessRefused,
    AdministrateError,
    ContractBroken,
    RequestRejected,
    SchemaChanged,
    Throttled,
    Unreachable,
)
from adm_sync.names.keys import normalise
from adm_sync.push.options import PushOptions
from adm_sync.push.remote import RemoteEvent, contacts_by_name, find_events, survey
from adm_sync.push.requests import DOCUMENTS

log = logging.getLogger("adm_sync.push")

# These are about Administrate as a whole, and not about what was asked.
AWAY = (Unreachable, Throttled, AccessRefused, SchemaChanged)


class Lookups:
    """The events and the people that Administrate had when they were first asked for.

    Args:
        client: whom to ask.
        options: the sizes of pages and lists.
        titles: gives the titles of all events that are to be created.
    """

    def __init__(
        self,
        client: AdministrateClient,
        options: PushOptions,
        titles: Callable[[], Sequence[str]],
    ) -> None:
        self._client = client
        self._sizes = options.page_size, options.max_records
        self._titles = titles
        self._lock = Lock()
        self._events: dict[str, Sequence[RemoteEvent]] | None = None
        self._people: Mapping[str, Sequence[str]] | None = None
        self._no_people: AdministrateError | None = None
        self._schema_is_known = False

    def check_schema(self) -> None:
        """Make sure, once, that the tenant's API takes what a push sends.

        A tenant that does not let its schema be read is taken at its word.

        Raises:
            SchemaChanged: it would refuse it; nothing is to be sent.
            AdministrateError: Administrate is away.
        """
        with self._lock:
            if self._schema_is_known:
                return
            try:
                broken = broken_documents(self._client, DOCUMENTS)
            except (RequestRejected, ContractBroken) as error:
                log.info("Administrate's schema cannot be read: %s", error)
                broken = []
            if broken:
                document, reason = broken[0]
                raise SchemaChanged(
                    f"Administrate's API has changed: it would refuse {document} ({reason}). "
                    "Nothing was sent. adm-sync doctor lists all that has changed; adm_sync has "
                    "to be brought up to date."
                )
            self._schema_is_known = True

    def events(self, title: str) -> Sequence[RemoteEvent]:
        """The events of this title; those of all titles are asked for together.

        Raises:
            AdministrateError: not all of them arrived.
        """
        key = normalise(title)
        with self._lock:
            if self._events is None:
                titles = self._titles()
                found = survey(self._client, titles, *self._sizes)
                self._events = {normalise(one): found.get(normalise(one), ()) for one in titles}
            if key not in self._events:
                # Recorded since then.
                self._events[key] = find_events(self._client, title, *self._sizes)
            return self._events[key]

    def people(self) -> Mapping[str, Sequence[str]]:
        """The ids of the tenant's staff by folded name.

        Raises:
            AdministrateError: not all of them arrived; it is not asked again for that.
        """
        with self._lock:
            if self._no_people is not None:
                raise self._no_people
            if self._people is None:
                try:
                    self._people = contacts_by_name(self._client, *self._sizes)
                except AWAY:
                    raise
                except AdministrateError as error:
                    self._no_people = error
                    raise
            return self._people
