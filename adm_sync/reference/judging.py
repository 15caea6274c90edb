"""From complete evidence to a judged plan, against the tables as they stand.

What belongs here: reading rows, tutorial records and decisions, and bringing matching, planning
and the guard together. What does not: their rules, and writing anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from adm_sync.database import journal, statements
from adm_sync.database.encoding import Encoding, encoding_of
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.entity import (
    BridgeRow,
    Entity,
    Evidence,
    Identity,
    RemoteRecord,
    TutorialRecord,
)
from adm_sync.reference.findings import discrepancies
from adm_sync.reference.matching import Matching, match
from adm_sync.reference.matching_owned import match_owned
from adm_sync.reference.planning import GuardLimits, Plan, hold_reason, plan_sync


@dataclass(slots=True)
class Judgement:
    """What a sync would do and report, and why the guard holds it, if it does.

    `found` is what a person should look at: by this evidence, or, when it is held and thus not
    accepted, what is stored as open. `lacking` are the unanswered parts of identities that matter:
    the table has rows of them, or another entity needs them. `tutorial_records` were compared.
    """

    plan: Plan
    found: list[journal.Discrepancy]
    held: str | None
    lacking: list[str]
    tutorial_records: int


def judge(
    connection: sa.Connection,
    entity: Entity,
    evidence: Evidence,
    limits: GuardLimits,
    released: str | None,
) -> Judgement:
    """Match and plan against the tables as this transaction sees them.

    Args:
        connection: in a transaction.
        entity: the entity that is synced.
        evidence: the complete fetch.
        limits: of the guard.
        released: the fingerprint of a held plan that a person let pass.
    """
    evidence = _storable(encoding_of(connection), entity, evidence)
    seen = {record.identity: record for record in evidence.records}
    rows = list(_read_rows(connection, entity, seen))
    gone = [row for row in rows if row.identity not in seen]
    referenced = statements.referenced_rows(connection, entity.bridge, [row.id for row in gone])
    staying = [row for row in gone if row.id in referenced or evidence.leaves_open(row.identity)]
    matching = _match(connection, entity, evidence, rows, staying)
    plan = plan_sync(entity, evidence, rows, matching, referenced)
    held = hold_reason(plan, limits) or _strangers(plan)
    if held and released == plan.fingerprint():
        held = None
    found = (
        journal.stored_discrepancies(connection, entity.name)
        if held
        else discrepancies(entity, matching, plan)
    )
    lacking = _lacking(entity, evidence, rows)
    return Judgement(plan, found, held, lacking, matching.tutorial_records)


def _storable(encoding: Encoding, entity: Entity, evidence: Evidence) -> Evidence:
    """The same, but what the database's encoding has no room for is refused, record by record."""
    if encoding.holds_all:
        return evidence
    columns = (*entity.identity, *entity.columns)

    def judged(record: RemoteRecord) -> RemoteRecord:
        for column, value in zip(columns, (*record.identity, *record.values), strict=False):
            obstacle = not record.obstacle and encoding.obstacle(value)
            if obstacle:
                told = f"{column} {obstacle}"
                return RemoteRecord(record.identity, record.label, obstacle=told, refused=True)
        return record

    return replace(evidence, records=[judged(record) for record in evidence.records])


def _lacking(entity: Entity, evidence: Evidence, rows: Sequence[BridgeRow]) -> list[str]:
    needed = {need.part for one in ENTITIES for need in one.needs if need.entity == entity.name}
    here = {row.identity[0] for row in rows} if evidence.unanswered else set()
    return [part for part in evidence.unanswered if part in here or part in needed]


def _strangers(plan: Plan) -> str | None:
    """Why to hold a plan that leaves none of the known rows in its place."""
    if plan.rows < 2 or not plan.seen or plan.unanswered or len(plan.unseen_row_ids) < plan.rows:
        return None
    return (
        f"none of the {plan.rows} {plan.entity.many} known here is among the {plan.seen} that "
        "Administrate returned; this looks like another tenant's data"
    )


def _read_rows(
    connection: sa.Connection, entity: Entity, seen: Mapping[Identity, RemoteRecord]
) -> Iterator[BridgeRow]:
    """The bridge table. What equals the record is the record's, so that memory holds it once."""
    link = [entity.matched.link] if entity.matched else []
    columns = ["id", *entity.identity, *link, *entity.columns]
    width = 1 + len(entity.identity)
    start = width + len(link)
    for cells in statements.read_rows(connection, entity.bridge, columns):
        identity, values = tuple(cells[1:width]), tuple(cells[start:])
        record = seen.get(identity)
        if record is not None:
            identity = record.identity
            values = record.values if record.values == values else values
        yield BridgeRow(cells[0], identity, cells[width] if link else None, values)


def _match(
    connection: sa.Connection,
    entity: Entity,
    evidence: Evidence,
    rows: list[BridgeRow],
    staying: list[BridgeRow],
) -> Matching:
    if entity.matched is None:
        return _match_owned(evidence, rows, staying)
    tutorials: list[TutorialRecord] = [
        entity.matched.read(row) for row in connection.execute(entity.matched.tutorials).all()
    ]
    decisions = journal.decisions_in_force(connection, entity.name)
    return match(evidence.records, rows, tutorials, decisions)


def _match_owned(evidence: Evidence, rows: list[BridgeRow], staying: list[BridgeRow]) -> Matching:
    """Rows that stay though their records are gone keep their places like any that cannot be
    written; they are not unmatched themselves.
    """
    ghosts = [RemoteRecord(row.identity, row.external_id, obstacle="gone") for row in staying]
    matching = match_owned([*evidence.records, *ghosts], rows)
    gone = {ghost.identity for ghost in ghosts}
    matching.unmatched_administrate = [
        record for record in matching.unmatched_administrate if record.identity not in gone
    ]
    return matching
