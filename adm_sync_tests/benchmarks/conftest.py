"""A database and a sandbox of the fictional company, and a workbook to import there."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.demo import fill_tutorial
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import SyncOptions, sync_entity
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess
from benchmarks.imports import adm_sync_itself, excel_file
from benchmarks.imports.company_sandbox import fill
from benchmarks.imports.job import ImportJob
from benchmarks.imports.rows import courses, workbook_rows

EVENTS, SESSIONS = 3, 10


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
