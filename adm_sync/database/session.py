"""A connection outside the pool, for what lives as long as its session: locks and waiting.

What belongs here: opening such a connection. What does not: what it is used for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa

from adm_sync.database.failures import database_errors

Connection = psycopg.Connection[tuple[Any, ...]]

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
