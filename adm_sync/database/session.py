"""A connection outside the pool, for what lives as long as its session: locks and waiting.

What belongs here: opening such a connection. What does not: what it is used for.
"""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa

from adm_sync.database.encoding import any_text
from adm_sync.database.failures import database_errors

Connection = psycopg.Connection[tuple[Any, ...]]
SECONDS_TO_CANCEL = 5.0


class StoppableConnection(Connection):
    """One whose statement ends on the server, too, when somebody stops this process.

    psycopg sees to that for Ctrl-C; Dagster stops a step by an exception of its own.
    """

    def wait(self, gen: Any, *given: Any, **named: Any) -> Any:
        """As psycopg's; whatever stops it lets go of the statement's locks at once."""
        try:
            return super().wait(gen, *given, **named)
        except Exception:
            raise
        except BaseException:
            if self.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                with suppress(psycopg.Error):
                    self.cancel_safe(timeout=SECONDS_TO_CANCEL)
                    super().wait(gen, timeout=SECONDS_TO_CANCEL)
            raise


# What the settings of the role, the database or the server say does not count, what the URL says
# does; a lock on a table that somebody forgot to let go keeps nobody waiting for ever; but a
# session of another date style, time zone or encoding would be misread, and what is noted before
# something is sent has to outlive the server. The statement of a process that was killed ends soon,
# where the server can see that (not on every system).
OURS: LiteralString = """
    select set_config(name, value, false)
    from (values
        ('TimeZone', 'UTC', true), ('DateStyle', 'ISO, YMD', true),
        ('IntervalStyle', 'postgres', true), ('client_encoding', case
            current_setting('server_encoding') when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8'
        end, true),
        ('default_transaction_isolation', 'read committed', true), ('array_nulls', 'on', true),
        ('standard_conforming_strings', 'on', true),
        ('synchronous_commit', coalesce(
            nullif(current_setting('synchronous_commit'), 'off'), 'on'
        ), true),
        ('statement_timeout', '0', false), ('lock_timeout', '120s', false),
        ('idle_session_timeout', '0', false), ('transaction_timeout', '0', false),
        ('idle_in_transaction_session_timeout', '0', false),
        ('client_connection_check_interval', '5s', false)
    ) as wanted (name, value, always)
    join pg_catalog.pg_settings using (name)
    where (always or source <> 'client')
        and (name <> 'client_connection_check_interval' or version() like '%linux%')
"""
# The server notices within a minute that the other machine is gone, and never gives up by itself.
# pg_settings leaves out what this version of PostgreSQL does not have.
PATIENCE: LiteralString = """
    select set_config(name, value, false)
    from (values
        ('statement_timeout', '0'), ('lock_timeout', '0'), ('idle_session_timeout', '0'),
        ('idle_in_transaction_session_timeout', '0'), ('tcp_keepalives_idle', '30'),
        ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')
    ) as wanted (name, value)
    join pg_catalog.pg_settings using (name)
"""


def session_of_ours(session: Connection) -> None:
    """Give a new connection what the project's statements rely on, whatever a DBA has set.

    By a statement and not when connecting: a pooler refuses options that it does not know.
    """
    session.autocommit = True
    # In the encoding that the server has chosen, its answer may not be text.
    session.execute(OURS, binary=True)
    session.autocommit = False
    any_text(session)


def has_ended(session: Connection) -> bool:
    """Whether the server has closed an idle connection; it costs no statement.

    A server that closes one says so, and what it says waits in the socket.
    """
    try:
        while has_something_to_say(session):
            session.pgconn.consume_input()
    except (psycopg.Error, OSError, ValueError):
        return True
    return False


def send(session: Connection, statement: bytes, *values: float) -> None:
    """Send a statement without waiting for what comes of it; `settle` does before the next one.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    session.pgconn.send_query_params(statement, [str(value).encode() for value in values])
    session.pgconn.flush()


def settle(session: Connection) -> None:
    """Wait until what was sent is done, if anything was.

    Raises:
        psycopg.OperationalError: the connection is lost, or somebody cancelled what was sent.
    """
    while session.pgconn.is_busy():
        has_something_to_say(session, None)
        session.pgconn.consume_input()
    while result := session.pgconn.get_result():
        if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
            raise psycopg.OperationalError("a statement that was not waited for came to nothing")


def has_something_to_say(session: Any, milliseconds: int | None = 0) -> bool:
    """Whether the server says something unasked, within that time; None is as long as it takes.

    Args:
        session: a connection of any driver.
        milliseconds: how long it is waited for.
    """
    line = select.poll()
    line.register(session.fileno(), select.POLLIN)
    return bool(line.poll(milliseconds))


@contextmanager
def ended_after(session: Connection, seconds: float) -> Iterator[None]:
    """Cut the connection if what happens within takes longer.

    A pooler of whose sessions none is free lets everybody in, and then answers nothing: no setting
    of the server's helps.

    Raises:
        psycopg.errors.ConnectionTimeout: it took longer.
    """

    is_cut = Event()

    def cut() -> None:
        is_cut.set()
        with suppress(OSError), socket.socket(fileno=os.dup(session.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg.OperationalError:
        if is_cut.is_set():
            raise psycopg.errors.ConnectionTimeout("timeout") from None
        raise
    finally:
        timer.cancel()


def open_session(engine: sa.Engine, application_name: str) -> Connection:
    """A connection of its own in autocommit; whoever opens it closes it.

    Args:
        engine: Which database.
        application_name: What others see in pg_stat_activity, at most 63 bytes.

    Raises:
        DatabaseUnreachable: there is no connection.
    """
    with database_errors():
        pooled = engine.raw_connection()
        session = pooled.driver_connection
        if not isinstance(session, psycopg.Connection):
            pooled.close()
            raise TypeError("the engine has to use psycopg 3")
        pooled.detach()
        try:
            session.rollback()
            session.autocommit = True
            session.execute("select set_config('application_name', %s, false)", [application_name])
            session.execute(PATIENCE)
        except BaseException:
            session.close()
            raise
        return session


@contextmanager
def own_session(engine: sa.Engine, application_name: str) -> Iterator[Connection]:
    """`open_session`, closed on leaving."""
    session = open_session(engine, application_name)
    try:
        yield session
    finally:
        session.close()
