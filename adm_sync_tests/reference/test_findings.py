"""Design 1 and 4: the discrepancies of a sync, each of which can be told from every other."""

from collections import Counter
from dataclasses import replace

from hypothesis import given

from adm_sync.database.journal import Decision, Discrepancy
from adm_sync.database.states import DiscrepancyKind
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import BridgeRow, Evidence, RemoteRecord, TutorialRecord
from adm_sync.reference.findings import LONGEST_SUBJECT, discrepancies
from adm_sync.reference.matching import Matching, match
from adm_sync.reference.matching_owned import match_owned
from adm_sync.reference.planning import Plan, plan_sync
from adm_sync.reference.reading import key_of
from adm_sync_tests.reference.building import (
    LOCATIONS,
    ignore,
    link,
    nameless,
    record,
    refused,
    row,
    tutorial,
)
from adm_sync_tests.reference.scenarios import World, worlds


def found(
    records: list[RemoteRecord],
    rows: list[BridgeRow],
    tutorials: list[TutorialRecord],
    decisions: list[Decision] | None = None,
    referenced: frozenset[int] = frozenset(),
) -> list[Discrepancy]:
    matching = match(records, rows, tutorials, decisions or [])
    plan = plan_sync(LOCATIONS, Evidence(records), rows, matching, referenced)
    return discrepancies(LOCATIONS, matching, plan)


def test_nothing_is_found_where_everything_agrees() -> None:
    assert found([record("L1", "Leeds")], [row(1, "L1", 1)], [tutorial(1, "Leeds")]) == []


def test_an_unmatched_record_comes_with_its_nearest_on_the_other_side() -> None:
    here, there = found([record("L1", "Leeds City")], [], [tutorial(7, "Leeds")])
    assert (here.kind, here.subject, here.label) == ("unmatched_tutorial", "tutorial 7", "Leeds")
    assert (here.tutorial_id, here.external_id, here.detail) == (7, None, "")
    assert [one["external_id"] for one in here.suggestions] == ["L1"]
    assert (there.kind, there.subject) == ("unmatched_administrate", "L1")
    assert (there.tutorial_id, there.external_id) == (None, "L1")
    assert [one["tutorial_id"] for one in there.suggestions] == [7]


def test_an_ambiguous_record_is_named_and_suggested_to_others() -> None:
    records = [record("L1", "Leeds"), record("L2", "Leeds"), record("L3", "Leeds City")]
    there, ambiguous = found(records, [], [tutorial(7, "Leeds")])
    assert (ambiguous.kind, ambiguous.subject, ambiguous.label) == ("ambiguous", "leeds", "Leeds")
    assert ambiguous.detail == "tutorial records: 7; Administrate records: L1, L2"
    members = [(one["tutorial_id"], one["external_id"]) for one in ambiguous.suggestions]
    assert members == [(7, None), (None, "L1"), (None, "L2")]
    assert there.external_id == "L3"
    assert [one["tutorial_id"] for one in there.suggestions] == [7]


def test_an_ambiguity_on_one_side_says_that_the_other_has_none() -> None:
    (one,) = found([], [], [tutorial(1, "Leeds"), tutorial(2, "Leeds")])
    assert one.detail == "tutorial records: 1, 2; Administrate records: none"


def test_a_drifted_link_names_both_ends() -> None:
    (one,) = found([record("L1", "Leeds")], [row(1, "L1", 7)], [tutorial(7, "York")])
    assert (one.kind, one.subject, one.label) == ("drifted", "L1", "York")
    assert (one.tutorial_id, one.external_id) == (7, "L1")
    assert one.detail == "'York' here is 'Leeds' in Administrate"


def test_a_retained_row_is_told_instead_of_the_tutorial_record_it_holds() -> None:
    (one,) = found([], [row(3, "L1", 7)], [tutorial(7, "York")], referenced=frozenset({3}))
    assert (one.kind, one.subject, one.label) == ("retained", "row 3", "L1")
    assert (one.tutorial_id, one.external_id) == (7, "L1")


def test_the_tutorial_record_of_a_retained_row_is_suggested_to_its_likely_successor() -> None:
    there, retained = found(
        [record("L2", "York City")],
        [row(3, "L1", 7)],
        [tutorial(7, "York")],
        referenced=frozenset({3}),
    )
    assert retained.kind == "retained"
    assert [one["tutorial_id"] for one in there.suggestions] == [7]


def test_a_conflict_is_told_with_its_reason() -> None:
    (one,) = found([record("L1", "York")], [row(1, "L1", 7)], [tutorial(7, "York")], [ignore(4, 7)])
    assert (one.kind, one.subject, one.label) == ("conflicting_link", "decision 4", "decision 4")
    assert one.detail == "the tutorial record is linked, yet to be ignored"


def test_an_unusable_record_says_what_is_wrong_with_it() -> None:
    (one,) = found([refused("L1", "Leeds")], [], [])
    assert (one.kind, one.detail) == ("unmatched_administrate", "too long")


def test_records_without_an_id_are_told_apart() -> None:
    them = found([nameless("Leeds"), nameless("York"), nameless("Leeds"), nameless()], [], [])
    assert [one.label for one in them] == ["Leeds", "York", "Leeds", ""]
    assert len({one.subject for one in them}) == 4
    again = found([nameless(), nameless("Leeds"), nameless("Leeds"), nameless("York")], [], [])
    assert {one.subject for one in them} == {one.subject for one in again}


def test_keys_of_several_parts_never_become_one_subject() -> None:
    people = [("a/b", "c"), ("a", "b/c"), ("a b", "c"), ("a", "b c")]
    records = [
        RemoteRecord((f"P{n}{twin}",), " ".join(name), key_of(*name), ("",))
        for n, name in enumerate(people)
        for twin in "xy"
    ]
    subjects = [one.subject for one in found(records, [], []) if one.kind == "ambiguous"]
    assert len(set(subjects)) == len(subjects) == 4


def test_a_subject_fits_an_index_however_long_the_name() -> None:
    names = ["\U0001f600" * 5_000 + str(n) for n in (1, 2)]
    records = [record(f"L{n}{twin}", name) for n, name in enumerate(names) for twin in "xy"]
    subjects = [one.subject for one in found(records, [], []) if one.kind == "ambiguous"]
    assert len(set(subjects)) == len(subjects) == 2
    assert all(len(subject.encode()) < 2_600 for subject in subjects)
    short = "x" * LONGEST_SUBJECT
    (one, *_) = found([record("L1", short), record("L2", short)], [], [])
    assert one.subject == short


def test_rows_that_stand_twice_are_retained_apart() -> None:
    entity = BY_NAME["custom_fields"]
    field = RemoteRecord(("Event", "K1"), "Sitting", values=("Sitting", "text", None, True, None))
    rows = [BridgeRow(n, field.identity, values=field.values) for n in (1, 2, 3)]
    matching = match_owned([field], rows)
    plan = plan_sync(entity, Evidence([field]), rows, matching, frozenset({2, 3}))
    assert [one.subject for one in discrepancies(entity, matching, plan)] == ["row 2", "row 3"]


def test_an_entity_that_administrate_owns_gets_no_suggestions() -> None:
    entity = BY_NAME["price_levels"]
    records = [replace(refused("PL1", "Standard")), replace(refused("PL2", "Standard"))]
    matching = match_owned(records, [])
    plan = plan_sync(entity, Evidence(records), [], matching, ())
    assert [one.suggestions for one in discrepancies(entity, matching, plan)] == [[], []]


def test_a_decision_whose_record_is_gone_is_told() -> None:
    kinds = Counter(one.kind for one in found([], [], [tutorial(7, "York")], [link(1, 7, "L9")]))
    assert kinds == {"unmatched_tutorial": 1, "conflicting_link": 1}


@given(worlds())
def test_no_two_discrepancies_of_a_kind_share_a_subject(world: World) -> None:
    matching = world.match()
    them = discrepancies(LOCATIONS, matching, world.plan(matching))
    assert max(Counter((one.kind, one.subject) for one in them).values(), default=1) == 1
    assert {one.kind for one in them} <= set(DiscrepancyKind)


@given(worlds())
def test_nothing_is_both_unmatched_and_ambiguous(world: World) -> None:
    matching = world.match()
    them = discrepancies(LOCATIONS, matching, world.plan(matching))
    ambiguous = [one for found in them if found.kind == "ambiguous" for one in found.suggestions]
    for one in them:
        if one.kind == "unmatched_tutorial":
            assert one.tutorial_id not in {member["tutorial_id"] for member in ambiguous}
        if one.kind == "unmatched_administrate":
            assert one.external_id not in {member["external_id"] for member in ambiguous}


@given(worlds())
def test_the_same_world_is_told_in_the_same_subjects_after_the_sync(world: World) -> None:
    """So that a discrepancy keeps its first-seen time; only links that were just made differ."""
    first = world.match()
    plan = world.plan(first)
    after = world.applied(plan)
    again = after.match()

    def subjects(matching: Matching, plan: Plan) -> set[tuple[str, str]]:
        return {(one.kind, one.subject) for one in discrepancies(LOCATIONS, matching, plan)}

    assert subjects(first, plan) == subjects(again, after.plan(again))


def test_nobody_is_suggested_whom_a_decision_could_not_link() -> None:
    """Of those who share a name, one is linked; and one record cannot be written."""
    records = [
        record("L1", "Leed"),
        refused("L2", "Leedss"),
        record("L3", "York"),
        nameless("Yorc"),
    ]
    rows = [row(1, "L3", 7)]
    twins = [tutorial(7, "Leeds"), tutorial(8, "Leeds"), tutorial(9, "Yorks")]
    told = {one.label: one for one in found(records, rows, twins) if "unmatched" in one.kind}
    assert [one["tutorial_id"] for one in told["Leed"].suggestions] == [8]
    assert told["Yorks"].suggestions == []
    assert (told["Leedss"].suggestions, told["Yorc"].suggestions) == ([], [])
