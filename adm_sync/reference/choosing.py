"""Deciding about open discrepancies that a person was shown, some at once: all, or none.

What belongs here: what such decisions would do, and whether what was shown still holds. What does
not: whether a single decision can be made (`decisions`), and how they are chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from adm_sync.database import journal, open_records, overview
from adm_sync.database.journal import Decision, OpenDiscrepancy
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.errors import DecisionError
from adm_sync.reference.decisions import (
    UNMATCHED,
    Contradiction,
    Deciding,
    Statement,
    check_ends,
    decide,
    said_by,
    same,
    withdraw,
    withdraw_number,
)
from adm_sync.reference.known_records import KnownRecords

SETTLED = "It is settled meanwhile: a sync has found that nothing is open here any more."
PARTED = (
    "Each of the two is matched by its name then, or listed as unmatched. Events that were "
    "imported while they were linked stay as they are, here and in Administrate: look through them."
)
NOT_OF_IT = "The decision names another record than the one that was shown."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says about the discrepancy of this number, which they were shown, and why."""

    number: int
    statement: Statement
    why: str = ""


@dataclass(frozen=True, slots=True)
class JudgedChoice:
    """What becomes of a choice.

    Attributes:
        choice: it.
        shown: the discrepancy, if it is still open.
        problem: why it cannot be decided; '' if it can.
        rival: the other of these choices that it contradicts.
        effect: what the next sync does because of it.
        decision: the number of the decision, if it is stored.
        known: the same decision, if somebody had made it already.
    """

    choice: Choice
    shown: OpenDiscrepancy | None = None
    problem: str = ""
    rival: Choice | None = None
    effect: str = ""
    decision: int | None = None
    known: Decision | None = None


def decide_all(
    connection: sa.Connection,
    choices: Sequence[Choice],
    who: str,
    *,
    rehearse: bool = False,
) -> list[JudgedChoice]:
    """Store all of these decisions, or none if there is a problem with any.

    Args:
        connection: in a transaction, which the caller commits.
        choices: what was chosen.
        who: decides.
        rehearse: say what would become of them, and store nothing.
    """
    with connection.begin_nested() as attempt:
        known = KnownRecords(connection, [one.statement.named for one in choices])
        deciding = Deciding(connection, who, known, len(choices))
        found = open_records.still_open(connection, [one.number for one in choices])
        judged: list[JudgedChoice] = []
        made: dict[int, Choice] = {}
        for choice in choices:
            one = _decided(connection, deciding, known, choice, found.get(choice.number), made)
            judged.append(one)
            if one.decision is not None:
                made.setdefault(one.decision, choice)
        if rehearse or any(one.problem for one in judged):
            attempt.rollback()
            judged = [replace(one, decision=None) for one in judged]
        else:
            deciding.keep()
    return judged


def _decided(
    connection: sa.Connection,
    deciding: Deciding,
    known: KnownRecords,
    choice: Choice,
    shown: OpenDiscrepancy | None,
    made: Mapping[int, Choice],
) -> JudgedChoice:
    statement = choice.statement
    if statement.entity.matched is not None:
        made_before = _made_before(deciding, statement)
        if made_before is not None:
            effect, number = effect_of(connection, statement, known), made_before.id
            return JudgedChoice(choice, shown, effect=effect, decision=number, known=made_before)
        problem = SETTLED if shown is None else _outdated(known, statement, shown)
        if problem:
            return JudgedChoice(choice, shown, problem)
    try:
        number = deciding.decide(statement, choice.why)
    except Contradiction as error:
        return JudgedChoice(choice, shown, str(error), made.get(error.number))
    except DecisionError as error:
        return JudgedChoice(choice, shown, str(error))
    effect = effect_of(connection, statement, known)
    return JudgedChoice(choice, shown, effect=effect, decision=number)


def _made_before(deciding: Deciding, statement: Statement) -> Decision | None:
    """The same decision, if it is in force and was not made just now."""
    found = (one for one in deciding.in_force(statement) if same(one, statement))
    return next((one for one in found if one.id not in deciding.made), None)


def _outdated(known: KnownRecords, statement: Statement, shown: OpenDiscrepancy) -> str:
    """What stands against it that was not so when it was shown, or was not seen; '' if nothing."""
    entity, _, there = statement.named
    if shown.entity != entity.name or not _is_of(statement, shown):
        return NOT_OF_IT
    # Of the others, a link may have stood when they were shown.
    if shown.kind not in UNMATCHED:
        return ""
    seen = {shown.external_id, *(one["external_id"] for one in shown.suggestions)}
    if there and there not in seen and not known.has_external(entity, there):
        return f"Administrate has no {entity.one} {there}, as far as the last sync has seen."
    return "".join(
        f"{known.called(entity, mine)} is linked with {its}. If that is wrong, say first that the "
        f"two are not the same (`adm-sync never {entity.name} {mine} {its} --part`)."
        for mine, its in known.standing(statement.named)[:1]
    )


def _is_of(statement: Statement, shown: OpenDiscrepancy) -> bool:
    """Whether the statement is about what was shown: its records, or members of an ambiguity."""
    here, there = statement.tutorial_id, statement.external_id
    if shown.kind == DiscrepancyKind.AMBIGUOUS:
        mine = {one["tutorial_id"] for one in shown.suggestions}
        theirs = {one["external_id"] for one in shown.suggestions}
        return (here is None or here in mine) and (not there or there in theirs)
    ends = [here == shown.tutorial_id] if shown.tutorial_id is not None else []
    ends += [there == shown.external_id] if shown.external_id else []
    return any(ends) if statement.kind == DecisionKind.IGNORE else bool(ends) and all(ends)


def effect_of(
    connection: sa.Connection, statement: Statement, known: KnownRecords | None = None
) -> str:
    """What the next sync does because of a decision, in a sentence.

    Args:
        connection: only read from.
        statement: what is decided.
        known: its records, if they are read already.
    """
    if statement.entity.matched is None:
        return ""
    if statement.kind == DecisionKind.IGNORE:
        return "The next sync no longer lists it."
    pair = (statement.tutorial_id, statement.external_id)
    known = known or KnownRecords(connection, [statement.named])
    links = known.links(statement.named)
    if statement.kind == DecisionKind.NEVER:
        if pair in links:
            return "The next sync takes the link between them away, and none makes it again."
        return "They are suggested to each other no more, and no sync links them."
    if pair in links:
        return "They stay linked, whatever their names say."
    called = ((known.called(statement.entity, mine), its) for mine, its in links)
    moved = ", ".join(f"{one[0].lower()}{one[1:]} with {its}" for one, its in called)
    away = f", and takes another link away ({moved})" if moved else ""
    return f"The next sync links them{away}."


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A decision that was taken back, what it said, and what the next sync does because of it.

    `stays` says that it has linked the two, and that they stay so.
    """

    number: int
    statement: Statement
    effect: str
    stays: bool

    def __str__(self) -> str:
        """In words."""
        return f"Decision {self.number} is withdrawn ({self.statement}). {self.effect}"


def take_back(connection: sa.Connection, said: int | Statement, who: str) -> Withdrawn:
    """Withdraw a decision.

    Args:
        connection: in a transaction, which the caller commits.
        said: its number, or what it says.
        who: takes it back.

    Raises:
        DecisionError: it is not in force.
    """
    if isinstance(said, Statement):
        number, statement = withdraw(connection, said, who), said
    else:
        number, statement = said, withdraw_number(connection, said, who)
    pair = (statement.tutorial_id, statement.external_id)
    is_link = statement.kind == DecisionKind.LINK
    stays = is_link and pair in KnownRecords(connection, [statement.named]).links(statement.named)
    return Withdrawn(number, statement, _effect_of_withdrawing(statement, stays=stays), stays)


def _effect_of_withdrawing(statement: Statement, *, stays: bool) -> str:
    many = statement.entity.many
    if statement.kind == DecisionKind.IGNORE:
        return f"The next sync of the {many} lists it again, unless it matches by then."
    if statement.kind == DecisionKind.NEVER:
        return f"The next sync of the {many} may suggest them to each other, or link them by name."
    if stays:
        return (
            "They stay linked, since a sync has made the link already: to part them, say that they "
            "are not the same."
        )
    return f"The next sync of the {many} does not link them for it."


@dataclass(frozen=True, slots=True)
class Parting:
    """Parting two records that somebody took for the same.

    Attributes:
        statement: that they are not.
        linked_by: the decision that links them, which gives way, if one is in force.
        is_linked: whether a sync has linked them.
        effect: what the next sync does because of it.
    """

    statement: Statement
    linked_by: Decision | None
    is_linked: bool
    effect: str


def parting(connection: sa.Connection, pair: Statement) -> Parting:
    """What it would come to; nothing is decided.

    Args:
        connection: only read from.
        pair: a `never` about them.

    Raises:
        DecisionError: nothing links them.
    """
    check_ends(pair)
    ends = (pair.tutorial_id, pair.external_id)
    link = replace(pair, kind=DecisionKind.LINK)
    in_force = journal.decisions_in_force(connection, pair.entity.name)
    linked_by = next((one for one in in_force if same(one, link)), None)
    is_linked = ends in KnownRecords(connection, [pair.named]).links(pair.named)
    if not (is_linked or linked_by):
        raise DecisionError("Nothing links these two any more, as far as is known here.")
    effect = effect_of(connection, pair)
    return Parting(pair, linked_by, is_linked, f"{effect} {PARTED}" if is_linked else effect)


def part(connection: sa.Connection, pair: Statement, who: str, why: str) -> Parting:
    """Decide that two linked records are not the same, and withdraw what links them.

    Args:
        connection: in a transaction, which the caller commits.
        pair: a `never` about them.
        who: decides.
        why: the reason.

    Raises:
        DecisionError: nothing links them, or it cannot be decided.
    """
    journal.let_nobody_else_decide(connection)
    found = parting(connection, pair)
    if found.linked_by is not None:
        withdraw(connection, replace(pair, kind=DecisionKind.LINK), who)
    decide(connection, pair, who, why)
    return found


def effects(connection: sa.Connection, made: Sequence[Decision]) -> dict[int, str]:
    """What the next sync does because of those decisions that none has gone by yet, by number."""
    began = overview.last_accepted(connection)
    to_come = {
        one.id: said_by(one)
        for one in made
        if one.entity not in began or one.decided_at >= began[one.entity]
    }
    known = KnownRecords(connection, [one.named for one in to_come.values()])
    return {number: effect_of(connection, one, known) for number, one in to_come.items()}
