"""What a database administrator may have set that the project cannot work with, or only partly.

What belongs here: looking, and a sentence with a remedy for each. What does not: tables
(`placement`), and what each session sets for itself (`session`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import sqlalchemy as sa

from adm_sync.database.failures import POOLER, database_errors
from adm_sync.errors import DatabaseRefused

SECONDS_APART = 60
# A busy pool may by chance give the same session twice; ten times over it does not.
ROUNDS = 10

RIGHTS = """
    select format('%I.%I', nspname, relname), wanted
    from pg_catalog.pg_class join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    cross join lateral unnest(case
        when nspname = 'acted' and relname not in (
            'tutorial_events', 'tutorial_sessions', 'tutorial_session_instructors'
        ) then array['SELECT'] else array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] end) as wanted
    where nspname in ('acted', 'adm', 'adm_sync') and relkind in ('r', 'p')
        and has_schema_privilege(pg_namespace.oid, 'USAGE')
        and not has_table_privilege(pg_class.oid, wanted)
    order by 1, 2
"""


# No such prepared statement; one of that name is there already.
_OF_ANOTHER_SESSION = {"26000", "42P05"}


def check_sessions(engine: sa.Engine) -> None:
    """Make sure that a session stays the same from one transaction to the next.

    Raises:
        DatabaseRefused: a pooler deals out another one each time.
        DatabaseUnreachable: there is no connection.
    """
    with database_errors(), _its_own_statements(), _plain(engine) as watched:
        before = _server_process(watched)
        # A pooler has to make up a process of its own; the server's is not one client's alone.
        pooled = before != _process_told(watched)
        for _ in range(ROUNDS if pooled else 1):
            with _plain(engine) as holder:
                holder.execute(sa.text("begin"))  # from here on its session is nobody else's
                # In this order: of a pool of one, the holder has it, and the other would wait.
                if _server_process(holder) == before or _server_process(watched) != before:
                    raise DatabaseRefused(POOLER)
                holder.execute(sa.text("commit"))


@contextmanager
def _its_own_statements() -> Iterator[None]:
    """A statement that this session prepared and does not have any more was another session's."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _OF_ANOTHER_SESSION:
            raise DatabaseRefused(POOLER) from error
        raise


def look(engine: sa.Engine) -> list[str]:
    """What is wrong with the server or the role, one sentence each; empty when nothing is.

    Raises:
        DatabaseUnreachable: there is no connection.
    """
    faults = []
    with database_errors(), engine.connect() as connection:

        def ask(statement: str) -> str:
            return str(connection.scalar(sa.text(statement)))

        if ask("select pg_is_in_recovery()") == "True":
            faults.append(
                "this is a standby, which may only be read. Set ADM_SYNC_DATABASE_URL to the "
                "primary server."
            )
        elif ask("show default_transaction_read_only") == "on":
            faults.append(
                "sessions are read-only (default_transaction_read_only). An administrator runs: "
                "alter role … set default_transaction_read_only = off; or the same for the "
                "database."
            )
        encoding = ask("show server_encoding")
        if encoding != "UTF8":
            faults.append(
                f"its encoding is {encoding}, which cannot hold or does not check every character; "
                "what has one that it cannot hold is left out, and named. Dump the database and "
                "restore it into one made with: create database … encoding 'UTF8' template "
                "template0;"
            )
        lacking: dict[str, list[str]] = {}
        for table, right in connection.execute(sa.text(RIGHTS)):
            lacking.setdefault(right, []).append(table)
        for right, tables in lacking.items():
            faults.append(
                f"the role lacks the right {right} on {', '.join(tables)}. An administrator runs: "
                f"grant {right.lower()} on … to the role, or use the role that owns the tables."
            )
    return faults


def clock(engine: sa.Engine) -> str | None:
    """A sentence if the clock of the server is far from this machine's; None if it is not."""
    with database_errors(), engine.connect() as connection:
        there = connection.scalar(sa.text("select clock_timestamp()"))
    apart = abs((datetime.now(UTC) - there).total_seconds()) if there else 0
    if apart < SECONDS_APART:
        return None
    return (
        f"the database's clock and this machine's are {apart:.0f} s apart. Let both take their "
        "time from the network (NTP)."
    )


def _plain(engine: sa.Engine) -> sa.Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _server_process(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.text("select pg_backend_pid()")) or 0)


def _process_told(connection: sa.Connection) -> int | None:
    """The server process that this connection was told to be served by when it was made."""
    session = connection.connection.driver_connection
    return session.info.backend_pid if isinstance(session, psycopg.Connection) else None
