"""The way to the database: which one it is, and how connections to it are made.

What belongs here: URLs, the engine, opening and closing. What does not: tables, statements.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import psycopg
import sqlalchemy as sa

from adm_sync.database import circumstances, migrating
from adm_sync.database.embedded import embedded_server
from adm_sync.database.failures import NoConnection, database_errors, refused_connection
from adm_sync.database.session import (
    StoppableConnection,
    ended_after,
    has_ended,
    session_of_ours,
)
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings

__all__ = ["Database", "create_engine", "database_errors", "open_database", "singly"]

APPLICATION = "adm_sync"
CONNECT_SECONDS = 10

# Without these a query waits for a quarter of an hour when the network is cut.
KEEP_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


@dataclass(frozen=True, slots=True)
class Database:
    """The open database.

    Attributes:
        engine: For everything of the project's own.
        url: `postgresql+psycopg://…`; it may hold a password, so it is not shown.
        embedded: Whether it is the embedded one under ADM_SYNC_HOME.
        settings: What says where Dagster's own database is; asked only when that is needed.
    """

    engine: sa.Engine
    url: str = field(repr=False)
    embedded: bool
    settings: Settings | None = field(repr=False, default=None)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database of the settings; close everything on leaving.

    The embedded one is started or joined, and its tables are brought up to date. Another one is
    left as it is: `adm-sync db upgrade` is for a person to run.

    Raises:
        SettingsError: the URL is wrong.
        DatabaseError: there is no connection, a pooler in between would make locks meaningless, or
            the embedded server does not start.
    """
    with ExitStack() as stack:
        given = settings.adm_sync_database_url
        if given is not None:
            url = given.get_secret_value()
        else:
            url = stack.enter_context(embedded_server(settings.home))
        engine = create_engine(url)
        stack.callback(engine.dispose)
        if given is not None:
            circumstances.check_sessions(engine)
        elif not migrating.is_current(engine):
            migrating.upgrade(engine)
        yield Database(
            engine=engine,
            url=engine.url.render_as_string(hide_password=False),
            embedded=given is None,
            settings=settings,
        )


def create_engine(url: str) -> sa.Engine:
    """An engine whose sessions live in UTC, wait as long as it takes, and say who they are.

    Args:
        url: Any postgres:// or postgresql:// URL, whatever its driver.

    Raises:
        SettingsError: it cannot be read.
    """
    parsed = parse_url(url)
    defaults = {"application_name": APPLICATION, "connect_timeout": CONNECT_SECONDS, **KEEP_ALIVE}
    arguments = {name: value for name, value in defaults.items() if name not in parsed.query}
    engine = sa.create_engine(parsed, connect_args=arguments, hide_parameters=True)

    @sa.event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
        try:
            session = StoppableConnection.connect(*given, **named)
        except psycopg.Error as error:
            raise NoConnection(refused_connection(error, parsed)) from None
        try:
            with ended_after(session, CONNECT_SECONDS):
                session_of_ours(session)
        except psycopg.OperationalError as error:
            session.close()
            raise NoConnection(refused_connection(error, parsed)) from None
        return session

    @sa.event.listens_for(engine, "checkout")
    def _is_alive(session: Any, _record: Any, _pooled: Any) -> None:
        if has_ended(session):
            # As after a restart of the server: the others have ended too.
            raise sa.exc.InvalidatePoolError

    return engine


@lru_cache(maxsize=8)
def singly(engine: sa.Engine) -> sa.Engine:
    """The same engine for single statements, each of which is a transaction of its own."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def parse_url(url: str, setting: str = "ADM_SYNC_DATABASE_URL") -> sa.URL:
    """The URL in the form that SQLAlchemy takes, with psycopg 3 as its driver.

    Raises:
        SettingsError: it cannot be read; the message names the setting and not the value.
    """
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise SettingsError(
            f"{setting} is wrong: it must look like "
            "postgresql://user:password@host:5432/database. Special characters of a password "
            "have to be percent-encoded."
        ) from None
    if parsed.drivername.partition("+")[0].lower() not in {"postgres", "postgresql"}:
        raise SettingsError(f"{setting} is wrong: it must be a postgresql:// URL.")
    hosts = parsed.query.get("host", ())
    if "@" in unquote(f"{parsed.host}{''.join(hosts)}"):
        raise SettingsError(
            f"{setting} is wrong: its host holds an @, so a part of the password was taken for the "
            "host. Write an @ that belongs to the password as %40."
        )
    # libpq takes a socket's folder in the place of the host, percent-encoded.
    folder = unquote(parsed.host or "")
    query = {**parsed.query, "host": folder} if folder.startswith("/") else parsed.query
    return sa.URL.create(
        "postgresql+psycopg",
        parsed.username,
        parsed.password,
        None if folder.startswith("/") else parsed.host,
        parsed.port,
        parsed.database,
        query,
    )
