"""What a person decides about records that do not match by themselves.

What belongs here: checking a decision against the records and the decisions that there are, and
storing it. What does not: what it does to a matching (`matching`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import journal
from adm_sync.errors import DecisionError
from adm_sync.reference.entity import Entity, Tutorial


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says: `kind` is link, never or ignore, about one or two records.

    link and never name both records; ignore names one of them.
    """

    kind: str
    entity: Entity
    tutorial_id: int | None = None
    external_id: str | None = None

    def __str__(self) -> str:
        """In words."""
        here = f"tutorial record {self.tutorial_id}" if self.tutorial_id is not None else ""
        there = f"Administrate record {self.external_id}" if self.external_id else ""
        ends = " and ".join(filter(None, (here, there)))
        return f"{self.kind} {self.entity.name}: {ends}"


def decide(connection: sa.Connection, statement: Statement, who: str, why: str) -> int:
    """Store a decision; the next sync of the entity honours it. Gives its number.

    Deciding the same again changes nothing and gives the number it has.

    Raises:
        DecisionError: the entity has nothing to decide, a tutorial record is not there, or the
            decision contradicts one in force or, for `ignore`, a link that stands.
    """
    matched = statement.entity.matched
    if matched is None:
        raise DecisionError(
            f"{statement.entity.title} belong to Administrate alone: there is nothing to "
            f"{statement.kind}."
        )
    if statement.tutorial_id is not None and not _tutorial(connection, statement):
        raise DecisionError(
            f"There is no {matched.tutorial_noun} {statement.tutorial_id}. "
            f"`adm-sync unmatched {statement.entity.name}` lists the ids."
        )
    for other in journal.decisions_in_force(connection, statement.entity.name):
        if _same(other, statement):
            return int(other.id)
        _check_agreement(other, statement)
    if statement.kind == "ignore":
        _check_unlinked(connection, statement)
    return journal.add_decision(
        connection,
        kind=statement.kind,
        entity=statement.entity.name,
        tutorial_id=statement.tutorial_id,
        external_id=statement.external_id,
        who=who,
        why=why,
        decided_at=datetime.now(UTC),
    )


def withdraw(connection: sa.Connection, statement: Statement) -> int:
    """Take a decision back; gives its number.

    Raises:
        DecisionError: no such decision is in force.
    """
    for other in journal.decisions_in_force(connection, statement.entity.name):
        if _same(other, statement):
            journal.withdraw_decision(connection, other.id, datetime.now(UTC))
            return int(other.id)
    raise DecisionError(f"No such decision is in force ({statement}).")


def _tutorial(connection: sa.Connection, statement: Statement) -> Tutorial | None:
    matched = statement.entity.matched
    assert matched is not None
    found = connection.execute(
        matched.tutorials.where(matched.tutorials.selected_columns.id == statement.tutorial_id)
    ).first()
    return matched.read(found) if found else None


def _same(other: Any, statement: Statement) -> bool:
    return (other.kind, other.tutorial_id, other.external_id) == (
        statement.kind,
        statement.tutorial_id,
        statement.external_id,
    )


def _check_agreement(other: Any, statement: Statement) -> None:
    """Two decisions contradict each other when both cannot be honoured."""
    same_tutorial = other.tutorial_id is not None and other.tutorial_id == statement.tutorial_id
    same_external = other.external_id is not None and other.external_id == statement.external_id
    kinds = {other.kind, statement.kind}
    contradict = {
        frozenset({"link"}): same_tutorial or same_external,
        frozenset({"link", "never"}): same_tutorial and same_external,
        frozenset({"link", "ignore"}): same_tutorial or same_external,
    }.get(frozenset(kinds), False)
    if contradict:
        raise DecisionError(
            f"This contradicts decision {other.id}: {other.kind} "
            f"(tutorial record {other.tutorial_id}, Administrate record {other.external_id}), made "
            f"by {other.who} on {other.decided_at:%Y-%m-%d}. Withdraw that one first, with "
            f"`adm-sync {other.kind} {statement.entity.name} … --withdraw`."
        )


def _check_unlinked(connection: sa.Connection, statement: Statement) -> None:
    matched, bridge = statement.entity.matched, statement.entity.bridge
    assert matched is not None
    link = bridge.c[matched.link]
    end = (
        link == statement.tutorial_id
        if statement.tutorial_id is not None
        else sa.and_(bridge.c.external_id == statement.external_id, link.is_not(None))
    )
    if connection.execute(sa.select(bridge.c.id).where(end)).first():
        raise DecisionError(
            "That record is linked. Say first that the two are not the same, with "
            f"`adm-sync never {statement.entity.name} TUTORIAL_ID EXTERNAL_ID`, and sync."
        )
