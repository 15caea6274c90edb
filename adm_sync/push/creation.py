"""Creating events, each of them once, several in one request.

Administrate has no idempotency key. So a creation carries a mark that is noted before it is sent,
and one that was not answered is looked up until its absence can be believed, before it is sent
again (`searching`). By their marks those that travelled together are told apart when their answer
is lost; where no mark can be had each travels by itself.

What belongs here: from steps to requests, and what the answers mean for each. What does not:
looking for events (`searching`), noting what they are (`storing`), and their changes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from adm_sync.administrate.answers import Answer
from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import steps
from adm_sync.database.states import StepState
from adm_sync.errors import AdministrateError, OutcomeUnknown, RequestRejected, Unreachable
from adm_sync.push import requests
from adm_sync.push.ledger import Ledger, SentRequest, Write
from adm_sync.push.lookups import LookUpFailed, Lookups
from adm_sync.push.marks import marked, new_mark
from adm_sync.push.options import PushOptions, Reached
from adm_sync.push.remote import remote_event
from adm_sync.push.searching import ONCE_MORE, Events, Search
from adm_sync.push.storing import Recognised, store
from adm_sync.push.together import Together

# Keeps what goes wrong with one event from the others; what concerns all of them comes out.
Apart = Callable[[Ledger], AbstractContextManager[None]]


class Creation:
    """The creation of one event; `created`, `adopted` and `warnings` say what became of it.

    `mark` is what its event is known by, None if there is no place for one. `is_out` says that its
    request may have left, `is_turned_away` that it was answered, by a status and not by an event.
    """

    def __init__(
        self, ledger: Ledger, client: AdministrateClient, options: PushOptions, lookups: Lookups
    ) -> None:
        self.ledger = ledger
        self.search = Search(ledger, client, options, lookups)
        self.made: Recognised | None = None
        self.mark: str | None = None
        self.is_out = self.is_turned_away = False
        self.is_rejected = False
        self.said: list[str] = []
        self._options = options
        self._lookups = lookups

    @property
    def created(self) -> bool:
        """Whether the event was made just now."""
        return self.made is not None and self.made.is_stored

    @property
    def adopted(self) -> bool:
        """Whether it was there already."""
        return self.search.found is not None and self.search.found.is_stored

    @property
    def warnings(self) -> list[str]:
        """What a person should know of it."""
        found = [one for one in (self.search.found, self.made) if one is not None]
        return [*self.search.warnings, *self.said, *(w for one in found for w in one.warnings)]

    def take_up(self) -> bool:
        """Read the step; whether anything is to be done.

        If whoever was sending it is gone, nobody knows whether it arrived.
        """
        self.step = self.ledger.creation()
        if self.ledger.external_id is None and self.step.state == StepState.SENDING:
            message = "Its process ended while it was being sent."
            self.ledger.unknown([self.step.id], message, look_ups=0)
            self.step = self.ledger.creation()
        return self.step.state in steps.OPEN or self.has_a_question()

    def has_a_question(self) -> bool:
        """Whether Administrate has to be asked what came of its sending."""
        if self.ledger.external_id is not None:
            return self.search.is_to_be_looked_at_again(self.step)
        was_sent = self.step.state == StepState.UNKNOWN or self.step.sent_at is not None
        return was_sent and self.step.state in steps.OPEN

    def is_to_be_sent(self, made: Events | None) -> bool:
        """Look for the event; whether it is to be made. Whatever else follows is noted.

        Args:
            made: what Administrate answered to the questions of several together, if it did.
        """
        if self.ledger.external_id is not None:
            self.search.look_again(self.step, made)
            return False
        return self.search.may_be_sent(self.step, made)

    def prepare(self) -> None:
        """Put together what is sent, with its mark if there is a place for one."""
        document, _ = requests.CREATIONS[self.mode]
        given = dict(self.step.input["input"])
        if self._options.tax_type_id:
            given["taxType"] = self._options.tax_type_id
        place = self._lookups.place(document)
        self.mark = (self.step.mark or new_mark()) if place else None
        if place and self.mark:
            given = marked(given, self.mark, place)
        self.call = SentRequest("create_event", document, {"input": given})

    @property
    def mode(self) -> str:
        """How the event is held, which decides its mutation."""
        return self.ledger.event.learning_mode


@dataclass(slots=True)
class Creations:
    """The creations of the events that were claimed together.

    Args:
        creations: of these events.
        client: whom to send them to.
        lookups: whom to ask what became of them.
        together: how many travel in one request.
        reached: is told the names of crash points.
        apart: keeps them apart.
        failed: is told of each request that was not answered.
    """

    _creations: Sequence[Creation]
    _client: AdministrateClient
    _lookups: Lookups
    _together: Together
    _reached: Reached
    _apart: Apart
    _failed: Callable[[AdministrateError], object]
    _unanswered: list[tuple[Creation, OutcomeUnknown]] = field(default_factory=list)

    def run(self) -> None:
        """Create the events, or find them; afterwards their ledgers may have Administrate ids.

        What could not be done for an event is noted, and its ledger is over.

        Raises:
            AdministrateError: Administrate is away; what was not sent is noted as still to be.
            DatabaseError: what was to be noted could not be.
        """
        self._send_all(self._to_be_sent(self._creations))
        if self._unanswered:
            # Administrate often has them all the same: look at once, and once for all of them.
            unanswered = [creation for creation, _ in self._unanswered]
            self._unanswered.clear()
            self._send_all(self._to_be_sent(unanswered))
        for creation, error in self._unanswered:
            with self._apart(creation.ledger):
                raise error

    # ------------------------------------------------------------------ looking

    def _to_be_sent(self, creations: Sequence[Creation]) -> list[Creation]:
        taken = self._those(creations, Creation.take_up)
        made = self._made(taken)
        return self._those(taken, lambda one: one.is_to_be_sent(made))

    def _made(self, creations: Sequence[Creation]) -> Events | None:
        """What has come of all that were sent before; None if each has to ask for itself."""
        asked = [one.search.question(one.step) for one in creations if one.has_a_question()]
        if len(asked) < 2:
            return None
        since = min(since for _, since in asked)
        try:
            return self._lookups.made_since([wanted for wanted, _ in asked], since)
        except LookUpFailed:
            return None

    def _those(
        self, creations: Sequence[Creation], hold: Callable[[Creation], bool]
    ) -> list[Creation]:
        """Those of which it holds; what goes wrong with one does not concern the others."""
        found = []
        for one in creations:
            with self._apart(one.ledger):
                if hold(one):
                    found.append(one)
        return found

    # ------------------------------------------------------------------ sending

    def _send_all(self, creations: Sequence[Creation]) -> None:
        for one in creations:
            one.prepare()
        for some in self._batches(creations):
            self._send(some)

    def _batches(self, creations: Sequence[Creation]) -> Iterator[Sequence[Creation]]:
        for one in creations:
            if one.mark is None:
                yield [one]
        marked_ones = [one for one in creations if one.mark is not None]
        while marked_ones:
            size = max(self._together.size, 1)
            yield marked_ones[:size]
            marked_ones = marked_ones[size:]

    def _send(self, some: Sequence[Creation]) -> None:
        """Send these in one request; if it is refused for several, in smaller ones."""
        ledger, ids = some[0].ledger, [one.step.id for one in some]
        ledger.note_sending(ids, [one.mark for one in some])
        self._reached("creation noted as sending")
        try:
            answer = self._ask(some)
        except OutcomeUnknown as error:
            self._together.took(len(some), self._client.answer_seconds)
            self._were_lost(some, error)
            return
        except RequestRejected as error:
            (self._all_rejected if len(some) > 1 else self._rejected)(some, error)
            return
        except AdministrateError as error:
            # No status proves that nothing was done; a connection that was refused does.
            first = some[0]
            is_out = first.is_turned_away or (first.is_out and not isinstance(error, Unreachable))
            ledger.put_off([one.step for one in some], error, certainly=not is_out)
            raise
        self._together.took(len(some), self._client.answer_seconds)
        self._reached("creation answered")
        if len(some) > 1 and requests.lacks_parts(answer, len(some)):
            self._together.were_too_many(len(some), "not all of them were answered")
        self._note(some, [requests.part(answer, n, len(some), "event") for n in range(len(some))])

    def _ask(self, some: Sequence[Creation]) -> Answer:
        first, parts = some[0], [(o.call.document, o.call.variables) for o in some]
        first.is_out = first.is_turned_away = False

        def leaves() -> None:
            first.ledger.verify()
            first.is_out = True

        def again() -> None:
            if first.is_out:
                first.is_turned_away = True
                self._look_before_it_is_sent_again(some)

        if len(parts) == 1:
            return self._client.mutate(*parts[0], before=leaves, again=again)
        return self._client.mutate_together(parts, before=leaves, again=again)

    def _look_before_it_is_sent_again(self, some: Sequence[Creation]) -> None:
        """Administrate answered that it did not do this, which proves nothing.

        Raises:
            OutcomeUnknown: something may be there all the same.
            AdministrateError: Administrate is away.
        """
        try:
            is_there = self._are_some_there(some)
        except LookUpFailed:
            is_there = True
        if is_there:
            raise OutcomeUnknown(
                "Administrate answered that it was not done, and may have done it."
            )
        ids = [one.step.id for one in some]
        some[0].ledger.note(lambda c: steps.look_again_later(c, ids, ONCE_MORE))

    def _all_rejected(self, some: Sequence[Creation], error: RequestRejected) -> None:
        """Several were too much for Administrate, or one of them is wrong.

        Only what it says of the document itself leaves no doubt that nothing of it was done. Then
        fewer are sent at once, and looked for again an hour and a day later all the same.
        """
        half, reason = len(some) // 2, f"Administrate refused more: {error}"
        if not error.never_began or self._were_some_made(some):
            self._together.were_too_many(len(some), reason)
            self._were_lost(some, OutcomeUnknown(str(error)))
            return
        for fewer in (some[:half], some[half:]):
            self._send(fewer)
        if not any(one.is_rejected for one in some):
            self._together.were_too_many(len(some), reason)

    def _rejected(self, some: Sequence[Creation], error: RequestRejected) -> None:
        """Administrate does not want this one, or so it says: it may have made it all the same."""
        (one,) = some
        one.is_rejected = True
        ledger, said = one.ledger, str(error)
        write = ledger.answered(one.call, None, said)
        with self._apart(ledger):
            if not error.errors:
                # Not Administrate's own words: perhaps it never got there.
                ledger.retry([one.step], error, write)
                raise error
            ledger.note(_unknown(one, said), write)
            one.step = ledger.creation()
            if not one.search.is_there(one.step):
                absent = f"{said} Administrate did not have it when it was looked up then."
                ledger.fail([one.step.id], absent)

    def _were_some_made(self, some: Sequence[Creation]) -> bool:
        """Whether some of these are there although all were refused, or nobody can tell.

        They are about to be sent again, and a server may have begun before it found it too much.
        """
        try:
            return self._are_some_there(some)
        except AdministrateError:
            return True

    def _are_some_there(self, some: Sequence[Creation]) -> bool:
        sent = [(one, one.ledger.creation()) for one in some]
        asked = [one.search.question(step) for one, step in sent]
        made = self._lookups.made_since([one for one, _ in asked], min(s for _, s in asked))
        return any(one.search.is_among(step, made) for one, step in sent)

    def _were_lost(self, some: Sequence[Creation], error: OutcomeUnknown) -> None:
        """Nobody knows what became of any of them."""
        ledger, said = some[0].ledger, str(error)
        calls = [one.ledger.answered(one.call, None, said) for one in some]
        ledger.unknown([one.step.id for one in some], said, *calls, look_ups=0)
        self._were_not_answered([(one, error) for one in some])

    def _were_not_answered(self, some: Sequence[tuple[Creation, OutcomeUnknown]]) -> None:
        """Those of one request, which count as one failure."""
        for _, error in some[:1]:
            self._failed(error)
        self._unanswered += some

    # ------------------------------------------------------------------ what the answer means

    def _note(self, some: Sequence[Creation], answers: Sequence[Answer]) -> None:
        """Note what became of each of them, all at once, before anything else happens."""
        nodes = [requests.created_node(a, one.mode) for one, a in zip(some, answers, strict=True)]
        times = Counter(node["id"] for node in nodes if node is not None)
        found: list[Recognised] = []
        writes: list[Write] = []
        unanswered: list[tuple[Creation, OutcomeUnknown]] = []
        for one, answer, node in zip(some, answers, nodes, strict=True):
            ledger, verdict = one.ledger, requests.creation_verdict(answer, one.mode)
            said, error = verdict.message, ""
            if node is not None and times[node["id"]] == 1:
                one.made = Recognised(ledger, one.step, remote_event(node), said)
                found.append(one.made)
                if said:
                    one.said.append(f"{ledger.event.title}: created, with a warning: {said}.")
            elif node is None and verdict.outcome == "refused":
                writes.append(_refused(one, f"Administrate refused it: {said}."))
            else:
                error = said if node is None else f"Several were answered with one id, {node['id']}"
                writes.append(_unknown(one, error))
                unanswered.append((one, OutcomeUnknown(f"{ledger.event.title}: {error}")))
            writes.append(ledger.answered(one.call, answer.data, error))
        store(some[0].ledger, found, *writes)
        if any(one.is_stored for one in found):
            self._reached("event id stored")
        self._were_not_answered(unanswered)


def _refused(one: Creation, message: str) -> Write:
    """It certainly was not made, so that it need not be looked for."""
    ids = [one.step.id]
    return lambda c: steps.set_state(c, ids, StepState.FAILED, message, sent_at=None)


def _unknown(one: Creation, message: str) -> Write:
    ids = [one.step.id]
    return lambda c: steps.set_state(c, ids, StepState.UNKNOWN, message, look_ups=0)
