"""Noting that an event of Administrate is one of ours, as soon as that is known.

What belongs here: its id, and which of its sessions are which of ours. What does not: finding out
(`creation`, `searching`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.database import remote_ids, steps
from adm_sync.database.recorded import RecordedEvent, Step
from adm_sync.database.states import StepState
from adm_sync.push.ledger import Ledger, Write
from adm_sync.push.remote import RemoteEvent
from adm_sync.push.slots import assign
from adm_sync.push.wording import REOPEN


@dataclass(slots=True)
class Recognised:
    """An event of Administrate that is one of ours, and the step that it is the end of.

    Attributes:
        message: what is said of it beside that.
        adopted: whether somebody else may have made it.
        anew: whether another one was linked before, to which the rest was done.
        is_stored: False until it is noted, and for ever if it belongs to another event here;
            then a person decides.
        warnings: what a person should know.
    """

    ledger: Ledger
    step: Step
    remote: RemoteEvent
    message: str
    adopted: bool = False
    anew: bool = False
    is_stored: bool = False
    warnings: list[str] = field(default_factory=list)

    def write(self, connection: sa.Connection) -> None:
        """Note it; a transaction that was lost is repeated."""
        event, external_id = self.ledger.event, self.remote.external_id
        self.warnings = []
        self.is_stored = remote_ids.store_event_id(
            connection,
            event,
            self.step.id,
            external_id,
            self.message,
            adopted=self.adopted,
            now=datetime.now(UTC),
        )
        if not self.is_stored:
            taken = (
                f"Administrate has this event ({external_id}), but here that belongs to another "
                f"event. Mend that, {REOPEN}"
            )
            steps.set_state(connection, [self.step.id], StepState.FAILED, taken)
            return
        if self.anew:
            remote_ids.begin_anew(connection, event.id)
        self.warnings = assign_sessions(connection, event, self.step, self.remote)
        if len(external_id) > remote_ids.LONGEST_BRIDGE_ID:
            self.warnings.append(
                f"{event.title}: its Administrate id is longer than adm.events can hold, and "
                "stands only in adm_sync.events."
            )


def store(ledger: Ledger, found: Sequence[Recognised], *writes: Write) -> None:
    """Note these events, and what else is to be noted, in one transaction.

    Args:
        ledger: of one of the events that were claimed with these.
        found: the events.
        writes: what else.
    """
    ledger.note(*(one.write for one in found), *writes)
    for one in found:
        if one.is_stored:
            one.ledger.external_id = one.remote.external_id


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
