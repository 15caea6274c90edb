"""What a person decided holds in every later sync."""

import pytest

from adm_sync.database import acted
from adm_sync.errors import DecisionError
from adm_sync.reference import choosing, decisions
from adm_sync.reference.decisions import Statement
from adm_sync.reference.entities import named
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage


def decide(stage: Stage, kind: str, here: str | None, there: str | None) -> int:
    statement = said(stage, kind, here, there)
    with stage.engine.begin() as connection:
        return decisions.decide(connection, statement, "Ada Example", "because")


def withdraw(stage: Stage, kind: str, here: str | None, there: str | None) -> None:
    with stage.engine.begin() as connection:
        decisions.withdraw(connection, said(stage, kind, here, there), "test")


def said(stage: Stage, kind: str, here: str | None, there: str | None) -> Statement:
    return Statement(
        kind,
        named("locations"),
        None if here is None else stage.tutorial[here],
        None if there is None else stage.administrate[there],
    )


def labels(stage: Stage, kind: str) -> list[str]:
    return [one.label for one in stage.open("locations", kind)]


def twice(stage: Stage) -> None:
    """The second sync changes nothing that the first one did."""
    stage.sync_well("locations")
    before = stage.bridge("locations")
    assert stage.sync_well("locations").changes == []
    assert stage.bridge("locations") == before


def test_a_link_that_a_person_made_holds_whatever_the_names_say(stage: Stage) -> None:
    decide(stage, "link", "Edinburgh", "Manchester")
    twice(stage)
    assert stage.linked("locations", "Manchester") == stage.tutorial["Edinburgh"]
    assert stage.open("locations", "unmatched_tutorial") == []
    assert stage.open("locations", "unmatched_administrate") == []
    stage.sandbox.store.update(stage.administrate["Manchester"], name="London")
    twice(stage)
    assert stage.linked("locations", "Manchester") == stage.tutorial["Edinburgh"]
    assert stage.linked("locations", "London") == stage.tutorial["London"]


def test_a_link_outranks_one_that_stands(stage: Stage) -> None:
    decide(stage, "link", "London", "Manchester")
    twice(stage)
    assert stage.linked("locations", "Manchester") == stage.tutorial["London"]
    assert stage.linked("locations", "London") is None


def test_a_link_settles_what_is_ambiguous(new_stage: Stage) -> None:
    stage = new_stage
    stage.administrate["Second"] = stage.sandbox.store.add("Location", name="London")
    stage.sync_well("locations")
    assert labels(stage, "ambiguous") == ["London"]
    decide(stage, "link", "London", "Second")
    twice(stage)
    assert stage.linked("locations", "Second") == stage.tutorial["London"]
    assert labels(stage, "ambiguous") == []


def test_a_link_that_is_withdrawn_stands_until_the_names_move_it(stage: Stage) -> None:
    """A link that stands is evidence too."""
    decide(stage, "link", "Edinburgh", "Manchester")
    twice(stage)
    withdraw(stage, "link", "Edinburgh", "Manchester")
    twice(stage)
    assert stage.linked("locations", "Manchester") == stage.tutorial["Edinburgh"]
    assert labels(stage, "drifted") == ["Edinburgh"]
    stage.administrate["Right"] = stage.sandbox.store.add("Location", name="Edinburgh")
    twice(stage)
    assert stage.linked("locations", "Right") == stage.tutorial["Edinburgh"]
    assert stage.linked("locations", "Manchester") is None


def test_the_wrong_two_that_somebody_linked_are_parted_by_one_decision(stage: Stage) -> None:
    decide(stage, "link", "Edinburgh", "London")
    stage.sync_well("locations")
    assert stage.linked("locations", "London") == stage.tutorial["Edinburgh"]
    wrong = said(stage, "never", "Edinburgh", "London")
    with stage.engine.begin() as connection:
        found = choosing.part(connection, wrong, "Bob Example", "not the same")
    assert found.effect.startswith("The next sync takes the link between them away, and none makes")
    twice(stage)
    assert stage.linked("locations", "London") == stage.tutorial["London"]
    assert "Edinburgh" in labels(stage, "unmatched_tutorial")
    with stage.engine.begin() as connection, pytest.raises(DecisionError, match="Nothing links"):
        choosing.part(connection, wrong, "Bob Example", "not the same")


def test_never_takes_a_link_away_and_keeps_it_away(stage: Stage) -> None:
    decide(stage, "never", "London", "London")
    twice(stage)
    assert stage.linked("locations", "London") is None
    assert "London" in labels(stage, "unmatched_tutorial")
    withdraw(stage, "never", "London", "London")
    twice(stage)
    assert stage.linked("locations", "London") == stage.tutorial["London"]


def test_never_lets_the_other_one_be_linked(stage: Stage) -> None:
    """Two of a name, and a person knows which one it is not."""
    stage.administrate["Second"] = stage.sandbox.store.add("Location", name="London")
    stage.sync_well("locations")
    assert stage.linked("locations", "London") == stage.tutorial["London"]
    decide(stage, "never", "London", "London")
    twice(stage)
    assert stage.linked("locations", "London") is None


def test_ignore_quiets_either_side(stage: Stage) -> None:
    decide(stage, "ignore", "Edinburgh", None)
    decide(stage, "ignore", None, "Manchester")
    twice(stage)
    assert stage.open("locations") == []
    withdraw(stage, "ignore", "Edinburgh", None)
    stage.sync_well("locations")
    assert labels(stage, "unmatched_tutorial") == ["Edinburgh"]


def test_ignored_records_are_not_matched(stage: Stage) -> None:
    decide(stage, "ignore", "Edinburgh", None)
    stage.administrate["Edinburgh"] = stage.sandbox.store.add("Location", name="Edinburgh")
    twice(stage)
    assert stage.linked("locations", "Edinburgh") is None
    assert "Edinburgh" in labels(stage, "unmatched_administrate")


@pytest.mark.parametrize("gone", ["tutorial", "administrate"])
def test_a_decision_whose_record_is_gone_becomes_a_discrepancy(stage: Stage, gone: str) -> None:
    extra = stage.add(company.add_row, acted.tutorial_locations, name="Somewhere")
    stage.tutorial["Somewhere"] = extra
    decide(stage, "link", "Somewhere", "Manchester")
    if gone == "tutorial":
        stage.execute("delete from acted.tutorial_locations where id = :id", id=extra)
    else:
        stage.sandbox.store.remove(stage.administrate["Taff Room, Manchester"])
        stage.sync_well("venues")
        stage.sandbox.store.remove(stage.administrate["Manchester"])
    twice(stage)
    (found,) = stage.open("locations", "conflicting_link")
    assert (found.tutorial_id, found.external_id) == (extra, stage.administrate["Manchester"])


def test_links_that_contradict_each_other_are_not_guessed_at(stage: Stage) -> None:
    """Stored side by side, as two people may have done: neither is honoured, both are named."""
    before = stage.bridge("locations")
    decide(stage, "link", "Edinburgh", "Manchester")
    stage.note_decision(
        "link", "locations", stage.tutorial["York"], stage.administrate["Manchester"]
    )
    twice(stage)
    assert stage.bridge("locations") == before
    assert len(stage.open("locations", "conflicting_link")) == 2


def test_a_decision_that_contradicts_another_is_refused(stage: Stage) -> None:
    decide(stage, "link", "Edinburgh", "Manchester")
    for kind, here, there in (
        ("link", "York", "Manchester"),
        ("never", "Edinburgh", "Manchester"),
        ("ignore", "Edinburgh", None),
    ):
        with pytest.raises(DecisionError, match="contradicts decision"):
            decide(stage, kind, here, there)


def test_a_decision_survives_an_outage_and_a_held_plan(stage: Stage) -> None:
    decide(stage, "link", "Edinburgh", "Manchester")
    stage.sandbox.faults.add("status", match="query", times=None, code=403)
    assert stage.sync("locations").status == "failed"
    stage.sandbox.faults.clear()
    stage.sandbox.faults.add("empty_list", match="query")
    assert stage.sync("locations").status == "held"
    twice(stage)
    assert stage.linked("locations", "Manchester") == stage.tutorial["Edinburgh"]
