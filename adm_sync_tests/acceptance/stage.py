"""A database with the company in it, and the tenant beside it, as each test finds them.

What belongs here: bringing both into a known state quickly, syncing, and looking at the rows and
requests that came of it. What does not: what is expected.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import sqlalchemy as sa
from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import acted, adm, operations
from adm_sync.database.tables import metadata
from adm_sync.reference.entities import ENTITIES, named
from adm_sync.reference.results import EntityResult
from adm_sync.reference.sync import Listener, SyncOptions, sync_entity
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess

INSTANCE = "https://company.administrateapp.example"
OPTIONS = SyncOptions(instance=INSTANCE, who="a test", page_size=2, lock_wait=30)
# A failing query is tried a few times and soon given up.
RETRY_BUDGET = 0.1
TIMEOUT = 5.0

FACTS = (adm.events, adm.sessions)
TUTORIAL_TABLES = tuple(table for table in vars(acted).values() if isinstance(table, sa.Table))
BRIDGES = tuple(entity.bridge for entity in ENTITIES)
assert operations.SCHEMA == "adm_sync"


@dataclass
class Stage:
    """One test's company: its database, its tenant, and the ids of both sides by label."""

    engine: sa.Engine
    url: str
    sandbox: SandboxServer
    client: AdministrateClient
    tutorial: dict[str, int]
    administrate: dict[str, str]
    options: SyncOptions = OPTIONS
    told: list[str] = field(default_factory=list)
    begin_again: Callable[[], dict[str, str]] = dict

    def restart(self) -> None:
        """Database and tenant as the test found them."""
        self.administrate = self.begin_again()

    # ------------------------------------------------------------------ doing

    def sync(self, name: str, **options: Any) -> EntityResult:
        """Sync one entity; the requests received are counted from here on."""
        self.sandbox.calls.clear()
        return self.sync_on(self.client, name, **options)

    def sync_on(self, client: AdministrateClient, name: str, **options: Any) -> EntityResult:
        """The same through another client."""
        listener = options.pop("listener", None) or Listener(waiting=self.told.append)
        wanted = replace(self.options, **options)
        return sync_entity(named(name), self.engine, client, wanted, listener)

    def sync_well(self, name: str, **options: Any) -> EntityResult:
        """Sync one entity, which has to succeed."""
        result = self.sync(name, **options)
        assert result.status == "succeeded", result.message
        return result

    def sync_all(self, **options: Any) -> dict[str, EntityResult]:
        """Sync all entities in order; all have to succeed."""
        return {entity.name: self.sync_well(entity.name, **options) for entity in ENTITIES}

    def execute(self, statement: str, **values: Any) -> list[Any]:
        """Run any SQL in a transaction of its own; the rows, if there are any."""
        with self.engine.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return list(found) if found.returns_rows else []

    def add(self, fill: Callable[..., int], *arguments: Any, **values: Any) -> int:
        """Add a tutorial record."""
        with self.engine.begin() as connection:
            return fill(connection, *arguments, **values)

    def note_decision(self, kind: str, name: str, here: int | None, there: str | None) -> None:
        """Store a decision unchecked, as another process may have done at the same time."""
        self.execute(
            "insert into adm_sync.decisions (kind, entity, tutorial_id, external_id, who, why,"
            " decided_at) values (:kind, :name, :here, :there, 'Ada Example', '', now())",
            kind=kind,
            name=name,
            here=here,
            there=there,
        )

    # ------------------------------------------------------------------ looking

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The bridge rows of an entity, oldest first."""
        table = named(name).bridge
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(table).order_by(table.c.id))
            return [dict(row) for row in found.mappings()]

    def row(self, name: str, label: str) -> dict[str, Any]:
        """The bridge row of one record."""
        wanted = self.administrate[label]
        (found,) = [row for row in self.rows(name) if row["external_id"] == wanted]
        return found

    def links(self, name: str) -> dict[str, int | None]:
        """External id -> the tutorial id it is linked to."""
        matched = named(name).matched
        assert matched is not None
        return {row["external_id"]: row[matched.link] for row in self.rows(name)}

    def linked(self, name: str, label: str) -> int | None:
        """The tutorial id that a record is linked to."""
        return self.links(name)[self.administrate[label]]

    def bridge(self, name: str) -> list[str]:
        """An entity's bridge rows byte for byte, but for `last_synced`."""
        table = named(name).bridge
        return self._bytes(table)[table.fullname]

    def bridges(self) -> dict[str, list[str]]:
        """All bridge tables, events and sessions byte for byte, but for `last_synced`."""
        return self._bytes(*BRIDGES, *FACTS)

    def tutorial_tables(self) -> dict[str, list[str]]:
        """All tables that a sync only reads."""
        return self._bytes(*TUTORIAL_TABLES)

    def _bytes(self, *tables: sa.Table) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {table.fullname: [] for table in tables}
        statement = " union all ".join(_row_texts(table) for table in tables)
        for place, _, text in self.execute(f"{statement} order by 1, 2"):
            found[place].append(text)
        return found

    def open(self, name: str, kind: str | None = None) -> list[Any]:
        """The open discrepancies of an entity, oldest first."""
        table = operations.discrepancies
        statement = sa.select(table).where(table.c.entity == name, table.c.closed_at.is_(None))
        with self.engine.connect() as connection:
            found = list(connection.execute(statement.order_by(table.c.id)))
        return [one for one in found if kind in (None, one.kind)]

    def runs(self, name: str) -> list[Any]:
        """The runs of an entity, oldest first."""
        table = operations.runs
        statement = sa.select(table).where(table.c.entity == name).order_by(table.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(statement))

    def changes(self, result: EntityResult) -> dict[str, Any]:
        """What a sync noted as changed, by external id."""
        table = operations.changes
        statement = sa.select(table).where(table.c.run_id == result.run_id)
        with self.engine.connect() as connection:
            return {row.external_id: row for row in connection.execute(statement)}

    def everything(self) -> dict[str, str]:
        """A digest of all rows of all tables of all schemas."""
        tables = self.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables"
            " where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema') order by 1"
        )
        digests = " union all ".join(
            f"select '{name}',"
            f" md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from {name} t"
            for (name,) in tables
        )
        return dict(self.execute(digests))

    # ------------------------------------------------------------------ disturbing

    @contextmanager
    def schema(self, begin: str, end: str) -> Iterator[None]:
        """Something in the database that is only there for a while."""
        self.execute(begin)
        try:
            yield
        finally:
            self.execute(end)

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[Any]]:
        """A second session, for holding locks and ending others."""
        plain = sa.make_url(self.url).set(drivername="postgresql")
        with psycopg.connect(
            plain.render_as_string(hide_password=False), autocommit=True
        ) as connection:
            yield connection


def received(sandbox: SandboxServer) -> list[str]:
    """What a sandbox was asked, in order."""
    return [call.operation or call.kind for call in sandbox.calls]


def access_to(sandbox: SandboxServer, **other: Any) -> AdministrateAccess:
    """What a client needs to use a sandbox."""
    access = sandbox.access
    known = {
        "api_url": access.api_url,
        "auth_url": access.auth_url,
        "instance_url": None,
        "api_key": access.client_id,
        "api_secret": SecretStr(access.client_secret),
    }
    return AdministrateAccess.model_validate(known | other)


def open_client(access: AdministrateAccess, **options: Any) -> AdministrateClient:
    """A client with small patience."""
    wanted = {"timeout": TIMEOUT, "retry_budget": RETRY_BUDGET, **options}
    return AdministrateClient(access, **wanted)


class Impatience:
    """A clock on which waiting takes no time: whoever waits finds that the time has passed."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def clock(self) -> float:
        """Seconds, those that were waited for included."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._skipped += seconds


def _row_texts(table: sa.Table) -> str:
    """A query of the rows of a table as text: its name, the row's number, the text."""
    text = "(to_jsonb(t) - 'last_synced')::text || ' ' || id"
    if "last_synced" not in table.c:
        text += " || ' ' || t.xmin::text"
    return f"select '{table.fullname}', id::bigint, {text} from {table.fullname} t"


def plainly(value: Any) -> Any:
    """A value as it looks in JSON."""
    return json.loads(json.dumps(value, default=str))


class Keeper:
    """Keeps copies of all tables of a database, and puts them back."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, state: str) -> None:
        """Remember what the tables hold now."""
        copies = [f"create schema {state}"]
        copies += [
            f"create table {_copy(state, table)} as table {table.fullname}"
            for table in metadata.sorted_tables
        ]
        self._run(copies)

    def restore(self, state: str) -> None:
        """Bring all tables back to what they held."""
        ordered = metadata.sorted_tables
        self._run(
            [f"delete from {table.fullname}" for table in reversed(ordered)]
            + [
                f"insert into {table.fullname} overriding system value table {_copy(state, table)}"
                for table in ordered
            ]
        )

    def _run(self, statements: list[str]) -> None:
        with self._engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            driver.execute(";".join(statements))  # type: ignore[arg-type]


def _copy(state: str, table: sa.Table) -> str:
    return f"{state}.{table.schema}_{table.name}"
