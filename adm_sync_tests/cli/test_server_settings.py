"""What a DBA has set for a role or a database costs nothing, or is told in a sentence."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from adm_sync.database.dagster_database import dagster_url
from adm_sync.database.engine import create_engine, open_database
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync_tests.imports.imported import TITLES, remote_titles, three_events

NASTY = (
    "timezone = 'Asia/Tokyo'",
    "datestyle = 'German, DMY'",
    "intervalstyle = 'sql_standard'",
    "client_encoding = 'LATIN1'",
    "search_path = 'nowhere'",
    "statement_timeout = '300ms'",
    "lock_timeout = '50ms'",
    "idle_in_transaction_session_timeout = '100ms'",
    "idle_session_timeout = '200ms'",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_deferrable = on",
    "standard_conforming_strings = off",
    "bytea_output = 'escape'",
    "array_nulls = off",
    "transform_null_equals = on",
    "quote_all_identifiers = on",
    "synchronous_commit = off",
    "row_security = off",
)
LINKS = """
    select count(*), count(tutorial_venue_id) from adm.venues
    union all select count(*), count(tutorial_instructor_id) from adm.instructors
    union all select count(*), count(*) from adm.events
"""


@pytest.fixture
def dagster(settled: Workplace, database_server: sa.URL) -> Iterator[str]:
    """A database for this place's Dagster alone."""
    with fresh_database(database_server) as url:
        settled.set(adm_sync_dagster_database_url=url)
        yield url


def set_for(place: Workplace, *urls: str, settings: tuple[str, ...]) -> None:
    for url in urls:
        for setting in settings:
            place.execute(f'alter database "{sa.make_url(url).database}" set {setting}')
    place.engine.dispose()


@pytest.mark.thorough
def test_with_all_of_them_a_sync_and_an_import_do_what_they_do_without(
    settled: Workplace, dagster: str
) -> None:
    set_for(settled, settled.database_url, dagster, settings=NASTY)
    (settled.home.parent / "events.xlsx").write_bytes(three_events().data)

    settled.run("sync-all")
    settled.run("import-events", "events.xlsx")

    assert remote_titles(settled) == TITLES
    engine = create_engine(settled.database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text(LINKS)).all() == [(26, 24), (29, 27), (3, 3)]
    engine.dispose()
    engine = create_engine(dagster)
    with engine.connect() as connection:
        age = "extract(epoch from now() at time zone 'UTC' - create_timestamp)"
        ages = connection.scalars(sa.text(f"select {age} from public.runs")).all()
        assert all(0 <= age < 600 for age in ages), ages
    engine.dispose()


def test_where_nothing_may_be_written_that_is_said_and_nothing_is_sent(
    synced: Workplace,
) -> None:
    set_for(synced, synced.database_url, settings=("default_transaction_read_only = on",))
    (synced.home.parent / "events.xlsx").write_bytes(three_events().data)
    before = synced.sandbox.store.counts()

    synced.run("import-events", "events.xlsx", "--dry-run")
    for command in (("sync", "locations"), ("import-events", "events.xlsx"), ("push",)):
        said = synced.run(*command, status=1)
        assert "read-only" in said.stdout + said.stderr
    assert synced.sandbox.store.counts() == before


def test_a_database_of_dagsters_that_refuses_is_a_sentence(
    settled: Workplace, dagster: str
) -> None:
    with open_database(Settings.load()) as database:
        dagster_url(database)
    set_for(settled, dagster, settings=("default_transaction_read_only = on",))

    said = settled.run("sync", "locations", status=1).stderr

    assert said == (
        "Error: Dagster's own database was lost, or refused something, before a run began.\n"
    )
    assert "ReadOnlySqlTransaction" in (settled.home / "adm-sync.log").read_text()
