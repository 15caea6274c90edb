"""Creating one event, once.

Administrate has no idempotency key. So a creation is noted as being sent before it is, and one
that was not answered is looked up by title, template and start before it is sent again.

What belongs here: from a step to an Administrate id. What does not: the event's changes.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import remote_ids, steps
from adm_sync.errors import AdministrateError, OutcomeUnknown, RequestRejected
from adm_sync.push import requests
from adm_sync.push.ledger import Call, Ledger, Write
from adm_sync.push.options import PushOptions
from adm_sync.push.remote import RemoteEvent, find_events, matches, remote_event
from adm_sync.push.slots import assign

DRAFT = "draft"
# Administrate's clock need not agree with the database's.
CLOCKS_DIFFER = timedelta(minutes=2)
REOPEN = "then run adm-sync push --reopen."
Reached = Callable[[str], object]
# The events of this title that Administrate had before this push created any.
Surveyed = Callable[[str], Sequence[RemoteEvent]]


class Creation:
    """The creation of an event; `created`, `adopted` and `warnings` say what became of it."""

    def __init__(
        self,
        ledger: Ledger,
        client: AdministrateClient,
        options: PushOptions,
        reached: Reached,
        surveyed: Surveyed,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._options = options
        self._reached = reached
        self._surveyed = surveyed
        self.created = False
        self.adopted = False
        self.warnings: list[str] = []

    def run(self) -> None:
        """Create the event, or find it; afterwards the ledger may have its Administrate id.

        Raises:
            OutcomeUnknown: it was sent and not answered; it is noted so.
            AdministrateError: it was not sent, and is noted as still to be.
            DatabaseError: what was to be noted could not be.
        """
        step = self._ledger.creation()
        if step.state == "sending":
            # Whoever was sending it is gone, and nobody knows whether it arrived.
            self._unknown(step, "Its process ended while it was being sent.")
            step = self._ledger.creation()
        if self._may_be_sent(step):
            self._send(step)

    def _may_be_sent(self, step: sa.Row[Any]) -> bool:
        # One that was to be sent again and could not be has been sent before all the same.
        if step.state == "unknown" or (step.state == "retry" and step.attempts):
            return self._may_be_sent_again(step)
        if step.state not in {"pending", "retry"}:
            return False
        return not self._settled_by(step, self._surveyed(self._ledger.event.title))

    def _may_be_sent_again(self, step: sa.Row[Any]) -> bool:
        """Look for the event that may have been made."""
        event, options = self._ledger.event, self._options
        found = find_events(self._client, event.title, options.page_size, options.max_records)
        if self._settled_by(step, found):
            return False
        if step.look_ups == 0:
            self._unknown(
                step,
                "It was sent and not answered. Administrate does not have it now; it is looked up "
                f"again after {options.grace:g} s.",
                due_in=options.grace,
                look_ups=1,
            )
            return False
        if step.attempts >= options.attempts:
            times = "once" if step.attempts == 1 else f"{step.attempts} times"
            message = (
                f"Sent {times} without an answer, and Administrate does not have it. When "
                f"Administrate is well, run adm-sync push --reopen."
            )
            self._ledger.fail([step.id], message)
            return False
        return True

    def _settled_by(self, step: sa.Row[Any], candidates: Sequence[RemoteEvent]) -> bool:
        """Whether one of these is ours: then it is adopted, or a person has to decide."""
        event = self._ledger.event
        found = [
            one
            for one in candidates
            if matches(one, event.template_external_id, event.title, event.starts_at)
        ]
        if not found:
            return False
        if len(found) > 1:
            ids = ", ".join(one.external_id for one in found)
            message = (
                f"Administrate has this event {len(found)} times ({ids}). Delete what is too many "
                f"there, {REOPEN}"
            )
            self._ledger.fail([step.id], message)
        else:
            self._adopt(step, found[0])
        return True

    def _adopt(self, step: sa.Row[Any], remote: RemoteEvent) -> None:
        message = "It was in Administrate already, and was adopted."
        if remote.state not in {"", DRAFT}:
            message = f"It was in Administrate already, as {remote.state}, and was adopted."
            self.warnings.append(f"{self._ledger.event.title}: {message}")
        self.adopted = self._store(step, remote, message, adopted=not _is_own(step, remote))

    def _send(self, step: sa.Row[Any]) -> None:
        mode = self._ledger.event.learning_mode
        document, _ = requests.CREATIONS[mode]
        given = dict(step.input["input"])
        if self._options.tax_type_id:
            given["taxType"] = self._options.tax_type_id
        self._ledger.note_sending([step.id])
        self._reached("creation noted as sending")
        call = Call("create_event", document, {"input": given})
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

    def _refused(self, step: sa.Row[Any], message: str, write: Write) -> None:
        """It certainly was not made, so that it need not be looked for."""
        self._ledger.note(
            lambda c: steps.set_state(c, [step.id], "failed", message, sent_at=None), write
        )

    def _store_new(self, step: sa.Row[Any], node: Any, message: str, write: Write) -> None:
        if message:
            self.warnings.append(f"{self._ledger.event.title}: created, with a warning: {message}.")
        self.created = self._store(step, remote_event(node), message, write)

    def _store(
        self,
        step: sa.Row[Any],
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
            steps.set_state(connection, [step.id], "done", message)
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
        step: sa.Row[Any],
        message: str,
        *,
        due_in: float = 0.0,
        look_ups: int = 0,
        call: Call | None = None,
    ) -> None:
        writes = [self._ledger.answered(call, None, message)] if call else []
        self._ledger.note(
            lambda c: steps.set_state(
                c, [step.id], "unknown", message, due_in=due_in, look_ups=look_ups
            ),
            *writes,
        )


def assign_sessions(
    connection: sa.Connection, event: sa.Row[Any], step: sa.Row[Any], remote: RemoteEvent
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
    steps.set_state(connection, [step.id], "done", sentence)
    return [f"{event.title}: {sentence}"]


def _is_own(step: sa.Row[Any], remote: RemoteEvent) -> bool:
    """Whether the event was made by the request that was not answered, and not before it."""
    made = remote.created
    return step.sent_at is not None and made is not None and made >= step.sent_at - CLOCKS_DIFFER
