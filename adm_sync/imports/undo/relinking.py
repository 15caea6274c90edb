"""Events of which the linked one is gone, and one that is the same is left in Administrate.

What belongs here: proposing to link that, and doing so on a person's word. What does not: finding
it (`push.remaining`), what is done in it afterwards (`push`), and asking a person.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from adm_sync.database import reconciling
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock, exclusive
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.states import LifecycleState
from adm_sync.errors import AdministrateError
from adm_sync.imports.importing import Importer
from adm_sync.imports.undo.claiming import TAKEN, claimed
from adm_sync.push.ledger import Ledger
from adm_sync.push.remaining import look
from adm_sync.push.remote import events_by_id
from adm_sync.push.storing import Recognised, store
from adm_sync.tenant import check_instance

RelinkOutcome = Literal["planned", "linked", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class Relink:
    """One event that is to be linked anew.

    Attributes:
        event_id: of our own row.
        title: the event's.
        external_id: the one that is left.
        instead_of: the one that is linked, and is gone or cancelled.
        reason: why it is not linked; empty if it is (to be).
        outcome: what came of it; `planned` before anything is done.
    """

    event_id: int
    title: str
    external_id: str
    instead_of: str
    reason: str = ""
    outcome: RelinkOutcome = "planned"

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {name: value for name, value in asdict(self).items() if name != "event_id"}


@dataclass(frozen=True, slots=True)
class Relinking:
    """Links events anew.

    Args:
        importer: open.
    """

    importer: Importer

    def propose(self) -> list[Relink]:
        """What may be linked. Writes nothing.

        Raises:
            WrongInstance: the database belongs to another tenant.
            AdministrateError: Administrate does not say how the events are now.
        """
        with database_errors(), self._engine.connect() as connection:
            check_instance(connection, self.importer.options.push.instance)
            titles = {event.id: event.title for event in reconciling.doubled(connection)}
        return [
            Relink(one.event_id, titles[one.event_id], one.ids[0], one.linked)
            for one in look(self._engine, self.importer.client)
            if one.linked and one.verdict in {"left", "ours"} and one.event_id in titles
        ]

    def relink(self, proposed: Sequence[Relink]) -> list[Relink]:
        """Link those without a reason not to, each looked at anew in the moment before.

        Raises:
            SyncBusy: another process is doing this.
            DatabaseError: what was to be noted could not be.
        """
        with exclusive(self._engine, "relink") as lock:
            return [
                replace(one, outcome="kept") if one.reason else self._one(one, lock)
                for one in proposed
            ]

    def _one(self, proposed: Relink, lock: Lock) -> Relink:
        lease = self.importer.options.push.lease
        try:
            with claimed(self._engine, proposed.event_id, lock, lease) as event:
                if event is None:
                    return replace(proposed, reason=TAKEN, outcome="failed")
                reason = self._linked(proposed, event, lock)
        except AdministrateError as error:
            return replace(proposed, reason=str(error), outcome="failed")
        return replace(proposed, reason=reason, outcome="kept" if reason else "linked")

    def _linked(self, proposed: Relink, event: RecordedEvent, lock: Lock) -> str:
        """Link it; gives why that was not done, or nothing."""
        ids = [proposed.external_id, proposed.instead_of]
        there = events_by_id(self.importer.client, ids)
        living = [one for one in there.values() if one.state != LifecycleState.CANCELLED]
        if [one.external_id for one in living] != [proposed.external_id]:
            return "Administrate has something else by now"
        if event.external_id != proposed.instead_of:
            return "another one was linked meanwhile"
        ledger = Ledger(self._engine, event, [event.id], lock.key, self.importer.options.push)
        step, (remote,) = ledger.creation(), living
        message = f"Linked instead of {proposed.instead_of}, as {self.importer.options.who} said."
        is_own = step.mark is not None and step.mark in remote.marks
        found = Recognised(ledger, step, remote, message, adopted=not is_own, anew=True)
        store(ledger, [found])
        return "" if found.is_stored else "it belongs to another event here"

    @property
    def _engine(self) -> sa.Engine:
        return self.importer.database.engine
