"""What a person decides about records that do not match by themselves.

What belongs here: checking a decision against the records and the decisions that there are, and
storing it. What does not: what it does to a matching (`matching`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import journal, open_records, overview
from adm_sync.database.recorded import among
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.errors import DecisionError
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity, Matched
from adm_sync.reference.labels import tutorial_labels
from adm_sync.reference.nodes import legible

UNMATCHED = {DiscrepancyKind.UNMATCHED_TUTORIAL, DiscrepancyKind.UNMATCHED_ADMINISTRATE}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says: `kind` is link, never or ignore, about one or two records.

    link and never name both records; ignore names one of them.
    """

    kind: DecisionKind
    entity: Entity
    tutorial_id: int | None = None
    external_id: str | None = None

    @property
    def key(self) -> tuple[str, str, int | None, str | None]:
        """What makes two statements the same one."""
        return self.kind, self.entity.name, self.tutorial_id, self.external_id

    def __str__(self) -> str:
        """In words."""
        here = f"tutorial record {self.tutorial_id}" if self.tutorial_id is not None else ""
        there = f"Administrate record {self.external_id}" if self.external_id else ""
        ends = " and ".join(filter(None, (here, there)))
        return f"{self.kind} {self.entity.name}: {ends}"


def decide(connection: sa.Connection, statement: Statement, who: str, why: str) -> int:
    """Store a decision; the next sync of the entity honours it. Gives its number.

    Raises:
        DecisionError: as of `Deciding.decide`.
    """
    return Deciding(connection, who).decide(statement, why)


class Contradiction(DecisionError):
    """A decision contradicts the one of this number."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.number = number


class Deciding:
    """Decisions that one person makes in one transaction, while nobody else decides.

    Args:
        connection: in a transaction; what is stored is the caller's to commit.
        who: the person.

    Attributes:
        made: the numbers of the decisions that were not in force before.
    """

    def __init__(self, connection: sa.Connection, who: str) -> None:
        self._connection, self._who = connection, who
        # By entity and by each id that they name.
        self._in_force: dict[str, dict[int | str, list[journal.Decision]]] = {}
        self.made: set[int] = set()
        journal.let_nobody_else_decide(connection)

    def in_force(self, statement: Statement) -> list[journal.Decision]:
        """The decisions about either record of a statement, those that were made here too."""
        name = statement.entity.name
        if name not in self._in_force:
            self._in_force[name] = defaultdict(list)
            for one in journal.decisions_in_force(self._connection, name):
                self._note(one)
        known = self._in_force[name]
        named = (one for end in _ends(statement) for one in known.get(end, ()))
        return [*{one.id: one for one in named}.values()]

    def _note(self, decision: journal.Decision) -> None:
        for end in _ends(decision):
            self._in_force[decision.entity][end].append(decision)

    def decide(self, statement: Statement, why: str) -> int:
        """Store a decision; the next sync of the entity honours it. Gives its number.

        Deciding the same again changes nothing and gives the number it has.

        Raises:
            DecisionError: the entity has nothing to decide, the statement names too few or too many
                records or one that cannot be, or it contradicts a decision in force or, for
                `ignore`, a link that stands.
        """
        matched = statement.entity.matched
        if matched is None:
            raise DecisionError(
                f"{statement.entity.title} belong to Administrate alone: there is nothing to "
                f"{statement.kind}."
            )
        check_ends(statement)
        if statement.tutorial_id is not None and not _is_there(
            self._connection, matched, statement
        ):
            raise DecisionError(
                f"There is no {matched.tutorial_noun} {statement.tutorial_id}. "
                f"`adm-sync unmatched {statement.entity.name}` lists the ids."
            )
        for other in self.in_force(statement):
            if same(other, statement):
                return other.id
            if _contradict(other, statement):
                raise Contradiction(self._contradiction(other), other.id)
        if statement.kind == DecisionKind.IGNORE:
            _check_unlinked(self._connection, statement)
        return self._store(statement, why)

    def _store(self, statement: Statement, why: str) -> int:
        values: dict[str, Any] = {
            "tutorial_id": statement.tutorial_id,
            "external_id": statement.external_id,
            "kind": statement.kind,
            "entity": statement.entity.name,
            "who": self._who,
            "why": why,
            "decided_at": datetime.now(UTC),
        }
        number = journal.add_decision(self._connection, **values)
        self.made.add(number)
        self._note(journal.Decision(id=number, **values))
        return number

    def _contradiction(self, other: journal.Decision) -> str:
        said = said_by(other)
        if other.id in self.made:
            return f"This contradicts another decision that is to be made with it ({said})."
        return (
            f"This contradicts decision {other.id} ({said}), made by {other.who} on "
            f"{other.decided_at:%Y-%m-%d}. Withdraw that one first, with "
            f"`adm-sync decisions --withdraw {other.id}`."
        )


def withdraw(connection: sa.Connection, statement: Statement, who: str) -> int:
    """Take a decision back; gives its number.

    Raises:
        DecisionError: no such decision is in force.
    """
    in_force = journal.decisions_in_force(connection, statement.entity.name)
    numbers = [int(other.id) for other in in_force if same(other, statement)]
    if not numbers:
        raise DecisionError(f"No such decision is in force ({statement}).")
    for number in numbers:
        journal.withdraw_decision(connection, number, who, datetime.now(UTC))
    return numbers[0]


def withdraw_number(connection: sa.Connection, number: int, who: str) -> Statement:
    """Take back the decision of this number; gives what it said.

    Raises:
        DecisionError: it is not in force.
    """
    decision = overview.find_decision(connection, number)
    if decision is None:
        raise DecisionError(f"Decision {number} is not in force. `adm-sync decisions` lists those.")
    statement = said_by(decision)
    withdraw(connection, statement, who)
    return statement


def tutorial_names(
    connection: sa.Connection, chosen: Iterable[journal.Decision]
) -> dict[tuple[str, int], str]:
    """What people call the tutorial records of these decisions, by entity and id."""
    ids: dict[str, set[int]] = defaultdict(set)
    for one in chosen:
        if one.tutorial_id is not None:
            ids[one.entity].add(one.tutorial_id)
    return {
        (name, number): label
        for name, wanted in ids.items()
        for number, label in tutorial_labels(connection, BY_NAME[name], wanted).items()
    }


def label_of(connection: sa.Connection, statement: Statement) -> str:
    """What people call the tutorial record of a statement; '' if it names none."""
    here = statement.tutorial_id
    known = [] if here is None else [here]
    return tutorial_labels(connection, statement.entity, known).get(here or 0, "")


def said_by(decision: journal.Decision) -> Statement:
    """What a decision says."""
    return Statement(
        decision.kind, BY_NAME[decision.entity], decision.tutorial_id, decision.external_id
    )


def with_takable(
    connection: sa.Connection, found: Sequence[journal.OpenDiscrepancy]
) -> list[journal.OpenDiscrepancy]:
    """The same, suggesting only what can be linked with each by a decision, as things stand now.

    Since a sync has suggested a record, a person may have said that it is another one, that it is
    not this one or that it is none, or it may have been linked.
    """
    takable = {
        name: _Takable(connection, BY_NAME[name], [one for one in found if one.entity == name])
        for name in {one.entity for one in found if one.kind in UNMATCHED and one.suggestions}
    }
    return [
        replace(one, suggestions=[*takable[one.entity].of(one)])
        if one.kind in UNMATCHED and one.suggestions
        else one
        for one in found
    ]


class _Takable:
    """Which suggestions of an entity can be taken."""

    def __init__(
        self, connection: sa.Connection, entity: Entity, found: Sequence[journal.OpenDiscrepancy]
    ) -> None:
        near = [one for row in found if row.kind in UNMATCHED for one in row.suggestions]
        here = {one["tutorial_id"] for one in near if one["tutorial_id"] is not None}
        there = {one["external_id"] for one in near if one["external_id"]}
        self._entity = entity
        self._linked = {
            end for ends in standing(connection, entity, [*here], [*there]) for end in ends
        }
        self._decided: dict[int | str, list[journal.Decision]] = defaultdict(list)
        for one in open_records.decisions_about(connection, entity.name, [*here], [*there]):
            for end in _ends(one):
                self._decided[end].append(one)

    def of(self, row: journal.OpenDiscrepancy) -> Iterator[dict[str, Any]]:
        for near in row.suggestions:
            end = near["external_id"] or near["tutorial_id"]
            here, there = _pair(row, near)
            wanted = Statement(DecisionKind.LINK, self._entity, here, there)
            others = (one for one in self._decided[end] if not same(one, wanted))
            if end not in self._linked and not any(_contradict(one, wanted) for one in others):
                yield near


def links_with(
    connection: sa.Connection, entity: Entity, tutorial_id: int | None, external_id: str | None
) -> list[tuple[int, str]]:
    """The links that stand with either record: tutorial id and external id of each."""
    here = [] if tutorial_id is None else [tutorial_id]
    return links_of(connection, entity, here, [external_id] if external_id else [])


def links_of(
    connection: sa.Connection,
    entity: Entity,
    tutorial_ids: Sequence[int],
    external_ids: Sequence[str],
) -> list[tuple[int, str]]:
    """The same of any of these records."""
    matched, bridge = entity.matched, entity.bridge
    assert matched is not None
    link, external_id = bridge.c[matched.link], bridge.c.external_id
    ends = sa.or_(among(link, tutorial_ids), among(external_id, external_ids))
    statement = sa.select(link, external_id).where(link.is_not(None), ends)
    return [(mine, its) for mine, its in connection.execute(statement)]


def standing(
    connection: sa.Connection,
    entity: Entity,
    tutorial_ids: Sequence[int],
    external_ids: Sequence[str],
) -> list[tuple[int, str]]:
    """The same, but for links with what is gone from Administrate, which a decision moves."""
    found = links_of(connection, entity, tutorial_ids, external_ids)
    gone = open_records.retained(connection, entity.name) if found else ()
    return [(mine, its) for mine, its in found if its not in gone]


def is_known_there(connection: sa.Connection, entity: Entity, external_id: str) -> bool:
    """Whether the last sync has seen this record of Administrate, as far as it was kept."""
    bridge = entity.bridge
    row = sa.select(bridge.c.id).where(bridge.c.external_id == external_id)
    if connection.execute(row.limit(1)).first() is not None:
        return True
    found = journal.open_discrepancies(connection, entity.name)
    return any(one.external_id == external_id for one in found)


def _pair(one: journal.OpenDiscrepancy, near: Mapping[str, Any]) -> tuple[int | None, str | None]:
    """What linking a record to a suggestion would join."""
    tutorial = one.tutorial_id if one.tutorial_id is not None else near["tutorial_id"]
    return tutorial, one.external_id or near["external_id"]


def _ends(said: Statement | journal.Decision) -> list[int | str]:
    """The ids of the records that it names."""
    return [end for end in (said.tutorial_id, said.external_id) if end is not None]


def check_ends(statement: Statement) -> None:
    """Make sure that a statement names as many records as it is about, and possible ones.

    Raises:
        DecisionError: it does not.
    """
    ends = len(_ends(statement))
    wanted = 1 if statement.kind == DecisionKind.IGNORE else 2
    if ends != wanted:
        raise DecisionError(f"'{statement.kind}' takes {wanted} of the two ids, and {ends} came.")
    named = statement.external_id
    if named is not None and (not named or legible(named) != named):
        raise DecisionError(f"{named!r} cannot be the id of an Administrate record.")


def _is_there(connection: sa.Connection, matched: Matched, statement: Statement) -> bool:
    # A number that no bigint can hold is an error to PostgreSQL, not a record that is not there.
    asked = sa.literal(statement.tutorial_id, sa.Numeric)
    tutorials = matched.tutorials.where(matched.tutorials.selected_columns.id == asked)
    return connection.execute(tutorials).first() is not None


def same(other: journal.Decision, statement: Statement) -> bool:
    """Whether a decision says just that."""
    return (other.kind, other.tutorial_id, other.external_id) == (
        statement.kind,
        statement.tutorial_id,
        statement.external_id,
    )


def _contradict(other: journal.Decision, statement: Statement) -> bool:
    """Whether two decisions cannot both be honoured."""
    same_tutorial = other.tutorial_id is not None and other.tutorial_id == statement.tutorial_id
    same_external = other.external_id is not None and other.external_id == statement.external_id
    kinds = {other.kind, statement.kind}
    return {
        frozenset({DecisionKind.LINK}): same_tutorial or same_external,
        frozenset({DecisionKind.LINK, DecisionKind.NEVER}): same_tutorial and same_external,
        frozenset({DecisionKind.LINK, DecisionKind.IGNORE}): same_tutorial or same_external,
    }.get(frozenset(kinds), False)


def _check_unlinked(connection: sa.Connection, statement: Statement) -> None:
    entity, here, there = statement.entity, statement.tutorial_id, statement.external_id
    if links_with(connection, entity, here, there):
        raise DecisionError(
            "That record is linked. Say first that the two are not the same, with "
            f"`adm-sync never {statement.entity.name} TUTORIAL_ID EXTERNAL_ID`, and sync."
        )
