"""Creating unmatched tutorial records in Administrate, which a person has asked for.

What belongs here: whether it can be done, doing it once, and what to enter by hand where it
cannot. What does not: what a person is shown first (`proposing`), and asking.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.contract import has_mutation
from adm_sync.administrate.paging import Node, read_page
from adm_sync.database import audit, journal, statements
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import exclusive
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.errors import (
    AdmSyncError,
    DatabaseError,
    FetchIncomplete,
    OutcomeUnknown,
    RequestRejected,
)
from adm_sync.reference.entity import CreateMutation, Entity, RemoteRecord, TutorialRecord
from adm_sync.reference.reading import key_of
from adm_sync.reference.sync import LOCK

if TYPE_CHECKING:
    from adm_sync.reference.syncer import Syncer

log = logging.getLogger(__name__)

COMMAND = "create-missing"
# Outcomes after which the record is in Administrate and linked.
GOOD = frozenset({"created", "adopted"})
# What stands where bytes could not be read as text.
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Created:
    """What became of one tutorial record. `adopted`: it was in Administrate after all."""

    tutorial: TutorialRecord
    outcome: Literal["created", "adopted", "refused", "unknown", "ambiguous", "failed"]
    external_id: str | None = None
    message: str = ""


def missing(connection: sa.Connection, entity: Entity) -> list[TutorialRecord]:
    """The tutorial records that the last sync found no counterpart for, as they are now."""
    if entity.matched is None:
        return []
    wanted = {
        row.tutorial_id
        for row in journal.open_discrepancies(connection, entity.name)
        if row.kind == DiscrepancyKind.UNMATCHED_TUTORIAL
    }
    ignored = {
        row.tutorial_id
        for row in journal.decisions_in_force(connection, entity.name)
        if row.kind == DecisionKind.IGNORE
    }
    tutorials = map(entity.matched.read, connection.execute(entity.matched.tutorials))
    return [one for one in tutorials if one.is_active and one.id in wanted - ignored]


def can_create(entity: Entity, client: AdministrateClient) -> bool:
    """Whether this tenant's API has a mutation that creates such records, and it is used here."""
    creation = entity.creation
    return creation is not None and bool(has_mutation(client, creation.group, creation.field))


def why_not(entity: Entity, client: AdministrateClient) -> str:
    """Why records that `can_create` says no to are not created, in a sentence."""
    creation = entity.creation
    group = creation.group if creation else entity.group
    fields = {creation.field} if creation else {"create", "createBatch"}
    has = [has_mutation(client, group, field) for field in fields]
    if None in has:
        return f"Administrate does not say whether its API can create {entity.many}."
    if any(has):
        return f"adm-sync does not create {entity.many}, though Administrate's API can."
    return f"Administrate's API cannot create {entity.many}."


def instructions(entity: Entity, tutorial: TutorialRecord) -> list[str]:
    """What a person has to enter in Administrate, field by field."""
    return entity.instructions(tutorial.label, tutorial.about)


def create_missing(
    entity: Entity,
    engine: sa.Engine,
    client: AdministrateClient,
    tutorials: Sequence[TutorialRecord],
) -> list[Created]:
    """Create these records in Administrate and link them, one after the other.

    Each is looked up first, so that none is created that is there already; an unanswered create is
    looked up and never repeated. The caller holds the sync lock and has a person's consent.
    """
    if entity.creation is None:
        raise ValueError(f"{entity.many} cannot be created")
    creator = _Creator(entity, entity.creation, engine, client)
    return [creator.create(tutorial) for tutorial in tutorials]


def create_alone(
    syncer: "Syncer", entity: Entity, tutorials: Sequence[TutorialRecord]
) -> list[Created]:
    """The same while nobody syncs.

    Raises:
        SyncBusy: somebody else does, for longer than one waits.
    """
    engine = syncer.database.engine
    with exclusive(engine, LOCK, syncer.options.lock_wait, syncer.listener.waiting):
        return create_missing(entity, engine, syncer.client, tutorials)


def status_of(done: Sequence[Created]) -> Literal["succeeded", "partial", "failed"]:
    """Whether what a person asked for was done: all, some or nothing of it."""
    bad = [one for one in done if one.outcome not in GOOD]
    return "succeeded" if not bad else "partial" if len(bad) < len(done) else "failed"


@dataclass(frozen=True, slots=True)
class _Creator:
    """Creates records of one entity."""

    entity: Entity
    creation: CreateMutation
    engine: sa.Engine
    client: AdministrateClient

    def create(self, tutorial: TutorialRecord) -> Created:
        """Create it, or link the one that is there."""
        if tutorial.key is None:
            return Created(tutorial, "refused", message="it has nothing to be recognised by")
        if UNREADABLE in f"{tutorial.label} {tutorial.about}":
            reason = "its name here holds what is no text; put it right in the tutorial tables"
            return Created(tutorial, "refused", message=reason)
        try:
            with database_errors():
                found = self._find(tutorial)
                if len(found) > 1:
                    ids = ", ".join(str(node["id"]) for node in found)
                    said = f"Administrate has several: {ids}"
                    return Created(tutorial, "ambiguous", message=said)
                if found:
                    return self._link(tutorial, found[0], "adopted")
                return self._send(tutorial)
        except AdmSyncError as error:
            return Created(tutorial, "failed", message=str(error))

    def _find(self, tutorial: TutorialRecord) -> list[Node]:
        """Those in Administrate that carry the key; its own filter only narrows them down."""
        data = self.client.query(self.creation.find, {"code": tutorial.label})
        page = read_page(data, self.creation.connection, dict)
        if page.more:
            raise FetchIncomplete(
                f"Too many records are like {tutorial.label} to tell if it is there."
            )
        read = self.entity.read
        return [node for node in page.records if key_of(read(node, {})[0].label) == tutorial.key]

    def _send(self, tutorial: TutorialRecord) -> Created:
        creation, started = self.creation, datetime.now(UTC)
        variables = {"input": creation.fields(tutorial)}
        note = partial(self._audit, variables, started)
        try:
            answer = self.client.mutate(creation.document, variables)
        except RequestRejected as error:
            note(None, str(error))
            # What it says is no proof that nothing was done.
            return self._look_again(Created(tutorial, "refused", message=str(error)))
        except OutcomeUnknown as error:
            note(None, str(error))
            told = f"{error} It was not sent again."
            return self._look_again(Created(tutorial, "unknown", message=told))
        payload = ((answer.data or {}).get(creation.group) or {}).get(creation.field) or {}
        node = next((value for value in payload.values() if _is_record(value)), None)
        said = "; ".join(
            str(error.get("message") or error.get("label")) for error in payload.get("errors") or ()
        )
        said = said or "; ".join(fault.message for fault in answer.errors)
        if node is None:
            note(None, said)
            return Created(tutorial, "refused", message=said or "Administrate gave no reason")
        created = self._link(tutorial, node, "created", said)
        note(node, said)
        return created

    def _look_again(self, otherwise: Created) -> Created:
        found = self._find(otherwise.tutorial)
        if len(found) == 1:
            return self._link(otherwise.tutorial, found[0], "created")
        return otherwise

    def _link(
        self,
        tutorial: TutorialRecord,
        node: Node,
        outcome: Literal["created", "adopted"],
        message: str = "",
    ) -> Created:
        """Store the id as soon as it is known, linked, unless that contradicts what stands."""
        (record,) = self.entity.read(node, {})
        there = f"Administrate has it as {record.external_id}"
        if record.obstacle:
            return Created(tutorial, "failed", message=f"{there}, but {record.obstacle}")
        try:
            with database_errors(), self.engine.begin() as connection:
                contradiction = _contradiction(connection, self.entity, tutorial, record)
                if contradiction is None:
                    _write_link(connection, self.entity, tutorial, record)
        except DatabaseError as error:
            reason = f"{there}, but the link was not stored: {error} The next sync links it."
            return Created(tutorial, "failed", record.external_id, reason)
        if contradiction is not None:
            return Created(tutorial, "ambiguous", message=f"{there}, but {contradiction}")
        return Created(tutorial, outcome, record.external_id, message)

    def _audit(
        self, variables: Mapping[str, Any], started: datetime, node: Node | None, said: str
    ) -> None:
        """What happened has happened: that it could not be noted is only a warning."""
        document = self.creation.document
        try:
            with database_errors(), self.engine.begin() as connection:
                audit.add_call(
                    connection,
                    command=COMMAND,
                    operation=document,
                    document=document,
                    variables=variables,
                    data=dict(node) if node else None,
                    error=said,
                    success=node is not None,
                    started=started,
                    entity_type=self.entity.name,
                    entity_id=str(node["id"]) if node else "",
                )
        except DatabaseError as error:
            log.warning("The audit row of %s could not be written: %s", variables, error)


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _contradiction(
    connection: sa.Connection, entity: Entity, tutorial: TutorialRecord, record: RemoteRecord
) -> str | None:
    """Why these two must not be linked without a person; None if they may be."""
    table, link = entity.bridge, _link_column(entity)
    ends = sa.or_(link == tutorial.id, table.c.external_id == record.external_id)
    for row in connection.execute(sa.select(table.c.external_id, link.label("linked")).where(ends)):
        if row.linked == tutorial.id and row.external_id != record.external_id:
            return f"the tutorial record is linked to {row.external_id} by now"
        if row.linked not in {None, tutorial.id}:
            return f"that is linked to tutorial record {row.linked}"
    for decision in journal.decisions_in_force(connection, entity.name):
        ids = (decision.tutorial_id, decision.external_id)
        if decision.kind == DecisionKind.NEVER and ids == (tutorial.id, record.external_id):
            return f"decision {decision.id} says that the two are not the same"
    return None


def _write_link(
    connection: sa.Connection, entity: Entity, tutorial: TutorialRecord, record: RemoteRecord
) -> None:
    table, link, now = entity.bridge, _link_column(entity), datetime.now(UTC)
    stamps = [name for name in ("created_at", "updated_at", "last_synced") if name in table.c]
    row_id = connection.scalar(
        sa.select(table.c.id).where(table.c.external_id == record.external_id)
    )
    if row_id is None:
        statements.insert_rows(
            connection,
            table,
            [*entity.identity, link.name, *entity.columns, *stamps],
            [[*record.identity, tutorial.id, *record.values, *(now for _ in stamps)]],
        )
    else:
        statements.update_rows(
            connection, table, [link.name, "updated_at"], [(row_id, tutorial.id, now)]
        )
    journal.close_unmatched(connection, entity.name, tutorial.id, now)


def _link_column(entity: Entity) -> "sa.Column[int | None]":
    if entity.matched is None:
        raise ValueError(f"{entity.many} cannot be linked")
    return entity.bridge.c[entity.matched.link]
