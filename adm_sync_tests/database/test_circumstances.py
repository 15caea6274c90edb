"""What a DBA may have set: each is a sentence with a remedy."""

import pytest
import sqlalchemy as sa

from adm_sync.database import circumstances
from adm_sync.database.engine import create_engine


def test_nothing_is_wrong_with_a_plain_database(engine: sa.Engine) -> None:
    assert circumstances.look(engine) == []
    assert circumstances.clock(engine) is None
    circumstances.check_sessions(engine)


def test_read_only_sessions_are_named(database_url: str, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f'alter database "{engine.url.database}" set default_transaction_read_only = on'
        )
    fresh = create_engine(database_url)
    (fault,) = circumstances.look(fresh)
    fresh.dispose()
    assert "default_transaction_read_only = off" in fault


def test_rights_that_are_missing_are_named_with_their_tables(engine: sa.Engine) -> None:
    role = f"reader_{engine.url.database}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"create role {role} in role pg_read_all_data")
    url = engine.url.update_query_dict({"options": f"-c role={role}"})
    reader = create_engine(url.render_as_string(hide_password=False))
    try:
        faults = circumstances.look(reader)
    finally:
        reader.dispose()
        with engine.begin() as connection:
            connection.exec_driver_sql(f"drop role {role}")
    assert any("lacks the right INSERT on" in fault and "adm.venues" in fault for fault in faults)
    assert not any("SELECT" in fault for fault in faults)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_another_encoding_is_named(engine: sa.Engine, encoding: str) -> None:
    name = f"{engine.url.database}_{encoding.lower()}"
    admin = engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(
            f"create database {name} encoding '{encoding}' template template0 "
            "locale_provider libc locale 'C'"
        )
    other = create_engine(engine.url.set(database=name).render_as_string(hide_password=False))
    try:
        assert any(encoding in fault for fault in circumstances.look(other))
    finally:
        other.dispose()
        with admin.connect() as connection:
            connection.exec_driver_sql(f"drop database {name}")
