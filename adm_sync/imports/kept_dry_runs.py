"""The latest dry run of a kept workbook, as it is looked at later.

What belongs here: reading it. What does not: making one (`dry_runs`), which needs all that an
import needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import dry_runs, locks
from adm_sync.database.states import ImportStatus


@dataclass(frozen=True, slots=True)
class DryRun:
    """The latest dry run of a kept workbook.

    Attributes:
        status: `running`, how it ended, or `interrupted` if whoever made it is gone.
        who: on whose behalf.
        started_at: when.
        options: how far it would change events that are known; None if not at all.
        fingerprint: of its plan.
        result: what `--json` prints, without the findings, which are the workbook's; None if it
            has not come so far.
        message: what went wrong.
    """

    status: str
    who: str
    started_at: datetime
    options: Mapping[str, Any] | None
    fingerprint: str | None
    result: Mapping[str, Any] | None
    message: str


def kept_dry_run(connection: sa.Connection, workbook_id: int, partition: str) -> DryRun | None:
    """The latest dry run of a workbook, if there was one."""
    kept = dry_runs.latest(connection, workbook_id)
    if kept is None:
        return None
    status = kept.status or ""
    if kept.finished_at is None:
        name = lock_name(partition)
        is_running = name in locks.held(connection, [name])
        status = ImportStatus.RUNNING if is_running else ImportStatus.INTERRUPTED
    return DryRun(
        status,
        kept.who,
        kept.started_at,
        kept.update_options,
        kept.fingerprint,
        kept.result,
        kept.message,
    )


def lock_name(partition: str) -> str:
    """Of the lock that tells whether a dry run is still going on."""
    return f"dry run {partition}"
