"""Runs whose process was killed are ended by the next sync, or by the schedule."""

import os
import signal
import subprocess
from collections.abc import Iterator

import dagster as dg
import pytest

from adm_sync.database.engine import open_database
from adm_sync.defs.launching import dagster_instance
from adm_sync.defs.orphans import PROCESS_TAG, end_orphans, process_tag
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def status_after(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRunStatus:
    """What becomes of a started run with these tags."""
    run = instance.add_run(
        dg.DagsterRun(job_name="sync_all", status=dg.DagsterRunStatus.STARTED, tags=tags)
    )
    end_orphans(instance)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def test_the_run_of_a_living_process_goes_on(instance: dg.DagsterInstance) -> None:
    assert status_after(instance, process_tag()) is dg.DagsterRunStatus.STARTED


def test_a_run_of_dagsters_own_is_left_alone(instance: dg.DagsterInstance) -> None:
    assert status_after(instance, {}) is dg.DagsterRunStatus.STARTED


def test_a_run_of_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    _, number, born = process_tag()[PROCESS_TAG].rsplit(" ", 2)

    tags = {PROCESS_TAG: f"another-machine {number} {born}"}

    assert status_after(instance, tags) is dg.DagsterRunStatus.STARTED


def test_the_run_of_a_process_that_is_gone_has_failed(instance: dg.DagsterInstance) -> None:
    machine, _, born = process_tag()[PROCESS_TAG].rsplit(" ", 2)
    gone = subprocess.Popen(["true"])
    gone.wait()

    tags = {PROCESS_TAG: f"{machine} {gone.pid} {born}"}

    assert status_after(instance, tags) is dg.DagsterRunStatus.FAILURE


def test_a_number_that_was_given_to_another_process_deceives_nobody(
    instance: dg.DagsterInstance,
) -> None:
    machine, number, born = process_tag()[PROCESS_TAG].rsplit(" ", 2)

    tags = {PROCESS_TAG: f"{machine} {number} {int(born) - 3600}"}

    assert status_after(instance, tags) is dg.DagsterRunStatus.FAILURE


def test_the_sync_after_a_killed_one_ends_its_run(settled: Workplace) -> None:
    settled.set(adm_sync_retry_budget_seconds="60")
    settled.sandbox.faults.add("slow", match="locations", times=None, seconds=30.0)
    process = settled.start("sync", "price_levels", "locations")
    assert process.stdout is not None
    while process.stdout.readline() != "Syncing locations...\n":
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    killed = settled.latest_run()
    assert killed.status is dg.DagsterRunStatus.STARTED

    settled.sandbox.faults.clear()
    settled.run("sync", "locations")

    settings = Settings.load()
    with open_database(settings) as database, dagster_instance(settings, database) as found:
        assert [run.status for run in found.get_runs(limit=2)] == [
            dg.DagsterRunStatus.SUCCESS,
            dg.DagsterRunStatus.FAILURE,
        ]
