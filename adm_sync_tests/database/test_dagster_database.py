"""Dagster's own database: found, made, and nobody else's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
import sqlalchemy as sa

from adm_sync.database.dagster_database import OLD_NAME, dagster_url, default_name
from adm_sync.database.engine import Database, create_engine
from adm_sync.errors import DatabaseError, DatabaseLayoutError
from adm_sync.settings import Settings
from adm_sync_tests.database_fixtures import fresh_database

OURS = "__repository__@adm_sync"


def name_of(url: str) -> str:
    return sa.make_url(url).database or ""


def execute(engine: sa.Engine, *statements: str) -> None:
    for statement in statements:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def opened(url: str, dagster: str | None = None) -> Iterator[Database]:
    """A database of ours, and Dagster's as the settings name it."""
    engine = create_engine(url)
    given = {"adm_sync_dagster_database_url": dagster}
    settings = Settings(_env_file=None, adm_sync_home=Path("/nowhere"), **given)  # type: ignore[call-arg,arg-type]
    yield Database(engine, url, embedded=False, settings=settings)
    beside = default_name(name_of(url))
    execute(engine, f'drop database if exists "{beside}" with (force)')
    engine.dispose()


@pytest.fixture
def server(database_server: sa.URL) -> Iterator[sa.Engine]:
    engine = create_engine(database_server.render_as_string(hide_password=False))
    yield engine
    engine.dispose()


@pytest.fixture
def first(server: sa.Engine, database_url: str) -> Iterator[Database]:
    with opened(database_url) as database:
        yield database


@pytest.fixture
def second(
    server: sa.Engine, database_server: sa.URL, _migrated_template: str
) -> Iterator[Database]:
    with fresh_database(database_server, _migrated_template) as url, opened(url) as database:
        yield database


def add_runs(url: str, *runs: tuple[str, str, str]) -> None:
    """Runs of Dagster's, each with its id, its job and where that was loaded from."""
    engine = create_engine(url)
    execute(
        engine,
        "create table if not exists runs (run_id text, pipeline_name text, status text)",
        "create table if not exists run_tags (run_id text, key text, value text)",
        *(f"insert into runs values ('{run_id}', '{job}', 'SUCCESS')" for run_id, job, _ in runs),
        *(
            f"insert into run_tags values ('{run_id}', '.dagster/repository', '{location}')"
            for run_id, _, location in runs
        ),
    )
    engine.dispose()


def know(database: Database, run_id: str) -> None:
    """The database of ours remembers a sync of that run."""
    execute(
        database.engine,
        "insert into adm_sync.runs (dagster_run_id, entity, status, who, started_at, created, "
        "updated, unchanged, deleted, retained, skipped, errors, requests, seconds, own_seconds, "
        f"message, details) values ('{run_id}', 'venues', 'succeeded', 'x', now(), 0, 0, 0, 0, 0, "
        "0, 0, 0, 0, 0, '', '{}')",
    )


# ---------------------------------------------------------------------- where it is


def test_it_lies_beside_the_database_and_psycopg2_reaches_it(first: Database) -> None:
    url = dagster_url(first)

    assert name_of(url) == f"{name_of(first.url)}_dagster"
    assert dagster_url(first) == url
    assert url.startswith("postgresql+psycopg2://")
    psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://")).close()


@pytest.mark.parametrize("name", ["a" * 55, "a" * 56, "ä" * 30, "名" * 21])
def test_no_name_is_too_long_and_none_is_taken_for_another(name: str) -> None:
    found = default_name(name)

    assert len(found.encode()) <= 63
    assert found.endswith("_dagster")
    assert found != default_name(name[:-1] + "b")


def test_processes_that_make_it_at_once_all_get_it(first: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        urls = {done.result() for done in [pool.submit(dagster_url, first) for _ in range(4)]}

    assert len(urls) == 1


def test_the_one_of_the_settings_is_used_and_its_password_stays_secret(
    first: Database, empty_database_url: str
) -> None:
    with opened(first.url, empty_database_url) as given:
        assert name_of(dagster_url(given)) == name_of(empty_database_url)
    with (
        opened(first.url, "postgresql://ada:top-secret@127.0.0.1:1/runs") as away,
        pytest.raises(DatabaseError, match=r"Dagster's own database: .*127\.0\.0\.1") as caught,
    ):
        dagster_url(away)
    assert "top-secret" not in str(caught.value) + repr(away)


def test_a_role_that_may_not_make_databases_is_told_what_to_run(first: Database) -> None:
    role = f"clerk_{uuid4().hex}"
    execute(
        first.engine,
        f"create role {role}",
        f"grant usage on schema adm_sync to {role}",
        f"grant all on all tables in schema adm_sync to {role}",
    )
    url = first.engine.url.update_query_dict({"options": f"-c role={role}"})
    clerk = create_engine(url.render_as_string(hide_password=False))
    try:
        with pytest.raises(DatabaseLayoutError) as caught:
            dagster_url(Database(clerk, first.url, embedded=False))
    finally:
        clerk.dispose()
        execute(first.engine, f"drop owned by {role}", f"drop role {role}")
    advice = f"create database {name_of(first.url)}_dagster owner {role} encoding 'UTF8' "
    assert advice in str(caught.value)
    assert "ADM_SYNC_DAGSTER_DATABASE_URL" in str(caught.value)


def test_before_db_upgrade_that_is_what_it_says(empty_database_url: str) -> None:
    with (
        opened(empty_database_url) as database,
        pytest.raises(DatabaseLayoutError, match="db upgrade"),
    ):
        dagster_url(database)


# ---------------------------------------------------------------------- whose it is


def test_two_on_one_server_have_one_each(first: Database, second: Database) -> None:
    assert dagster_url(first) != dagster_url(second)


def test_anothers_is_refused_by_name_until_a_person_takes_it_over(
    first: Database, second: Database
) -> None:
    url = dagster_url(first)

    with opened(second.url, url) as intruder:
        with pytest.raises(DatabaseError) as caught:
            dagster_url(intruder)
        assert f"«{name_of(url)}» belongs to the installation of «{name_of(first.url)}»" in str(
            caught.value
        )
        assert "--accept-dagster" in str(caught.value)

        assert dagster_url(intruder, take_over=True) == url
    with pytest.raises(DatabaseError, match="belongs to the installation of"):
        dagster_url(first)


def test_one_that_both_want_at_once_goes_to_one(
    first: Database, second: Database, empty_database_url: str
) -> None:
    def outcome(url: str) -> bool:
        with opened(url, empty_database_url) as database:
            try:
                return bool(dagster_url(database))
            except DatabaseError:
                return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(outcome, [first.url, second.url])) == [False, True]


def test_it_stays_when_the_database_is_renamed(first: Database, server: sa.Engine) -> None:
    url = dagster_url(first)
    first.engine.dispose()
    old, new = name_of(first.url), f"test_{uuid4().hex}"

    execute(server, f"alter database {old} rename to {new}")
    renamed = sa.make_url(first.url).set(database=new).render_as_string(hide_password=False)
    with opened(renamed) as database:
        assert dagster_url(database) == url

    execute(server, f"alter database {new} rename to {old}")


def test_a_copy_gets_one_of_its_own(first: Database, database_server: sa.URL) -> None:
    url = dagster_url(first)
    first.engine.dispose()

    with fresh_database(database_server, name_of(first.url)) as copied, opened(copied) as copy:
        assert dagster_url(copy) != url
        assert dagster_url(first) == url


def test_a_restored_one_keeps_its_own(first: Database, server: sa.Engine) -> None:
    url = dagster_url(first)
    first.engine.dispose()
    old, dump = name_of(first.url), f"test_{uuid4().hex}"

    execute(
        server,
        f"create database {dump} template {old}",
        f"drop database {old}",
        f"create database {old} template {dump}",
    )

    assert dagster_url(first) == url


# ---------------------------------------------------------------------- the one of before


@pytest.fixture
def old(server: sa.Engine, database_server: sa.URL) -> Iterator[str]:
    """The database that all installations on the server shared."""
    execute(server, f"create database {OLD_NAME}")
    yield database_server.set(database=OLD_NAME).render_as_string(hide_password=False)
    execute(server, f"drop database {OLD_NAME} with (force)")


def test_it_is_kept_if_only_this_one_used_it(first: Database, second: Database, old: str) -> None:
    add_runs(old, ("a", "sync_all", OURS), ("b", "reconcile", OURS))
    know(first, "a")

    assert name_of(dagster_url(second)) != OLD_NAME
    assert name_of(dagster_url(first)) == OLD_NAME
    assert name_of(dagster_url(first)) == OLD_NAME


def test_it_is_left_alone_if_two_used_it(first: Database, second: Database, old: str) -> None:
    add_runs(old, ("a", "sync_all", OURS), ("b", "sync_all", OURS))
    know(first, "a")
    know(second, "b")

    assert OLD_NAME not in {name_of(dagster_url(one)) for one in (first, second)}


def test_it_is_left_alone_if_another_project_uses_it(first: Database, old: str) -> None:
    add_runs(old, ("a", "sync_all", OURS), ("b", "etl", "__repository__@warehouse"))
    know(first, "a")

    assert name_of(dagster_url(first)) != OLD_NAME


def test_one_of_the_settings_with_runs_of_another_is_refused(first: Database, old: str) -> None:
    add_runs(old, ("b", "sync_all", OURS))

    with (
        opened(first.url, old) as database,
        pytest.raises(DatabaseError, match="holds runs of another installation"),
    ):
        dagster_url(database)
