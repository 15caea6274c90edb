"""Where Dagster keeps runs, events and schedules: its PostgreSQL, with less to and fro.

What belongs here: how it is reached, and how often it is asked and written to. What does not:
which database it is (`database.dagster_database`), and its tables, which are Dagster's own.

By itself Dagster opens three pools, looks for its tables and columns again and again, and commits
each statement alone: of a small sync some 470 of them. Here a process has one pool, looks once, and
writes events that are followed by others at once together with the one that ends them.
"""

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache, lru_cache, partial
from threading import RLock, local
from typing import Any

import click
import dagster as dg
import sqlalchemy as sa
from dagster import DagsterEventType as Type
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import set_pg_statement_timeout

from adm_sync.database.dagster_database import dagster_url
from adm_sync.database.engine import open_database
from adm_sync.database.session import has_something_to_say
from adm_sync.defs.undocumented import ConfigurableClassData
from adm_sync.errors import AdmSyncError
from adm_sync.fault_log import keep_trace
from adm_sync.settings import Settings

# `adm-sync` tells its children what it has found out.
URL_VARIABLE = "ADM_SYNC_DAGSTER_URL"

# Beside the one that stays open, and how long that may be used. A page of the UI asks a great deal
# at once, and whoever waits for a connection may hold one.
MORE_CONNECTIONS = 40
IDLE_SECONDS = 60

# An event of these is followed by another of the same step or run at once.
FOLLOWED = {
    Type.ASSET_MATERIALIZATION_PLANNED,
    Type.ASSET_CHECK_EVALUATION_PLANNED,
    Type.RESOURCE_INIT_STARTED,
    Type.RESOURCE_INIT_SUCCESS,
    Type.STEP_INPUT,
    Type.LOADED_INPUT,
    Type.STEP_OUTPUT,
    Type.HANDLED_OUTPUT,
    Type.ASSET_MATERIALIZATION,
    Type.ASSET_OBSERVATION,
    Type.ASSET_CHECK_EVALUATION,
    Type.STEP_SUCCESS,
}
# One of each kind of storage.
TABLES = {"runs", "instance_info", "event_logs", "jobs"}


class EventLog(PostgresEventLogStorage):
    """Dagster's, which writes several events in one transaction, and looks for a table once.

    What waits to be written is so before anything is read, and when the process closes it.
    """

    def __init__(self, url: str, *, is_made: bool) -> None:
        self._lock, self._waiting = RLock(), list[dg.EventLogEntry]()
        self._known_tables, self._known_columns = set[str](), set[str]()
        self._mine = local()
        super().__init__(url, should_autocreate_tables=not is_made)

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Write it, and all that waited for it, unless it is to wait for the next one itself."""
        with self._lock:
            self._waiting.append(event)
            # What is reported without a run has nothing that follows it.
            is_followed = event.dagster_event and event.dagster_event_type in FOLLOWED
            if not (is_followed and event.run_id):
                self.settle()

    def settle(self) -> None:
        """Write what waits."""
        with self._lock:
            if not self._waiting:
                return
            events, self._waiting = self._waiting, []
            with super()._connect() as connection, self._as_mine(connection):
                for event in events:
                    super().store_event(event)

    def dispose(self) -> None:
        """Write what waits, and leave no connection open."""
        self.settle()
        super().dispose()
        self._engine.dispose()

    def has_table(self, table_name: str) -> bool:
        """Whether Dagster has made it; one that was there is not looked for again."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether its table of assets has the column; likewise."""
        if column_name not in self._known_columns and super().has_asset_key_col(column_name):
            self._known_columns.add(column_name)
        return column_name in self._known_columns

    @contextmanager
    def _as_mine(self, connection: sa.Connection) -> Iterator[None]:
        """Within, everything of this thread goes through one transaction."""
        self._mine.connection = connection.execution_options(isolation_level="READ COMMITTED")
        try:
            with connection.begin():
                yield
        finally:
            self._mine.connection = None

    def _connect(self) -> AbstractContextManager[sa.Connection]:
        mine: sa.Connection | None = getattr(self._mine, "connection", None)
        return nullcontext(mine) if mine is not None else self._settled()

    @contextmanager
    def _settled(self) -> Iterator[sa.Connection]:
        self.settle()
        with super()._connect() as connection:
            yield connection


class Storage(DagsterPostgresStorage):
    """All of Dagster's storage, by one pool for each process; `dagster.yaml` names it."""

    def __init__(self, url: str, inst_data: ConfigurableClassData | None = None) -> None:
        self.postgres_url = url
        self.should_autocreate_tables = True
        self._inst_data = inst_data
        engine = _engine_of(url)
        is_made = set(sa.inspect(engine).get_table_names()) >= TABLES
        self._run_storage = PostgresRunStorage(url, should_autocreate_tables=not is_made)
        self._event_log_storage = EventLog(url, is_made=is_made)
        self._schedule_storage = PostgresScheduleStorage(url, should_autocreate_tables=not is_made)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            vars(storage)["_engine"] = engine
            # By itself it would make a pool of its own.
            vars(storage)["optimize_for_webserver"] = partial(_limit, engine)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, _config: Mapping[str, Any]
    ) -> "Storage":
        """The one that the settings lead to, as `dagster.yaml` says nothing of it.

        Raises:
            ClickException: they lead to none; Dagster's own commands end in its sentence.
        """
        try:
            return cls(os.environ.get(URL_VARIABLE) or _url_of_the_settings(), inst_data)
        except AdmSyncError as error:
            keep_trace(error)
            raise click.ClickException(str(error)) from None

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing: a secret in `dagster.yaml` would stand in command lines."""
        return {}


@cache
def _url_of_the_settings() -> str:
    # Open for as long as the process lasts: the embedded server ends with whoever uses it last.
    stack = ExitStack()
    atexit.register(stack.close)
    return dagster_url(stack.enter_context(open_database(Settings.load())))


@lru_cache
def _engine_of(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=MORE_CONNECTIONS,
        pool_recycle=IDLE_SECONDS,
    )
    sa.event.listen(engine, "connect", _live_in_utc)
    sa.event.listen(engine, "checkout", _is_alive)
    return engine


def _is_alive(session: Any, _record: Any, _pooled: Any) -> None:
    # Nobody listens here, so that what the server says unasked is good-bye. To ask it each time
    # would cost as many statements as anything else does.
    if has_something_to_say(session):
        raise sa.exc.InvalidatePoolError


def _live_in_utc(session: Any, _record: Any) -> None:
    # Dagster takes what PostgreSQL's clock says for UTC.
    with session, session.cursor() as cursor:
        cursor.execute("set time zone 'UTC'")


@lru_cache
def _limit(engine: sa.Engine, statement_timeout: int, *_: int, **__: int) -> None:
    """Let no statement of this process take longer than that, in milliseconds."""
    sa.event.listen(
        engine, "connect", lambda one, _: set_pg_statement_timeout(one, statement_timeout)
    )
