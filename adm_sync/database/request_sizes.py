"""How many events of one request the tenant was seen to take.

What belongs here: remembering it for a day. What does not: learning it (`push.together`).
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.operations import request_sizes
from adm_sync.database.recorded import NOW

A_DAY = timedelta(days=1)


def remembered(connection: sa.Connection, kind: str) -> int | None:
    """How many of this kind; None if that is not known, or was learned too long ago."""
    statement = sa.select(request_sizes.c.events).where(
        request_sizes.c.kind == kind, request_sizes.c.until > NOW
    )
    return connection.scalar(statement)


def remember(connection: sa.Connection, kind: str, events: int) -> None:
    """So many of this kind; of what two processes learn within a day the smaller holds."""
    learned = insert(request_sizes).values(kind=kind, events=events, until=NOW + A_DAY)
    still_holds = request_sizes.c.until > NOW
    smaller = sa.func.least(request_sizes.c.events, learned.excluded.events)
    connection.execute(
        learned.on_conflict_do_update(
            index_elements=[request_sizes.c.kind],
            set_={
                "events": sa.case((still_holds, smaller), else_=learned.excluded.events),
                "until": learned.excluded.until,
            },
        )
    )
