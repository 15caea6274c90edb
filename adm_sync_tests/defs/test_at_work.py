"""A run ends when nobody is at work on it any more, wherever that was; and never before."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from adm_sync.database.engine import create_engine, open_database
from adm_sync.database.presence import present
from adm_sync.defs import at_work
from adm_sync.defs.at_work import PROCESS_TAG, dead_runs_sensor, end_dead_runs, process_tag
from adm_sync.defs.launching import dagster_environment, dagster_instance
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs import split_run

SECONDS = 60
RETURN = 0.3
STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE
CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


@pytest.fixture
def instance(settled: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(at_work, "SECONDS_TO_RETURN", RETURN)
    settings = Settings.load()
    with open_database(settings) as database, dagster_instance(settings, database) as instance:
        for run in instance.get_runs():
            instance.delete_run(run.run_id)
        yield instance


def begun(
    instance: dg.DagsterInstance,
    tags: dict[str, str] | None = None,
    status: dg.DagsterRunStatus = STARTED,
) -> str:
    """A run that has begun."""
    given = process_tag() if tags is None else tags
    run = dg.DagsterRun(job_name="sync_all", status=status, tags=given)
    return instance.add_run(run).run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def look_for_long(instance: dg.DagsterInstance) -> None:
    """Look as often as it takes to end a dead run."""
    found: dict[str, float] = {}
    for _ in range(3):
        found = end_dead_runs(instance, found)
        time.sleep(RETURN)


def wait_until(holds: Callable[[], Any]) -> None:
    ends = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


@contextmanager
def somebody_at_work(url: str, run_id: str) -> Iterator[None]:
    with present(url, f"run {run_id}"):
        yield


# ---------------------------------------------------------------------- what is ended, and when


@pytest.mark.thorough
def test_a_run_that_nobody_is_at_work_on_ends_at_the_second_look(
    instance: dg.DagsterInstance,
) -> None:
    run_id = begun(instance)

    first = end_dead_runs(instance, {})
    too_soon = end_dead_runs(instance, first)

    assert list(first) == [run_id]
    assert too_soon == first
    assert status(instance, run_id) is STARTED
    time.sleep(RETURN)
    assert end_dead_runs(instance, too_soon) == {}
    assert status(instance, run_id) is FAILURE
    events = [entry.dagster_event for entry in instance.all_logs(run_id)]
    (said,) = [event.message for event in events if event and event.is_run_failure]
    assert said is not None
    assert said.endswith(" ended in the middle. What was done until then is kept.")


def test_a_run_that_somebody_is_at_work_on_goes_on(
    instance: dg.DagsterInstance, dagster_database_url: str
) -> None:
    run_id = begun(instance, {PROCESS_TAG: "another machine"})

    with somebody_at_work(dagster_database_url, run_id):
        look_for_long(instance)

        assert status(instance, run_id) is STARTED


@pytest.mark.thorough
def test_somebody_who_lost_the_connection_returns_and_the_run_goes_on(
    instance: dg.DagsterInstance, dagster_database_url: str
) -> None:
    run_id = begun(instance)
    engine = create_engine(dagster_database_url)
    cut = sa.text(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name like 'adm_sync run %' and datname = current_database()"
    )

    with somebody_at_work(dagster_database_url, run_id):
        with engine.begin() as connection:
            assert connection.scalars(cut).all() == [True]
        at_once = end_dead_runs(instance, {})
        wait_until(lambda: end_dead_runs(instance, {}) == {})
        time.sleep(RETURN)

        assert list(at_once) == [run_id]
        assert end_dead_runs(instance, at_once) == {}
        assert status(instance, run_id) is STARTED
    engine.dispose()


def test_a_run_that_never_said_who_works_on_it_is_left_alone(instance: dg.DagsterInstance) -> None:
    run_id = begun(instance, {})

    look_for_long(instance)

    assert status(instance, run_id) is STARTED


def test_a_run_that_was_to_be_canceled_is_canceled(instance: dg.DagsterInstance) -> None:
    run_id = begun(instance, status=dg.DagsterRunStatus.CANCELING)

    look_for_long(instance)

    assert status(instance, run_id) is dg.DagsterRunStatus.CANCELED


def test_the_sensor_ends_it_and_remembers_what_it_saw(instance: dg.DagsterInstance) -> None:
    run_id = begun(instance)
    cursor = None
    for _ in range(2):
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        cursor = dead_runs_sensor.evaluate_tick(context).cursor
        time.sleep(RETURN)

    assert status(instance, run_id) is FAILURE
    assert 2 * at_work.SECONDS_BETWEEN_LOOKS <= 30


# ---------------------------------------------------------------------- processes that are killed


def start_and_reach_locations(place: Workplace, *before: str) -> "subprocess.Popen[str]":
    """A sync in a process that waits for an answer of Administrate."""
    place.set(adm_sync_retry_budget_seconds="60")
    place.sandbox.faults.add("slow", match="locations", times=None, seconds=30.0)
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "adm_sync.cli", "sync", "price_levels", "locations"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() != "Syncing locations...\n":
        assert process.poll() is None
    return process


@pytest.mark.thorough
def test_the_sync_after_a_killed_one_ends_its_run(
    settled: Workplace, instance: dg.DagsterInstance
) -> None:
    process = start_and_reach_locations(settled)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    killed = settled.latest_run()
    assert killed.status is STARTED

    settled.sandbox.faults.clear()
    settled.run("sync", "locations")

    assert [run.status for run in instance.get_runs(limit=2)] == [
        dg.DagsterRunStatus.SUCCESS,
        FAILURE,
    ]


@pytest.mark.thorough
@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root makes containers"
)
def test_a_run_in_another_container_is_ended_when_it_is_killed_and_not_before(
    settled: Workplace, instance: dg.DagsterInstance
) -> None:
    process = start_and_reach_locations(settled, *CONTAINER)
    run_id = settled.latest_run().run_id

    look_for_long(instance)
    assert status(instance, run_id) is STARTED

    process.kill()
    process.communicate()
    look_for_long(instance)
    assert status(instance, run_id) is FAILURE


@pytest.mark.thorough
def test_a_run_goes_on_while_one_of_its_processes_is_left(
    settled: Workplace, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    sign = tmp_path / "sign"
    settings = Settings.load()
    with open_database(settings) as database:
        environment = os.environ | dagster_environment(settings, database)
    parent = subprocess.Popen(
        [sys.executable, "-m", split_run.__name__, str(sign)],
        env=environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until(lambda: sign.exists() and sign.read_text())
    (run,) = instance.get_runs()

    parent.kill()
    parent.wait()
    look_for_long(instance)
    assert PROCESS_TAG in run.tags
    assert status(instance, run.run_id) is STARTED

    os.killpg(parent.pid, signal.SIGKILL)
    look_for_long(instance)
    assert status(instance, run.run_id) is FAILURE
