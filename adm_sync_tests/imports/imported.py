"""An import that is already done, for tests of what comes after it; it is no run of Dagster's.

What belongs here: importing a workbook in this process, and a place where that has been done. What
does not: what is expected.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.database.engine import open_database
from adm_sync.demo import fill_store
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.imports.options import ImportListener
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import Settings
from adm_sync.workbook.columns import Column
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Workplace, clear_environment, environment_of
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync_tests.workbooks import TODAY, blended, classroom, lms_only, workbook_bytes

BLENDED, CLASSROOM, ONLINE = "CB1 London 27A-01", "CB3 Bristol 27A-01", "CB1 online 27A"
TITLES = sorted([BLENDED, CLASSROOM, ONLINE])
# What an import makes in Administrate, parents first.
MADE = ("Event", "Session", "Staff")


@contextmanager
def importer(reached: Callable[[str], object] = lambda _point: None) -> Iterator[Importer]:
    """An importer for the settings; `reached` hears of each crash point."""
    settings = Settings.load()
    with (
        open_database(settings) as database,
        open_importer(settings, database, "a test", ImportListener(reached=reached)) as opened,
    ):
        push = replace(opened.options.push, look_ups=(0.2,))
        opened.options = replace(opened.options, today=TODAY, push=push)
        yield opened


def content(*rows: Mapping[Column, object], name: str = "events.xlsx") -> Content:
    """A workbook of these rows."""
    data = workbook_bytes(rows, blank_rows=0, lookup_sheet=False)
    return Content(name, data, hashlib.sha256(data).hexdigest())


@cache
def three_events() -> Content:
    """A workbook of three events; the first has two of the six sessions of its template."""
    return content(*blended(title=BLENDED, sessions=2), *classroom(title=CLASSROOM), lms_only())


def imported(workbook: Content, *, push: bool = True) -> str:
    """Import a workbook, with or without its push; gives the partition."""
    with importer() as opened:
        opened.keep(workbook, "a test")
        opened.check(workbook.partition)
        opened.record(workbook.partition)
        if push:
            opened.push(workbook.partition)
        opened.summary(workbook.partition)
    return workbook.partition


def remote(place: Workplace, title: str) -> dict[str, Any]:
    """The one event of this title in Administrate."""
    (event,) = (one for one in place.sandbox.store.all("Event") if one["title"] == title)
    return event


def remote_titles(place: Workplace) -> list[str]:
    """The titles of all events in Administrate."""
    return sorted(str(one["title"]) for one in place.sandbox.store.all("Event"))


@dataclass(frozen=True)
class Kept:
    """A database to copy in which something was imported, and what that made in Administrate."""

    template: str
    records: tuple[tuple[str, dict[str, Any]], ...]


@contextmanager
def _kept(server: sa.URL, template: str, sandbox: SandboxServer, *, push: bool) -> Iterator[Kept]:
    with fresh_database(server, template) as url:
        sandbox.reset()
        fill_store(sandbox.store)
        with pytest.MonkeyPatch.context() as patch:
            clear_environment(patch)
            for name, value in environment_of(url, sandbox).items():
                patch.setenv(name.upper(), value)
            imported(three_events(), push=push)
        records = [
            (kind, {name: value for name, value in record.items() if name != "__typename"})
            for kind in MADE
            for record in sandbox.store.all(kind)
        ]
        sandbox.reset()
        yield Kept(sa.make_url(url).database or "", tuple(records))


@pytest.fixture(scope="session")
def _imported_template(
    database_server: sa.URL, _synced_template: str, sandbox_server: SandboxServer
) -> Iterator[Kept]:
    with _kept(database_server, _synced_template, sandbox_server, push=True) as kept:
        yield kept


@pytest.fixture(scope="session")
def _recorded_template(
    database_server: sa.URL, _synced_template: str, sandbox_server: SandboxServer
) -> Iterator[Kept]:
    with _kept(database_server, _synced_template, sandbox_server, push=False) as kept:
        yield kept


@pytest.fixture
def done(_imported_template: Kept, _opener: Any) -> Iterator[Workplace]:
    """A place where the three events are imported, and are in Administrate."""
    with _opener.open(_imported_template.template) as place:
        for kind, fields in _imported_template.records:
            place.sandbox.store.add(kind, **fields)
        yield place


@pytest.fixture
def waiting(_recorded_template: Kept, _opener: Any) -> Iterator[Workplace]:
    """A place where the three events are recorded, and not yet in Administrate."""
    with _opener.open(_recorded_template.template) as place:
        yield place
