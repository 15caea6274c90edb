"""Dry runs of workbooks that are kept, whose results are kept with them.

What belongs here: making one. What does not: what an import would do (`importing`), a dry run of a
file, which keeps nothing, and reading it later (`kept_dry_runs`).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from adm_sync.database import dry_runs, locks
from adm_sync.database.engine import database_errors
from adm_sync.database.states import ImportStatus
from adm_sync.errors import DatabaseError
from adm_sync.imports.agreed import differences
from adm_sync.imports.importing import Importer
from adm_sync.imports.keeping import keep_findings, kept_findings
from adm_sync.imports.kept_dry_runs import lock_name
from adm_sync.imports.summary import ImportSummary, ending_of
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.imports.uploads import note_news
from adm_sync.workbook.findings import Finding, WorkbookRefused


def rehearse(
    importer: Importer,
    partition: str,
    sheet: str | None = None,
    update: UpdateOptions | None = None,
) -> ImportSummary:
    """What an import of a kept workbook would do; that is kept, and nothing else is written.

    Raises:
        WorkbookRefused: the file as a whole; the finding is kept.
        SyncBusy: the same is going on, or an import of it.
    """
    workbook_id, content, chosen = importer.kept(partition)
    engine = importer.database.engine
    with (
        importer.holding.for_a_while(partition),
        locks.exclusive(engine, lock_name(partition)),
    ):
        _begin(importer, workbook_id, update)
        try:
            summary = importer.rehearsal(content, sheet or chosen, update)
        except WorkbookRefused as refusal:
            _keep_failure(engine, workbook_id, ImportStatus.FAILED, str(refusal), refusal.finding)
            raise
        except BaseException as error:
            with suppress(DatabaseError):
                _keep_failure(engine, workbook_id, *ending_of(error))
            raise
        _keep(engine, workbook_id, summary, {})
    return summary


def keep_moved(
    importer: Importer,
    partition: str,
    summary: ImportSummary,
    agreed: str,
    update: UpdateOptions | None,
) -> list[dict[str, Any]]:
    """Keep the plan that was found instead of the one that was agreed to; gives what differs."""
    workbook_id, _, _ = importer.kept(partition)
    engine = importer.database.engine
    with importer.holding.for_a_while(partition):
        with database_errors(), engine.connect() as connection:
            before = dry_runs.latest(connection, workbook_id)
            found = [one.as_json() for one in kept_findings(connection, workbook_id)]
        differ = []
        if before is not None and before.result is not None and before.fingerprint == agreed:
            was = {"plan": before.result["plan"], "findings": found}
            differ = [asdict(one) for one in differences(was, summary.as_json())]
        _begin(importer, workbook_id, update)
        _keep(engine, workbook_id, summary, {"moved": True, "differences": differ})
    return differ


def _begin(importer: Importer, workbook_id: int, update: UpdateOptions | None) -> None:
    given = update.as_json() if update else None
    with database_errors(), importer.database.engine.begin() as connection:
        dry_runs.begin(connection, workbook_id, importer.options.who, given)


def _keep(
    engine: sa.Engine, workbook_id: int, summary: ImportSummary, more: Mapping[str, Any]
) -> None:
    result = {**summary.as_json(), **more}
    del result["findings"]
    with database_errors(), engine.begin() as connection:
        keep_findings(connection, workbook_id, summary.findings)
        status, fingerprint = summary.status, summary.fingerprint
        dry_runs.end(connection, workbook_id, status, fingerprint, result, summary.message)
        note_news(connection, workbook_id, summary.contact)


def _keep_failure(
    engine: sa.Engine, workbook_id: int, status: str, message: str, *found: Finding
) -> None:
    with database_errors(), engine.begin() as connection:
        if found:
            keep_findings(connection, workbook_id, found)
        dry_runs.end(connection, workbook_id, status, None, None, message)
        note_news(connection, workbook_id, "")
