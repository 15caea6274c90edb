"""One limit on requests for all processes that share a database.

What belongs here: handing out permits. What does not: what a permit is for.

A permit is one statement that takes an advisory lock, sleeps on the server, and lets go of the
lock as it ends. So permits of all processes are spaced by the server's clock, whoever waits
longest is next, nothing is stored, and a killed process leaves nothing to clean.
"""

import threading
import time
from typing import LiteralString

import psycopg
import sqlalchemy as sa

from adm_sync.database.failures import database_errors
from adm_sync.database.session import Connection, open_session

LOCK_KEY = 7_236_002

# The columns are computed in their order: first the lock, then the sleep. The time that a pause
# has waited for the lock counts towards it, so that pauses of many processes do not add up.
PERMIT: LiteralString = "select pg_advisory_xact_lock(%s), pg_sleep(%s)"
PAUSE: LiteralString = (
    "select pg_advisory_xact_lock(%s), pg_sleep(greatest(0, %s - "
    "extract(epoch from clock_timestamp() - statement_timestamp())))"
)


class SharedLimiter:
    """Permits for requests, at most `rate` a second over all processes on the database.

    It may be used by several threads, and holds one connection from the first permit until
    `close` (`contextlib.closing` calls it).
    """

    def __init__(self, engine: sa.Engine, rate: float) -> None:
        """Limit to `rate` permits a second; 0 is no limit."""
        self._engine = engine
        self._rate = rate
        self._turn = threading.Lock()
        self._session: Connection | None = None

    def acquire(self) -> None:
        """Wait for a permit.

        Raises:
            DatabaseUnreachable: there is no connection.
        """
        if self._rate > 0:
            with self._turn:
                self._execute(PERMIT, 1 / self._rate)

    def pause(self, seconds: float) -> None:
        """Let nobody have a permit for so many seconds from now; returns when they are over.

        Raises:
            DatabaseUnreachable: there is no connection.
        """
        until = time.monotonic() + seconds
        with self._turn:
            rest = until - time.monotonic()
            if rest > 0:
                self._execute(PAUSE, rest)

    def close(self) -> None:
        """Close the connection; a later permit opens another."""
        with self._turn:
            self._drop()

    def _execute(self, statement: LiteralString, seconds: float) -> None:
        with database_errors():
            if self._session is not None:
                try:
                    self._session.execute(statement, [LOCK_KEY, seconds])
                except psycopg.OperationalError:
                    # Lost while it was idle, as after a restart of the server.
                    self._drop()
                else:
                    return
            self._session = open_session(self._engine, "adm_sync rate limit")
            self._session.execute(statement, [LOCK_KEY, seconds])

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
