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
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.errors import DecisionError
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity
from adm_sync.reference.known_records import KnownRecords, Named
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
    def named(self) -> Named:
        """The records that it is about."""
        return self.entity, self.tutorial_id, self.external_id

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
    deciding = Deciding(connection, who)
    number = deciding.decide(statement, why)
    deciding.keep()
    return number


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
        known: the records that are decided about; by default they are read one by one.
        many: about how many decisions there will be.

    Attributes:
        made: the numbers of the decisions that were not in force before.
    """

    def __init__(
        self,
        connection: sa.Connection,
        who: str,
        known: KnownRecords | None = None,
        many: int = 1,
    ) -> None:
        self._connection, self._who, self._known, self._many = connection, who, known, many
        self._numbers: list[int] = []
        self._pending: list[journal.Decision] = []
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
        """Make a decision, which `keep` writes. Gives its number.

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
        entity, here, _ = statement.named
        known = self._known or KnownRecords(self._connection, [statement.named])
        if here is not None and not known.has_tutorial(entity, here):
            raise DecisionError(
                f"There is no {matched.tutorial_noun} {statement.tutorial_id}. "
                f"`adm-sync unmatched {statement.entity.name}` lists the ids."
            )
        for other in self.in_force(statement):
            if same(other, statement):
                return other.id
            if _contradict(other, statement):
                raise Contradiction(self._contradiction(other), other.id)
        if statement.kind == DecisionKind.IGNORE and known.links(statement.named):
            raise DecisionError(
                "That record is linked. Say first that the two are not the same, with "
                f"`adm-sync never {entity.name} TUTORIAL_ID EXTERNAL_ID`, and sync."
            )
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
        if not self._numbers:
            self._numbers = journal.numbers_of_decisions(self._connection, self._many)[::-1]
        made = journal.Decision(id=self._numbers.pop(), **values)
        self.made.add(made.id)
        self._pending.append(made)
        self._note(made)
        return made.id

    def keep(self) -> None:
        """Write what was decided, all at once."""
        journal.add_decisions(self._connection, self._pending)
        self._pending = []

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
        self._known = KnownRecords(
            connection,
            [(entity, one["tutorial_id"], one["external_id"]) for one in near],
        )
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
            own = (self._entity, near["tutorial_id"], near["external_id"])
            is_free = not self._known.standing(own)
            if is_free and not any(_contradict(one, wanted) for one in others):
                yield near


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
