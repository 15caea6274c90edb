"""A real sync of the fictional company reports what was planted, and nothing else."""

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.demo import PLANTED, fill_store, fill_tutorial
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import SyncOptions, sync_entity
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess


def test_a_sync_reports_exactly_what_was_planted(
    engine: sa.Engine, sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill_store(sandbox.store)
    with engine.begin() as connection:
        fill_tutorial(connection)
    options = SyncOptions(instance="the fictional company")
    with AdministrateClient(sandbox_access) as client:
        results = [sync_entity(entity, engine, client, options) for entity in ENTITIES]
    reported = {
        (result.entity, found.kind, found.label)
        for result in results
        for found in result.discrepancies
    }
    assert [result.status for result in results] == ["succeeded"] * 7
    assert reported == {(each.entity, each.kind, each.label) for each in PLANTED}
