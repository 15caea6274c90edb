"""A database at any revision that became the baseline is upgraded, and loses nothing.

`old_revisions/` has what each of these revisions did, and rows in every table that it made. The
three before them made what the tutorial application has, which `test_migrating` covers.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync.database import migrating, placement
from adm_sync.database.engine import create_engine
from adm_sync_tests.database.layouts import create_tables, fill, found_lines, read_layouts
from adm_sync_tests.database_fixtures import fresh_database

SCRIPTS = sorted((Path(__file__).parent / "old_revisions").glob("*.sql"))
BASELINE = "0009"  # it has the name of the last revision that it stands for
EARLIEST = ("0001", "0002", "0003")
OLD = (*EARLIEST, *(script.stem for script in SCRIPTS))

Rows = dict[str, list[str]]


def own_tables(connection: sa.Connection) -> dict[str, list[str]]:
    """The columns of each table of the project's own schema."""
    found = connection.exec_driver_sql(
        "select table_name, array_agg(column_name::text order by ordinal_position)"
        " from information_schema.columns where table_schema = 'adm_sync' group by table_name"
    )
    return {f"adm_sync.{table}": columns for table, columns in found}


def rows_of(connection: sa.Connection, tables: dict[str, list[str]]) -> Rows:
    """All rows of these columns as texts."""
    found = {}
    for table, columns in tables.items():
        listed = ", ".join(f'"{column}"::text' for column in columns)
        selected = connection.exec_driver_sql(f"select {listed} from {table} order by 1")
        found[table] = [repr(tuple(row)) for row in selected]
    return found


def shape(connection: sa.Connection) -> dict[str, set[str]]:
    """Columns, constraints and indexes of each table of the project's own schema, in words."""
    indexes = connection.exec_driver_sql(
        "select indexdef from pg_indexes where schemaname = 'adm_sync'"
    )
    checks = connection.exec_driver_sql(
        "select conname || pg_get_constraintdef(oid) from pg_constraint"
        " where connamespace = 'adm_sync'::regnamespace"
    )
    tables = {table: found_lines(connection, table) for table in own_tables(connection)}
    return {**tables, "indexes": set(indexes.scalars()), "checks": set(checks.scalars())}


@pytest.fixture(scope="module")
def tutorial(database_server: sa.URL) -> Iterator[str]:
    """The name of the tutorial application's database, with rows in every table."""
    layouts = read_layouts()
    with fresh_database(database_server) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            create_tables(connection, layouts)
            fill(connection, layouts)
        engine.dispose()
        yield sa.make_url(url).database or ""


@pytest.fixture(scope="module")
def fresh(database_server: sa.URL, tutorial: str) -> Iterator[dict[str, set[str]]]:
    """What a first upgrade makes."""
    with fresh_database(database_server, tutorial) as url:
        engine = create_engine(url)
        migrating.upgrade(engine)
        with engine.connect() as connection:
            yield shape(connection)
        engine.dispose()


@pytest.fixture(params=OLD)
def old(
    request: pytest.FixtureRequest, database_server: sa.URL, tutorial: str
) -> Iterator[sa.Engine]:
    """A database as the revision left it, with rows in every table."""
    with fresh_database(database_server, tutorial) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("create schema adm_sync")
            for script in SCRIPTS:
                if script.stem <= request.param:
                    connection.exec_driver_sql(script.read_text(encoding="utf-8"))
            connection.exec_driver_sql(
                "create table adm_sync.schema_version (version_num varchar(32) not null,"
                " constraint schema_version_pkc primary key (version_num))"
            )
            connection.exec_driver_sql(
                f"insert into adm_sync.schema_version values ('{request.param}')"
            )
        yield engine
        engine.dispose()


def test_every_revision_up_to_the_baseline_is_among_them() -> None:
    assert list(OLD) == [*migrating.BEFORE_BASELINE, BASELINE]


@pytest.mark.thorough(all_but_each=3)
def test_a_database_of_an_earlier_version_becomes_like_a_fresh_one_and_keeps_every_row(
    old: sa.Engine, fresh: dict[str, set[str]]
) -> None:
    with old.connect() as connection:
        tables = own_tables(connection)
        version = tables.pop("adm_sync.schema_version")
        before = rows_of(connection, tables)
    assert all(before.values())

    migrating.upgrade(old)

    assert placement.check(old) == []
    with old.connect() as connection:
        assert rows_of(connection, tables) == before
        assert shape(connection) == fresh
        stamp = rows_of(connection, {"adm_sync.schema_version": version})
    assert stamp == {"adm_sync.schema_version": [repr((migrating.HEAD,))]}


@pytest.mark.parametrize("old", ["0006"], indirect=True)
def test_a_database_whose_stamp_was_lost_is_mended_too(old: sa.Engine) -> None:
    with old.begin() as connection:
        connection.exec_driver_sql("drop table adm_sync.schema_version")
        tables = own_tables(connection)
        before = rows_of(connection, tables)

    migrating.upgrade(old)

    with old.connect() as connection:
        assert rows_of(connection, tables) == before
    assert migrating.is_current(old)


@pytest.mark.parametrize("old", ["0006"], indirect=True)
def test_an_upgrade_that_fails_leaves_the_old_revision_as_it_was(
    old: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    with old.connect() as connection:
        before = shape(connection), migrating.applied(old)
    monkeypatch.setattr(migrating, "_mend", broken)

    with pytest.raises(RuntimeError):
        migrating.upgrade(old)

    with old.connect() as connection:
        assert (shape(connection), migrating.applied(old)) == before


ASKED = (
    "Administrate has several events that may be this one: «CB1 27A (evening)» (Course:7), draft, "
    "starting 02/01/2027 09:00 UTC; «CB1» 27A (new)» (Q291cnNlOjg=), published, starting at no "
    "known time; here it is «CB1 27A (copy)», starting 02/01/2027 09:00 UTC."
)


@pytest.mark.parametrize("old", ["0009"], indirect=True)
def test_nobody_is_asked_again_after_an_upgrade(old: sa.Engine) -> None:
    """What a person was asked about stood in a sentence only."""
    with old.begin() as connection:
        asked = "update adm_sync.steps set message = %s where kind = %s"
        connection.exec_driver_sql(asked, (ASKED, "create_event"))

    migrating.upgrade(old)

    with old.connect() as connection:
        found = connection.exec_driver_sql("select asked_about from adm_sync.events").scalars()
        assert list(found) == [["Course:7", "Q291cnNlOjg="]]
