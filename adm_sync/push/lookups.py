"""What one push asks Administrate for, as far as it can once for all its events.

What belongs here: remembering the answers for all threads, and telling an event that cannot be
looked up from an Administrate that is away. What does not: the questions themselves (`finding`,
`remote`), and what follows from the answers.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from threading import Lock

from graphql import GraphQLSchema

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.contract import broken_in, read_schema
from adm_sync.administrate.doings import doing
from adm_sync.database.alerts import WHAT_IS_SENT
from adm_sync.errors import (
    AccessRefused,
    AdministrateError,
    ContractBroken,
    RequestRejected,
    SchemaChanged,
    Throttled,
    Unreachable,
)
from adm_sync.push import finding
from adm_sync.push.candidates import Wanted, loose
from adm_sync.push.finding import Finder
from adm_sync.push.marks import MarkPlace, place_for
from adm_sync.push.options import PushOptions
from adm_sync.push.remote import RemoteEvent, contacts_by_name, events_by_id
from adm_sync.push.requests import DOCUMENTS

log = logging.getLogger("adm_sync.push")

# These are about Administrate as a whole, and not about what was asked.
AWAY = (Unreachable, Throttled, AccessRefused, SchemaChanged)


class LookUpFailed(AdministrateError):
    """What Administrate has of one event could not be read, though it answers otherwise."""

    transient = True


class Lookups:
    """The events and the people that Administrate had when they were first asked for.

    Args:
        client: whom to ask.
        options: the sizes of pages and lists, and whether creations carry a mark.
        due: gives all events that are to be created and were never sent.
        mark_field: gives the key of the tenant's custom field for marks, if it has one.
    """

    def __init__(
        self,
        client: AdministrateClient,
        options: PushOptions,
        due: Callable[[], Sequence[Wanted]],
        mark_field: Callable[[], str | None],
    ) -> None:
        self._client = client
        self._marks = options.mark
        self._due = due
        self._mark_field = mark_field
        self._lock = Lock()
        self._finder = Finder(client, options.page_size, options.max_records)
        self._schema: GraphQLSchema | None = None
        self._schema_is_known = False
        self._codes: dict[str, str] = {}
        self._asked: set[str] = set()
        self._surveyed: dict[tuple[str, str], Sequence[RemoteEvent]] | None = None
        self._places: dict[str, MarkPlace | None] = {}
        self._people: Mapping[str, Sequence[str]] | None = None
        self._no_people: AdministrateError | None = None

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
                self._schema = read_schema(self._client)
            except (RequestRejected, ContractBroken) as error:
                log.info("Administrate's schema cannot be read: %s", error)
            if self._schema is not None:
                self._check(self._schema)
                refused = {name for name, _ in broken_in(self._schema, finding.DOCUMENTS)}
                self._finder = replace(self._finder, refused=frozenset(refused))
            self._schema_is_known = True

    def _check(self, schema: GraphQLSchema) -> None:
        broken = broken_in(schema, DOCUMENTS)
        if not broken:
            self._client.heard(WHAT_IS_SENT, None)
            return
        document, reason = broken[0]
        error = SchemaChanged(
            f"Administrate's API has changed. {doing(document)} would be refused there ({reason}). "
            "Nothing was sent. adm-sync doctor lists all that has changed; adm_sync has to be "
            "brought up to date."
        )
        self._client.heard(WHAT_IS_SENT, error)
        raise error

    def place(self, document: str) -> MarkPlace | None:
        """Where a creation through this document carries its mark, if it can carry one."""
        with self._lock:
            if document not in self._places:
                field = self._mark_field() if self._marks else None
                found = place_for(document, field, self._schema) if self._marks else None
                self._places[document] = found
            return self._places[document]

    def existing(self, wanted: Wanted) -> Sequence[RemoteEvent]:
        """The events that may be this one, as they were before anything was created.

        Those of all events that are to be created are asked for together.

        Raises:
            LookUpFailed: for this event Administrate does not say.
            AdministrateError: Administrate is away.
        """
        with self._lock:
            if self._surveyed is None:
                self._surveyed = self._survey()
            known = self._surveyed.get(_key(wanted))
        if known is not None:
            return known
        # Recorded since then, or what was asked for together did not arrive.
        return self._told(lambda: self._finder.existing([wanted], self._codes_of([wanted])))

    def made_since(self, wanted: Sequence[Wanted], since: datetime) -> Sequence[RemoteEvent]:
        """The events that these creations may have made, as they are now.

        Raises:
            LookUpFailed: for these events Administrate does not say.
            AdministrateError: Administrate is away.
        """
        return self._told(lambda: self._finder.made_since(wanted, self._codes_of(wanted), since))

    def of_ids(self, ids: Sequence[str]) -> Sequence[RemoteEvent]:
        """Those of these events that are there, with their sessions.

        Raises:
            LookUpFailed: for these events Administrate does not say.
            AdministrateError: Administrate is away.
        """
        return self._told(lambda: list(events_by_id(self._client, ids).values()))

    def _survey(self) -> dict[tuple[str, str], Sequence[RemoteEvent]]:
        due = self._due()
        try:
            found = self._finder.existing(due, self._codes_of(due)) if due else []
        except AdministrateError as error:
            self.raise_if_away(error)
            log.info("Looking up all events together failed, so each is looked up: %s", error)
            return {}
        by_template: dict[str | None, list[RemoteEvent]] = {}
        for one in found:
            by_template.setdefault(one.template, []).append(one)
        return {_key(one): by_template.get(one.template, ()) for one in due}

    def _codes_of(self, wanted: Sequence[Wanted]) -> Mapping[str, str]:
        new = {one.template for one in wanted} - self._asked
        if new:
            self._codes |= self._finder.codes(new)
            self._asked |= new
        return self._codes

    def _told(self, ask: Callable[[], list[RemoteEvent]]) -> list[RemoteEvent]:
        try:
            return ask()
        except AdministrateError as error:
            self.raise_if_away(error)
            raise LookUpFailed(str(error)) from None

    def raise_if_away(self, error: AdministrateError) -> None:
        """Raise an error again that would come of any other question too."""
        if isinstance(error, Unreachable):
            # Refused is answered too.
            with suppress(RequestRejected):
                self._client.query("hello")
        elif isinstance(error, AWAY):
            raise error

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
                    self._people = contacts_by_name(
                        self._client, self._finder.page_size, self._finder.max_records
                    )
                except AWAY:
                    raise
                except AdministrateError as error:
                    self._no_people = error
                    raise
            return self._people


def _key(wanted: Wanted) -> tuple[str, str]:
    return wanted.template, loose(wanted.title)
