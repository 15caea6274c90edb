"""One limit on requests for all processes that share a database.

What belongs here: handing out permits. What does not: what a permit is for.

A permit is an advisory lock: whoever gets it may send at once, and its session sleeps on the
server before it lets go. So permits of all processes are spaced by the server's clock, whoever
waits longest is next, nothing is stored, and a killed process leaves nothing to clean. Only a wait
for which no process stays is stored: its end.
"""

import threading
import time
from datetime import datetime
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa

from adm_sync.database.failures import database_errors
from adm_sync.database.operations import holding_back
from adm_sync.database.session import Connection, open_session, send, settle

LOCK_KEY = 7_236_002

PERMIT: LiteralString = "select pg_advisory_lock(%s)"
# The columns are computed in their order.
SPACE = b"select pg_sleep($1), pg_advisory_unlock($2)"
REST: LiteralString = (
    "select extract(epoch from until - clock_timestamp())::float8 from adm_sync.holding_back"
    " where until > clock_timestamp()"
)
# Of two that were asked to wait, the later moment counts.
HOLD_BACK: LiteralString = (
    "insert into adm_sync.holding_back (id, until)"
    " values (1, clock_timestamp() + make_interval(secs => %s))"
    " on conflict (id) do update set until = greatest(holding_back.until, excluded.until)"
)
# The time that a pause has waited for the lock counts towards it, so that pauses of many processes
# do not add up.
PAUSE: LiteralString = (
    "select pg_advisory_xact_lock(%s), pg_sleep(greatest(0, %s - "
    "extract(epoch from clock_timestamp() - statement_timestamp())))"
)


def held_back_until(connection: sa.Connection) -> datetime | None:
    """Until when nobody has a permit; None if everybody may."""
    until = holding_back.c.until
    statement = sa.select(until).where(until > sa.func.clock_timestamp())
    return connection.execute(statement).scalar_one_or_none()


class SharedLimiter:
    """Permits for requests, at most `rate` a second over all processes on the database.

    It may be used by several threads, and holds one connection from the first permit until
    `close` (`contextlib.closing` calls it).
    """

    def __init__(self, engine: sa.Engine, rate: float) -> None:
        """Limit to `rate` permits a second; 0 is no limit."""
        self._engine = engine
        self.rate = rate
        self._turn = threading.Lock()
        self._session: Connection | None = None

    def acquire(self) -> float:
        """Wait for a permit; if everybody is held back, give the seconds that are left of it.

        Raises:
            DatabaseUnreachable: there is no connection.
        """
        if self.rate <= 0:
            return 0.0
        with self._turn:
            try:
                self._execute(PERMIT, LOCK_KEY)
                found = self._execute(REST).fetchone()
                self._space()
            except BaseException:
                self._drop()  # with it goes the lock, if it is held
                raise
        return float(found[0]) if found else 0.0

    def pause(self, seconds: float) -> None:
        """Let nobody have a permit for so many seconds from now; returns when they are over.

        Raises:
            DatabaseUnreachable: there is no connection.
        """
        until = time.monotonic() + seconds
        with self._turn:
            rest = until - time.monotonic()
            if rest > 0:
                self._execute(PAUSE, LOCK_KEY, rest)

    def hold_back(self, seconds: float) -> None:
        """Let nobody have a permit for so many seconds from now, and return at once.

        Raises:
            DatabaseUnreachable: there is no connection.
        """
        with self._turn:
            self._execute(HOLD_BACK, seconds)

    def close(self) -> None:
        """Close the connection; a later permit opens another."""
        with self._turn:
            self._drop()

    def _execute(self, statement: LiteralString, *values: float) -> psycopg.Cursor[Any]:
        with database_errors():
            if self._session is not None:
                try:
                    settle(self._session)
                    return self._session.execute(statement, values)
                except psycopg.OperationalError:
                    # Lost while it was idle, as after a restart of the server; or the end of a
                    # permit was cancelled, and the session still has the lock.
                    self._drop()
            self._session = open_session(self._engine, "adm_sync rate limit")
            return self._session.execute(statement, values)

    def _space(self) -> None:
        """Let go of the lock when the next may have it; it is not waited for."""
        with database_errors():
            if self._session is not None:
                send(self._session, SPACE, 1 / self.rate, LOCK_KEY)

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
