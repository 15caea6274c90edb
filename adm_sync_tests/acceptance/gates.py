"""Stopping a sync at a known point of its work in the database.

A trigger takes an advisory lock; as long as the test holds it, whoever fires the trigger waits.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from adm_sync.reference.results import EntityResult
from adm_sync_tests.acceptance.stage import Stage

KEY = 4711
SECONDS_AT_MOST = 20

WAITING = (
    "select pid from pg_locks where locktype = 'advisory' and objid = %s and not granted"
    " and database = (select oid from pg_database where datname = current_database())"
)


class Gate:
    """A point at which a sync waits, and a session of our own beside it."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self.session = session

    def waiting(self) -> int:
        """Wait until somebody stands at the gate; the process id of that session."""
        until = time.monotonic() + SECONDS_AT_MOST
        while time.monotonic() < until:
            found = self.session.execute(WAITING, [KEY]).fetchone()
            if found:
                return int(found[0])
            self.session.execute("select pg_sleep(0.002)")
        raise AssertionError("nobody came to the gate")

    def open(self) -> None:
        """Let everybody pass, now and later."""
        self.session.execute("select pg_advisory_unlock_all()")

    def end(self, pid: int) -> None:
        """End a session of the server, and wait until it is gone."""
        assert self.session.execute("select pg_terminate_backend(%s, 5000)", [pid]).fetchone()


@contextmanager
def gate(stage: Stage, table: str, moment: str) -> Iterator[Gate]:
    """A gate at `moment` of the table: "insert", "update", "delete", or "commit"."""
    when = (
        f"create trigger gate before {moment} on {table} for each statement"
        if moment != "commit"
        else f"create constraint trigger gate after insert or update or delete on {table}"
        " deferrable initially deferred for each row"
    )
    begin = (
        "create function gate() returns trigger language plpgsql as "
        f"$$ begin perform pg_advisory_xact_lock({KEY}); return null; end $$;"
        f"{when} execute function gate()"
    )
    end = f"drop trigger gate on {table}; drop function gate()"
    with stage.schema(begin, end), stage.session() as session:
        session.execute("select pg_advisory_lock(%s)", [KEY])
        yield Gate(session)


@contextmanager
def syncing(stage: Stage, name: str, **options: Any) -> Iterator[Future[EntityResult]]:
    """A sync that runs beside the test."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(stage.sync, name, **options)
