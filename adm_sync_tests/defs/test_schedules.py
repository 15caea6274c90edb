"""The nightly full sync and the comparison, evaluated as the daemon does it."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from adm_sync.defs.build import build_defs
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync_tests.cli.workplace import Workplace

pytestmark = pytest.mark.thorough(all_but_each=3)


@pytest.fixture(scope="module")
def _instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def instance(_instance: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    yield _instance
    for run in _instance.get_runs():
        _instance.delete_run(run.run_id)


def tick(
    instance: dg.DagsterInstance, name: str = "sync_all_schedule"
) -> dg.RunRequest | dg.SkipReason:
    """What the schedule answers now."""
    schedule = build_defs().resolve_schedule_def(name)
    assert isinstance(schedule, dg.ScheduleDefinition)
    answer = schedule(dg.build_schedule_context(instance=instance))
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def add_run(instance: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus) -> None:
    location = RegisteredCodeLocationOrigin("adm_sync")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), job)
    instance.add_run(dg.DagsterRun(job_name=job, status=status, remote_job_origin=origin))


def test_it_asks_for_a_full_sync(settled: Workplace, instance: dg.DagsterInstance) -> None:
    request = tick(instance)

    assert isinstance(request, dg.RunRequest)
    assert request.tags == RUN_TAGS


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("status", ["QUEUED", "STARTING", "STARTED", "CANCELING"])
def test_it_skips_while_a_full_sync_is_unfinished(
    settled: Workplace, instance: dg.DagsterInstance, status: str
) -> None:
    add_run(instance, "sync_all", dg.DagsterRunStatus[status])

    skipped = tick(instance)

    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "A full sync is still running."


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize(
    ("job", "status"),
    [
        ("sync_all", "SUCCESS"),
        ("sync_all", "FAILURE"),
        ("sync_all", "NOT_STARTED"),
        ("sync_locations", "STARTED"),
    ],
)
def test_it_does_not_mind_runs_that_have_ended_or_are_of_other_jobs(
    settled: Workplace, instance: dg.DagsterInstance, job: str, status: str
) -> None:
    add_run(instance, job, dg.DagsterRunStatus[status])

    assert isinstance(tick(instance), dg.RunRequest)


def test_the_comparison_has_a_schedule_of_its_own(
    settled: Workplace, instance: dg.DagsterInstance
) -> None:
    add_run(instance, "sync_all", dg.DagsterRunStatus.STARTED)
    request = tick(instance, "reconcile_schedule")
    assert isinstance(request, dg.RunRequest)
    assert request.run_config == {"ops": {"compare": {"config": {"current": True}}}}

    add_run(instance, "reconcile", dg.DagsterRunStatus.QUEUED)
    skipped = tick(instance, "reconcile_schedule")

    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == "A comparison is still running."
