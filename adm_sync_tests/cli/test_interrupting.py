"""Stopping a sync in the middle: it ends at once, and nothing goes on running."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import Workplace

SECONDS = 60


@contextmanager
def in_the_background() -> Iterator[None]:
    """What is started here has Ctrl-C ignored, as a shell starts what it puts in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def start_and_reach_locations(place: Workplace) -> "subprocess.Popen[str]":
    """A full sync that has come to the locations, which Administrate does not give away."""
    place.set(adm_sync_retry_budget_seconds="60")
    place.sandbox.faults.add("slow", match="locations", times=None, seconds=30.0)
    process = place.start("sync-all", stderr=subprocess.PIPE)
    assert process.stdout is not None
    for line in process.stdout:
        if "[3/7] Syncing locations..." in line:
            return process
    raise AssertionError(process.communicate())


def stop(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Send a signal; it ends with a word and 130, and leaves nothing running."""
    process.send_signal(number)
    out, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, errors
    assert errors.endswith("Stopped.\n")
    assert "Traceback" not in errors
    assert "Syncing venues" not in out
    assert "Sync completed" not in out
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.thorough
def test_a_terminated_sync_ends_with_a_word_and_130_and_its_run_is_canceled(
    settled: Workplace,
) -> None:
    process = start_and_reach_locations(settled)

    stop(process, signal.SIGTERM)

    assert settled.latest_run().status is dg.DagsterRunStatus.CANCELED
    assert settled.execute("select 1 from adm.locations") == []


@pytest.mark.thorough
def test_ctrl_c_stops_a_sync_and_one_that_waits_for_it(settled: Workplace) -> None:
    holder = start_and_reach_locations(settled)
    held = settled.latest_run()
    waiting = settled.start("sync", "price_levels", stderr=subprocess.PIPE)
    assert waiting.stderr is not None
    said = waiting.stderr.readline()

    stop(waiting, signal.SIGINT)
    waited = settled.latest_run()
    stop(holder, signal.SIGINT)

    assert said.startswith("  … Waiting up to 60 s for «adm_sync reference sync pid ")
    assert waited.run_id != held.run_id
    assert waited.status is dg.DagsterRunStatus.CANCELED
    assert settled.run_of(held.run_id).status is dg.DagsterRunStatus.CANCELED
    assert settled.execute("select 1 from adm.locations") == []


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_in_the_background_of_a_shell_is_stopped_like_any_other(
    settled: Workplace, number: signal.Signals
) -> None:
    with in_the_background():
        process = start_and_reach_locations(settled)

    stop(process, number)

    assert settled.latest_run().status is dg.DagsterRunStatus.CANCELED


@pytest.mark.thorough
def test_an_import_in_the_background_of_a_shell_is_stopped_like_any_other(
    synced: Workplace, tmp_path: Path
) -> None:
    path = tmp_path / "events.xlsx"
    path.write_bytes(workbooks.workbook_bytes(workbooks.classroom()))
    synced.sandbox.faults.add("slow", match="createClassroom", times=None, seconds=3.0)
    with in_the_background():
        process = synced.start("import-events", str(path), stderr=subprocess.PIPE)
    while not synced.sandbox.calls.open:
        assert process.poll() is None, process.communicate()

    stop(process, signal.SIGINT)


@pytest.mark.thorough
def test_nobody_who_reads_is_no_reason_to_stop(settled: Workplace) -> None:
    read, write = os.pipe()
    os.close(read)
    process = settled.start("sync-all", stdout=write, stderr=subprocess.PIPE)
    os.close(write)

    _, errors = process.communicate(timeout=SECONDS)

    assert process.returncode == 0, errors
    assert settled.latest_run().is_success
    assert len(settled.execute("select 1 from adm.course_templates")) == 80
