"""What holds for every matching, in worlds where names collide all the time."""

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adm_sync.database.journal import Decision
from adm_sync.reference.entity import BridgeRow, Identity
from adm_sync.reference.matching import Matching
from adm_sync_tests.reference.scenarios import World, holders, links_after, worlds


def touches(decision: Decision, identity: Identity, tutorial_id: int) -> bool:
    return decision.tutorial_id == tutorial_id or (decision.external_id,) == identity


def pinned(world: World, matching: Matching) -> dict[Identity, int]:
    """The links that a person decided, as far as they were honoured."""
    said = {((one.external_id or "",), one.tutorial_id): one.kind for one in world.decisions}
    return {i: t for i, t in matching.links.items() if said.get((i, t)) == "link"}


def outcome(matching: Matching) -> dict[str, Any]:
    """Everything about a matching but the order it is in."""
    return {
        "links": matching.links,
        "skipped": matching.skipped,
        "renamed": matching.renamed,
        "ambiguous": sorted(
            (
                found.key,
                sorted(t.id for t in found.tutorials),
                sorted(r.identity for r in found.records),
            )
            for found in matching.ambiguous
        ),
        "drifted": sorted((one.record.identity, one.reason) for one in matching.drifted),
        "conflicts": sorted((one.subject, one.reason) for one in matching.conflicts),
        "unmatched_tutorial": sorted(one.id for one in matching.unmatched_tutorial),
        "unmatched": sorted((one.identity, one.label) for one in matching.unmatched_administrate),
    }


@given(worlds())
def test_no_tutorial_record_is_linked_twice_unless_it_was_before(world: World) -> None:
    before = {one.identity: one.tutorial_id for one in world.rows}
    for tutorial_id, identities in holders(links_after(world, world.match())).items():
        if len(identities) > 1:
            assert {before[identity] for identity in identities} == {tutorial_id}


@given(worlds())
def test_whoever_carries_an_ambiguous_key_gets_no_new_link(world: World) -> None:
    matching = world.match()
    chosen, after = pinned(world, matching), set(links_after(world, matching).values())
    ignored = {one.tutorial_id for one in world.decisions if one.kind == "ignore"} - after
    ignored_records = {
        (one.external_id,) for one in world.decisions if one.kind == "ignore"
    } - matching.links.keys()
    here = Counter(
        one.key
        for one in world.tutorials
        if one.is_active and one.id not in {*chosen.values(), *ignored}
    )
    there = Counter(
        one.key
        for identity, one in world.usable.items()
        if identity not in chosen and identity not in ignored_records
    )
    tutorials = {one.id: one for one in world.tutorials}
    for identity, tutorial_id in matching.links.items():
        if identity in chosen or world.standing.get(identity) == tutorial_id:
            continue
        key = world.usable[identity].key
        assert key == tutorials[tutorial_id].key is not None
        assert here[key] == there[key] == 1


@given(worlds())
def test_matching_again_on_the_links_that_came_out_changes_nothing(world: World) -> None:
    first = world.match()
    after = links_after(world, first)
    new = world.usable.keys() - {one.identity for one in world.rows}
    rows = [replace(one, tutorial_id=after.get(one.identity)) for one in world.rows]
    rows += [BridgeRow(100 + n, identity, after.get(identity)) for n, identity in enumerate(new)]
    assert outcome(replace(world, rows=rows).match()) == outcome(first)


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(world: World, random: Any) -> None:
    shuffled = replace(
        world,
        **{
            name: random.sample(getattr(world, name), len(getattr(world, name)))
            for name in ("records", "rows", "tutorials", "decisions")
        },
    )
    assert outcome(shuffled.match()) == outcome(world.match())


@given(worlds())
def test_a_link_is_lost_only_to_a_decision_or_to_the_one_who_now_carries_the_key(
    world: World,
) -> None:
    matching = world.match()
    tutorials = {one.id: one for one in world.tutorials}
    record_of = {tutorial_id: identity for identity, tutorial_id in matching.links.items()}
    for identity, tutorial_id in world.standing.items():
        if matching.links.get(identity) == tutorial_id:
            continue
        if any(touches(one, identity, tutorial_id) for one in world.decisions):
            continue
        tutorial, record = tutorials[tutorial_id], world.usable[identity]
        assert not tutorial.is_active or tutorial.key != record.key
        successor, other = matching.links.get(identity), record_of.get(tutorial_id)
        assert (successor is not None and tutorials[successor].key == record.key) or (
            other is not None and world.usable[other].key == tutorial.key
        )


@given(worlds(decided=False))
def test_without_decisions_nobody_is_decided_or_out_of_play(world: World) -> None:
    matching = world.match()
    assert matching.decided == set()
    assert all(one.subject.startswith("tutorial ") for one in matching.conflicts)


@given(worlds())
def test_every_active_tutorial_record_is_accounted_for_once(world: World) -> None:
    matching = world.match()
    linked = set(links_after(world, matching).values())
    ambiguous = {one.id for found in matching.ambiguous for one in found.tutorials}
    unmatched = Counter(one.id for one in matching.unmatched_tutorial)
    ignored = {one.tutorial_id for one in world.decisions if one.kind == "ignore"}
    for one in world.tutorials:
        if one.is_active:
            kinds = [
                one.id in linked,
                one.id in ambiguous - linked,
                one.id in ignored - linked,
            ]
            assert sum(kinds) + unmatched[one.id] == 1
        else:
            assert one.id not in unmatched
            assert one.id not in ambiguous


@given(worlds())
def test_every_administrate_record_is_accounted_for_once(world: World) -> None:
    matching = world.match()
    linked = links_after(world, matching).keys()
    ambiguous = {one.identity for found in matching.ambiguous for one in found.records} - linked
    unmatched = Counter(one.identity for one in matching.unmatched_administrate)
    ignored = {(one.external_id,) for one in world.decisions if one.kind == "ignore"} - linked
    for identity, count in Counter(one.identity for one in world.records).items():
        kinds = (identity in linked) + (identity in ambiguous) + (identity in ignored)
        assert kinds * count + unmatched[identity] == count
    assert matching.skipped == ambiguous
    assert unmatched.keys() <= {one.identity for one in world.records}


@given(worlds())
def test_a_link_that_drifted_is_one_that_stood(world: World) -> None:
    matching = world.match()
    for drift in matching.drifted:
        assert world.standing[drift.record.identity] == drift.tutorial.id
        assert matching.links[drift.record.identity] == drift.tutorial.id
