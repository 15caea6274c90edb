"""Design 5: what a person decided outranks keys and standing links."""

import pytest

from adm_sync.database.journal import Decision
from adm_sync.reference.entity import TutorialRecord
from adm_sync.reference.matching import match
from adm_sync_tests.reference.building import (
    ambiguous,
    conflicts,
    drifted,
    ignore,
    link,
    links,
    never,
    record,
    refused,
    row,
    tutorial,
    unmatched,
)

LEEDS, YORK = record("L1", "Leeds"), record("L2", "York")


def here(*names: str) -> list[TutorialRecord]:
    return [tutorial(number, name) for number, name in enumerate(names, 1)]


# ---------------------------------------------------------------------- link


def test_a_decided_link_outranks_the_keys() -> None:
    found = match([LEEDS, YORK], [], here("Leeds", "York"), [link(1, 1, "L2")])
    assert links(found) == {"L2": 1}
    assert unmatched(found) == ({2}, {"L1"})
    assert found.drifted == found.conflicts == []


def test_a_decided_link_outranks_a_standing_one_and_no_guard_counts_it() -> None:
    rows = [row(1, "L1", 1), row(2, "L2", 2)]
    found = match([LEEDS, YORK], rows, here("Leeds", "York"), [link(1, 1, "L2")])
    assert links(found) == {"L2": 1}
    assert found.decided == {("L1",), ("L2",)}


def test_whoever_gives_way_to_a_decision_is_matched_afresh() -> None:
    found = match([LEEDS, YORK], [row(1, "L1", 2)], here("York", "Leeds"), [link(1, 1, "L1")])
    assert links(found) == {"L1": 1}
    found = match(
        [LEEDS, YORK, record("L3", "Leeds")],
        [row(1, "L1", 2)],
        here("York", "Leeds"),
        [link(1, 1, "L1")],
    )
    assert links(found) == {"L1": 1, "L3": 2}


def test_a_decided_link_holds_for_an_inactive_tutorial_record_and_does_not_drift() -> None:
    gone = tutorial(1, "Closed", is_active=False)
    found = match([LEEDS], [row(1, "L1", 1)], [gone], [link(1, 1, "L1")])
    assert links(found) == {"L1": 1}
    assert found.drifted == []


def test_a_decided_link_settles_a_doubled_one() -> None:
    rows = [row(1, "L1", 1), row(2, "L2", 1)]
    found = match([LEEDS, YORK], rows, here("Leeds"), [link(1, 1, "L2")])
    assert links(found) == {"L2": 1}
    assert found.conflicts == []


def test_a_decided_link_takes_its_two_out_of_an_ambiguous_key() -> None:
    records = [record("L1", "Leeds"), record("L2", "Leeds")]
    found = match(records, [], here("Leeds", "Leeds"), [link(1, 1, "L2")])
    assert links(found) == {"L2": 1, "L1": 2}
    assert found.ambiguous == []


@pytest.mark.parametrize(
    ("decisions", "reason"),
    [
        ([link(1, 1, "L1"), link(2, 1, "L2")], "another decision links one of the two elsewhere"),
        ([link(1, 1, "L1"), link(2, 2, "L1")], "another decision links one of the two elsewhere"),
        (
            [link(1, 1, "L1"), never(2, 1, "L1")],
            "another decision says that the two are not the same",
        ),
        ([link(1, 9, "L1")], "there is no tutorial record 9 any more"),
        ([link(1, 1, "L9")], "Administrate has no usable record L9 any more"),
        ([link(1, None, "L1")], "there is no tutorial record None any more"),
        ([link(1, 1, None)], "Administrate has no usable record None any more"),
    ],
)
def test_a_decision_that_cannot_be_honoured_becomes_a_conflict(
    decisions: list[Decision], reason: str
) -> None:
    found = match([LEEDS, YORK], [], here("Bath", "Bristol"), decisions)
    assert links(found) == {}
    contradicting = [one for one in decisions if one.kind == "link"]
    assert conflicts(found) == {f"decision {one.id}": reason for one in contradicting}


def test_a_contradicted_decision_leaves_the_standing_link_alone() -> None:
    decisions = [link(1, 1, "L1"), link(2, 1, "L2")]
    found = match([LEEDS, YORK], [row(1, "L1", 1)], here("Bath"), decisions)
    assert links(found) == {"L1": 1}
    assert drifted(found).keys() == {"L1"}


def test_a_decision_said_twice_is_no_contradiction() -> None:
    found = match([LEEDS], [], here("York"), [link(1, 1, "L1"), link(2, 1, "L1")])
    assert links(found) == {"L1": 1}
    assert found.conflicts == []


def test_a_decision_about_a_record_that_cannot_be_written_waits() -> None:
    found = match([refused("L1")], [], here("Leeds"), [link(1, 1, "L1")])
    assert links(found) == {}
    assert conflicts(found) == {"decision 1": "Administrate has no usable record L1 any more"}


def test_a_decision_waits_while_the_old_row_cannot_let_go() -> None:
    found = match([refused("L1"), YORK], [row(1, "L1", 1)], here("Leeds"), [link(1, 1, "L2")])
    assert links(found) == {}
    assert conflicts(found) == {"decision 1": "the tutorial record's own row cannot be written now"}


# ---------------------------------------------------------------------- never


def test_never_keeps_equal_keys_apart() -> None:
    found = match([LEEDS], [], here("Leeds"), [never(1, 1, "L1")])
    assert links(found) == {}
    assert unmatched(found) == ({1}, {"L1"})


def test_never_takes_a_standing_link_away_and_no_guard_counts_it() -> None:
    found = match([LEEDS], [row(1, "L1", 1)], here("Leeds"), [never(1, 1, "L1")])
    assert links(found) == {}
    assert found.decided == {("L1",)}


def test_never_leaves_other_links_of_the_two_alone() -> None:
    rows = [row(1, "L1", 2), row(2, "L2", 1)]
    found = match([LEEDS, YORK], rows, here("Leeds", "Bath"), [never(1, 1, "L1")])
    assert links(found) == {"L1": 2, "L2": 1}
    assert drifted(found).keys() == {"L1", "L2"}


def test_never_settles_a_doubled_link() -> None:
    rows = [row(1, "L1", 1), row(2, "L2", 1)]
    found = match([LEEDS, YORK], rows, here("Leeds"), [never(1, 1, "L2")])
    assert links(found) == {"L1": 1}
    assert found.conflicts == []
    assert unmatched(found) == (set(), {"L2"})


def test_never_about_records_that_are_gone_says_nothing() -> None:
    found = match([LEEDS], [row(1, "L1", 1)], here("Leeds"), [never(1, 9, "L1"), never(2, 1, "L9")])
    assert links(found) == {"L1": 1}
    assert found.conflicts == []


# ---------------------------------------------------------------------- ignore


def test_an_ignored_record_is_neither_linked_nor_listed() -> None:
    found = match([LEEDS], [], here("Leeds"), [ignore(1, 1)])
    assert links(found) == {}
    assert unmatched(found) == (set(), {"L1"})
    found = match([LEEDS], [], here("Leeds"), [ignore(1, None, "L1")])
    assert links(found) == {}
    assert unmatched(found) == ({1}, set())


def test_ignoring_a_twin_leaves_the_other_one_to_the_key() -> None:
    found = match([LEEDS], [], here("Leeds", "Leeds"), [ignore(1, 2)])
    assert links(found) == {"L1": 1}
    twins = [LEEDS, record("L3", "Leeds")]
    found = match(twins, [], here("Leeds"), [ignore(1, None, "L3")])
    assert links(found) == {"L1": 1}
    assert found.ambiguous == []


def test_an_ignored_record_that_cannot_be_written_is_not_listed() -> None:
    found = match([refused("L1")], [], [], [ignore(1, None, "L1")])
    assert unmatched(found) == (set(), set())


@pytest.mark.parametrize("decision", [ignore(1, 1), ignore(1, None, "L1")])
def test_ignoring_what_is_linked_is_a_conflict_and_the_link_stays(decision: Decision) -> None:
    found = match([LEEDS], [row(1, "L1", 1)], here("Leeds"), [decision])
    assert links(found) == {"L1": 1}
    assert "is linked, yet to be ignored" in conflicts(found)["decision 1"]


def test_a_link_that_contradicts_an_ignore_does_not_move_either() -> None:
    rows = [row(1, "L1", 1)]
    found = match([LEEDS], rows, here("Bath", "Leeds"), [ignore(1, 1)])
    assert links(found) == {"L1": 1}
    found = match([LEEDS, record("L3", "Bath")], rows, here("Bath"), [ignore(1, None, "L1")])
    assert links(found) == {"L1": 1}


@pytest.mark.parametrize("decision", [ignore(1, 1), ignore(1, None, "L1")])
def test_ignoring_what_is_linked_to_an_unwritable_row_is_a_conflict(decision: Decision) -> None:
    found = match([refused("L1")], [row(1, "L1", 1)], here("Leeds"), [decision])
    assert conflicts(found).keys() == {"decision 1"}


def test_ignoring_what_another_decision_links_is_a_conflict_and_the_link_wins() -> None:
    for decision in (ignore(2, 1), ignore(2, None, "L1")):
        found = match([LEEDS], [], here("York"), [link(1, 1, "L1"), decision])
        assert links(found) == {"L1": 1}
        assert conflicts(found).keys() == {"decision 2"}


def test_never_and_ignore_together_part_the_two_and_hide_one() -> None:
    rows = [row(1, "L1", 1)]
    found = match([LEEDS], rows, here("Leeds"), [never(1, 1, "L1"), ignore(2, 1)])
    assert links(found) == {}
    assert unmatched(found) == (set(), {"L1"})
    assert found.conflicts == []


def test_ignoring_what_is_not_there_says_nothing() -> None:
    found = match(
        [LEEDS], [], here("Leeds"), [ignore(1, 9), ignore(2, None, "L9"), ignore(3, None)]
    )
    assert links(found) == {"L1": 1}
    assert found.conflicts == []


def test_ambiguity_with_a_decided_pair_names_only_those_that_are_left() -> None:
    records = [record(f"L{n}", "Leeds") for n in (1, 2, 3)]
    found = match(records, [], here("Leeds", "Leeds", "Leeds"), [link(1, 1, "L1")])
    assert links(found) == {"L1": 1}
    assert ambiguous(found) == [({2, 3}, {"L2", "L3"})]
