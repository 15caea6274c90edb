"""Changing one event that Administrate has: its sessions and its staff, whom it has to approve.

Each of these may be done twice without harm: an update sets the same values again, and somebody
who is staff already is no error. So what was not answered is simply sent again. What changes an
event that people may have changed too is compared first (`comparing`).

What belongs here: what is due of one event, and what follows from the answers. What does not:
sending it, together with that of other events (`sending`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import removing, steps
from adm_sync.database.recorded import Step
from adm_sync.database.states import StepKind, StepState
from adm_sync.errors import AdministrateError, FetchIncomplete
from adm_sync.push import comparing, requests
from adm_sync.push.approving import ApprovalRefused, Approvals, NotApprovedYet
from adm_sync.push.ledger import Ledger
from adm_sync.push.lookups import AWAY
from adm_sync.push.options import PushOptions, Reached
from adm_sync.push.parts import Part
from adm_sync.push.remote import event_by_id
from adm_sync.push.storing import assign_sessions
from adm_sync.push.wording import REOPEN

APPROVE_IS_NO = "ADM_SYNC_APPROVE_INSTRUCTORS is no"

Contacts = Callable[[], Mapping[str, Sequence[str]]]
# A step that was sent, and what its answer means.
Answered = tuple[Step, requests.Verdict]


@dataclass(slots=True)
class Changes:
    """The changes to one event; `sessions` are those of our rows that were updated."""

    ledger: Ledger
    _client: AdministrateClient
    _options: PushOptions
    _reached: Reached
    _contacts: Contacts
    _approvals: Approvals
    sessions: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    # ------------------------------------------------------------------ what is due

    def approve(self) -> None:
        """Approve who is to teach, before they are added; the rest does not depend on that.

        A tenant that does not insist on approvals takes those too whom it did not approve.

        Raises:
            NotApprovedYet: they are not approved yet; it is noted as still to be done.
            AdministrateError: Administrate is away.
        """
        for step in self._open(requests.APPROVAL):
            if self._options.approve:
                self._approve_all_of(step)
            else:
                self.ledger.fail([step.id], _not_approved(step, APPROVE_IS_NO))

    def _approve_all_of(self, step: Step) -> None:
        ledger, given = self.ledger, step.input["input"]
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

    def parts(self) -> list[Part]:
        """What is due, with what it sends as far as that is known.

        Raises:
            AdministrateError: the event could not be read.
        """
        return [part for part in map(self._part, self._due()) if part is not None]

    def _due(self) -> list[Step]:
        due = self._open(*requests.AFTER_CREATION, *comparing.KINDS)
        # What was not answered before is not sent again to a tenant that does not answer at all.
        if any(_lacks_session(step) or step.attempts for step in due):
            due = self._with_sessions(due)
        return due

    def _open(self, *kinds: str) -> list[Step]:
        """The steps of these kinds that are still to be done; those tried too often fail."""
        due = [s for s in self.ledger.steps() if s.state in steps.OPEN and s.kind in kinds]
        spent = [step for step in due if step.attempts >= self._options.attempts]
        if spent:
            message = (
                f"Sent {self._options.attempts} times without an answer. When Administrate is "
                f"well, run adm-sync push --reopen."
            )
            self.ledger.fail([step.id for step in spent], message)
        return [step for step in due if step not in spent]

    def _with_sessions(self, due: Sequence[Step]) -> list[Step]:
        """Read the event for ids of sessions that are missing; steps that get none fail."""
        remote = event_by_id(self._client, self.ledger.external_id or "")
        if remote is None:
            self.gone(due)
            return []
        if not any(map(_lacks_session, due)):
            return list(due)
        if remote.sessions is None:
            raise FetchIncomplete("Administrate did not give all sessions of the event.")
        creation = self.ledger.creation()
        self.ledger.note(
            lambda c: self.warnings.extend(assign_sessions(c, self.ledger.event, creation, remote))
        )
        wanted = {step.id for step in due}
        found = [step for step in self.ledger.steps() if step.id in wanted]
        without = [step for step in found if _lacks_session(step)]
        if without:
            count = len(remote.sessions)
            made = "1 session" if count == 1 else f"{count} sessions"
            message = (
                f"No session slot: the event has {made} in Administrate, from its course template. "
                f"Add the session there, {REOPEN}"
            )
            self.ledger.fail([step.id for step in without], message)
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
        event_id = self.ledger.external_id or ""
        return step, requests.change(step.kind, values, event_id, step.session_external_id)

    def _contact(self, step: Step, values: Mapping[str, Any]) -> str | None:
        try:
            found = self._contacts().get(values["name_key"], ())
        except AWAY:
            raise
        except AdministrateError as error:
            said, delay = str(error), self.ledger.delay(step.attempts)
            self.ledger.note(
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
        self.ledger.fail([step.id], message)
        return None

    # ------------------------------------------------------------------ what follows

    def cleared(self, parts: Sequence[Part], node: Mapping[str, Any] | None) -> list[Part]:
        """These, without those that are not to be sent as Administrate is just now.

        What is left of the others is noted.

        Args:
            parts: of this event.
            node: the event as it was read just now; None if it is not there any more.

        Raises:
            AdministrateError: not all of it was read.
        """
        if node is None:
            self.gone([step for step, _ in parts])
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
        return found

    def _settle(self, step: Step, compared: comparing.Clearance) -> None:
        """A step of which nothing is sent: it is done already, or a person has to decide."""
        if compared.outcome == "done":
            self.ledger.note(lambda c: self.write(c, [(step, requests.Verdict("done"))]))
            return
        message = compared.message
        self.ledger.note(lambda c: steps.set_state(c, [step.id], StepState.CONFLICT, message))

    def is_open(self, step: Step) -> bool:
        """Whether a step is still to be done."""
        return any(one.id == step.id and one.state in steps.OPEN for one in self.ledger.steps())

    def write(self, connection: sa.Connection, answered: Sequence[Answered]) -> None:
        """Note what became of steps; those of which the same is to be noted together."""
        alike: dict[tuple[StepState, str, float], list[int]] = {}
        for step, verdict in answered:
            alike.setdefault(self._state_after(step, verdict), []).append(step.id)
        for (state, message, delay), ids in alike.items():
            steps.set_state(connection, ids, state, message, due_in=delay)
        for step, verdict in answered:
            if verdict.outcome == "done":
                self._write_here(connection, step)

    def _state_after(self, step: Step, verdict: requests.Verdict) -> tuple[StepState, str, float]:
        if verdict.outcome == "done":
            return StepState.DONE, verdict.message, 0.0
        if verdict.outcome == "refused":
            return StepState.FAILED, f"Administrate refused it: {verdict.message}.", 0.0
        return StepState.UNKNOWN, verdict.message, self.ledger.delay(step.attempts)

    def _write_here(self, connection: sa.Connection, step: Step) -> None:
        """Administrate has it; what goes there goes here only now."""
        if step.kind == StepKind.REMOVE_SESSION and step.event_session_id:
            removing.remove_session(connection, step.event_session_id)
        elif step.kind == StepKind.CANCEL_EVENT:
            removing.note_cancelled(connection, self.ledger.event.id)

    def were_answered(self, answered: Sequence[Answered]) -> None:
        """What follows from answers that are noted.

        Raises:
            AdministrateError: whether the event has gone could not be read.
        """
        for step, verdict in answered:
            if verdict.outcome != "done":
                continue
            is_update = step.kind in {StepKind.UPDATE_SESSION, StepKind.CHANGE_SESSION}
            if is_update and step.event_session_id:
                self.sessions.add(step.event_session_id)
            if verdict.message:
                place = "" if step.day is None else f", Day {step.day}"
                self.warnings.append(
                    f"{self.ledger.event.title}{place}: done, with a warning: {verdict.message}."
                )
        if any(verdict.outcome == "refused" for _, verdict in answered):
            self._look_whether_gone()

    def _look_whether_gone(self) -> None:
        """A refusal may mean that somebody has deleted the event; then nothing else is tried."""
        if event_by_id(self._client, self.ledger.external_id or "") is None:
            open_ones = {*steps.OPEN, StepState.FAILED}
            self.gone([step for step in self.ledger.steps() if step.state in open_ones])

    def gone(self, due: Sequence[Step]) -> None:
        """The event is not there any more, so that these cannot be done."""
        message = (
            f"Gone: the event {self.ledger.external_id} has been deleted in Administrate. It is "
            "not made again by itself. adm-sync undo IMPORT "
            f"--only {self.ledger.external_id} takes that one event back here; then the workbook "
            "can be imported again."
        )
        self.ledger.fail([step.id for step in due], message)


def _not_approved(step: Step, reason: str) -> str:
    people, template = ", ".join(step.input["names"]), step.input["template"]
    return (
        f"Not approved for the course template {template}: {people} ({reason.rstrip('.')}). "
        f"Approve them in Administrate, {REOPEN}"
    )


def _lacks_session(step: Step) -> bool:
    return bool(step.event_session_id) and not step.session_external_id
