"""A dry run writes nothing, neither here nor there, and says what the real run then does."""

from typing import Any

import pytest

from adm_sync.errors import NeedsMissing
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.planning import GuardLimits
from adm_sync_tests.acceptance.stage import Stage
from adm_sync_tests.acceptance.test_bookkeeping import change_everything

NAMES = [entity.name for entity in ENTITIES]


def promised(result: Any) -> dict[str, Any]:
    """What a dry run says that the real one has to keep to."""
    document = result.as_json()
    return {key: document[key] for key in document if key not in {"seconds", "own_seconds"}} | {
        "changes": [(one.action, one.identity, one.before, one.after) for one in result.changes]
    }


def rehearse(stage: Stage, name: str, **options: Any) -> Any:
    """A dry run: no row of any table of any schema differs afterwards."""
    here, there = stage.everything(), stage.sandbox.store.version
    result = stage.sync(name, dry_run=True, **options)
    assert stage.everything() == here
    assert stage.sandbox.store.version == there
    assert stage.sandbox.calls.mutations == 0
    return result


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("name", NAMES)
def test_a_dry_run_writes_nothing_and_the_real_one_keeps_to_it(stage: Stage, name: str) -> None:
    change_everything(stage)
    for need in next(entity for entity in ENTITIES if entity.name == name).needs:
        stage.sync_well(need.entity)
    dry = promised(rehearse(stage, name))
    real = promised(stage.sync_well(name))
    # What is gone is looked for once more before it goes.
    assert dry.pop("requests") <= real.pop("requests")
    assert dry == real
    assert dry["changes"]


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("name", NAMES)
def test_a_first_dry_run_promises_the_first_sync(new_stage: Stage, name: str) -> None:
    for entity in ENTITIES[: NAMES.index(name)]:
        new_stage.sync_well(entity.name)
    dry = promised(rehearse(new_stage, name))
    assert dry["created"] > 0
    assert promised(new_stage.sync_well(name)) == dry


def counts(result: Any) -> dict[str, Any]:
    """What it comes to, but for the ids that rows get when they are written.

    And but for the requests: what is gone is looked for once more before it goes.
    """
    changes = [(one.action, one.identity) for one in result.changes]
    return promised(result) | {"changes": changes, "requests": 0}


def rehearse_all(stage: Stage) -> dict[str, dict[str, Any]]:
    """A dry run of all, each knowing what those before it would write."""
    planned: dict[str, Any] = {}
    shown = {}
    for name in NAMES:
        result = rehearse(stage, name, planned=planned)
        planned[name], shown[name] = result.changes, counts(result)
    return shown


def test_a_first_dry_run_of_all_promises_the_first_full_sync(new_stage: Stage) -> None:
    shown = rehearse_all(new_stage)
    assert all(one["status"] == "succeeded" and one["created"] for one in shown.values())
    assert {name: counts(new_stage.sync_well(name)) for name in NAMES} == shown


def test_a_dry_run_of_all_after_a_change_of_all_promises_the_full_sync(stage: Stage) -> None:
    change_everything(stage)
    shown = rehearse_all(stage)
    assert {name: counts(stage.sync(name)) for name in NAMES} == shown


@pytest.mark.parametrize("name", NAMES)
def test_a_dry_run_of_what_is_unchanged_says_so(stage: Stage, name: str) -> None:
    assert rehearse(stage, name).unchanged == len(stage.rows(name))


def test_a_dry_run_says_what_would_be_held_in_the_same_words(stage: Stage) -> None:
    stage.sandbox.store.remove(stage.administrate["CB3"])
    strict = GuardLimits(rows=0, percent=0)
    dry = promised(rehearse(stage, "course_templates", limits=strict))
    real = promised(stage.sync("course_templates", limits=strict))
    assert dry["status"] == "held"
    assert dry == real


def test_a_dry_run_fails_where_the_real_one_would(new_stage: Stage) -> None:
    result = rehearse(new_stage, "venues")
    assert isinstance(result.error, NeedsMissing)
    new_stage.sandbox.faults.add("status", match="query", times=None, code=403)
    assert rehearse(new_stage, "locations").status == "failed"


def test_a_dry_run_waits_for_nobody(stage: Stage) -> None:
    """It takes no lock: it may run beside a sync, and is in nobody's way."""
    with stage.session() as other:
        other.execute("begin")
        other.execute("lock table adm.locations in share row exclusive mode")
        assert rehearse(stage, "locations", lock_wait=0).status == "succeeded"
        other.execute("rollback")
    assert stage.told == []
