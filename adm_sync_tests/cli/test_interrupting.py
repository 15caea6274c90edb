"""Stopping a sync in the middle: it ends at once, and nothing goes on running."""

import os
import signal
import subprocess

import dagster as dg
import pytest

from adm_sync_tests.cli.workplace import Workplace

SECONDS = 60


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_a_word_and_130_and_the_run_is_canceled(
    settled: Workplace, number: signal.Signals
) -> None:
    process = start_and_reach_locations(settled)

    process.send_signal(number)
    out, errors = process.communicate(timeout=SECONDS)

    assert process.returncode == 130, errors
    assert errors.endswith("Stopped.\n")
    assert "Traceback" not in errors
    assert "Syncing venues" not in out
    assert settled.latest_run().status is dg.DagsterRunStatus.CANCELED
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert settled.execute("select 1 from adm.locations") == []


def test_a_sync_that_waits_for_another_one_can_be_stopped(settled: Workplace) -> None:
    holder = start_and_reach_locations(settled)
    waiting = settled.start("sync", "price_levels", stderr=subprocess.PIPE)
    assert waiting.stderr is not None
    said = waiting.stderr.readline()

    waiting.send_signal(signal.SIGINT)
    out, _ = waiting.communicate(timeout=SECONDS)
    holder.send_signal(signal.SIGINT)
    holder.communicate(timeout=SECONDS)

    assert said.startswith("  … Waiting up to 60 s for «adm_sync reference sync pid ")
    assert waiting.returncode == 130
    assert "Sync completed" not in out


def test_nobody_who_reads_is_no_reason_to_stop(settled: Workplace) -> None:
    read, write = os.pipe()
    os.close(read)
    process = settled.start("sync-all", stdout=write, stderr=subprocess.PIPE)
    os.close(write)

    _, errors = process.communicate(timeout=SECONDS)

    assert process.returncode == 0, errors
    assert settled.latest_run().is_success
    assert len(settled.execute("select 1 from adm.course_templates")) == 80
