"""What is old of the project's own records, and was only kept to be read, is removed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.database import retention
from adm_sync.database.import_tables import findings, imports, workbooks
from adm_sync.database.operations import calls, runs
from adm_sync_tests.database.test_tables import run_row

DAYS = 730
NOW = datetime.now(UTC)
OLD, RECENT = NOW - timedelta(days=DAYS + 1), NOW - timedelta(days=DAYS - 1)


def add(engine: sa.Engine, table: sa.Table, **values: Any) -> int:
    with engine.begin() as connection:
        return connection.execute(
            sa.insert(table).values(values).returning(table.c.id)
        ).scalar_one()


def workbook(engine: sa.Engine, name: str, received: datetime, *imported: datetime) -> int:
    """A workbook with two findings, imported at these times."""
    kept = {"partition": name, "file_name": name, "sha256": name, "content": b"", "source": ""}
    number = add(engine, workbooks, **kept, received_at=received)
    for moment in imported:
        told = {"who": "", "status": "partial", "summary": {}, "message": ""}
        add(engine, imports, workbook_id=number, started_at=moment, **told)
    for code in ("differs", "moved"):
        add(engine, findings, workbook_id=number, severity="error", code=code, message="Said.")
    return number


def remove(engine: sa.Engine) -> retention.Removed:
    return retention.remove_old(engine, DAYS, "findings_removed", "Not kept any more.")


def kept(engine: sa.Engine, column: sa.Column[Any]) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(column).order_by(column.table.c.id)))


def test_the_findings_of_an_old_workbook_become_one_that_says_so(engine: sa.Engine) -> None:
    workbook(engine, "old.xlsx", OLD, OLD)
    workbook(engine, "never imported.xlsx", OLD)
    workbook(engine, "imported again.xlsx", OLD, OLD, RECENT)
    assert remove(engine).findings == 4
    assert kept(engine, findings.c.code) == ["differs", "moved", *["findings_removed"] * 2]
    assert len(kept(engine, workbooks.c.id)) == 3
    assert remove(engine) == retention.Removed(0, 0, 0)


def test_old_calls_are_removed_by_and_by(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS_AT_A_TIME", 2)
    told = {"who": "", "document": "", "graphql_query": "", "variables": {}, "errors": []}
    for moment in (OLD, OLD, OLD, RECENT):
        add(engine, calls, **told, failure="", seconds=1.0, started_at=moment)
    assert remove(engine).calls == 3
    assert kept(engine, calls.c.started_at) == [RECENT]


def test_of_each_entity_the_latest_run_and_the_latest_accepted_one_stay(
    engine: sa.Engine,
) -> None:
    for status in ("succeeded", "partial", "failed", "held"):
        add(engine, runs, **{**run_row(), "status": status, "started_at": OLD})
    add(engine, runs, **{**run_row(), "entity": "venues", "status": "failed", "started_at": OLD})
    assert remove(engine).runs == 2
    assert kept(engine, runs.c.status) == ["partial", "held", "failed"]
