"""A pooler in between: one that works by session is fine, every other one is refused at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.database import circumstances
from adm_sync.database.engine import create_engine
from adm_sync.errors import DatabaseRefused
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database.pooler import PGBOUNCER, pooler
from adm_sync_tests.imports.imported import TITLES, imported, remote_titles, three_events

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")

# Of each command kind one; all come to the database by the same way.
COMMANDS = (
    ["sync", "locations"],
    ["db", "upgrade"],
    ["import-events", "events.xlsx"],
    ["push"],
    ["imports"],
    ["ignore", "locations", "--tutorial", "1", "--why", "closed"],
    ["doctor"],
)
SECONDS = 15


# By transaction every command; by statement one, as it is found out in the same way.
@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize(
    ("mode", "command"),
    [*(("transaction", command) for command in COMMANDS), ("statement", COMMANDS[0])],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_pooler_that_deals_out_sessions_is_refused_before_anything_is_written(
    settled: Workplace, mode: str, command: list[str]
) -> None:
    (settled.home.parent / "events.xlsx").write_bytes(three_events().data)
    with pooler(settled.database_url, mode) as url:
        settled.set(adm_sync_database_url=url)
        start = time.monotonic()

        result = settled.run(*command, status=1)

        assert time.monotonic() - start < SECONDS
    said = result.stdout + result.stderr
    assert said.count("A pooler in between") == 1
    assert "pool_mode = session" in said
    assert "Traceback" not in said
    for table in ("runs", "imports", "decisions", "installation"):
        assert settled.execute(f"select 1 from adm_sync.{table}") == []
    assert settled.sandbox.calls.requests == 0 or command == ["doctor"]


def test_dagsters_own_database_is_looked_at_too(settled: Workplace) -> None:
    dagster = settled.environment["ADM_SYNC_DAGSTER_DATABASE_URL"]
    with pooler(dagster, "transaction") as url:
        settled.set(adm_sync_dagster_database_url=url)

        stderr = settled.run("sync", "locations", status=1).stderr

    assert stderr.startswith("Error: Dagster's own database: A pooler in between")


@pytest.mark.thorough
def test_by_session_everything_works(settled: Workplace) -> None:
    with (
        pooler(settled.database_url, "session") as url,
        pooler(settled.environment["ADM_SYNC_DAGSTER_DATABASE_URL"], "session") as dagster,
    ):
        settled.set(adm_sync_database_url=url, adm_sync_dagster_database_url=dagster)
        assert "The database was up to date" in settled.run("db", "upgrade").stdout
        settled.run("sync-all")
        imported(three_events())
        assert settled.run("doctor").stdout.count("✗") == 0
    assert remote_titles(settled) == TITLES


@pytest.mark.thorough
def test_a_pooler_without_a_free_session_is_no_jam(settled: Workplace) -> None:
    with pooler(settled.database_url, "session", default_pool_size=1) as url:
        settled.set(adm_sync_database_url=url)
        start = time.monotonic()

        stderr = settled.run("sync", "locations", status=1).stderr

        assert time.monotonic() - start < SECONDS
    assert "if a pooler is in between, all its sessions may be in use" in stderr
    assert settled.execute("select 1 from adm_sync.runs") == []


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize(("sessions", "in_turn"), [(1, 0), (3, 0), (3, 1), (20, 1)], ids=str)
def test_it_is_found_out_however_busy_the_pooler_is(
    database_url: str, sessions: int, in_turn: int
) -> None:
    with (
        pooler(
            database_url, "transaction", default_pool_size=sessions, server_round_robin=in_turn
        ) as url,
        _busy(url, clients=4),
    ):
        for _ in range(10):
            engine = create_engine(url)
            with pytest.raises(DatabaseRefused, match="transaction or statement pooling"):
                circumstances.check_sessions(engine)
            engine.dispose()


@contextmanager
def _busy(url: str, clients: int) -> Iterator[None]:
    """Others who use the same pooler all the time."""
    over = threading.Event()
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(False)

    def work() -> None:
        with psycopg.connect(plain, autocommit=True, prepare_threshold=None) as session:
            while not over.is_set():
                session.execute("select pg_sleep(0.002)")

    others = [threading.Thread(target=work) for _ in range(clients)]
    for one in others:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in others:
            one.join()
