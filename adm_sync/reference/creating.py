"""Creating unmatched tutorial records in Administrate, which a person has asked for.

What belongs here: whether it can be done, doing it once, and what to enter by hand where it
cannot. What does not: asking (the command line does).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import read_page
from adm_sync.database import adm, journal, statements
from adm_sync.errors import AdmSyncError, OutcomeUnknown, RequestRejected
from adm_sync.reference.entity import Creation, Entity, Node, Tutorial

COMMAND = "create-missing"


@dataclass(frozen=True, slots=True)
class Created:
    """What became of one tutorial record. `adopted`: it was in Administrate after all."""

    tutorial: Tutorial
    outcome: Literal["created", "adopted", "refused", "unknown", "ambiguous", "failed"]
    external_id: str | None = None
    message: str = ""


def missing(connection: sa.Connection, entity: Entity) -> list[Tutorial]:
    """The tutorial records that the last sync found no counterpart for, as they are now."""
    if entity.matched is None:
        return []
    wanted = {
        row.tutorial_id
        for row in journal.open_discrepancies(connection, entity.name)
        if row.kind == "unmatched_tutorial"
    }
    ignored = {
        row.tutorial_id
        for row in journal.decisions_in_force(connection, entity.name)
        if row.kind == "ignore"
    }
    tutorials = map(entity.matched.read, connection.execute(entity.matched.tutorials))
    return [one for one in tutorials if one.is_active and one.id in wanted - ignored]


def can_create(entity: Entity, client: AdministrateClient) -> bool:
    """Whether this tenant's API has a mutation that creates such records."""
    creation = entity.creation
    return creation is not None and client.has_mutation(creation.group, creation.field)


def instructions(entity: Entity, tutorial: Tutorial) -> list[str]:
    """What a person has to enter in Administrate, field by field."""
    return [line.format(label=tutorial.label, about=tutorial.about) for line in entity.by_hand]


def create_missing(
    entity: Entity,
    engine: sa.Engine,
    client: AdministrateClient,
    tutorials: Sequence[Tutorial],
) -> list[Created]:
    """Create these records in Administrate and link them, one after the other.

    Each is looked up first, so that none is created that is there already; an unanswered create is
    looked up and never repeated. The caller holds the sync lock and has a person's consent.
    """
    return [_create(entity, engine, client, tutorial) for tutorial in tutorials]


def _create(
    entity: Entity, engine: sa.Engine, client: AdministrateClient, tutorial: Tutorial
) -> Created:
    creation = entity.creation
    if creation is None:
        raise ValueError(f"{entity.many} cannot be created")
    try:
        found = _find(creation, client, tutorial)
        if len(found) > 1:
            ids = ", ".join(str(node["id"]) for node in found)
            return Created(tutorial, "ambiguous", message=f"Administrate has several: {ids}")
        if found:
            return _link(entity, engine, tutorial, found[0], "adopted")
        return _send(entity, creation, engine, client, tutorial)
    except AdmSyncError as error:
        return Created(tutorial, "failed", message=str(error))


def _find(creation: Creation, client: AdministrateClient, tutorial: Tutorial) -> list[Node]:
    data = client.query(creation.find, {"code": tutorial.label})
    return read_page(data, creation.connection, dict).records


def _send(
    entity: Entity,
    creation: Creation,
    engine: sa.Engine,
    client: AdministrateClient,
    tutorial: Tutorial,
) -> Created:
    variables = {"input": creation.fields(tutorial)}
    started = datetime.now(UTC)
    try:
        answer = client.mutate(creation.document, variables)
    except RequestRejected as error:
        _audit(engine, entity, creation, variables, started, None, str(error))
        return Created(tutorial, "refused", message=str(error))
    except OutcomeUnknown as error:
        _audit(engine, entity, creation, variables, started, None, str(error))
        return _look_again(entity, creation, engine, client, tutorial, str(error))
    payload = ((answer.data or {}).get(creation.group) or {}).get(creation.field) or {}
    node = next((value for value in payload.values() if _is_record(value)), None)
    said = "; ".join(
        str(error.get("message") or error.get("label")) for error in payload.get("errors") or ()
    )
    said = said or "; ".join(fault.message for fault in answer.errors)
    _audit(engine, entity, creation, variables, started, node, said)
    if node is None:
        return Created(tutorial, "refused", message=said or "Administrate gave no reason")
    return _link(entity, engine, tutorial, node, "created", said)


def _look_again(
    entity: Entity,
    creation: Creation,
    engine: sa.Engine,
    client: AdministrateClient,
    tutorial: Tutorial,
    reason: str,
) -> Created:
    found = _find(creation, client, tutorial)
    if len(found) == 1:
        return _link(entity, engine, tutorial, found[0], "created")
    return Created(tutorial, "unknown", message=f"{reason} It was not sent again.")


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _link(
    entity: Entity,
    engine: sa.Engine,
    tutorial: Tutorial,
    node: Node,
    outcome: Literal["created", "adopted"],
    message: str = "",
) -> Created:
    """Store the id as soon as it is known, linked."""
    matched, table, now = entity.matched, entity.bridge, datetime.now(UTC)
    if matched is None:
        raise ValueError(f"{entity.many} cannot be linked")
    (record,) = entity.read(node, {})
    stamps = [name for name in ("created_at", "updated_at", "last_synced") if name in table.c]
    with engine.begin() as connection:
        row_id = connection.scalar(
            sa.select(table.c.id).where(table.c.external_id == record.external_id)
        )
        if row_id is None:
            statements.insert_rows(
                connection,
                table,
                [*entity.identity, matched.link, *entity.columns, *stamps],
                [[*record.identity, tutorial.id, *record.values, *(now for _ in stamps)]],
            )
        else:
            statements.update_rows(connection, table, [matched.link], [(row_id, tutorial.id)])
        journal.close_unmatched(connection, entity.name, tutorial.id, now)
    return Created(tutorial, outcome, record.external_id, message)


def _audit(
    engine: sa.Engine,
    entity: Entity,
    creation: Creation,
    variables: dict[str, Any],
    started: datetime,
    node: Node | None,
    said: str,
) -> None:
    """A row in the tutorial application's own audit log, as it keeps one for every mutation."""
    ended = datetime.now(UTC)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(adm.api_audit_log).values(
                command=COMMAND,
                operation=creation.document,
                graphql_query=creation.document,
                variables=json.loads(json.dumps(variables)),
                response_body=dict(node) if node else None,
                status_code=None,
                success=node is not None,
                error_message=said,
                started_at=started,
                completed_at=ended,
                duration_ms=round((ended - started).total_seconds() * 1000),
                entity_type=entity.name,
                entity_id=str(node["id"]) if node else "",
                records_processed=1 if node else 0,
            )
        )
