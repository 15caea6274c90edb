"""Creating one event, once.

Administrate has no idempotency key. So a creation carries a mark that is noted before it is sent;
one that was not answered is looked up until its absence can be believed, before it is sent again;
and one that was sent again is looked at again, long after it is done.

What belongs here: from a step to an Administrate id. What does not: finding events (`finding`),
judging them (`candidates`), and the event's changes.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import remote_ids, steps
from adm_sync.database.recorded import RecordedEvent, Step
from adm_sync.database.states import LifecycleState, StepState
from adm_sync.errors import AdministrateError, OutcomeUnknown, RequestRejected
from adm_sync.names.keys import normalise
from adm_sync.push import candidates, requests
from adm_sync.push.candidates import Judged, Wanted, loose
from adm_sync.push.ledger import Ledger, SentRequest, Write
from adm_sync.push.likeness import instant
from adm_sync.push.lookups import AWAY, LookUpFailed, Lookups
from adm_sync.push.marks import marked, new_mark
from adm_sync.push.options import PushOptions
from adm_sync.push.remote import RemoteEvent, remote_event
from adm_sync.push.slots import assign

# By how much a clock may be wrong although its difference is known.
CLOCKS_DIFFER = timedelta(minutes=2)
# A server may filter by local times, whatever it is asked for.
ZONES_DIFFER = timedelta(days=1)
# How long after it could not be looked at again that is tried once more.
ONCE_MORE = 3600.0
REOPEN = "then run adm-sync push --reopen."
Reached = Callable[[str], object]


class Creation:
    """The creation of an event; `created`, `adopted` and `warnings` say what became of it."""

    def __init__(
        self,
        ledger: Ledger,
        client: AdministrateClient,
        options: PushOptions,
        reached: Reached,
        lookups: Lookups,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._options = options
        self._reached = reached
        self._lookups = lookups
        self.created = False
        self.adopted = False
        self.warnings: list[str] = []

    def run(self) -> None:
        """Create the event, or find it; afterwards the ledger may have its Administrate id.

        Raises:
            OutcomeUnknown: it was sent and not answered; it is noted so.
            LookUpFailed: what Administrate has of it cannot be read; it is noted so.
            AdministrateError: it was not sent, and is noted as still to be.
            DatabaseError: what was to be noted could not be.
        """
        step = self._ledger.creation()
        if self._ledger.external_id is not None:
            self._look_again(step)
            return
        if step.state == StepState.SENDING:
            # Whoever was sending it is gone, and nobody knows whether it arrived.
            self._unknown(step, "Its process ended while it was being sent.")
            step = self._ledger.creation()
        if step.state in steps.OPEN and self._may_be_sent(step):
            self._send(step)

    def _may_be_sent(self, step: Step) -> bool:
        # One that was to be sent again and could not be has been sent before all the same.
        if step.state == StepState.UNKNOWN or step.sent_at is not None:
            return self._may_be_sent_again(step)
        existing = self._look(step, lambda: self._lookups.existing(self._wanted(step)))
        return not self._settled_by(step, existing)

    def _may_be_sent_again(self, step: Step) -> bool:
        """Look for the event that may have been made; absence is believed slowly."""
        if self._settled_by(step, self._made(step)):
            return False
        wait = self._until_next_look_up(step)
        if wait is not None:
            self._unknown(
                step,
                "It was sent and not answered. Administrate does not have it now; it is looked up "
                f"again in {wait:.0f} s.",
                due_in=wait,
                look_ups=step.look_ups + 1,
            )
            return False
        if step.attempts >= self._options.attempts:
            times = "once" if step.attempts == 1 else f"{step.attempts} times"
            message = (
                f"Tried {times} without an answer, and Administrate does not have it. When "
                f"Administrate is well, run adm-sync push --reopen."
            )
            self._ledger.fail([step.id], message)
            return False
        return True

    def _until_next_look_up(self, step: Step) -> float | None:
        """Seconds from now; None if the last look-up was the one to be believed."""
        times = self._options.look_ups
        sent: datetime = step.sent_at or step.due_at
        since = (self._ledger.clock() - sent).total_seconds()
        later = [time - since for time in times if time > since]
        if later:
            return later[0]
        # One look is none: what was sent long ago may have been waiting until just now.
        return None if step.look_ups else times[0]

    # ------------------------------------------------------------------ looking

    def _wanted(self, step: Step) -> Wanted:
        event, given = self._ledger.event, step.input["input"]
        # The event may have been moved since; a second one that came of its creation was not.
        local = given.get("classroomStartDateTime") or given.get("lmsStartDateTime")
        starts = instant(local, given.get("timeZoneName")) or event.starts_at
        sent = None if step.sent_at is None else self._sent_by_their_clock(step) - CLOCKS_DIFFER
        return Wanted(event.template_external_id, event.title, starts, step.mark, sent)

    def _made(self, step: Step) -> Sequence[RemoteEvent]:
        since = self._sent_by_their_clock(step) - ZONES_DIFFER
        return self._look(step, lambda: self._lookups.made_since(self._wanted(step), since))

    def _look(self, step: Step, ask: Callable[[], Sequence[RemoteEvent]]) -> Sequence[RemoteEvent]:
        try:
            return ask()
        except AWAY:
            raise
        except LookUpFailed as error:
            self._ledger.could_not_look(step, error)
            raise

    def _sent_by_their_clock(self, step: Step) -> datetime:
        """When the creation was first sent, by Administrate's clock."""
        sent: datetime = step.first_sent_at or step.sent_at or self._ledger.event.recorded_at
        theirs = datetime.now(UTC) + timedelta(seconds=self._client.clock_difference)
        return sent + (theirs - self._ledger.clock())

    def _of_others(self, wanted: Wanted, found: Sequence[RemoteEvent]) -> frozenset[str]:
        alike = [one for one in found if candidates.is_alike(wanted, one)]
        return self._ledger.of_others(
            {
                one.external_id: ({normalise(one.title), loose(one.title)}, one.marks)
                for one in alike
                if not candidates.is_surely(wanted, one)
            }
        )

    def _settled_by(self, step: Step, found: Sequence[RemoteEvent]) -> bool:
        """Whether one of these is ours: then it is adopted, or a person has to decide."""
        wanted = self._wanted(step)
        judged = candidates.judge(wanted, found, self._of_others(wanted, found))
        if judged.verdict == "absent":
            return False
        if judged.verdict == "ours":
            self._adopt(step, judged.events[0])
        elif judged.verdict == "doubled":
            self._doubled(step, judged.events)
        else:
            self._ledger.fail([step.id], f"{judged.sentence} {_advice(judged)}")
        return True

    def _doubled(
        self, step: Step, events: Sequence[RemoteEvent], linked: str | None = None
    ) -> None:
        """Two of one event: these and, if one is linked already, that one."""
        there = candidates.many(self._wanted(step), events, beside=linked)
        message = (
            f"{there} Delete what is too many there (adm-sync reconcile --remove-doubles "
            f"proposes what), {REOPEN}"
        )
        ids = [*filter(None, [linked]), *(one.external_id for one in events)]
        self._ledger.doubled(step, ids, message)

    def _look_again(self, step: Step) -> None:
        """Its id is known: has another one appeared since?

        A creation whose first sending was carried out after its second is one event too many.
        """
        is_due = step.look_again_at is not None and step.look_again_at <= self._ledger.clock()
        if step.state not in steps.OPEN and not (step.state == StepState.DONE and is_due):
            return
        try:
            found = self._made(step)
        except LookUpFailed:
            if step.state == StepState.DONE:
                self._ledger.note(lambda c: steps.look_again_later(c, step.id, ONCE_MORE))
            raise
        own_id = self._ledger.external_id or ""
        wanted = self._wanted(step)
        twins = candidates.twins(wanted, own_id, found, self._of_others(wanted, found))
        if twins:
            self._doubled(step, twins, linked=own_id)
            return
        settled = step.state == StepState.DONE
        self._ledger.note(
            lambda c: None if settled else steps.set_state(c, [step.id], StepState.DONE),
            lambda c: remote_ids.note_doubled(c, self._ledger.event.id),
            lambda c: steps.look_again_later(c, step.id),
        )

    def _adopt(self, step: Step, remote: RemoteEvent) -> None:
        is_other_title = normalise(remote.title) != normalise(self._ledger.event.title)
        called = f", called «{remote.title}»" if is_other_title else ""
        state = "" if remote.state in {"", LifecycleState.DRAFT} else f", as {remote.state}"
        message = f"It was in Administrate already{called}{state}, and was adopted."
        if called or state:
            self.warnings.append(f"{self._ledger.event.title}: {message}")
        wanted = self._wanted(step)
        is_own = candidates.is_marked(wanted, remote) or candidates.is_made_since(wanted, remote)
        self.adopted = self._store(step, remote, message, adopted=not is_own)

    def _send(self, step: Step) -> None:
        mode = self._ledger.event.learning_mode
        document, _ = requests.CREATIONS[mode]
        given = dict(step.input["input"])
        if self._options.tax_type_id:
            given["taxType"] = self._options.tax_type_id
        place = self._lookups.place(document)
        mark = step.mark or (new_mark() if place else None)
        if place and mark:
            given = marked(given, mark, place)
        self._ledger.note_sending([step.id], mark)
        self._reached("creation noted as sending")
        call = SentRequest("create_event", document, {"input": given})
        try:
            answer = self._client.mutate(document, call.variables, before=self._ledger.verify)
        except OutcomeUnknown as error:
            self._unknown(step, str(error), call=call)
            raise
        except RequestRejected as error:
            write = self._ledger.answered(call, None, str(error))
            if not error.errors:
                # Not Administrate's own words: perhaps it never got there.
                self._ledger.retry([step], error, write)
                raise
            self._refused(step, str(error), write)
            return
        except AdministrateError as error:
            self._ledger.put_off([step], error)
            raise
        self._reached("creation answered")
        node, verdict = requests.created_node(answer, mode), requests.creation_verdict(answer, mode)
        if node is not None:
            self._store_new(step, node, verdict.message, self._ledger.answered(call, answer.data))
        elif verdict.outcome == "refused":
            message = f"Administrate refused it: {verdict.message}."
            self._refused(step, message, self._ledger.answered(call, answer.data))
        else:
            self._unknown(step, verdict.message, call=call)
            raise OutcomeUnknown(f"{self._ledger.event.title}: {verdict.message}")

    def _refused(self, step: Step, message: str, write: Write) -> None:
        """It certainly was not made, so that it need not be looked for."""
        self._ledger.note(
            lambda c: steps.set_state(c, [step.id], StepState.FAILED, message, sent_at=None), write
        )

    def _store_new(self, step: Step, node: Any, message: str, write: Write) -> None:
        if message:
            self.warnings.append(f"{self._ledger.event.title}: created, with a warning: {message}.")
        self.created = self._store(step, remote_event(node), message, write)

    def _store(
        self,
        step: Step,
        remote: RemoteEvent,
        message: str,
        *writes: Write,
        adopted: bool = False,
    ) -> bool:
        """The event's id is known: it is noted before anything else happens.

        Returns:
            False if it belongs to another event here; then a person decides.
        """
        ledger, external_id, now = self._ledger, remote.external_id, datetime.now(UTC)
        if ledger.is_linked_elsewhere(external_id):
            taken = (
                f"Administrate has this event ({external_id}), but here that belongs to another "
                f"event. Mend that, {REOPEN}"
            )
            ledger.fail([step.id], taken, *writes)
            return False
        warnings: list[str] = []

        def store(connection: sa.Connection) -> None:
            warnings.clear()  # a transaction that was lost is repeated
            remote_ids.store_event_id(
                connection, ledger.event, external_id, adopted=adopted, now=now
            )
            steps.set_state(connection, [step.id], StepState.DONE, message)
            warnings.extend(assign_sessions(connection, ledger.event, step, remote))

        ledger.note(store, *writes)
        ledger.external_id = external_id
        self.warnings += warnings
        if len(external_id) > remote_ids.LONGEST_BRIDGE_ID:
            self.warnings.append(
                f"{ledger.event.title}: its Administrate id is longer than adm.events can hold, "
                "and stands only in adm_sync.events."
            )
        self._reached("event id stored")
        return True

    def _unknown(
        self,
        step: Step,
        message: str,
        *,
        due_in: float = 0.0,
        look_ups: int = 0,
        call: SentRequest | None = None,
    ) -> None:
        writes = [self._ledger.answered(call, None, message)] if call else []
        self._ledger.note(
            lambda c: steps.set_state(
                c, [step.id], StepState.UNKNOWN, message, due_in=due_in, look_ups=look_ups
            ),
            *writes,
        )


def assign_sessions(
    connection: sa.Connection, event: RecordedEvent, step: Step, remote: RemoteEvent
) -> list[str]:
    """Note which session of Administrate is which of ours; gives a sentence about unused ones.

    Sessions that are known already stay what they are.
    """
    ours = steps.sessions_of(connection, event.id)
    if not ours or remote.sessions is None:
        return []
    known = {row.external_id for row in ours}
    taken, unused = assign(
        {row.day: row.title for row in ours if not row.external_id},
        [session for session in remote.sessions if session.external_id not in known],
        step.input.get("day_field"),
    )
    ids = {row.id: taken[row.day] for row in ours if row.day in taken}
    remote_ids.store_session_ids(connection, ids, datetime.now(UTC))
    if not unused:
        return []
    titles = ", ".join(one.title or one.external_id for one in unused)
    sentence = (
        f"Administrate made {len(remote.sessions)} sessions from the course template, and the "
        f"workbook has {len(ours)}. Not used there: {titles}."
    )
    steps.set_state(connection, [step.id], StepState.DONE, sentence)
    return [f"{event.title}: {sentence}"]


def _advice(judged: Judged) -> str:
    if all(one.state == LifecycleState.CANCELLED for one in judged.events):
        return (
            "It was not adopted, and no second one was made. Make it a draft again there, rename "
            f"it or delete it; {REOPEN}"
        )
    return (
        "It was not adopted, and none is made beside it. If it is the same event, give it this "
        f"title there; if not, another title of its own; {REOPEN}"
    )
