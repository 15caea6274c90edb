"""Runs of the command line on Dagster's real storage, which is PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.database.engine import Database, create_engine, open_database
from adm_sync.defs import launching
from adm_sync.defs.launching import (
    DAGSTER_YAML,
    dagster_environment,
    dagster_instance,
    run_sync,
)
from adm_sync.errors import AdmSyncError, DatabaseError
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity
from adm_sync.reference.results import EntityResult
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Visit, Workplace, connections, dump

pytestmark = pytest.mark.thorough(all_but_each=3)

LOCATIONS = [BY_NAME["locations"]]
SOME = [BY_NAME[name] for name in ("custom_fields", "locations", "venues")]


@pytest.fixture
def settings(settled: Workplace) -> Settings:
    return Settings.load()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with open_database(settings) as database:
        yield database


@pytest.fixture
def syncer(settings: Settings, database: Database) -> Iterator[Syncer]:
    with open_syncer(settings, database) as syncer:
        yield syncer


@pytest.fixture
def instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(settings, database) as instance:
        yield instance


def the_run(instance: dg.DagsterInstance, run_id: str | None = None) -> dg.DagsterRun:
    """That run, or the latest."""
    if run_id is None:
        return instance.get_run_records(limit=1)[0].dagster_run
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run


@dataclass(frozen=True)
class Full:
    """What came of a full sync, and how many connections to Dagster's database were opened."""

    run: dg.DagsterRun
    statuses: list[str]
    assets: set[str]
    opened: int


@pytest.fixture(scope="module")
def full(visit_settled: Visit, dagster_database_url: str) -> Full:
    with ExitStack() as stack:
        stack.enter_context(visit_settled())
        settings = Settings.load()
        database = stack.enter_context(open_database(settings))
        syncer = stack.enter_context(open_syncer(settings, database))
        instance = stack.enter_context(dagster_instance(settings, database))
        before = connections_so_far(dagster_database_url)
        run_id = run_sync(ENTITIES, syncer, instance)
        # The sessions count themselves when they end, at the latest.
        instance.run_storage._engine.dispose()  # type: ignore[attr-defined]
        instance.event_log_storage._engine.dispose()  # type: ignore[attr-defined]
        opened = connections_so_far(dagster_database_url) - before
        assets = {key.path[-1] for key in instance.get_asset_keys()}
        statuses = [result.status for result in syncer.results]
        return Full(the_run(instance, run_id), statuses, assets, opened)


def connections_so_far(url: str) -> int:
    """How many sessions a database has seen."""
    opened = sa.text("select sessions from pg_stat_database where datname = current_database()")
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(opened)
    engine.dispose()
    return int(found)


def test_a_full_sync_is_a_run_among_those_of_its_job(full: Full) -> None:
    assert full.run.is_success
    assert full.run.job_name == "sync_all"
    assert full.run.tags[".dagster/repository"] == "__repository__@adm_sync"
    assert full.run.tags["adm_sync/started_from"] == "command_line"
    assert full.run.tags["adm_sync/stop_on_error"] == "true"
    assert full.run.tags["dagster/max_retries"] == "0"
    origin = full.run.remote_job_origin
    assert origin is not None
    assert origin.job_name == "sync_all"
    assert origin.repository_origin.code_location_origin.location_name == "adm_sync"
    assert full.statuses == ["succeeded"] * len(ENTITIES)
    assert {entity.name for entity in ENTITIES} <= full.assets


def test_the_run_is_noted_beside_what_it_synced(
    syncer: Syncer, instance: dg.DagsterInstance, settled: Workplace
) -> None:
    run_id = run_sync(LOCATIONS, syncer, instance)

    noted = settled.execute("select entity, dagster_run_id, status from adm_sync.runs")
    assert noted == [("locations", run_id, "succeeded")]


def test_one_entity_is_a_run_of_its_own_job(syncer: Syncer, instance: dg.DagsterInstance) -> None:
    run = the_run(instance, run_sync(LOCATIONS, syncer, instance))

    assert run.job_name == "sync_locations"


def test_some_entities_are_a_run_of_the_full_job_with_only_those(
    syncer: Syncer, instance: dg.DagsterInstance
) -> None:
    some = [BY_NAME["locations"], BY_NAME["venues"]]

    run = the_run(instance, run_sync(some, syncer, instance, skip_errors=True))

    assert run.job_name == "sync_all"
    assert "adm_sync/stop_on_error" not in run.tags
    assert [result.entity for result in syncer.results] == ["locations", "venues"]


def test_a_failed_sync_is_a_failed_run_that_no_daemon_starts_again(
    syncer: Syncer, instance: dg.DagsterInstance, settled: Workplace
) -> None:
    settled.sandbox.faults.add("errors", match="locations", times=None)

    run = the_run(instance, run_sync(LOCATIONS, syncer, instance))

    assert run.is_failure
    assert run.tags["dagster/will_retry"] == "false"


@pytest.mark.thorough
def test_a_run_that_is_stopped_is_canceled_and_not_running_for_ever(
    syncer: Syncer, instance: dg.DagsterInstance
) -> None:
    def stop(entity: Entity) -> None:
        if entity.name == "locations":
            raise KeyboardInterrupt

    syncer.began = stop

    with pytest.raises(KeyboardInterrupt):
        run_sync(ENTITIES, syncer, instance)

    run = the_run(instance)
    assert run.status is dg.DagsterRunStatus.CANCELED
    assert run.tags["dagster/will_retry"] == "false"
    before = ENTITIES[: ENTITIES.index(BY_NAME["locations"])]
    assert [result.entity for result in syncer.results] == [entity.name for entity in before]


def test_stopping_in_the_middle_of_a_statement_is_stopping_too(
    syncer: Syncer, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise psycopg.ProgrammingError("can't change 'autocommit' now")

    monkeypatch.setattr("adm_sync.reference.sync.journal.start_run", stopped)

    with pytest.raises(KeyboardInterrupt):
        run_sync(ENTITIES, syncer, instance, skip_errors=True)

    assert the_run(instance).status is dg.DagsterRunStatus.CANCELED


@pytest.mark.thorough
def test_a_run_that_is_stopped_before_its_first_step_is_canceled(
    syncer: Syncer, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = instance.create_run_for_job

    def create_and_stop(*arguments: object, **options: object) -> None:
        create(*arguments, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(instance, "create_run_for_job", create_and_stop)

    with pytest.raises(KeyboardInterrupt):
        run_sync(LOCATIONS, syncer, instance)

    assert the_run(instance).status is dg.DagsterRunStatus.CANCELED


def test_a_step_that_fails_after_the_sync_is_no_success(
    syncer: Syncer, instance: dg.DagsterInstance
) -> None:
    def fail(result: EntityResult) -> None:
        raise ValueError(f"no room for {result.entity}")

    syncer.ended = fail

    with pytest.raises(AdmSyncError, match=r"Dagster itself failed in run .*no room for locations"):
        run_sync(LOCATIONS, syncer, instance)


@pytest.mark.thorough
def test_the_words_of_a_driver_are_not_passed_on(
    syncer: Syncer, instance: dg.DagsterInstance
) -> None:
    def fail(_result: EntityResult) -> None:
        with syncer.database.engine.connect() as connection:
            connection.exec_driver_sql("select 'hidden-value' from nowhere")

    syncer.ended = fail

    with pytest.raises(AdmSyncError, match=r"Dagster itself failed in .*its database") as caught:
        run_sync(LOCATIONS, syncer, instance)
    assert not any(word in str(caught.value) for word in ("hidden-value", "select", "psycopg"))


def test_a_run_that_fails_outside_all_steps_is_no_success(
    syncer: Syncer, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "reference_defs", lambda *_: _broken())

    with pytest.raises(AdmSyncError, match="see its log"):
        run_sync(LOCATIONS, syncer, instance)


def _broken() -> dg.Definitions:
    @dg.resource
    def broken() -> None:
        raise ValueError

    @dg.asset(key=["adm", "locations"], required_resource_keys={"broken"})
    def locations() -> None: ...

    return dg.Definitions(
        [locations],
        resources={"broken": broken},
        jobs=[dg.define_asset_job("sync_locations", [locations])],
        executor=dg.in_process_executor,
    )


@pytest.mark.thorough
def test_nothing_secret_reaches_dagsters_database(
    settled: Workplace, dagster_database_url: str
) -> None:
    secrets = ["client-secret-of-the-test", *_with_passwords(settled)]
    settled.set(administrate_api_secret=secrets[0])
    settings = Settings.load()
    with (
        open_database(settings) as database,
        open_syncer(settings, database) as syncer,
        dagster_instance(settings, database) as instance,
    ):
        # Refused at each step, so that errors are stored too.
        run_sync(SOME, syncer, instance, skip_errors=True, debug=True)
        settled.set(administrate_api_secret=settled.sandbox.access.client_secret)
        with open_syncer(Settings.load(), database) as welcome:
            run_sync(SOME, welcome, instance)

    everything = dump(dagster_database_url)

    assert "custom fields" in everything
    for secret in (*secrets, settled.sandbox.access.client_secret):
        assert secret not in everything


def _with_passwords(settled: Workplace) -> list[str]:
    """Give both database URLs a password, if they have none; gives the passwords."""
    passwords = []
    for name in ("adm_sync_database_url", "adm_sync_dagster_database_url"):
        url = sa.make_url(settled.environment[name.upper()])
        url = url if url.password else url.set(password=f"password-of-{name}")
        settled.set(**{name: url.render_as_string(hide_password=False)})
        passwords.append(str(url.password))
    return passwords


@pytest.mark.thorough
def test_leaving_the_instance_leaves_no_connection(
    settled: Workplace, dagster_database_url: str, database_server: sa.URL
) -> None:
    settings = Settings.load()
    with open_database(settings) as database, open_syncer(settings, database) as syncer:
        with dagster_instance(settings, database) as instance:
            run_sync(LOCATIONS, syncer, instance)
        assert connections(database_server, dagster_database_url) == 0
    settled.engine.dispose()
    assert connections(database_server, settled.database_url) == 0


def test_the_instance_keeps_its_few_connections_while_it_lasts(full: Full) -> None:
    assert full.opened < 30


# ---------------------------------------------------------------------- its home and its database


def test_dagster_works_in_the_home_of_the_project(settings: Settings, database: Database) -> None:
    environment = dagster_environment(settings, database)

    assert environment["DAGSTER_HOME"] == str(settings.home / "dagster")
    assert environment["ADM_SYNC_DAGSTER_URL"].startswith("postgresql+psycopg2://")
    link = settings.home / "dagster" / "dagster.yaml"
    assert link.resolve() == DAGSTER_YAML


def test_a_link_to_another_checkout_is_replaced(settings: Settings, database: Database) -> None:
    folder = settings.home / "dagster"
    folder.mkdir(parents=True)
    (folder / "dagster.yaml").symlink_to(settings.home / "elsewhere.yaml")

    dagster_environment(settings, database)

    assert (folder / "dagster.yaml").resolve() == DAGSTER_YAML
    assert [path.name for path in folder.iterdir()] == ["dagster.yaml"]


def test_a_home_that_somebody_set_up_for_dagster_is_used(
    settled: Workplace, settings: Settings, database: Database
) -> None:
    settled.set(dagster_home="/somewhere/dagster")

    assert dagster_environment(settings, database)["DAGSTER_HOME"] == "/somewhere/dagster"


def test_a_database_of_dagsters_that_is_not_there_is_named(settled: Workplace) -> None:
    missing = sa.make_url(settled.environment["ADM_SYNC_DAGSTER_DATABASE_URL"])
    settled.set(
        adm_sync_dagster_database_url=missing.set(database="nowhere").render_as_string(
            hide_password=False
        )
    )
    settings = Settings.load()

    with (
        open_database(settings) as database,
        pytest.raises(
            DatabaseError, match=r"Dagster's own database: .*nowhere.*: there is no such database"
        ) as e,
        dagster_instance(settings, database),
    ):
        pass

    assert "ADM_SYNC_DAGSTER_DATABASE_URL" in str(e.value)
