"""Approving instructors for course templates, whose lists of them are only ever replaced whole.

What belongs here: reading the lists, adding to one, making sure that it holds, and doing that once
for all events of a push. What does not: who is to be approved, and what is noted of it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import LARGEST_PAGE, fetch_connection, read_page
from adm_sync.database.locks import exclusive
from adm_sync.errors import (
    AdministrateError,
    FetchIncomplete,
    OutcomeUnknown,
    RequestRejected,
    SyncBusy,
)
from adm_sync.push import requests
from adm_sync.push.ledger import SentRequest
from adm_sync.push.remote import usable_id

TRIES = 5
SECONDS_FOR_THE_LOCK = 60.0
# A list of people comes with each.
TEMPLATES_IN_ONE_REQUEST = 25

# Gets a call, the data of its answer, and what went wrong.
Note = Callable[[SentRequest, Mapping[str, Any] | None, str], object]


class ApprovalRefused(Exception):
    """Administrate does not approve them; says why."""


class NotApprovedYet(AdministrateError):
    """They are not on the list yet; may pass."""

    transient = True


def read_approved(
    client: AdministrateClient, templates: Iterable[str], max_records: int
) -> Mapping[str, frozenset[str]] | None:
    """Whom Administrate has approved, by template, many with one request.

    Returns:
        A template that it does not tell of is not there. None if it has no such lists at all.

    Raises:
        AdministrateError: Administrate did not answer.
    """
    found: dict[str, frozenset[str]] = {}
    wanted = sorted(set(templates))
    for start in range(0, len(wanted), TEMPLATES_IN_ONE_REQUEST):
        some = wanted[start : start + TEMPLATES_IN_ONE_REQUEST]
        try:
            nodes = fetch_connection(
                client,
                "approved_of_templates",
                "courseTemplates",
                lambda node: (usable_id(node), _whole_list(node)),
                page_size=TEMPLATES_IN_ONE_REQUEST,
                max_records=max_records,
                variables={"ids": some},
            ).records
        except RequestRejected as error:
            if not error.errors:
                raise
            return None
        for template, listed in nodes:
            with suppress(ApprovalRefused):
                every = read_list(client, template) if listed is None else listed
                found[template] = frozenset(every)
    return found


def read_list(client: AdministrateClient, template: str) -> list[str]:
    """Everybody on the list of a template now.

    Raises:
        ApprovalRefused: the template has gone, or Administrate does not let the list be read.
        FetchIncomplete: not all of it arrived.
        AdministrateError: Administrate did not answer.
    """
    found: list[str] = []
    while True:
        variables = {"id": template, "first": LARGEST_PAGE, "offset": len(found)}
        try:
            node = client.query("approved_instructors", variables).get("node")
        except RequestRejected as error:
            raise _refused(error) from None
        if not node:
            raise ApprovalRefused("the course template is not there any more")
        if isinstance(node.get("approvedInstructors"), list):
            return [usable_id(one) for one in node["approvedInstructors"]]
        page = read_page(node, "approvedInstructors", usable_id)
        found += page.records
        if not page.records or (len(found) >= page.total and not page.more):
            break
    # A list that is not whole must not be written back.
    if not len(set(found)) == len(found) == page.total:
        raise FetchIncomplete(
            f"The approved instructors of the course template {template} did not all arrive."
        )
    return found


def _whole_list(node: Mapping[str, Any]) -> list[str] | None:
    """The list that came with a template; None if it is not all there."""
    given = node.get("approvedInstructors")
    if isinstance(given, list):
        return [usable_id(one) for one in given]
    page = read_page(node, "approvedInstructors", usable_id)
    return None if page.more or len(page.records) != page.total else page.records


def _refused(error: RequestRejected) -> Exception:
    """Without Administrate's own words it perhaps never got there."""
    return ApprovalRefused("; ".join(error.errors)) if error.errors else error


@dataclass(frozen=True, slots=True)
class Approver:
    """Adds to the lists of one tenant; one process of ours at a time for each template."""

    engine: sa.Engine
    client: AdministrateClient

    def approve(
        self, template: str, contacts: Collection[str], note: Note = lambda *_: None
    ) -> list[str]:
        """Make sure that these are approved; whoever else is on the list stays there.

        Args:
            template: whose list it is.
            contacts: who are to be on it.
            note: is told of every list that was sent.

        Returns:
            The contacts that were added.

        Raises:
            ApprovalRefused: by Administrate.
            AdministrateError: they are not approved yet; it may be done again.
        """
        try:
            with exclusive(self.engine, f"approve {template}", SECONDS_FOR_THE_LOCK) as lock:
                return self._until_they_are_there(template, contacts, lock.verify, note)
        except SyncBusy as error:
            raise NotApprovedYet(str(error)) from None

    def _until_they_are_there(
        self, template: str, contacts: Collection[str], verify: Callable[[], None], note: Note
    ) -> list[str]:
        added: dict[str, None] = {}
        for left in reversed(range(TRIES + 1)):
            there = read_list(self.client, template)
            missing = [one for one in dict.fromkeys(contacts) if one not in there]
            if not missing:
                return list(added)
            if left:
                added |= dict.fromkeys(missing)
                self._write(template, [*there, *missing], verify, note)
        raise NotApprovedYet(
            f"The approved instructors of the course template {template} were written {TRIES} "
            "times, and Administrate's list still lacks some of them. Somebody else may be "
            "replacing it, or it may show them late."
        )

    def _write(
        self, template: str, contacts: list[str], verify: Callable[[], None], note: Note
    ) -> None:
        """Replace the list; whether that was done, reading it again tells."""
        variables = {"courseTemplateId": template, "input": {"approvedInstructors": contacts}}
        call = SentRequest("approve_instructors", "approve_instructors", variables)
        try:
            answer = self.client.mutate("approve_instructors", variables, before=verify)
        except OutcomeUnknown as error:
            note(call, None, str(error))
            return
        except RequestRejected as error:
            note(call, None, str(error))
            raise _refused(error) from None
        note(call, answer.data, "")
        remarks = requests.approval_remarks(answer)
        if remarks and not set(contacts) <= set(read_list(self.client, template)):
            raise ApprovalRefused(remarks)


@dataclass(slots=True)
class Approvals:
    """What one push has approved, once for all its events.

    Args:
        approver: of the tenant.
        waiting: gives, by template, everybody whom events of this push wait for.
        raise_if_away: raises an error again that would come of any other question too.
    """

    approver: Approver
    waiting: Callable[[], Mapping[str, Collection[str]]]
    raise_if_away: Callable[[AdministrateError], None]
    _lock: Lock = field(default_factory=Lock)
    _approved: dict[str, set[str]] = field(default_factory=dict)
    _refused: dict[tuple[str, frozenset[str]], ApprovalRefused] = field(default_factory=dict)

    def make_sure(self, template: str, contacts: Collection[str], note: Note) -> None:
        """Have these approved: together with all others; if that is refused, by themselves.

        Raises:
            ApprovalRefused: by Administrate.
            NotApprovedYet: this time it failed for this template.
            AdministrateError: Administrate is away.
        """
        own = frozenset(contacts)
        with self._lock:
            known = self._approved.setdefault(template, set())
            if own <= known:
                return
            everybody = own | frozenset(self.waiting().get(template, ()))
            try:
                self._once(template, everybody, note)
                known |= everybody
            except ApprovalRefused:
                self._once(template, own, note)
                known |= own

    def _once(self, template: str, contacts: frozenset[str], note: Note) -> None:
        if (template, contacts) in self._refused:
            raise self._refused[template, contacts]
        try:
            self.approver.approve(template, sorted(contacts), note)
        except ApprovalRefused as error:
            self._refused[template, contacts] = error
            raise
        except AdministrateError as error:
            self.raise_if_away(error)
            raise NotApprovedYet(str(error)) from None
