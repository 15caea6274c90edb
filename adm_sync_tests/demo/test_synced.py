"""A real sync of the fictional company reports what was planted, and so does its workbook."""

from datetime import date

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.demo import PLANTED, fill_store, fill_tutorial
from adm_sync.demo.schedule import planned
from adm_sync.demo.workbook import MISTAKES, demo_workbook
from adm_sync.imports.referable import load
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import SyncOptions, sync_entity
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess
from adm_sync.workbook.checking import check
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.resolving import resolve
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import find_table


def resolved_demo(engine: sa.Engine, *, corrected: bool) -> tuple[set[tuple[str, str]], set[str]]:
    """(code, title of the event) of all findings, and the titles of the events that are left."""
    content = Content("demo.xlsx", demo_workbook(corrected=corrected), "")
    table = find_table(assemble(content, messages(content.name, content.data, 25, 1_000)))
    checked = check(table, today=date(2026, 11, 21))
    with engine.connect() as connection:
        resolved = resolve(checked.groups, table, load(connection))
    titles = {row: group.title for group in resolved.groups for row in group.rows}
    found = (*checked.findings, *resolved.findings)
    left = {event.event.title for event in resolved.events}
    return {(finding.code, titles[finding.row or 0]) for finding in found}, left


def test_a_sync_and_then_the_workbook_report_exactly_what_was_planted(
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
    assert [result.status for result in results] == ["succeeded"] * len(ENTITIES)
    assert reported == {(each.entity, each.kind, each.label) for each in PLANTED}
    every_title = {event.title for event in planned()}
    for corrected in (False, True):
        found, left = resolved_demo(engine, corrected=corrected)
        there = [each for each in MISTAKES if not corrected or each.effect != "rejected"]
        assert found == {(each.code, each.title) for each in there}
        assert left == every_title - {each.title for each in there if each.effect != "accepted"}
