import pytest
import sqlalchemy as sa

from adm_sync.database import migrating, placement
from adm_sync.database.engine import create_engine
from adm_sync.errors import DatabaseUnreachable


def run(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_an_upgraded_database_has_no_faults(engine: sa.Engine) -> None:
    assert placement.check(engine) == []


def test_an_empty_database_lacks_everything(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    faults = placement.check(engine)
    engine.dispose()
    assert "have never run" in faults[0]
    assert len(faults) == 1 + len(placement.TABLES)
    assert all("Run adm-sync db upgrade" in fault for fault in faults)


@pytest.mark.parametrize(
    ("applied", "said"),
    [("0001", "Run adm-sync db upgrade"), ("9999", "newer version")],
)
def test_the_migrations_have_to_be_those_of_this_version(
    engine: sa.Engine, applied: str, said: str
) -> None:
    run(engine, f"update adm_sync.schema_version set version_num = '{applied}'")
    (fault,) = placement.check(engine)
    assert applied in fault
    assert migrating.HEAD in fault
    assert said in fault


def test_a_table_in_another_schema_is_found_there(engine: sa.Engine) -> None:
    run(engine, "alter table acted.staff set schema public")
    (fault,) = placement.check(engine)
    assert "acted.staff is missing" in fault
    assert "in schema public" in fault


def test_a_column_that_is_missing_is_named(engine: sa.Engine) -> None:
    run(
        engine,
        "alter table adm.locations drop column legacy_id",
        "alter table adm.venues drop column created_at, drop column updated_at",
    )
    faults = placement.check(engine)
    assert any("adm.locations lacks the column legacy_id" in fault for fault in faults)
    assert any("adm.venues lacks the columns created_at, updated_at" in fault for fault in faults)
    assert len(faults) == 2


def test_the_columns_of_a_thin_layout_are_enough(engine: sa.Engine) -> None:
    run(engine, "alter table adm.events drop column title, drop column location_id")
    assert placement.check(engine) == []
    run(engine, "alter table adm.events drop column tutorial_event_id")
    (fault,) = placement.check(engine)
    assert "adm.events lacks the column tutorial_event_id" in fault


def test_a_misquoted_table_is_reported(engine: sa.Engine) -> None:
    run(engine, 'create table public."adm.events" (id bigint)')
    (fault,) = placement.check(engine)
    assert 'literally named "adm.events" in schema public' in fault


def test_a_table_that_the_role_may_not_see_is_not_called_missing(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        role = f"blind_{engine.url.database}"
        connection.exec_driver_sql(f"create role {role} in role pg_read_all_data")
    url = engine.url.update_query_dict({"options": f"-c role={role}"})
    blind = create_engine(url.render_as_string(hide_password=False))
    try:
        assert placement.check(blind) == []
        run(engine, f"revoke pg_read_all_data from {role}")
        run(
            engine,
            f"grant usage on schema adm_sync to {role}",
            f"grant select on all tables in schema adm_sync to {role}",
        )
        faults = placement.check(blind)
        assert "This role may not see the table public.auth_user." in "\n".join(faults)
        assert not any("missing" in fault for fault in faults)
    finally:
        blind.dispose()
        run(engine, f"drop owned by {role}", f"drop role {role}")


def test_row_security_that_may_hide_rows_is_a_fault_for_whom_it_may_hide_them(
    engine: sa.Engine,
) -> None:
    role = f"filtered_{engine.url.database}"
    run(engine, f"create role {role} in role pg_read_all_data")
    url = engine.url.update_query_dict({"options": f"-c role={role}"})
    filtered = create_engine(url.render_as_string(hide_password=False))
    try:
        for table in ("acted.staff", "public.auth_user"):
            run(engine, f"alter table {table} enable row level security")
        run(engine, "create policy own on acted.staff using (id < 3)")
        assert placement.check(engine) == []  # a superuser sees everything
        (fault,) = placement.check(filtered)
        for part in ("acted.staff", "public.auth_user", f"alter role {role} bypassrls"):
            assert part in fault
        run(engine, f"alter role {role} bypassrls")
        assert placement.check(filtered) == []
        run(engine, f"alter role {role} nobypassrls")
        for table in ("acted.staff", "public.auth_user"):
            run(engine, f"alter table {table} disable row level security")
        assert placement.check(filtered) == []
    finally:
        filtered.dispose()
        run(engine, f"drop owned by {role}", f"drop role {role}")


def test_a_database_that_is_away_is_no_list_of_faults() -> None:
    with pytest.raises(DatabaseUnreachable):
        placement.check(create_engine("postgresql://127.0.0.1:1/acted"))


def test_what_was_dropped_after_the_last_migration_is_mended_by_an_upgrade(
    engine: sa.Engine,
) -> None:
    run(
        engine,
        "drop table adm.venues cascade",
        "alter table adm.sessions drop column external_id",
        'alter table adm.events rename to "adm.events"',
        'alter table adm."adm.events" set schema public',
    )
    assert placement.check(engine) != []

    migrating.upgrade(engine)

    assert placement.check(engine) == []


def test_no_advice_goes_in_a_circle(engine: sa.Engine) -> None:
    run(
        engine,
        "drop table adm_sync.decisions cascade",
        "alter table acted.staff set schema public",
        "alter table adm.locations drop column legacy_id",
    )
    faults = placement.check(engine)
    assert len(faults) == 3
    assert not any("db upgrade" in fault for fault in faults)
    assert any("alter table public.staff set schema acted;" in fault for fault in faults)
    assert sum("backup" in fault for fault in faults) == 2
