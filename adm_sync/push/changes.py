"""Changing one event that Administrate has: its sessions and its staff, whom it has to approve.

Each of these may be done twice without harm: an update sets the same values again, and somebody
who is staff already is no error. So what was not answered is simply sent again. What changes an
event that people may have changed too is compared first (`comparing`).

What belongs here: sending what is due, together where that is allowed. What does not: creating.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import removing, steps
from adm_sync.database.recorded import Step
from adm_sync.database.states import StepKind, StepState
from adm_sync.errors import AdministrateError, FetchIncomplete, OutcomeUnknown, RequestRejected
from adm_sync.push import comparing, requests
from adm_sync.push.approving import ApprovalRefused, Approvals, NotApprovedYet
from adm_sync.push.creation import REOPEN, Reached, assign_sessions
from adm_sync.push.ledger import Ledger, SentRequest
from adm_sync.push.lookups import AWAY
from adm_sync.push.options import PushOptions
from adm_sync.push.parts import NotTogether, Part, batches, verdicts_on
from adm_sync.push.remote import event_by_id, event_node

TRIES_AT_ONCE = 3

APPROVE_IS_NO = "ADM_SYNC_APPROVE_INSTRUCTORS is no"

Contacts = Callable[[], Mapping[str, Sequence[str]]]


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
        approvals: Approvals,
        apart: Event,
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._options = options
        self._reached = reached
        self._contacts = contacts
        self._approvals = approvals
        self._apart = apart
        self._singly = False
        self.sessions: set[int] = set()
        self.warnings: list[str] = []

    def run(self) -> None:
        """Send what is due.

        Raises:
            OutcomeUnknown: some of it was sent and not answered; it is noted so.
            AdministrateError: it was not sent, and is noted as still to be.
            DatabaseError: what was to be noted could not be.
        """
        self._approve()
        for left in reversed(range(TRIES_AT_ONCE)):
            due = self._due()
            if not due:
                return
            try:
                self._send(due)
            except OutcomeUnknown:
                # It may have been too much at once.
                self._singly = True
                if not left:
                    raise
            else:
                return

    # ------------------------------------------------------------------ what is due

    def _approve(self) -> None:
        """Approve who is to teach, before they are added; the rest does not depend on that.

        A tenant that does not insist on approvals takes those too whom it did not approve.
        """
        for step in self._open(requests.APPROVAL):
            if self._options.approve:
                self._approve_all_of(step)
            else:
                self._ledger.fail([step.id], _not_approved(step, APPROVE_IS_NO))

    def _approve_all_of(self, step: Step) -> None:
        ledger, given = self._ledger, step.input["input"]
        ledger.note_sending([step.id])
        self._reached("approval noted as sending")
        try:
            self._approvals.make_sure(
                given["courseTemplateId"],
                given["contactIds"],
                lambda call, data, error: ledger.note(ledger.answered(call, data, error)),
            )
        except ApprovalRefused as error:
            ledger.fail([step.id], _not_approved(step, str(error)))
            return
        except NotApprovedYet as error:
            # Whoever is not approved yet would be refused as staff for good.
            ledger.retry([step], error)
            raise
        except AdministrateError as error:
            ledger.put_off([step], error)
            raise
        self._reached("approval answered")
        ledger.note(lambda c: steps.set_state(c, [step.id], StepState.DONE))
        self._reached("approval stored")

    def _due(self) -> list[Step]:
        due = self._open(*requests.AFTER_CREATION, *comparing.KINDS)
        # What was not answered before is not sent again to a tenant that does not answer at all.
        if any(_lacks_session(step) or step.attempts for step in due):
            due = self._with_sessions(due)
        return due

    def _open(self, *kinds: str) -> list[Step]:
        """The steps of these kinds that are still to be done; those tried too often fail."""
        due = [s for s in self._ledger.steps() if s.state in steps.OPEN and s.kind in kinds]
        spent = [step for step in due if step.attempts >= self._options.attempts]
        if spent:
            message = (
                f"Sent {self._options.attempts} times without an answer. When Administrate is "
                f"well, run adm-sync push --reopen."
            )
            self._ledger.fail([step.id for step in spent], message)
        return [step for step in due if step not in spent]

    def _with_sessions(self, due: Sequence[Step]) -> list[Step]:
        """Read the event for ids of sessions that are missing; steps that get none fail."""
        remote = event_by_id(self._client, self._ledger.external_id or "")
        if remote is None:
            self._gone(due)
            return []
        if not any(map(_lacks_session, due)):
            return list(due)
        if remote.sessions is None:
            raise FetchIncomplete("Administrate did not give all sessions of the event.")
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

    def _part(self, step: Step) -> Part | None:
        """The step with what it sends; None if that is not known, which is noted."""
        values = step.input
        if step.kind in comparing.KINDS:
            return step, ()
        if step.kind == StepKind.ADD_EVENT_STAFF and not values["input"].get("contactId"):
            contact = self._contact(step, values)
            if contact is None:
                return None
            values = {**values, "input": {**values["input"], "contactId": contact}}
        event_id = self._ledger.external_id or ""
        return step, requests.change(step.kind, values, event_id, step.session_external_id)

    def _contact(self, step: Step, values: Mapping[str, Any]) -> str | None:
        try:
            found = self._contacts().get(values["name_key"], ())
        except AWAY:
            raise
        except AdministrateError as error:
            said, delay = str(error), self._ledger.delay(step.attempts)
            self._ledger.note(
                lambda c: steps.set_state(c, [step.id], StepState.RETRY, said, due_in=delay)
            )
            return None
        if len(found) == 1:
            return found[0]
        what = "nobody" if not found else f"{len(found)} people"
        message = (
            f"Administrate has {what} of the name {values['name']} among its staff. Mend that "
            f"there, {REOPEN}"
        )
        self._ledger.fail([step.id], message)
        return None

    # ------------------------------------------------------------------ sending

    def _send(self, due: Sequence[Step]) -> None:
        parts = [part for part in map(self._part, due) if part is not None]
        if not self._options.together or self._singly or self._apart.is_set():
            self._one_by_one(parts)
            return
        for some in batches(parts):
            try:
                self._send_parts(self._compared(some))
            except NotTogether:
                # If one of them is refused by itself too, that was the reason.
                if self._one_by_one(some):
                    self._apart.set()

    def _one_by_one(self, parts: Sequence[Part]) -> bool:
        """Whether none of them was refused as a request; each is tried, whatever the others do."""
        taken = [
            self._singles(step, mutations)
            for part in parts
            for step, mutations in self._compared([part])
        ]
        return all(taken)

    def _singles(self, step: Step, mutations: Sequence[requests.Mutation]) -> bool:
        """Send a step's mutations each in a request; it is done with the last."""
        *first, last = mutations
        for mutation in first:
            if not self._send_parts([(step, (mutation,))], is_last=False):
                return False
            if not self._is_open(step):
                return True
        return self._send_parts([(step, (last,))])

    def _compared(self, parts: Sequence[Part]) -> list[Part]:
        """These, without those that are not to be sent as Administrate is just now.

        What is left of the others is noted.
        """
        if not any(step.kind in comparing.KINDS for step, _ in parts):
            return list(parts)
        node = event_node(self._client, "event_to_change", self._ledger.external_id or "")
        if node is None:
            self._gone([step for step, _ in parts])
            return []
        found: list[Part] = []
        for step, mutations in parts:
            if step.kind not in comparing.KINDS:
                found.append((step, mutations))
                continue
            compared = comparing.compare(step, node, self._contacts)
            if compared.outcome == "send":
                found.append((step, compared.mutations))
            else:
                self._settle(step, compared)
        self._reached("changes compared")
        return found

    def _settle(self, step: Step, compared: comparing.Clearance) -> None:
        """A step of which nothing is sent: it is done already, or a person has to decide."""
        if compared.outcome == "done":
            self._ledger.note(lambda c: self._note_done(c, step, ""))
            return
        message = compared.message
        self._ledger.note(lambda c: steps.set_state(c, [step.id], StepState.CONFLICT, message))

    def _is_open(self, step: Step) -> bool:
        return any(one.id == step.id and one.state in steps.OPEN for one in self._ledger.steps())

    def _send_parts(self, parts: Sequence[Part], *, is_last: bool = True) -> bool:
        """Send these in one request; False if it was refused as a whole.

        Raises:
            NotTogether: several were refused as a whole.
        """
        if not parts:
            return True
        ledger, sent = self._ledger, [step for step, _ in parts]
        ids = [step.id for step in sent]
        named = [(one.document, one.variables) for _, mutations in parts for one in mutations]
        ledger.note_sending(ids)
        self._reached("changes noted as sending")
        documents = ", ".join(dict.fromkeys(name for name, _ in named))
        call = SentRequest("change_event", documents, {"parts": named})
        try:
            answer = self._client.mutate_together(named, before=ledger.verify)
        except OutcomeUnknown as error:
            said, delay = str(error), ledger.delay(min(step.attempts for step in sent))
            ledger.note(
                lambda c: steps.set_state(c, ids, StepState.UNKNOWN, said, due_in=delay),
                ledger.answered(call, None, said),
            )
            raise
        except RequestRejected as error:
            said = str(error)
            logged = ledger.answered(call, None, said)
            if len(named) > 1:
                ledger.note(lambda c: steps.not_sent(c, ids, said, 0.0), logged)
                raise NotTogether from None
            if not error.errors:
                # Not Administrate's own words: perhaps it never got there.
                ledger.retry(sent, error, logged)
                raise
            ledger.fail(ids, said, logged)
            return False
        except AdministrateError as error:
            ledger.put_off(sent, error)
            raise
        self._reached("changes answered")
        verdicts = verdicts_on(parts, answer)
        self._note(sent, verdicts, ledger.answered(call, answer.data), is_last=is_last)
        self._reached("changes stored")
        for verdict in verdicts:
            if verdict.outcome == "unanswered":
                raise OutcomeUnknown(f"{ledger.event.title}: {verdict.message}")
        return True

    # ------------------------------------------------------------------ noting

    def _note(
        self,
        sent: Sequence[Step],
        verdicts: Sequence[requests.Verdict],
        write: Any,
        *,
        is_last: bool,
    ) -> None:
        settled = [
            (step, verdict)
            for step, verdict in zip(sent, verdicts, strict=True)
            if is_last or verdict.outcome != "done"
        ]

        def note(connection: sa.Connection) -> None:
            for step, verdict in settled:
                self._note_one(connection, step, verdict)

        self._ledger.note(note, write)
        for step, verdict in settled:
            is_update = step.kind in {StepKind.UPDATE_SESSION, StepKind.CHANGE_SESSION}
            if verdict.outcome == "done" and is_update and step.event_session_id:
                self.sessions.add(step.event_session_id)
            if verdict.outcome == "done" and verdict.message:
                self._warn(step, verdict.message)
        if any(verdict.outcome == "refused" for verdict in verdicts):
            self._look_whether_gone()

    def _warn(self, step: Step, message: str) -> None:
        place = "" if step.day is None else f", Day {step.day}"
        self.warnings.append(f"{self._ledger.event.title}{place}: done, with a warning: {message}.")

    def _note_one(self, connection: sa.Connection, step: Step, verdict: requests.Verdict) -> None:
        if verdict.outcome == "done":
            self._note_done(connection, step, verdict.message)
        elif verdict.outcome == "refused":
            message = f"Administrate refused it: {verdict.message}."
            steps.set_state(connection, [step.id], StepState.FAILED, message)
        else:
            delay = self._ledger.delay(step.attempts)
            steps.set_state(connection, [step.id], StepState.UNKNOWN, verdict.message, due_in=delay)

    def _note_done(self, connection: sa.Connection, step: Step, message: str) -> None:
        """Administrate has it; what goes there goes here only now."""
        steps.set_state(connection, [step.id], StepState.DONE, message)
        if step.kind == StepKind.REMOVE_SESSION and step.event_session_id:
            removing.remove_session(connection, step.event_session_id)
        elif step.kind == StepKind.CANCEL_EVENT:
            removing.note_cancelled(connection, self._ledger.event.id)

    def _look_whether_gone(self) -> None:
        """A refusal may mean that somebody has deleted the event; then nothing else is tried."""
        if event_by_id(self._client, self._ledger.external_id or "") is None:
            open_ones = {*steps.OPEN, StepState.FAILED}
            self._gone([step for step in self._ledger.steps() if step.state in open_ones])

    def _gone(self, due: Sequence[Step]) -> None:
        message = (
            f"Gone: the event {self._ledger.external_id} has been deleted in Administrate. It is "
            "not made again by itself. adm-sync undo takes the import back on this side."
        )
        self._ledger.fail([step.id for step in due], message)


def _not_approved(step: Step, reason: str) -> str:
    people, template = ", ".join(step.input["names"]), step.input["template"]
    return (
        f"Not approved for the course template {template}: {people} ({reason.rstrip('.')}). "
        f"Approve them in Administrate, {REOPEN}"
    )


def _lacks_session(step: Step) -> bool:
    return bool(step.event_session_id) and not step.session_external_id
