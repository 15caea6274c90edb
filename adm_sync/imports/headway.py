"""How far an import that is going on has come, and how long it will still take.

What belongs here: that, from what the database has, so that whoever looks sees it whoever imports,
and wherever. What does not: the bar on a terminal (`cli.import_progress`).
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adm_sync.database import import_overview

# So much has to be done before anybody can say how long the rest takes.
LEAST = 5


@dataclass(frozen=True, slots=True)
class StageReached:
    """One stage of an import, and how much of it is done; `total` 0 if that cannot be said.

    `stage` is one of `options.STAGES`; `seconds_left` is None if nobody can know it.
    """

    stage: str
    done: int
    total: int
    started_at: datetime
    seconds_left: int | None = None


def progress_of(connection: sa.Connection, workbook_id: int) -> StageReached | None:
    """How far the latest import of a workbook has come; None if there was none."""
    now = import_overview.headway(connection, workbook_id)
    if now is None:
        return None
    if now.checked_at is None:
        return StageReached("check", 0, 0, now.started_at)
    if now.recorded < now.to_record:
        left = _left(now.checked_at, now.now, now.recorded, now.to_record - now.recorded)
        return StageReached("record", now.recorded, now.to_record, now.started_at, left)
    total, left = now.steps_done + now.steps_open, None
    if now.first_done_at is not None:
        left = _left(now.first_done_at, now.now, now.steps_done, now.steps_open)
    return StageReached("push", now.steps_done, total, now.started_at, left)


def _left(since: datetime, now: datetime, done: int, rest: int) -> int | None:
    """At the pace so far."""
    if done < LEAST:
        return None
    return round((now - since).total_seconds() / done * rest)
