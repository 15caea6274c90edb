"""Counting what the imports of the demo have come to."""

from collections.abc import Sequence

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.recorded import among


def count_events(connection: sa.Connection) -> tuple[int, int]:
    """How many tutorial events and sessions there are."""
    events, sessions = acted.tutorial_events, acted.tutorial_sessions
    count = sa.func.count()
    return (
        int(connection.scalar(sa.select(count).select_from(events)) or 0),
        int(connection.scalar(sa.select(count).select_from(sessions)) or 0),
    )


def count_linked(connection: sa.Connection, external_ids: Sequence[str]) -> int:
    """How many of these events of Administrate are joined with a tutorial event, each once."""
    table = adm.events
    statement = sa.select(sa.func.count(sa.distinct(table.c.tutorial_event_id))).where(
        among(table.c.external_id, external_ids)
    )
    return int(connection.scalar(statement) or 0)
