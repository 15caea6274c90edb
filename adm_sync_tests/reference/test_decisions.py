"""Design 5, against a real database: decisions, their contradictions, and taking them back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from adm_sync.database import acted, adm, journal
from adm_sync.database.states import DiscrepancyKind
from adm_sync.errors import DecisionError
from adm_sync.reference.choosing import Choice, decide_all
from adm_sync.reference.decisions import Statement, decide, with_takable, withdraw
from adm_sync.reference.entities import BY_NAME

LOCATIONS, INSTRUCTORS = BY_NAME["locations"], BY_NAME["instructors"]
Decide = Callable[[Statement], int]


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction with tutorial locations 1 to 3, and L1 linked to the first of them."""
    now = sa.func.now()
    with engine.connect() as connection:
        for number in (1, 2, 3):
            connection.execute(
                sa.insert(acted.tutorial_locations).values(
                    id=number,
                    name=f"Town {number}",
                    code=f"T{number}",
                    is_active=number != 3,
                    created_at=now,
                    updated_at=now,
                )
            )
        for external_id, tutorial_id in (("L1", 1), ("L2", None)):
            connection.execute(
                sa.insert(adm.locations).values(
                    external_id=external_id,
                    tutorial_location_id=tutorial_id,
                    created_at=now,
                    updated_at=now,
                )
            )
        yield connection


def say(kind: str, tutorial_id: int | None = None, external_id: str | None = None) -> Statement:
    return Statement(kind, LOCATIONS, tutorial_id, external_id)


def in_force(connection: sa.Connection) -> list[tuple[str, int | None, str | None]]:
    return [
        (one.kind, one.tutorial_id, one.external_id)
        for one in journal.decisions_in_force(connection)
    ]


EACH = [
    say("link", 2, "L2"),
    say("never", 1, "L1"),
    say("ignore", 2),
    say("ignore", None, "L2"),
]


@pytest.mark.parametrize("statement", EACH, ids=str)
def test_a_decision_is_stored_with_who_when_and_why(
    connection: sa.Connection, statement: Statement
) -> None:
    number = decide(connection, statement, "ada", "because")
    (stored,) = journal.decisions_in_force(connection, "locations")
    assert (stored.id, stored.kind) == (number, statement.kind)
    assert (stored.tutorial_id, stored.external_id) == (
        statement.tutorial_id,
        statement.external_id,
    )
    assert (stored.who, stored.why) == ("ada", "because")
    assert stored.decided_at is not None


@pytest.mark.parametrize("statement", EACH, ids=str)
def test_deciding_the_same_again_gives_the_decision_that_there_is(
    connection: sa.Connection, statement: Statement
) -> None:
    first = decide(connection, statement, "ada", "")
    assert decide(connection, statement, "bob", "again") == first
    assert len(in_force(connection)) == 1


@pytest.mark.parametrize("statement", EACH, ids=str)
def test_a_decision_that_was_taken_back_is_kept_and_may_be_made_again(
    connection: sa.Connection, statement: Statement
) -> None:
    number = decide(connection, statement, "ada", "")
    assert withdraw(connection, statement, "ada") == number
    assert in_force(connection) == []
    with pytest.raises(DecisionError, match="No such decision is in force"):
        withdraw(connection, statement, "ada")
    assert decide(connection, statement, "ada", "") != number


def test_taking_back_a_decision_that_two_people_made_at_once_takes_back_both(
    connection: sa.Connection,
) -> None:
    numbers = journal.numbers_of_decisions(connection, 2)
    values = ("link", "locations", 2, "L2")
    made = [
        journal.Decision(number, *values, who, "", datetime.now(UTC))  # type: ignore[arg-type]
        for number, who in zip(numbers, ("ada", "bob"), strict=True)
    ]
    journal.add_decisions(connection, made)
    withdraw(connection, say("link", 2, "L2"), "ada")
    assert in_force(connection) == []


def test_only_exactly_that_decision_is_taken_back(connection: sa.Connection) -> None:
    decide(connection, say("never", 1, "L1"), "ada", "")
    for other in (say("link", 1, "L1"), say("never", 2, "L1"), say("never", 1, "L2")):
        with pytest.raises(DecisionError, match="No such decision"):
            withdraw(connection, other, "ada")
    with pytest.raises(DecisionError, match="No such decision"):
        withdraw(connection, Statement("never", BY_NAME["venues"], 1, "L1"), "ada")
    assert in_force(connection) == [("never", 1, "L1")]


CONTRADICTIONS = [
    (say("link", 1, "L1"), say("link", 1, "L2")),
    (say("link", 1, "L1"), say("link", 2, "L1")),
    (say("link", 2, "L2"), say("never", 2, "L2")),
    (say("never", 2, "L2"), say("link", 2, "L2")),
    (say("link", 2, "L2"), say("ignore", 2)),
    (say("link", 2, "L2"), say("ignore", None, "L2")),
    (say("ignore", 2), say("link", 2, "L2")),
    (say("ignore", None, "L2"), say("link", 2, "L2")),
]


@pytest.mark.parametrize(("first", "second"), CONTRADICTIONS, ids=str)
def test_a_decision_that_contradicts_another_is_refused_and_names_it(
    connection: sa.Connection, first: Statement, second: Statement
) -> None:
    number = decide(connection, first, "ada", "")
    with pytest.raises(DecisionError) as refused:
        decide(connection, second, "bob", "")
    said = str(refused.value)
    assert f"This contradicts decision {number} ({first}), made by ada on " in said
    assert f"`adm-sync decisions --withdraw {number}`" in said
    assert "None" not in said
    assert len(in_force(connection)) == 1


@pytest.mark.parametrize(("first", "second"), CONTRADICTIONS, ids=str)
def test_a_contradiction_is_gone_with_the_decision_that_was_taken_back(
    connection: sa.Connection, first: Statement, second: Statement
) -> None:
    decide(connection, first, "ada", "")
    withdraw(connection, first, "ada")
    decide(connection, second, "bob", "")
    assert in_force(connection) == [(second.kind, second.tutorial_id, second.external_id)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (say("link", 1, "L1"), say("link", 2, "L2")),
        (say("link", 1, "L1"), say("never", 1, "L2")),
        (say("link", 1, "L1"), say("never", 2, "L1")),
        (say("never", 1, "L1"), say("never", 2, "L1")),
        (say("never", 2, "L2"), say("ignore", 2)),
        (say("never", 2, "L2"), say("ignore", None, "L2")),
        (say("ignore", 2), say("ignore", None, "L2")),
        (say("link", 1, "L1"), say("ignore", 2)),
    ],
    ids=str,
)
def test_decisions_that_can_both_be_honoured_stand_together(
    connection: sa.Connection, first: Statement, second: Statement
) -> None:
    decide(connection, first, "ada", "")
    decide(connection, second, "ada", "")
    assert len(in_force(connection)) == 2


def test_decisions_about_another_entity_contradict_nothing(connection: sa.Connection) -> None:
    decide(connection, say("ignore", None, "L2"), "ada", "")
    decide(connection, Statement("ignore", INSTRUCTORS, None, "L2"), "ada", "")
    assert len(in_force(connection)) == 2


@pytest.mark.parametrize("statement", [say("ignore", 1), say("ignore", None, "L1")], ids=str)
def test_what_is_linked_cannot_be_ignored(connection: sa.Connection, statement: Statement) -> None:
    with pytest.raises(DecisionError, match=r"That record is linked.*adm-sync never locations"):
        decide(connection, statement, "ada", "")
    assert in_force(connection) == []


def test_a_row_without_a_link_can_be_ignored_and_so_can_a_record_without_a_row(
    connection: sa.Connection,
) -> None:
    said = [say("ignore", None, "L2"), say("ignore", None, "L9"), say("ignore", 2)]
    for statement in said:
        decide(connection, statement, "ada", "")
    assert in_force(connection) == [(one.kind, one.tutorial_id, one.external_id) for one in said]


def test_an_inactive_tutorial_record_can_be_decided_about(connection: sa.Connection) -> None:
    decide(connection, say("link", 3, "L2"), "ada", "")
    assert in_force(connection) == [("link", 3, "L2")]


@pytest.mark.parametrize("number", [4, 0, -1, 10**30])
def test_a_tutorial_record_that_is_not_there_is_refused(
    connection: sa.Connection, number: int
) -> None:
    for statement in (say("link", number, "L1"), say("never", number, "L1"), say("ignore", number)):
        with pytest.raises(DecisionError, match=r"There is no TutorialLocation .*unmatched loc"):
            decide(connection, statement, "ada", "")


@pytest.mark.parametrize("name", ["custom_fields", "price_levels", "course_template_price_levels"])
def test_there_is_nothing_to_decide_about_what_administrate_owns(
    connection: sa.Connection, name: str
) -> None:
    with pytest.raises(DecisionError, match="belong to Administrate alone: there is nothing to"):
        decide(connection, Statement("ignore", BY_NAME[name], None, "X"), "ada", "")


@pytest.mark.parametrize(
    "statement",
    [
        say("link", 1),
        say("link", None, "L1"),
        say("link"),
        say("never", 1),
        say("ignore"),
        say("ignore", 1, "L1"),
    ],
    ids=str,
)
def test_a_decision_about_too_few_or_too_many_records_is_refused(
    connection: sa.Connection, statement: Statement
) -> None:
    with pytest.raises(DecisionError, match="of the two ids"):
        decide(connection, statement, "ada", "")


@pytest.mark.parametrize("external_id", ["", " ", "\x00", "L1\x00", "\udc80"], ids=ascii)
def test_what_cannot_be_an_id_is_refused(connection: sa.Connection, external_id: str) -> None:
    for statement in (say("link", 2, external_id), say("ignore", None, external_id)):
        with pytest.raises(DecisionError, match="cannot be the id of an Administrate record"):
            decide(connection, statement, "ada", "")
    assert in_force(connection) == []


def test_a_statement_says_itself_in_words() -> None:
    assert str(say("link", 1, "L1")) == (
        "link locations: tutorial record 1 and Administrate record L1"
    )
    assert str(say("ignore", 1)) == "ignore locations: tutorial record 1"
    assert str(say("ignore", None, "L1")) == "ignore locations: Administrate record L1"


def test_only_what_can_be_taken_is_suggested(connection: sa.Connection) -> None:
    """Of Town 2: whom it was said not to be, who is linked, who is ignored, and who is left."""
    near = ("L1", "L2", "L3", "L4", "L5", "L6")
    suggested = [{"tutorial_id": None, "external_id": one, "label": one} for one in near]
    found = [
        journal.Discrepancy(
            DiscrepancyKind.UNMATCHED_TUTORIAL, "2", "Town 2", tutorial_id=2, suggestions=suggested
        ),
        journal.Discrepancy(DiscrepancyKind.RETAINED, "row 9", "L6", external_id="L6"),
    ]
    now = datetime.now(UTC)
    journal.store_discrepancies(connection, "locations", found, None, now)
    held = {"external_id": "L6", "tutorial_location_id": 3, "created_at": now, "updated_at": now}
    connection.execute(sa.insert(adm.locations).values(held))
    for one in (say("never", 2, "L2"), say("ignore", None, "L3"), say("link", 1, "L4")):
        decide(connection, one, "ada", "")
    (row, _) = with_takable(connection, journal.open_discrepancies(connection, "locations"))
    # The link of a record that is gone can be moved.
    assert [one["external_id"] for one in row.suggestions] == ["L5", "L6"]
    choices = [Choice(row.id, say("link", 2, one["external_id"])) for one in row.suggestions]
    judged = [decide_all(connection, [one], "ada", rehearse=True)[0] for one in choices]
    assert [one.problem for one in judged] == ["", ""]
    assert judged[1].effect.endswith(
        "takes another link away (tutorial record 3 (Town 3) with L6)."
    )
    decide(connection, say("link", 2, "L5"), "ada", "")
    (row, _) = with_takable(connection, journal.open_discrepancies(connection, "locations"))
    assert [one["external_id"] for one in row.suggestions] == ["L5", "L6"]
