"""The guard: what it holds, and how a person lets exactly that pass."""

from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.database import operations
from adm_sync.reference.planning import GuardLimits
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage

STRICT = GuardLimits(rows=1, percent=0)


def plans(stage: Stage, name: str = "course_templates") -> list[Any]:
    table = operations.held_plans
    statement = sa.select(table).where(table.c.entity == name).order_by(table.c.id)
    with stage.engine.connect() as connection:
        return list(connection.execute(statement))


def waiting(stage: Stage) -> Any:
    (plan,) = [one for one in plans(stage) if one.outcome == "held"]
    return plan


def take_away_two(stage: Stage) -> None:
    """CB3 and CB2 go; nothing refers to them."""
    for code in ("CB2", "CB3"):
        stage.sandbox.store.remove(stage.administrate[code])


def hold(stage: Stage) -> Any:
    take_away_two(stage)
    result = stage.sync("course_templates", limits=STRICT)
    assert result.status == "held"
    return result


def test_a_plan_that_removes_too_much_is_held_and_writes_nothing(stage: Stage) -> None:
    before, discrepancies = stage.bridges(), stage.open("course_templates")
    stage.sandbox.store.update(stage.administrate["CB1"], eventLearningMode="lms")
    result = hold(stage)
    assert "would remove, unlink or relink 2 of 5 course templates" in result.message
    assert "adm-sync release course_templates" in result.message
    assert stage.bridges() == before
    assert stage.open("course_templates") == discrepancies
    assert stage.changes(result) == {}
    assert stage.runs("course_templates")[-1].status == "held"
    plan = waiting(stage)
    assert plan.plan["deleted"] == 2
    assert plan.plan["updated"] == 1
    assert {one["external_id"] for one in plan.plan["removals"]} == {
        stage.administrate["CB2"],
        stage.administrate["CB3"],
    }
    assert plan.plan["removals"][0]["before"]["event_learning_mode"] == "blended"


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        (GuardLimits(rows=5, percent=10), "succeeded"),
        (GuardLimits(rows=2, percent=0), "succeeded"),
        (GuardLimits(rows=1, percent=39), "held"),
        (GuardLimits(rows=0, percent=40), "succeeded"),
        (GuardLimits(rows=0, percent=0), "held"),
    ],
)
def test_the_limit_is_the_larger_of_rows_and_share(
    stage: Stage, limits: GuardLimits, status: str
) -> None:
    take_away_two(stage)
    assert stage.sync("course_templates", limits=limits).status == status


def test_links_that_move_count_too(stage: Stage) -> None:
    """Unlinked and relinked rows are guarded like deleted ones."""
    store, ids = stage.sandbox.store, stage.administrate
    for code in ("CB1", "CB2"):
        store.update(ids[code], code=f"{code}_OLD")
        ids[f"{code} new"] = store.add("CourseTemplate", code=code, title="Its successor")
    links = stage.links("course_templates")
    assert stage.sync("course_templates", limits=STRICT).status == "held"
    assert stage.links("course_templates") == links
    assert stage.sync("course_templates", limits=GuardLimits(2, 0)).relinked == 2


def test_new_and_changed_rows_are_not_guarded(stage: Stage) -> None:
    for number in range(9):
        stage.sandbox.store.add("CourseTemplate", code=f"N{number}", title="New")
    for code in company.TEMPLATES:
        stage.sandbox.store.update(stage.administrate[code], eventLearningMode="lms")
    result = stage.sync_well("course_templates", limits=GuardLimits(0, 0))
    assert (result.created, result.updated) == (9, 4)


def test_a_person_releases_exactly_the_plan_that_was_held(stage: Stage) -> None:
    hold(stage)
    fingerprint = waiting(stage).fingerprint
    result = stage.sync_well(
        "course_templates", limits=STRICT, released=fingerprint, who="Ada Example"
    )
    assert result.deleted == 2
    (plan,) = plans(stage)
    assert (plan.outcome, plan.settled_by) == ("released", "Ada Example")
    assert plan.settled_at is not None
    assert len(stage.rows("course_templates")) == 3


def test_another_plan_is_held_again(stage: Stage) -> None:
    hold(stage)
    fingerprint = waiting(stage).fingerprint
    stage.sandbox.store.remove(stage.administrate["CP1 Standard"])
    stage.sync_well("course_template_price_levels")
    stage.sandbox.store.remove(stage.administrate["CP1"])
    before = stage.bridge("course_templates")
    result = stage.sync("course_templates", limits=STRICT, released=fingerprint)
    assert result.status == "held"
    assert stage.bridge("course_templates") == before
    first, second = plans(stage)
    assert (first.outcome, second.outcome) == ("superseded", "held")
    assert second.fingerprint != fingerprint
    assert second.plan["deleted"] == 3


def test_the_same_number_of_other_removals_is_another_plan(stage: Stage) -> None:
    hold(stage)
    fingerprint = waiting(stage).fingerprint
    stage.sandbox.store.add(
        "CourseTemplate", id=stage.administrate["CB2"], code="CB2", title="Back"
    )
    stage.sandbox.store.remove(stage.administrate["CP1 Standard"])
    stage.sync_well("course_template_price_levels")
    stage.sandbox.store.remove(stage.administrate["CP1"])
    assert stage.sync("course_templates", limits=STRICT, released=fingerprint).status == "held"


def test_what_is_added_meanwhile_needs_no_other_release(stage: Stage) -> None:
    """The guard judges removals; what else there is to do is done with them."""
    hold(stage)
    stage.sandbox.store.add("CourseTemplate", code="SA1", title="New")
    result = stage.sync_well("course_templates", limits=STRICT, released=waiting(stage).fingerprint)
    assert (result.created, result.deleted) == (1, 2)


def test_the_same_plan_held_again_is_the_same_one(stage: Stage) -> None:
    hold(stage)
    first = waiting(stage)
    again = stage.sync("course_templates", limits=STRICT)
    assert again.status == "held"
    second = waiting(stage)
    assert (second.id, second.held_at) == (first.id, first.held_at)
    assert second.last_seen > first.last_seen
    assert second.run_id == again.run_id


def test_a_plan_that_has_become_moot_is_settled(stage: Stage) -> None:
    hold(stage)
    for code in ("CB2", "CB3"):
        stage.sandbox.store.add(
            "CourseTemplate", id=stage.administrate[code], code=code, title="Back"
        )
    assert stage.sync("course_templates", limits=STRICT).status == "succeeded"
    (plan,) = plans(stage)
    assert (plan.outcome, plan.settled_by) == ("moot", None)


def test_a_release_that_comes_too_late_does_no_harm(stage: Stage) -> None:
    """The plan is moot by then: an ordinary sync."""
    hold(stage)
    fingerprint = waiting(stage).fingerprint
    for code in ("CB2", "CB3"):
        stage.sandbox.store.add(
            "CourseTemplate", id=stage.administrate[code], code=code, title="Back"
        )
    stage.sync_well("course_templates", limits=STRICT, released=fingerprint)
    assert [plan.outcome for plan in plans(stage)] == ["moot"]


def test_an_empty_tenant_can_be_released_too(stage: Stage) -> None:
    """If it is right so, it is right so; what is referred to stays all the same."""
    for code in (*company.TEMPLATES, "CB3"):
        stage.sandbox.store.remove(stage.administrate[code])
    assert stage.sync("course_templates").status == "held"
    result = stage.sync_well("course_templates", released=waiting(stage).fingerprint)
    # CM2 and CB1 have events, CP1 a price.
    assert (result.deleted, result.retained) == (2, 3)


def test_a_persons_decision_is_not_guarded(stage: Stage) -> None:
    """What a person asked for by name needs no second release."""
    for code in ("CB1", "CB2"):
        stage.note_decision(
            "never", "course_templates", stage.tutorial[code], stage.administrate[code]
        )
    result = stage.sync_well("course_templates", limits=GuardLimits(0, 0))
    assert result.updated == 2
    assert stage.linked("course_templates", "CB1") is None


def test_one_entity_that_is_held_leaves_the_others_alone(stage: Stage) -> None:
    hold(stage)
    assert stage.sync_well("locations").unchanged == 5
    assert waiting(stage)
