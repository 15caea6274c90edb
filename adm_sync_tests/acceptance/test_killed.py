"""A sync that is killed at any moment: the old state or the new one, and the next sync mends it.

The moments are enumerated by the process itself: before each statement and each COPY, around each
commit and each request.
"""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.other_process import Other
from adm_sync_tests.acceptance.stage import Stage

PRICES = "course_template_price_levels"
# Up to the first request every entity's sync is the same.
FIRST_REQUEST = 15
FEWEST_MOMENTS = 25


def change_templates(stage: Stage) -> None:
    """One goes, one comes, one changes, one gives its link to its successor."""
    store, ids = stage.sandbox.store, stage.administrate
    store.remove(ids["CB3"])
    store.update(ids["CB1"], eventLearningMode="lms")
    store.add("CourseTemplate", code="SA1", title="New")
    store.update(ids["CB2"], code="CB2_OLD")
    store.add("CourseTemplate", code="CB2", title="Its successor")


def change_prices(stage: Stage) -> None:
    """Two swap their places, one changes, one goes, one comes."""
    store, ids = stage.sandbox.store, stage.administrate
    store.update(ids["CM2 Standard"], priceLevel=ids["Early"])
    store.update(ids["CM2 Early"], priceLevel=ids["Standard"])
    store.update(ids["CP1 Standard"], amount="1300.00")
    store.remove(ids["CB1 Early"])
    company.add_price(store, ids, "CP1", "Early", "1200.00")


def content(stage: Stage, name: str) -> list[str]:
    """The rows, without numbers and times that differ from run to run."""
    passing = {"id", "created_at", "updated_at", "last_synced"}
    return sorted(
        json.dumps({key: value for key, value in row.items() if key not in passing}, default=str)
        for row in stage.rows(name)
    )


def is_whole(stage: Stage, name: str, runs: list[Any], old: list[str], new: list[str]) -> bool:
    """The old state with nothing noted, or the new one with everything noted; whether the new."""
    done = [run for run in runs if run.status == "succeeded"]
    assert content(stage, name) == (new if done else old)
    for run in runs:
        noted = stage.execute("select 1 from adm_sync.changes where run_id = :run", run=run.id)
        assert len(noted) == run.created + run.updated + run.deleted
        assert bool(noted) is (run in done)
        assert run in done or run.status == "running"
    return bool(done)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "change", "first"),
    [("course_templates", change_templates, 1), (PRICES, change_prices, FIRST_REQUEST + 1)],
)
def test_a_sync_that_is_killed_leaves_the_old_state_or_the_new(
    stage: Stage, other: Other, name: str, change: Callable[[Stage], Any], first: int
) -> None:
    old = content(stage, name)
    change(stage)
    stage.sync_well(name)
    new = content(stage, name)
    assert new != old
    facts = stage.execute("select * from adm.events order by id")
    states = 0
    # Every other moment of one entity, and those between them of the other.
    for moment in itertools.count(first, 2):
        stage.restart()
        change(stage)
        before = len(stage.runs(name))
        ended = other.run(stage, name, die_at=moment)
        if not ended.killed:
            break
        states += is_whole(stage, name, stage.runs(name)[before:], old, new)
        assert stage.execute("select * from adm.events order by id") == facts
        # Nobody has to clean up: the dead one's lock is gone, and the next sync is an ordinary one.
        stage.sync_well(name)
        assert content(stage, name) == new, f"killed at moment {moment}"
        for run in stage.runs(name)[before:-1]:
            assert run.status == "succeeded" or run.message == "the process ended in the middle"
            assert run.finished_at is not None
    assert ended.statuses == ["succeeded"]
    assert content(stage, name) == new
    assert moment - first >= FEWEST_MOMENTS
    assert 0 < states < moment - first


@pytest.mark.thorough
def test_a_full_sync_that_is_killed_is_taken_up_by_the_next(new_stage: Stage, other: Other) -> None:
    """Entities before the one it died in are done, those after it are not begun."""
    stage = new_stage
    stage.sync_all()
    expected = {name: content(stage, name) for name in ("locations", "venues")}
    names = ("locations", "venues", "custom_fields", "price_levels", "course_templates", PRICES)
    for moment in (20, 60, 100, 10_000):
        stage.restart()
        ended = other.run(stage, *names, die_at=moment)
        stage.sync_all()
        assert {name: content(stage, name) for name in expected} == expected
        assert len(stage.rows(PRICES)) == len(company.PRICES)
        statuses = [row.status for name in names for row in stage.runs(name)]
        assert "running" not in statuses
        assert statuses.count("failed") <= 1
        assert ended.killed is (moment < 10_000)
