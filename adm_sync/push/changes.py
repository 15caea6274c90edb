"""Changing one event that Administrate has: its sessions and its staff.

Each of these may be done twice without harm: an update sets the same values again, and somebody
who is staff already is no error. So what was not answered is simply sent again.

What belongs here: sending what is due, together where that is allowed. What does not: creating.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import steps
from adm_sync.errors import AdministrateError, FetchIncomplete, OutcomeUnknown, RequestRejected
from adm_sync.push import requests
from adm_sync.push.creation import REOPEN, Reached, assign_sessions
from adm_sync.push.ledger import Call, Ledger
from adm_sync.push.options import PushOptions
from adm_sync.push.remote import event_by_id

TRIES_AT_ONCE = 3

Contacts = Callable[[], Mapping[str, tuple[str, ...]]]
Part = tuple[sa.Row[Any], dict[str, Any]]


class NotTogether(Exception):
    """Administrate refused several mutations in one request."""


class Changes:
    """The changes to one event; `sessions` are those of our rows that were updated.

    `apart`, shared by all events of a push, is set once the API has shown that it takes only one
    mutation at a time.
    """

    def __init__(
        self,
        ledger: Ledger,
        client: AdministrateClient,
        options: PushOptions,
        reached: Reached,
        contacts: Contacts,
        apart: Event,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._options = options
        self._reached = reached
        self._contacts = contacts
        self._apart = apart
        self.sessions: set[int] = set()
        self.warnings: list[str] = []

    def run(self) -> None:
        """Send what is due.

        Raises:
            OutcomeUnknown: some of it was sent and not answered; it is noted so.
            AdministrateError: it was not sent, and is noted as still to be.
            DatabaseError: what was to be noted could not be.
        """
        for left in reversed(range(TRIES_AT_ONCE)):
            due = self._due()
            if not due:
                return
            try:
                self._send(due)
            except OutcomeUnknown:
                if not left:
                    raise
            else:
                return

    def _due(self) -> list[sa.Row[Any]]:
        due = [
            s for s in self._ledger.steps() if s.state in steps.OPEN and s.kind != "create_event"
        ]
        if any(_lacks_session(step) for step in due):
            due = self._with_sessions(due)
        spent = [step for step in due if step.attempts >= self._options.attempts]
        if spent:
            message = (
                f"Sent {self._options.attempts} times without an answer. When Administrate is "
                f"well, run adm-sync push --reopen."
            )
            self._ledger.fail([step.id for step in spent], message)
        return [step for step in due if step not in spent]

    def _with_sessions(self, due: Sequence[sa.Row[Any]]) -> list[sa.Row[Any]]:
        """Look up the sessions whose ids are missing; steps for which there is none fail."""
        remote = event_by_id(self._client, self._ledger.external_id or "")
        if remote is None:
            self._gone(due)
            return []
        if remote.sessions is None:
            raise FetchIncomplete("Not all sessions of an event came with it.")
        creation = self._ledger.creation()
        self._ledger.note(
            lambda c: self.warnings.extend(assign_sessions(c, self._ledger.event, creation, remote))
        )
        wanted = {step.id for step in due}
        found = [step for step in self._ledger.steps() if step.id in wanted]
        without = [step for step in found if _lacks_session(step)]
        if without:
            count = len(remote.sessions)
            made = "1 session" if count == 1 else f"{count} sessions"
            message = (
                f"No session slot: the event has {made} in Administrate, from its course template. "
                f"Add the session there, {REOPEN}"
            )
            self._ledger.fail([step.id for step in without], message)
        return [step for step in found if step not in without]

    def _send(self, due: Sequence[sa.Row[Any]]) -> None:
        parts = [part for part in map(self._part, due) if part is not None]
        if len(parts) > 1 and self._options.together and not self._apart.is_set():
            try:
                self._send_parts(parts)
            except NotTogether:
                # If one of them is refused by itself too, that was the reason.
                if self._one_by_one(parts):
                    self._apart.set()
        else:
            self._one_by_one(parts)

    def _one_by_one(self, parts: Sequence[Part]) -> bool:
        """Whether none of them was refused as a request; each is tried, whatever the others do."""
        taken = [self._send_parts([part]) for part in parts]
        return all(taken)

    def _part(self, step: sa.Row[Any]) -> Part | None:
        values = step.input
        if step.kind == "add_event_staff" and not values["input"].get("contactId"):
            found = self._contacts().get(values["name_key"], ())
            if len(found) != 1:
                what = "nobody" if not found else f"{len(found)} people"
                message = (
                    f"Administrate has {what} of the name {values['name']} among its staff. Mend "
                    f"that there, {REOPEN}"
                )
                self._ledger.fail([step.id], message)
                return None
            values = {**values, "input": {**values["input"], "contactId": found[0]}}
        event_id = self._ledger.external_id or ""
        return step, requests.change(step.kind, values, event_id, step.session_external_id)

    def _send_parts(self, parts: Sequence[Part]) -> bool:
        """Send these in one request; False if it was refused as a whole."""
        ledger, sent = self._ledger, [step for step, _ in parts]
        ids = [step.id for step in sent]
        named = [(requests.CHANGES[step.kind][0], variables) for step, variables in parts]
        ledger.note(lambda c: steps.start_sending(c, ids))
        self._reached("changes noted as sending")
        documents = ", ".join(dict.fromkeys(name for name, _ in named))
        call = Call("change_event", documents, {"parts": named})
        try:
            answer = self._client.mutate_together(named, before=ledger.verify)
        except OutcomeUnknown as error:
            said, delay = str(error), ledger.delay(min(step.attempts for step in sent))
            ledger.note(
                lambda c: steps.set_state(c, ids, "unknown", said, due_in=delay),
                ledger.answered(call, None, said),
            )
            raise
        except RequestRejected as error:
            said = str(error)
            logged = ledger.answered(call, None, said)
            if len(parts) > 1:
                ledger.note(lambda c: steps.not_sent(c, ids, said, 0.0), logged)
                raise NotTogether from None
            ledger.fail(ids, said, logged)
            return False
        except AdministrateError as error:
            ledger.put_off(sent, error)
            raise
        self._reached("changes answered")
        verdicts = [
            requests.change_verdict(answer, step.kind, f"s{n}") for n, step in enumerate(sent)
        ]
        self._note(sent, verdicts, ledger.answered(call, answer.data))
        self._reached("changes stored")
        return True

    def _note(
        self, sent: Sequence[sa.Row[Any]], verdicts: Sequence[requests.Verdict], *writes: Any
    ) -> None:
        def note(connection: sa.Connection) -> None:
            for step, verdict in zip(sent, verdicts, strict=True):
                self._note_one(connection, step, verdict)

        self._ledger.note(note, *writes)
        self.sessions |= {
            step.event_session_id
            for step, verdict in zip(sent, verdicts, strict=True)
            if verdict.outcome == "done" and step.kind == "update_session"
        }
        if any(verdict.outcome == "refused" for verdict in verdicts):
            self._look_whether_gone()

    def _note_one(
        self, connection: sa.Connection, step: sa.Row[Any], verdict: requests.Verdict
    ) -> None:
        if verdict.outcome == "done":
            steps.set_state(connection, [step.id], "done", verdict.message)
        elif verdict.outcome == "refused":
            message = f"Administrate refused it: {verdict.message}."
            steps.set_state(connection, [step.id], "failed", message)
        else:
            delay = self._ledger.delay(step.attempts)
            steps.set_state(connection, [step.id], "unknown", verdict.message, due_in=delay)

    def _look_whether_gone(self) -> None:
        """A refusal may mean that somebody has deleted the event; then nothing else is tried."""
        if event_by_id(self._client, self._ledger.external_id or "") is None:
            open_ones = {*steps.OPEN, "failed"}
            self._gone([step for step in self._ledger.steps() if step.state in open_ones])

    def _gone(self, due: Sequence[sa.Row[Any]]) -> None:
        message = (
            f"Gone: the event {self._ledger.external_id} has been deleted in Administrate. It is "
            "not made again by itself. adm-sync undo takes the import back on this side."
        )
        self._ledger.fail([step.id for step in due], message)


def _lacks_session(step: sa.Row[Any]) -> bool:
    return bool(step.event_session_id) and not step.session_external_id
