"""Design 3.2: keys, standing links, ambiguity. Decisions have a file of their own."""

from dataclasses import replace

import pytest

from adm_sync.reference.entity import RemoteRecord
from adm_sync.reference.matching import match
from adm_sync_tests.reference.building import (
    ambiguous,
    conflicts,
    drifted,
    links,
    nameless,
    record,
    refused,
    row,
    tutorial,
    unmatched,
)

# ---------------------------------------------------------------------- keys


def test_records_with_equal_keys_are_linked() -> None:
    found = match([record("L1", "LEEDS")], [], [tutorial(1, "Leeds ")])
    assert links(found) == {"L1": 1}
    assert unmatched(found) == (set(), set())
    assert found.drifted == found.ambiguous == found.conflicts == []


def test_what_matches_nothing_is_unmatched_on_its_side() -> None:
    found = match([record("L1", "York")], [], [tutorial(1, "Leeds")])
    assert links(found) == {}
    assert unmatched(found) == ({1}, {"L1"})


def test_empty_names_never_match_each_other_and_are_not_ambiguous() -> None:
    found = match(
        [record("L1", ""), record("L2", " \u200b"), record("L3", "\ufeff")],
        [],
        [tutorial(1, ""), tutorial(2, "  ")],
    )
    assert links(found) == {}
    assert found.ambiguous == []
    assert unmatched(found) == ({1, 2}, {"L1", "L2", "L3"})


def test_an_inactive_tutorial_record_neither_matches_nor_counts_as_unmatched() -> None:
    found = match([record("L1", "Leeds")], [], [tutorial(1, "Leeds", is_active=False)])
    assert links(found) == {}
    assert unmatched(found) == (set(), {"L1"})


def test_an_inactive_twin_makes_no_key_ambiguous() -> None:
    found = match(
        [record("L1", "Leeds")], [], [tutorial(1, "Leeds", is_active=False), tutorial(2, "Leeds")]
    )
    assert links(found) == {"L1": 2}
    assert found.ambiguous == []


def test_nothing_at_all_matches_nothing() -> None:
    assert match([], [], []).links == {}


# ---------------------------------------------------------------------- links that stand


def test_a_link_stands_when_the_tutorial_record_is_renamed() -> None:
    found = match([record("L1", "Leeds")], [row(1, "L1", 1)], [tutorial(1, "Leeds City")])
    assert links(found) == {"L1": 1}
    assert drifted(found) == {"L1": "'Leeds City' here is 'Leeds' in Administrate"}
    assert unmatched(found) == (set(), set())


def test_a_link_stands_when_the_administrate_record_is_renamed() -> None:
    found = match([record("L1", "Leeds City")], [row(1, "L1", 1)], [tutorial(1, "Leeds")])
    assert links(found) == {"L1": 1}
    assert drifted(found) == {"L1": "'Leeds' here is 'Leeds City' in Administrate"}


def test_a_link_stands_when_the_tutorial_record_is_made_inactive() -> None:
    found = match(
        [record("L1", "Leeds")], [row(1, "L1", 1)], [tutorial(1, "Leeds", is_active=False)]
    )
    assert links(found) == {"L1": 1}
    assert drifted(found) == {"L1": "the tutorial record 'Leeds' is inactive"}
    assert found.renamed == set()


@pytest.mark.parametrize("name", ["", " \u200b "])
def test_a_link_stands_when_a_name_is_emptied(name: str) -> None:
    found = match([record("L1", name)], [row(1, "L1", 1)], [tutorial(1, "Leeds")])
    assert links(found) == {"L1": 1}
    assert found.renamed == {("L1",)}


def test_a_link_between_equal_keys_has_not_drifted() -> None:
    found = match([record("L1", "LEEDS")], [row(1, "L1", 1)], [tutorial(1, "leeds")])
    assert links(found) == {"L1": 1}
    assert found.drifted == []


def test_a_pair_of_the_same_name_at_another_place_says_so() -> None:
    moved = record("V1", "Hall", key=(2, "hall"), about="York")
    found = match([moved], [row(1, "V1", 1)], [tutorial(1, "Hall")])
    assert drifted(found) == {"V1": "'Hall' is at another place: York"}


def test_a_pair_of_the_same_name_in_other_parts_says_so() -> None:
    divided = record("P1", "Ada May Example", key=("ada", "may example"))
    found = match([divided], [row(1, "P1", 1)], [tutorial(1, "Ada May Example")])
    assert drifted(found) == {"P1": "'Ada May Example' is divided into other parts in Administrate"}


def test_a_pair_that_no_key_can_vouch_for_says_so() -> None:
    single = record("P1", "Ada", key=None)
    found = match([single], [row(1, "P1", 1)], [replace(tutorial(1, "Ada"), key=None)])
    assert drifted(found) == {"P1": "'Ada' is not enough of a name to compare"}


# ---------------------------------------------------------------------- links that move


def test_a_link_moves_to_the_one_tutorial_record_that_now_carries_the_key() -> None:
    found = match(
        [record("L1", "Leeds")],
        [row(1, "L1", 1)],
        [tutorial(1, "Leeds (old)"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 2}
    assert unmatched(found) == ({1}, set())
    assert found.drifted == []


def test_a_link_moves_from_an_inactive_tutorial_record_to_its_active_successor() -> None:
    found = match(
        [record("L1", "Leeds")],
        [row(1, "L1", 1)],
        [tutorial(1, "Leeds", is_active=False), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 2}


def test_a_link_moves_to_the_one_administrate_record_that_now_carries_the_key() -> None:
    found = match(
        [record("L1", "Leeds (old)"), record("L2", "Leeds")],
        [row(1, "L1", 1)],
        [tutorial(1, "Leeds")],
    )
    assert links(found) == {"L2": 1}
    assert unmatched(found) == (set(), {"L1"})


def test_a_link_does_not_move_while_its_partner_still_carries_the_key() -> None:
    found = match(
        [record("L1", "Leeds")],
        [row(1, "L1", 1)],
        [tutorial(1, "LEEDS"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 1}
    assert ambiguous(found) == [({1, 2}, {"L1"})]


def test_a_link_does_not_move_when_two_others_carry_the_key() -> None:
    found = match(
        [record("L1", "Leeds")],
        [row(1, "L1", 1)],
        [tutorial(1, "Leeds (old)"), tutorial(2, "Leeds"), tutorial(3, "Leeds")],
    )
    assert links(found) == {"L1": 1}
    assert drifted(found).keys() == {"L1"}
    assert ambiguous(found) == [({2, 3}, {"L1"})]
    assert unmatched(found) == (set(), set())


def test_names_that_were_swapped_swap_the_links() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "York")],
        [row(1, "L1", 1), row(2, "L2", 2)],
        [tutorial(1, "York"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 2, "L2": 1}
    assert found.drifted == []


def test_names_that_went_round_in_a_circle_take_the_links_along() -> None:
    found = match(
        [record("L1", "A"), record("L2", "B"), record("L3", "C")],
        [row(1, "L1", 1), row(2, "L2", 2), row(3, "L3", 3)],
        [tutorial(1, "B"), tutorial(2, "C"), tutorial(3, "A")],
    )
    assert links(found) == {"L1": 3, "L2": 1, "L3": 2}


def test_a_pair_that_finds_itself_leaves_two_old_partners_alone() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "Bath")],
        [row(1, "L1", 1), row(2, "L2", 2)],
        [tutorial(1, "York"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 2}
    assert unmatched(found) == ({1}, {"L2"})


# ---------------------------------------------------------------------- ambiguity


def test_a_key_twice_among_the_tutorial_records_links_none_of_them() -> None:
    found = match([record("L1", "Leeds")], [], [tutorial(1, "Leeds"), tutorial(2, "leeds")])
    assert links(found) == {}
    assert ambiguous(found) == [({1, 2}, {"L1"})]
    assert found.skipped == {("L1",)}
    assert unmatched(found) == (set(), set())


def test_a_key_twice_among_the_administrate_records_links_none_of_them() -> None:
    found = match([record("L1", "Leeds"), record("L2", "Leeds")], [], [tutorial(1, "Leeds")])
    assert links(found) == {}
    assert ambiguous(found) == [({1}, {"L1", "L2"})]
    assert found.skipped == {("L1",), ("L2",)}


def test_a_key_twice_on_both_sides_links_none_of_them() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "Leeds")],
        [],
        [tutorial(1, "Leeds"), tutorial(2, "Leeds")],
    )
    assert links(found) == {}
    assert ambiguous(found) == [({1, 2}, {"L1", "L2"})]


def test_a_key_twice_on_one_side_and_absent_on_the_other_is_ambiguous_too() -> None:
    found = match([record("L1", "Leeds"), record("L2", "Leeds")], [], [])
    assert ambiguous(found) == [(set(), {"L1", "L2"})]
    found = match([], [], [tutorial(1, "Leeds"), tutorial(2, "Leeds")])
    assert ambiguous(found) == [({1, 2}, set())]
    assert unmatched(found) == (set(), set())


def test_the_rest_goes_on_beside_an_ambiguous_key() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "York")],
        [],
        [tutorial(1, "Leeds"), tutorial(2, "Leeds"), tutorial(3, "York")],
    )
    assert links(found) == {"L2": 3}


def test_a_standing_pair_keeps_its_link_inside_an_ambiguous_key() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "Leeds")],
        [row(1, "L1", 1), row(2, "L2")],
        [tutorial(1, "Leeds"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 1}
    assert ambiguous(found) == [({1, 2}, {"L1", "L2"})]
    assert found.skipped == {("L2",)}


def test_twins_that_are_all_linked_need_nobody() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "Leeds")],
        [row(1, "L1", 1), row(2, "L2", 2)],
        [tutorial(1, "Leeds"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 1, "L2": 2}
    assert found.ambiguous == found.drifted == []


def test_whoever_loses_a_link_to_another_key_is_named_with_its_own_twins() -> None:
    """L1 goes over to tutorial 2, so tutorial 1 is loose among those called York."""
    found = match(
        [record("L1", "Leeds")],
        [row(1, "L1", 1)],
        [tutorial(1, "York"), tutorial(2, "Leeds"), tutorial(3, "York")],
    )
    assert links(found) == {"L1": 2}
    assert ambiguous(found) == [({1, 3}, set())]


# ---------------------------------------------------------------------- links that contradict


def test_two_rows_on_one_tutorial_record_are_left_to_a_person() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "York")],
        [row(1, "L1", 1), row(2, "L2", 1)],
        [tutorial(1, "Leeds")],
    )
    assert links(found) == {"L1": 1, "L2": 1}
    assert conflicts(found) == {
        "tutorial 1 and L1": "tutorial record 1 is linked to several: L1, L2",
        "tutorial 1 and L2": "tutorial record 1 is linked to several: L1, L2",
    }


def test_a_doubled_link_still_counts_when_its_key_is_judged() -> None:
    found = match(
        [record("L1", "Leeds"), record("L2", "Leeds"), record("L3", "Leeds")],
        [row(1, "L1", 1), row(2, "L2", 1)],
        [tutorial(1, "Leeds"), tutorial(2, "Leeds")],
    )
    assert links(found) == {"L1": 1, "L2": 1}
    assert ambiguous(found) == [({1, 2}, {"L1", "L2", "L3"})]


def test_the_first_of_two_rows_of_one_record_counts() -> None:
    rows = [row(1, "L1", 1), row(2, "L1", 2)]
    found = match([record("L1", "x")], rows, [tutorial(1, "a"), tutorial(2, "b")])
    assert links(found) == {"L1": 1}


# ---------------------------------------------------------------------- gone and unusable


def test_a_row_whose_record_is_gone_frees_its_tutorial_record() -> None:
    found = match([record("L2", "Leeds")], [row(1, "L1", 1)], [tutorial(1, "Leeds")])
    assert links(found) == {"L2": 1}


def test_a_link_to_a_tutorial_record_that_is_gone_is_no_link() -> None:
    found = match([record("L1", "Leeds")], [row(1, "L1", 9)], [tutorial(1, "Leeds")])
    assert links(found) == {"L1": 1}


def test_a_record_that_cannot_be_written_keeps_its_tutorial_record() -> None:
    found = match([refused("L1"), record("L2", "Leeds")], [row(1, "L1", 1)], [tutorial(1, "Leeds")])
    assert links(found) == {}
    assert unmatched(found) == (set(), {"L2"})


def test_a_record_that_cannot_be_written_and_has_no_link_is_unmatched() -> None:
    found = match([refused("L1"), refused("L2")], [row(1, "L1")], [tutorial(1, "Leeds")])
    assert unmatched(found) == ({1}, {"L1", "L2"})


def test_the_tutorial_record_of_an_unwritable_row_still_counts_when_its_key_is_judged() -> None:
    found = match(
        [refused("L1"), record("L2", "Leeds")],
        [row(1, "L1", 1), row(2, "L2")],
        [tutorial(1, "Leeds"), tutorial(2, "Leeds")],
    )
    assert links(found) == {}
    assert ambiguous(found) == [({1, 2}, {"L2"})]


def test_one_tutorial_record_on_an_unwritable_row_and_on_another_is_left_to_a_person() -> None:
    found = match(
        [refused("L1"), record("L2", "York")],
        [row(1, "L1", 1), row(2, "L2", 1)],
        [tutorial(1, "Leeds"), tutorial(2, "York")],
    )
    assert links(found) == {"L2": 1}
    assert conflicts(found).keys() == {"tutorial 1 and L1", "tutorial 1 and L2"}


@pytest.mark.parametrize("strange", [nameless(), record("5", obstacle="its id is 5", key=None)])
def test_a_record_without_a_usable_id_may_be_that_of_any_row_that_seems_gone(
    strange: RemoteRecord,
) -> None:
    """Else a tutorial record would be linked anew while its row stands."""
    found = match([strange, record("L2", "Leeds")], [row(1, "L1", 1)], [tutorial(1, "Leeds")])
    assert links(found) == {}
    assert unmatched(found) == (set(), {strange.external_id, "L2"})


def test_several_records_without_an_id_are_all_listed() -> None:
    found = match([nameless("a"), nameless("b"), nameless("b")], [], [])
    assert [one.label for one in found.unmatched_administrate] == ["a", "b", "b"]
