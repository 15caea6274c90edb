"""Two companies on one PostgreSQL server: neither's Dagster ever sees a run of the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync import definitions
from adm_sync.database.dagster_database import default_name
from adm_sync.database.engine import create_engine
from adm_sync.errors import DatabaseError
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database_fixtures import fresh_database


@pytest.fixture
def other_url(
    settled: Workplace,
    database_server: sa.URL,
    _company_template: str,
) -> Iterator[str]:
    """The other company's database; Dagster's lie where they lie by themselves."""
    settled.set(adm_sync_dagster_database_url=None)
    with fresh_database(database_server, _company_template) as url:
        yield url
        engine = create_engine(database_server.render_as_string(hide_password=False))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in (settled.database_url, url):
                beside = default_name(sa.make_url(name).database or "")
                connection.exec_driver_sql(f"drop database if exists {beside} with (force)")
        engine.dispose()


def jobs(url: str) -> list[str]:
    """The jobs of the runs in Dagster's database beside this one."""
    beside = sa.make_url(url)
    engine = create_engine(
        beside.set(database=default_name(beside.database or "")).render_as_string(
            hide_password=False
        )
    )
    with engine.connect() as connection:
        found = list(connection.scalars(sa.text("select pipeline_name from runs order by id")))
    engine.dispose()
    return found


@pytest.mark.thorough
def test_each_has_a_dagster_database_of_its_own_and_is_refused_that_of_the_other(
    settled: Workplace,
    other_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settled.run("sync", "price_levels")
    settled.set(adm_sync_database_url=other_url, adm_sync_home=str(tmp_path / "other"))
    settled.run("sync", "locations")

    assert jobs(settled.database_url) == ["sync_price_levels"]
    assert jobs(other_url) == ["sync_locations"]
    name = default_name(sa.make_url(other_url).database or "")
    assert f"✓ Dagster: its database {name} is there" in settled.run("doctor").stdout

    taken = sa.make_url(settled.database_url)
    taken = taken.set(database=default_name(taken.database or ""))
    url = taken.render_as_string(hide_password=False)
    settled.set(adm_sync_dagster_database_url=url)
    refusal = f"Dagster's database «{taken.database}» belongs to the installation of «"

    for command in (("sync", "venues"), ("dev", "--port", str(free_port())), ("doctor",)):
        result = settled.run(*command, status=1)
        assert refusal in result.stdout + result.stderr, command
    assert jobs(settled.database_url) == ["sync_price_levels"]
    monkeypatch.setenv("ADM_SYNC_DAGSTER_URL", url)
    with pytest.raises(DatabaseError, match=refusal):  # a daemon that somebody started themselves
        definitions.defs()

    settled.run("doctor", "--accept-dagster")
    settled.run("sync", "locations")
    assert jobs(settled.database_url) == ["sync_price_levels", "sync_locations"]
