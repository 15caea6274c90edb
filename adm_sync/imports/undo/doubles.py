"""Events that Administrate has more than once: which to remove, and removing it on a person's word.

Removed is never the one that is linked here, and only a draft that nobody booked or changed; of
several, the younger.

What belongs here: proposing, and doing exactly that. What does not: finding doubles
(`reconciling`, `push`), and asking a person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from adm_sync.database import reconciling, undoing
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock, exclusive
from adm_sync.database.reconciling import DoubledEvent
from adm_sync.database.recorded import RecordedEvent
from adm_sync.database.states import LifecycleState
from adm_sync.errors import AdministrateError
from adm_sync.imports.importing import Importer
from adm_sync.imports.undo.claiming import TAKEN, claimed
from adm_sync.imports.undo.deleting import Deletion
from adm_sync.imports.undo.evidence import (
    Made,
    Node,
    obstacle,
    read_event,
    sessions_in,
    sessions_of,
)
from adm_sync.tenant import check_instance

COMMAND = "adm-sync reconcile --remove-doubles"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

RemovalOutcome = Literal["planned", "removed", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class Double:
    """One event of Administrate that is one too many.

    Attributes:
        event_id: of our own row.
        title: the event's.
        external_id: the one that is too many.
        stays: the ids of those that stay.
        reason: why it is not removed; empty if it is (to be).
        outcome: what came of it; `planned` before anything is done.
    """

    event_id: int
    title: str
    external_id: str
    stays: tuple[str, ...]
    reason: str = ""
    outcome: RemovalOutcome = "planned"

    @property
    def may_go(self) -> bool:
        """Whether it is proposed to be removed."""
        return not self.reason

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {name: value for name, value in asdict(self).items() if name != "event_id"}


@dataclass(slots=True)
class Doubles:
    """Removes doubles.

    Args:
        importer: open.
    """

    importer: Importer
    _answers: Mapping[str, Node] = field(default_factory=dict)

    def propose(self) -> list[Double]:
        """What is too many, and whether it may go. Writes nothing in Administrate.

        Events that are there only once by now are noted to be so.

        Raises:
            WrongInstance: the database belongs to another tenant.
            AdministrateError: Administrate does not say how the events are now.
        """
        with database_errors(), self._engine.connect() as connection:
            check_instance(connection, self.importer.options.push.instance)
        return [one for event in self._events() for one in self._judged(event)]

    def remove(self, proposed: Sequence[Double]) -> list[Double]:
        """Remove those that may go, each judged anew in the moment before.

        Raises:
            SyncBusy: another process is doing this.
            DatabaseError: what was to be noted could not be.
        """
        with exclusive(self._engine, "remove doubles") as lock:
            return [
                self._one(one, lock) if one.may_go else replace(one, outcome="kept")
                for one in proposed
            ]

    # ------------------------------------------------------------------ judging

    def _events(self) -> list[DoubledEvent]:
        with database_errors(), self._engine.connect() as connection:
            events = reconciling.doubled(connection)
            ids = [external_id for event in events for external_id in event.ids]
            self._answers = undoing.creation_answers(connection, ids)
        return events

    def _judged(self, event: DoubledEvent) -> Iterator[Double]:
        nodes = {one: read_event(self.importer.client, one) for one in sorted(event.ids)}
        alive = {
            one: node
            for one, node in nodes.items()
            if node is not None and node.get("lifecycleState") != LifecycleState.CANCELLED
        }
        if not alive or (len(alive) == 1 and event.external_id in {None, *alive}):
            self._settle(event.id)
            return
        if event.external_id and event.external_id not in alive:
            gone = f"the one that is linked here ({event.external_id}) is gone or cancelled"
            reason = f"{gone}: adm-sync reconcile --relink" if len(alive) == 1 else gone
            for one in alive:
                yield Double(event.id, event.title, one, (), reason)
            return
        others = sorted(alive.keys() - {event.external_id}, key=lambda one: _made(alive[one]))
        stays = set(alive)
        for one in reversed(others):
            if len(stays) == 1:
                break
            reason = self._obstacle(event, one, alive)
            if not reason:
                stays.remove(one)
            rest = tuple(each for each in alive if each != one)
            yield Double(event.id, event.title, one, rest, reason)

    def _obstacle(self, event: DoubledEvent, one: str, alive: Mapping[str, Node]) -> str:
        """Why this one must not be removed; empty if nothing stands against it."""
        now = sessions_of(alive[one])
        first = self._first_sessions(one, alive)
        if first is None or len(first) != len(now):
            if now:
                return "whether its sessions were changed since it was made is not known"
            first = []
        made = Made(event.input["input"], {}, dict(zip(now, first, strict=True)), event.mark)
        return obstacle(alive[one], made) or ""

    def _first_sessions(self, one: str, alive: Mapping[str, Node]) -> list[Node] | None:
        """The sessions that the template makes for it, in the order of their start.

        As one of them came with an answer; without one, as another that was not answered has them.
        """
        for each in (one, *alive):
            answered = sessions_in(self._answers.get(each))
            if answered is not None:
                return list(answered.values())
        others = [sessions_of(node) for each, node in alive.items() if each != one]
        return list(others[0].values()) if others else None

    # ------------------------------------------------------------------ removing

    def _one(self, proposed: Double, lock: Lock) -> Double:
        try:
            with claimed(self._engine, proposed.event_id, lock, self._lease) as event:
                if event is None:
                    return replace(proposed, reason=TAKEN, outcome="failed")
                return self._removed(proposed, event, lock)
        except AdministrateError as error:
            return replace(proposed, reason=str(error), outcome="failed")

    def _removed(self, proposed: Double, event: RecordedEvent, lock: Lock) -> Double:
        # Since it was shown, somebody may have booked it.
        current = [row for row in self._events() if row.id == event.id]
        now = {each.external_id: each for row in current for each in self._judged(row)}
        one = now.get(proposed.external_id)
        if one is None:
            return replace(proposed, outcome="removed")  # it is gone, or the only one by now
        if not one.may_go:
            return replace(one, outcome="kept")
        deletion = Deletion(self._engine, self.importer.client, self._lease, COMMAND)
        refused = deletion.delete(event, one.external_id, lock)
        if refused:
            return replace(one, reason=refused, outcome="kept")
        if len(one.stays) == 1:
            self._settle(event.id)
        return replace(one, outcome="removed")

    def _settle(self, event_id: int) -> None:
        with database_errors(), self._engine.begin() as connection:
            reconciling.settle_double(connection, event_id)

    @property
    def _engine(self) -> sa.Engine:
        return self.importer.database.engine

    @property
    def _lease(self) -> float:
        return self.importer.options.push.lease


def _made(node: Node) -> datetime:
    try:
        made = datetime.fromisoformat(str(node.get("createdAt")))
    except ValueError:
        return _LONG_AGO
    return made if made.tzinfo else made.replace(tzinfo=UTC)
