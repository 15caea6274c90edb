"""Finding the events that a creation may have made, or that were there before it.

Asked for is what a server does not rewrite: course template, time of creation, start. A filter
that the tenant refuses is left out, and the answer is the longer for it.

What belongs here: the questions. What does not: remembering the answers (`lookups`), and judging
them (`candidates`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.in_flight import at_once
from adm_sync.administrate.paging import fetch_connection
from adm_sync.errors import RequestRejected
from adm_sync.push.candidates import Wanted
from adm_sync.push.remote import RemoteEvent, remote_event, usable_id, utc

# A filter with more values than this might be too long for somebody's taste.
VALUES_IN_ONE_REQUEST = 50
# A server may filter by local times.
ZONES_DIFFER = timedelta(days=1)
# Events further apart than this are asked for apart, so that nothing between them comes too.
LONGEST_GAP = timedelta(days=30)

Question = tuple[str, Mapping[str, Any]]
T = TypeVar("T")
Codes = Mapping[str, str]
# Every question of this module, and the one without notes for a tenant that has none.
DOCUMENTS = ("events_created", "events_of_templates", "events_starting", "events_between")


@dataclass(frozen=True, slots=True)
class Finder:
    """Asks Administrate for events.

    Args:
        client: whom to ask.
        page_size: records a page.
        max_records: a longer list is refused.
        refused: the documents that the tenant's schema is known to refuse.
    """

    client: AdministrateClient
    page_size: int
    max_records: int
    refused: frozenset[str] = frozenset()

    def codes(self, templates: Iterable[str]) -> dict[str, str]:
        """The codes of course templates as Administrate has them now, by id; none if it refuses.

        Raises:
            AdministrateError: not all of them arrived.
        """
        codes: dict[str, str] = {}
        for some in _batches(sorted(set(templates))):
            try:
                found = fetch_connection(
                    self.client,
                    "template_codes",
                    "courseTemplates",
                    lambda node: (usable_id(node), str(node.get("code") or "")),
                    page_size=self.page_size,
                    max_records=self.max_records,
                    variables={"ids": list(some)},
                )
            except RequestRejected:
                continue
            codes |= {template: code for template, code in found.records if code}
        return codes

    def made_since(
        self, wanted: Sequence[Wanted], codes: Codes, since: datetime
    ) -> list[RemoteEvent]:
        """What may have come of creations: made of their templates since then; or, if that cannot
        be asked, whatever starts with one of them.

        Raises:
            AdministrateError: not all of them arrived, so that nobody knows.
        """
        known = sorted({codes.get(one.template, "") for one in wanted})
        if all(known) and "events_created" not in self.refused:
            created = [{"codes": list(some), "since": utc(since)} for some in _batches(known)]
            with suppress(RequestRejected):
                return self._all([partial(self._fetch, "events_created", one) for one in created])
        return self._all(self._starting(wanted, codes))

    def existing(self, wanted: Sequence[Wanted], codes: Codes) -> list[RemoteEvent]:
        """The events that may be these already: by template and start, and by title.

        A database that was restored from a backup has forgotten what was created since; without
        this look it would be created again.

        Raises:
            AdministrateError: not all of them arrived.
        """
        titles = _batches(sorted({one.title for one in wanted}))
        # Those that come later in this list come with their notes.
        return self._all(
            [partial(self._of_titles, some) for some in titles] + self._starting(wanted, codes)
        )

    def _all(self, asks: Sequence[Callable[[], list[RemoteEvent]]]) -> list[RemoteEvent]:
        """What all of these give, each event once, as the last of them has it."""

        def ask(position: int) -> tuple[int, list[RemoteEvent]]:
            return position, asks[position]()

        answers = dict(at_once(ask, range(len(asks)), lambda: self.client.in_flight))
        found = {one.external_id: one for n in range(len(asks)) for one in answers[n]}
        return list(found.values())

    def _starting(
        self, wanted: Sequence[Wanted], codes: Codes
    ) -> list[Callable[[], list[RemoteEvent]]]:
        return [
            partial(self._first_taken, questions)
            for near_in_time in _without_gaps(wanted)
            for questions in _by_start(near_in_time, codes)
        ]

    def _of_titles(self, titles: Sequence[str]) -> list[RemoteEvent]:
        try:
            return self._fetch("events_by_title", {"titles": list(titles)})
        except RequestRejected:
            # A tenant that does not take a list of titles is asked for one at a time.
            return [e for t in titles for e in self._fetch("events_of_title", {"title": t})]

    def _first_taken(self, questions: Sequence[Question]) -> list[RemoteEvent]:
        """The answer to the first question that the tenant does not refuse."""
        taken = [one for one in questions if one[0] not in self.refused] or questions[-1:]
        for document, variables in taken[:-1]:
            try:
                return self._fetch(document, variables)
            except RequestRejected:
                continue
        return self._fetch(*taken[-1])

    def _fetch(self, document: str, variables: Mapping[str, Any]) -> list[RemoteEvent]:
        return fetch_connection(
            self.client,
            document,
            "events",
            remote_event,
            page_size=self.page_size,
            max_records=self.max_records,
            variables=variables,
        ).records


def _by_start(wanted: Sequence[Wanted], codes: Codes) -> Iterator[list[Question]]:
    """For some templates at a time: what to ask, and what to ask where that is refused."""
    period = {
        "from": utc(min(one.starts for one in wanted) - ZONES_DIFFER),
        "until": utc(max(one.starts for one in wanted) + ZONES_DIFFER),
    }
    whatever_starts: list[Question] = [("events_starting", period), ("events_between", period)]
    known = {codes.get(one.template) for one in wanted}
    if None in known:
        yield whatever_starts
        return
    for some in _batches(sorted(filter(None, known))):
        yield [("events_of_templates", {"codes": list(some), **period}), *whatever_starts]


def _without_gaps(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """In the order of their start, parted where there is a long time between two."""
    some: list[Wanted] = []
    for one in sorted(wanted, key=lambda one: one.starts):
        if some and one.starts - some[-1].starts > LONGEST_GAP:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), VALUES_IN_ONE_REQUEST):
        yield values[start : start + VALUES_IN_ONE_REQUEST]
