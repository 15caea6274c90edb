"""How imports stand now, for a list of them; a push since may have done what was open then.

What belongs here: the statements. What does not: what is kept of each import (`import_journal`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adm_sync.database.import_tables import event_groups, events, steps
from adm_sync.database.steps import OPEN


@dataclass(frozen=True, slots=True)
class Standing:
    """How many events that a workbook names wait, failed, or are undone."""

    pending: int = 0
    failed: int = 0
    undone: int = 0


def standings(connection: sa.Connection, workbook_ids: Sequence[int]) -> dict[int, Standing]:
    """How the events that these workbooks name stand, by workbook."""
    waits = sa.exists().where(steps.c.event_id == events.c.id, steps.c.state.in_(OPEN))
    failed = sa.exists().where(steps.c.event_id == events.c.id, steps.c.state == "failed")
    stands = events.c.undone_at.is_(None)
    statement: sa.Select[Any] = (
        sa.select(
            event_groups.c.workbook_id,
            sa.func.count().filter(stands, waits, sa.not_(failed)),
            sa.func.count().filter(stands, failed),
            sa.func.count().filter(sa.not_(stands)),
        )
        .join(events, events.c.id == event_groups.c.event_id)
        .where(event_groups.c.workbook_id.in_(workbook_ids))
        .group_by(event_groups.c.workbook_id)
    )
    return {row[0]: Standing(*row[1:]) for row in connection.execute(statement)}
