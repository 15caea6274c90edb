"""A company that is synced, to import workbooks into: its database, its tenant, and an importer.

What belongs here: importing, and looking at what came of it on both sides. What does not: what is
expected.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from adm_sync.database.engine import Database, create_engine
from adm_sync.demo import fill_store
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.imports.options import ImportListener
from adm_sync.imports.summary import ImportSummary
from adm_sync.sandbox import SandboxServer, Store
from adm_sync.settings import Settings
from adm_sync.workbook.columns import Column
from adm_sync.workbook.sheet import Content
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync_tests.workbooks import TODAY, workbook_bytes

Rows = Iterable[Mapping[Column, object]]
MUTATION = "mutation"


@dataclass
class Office:
    """Where workbooks are imported."""

    engine: sa.Engine
    sandbox: SandboxServer
    importer: Importer
    remarks: list[str] = field(default_factory=list)

    def content(self, workbook: bytes | Rows, name: str = "events.xlsx") -> Content:
        """A workbook as it arrives."""
        data = workbook if isinstance(workbook, bytes) else workbook_bytes(workbook)
        return Content(name, data, hashlib.sha256(data).hexdigest())

    def import_(self, workbook: bytes | Rows, name: str = "events.xlsx") -> ImportSummary:
        """Import a workbook, all stages of it."""
        content = self.content(workbook, name)
        self.importer.keep(content, "a test")
        return self.run(content.partition)

    def run(self, partition: str) -> ImportSummary:
        """Run the stages of a kept workbook."""
        self.importer.check(partition)
        self.importer.record(partition)
        self.importer.push(partition)
        self.importer.report(partition)
        return self.importer.summary(partition)

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What a query gives."""
        with self.engine.connect() as connection:
            found = connection.execute(sa.text(statement), values)
            return [dict(row) for row in found.mappings()]

    def tutorial_event(self, code: str) -> dict[str, Any]:
        """The tutorial event of a code; it must be there once."""
        (row,) = self.rows("select * from acted.tutorial_events where code = :code", code=code)
        return row

    def tutorial_sessions(self, event_id: int) -> list[dict[str, Any]]:
        """Its sessions in order."""
        return self.rows(
            "select * from acted.tutorial_sessions where tutorial_event_id = :id order by sequence",
            id=event_id,
        )

    def remote(self, title: str) -> dict[str, Any]:
        """The event of Administrate of a title; it must be there once."""
        (found,) = self.remotes(title)
        return found

    def remotes(self, title: str) -> list[dict[str, Any]]:
        """All events of Administrate of a title."""
        return [e for e in self.sandbox.store.all("Event") if e["title"] == title]

    def remote_sessions(self, event_id: str) -> list[dict[str, Any]]:
        """The sessions of an event of Administrate, by start."""
        found = self.sandbox.store.children("Session", "event", event_id)
        return sorted(found, key=lambda session: session["start"])

    def mutations(self, field_name: str = "") -> list[Any]:
        """The mutations that Administrate received, or those of one field."""
        return [
            call
            for call in self.sandbox.calls
            if call.kind == MUTATION and any(field_name in root for root in call.root_fields)
        ]

    def counts(self) -> dict[str, int]:
        """How much there is on both sides, for telling that nothing changed."""
        tables = (
            "acted.tutorial_events",
            "acted.tutorial_sessions",
            "acted.tutorial_session_instructors",
            "adm.events",
            "adm.sessions",
            "adm_sync.steps",
        )
        here = {t: self.rows(f"select count(*) as n from {t}")[0]["n"] for t in tables}
        there = {t: len(self.sandbox.store.all(t)) for t in ("Event", "Session", "Staff")}
        return {**here, **there, "mutations": len(self.mutations())}


@contextmanager
def open_office(server: sa.URL, template: str, folder: Path, **settings: Any) -> Iterator[Office]:
    """An office of its own, on a copy of a synced database and with a tenant of its own.

    Args:
        server: where the database is made.
        template: the database that is copied.
        folder: the home.
        settings: that differ, by their names.
    """
    store = Store()
    fill_store(store)
    remarks: list[str] = []
    with fresh_database(server, template) as url, SandboxServer(store) as sandbox:
        engine = create_engine(url)
        access = sandbox.access
        given = Settings(
            administrate_api_url=access.api_url,
            administrate_auth_url=access.auth_url,
            administrate_api_key=access.client_id,
            administrate_api_secret=SecretStr(access.client_secret),
            adm_sync_home=folder,
            adm_sync_rate_limit=0,
            adm_sync_retry_budget_seconds=0.2,
            adm_sync_push_look_ups="0.05",
            adm_sync_push_retry_seconds=0.05,
        ).model_copy(update=settings)
        database = Database(engine, url, embedded=False)
        listener = ImportListener(remark=remarks.append)
        with open_importer(given, database, "a test", listener) as importer:
            importer.options = _on(importer.options)
            yield Office(engine, sandbox, importer, remarks)
        engine.dispose()


def _on(options: Any) -> Any:

    return replace(options, today=TODAY)
