import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
import sqlalchemy as sa

from adm_sync.database import migrating, placement
from adm_sync.database.engine import create_engine
from adm_sync.errors import DatabaseLayoutError, DatabaseRefused, DatabaseUnreachable
from adm_sync_tests.database.layouts import (
    THIN,
    contents,
    create_tables,
    fill,
    found_lines,
    make_thin,
    misquote,
    read_layouts,
    table_places,
)
from adm_sync_tests.database_fixtures import fresh_database, throwaway_server

pytestmark = pytest.mark.thorough(all_but_each=2)

LAYOUTS = read_layouts()
BRIDGES_OF_EVENTS = ("events", "sessions")


@contextmanager
def engine_on(url: str) -> Iterator[sa.Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(scope="module", params=["oldest", "newest"])
def server(request: pytest.FixtureRequest) -> Iterator[sa.URL]:
    """A server of the oldest PostgreSQL that there are programs of, and one of the newest."""
    if request.param == "newest":
        yield request.getfixturevalue("database_server")
        return
    with throwaway_server(version=16) as url:
        yield url


@pytest.fixture
def bare(server: sa.URL) -> Iterator[sa.Engine]:
    """An engine on an empty database."""
    with fresh_database(server) as url, engine_on(url) as engine:
        yield engine


@pytest.fixture(scope="module")
def existing_template(server: sa.URL) -> Iterator[str]:
    with fresh_database(server) as url:
        with engine_on(url) as engine, engine.begin() as connection:
            create_tables(connection, LAYOUTS)
            fill(connection, LAYOUTS)
        yield sa.make_url(url).database or ""


@pytest.fixture
def existing(server: sa.URL, existing_template: str) -> Iterator[sa.Engine]:
    """The tutorial application's database, with rows in every table."""
    with fresh_database(server, existing_template) as url, engine_on(url) as engine:
        yield engine


def run(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def rows(engine: sa.Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return contents(connection, LAYOUTS)


def places(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return table_places(connection)


def referred_tables(engine: sa.Engine, table: str) -> set[str]:
    with engine.connect() as connection:
        text = "\n".join(found_lines(connection, table))
    return set(re.findall(r"references ([\w.\"]+)\(", text))


def test_an_empty_database_gets_every_table(bare: sa.Engine) -> None:
    assert not migrating.is_current(bare)
    migrating.upgrade(bare)
    assert migrating.is_current(bare)
    assert placement.check(bare) == []


def test_the_head_is_the_last_file() -> None:
    files = sorted(path.name for path in (migrating.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert files[-1].startswith(migrating.HEAD)


def test_an_existing_database_keeps_every_row(existing: sa.Engine) -> None:
    before = rows(existing)
    migrating.upgrade(existing)
    assert rows(existing) == before
    assert placement.check(existing) == []


def test_an_existing_layout_changes_only_by_the_mends(existing: sa.Engine) -> None:
    migrating.upgrade(existing)
    with existing.connect() as connection:
        for table, layout in LAYOUTS.items():
            found, expected = found_lines(connection, table), layout.lines()
            if table not in THIN:
                assert found == expected
            lost = {line.removesuffix(" null") for line in expected} - {
                line.removesuffix(" null") for line in found
            }
            assert lost == set()


def test_after_the_mends_an_event_needs_no_instructor(existing: sa.Engine) -> None:
    migrating.upgrade(existing)
    run(
        existing,
        "update adm.events set primary_instructor_id = null",
        "update adm.sessions set session_instructor_id = null, external_id = id::text",
    )
    with pytest.raises(sa.exc.IntegrityError, match="unique"):
        run(existing, "update adm.sessions set external_id = '1'")


def test_tables_that_are_missing_are_added_beside_those_that_hold_rows(
    existing: sa.Engine,
) -> None:
    run(existing, "drop table adm.sessions", "drop table adm.custom_fields")
    migrating.upgrade(existing)
    assert placement.check(existing) == []
    with existing.connect() as connection:
        kept = {name: one for name, one in LAYOUTS.items() if name != "adm.sessions"}
        del kept["adm.custom_fields"]
        assert all(len(found) == 2 for found in contents(connection, kept).values())


def test_upgrading_twice_changes_nothing_more(existing: sa.Engine) -> None:
    migrating.upgrade(existing)
    run(existing, "insert into adm_sync.instance values (1, 'tenant', now())")
    before = rows(existing), places(existing)
    migrating.upgrade(existing)
    assert (rows(existing), places(existing)) == before
    with existing.connect() as connection:
        found = connection.exec_driver_sql("select identity from adm_sync.instance")
        assert found.scalar() == "tenant"


def test_every_migration_finds_its_work_done_when_it_runs_again(existing: sa.Engine) -> None:
    migrating.upgrade(existing)
    before = rows(existing), places(existing)
    run(existing, "update adm_sync.schema_version set version_num = '0001'")
    run(existing, "drop table adm_sync.changes, adm_sync.discrepancies, adm_sync.held_plans")
    run(existing, "drop table adm_sync.runs, adm_sync.decisions, adm_sync.instance")
    run(existing, "drop table adm_sync.dry_runs, adm_sync.differences, adm_sync.comparisons")
    run(existing, "drop table adm_sync.answers, adm_sync.alert_messages, adm_sync.alerts")
    run(existing, "drop table adm_sync.api_faults, adm_sync.digests, adm_sync.upload_answers")
    run(existing, "drop table adm_sync.steps, adm_sync.event_groups, adm_sync.event_sessions")
    run(existing, "drop table adm_sync.updates")
    run(existing, "drop table adm_sync.events, adm_sync.findings, adm_sync.imports")
    run(existing, "drop table adm_sync.workbooks")
    migrating.upgrade(existing)
    assert (rows(existing), places(existing)) == before


def test_each_foreign_key_of_a_bridge_table_has_one_index_afterwards(existing: sa.Engine) -> None:
    run(existing, "create index made_by_somebody_else on adm.events (venue_id)")
    migrating.upgrade(existing)
    migrating.upgrade(existing)
    keys = (
        "select conrelid::regclass || '.' || attname, count(indexrelid) from pg_constraint"
        " join pg_attribute on attrelid = conrelid and attnum = conkey[1]"
        " left join pg_index on indrelid = conrelid and indkey[0] = attnum and indpred is null"
        " where contype = 'f' and connamespace = 'adm'::regnamespace group by 1"
    )
    with existing.connect() as connection:
        found = {row[0]: row[1] for row in connection.exec_driver_sql(keys)}
    assert found["adm.events.venue_id"] == found["adm.sessions.tutorial_session_id"] == 1
    assert set(found.values()) == {1}, found


def test_two_upgrades_at_once_both_succeed(existing: sa.Engine) -> None:
    before = rows(existing)
    together = Barrier(2)

    def upgrade() -> None:
        together.wait()
        migrating.upgrade(existing)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(upgrade), pool.submit(upgrade)]:
            done.result()
    assert rows(existing) == before
    assert placement.check(existing) == []


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("names", [("events",), ("sessions",), BRIDGES_OF_EVENTS])
def test_a_misquoted_table_is_moved_with_its_rows(
    existing: sa.Engine, names: tuple[str, ...]
) -> None:
    before = rows(existing)
    with existing.begin() as connection:
        for name in names:
            misquote(connection, name)
    assert "public.adm.events" in places(existing) or "public.adm.sessions" in places(existing)
    migrating.upgrade(existing)
    assert rows(existing) == before
    assert {"adm.events", "adm.sessions"} <= places(existing)
    assert not any(place.startswith("public.adm.") for place in places(existing))
    assert placement.check(existing) == []


def test_a_moved_table_keeps_its_keys_its_constraints_and_its_numbers(
    existing: sa.Engine,
) -> None:
    with existing.begin() as connection:
        for name in BRIDGES_OF_EVENTS:
            misquote(connection, name)
    migrating.upgrade(existing)
    assert referred_tables(existing, "adm.sessions") == {
        "adm.events",
        "adm.instructors",
        "acted.tutorial_sessions",
    }
    with existing.begin() as connection:
        columns = ", ".join(name for name in LAYOUTS["adm.sessions"].columns if name != "id")
        copied = columns.replace("day_number", "day_number + 10")
        new = connection.exec_driver_sql(
            f"insert into adm.sessions ({columns})"
            f" select {copied} from adm.sessions where id = 1 returning id"
        )
        assert new.scalar() == 3
    with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
        run(existing, "delete from adm.events where id = 1")
    with pytest.raises(sa.exc.IntegrityError, match="check"):
        run(existing, "update adm.events set max_places = -1")


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("names", [("events",), ("sessions",), BRIDGES_OF_EVENTS])
def test_an_empty_table_in_the_right_place_gives_way_to_the_misquoted_one(
    existing: sa.Engine, names: tuple[str, ...]
) -> None:
    before = rows(existing)
    with existing.begin() as connection:
        for name in names:
            misquote(connection, name)
        create_tables(connection, {f"adm.{name}": LAYOUTS[f"adm.{name}"] for name in names})
    migrating.upgrade(existing)
    assert rows(existing) == before
    assert not any(place.startswith("public.adm.") for place in places(existing))
    assert "adm.events" in referred_tables(existing, "adm.sessions")


def test_keys_that_referred_to_the_empty_table_refer_to_the_moved_one(
    existing: sa.Engine,
) -> None:
    with existing.begin() as connection:
        misquote(connection, "events")
        create_tables(connection, {"adm.events": LAYOUTS["adm.events"]})
        connection.exec_driver_sql(
            "create table public.notes (id integer primary key, event_id bigint"
            ' constraint "notes.event" references adm.events deferrable initially deferred)'
        )
    migrating.upgrade(existing)
    assert referred_tables(existing, "public.notes") == {"adm.events"}
    run(existing, "insert into public.notes values (1, 2)")
    with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
        run(existing, "insert into public.notes values (2, 404)")


def test_an_empty_misquoted_table_is_dropped_and_its_keys_follow(existing: sa.Engine) -> None:
    before = rows(existing)
    with existing.begin() as connection:
        misquote(connection, "events")
        create_tables(connection, {"adm.events": LAYOUTS["adm.events"]})
        columns = ", ".join(LAYOUTS["adm.events"].columns)
        connection.exec_driver_sql(
            f'insert into adm.events ({columns}) select {columns} from public."adm.events"'
        )
        connection.exec_driver_sql("set constraints all immediate")
        connection.exec_driver_sql(
            "alter table adm.sessions drop constraint sessions_event_id_fkey"
        )
        connection.exec_driver_sql('delete from public."adm.events"')
        connection.exec_driver_sql(
            "create table public.notes (id integer primary key,"
            ' event_id bigint references public."adm.events")'
        )
    migrating.upgrade(existing)
    assert rows(existing) == before
    assert "public.adm.events" not in places(existing)
    assert referred_tables(existing, "public.notes") == {"adm.events"}


def test_rows_in_both_places_stop_the_upgrade_and_nothing_is_touched(
    existing: sa.Engine,
) -> None:
    with existing.begin() as connection:
        misquote(connection, "events")
        create_tables(connection, {"adm.events": LAYOUTS["adm.events"]})
        columns = ", ".join(LAYOUTS["adm.events"].columns)
        connection.exec_driver_sql(
            f'insert into adm.events ({columns}) select {columns} from public."adm.events"'
        )
    before = rows(existing), places(existing)
    with pytest.raises(DatabaseLayoutError) as caught:
        migrating.upgrade(existing)
    assert "adm.events" in str(caught.value)
    assert 'public."adm.events"' in str(caught.value)
    assert "db upgrade again" in str(caught.value)
    assert (rows(existing), places(existing)) == before
    assert not migrating.is_current(existing)


def test_an_empty_table_that_a_view_needs_is_not_dropped(existing: sa.Engine) -> None:
    with existing.begin() as connection:
        misquote(connection, "events")
        create_tables(connection, {"adm.events": LAYOUTS["adm.events"]})
        connection.exec_driver_sql("create view public.titles as select title from adm.events")
    with pytest.raises(DatabaseLayoutError, match=r"titles"):
        migrating.upgrade(existing)


def test_a_thin_layout_stays_thin(existing: sa.Engine) -> None:
    with existing.begin() as connection:
        make_thin(connection)
    migrating.upgrade(existing)
    assert placement.check(existing) == []
    with existing.connect() as connection:
        for table, columns in THIN.items():
            found = connection.exec_driver_sql(f"select * from {table} order by id")
            assert set(found.keys()) == set(columns)
            assert len(found.all()) == 2
        unique = [line for line in found_lines(connection, "adm.sessions") if "unique" in line]
    assert unique == ["unique (external_id)"]


def test_a_thin_layout_without_links_gets_them(existing: sa.Engine) -> None:
    with existing.begin() as connection:
        make_thin(connection)
        connection.exec_driver_sql("alter table adm.events drop column tutorial_event_id")
        connection.exec_driver_sql(
            "alter table adm.sessions drop column tutorial_session_id, drop column external_id"
        )
    migrating.upgrade(existing)
    with existing.connect() as connection:
        assert "tutorial_event_id bigint null" in found_lines(connection, "adm.events")
        assert "unique (external_id)" in found_lines(connection, "adm.sessions")
        assert "tutorial_session_id bigint null" in found_lines(connection, "adm.sessions")


def test_an_external_id_that_stands_without_a_rule_becomes_unique(existing: sa.Engine) -> None:
    run(existing, "alter table adm.sessions add external_id varchar(50)")
    migrating.upgrade(existing)
    with existing.connect() as connection:
        assert "unique (external_id)" in found_lines(connection, "adm.sessions")


def test_a_database_of_a_newer_version_is_refused(engine: sa.Engine) -> None:
    run(engine, "update adm_sync.schema_version set version_num = '9999'")
    assert not migrating.is_current(engine)
    with pytest.raises(DatabaseLayoutError, match="newer version"):
        migrating.upgrade(engine)


def test_a_role_that_owns_nothing_is_told_so(engine: sa.Engine) -> None:
    run(engine, "update adm_sync.schema_version set version_num = '0002'")
    run(engine, "alter table adm.events alter primary_instructor_id set not null")
    with engine.connect() as connection:
        role = f"reader_{sa.make_url(str(engine.url)).database}"[:60]
        connection.exec_driver_sql(f"create role {role} in role pg_read_all_data")
        connection.exec_driver_sql(f"grant all on schema adm_sync, adm to {role}")
        connection.exec_driver_sql(f"grant all on all tables in schema adm_sync to {role}")
        connection.commit()
    as_reader = create_engine(
        engine.url.update_query_dict({"options": f"-c role={role}"}).render_as_string(
            hide_password=False
        )
    )
    try:
        with pytest.raises(DatabaseRefused, match="may not do this: must be owner"):
            migrating.upgrade(as_reader)
    finally:
        as_reader.dispose()
        run(engine, f"drop owned by {role}", f"drop role {role}")


def test_an_upgrade_does_not_wait_for_ever_for_a_table(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "LOCK_SECONDS", 0.05)
    run(engine, "update adm_sync.schema_version set version_num = '0002'")
    run(engine, "alter table adm.events alter primary_instructor_id set not null")
    with engine.begin() as reader:
        reader.exec_driver_sql("select * from adm.events")
        with pytest.raises(DatabaseUnreachable, match="held a lock for too long"):
            migrating.upgrade(engine)
