"""Sending the changes of the events that were claimed together, several events in a request.

What the tenant refuses as a whole is sent again in smaller requests, down to one mutation in each,
so that one that is wrong harms no other; so is what was not answered, as it may have been too much.

What belongs here: requests, and which of them are too large. What does not: what is due of an
event (`changes`), and what travels together (`parts`).
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from adm_sync.administrate.answers import Answer
from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import steps
from adm_sync.errors import AdministrateError, OutcomeUnknown, RequestRejected
from adm_sync.push import comparing, requests
from adm_sync.push.changes import Answered, Changes
from adm_sync.push.creation import Apart
from adm_sync.push.ledger import SentRequest, Write
from adm_sync.push.options import Reached
from adm_sync.push.parts import (
    Part,
    aliases_of,
    batches,
    events_of,
    of_event,
    smaller,
    verdicts_on,
)
from adm_sync.push.remote import event_node, known_nodes
from adm_sync.push.together import Together

TRIES_AT_ONCE = 3
Data = Mapping[str, Any]


class Sending:
    """Sends what is due of events that Administrate has.

    Args:
        changes: of these events.
        client: whom to send them to.
        together: how many events travel in one request.
        reached: is told the names of crash points.
        apart: keeps them apart.
    """

    def __init__(
        self,
        changes: Sequence[Changes],
        client: AdministrateClient,
        together: Together,
        reached: Reached,
        apart: Apart,
    ) -> None:
        self._changes = {one.ledger.event.id: one for one in changes}
        self._client = client
        self._together = together
        self._reached = reached
        self._apart = apart
        self._unanswered: dict[int, OutcomeUnknown] = {}

    def run(self) -> None:
        """Send it, and note what became of it; an event whose changes cannot be sent is over.

        Raises:
            AdministrateError: Administrate is away; what was not sent is noted as still to be.
            DatabaseError: what was to be noted could not be.
        """
        for one in self._changes.values():
            with self._apart(one.ledger):
                one.approve()
        events = self._together.size
        for _ in range(TRIES_AT_ONCE):
            unanswered, self._unanswered = set(self._unanswered), {}
            self._in_requests(self._parts(unanswered), events)
            if not self._unanswered:
                return
            # It may have been too much at once.
            events = 1 if events > 1 else 0
        for event_id, error in self._unanswered.items():
            with self._apart(self._changes[event_id].ledger):
                raise error

    def _parts(self, unanswered: Collection[int]) -> list[Part]:
        """What is due; only of events that were not answered, if there are some."""
        parts: list[Part] = []
        for event_id, one in self._changes.items():
            if not one.ledger.is_over and (not unanswered or event_id in unanswered):
                with self._apart(one.ledger):
                    parts += one.parts()
        return parts

    # ------------------------------------------------------------------ how much at a time

    def _in_requests(self, parts: Sequence[Part], events: int) -> bool:
        """Send these, so many events in a request; whether none was refused as a request."""
        if not events:
            taken = [self._singly(part) for part in parts]
        else:
            taken = [self._in_one(some) for some in batches(parts, events)]
        return all(taken)

    def _in_one(self, parts: Sequence[Part]) -> bool:
        """Send these in one request; in smaller ones if that is refused."""
        parts = [part for part in parts if self._is_going(part)]
        cleared = self._cleared(parts)
        if not cleared or self._send(cleared):
            return True
        if _mutations_of(cleared) == 1:
            return False
        events = len(events_of(parts))
        if events > 1:
            taken = [self._in_one(fewer) for fewer in smaller(parts)]
        else:
            taken = [self._singly(part) for part in parts]
        if all(taken):
            self._together.were_too_many(events, "Administrate refused more")
        return all(taken)

    def _singly(self, part: Part) -> bool:
        """Send a step's mutations each in a request; it is done with the last."""
        if not self._is_going(part):
            return True
        for step, mutations in self._cleared([part]):
            *first, last = mutations
            for mutation in first:
                if not self._send([(step, (mutation,))], is_last=False):
                    return False
                if not (self._is_going(part) and self._changes[step.event_id].is_open(step)):
                    return True
            return self._send([(step, (last,))])
        return True

    def _is_going(self, part: Part) -> bool:
        """Whether nothing has gone wrong with its event so far."""
        event_id = part[0].event_id
        return event_id not in self._unanswered and not self._changes[event_id].ledger.is_over

    # ------------------------------------------------------------------ one request

    def _cleared(self, parts: Sequence[Part]) -> list[Part]:
        """These, without those that are not to be sent as Administrate is just now."""
        compared = events_of([part for part in parts if part[0].kind in comparing.KINDS])
        if not compared:
            return list(parts)
        ids = [self._changes[event_id].ledger.external_id or "" for event_id in compared]
        known = known_nodes(self._client, "event_to_change", ids)
        cleared: list[Part] = []
        for event_id in events_of(parts):
            one, own = self._changes[event_id], of_event(parts, event_id)
            if event_id not in compared:
                cleared += own
                continue
            with self._apart(one.ledger):
                external_id = one.ledger.external_id or ""
                node = known.get(external_id)
                if node is None:
                    node = event_node(self._client, "event_to_change", external_id)
                cleared += one.cleared(own, node)
        self._reached("changes compared")
        return cleared

    def _send(self, parts: Sequence[Part], *, is_last: bool = True) -> bool:
        """Send these as they are; False if that was refused as a whole."""
        sent = [step for step, _ in parts]
        events, ids = events_of(parts), [step.id for step in sent]
        ledger = self._changes[events[0]].ledger
        named = [(one.document, one.variables) for _, mutations in parts for one in mutations]
        calls = _calls(parts)
        ledger.note_sending(ids)
        self._reached("changes noted as sending")
        try:
            answer = self._client.mutate_together(named, before=ledger.verify)
        except OutcomeUnknown as error:
            self._together.took(len(events), self._client.answer_seconds)
            delay = ledger.delay(min(step.attempts for step in sent))
            ledger.unknown(ids, str(error), *self._logged(calls, None, str(error)), due_in=delay)
            self._unanswered |= dict.fromkeys(events, error)
            return True
        except RequestRejected as error:
            said, logged = str(error), self._logged(calls, None, str(error))
            if len(named) > 1:
                ledger.note(lambda c: steps.not_sent(c, ids, said, 0.0), *logged)
                return False
            if error.errors:
                ledger.fail(ids, said, *logged)
                return False
            # Not Administrate's own words: perhaps it never got there.
            ledger.retry(sent, error, *logged)
            with self._apart(ledger):
                raise
            return True
        except AdministrateError as error:
            ledger.put_off(sent, error)
            raise
        self._together.took(len(events), self._client.answer_seconds)
        self._reached("changes answered")
        if requests.lacks_parts(answer, len(named)):
            self._together.were_too_many(len(events), "not all of them were answered")
        self._note(parts, answer, self._logged(calls, answer.data), is_last=is_last)
        self._reached("changes stored")
        return True

    def _logged(
        self, calls: Mapping[int, SentRequest], data: Data | None, error: str = ""
    ) -> list[Write]:
        """The writes that add to the log what was sent of each event and answered to that."""
        return [
            self._changes[event_id].ledger.answered(
                call, data and {name: data.get(name) for name in call.variables}, error
            )
            for event_id, call in calls.items()
        ]

    def _note(
        self, parts: Sequence[Part], answer: Answer, logged: Sequence[Write], *, is_last: bool
    ) -> None:
        answered: dict[int, list[Answered]] = {event_id: [] for event_id in events_of(parts)}
        for (step, _), verdict in zip(parts, verdicts_on(parts, answer), strict=True):
            if is_last or verdict.outcome != "done":
                answered[step.event_id].append((step, verdict))
        writes = [
            partial(self._changes[event_id].write, answered=own)
            for event_id, own in answered.items()
        ]
        self._changes[next(iter(answered))].ledger.note(*writes, *logged)
        for event_id, own in answered.items():
            one = self._changes[event_id]
            with self._apart(one.ledger):
                one.were_answered(own)
            for _, verdict in own:
                if verdict.outcome == "unanswered":
                    said = f"{one.ledger.event.title}: {verdict.message}"
                    self._unanswered[event_id] = OutcomeUnknown(said)


def _mutations_of(parts: Sequence[Part]) -> int:
    return sum(len(mutations) for _, mutations in parts)


def _calls(parts: Sequence[Part]) -> dict[int, SentRequest]:
    """What is sent of each event, for the log."""
    by_alias: dict[int, dict[str, requests.Mutation]] = {}
    for (step, mutations), aliases in zip(parts, aliases_of(parts), strict=True):
        by_alias.setdefault(step.event_id, {}).update(zip(aliases, mutations, strict=True))
    return {
        event_id: SentRequest(
            "change_event",
            ", ".join(dict.fromkeys(one.document for one in mutations.values())),
            {alias: [one.document, one.variables] for alias, one in mutations.items()},
        )
        for event_id, mutations in by_alias.items()
    }
