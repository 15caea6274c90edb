"""Runs that Dagster executes in a process of its own, as its daemon and its UI have them."""

import os
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest
import sqlalchemy as sa

from adm_sync.database.engine import open_database
from adm_sync.defs.launching import dagster_instance
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database_fixtures import cut_off

SECONDS = 120
REFUSES = """
    create function adm_sync.refuse() returns trigger language plpgsql as $$
    begin
        raise exception 'the token is client_secret=%', 'hunter-two' using errcode = '53100';
    end $$;
    create trigger refuse before insert on adm.locations
        for each row execute function adm_sync.refuse();
"""


@pytest.fixture
def instance(settled: Workplace) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance, and its variables in the environment."""
    settings = Settings.load()
    with open_database(settings) as database, dagster_instance(settings, database) as instance:
        for run in instance.get_runs():
            instance.delete_run(run.run_id)
        yield instance


def failure_of_a_run(instance: dg.DagsterInstance) -> str:
    """What Dagster shows of a run of the locations in a process of its own, which fails."""
    job = ("-m", "adm_sync.definitions", "-j", "sync_locations")
    subprocess.run(
        [sys.executable, "-m", "dagster", "job", "execute", *job],
        env=os.environ,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    (run,) = instance.get_runs()
    assert run.status is dg.DagsterRunStatus.FAILURE
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id)]
    told = [getattr(event.event_specific_data, "error", None) for event in events if event]
    shown = "\n".join(str(error) for error in told if error)
    for inner in ("Traceback", "Stack Trace", "psycopg", "resource_fn", 'File "'):
        assert inner not in shown
    return shown


@pytest.mark.thorough
def test_a_step_that_fails_shows_a_sentence_and_the_log_has_the_rest(
    settled: Workplace, instance: dg.DagsterInstance
) -> None:
    settled.execute(REFUSES)

    shown = failure_of_a_run(instance)

    log = (settled.home / "adm-sync.log").read_text(encoding="utf-8")
    assert "The disk of the database server is full" in shown
    assert "Traceback" in log
    assert "psycopg.errors.DiskFull" in log
    assert "hunter-two" not in log


@pytest.mark.thorough
def test_a_database_that_cannot_be_opened_is_a_sentence_too(
    settled: Workplace, instance: dg.DagsterInstance, database_server: sa.URL
) -> None:
    with cut_off(settled.database_url, database_server):
        shown = failure_of_a_run(instance)

    log = (settled.home / "adm-sync.log").read_text(encoding="utf-8")
    assert "There is no connection to the database" in shown
    assert "Traceback" in log
    assert "psycopg.OperationalError" in log
