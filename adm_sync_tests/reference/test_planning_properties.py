"""What holds for every plan: counts add up, applying it leaves nothing to do, nothing is lost."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adm_sync.reference.planning import Plan
from adm_sync.reference.results import counted
from adm_sync_tests.reference.building import record
from adm_sync_tests.reference.scenarios import World, links_after, worlds


def held_by_the_table(world: World, plan: Plan) -> int:
    """Records fetched, and rows that are left of those that no record belongs to."""
    deleted = {change.row_id for change in plan.deletes}
    identities = {one.identity for one in world.records}
    alone = [r for r in world.rows if r.identity not in identities and r.id not in deleted]
    return len(world.records) + len(alone)


@given(worlds())
def test_the_counts_add_up(world: World) -> None:
    plan = world.plan()
    result = counted(plan, "succeeded", [])
    total = result.created + result.updated + result.unchanged + result.retained + result.skipped
    assert total == held_by_the_table(world, plan)
    assert result.rows == len(world.applied(plan).rows)
    assert result.deleted + result.rows == len(world.rows) + result.created
    assert result.errors == sum(one.refused for one in world.records) <= result.skipped


@given(worlds())
def test_a_plan_that_was_applied_leaves_nothing_to_do(world: World) -> None:
    first = world.plan()
    again = world.applied(first).plan()
    assert again.changes == []
    assert again.unchanged + again.skipped == len(world.records)
    assert len(again.retained) == len(first.retained)
    assert again.unanswered == first.unanswered


@given(worlds())
def test_the_table_ends_with_the_links_of_the_matching(world: World) -> None:
    matching = world.match()
    plan = world.plan(matching)
    retained = {one.identity for one in plan.retained}
    links = {
        one.identity: one.tutorial_id
        for one in world.applied(plan).rows
        if one.tutorial_id is not None and one.identity not in retained
    }
    assert links == links_after(world, matching)


@given(worlds())
def test_a_row_that_something_refers_to_is_never_deleted(world: World) -> None:
    plan = world.plan()
    assert not {change.row_id for change in plan.deletes} & world.referenced
    usable = {one.identity for one in world.records}
    for change in plan.deletes:
        assert change.identity not in usable


@given(worlds())
def test_a_tutorial_record_that_finds_a_partner_leaves_the_row_that_is_retained(
    world: World,
) -> None:
    plan = world.plan()
    held = Counter(one.tutorial_id for one in world.applied(plan).rows if one.tutorial_id)
    before = Counter(one.tutorial_id for one in world.rows if one.tutorial_id)
    assert all(count <= max(1, before[tutorial_id]) for tutorial_id, count in held.items())


@given(worlds())
def test_rows_that_were_not_seen_are_those_without_a_record(world: World) -> None:
    plan = world.plan()
    identities = {one.identity for one in world.records}
    assert plan.unseen_row_ids == [r.id for r in world.rows if r.identity not in identities]


@given(worlds())
def test_every_change_says_what_was_and_what_will_be(world: World) -> None:
    plan = world.plan()
    rows = {one.id: one for one in world.rows}
    for change in plan.freed + plan.updates:
        old = rows[change.row_id or 0]
        full = {"legacy_id": old.values[0], "tutorial_location_id": old.tutorial_id}
        assert change.before.items() <= full.items()
        assert {**full, **change.after} == {
            "legacy_id": change.values[0],
            "tutorial_location_id": change.tutorial_id,
        }
        assert change.before.keys() == change.after.keys()
        assert all(change.before[name] != change.after[name] for name in change.after)


@given(worlds(), st.randoms(use_true_random=False))
def test_a_fingerprint_does_not_depend_on_order_or_on_harmless_creates(
    world: World, random: Any
) -> None:
    shuffled = replace(
        world,
        records=random.sample(world.records, len(world.records)),
        rows=random.sample(world.rows, len(world.rows)),
    )
    assert shuffled.plan().fingerprint() == world.plan().fingerprint()
    if world.records:
        more = replace(world, records=[*world.records, record("L99", "Nowhere else")])
        assert more.plan().fingerprint() == world.plan().fingerprint()


@given(worlds(), worlds())
def test_equal_fingerprints_mean_that_the_same_is_taken_away(one: World, other: World) -> None:
    def judged(world: World) -> object:
        plan = world.plan()
        removed = Counter((c.action, c.identity, c.tutorial_id) for c in plan.removals)
        return plan.seen == 0, plan.strange, removed

    same = one.plan().fingerprint() == other.plan().fingerprint()
    assert same == (judged(one) == judged(other))
