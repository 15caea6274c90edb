"""What imports meet: a sandbox of the fictional company, and a database synced with it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import migrating
from adm_sync.database.engine import create_engine
from adm_sync.demo import fill_tutorial
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import SyncOptions, sync_entity
from adm_sync.settings import AdministrateAccess
from benchmarks import stage
from benchmarks.imports.adm_sync_itself import INSTANCE, WHO
from benchmarks.imports.job import Imported, ImportJob, imported


@contextmanager
def company_sandbox(latency: float) -> Iterator[dict[str, str]]:
    """A sandbox process that no event was made in yet; yields its addresses."""
    command = [sys.executable, "-m", "benchmarks.imports.company_sandbox"]
    with stage.process([*command, "--latency", str(latency)]) as access:
        yield access


@contextmanager
def company_database(server: sa.URL) -> Iterator[None]:
    """A database to copy: the company's tutorial rows, synced with its sandbox."""
    with stage.database(server, stage.TEMPLATE) as url, company_sandbox(0.0) as access:
        engine = create_engine(url)
        migrating.upgrade(engine)
        with engine.begin() as connection:
            fill_tutorial(connection)
        with AdministrateClient(_access(access)) as client:
            for entity in ENTITIES:
                options = SyncOptions(instance=INSTANCE, who=WHO)
                result = sync_entity(entity, engine, client, options)
                if result.status != "succeeded":
                    raise SystemExit(f"{entity.name}: {result.status}. {result.message}")
        engine.dispose()
        stage.settle(url)
        yield


def _access(access: dict[str, str]) -> AdministrateAccess:
    return AdministrateAccess(
        api_url=access["api_url"],
        auth_url=access["auth_url"],
        instance_url=None,
        api_key=access["client_id"],
        api_secret=SecretStr(access["client_secret"]),
    )


def job(contender: str, url: str, access: dict[str, str], **more: Any) -> ImportJob:
    """A job for these addresses."""
    return ImportJob(
        contender=contender,
        database_url=url,
        api_url=access["api_url"],
        auth_url=access["auth_url"],
        api_key=access["client_id"],
        api_secret=access["client_secret"],
        **more,
    )


def run(work: ImportJob) -> Imported:
    """Do the job in a process of its own."""
    return imported(
        stage.in_child(["-m", "benchmarks.imports.child"], json.dumps(asdict(work)), work.contender)
    )
