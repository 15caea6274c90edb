"""The latest dry run of a kept workbook, as it is looked at later.

What belongs here: reading it. What does not: making one (`dry_runs`), which needs all that an
import needs.
"""

from dataclasses import replace

import sqlalchemy as sa

from adm_sync.database import dry_runs, locks
from adm_sync.database.dry_runs import KeptDryRun
from adm_sync.database.states import ImportStatus


def kept_dry_run(connection: sa.Connection, workbook_id: int, partition: str) -> KeptDryRun | None:
    """The latest dry run of a workbook, if there was one; `interrupted` if its maker is gone."""
    kept = dry_runs.latest(connection, workbook_id)
    if kept is None:
        return None
    if kept.finished_at is not None:
        return kept
    name = lock_name(partition)
    is_running = name in locks.held(connection, [name])
    return replace(kept, status=ImportStatus.RUNNING if is_running else ImportStatus.INTERRUPTED)


def lock_name(partition: str) -> str:
    """Of the lock that tells whether a dry run is still going on."""
    return f"dry run {partition}"
