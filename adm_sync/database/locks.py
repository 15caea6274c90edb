"""One at a time, across processes and machines: advisory locks of PostgreSQL.

What belongs here: taking a lock, saying who holds it, telling whether it is still held. What does
not: which work needs a lock.

A lock lives as long as its connection. A process that dies loses it at once; a machine that
vanishes, within a minute. That can also happen under a process that is still at work, so whoever
writes calls `Lock.verify` in its transaction, as the last thing before the commit: a sync that
lost its lock then writes nothing.
"""

import hashlib
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa

from adm_sync.database.failures import database_errors
from adm_sync.database.session import Connection, own_session
from adm_sync.errors import DatabaseUnreachable, SyncBusy

# How each sentence begins that says that somebody else is at it.
BUSY = "Busy: "
LONGEST_NAME = 63  # bytes of an application_name that PostgreSQL keeps

HOLDERS = """
    select activity.pid, activity.application_name, activity.client_addr::text,
        to_char(activity.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
        activity.pid = pg_backend_pid(), (lock.classid::bigint << 32) | lock.objid::bigint
    from pg_catalog.pg_locks as lock
    join pg_catalog.pg_stat_activity as activity using (pid)
    where lock.locktype = 'advisory' and lock.granted and lock.objsubid = 1
        and lock.database = (select oid from pg_catalog.pg_database
                             where datname = current_database())
        and ((lock.classid::bigint << 32) | lock.objid::bigint) = any(%s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held; `key` is its number in PostgreSQL's list of locks."""

    name: str
    _session: Connection
    key: int

    def verify(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            DatabaseUnreachable: it is lost, and another process may be at work by now.
        """
        try:
            found = _holders(self._session, self.key)
        except psycopg.Error:
            found = []
        if not any(is_ours for *_, is_ours, _ in found):
            raise DatabaseUnreachable(
                f"The connection that held the lock «{self.name}» was lost, so another process "
                "may be at work by now. Nothing more was written. Try again."
            )


@contextmanager
def exclusive(
    engine: sa.Engine,
    name: str,
    wait_seconds: float = 0,
    on_wait: Callable[[str], object] = lambda _sentence: None,
) -> Iterator[Lock]:
    """Hold the lock of this name in this database; nobody else can until this leaves.

    Args:
        engine: Which database; the lock takes a connection of its own.
        name: Of the lock; others see it beside the process that holds it.
        wait_seconds: How long to wait for another holder; 0 for not at all.
        on_wait: Called once, before waiting, with a sentence that names the holder.

    Raises:
        SyncBusy: another process did not let go in time; the message names it.
        DatabaseUnreachable: there is no connection.
    """
    key = key_of(name)
    with own_session(engine, application_name_of(name)) as session:
        with database_errors():
            _acquire(session, name, key, wait_seconds, on_wait)
        try:
            yield Lock(name, session, key)
        finally:
            # Closing alone frees it too, but a moment later than whoever comes next may ask.
            with suppress(psycopg.Error):
                session.execute("select pg_advisory_unlock(%s)", [key])


def share(connection: sa.Connection, name: str) -> None:
    """Wait until nobody holds the lock of this name; until the transaction ends, nobody can.

    Others may share it meanwhile.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(key_of(name))))


def one_at_a_time(connection: sa.Connection, name: str) -> None:
    """Wait until nobody holds the lock of this name; until the transaction ends, this one does."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key_of(name))))


def held(connection: sa.Connection, names: Iterable[str]) -> set[str]:
    """Those of the locks of these names that somebody holds now, in this database."""
    keys = {key_of(name): name for name in names}
    return {keys[key] for key in holders(connection, keys)}


def holders(connection: sa.Connection, keys: Iterable[int]) -> dict[int, str]:
    """Who holds the locks of these numbers now, in words; nobody for one that is free."""
    found = connection.exec_driver_sql(HOLDERS, ([*keys],))
    return {row[-1]: _described(row) for row in found}


def _acquire(
    session: Connection,
    name: str,
    key: int,
    wait_seconds: float,
    on_wait: Callable[[str], object],
) -> None:
    taken = session.execute("select pg_try_advisory_lock(%s)", [key]).fetchone()
    if taken == (True,):
        return
    if wait_seconds > 0:
        on_wait(f"Waiting up to {wait_seconds:.0f} s for {_who(session, name, key)}.")
        # In PostgreSQL's own queue: whoever came first is served first, and no polling.
        limit = str(max(1, int(wait_seconds * 1000)))
        session.execute("select set_config('lock_timeout', %s, false)", [limit])
        try:
            session.execute("select pg_advisory_lock(%s)", [key])
        except psycopg.errors.LockNotAvailable:
            pass
        else:
            return
    raise SyncBusy(f"{BUSY}{_who(session, name, key)}. Try again when it has finished.")


def _who(session: Connection, name: str, key: int) -> str:
    for row in _holders(session, key):
        return _described(row, f"has the lock «{name}» and ")
    return f"another process, which has the lock «{name}»"


def _described(row: Sequence[Any], what: str = "") -> str:
    pid, application, address, since, *_ = row
    origin = address or "the database's own machine"
    return (
        f"«{application or 'another program'}», which {what}has been connected since {since} UTC "
        f"from {origin} (server process {pid})"
    )


def _holders(session: Connection, key: int) -> list[tuple[Any, ...]]:
    return session.execute(HOLDERS, [[key]]).fetchall()


def key_of(name: str) -> int:
    """The number of the lock of this name."""
    digest = hashlib.sha256(f"adm_sync {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def application_name_of(name: str) -> str:
    """What others see of the session that holds the lock of this name."""
    end = f" pid {os.getpid()} on {socket.gethostname()}"
    start = f"adm_sync {name}"[: max(20, LONGEST_NAME - len(end))]
    whole = (start + end).encode("ascii", "replace")
    return whole[:LONGEST_NAME].decode()
