"""The open discrepancies of an entity, some at a time.

What belongs here: the statements that read a page of them, count them, and read those that
somebody was shown. What does not: storing them (`journal`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database.encoding import storable
from adm_sync.database.journal import Decision, OpenDiscrepancy
from adm_sync.database.operations import decisions, discrepancies
from adm_sync.database.recorded import LARGEST, all_as, among, as_number
from adm_sync.database.states import DiscrepancyKind


@dataclass(frozen=True, slots=True)
class Sought:
    """Which discrepancies are read: of an entity, of one kind if there is one, with this text."""

    entity: str
    kind: DiscrepancyKind | None = None
    search: str = ""


def read(
    connection: sa.Connection, wanted: Sought, after: int, limit: int
) -> list[OpenDiscrepancy]:
    """Those with larger numbers than `after`, in the order in which they were first seen."""
    statement = (
        sa.select(discrepancies)
        .where(
            discrepancies.c.entity == wanted.entity,
            discrepancies.c.closed_at.is_(None),
            discrepancies.c.id > sa.literal(min(after, LARGEST), sa.BigInteger),
        )
        .order_by(discrepancies.c.id)
        .limit(limit)
    )
    if wanted.kind:
        statement = statement.where(discrepancies.c.kind == wanted.kind)
    if wanted.search:
        statement = statement.where(_holds(storable(connection, wanted.search)))
    return all_as(connection, OpenDiscrepancy, statement)


def _holds(text: str) -> sa.ColumnElement[bool]:
    """Whether a record is called so, or has this id."""
    return sa.or_(
        discrepancies.c.label.icontains(text, autoescape=True),
        discrepancies.c.detail.icontains(text, autoescape=True),
        discrepancies.c.external_id == text,
        discrepancies.c.tutorial_id == sa.literal(as_number(text), sa.BigInteger),
    )


def counts(connection: sa.Connection) -> dict[str, dict[DiscrepancyKind, int]]:
    """How many are open, by entity and kind."""
    found: dict[str, dict[DiscrepancyKind, int]] = {}
    statement: sa.Select[Any] = (
        sa.select(discrepancies.c.entity, discrepancies.c.kind, sa.func.count())
        .where(discrepancies.c.closed_at.is_(None))
        .group_by(discrepancies.c.entity, discrepancies.c.kind)
        .order_by(discrepancies.c.entity, discrepancies.c.kind)
    )
    for entity, kind, number in connection.execute(statement):
        found.setdefault(entity, {})[kind] = number
    return found


def still_open(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, OpenDiscrepancy]:
    """Those of these discrepancies that are still open."""
    possible = [one for one in numbers if one <= LARGEST]
    statement = sa.select(discrepancies).where(
        among(discrepancies.c.id, possible), discrepancies.c.closed_at.is_(None)
    )
    return {one.id: one for one in all_as(connection, OpenDiscrepancy, statement)}


def stored(connection: sa.Connection, numbers: Sequence[int]) -> set[int]:
    """Those of these numbers that a discrepancy has, or had before it was closed."""
    possible = [one for one in numbers if one <= LARGEST]
    ids = sa.bindparam(None, possible, sa.ARRAY(sa.BigInteger))
    statement = sa.select(discrepancies.c.id).where(discrepancies.c.id == sa.any_(ids))
    return {*connection.scalars(statement)}


def retained(connection: sa.Connection, entity: str) -> set[str]:
    """The records of Administrate that are gone, while their rows are kept here."""
    statement = sa.select(discrepancies.c.external_id).where(
        discrepancies.c.entity == entity,
        discrepancies.c.kind == DiscrepancyKind.RETAINED,
        discrepancies.c.closed_at.is_(None),
    )
    return {external_id for external_id in connection.scalars(statement) if external_id}


def labels_of(
    connection: sa.Connection, entity: str, external_ids: Sequence[str]
) -> dict[str, str]:
    """What these records of Administrate are called, as far as something is open about them."""
    statement = sa.select(discrepancies.c.external_id, discrepancies.c.label).where(
        discrepancies.c.entity == entity,
        among(discrepancies.c.external_id, external_ids),
        discrepancies.c.closed_at.is_(None),
    )
    return {row.external_id: row.label for row in connection.execute(statement)}


def decisions_about(
    connection: sa.Connection,
    entity: str,
    tutorial_ids: Sequence[int],
    external_ids: Sequence[str],
) -> list[Decision]:
    """The decisions in force that name one of these records, oldest first."""
    statement = sa.select(decisions).where(
        decisions.c.withdrawn_at.is_(None),
        decisions.c.entity == entity,
        sa.or_(
            among(decisions.c.tutorial_id, tutorial_ids),
            among(decisions.c.external_id, external_ids),
        ),
    )
    return all_as(connection, Decision, statement.order_by(decisions.c.id))


def count_decided(connection: sa.Connection, entity: str, since: datetime | None) -> int:
    """How many decisions were made about an entity, or taken back, since then."""
    own = decisions.c.entity == entity
    if since is not None:
        made = decisions.c.decided_at >= since
        # One that was taken back before any sync has changed nothing.
        taken_back = sa.and_(decisions.c.withdrawn_at >= since, decisions.c.decided_at < since)
        own = sa.and_(own, sa.or_(made & decisions.c.withdrawn_at.is_(None), taken_back))
    else:
        own = sa.and_(own, decisions.c.withdrawn_at.is_(None))
    return connection.scalar(sa.select(sa.func.count()).select_from(decisions).where(own)) or 0
