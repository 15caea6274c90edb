"""Dagster's storage: what is written together, and which database the settings lead to."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pytest
import sqlalchemy as sa

from adm_sync.database.engine import Database, open_database
from adm_sync.defs.launching import dagster_instance, run_sync
from adm_sync.defs.storage import EventLog, Storage
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.syncer import open_syncer
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace


@pytest.fixture
def database(settled: Workplace) -> Iterator[Database]:
    with open_database(Settings.load()) as database:
        yield database


@pytest.fixture
def instance(database: Database) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(Settings.load(), database) as instance:
        yield instance


def event_log(instance: dg.DagsterInstance) -> EventLog:
    storage = instance.event_log_storage
    assert isinstance(storage, EventLog)
    return storage


def output_of(logs: Sequence[dg.EventLogEntry]) -> dg.EventLogEntry:
    """An event that another one follows at once."""
    return next(one for one in logs if one.dagster_event and one.dagster_event.is_successful_output)


def kinds(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """The events of a run as everybody reads them."""
    return [str(one.dagster_event_type) for one in instance.all_logs(run_id) if one.dagster_event]


@pytest.mark.thorough
def test_a_run_has_all_of_its_events_in_their_order_and_few_transactions(
    settled: Workplace,
    database: Database,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = event_log(instance)._engine
    written: list[sa.Connection] = []
    asked: list[str] = []
    sa.event.listen(engine, "commit", written.append)
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    monkeypatch.setattr(engine.dialect, "do_ping", lambda _: asked.append("ping") or True)
    with open_syncer(Settings.load(), database) as syncer:
        run_id = run_sync(ENTITIES, syncer, instance)

    found = [one.timestamp for one in instance.all_logs(run_id)]
    assert found == sorted(found)
    names = kinds(instance, run_id)
    assert names[-1] == "DagsterEventType.RUN_SUCCESS"
    assert names.count("DagsterEventType.STEP_SUCCESS") == len(ENTITIES)
    # Of some 130 events: planned, beginnings, remarks, ends.
    assert 0 < len(written) < len(found) / 2
    # The layout of its tables, and whether the connection is still there, are no news.
    assert asked.count("ping") == 0
    # It is looked up at the beginning and the end of a run, and not for each of 130 events.
    assert sum("pg_attribute" in one for one in asked) < 10


def test_a_connection_that_the_server_has_ended_is_made_anew(
    database: Database, instance: dg.DagsterInstance
) -> None:
    end = sa.text("select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid = :pid")
    with event_log(instance)._engine.connect() as connection:
        pid = connection.scalar(sa.text("select pg_backend_pid()"))
    with database.engine.begin() as connection:
        assert connection.scalar(end, {"pid": pid})

    assert instance.get_runs_count() >= 0
    with event_log(instance)._engine.connect() as connection:
        assert connection.scalar(sa.text("select pg_backend_pid()")) != pid


def test_what_waits_for_another_event_is_there_for_whoever_reads(
    settled: Workplace, database: Database, instance: dg.DagsterInstance
) -> None:
    with open_syncer(Settings.load(), database) as syncer:
        run_id = run_sync([BY_NAME["locations"]], syncer, instance)
    log = event_log(instance)
    logs = instance.all_logs(run_id)
    before = len(logs)

    log.store_event(output_of(logs))
    with log._engine.connect() as connection:
        stored = sa.text("select count(*) from event_logs where run_id = :id")
        unread = connection.scalar(stored, {"id": run_id})

    assert unread == before
    assert len(instance.all_logs(run_id)) == before + 1


def test_what_is_reported_without_a_run_is_written_at_once(instance: dg.DagsterInstance) -> None:
    stored = sa.text("select count(*) from event_logs where run_id = ''")
    with event_log(instance)._engine.connect() as connection:
        before = connection.scalar(stored)
        instance.report_runless_asset_event(dg.AssetMaterialization(["adm", "locations"]))
        assert connection.scalar(stored) == before + 1


@pytest.mark.thorough
def test_what_waits_is_written_when_the_instance_is_closed(
    settled: Workplace, database: Database
) -> None:
    with dagster_instance(Settings.load(), database) as instance:
        with open_syncer(Settings.load(), database) as syncer:
            run_id = run_sync([BY_NAME["locations"]], syncer, instance)
        logs = instance.all_logs(run_id)
        event_log(instance).store_event(output_of(logs))

    with dagster_instance(Settings.load(), database) as again:
        assert len(again.all_logs(run_id)) == len(logs) + 1


def test_no_url_stands_where_dagster_passes_its_instance_on(
    settled: Workplace, instance: dg.DagsterInstance
) -> None:
    reference = str(instance.get_ref())

    assert Storage.__name__ in reference
    assert "postgresql" not in reference
