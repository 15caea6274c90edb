"""Real PostgreSQL databases for tests: an own server for each test process, a database a test.

With ADM_SYNC_DATABASE_URL the databases are made on that server, and dropped when they are done
with. Its role has to be allowed to make databases.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from adm_sync.database import migrating
from adm_sync.database.accounts import account_for
from adm_sync.database.cluster import NEWEST, THROWAWAY, find_cluster
from adm_sync.database.embedded import embedded_server
from adm_sync.database.engine import create_engine, parse_url

# A folder in memory, where there is one: copying a database there takes a tenth of the time.
IN_MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # bytes; the servers of all test processes together stay well below
STRATEGIES = 150_000  # the first server that lets one choose how a database is copied
# Less is written ahead than is copied, so that what is in memory stays small; and nobody looks
# after databases that are dropped in a second.
SETTINGS = {**THROWAWAY, "max_wal_size": "64MB", "autovacuum": "off"}


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A folder of a short path for a server's files, that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="adm_sync-", dir=_roomy_memory()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _roomy_memory() -> Path | None:
    """Where files are kept in memory; None where there is no such place or little room."""
    if not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return None
    return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free > ROOM else None


@contextmanager
def throwaway_server(version: int = NEWEST) -> Iterator[sa.URL]:
    """A server of its own, with nothing in it, that is gone afterwards."""
    with (
        throwaway_folder() as home,
        embedded_server(home, settings=SETTINGS, version=version) as url,
    ):
        yield sa.make_url(url)


@contextmanager
def stopped_server(data: Path) -> Iterator[None]:
    """The throwaway server of this data directory is shut down until this is left."""
    cluster = find_cluster(data.parent, account_for(data), SETTINGS, NEWEST)
    cluster.stop()
    assert not cluster.is_alive()
    try:
        yield
    finally:
        cluster.ensure_running()


@contextmanager
def fresh_database(
    server: sa.URL, template: str = "template0", encoding: str = "UTF8"
) -> Iterator[str]:
    """A database of its own on the server; yields its URL and drops it.

    Only a copy of template0 may have another encoding.
    """
    told = "" if encoding == "UTF8" else f" encoding {encoding} locale_provider libc locale 'C'"
    name = f"test_{uuid4().hex}"
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)

    def administer(statement: str, *names: str) -> None:
        # No connection is kept: the server may have been restarted since.
        with psycopg.connect(plain, autocommit=True) as connection:
            # Copying the files takes half the time of writing them ahead.
            chosen = connection.info.server_version >= STRATEGIES
            statement = statement.replace("{strategy}", "strategy file_copy" if chosen else "")
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    administer(f"create database {{}} template {{}} {{strategy}}{told}", name, template)
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        administer("drop database {} with (force)", name)


@contextmanager
def cut_off(url: str, server: sa.URL) -> Iterator[None]:
    """Every connection to this database is lost, and none is made anew until this is left."""
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    name = sa.make_url(url).database or ""
    with psycopg.connect(plain, autocommit=True) as connection:
        allow = sql.SQL("alter database {} allow_connections {}")
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
        yield
        connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


@pytest.fixture(scope="session")
def database_server() -> Iterator[sa.URL]:
    """The server that test databases are made on; the URL names a database to connect to."""
    given = os.environ.get("ADM_SYNC_DATABASE_URL")
    if given:
        yield parse_url(given)
        return
    with throwaway_server() as url:
        yield url


@pytest.fixture(scope="session")
def _migrated_template(database_server: sa.URL) -> Iterator[str]:
    with fresh_database(database_server) as url:
        engine = create_engine(url)
        migrating.upgrade(engine)
        # Nobody may be connected to a database while it is copied.
        engine.dispose()
        yield sa.make_url(url).database or ""


@pytest.fixture
def empty_database_url(database_server: sa.URL) -> Iterator[str]:
    """A database with nothing in it."""
    with fresh_database(database_server) as url:
        yield url


@pytest.fixture
def database_url(database_server: sa.URL, _migrated_template: str) -> Iterator[str]:
    """A database with all tables and no rows."""
    with fresh_database(database_server, _migrated_template) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on a database with all tables and no rows."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()
