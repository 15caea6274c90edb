"""The benchmark of the push compares like with like: all contenders make the same events."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.demo import fill_tutorial
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import SyncOptions, sync_entity
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess
from benchmarks.imports import adm_sync_itself, excel_file, floor, replaced_pattern
from benchmarks.imports.company_sandbox import fill
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.imports.rows import courses, workbook_rows
from benchmarks.measuring import DatabaseMeter

EVENTS, SESSIONS = 3, 10
# Events are made several at a time: which is which id is chance.
GIVEN = {"id", "createdAt", "updatedAt", "legacyId", "event"}


@pytest.fixture
def job(engine: sa.Engine, sandbox: SandboxServer, tmp_path: Path) -> ImportJob:
    fill(sandbox.store)
    with engine.begin() as connection:
        fill_tutorial(connection)
    access = sandbox.access
    synced = AdministrateAccess(
        api_url=access.api_url,
        auth_url=access.auth_url,
        instance_url=None,
        api_key=access.client_id,
        api_secret=SecretStr(access.client_secret),
    )
    options = SyncOptions(instance=adm_sync_itself.INSTANCE, who="a test")
    with AdministrateClient(synced) as client:
        for entity in ENTITIES:
            assert sync_entity(entity, engine, client, options).status == "succeeded"
    path = tmp_path / "book.xlsx"
    excel_file.write(path, workbook_rows(courses(EVENTS, SESSIONS)))
    return ImportJob(
        contender="",
        path=str(path),
        database_url=engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        api_url=access.api_url,
        auth_url=access.auth_url,
        api_key=access.client_id,
        api_secret=access.client_secret,
    )


def refilled(sandbox: SandboxServer) -> None:
    """Empty but for the company, whose ids are the same each time."""
    sandbox.store.clear()
    fill(sandbox.store)


def made(sandbox: SandboxServer) -> dict[str, list[dict[str, Any]]]:
    return {
        kind: sorted(
            ({k: v for k, v in one.items() if k not in GIVEN} for one in sandbox.store.all(kind)),
            key=str,
        )
        for kind in ("Event", "Session")
    }


def numbers(run: Imported) -> tuple[int, int]:
    return run.events, run.sessions


def test_the_three_make_the_same_events_with_their_requests(
    job: ImportJob, sandbox: SandboxServer
) -> None:
    left = {}
    for name, run in (
        ("adm_sync", adm_sync_itself.run),
        ("floor", floor.run),
        ("replaced", replaced_pattern.run),
    ):
        refilled(sandbox)
        imported = run(job, DatabaseMeter())
        assert numbers(imported) == (EVENTS, SESSIONS), name
        left[name] = (made(sandbox), imported.stage("push").requests)
    events, requests = zip(*left.values(), strict=True)
    assert events[0] == events[1] == events[2]
    # Each event takes two; adm_sync first reads the schema, and asks three questions of what is
    # there: the templates' codes, these titles, and what starts at these times.
    assert requests == (2 * EVENTS + 4, 2 * EVENTS, EVENTS + 3 * SESSIONS)
