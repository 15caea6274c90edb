"""The ids that Administrate gives to events and sessions: whose they are, and storing them.

What belongs here: our own tables and the bridge tables `adm.events` and `adm.sessions`. What does
not: asking for ids, and what follows when two claim the same one (`push`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import adm
from adm_sync.database.import_tables import event_sessions, events

# What the bridge tables of events and sessions can hold; ours hold any.
LONGEST_BRIDGE_ID = 50


def is_linked(connection: sa.Connection, external_id: str, except_event: int) -> bool:
    """Whether another event of ours, or a bridge row of another event, has this Administrate id."""
    ours = sa.select(events.c.id).where(
        events.c.external_id == external_id,
        events.c.id != except_event,
        events.c.undone_at.is_(None),
    )
    own_bridge = sa.select(events.c.adm_event_id).where(events.c.id == except_event)
    bridge = sa.select(adm.events.c.id).where(
        adm.events.c.external_id == external_id,
        adm.events.c.id.not_in(own_bridge.where(events.c.adm_event_id.is_not(None))),
    )
    return (
        connection.scalar(ours.limit(1)) is not None
        or connection.scalar(bridge.limit(1)) is not None
    )


def store_event_id(
    connection: sa.Connection,
    event: sa.Row[Any],
    external_id: str,
    *,
    adopted: bool,
    now: datetime,
) -> None:
    """The event's Administrate id is known: in our table and in its bridge row."""
    connection.execute(
        sa.update(events)
        .where(events.c.id == event.id)
        .values(external_id=external_id, adopted=adopted)
    )
    if len(external_id) <= LONGEST_BRIDGE_ID:
        connection.execute(
            sa.update(adm.events)
            .where(adm.events.c.id == event.adm_event_id)
            .values(external_id=external_id, updated_at=now)
        )


def store_session_ids(
    connection: sa.Connection, external_ids: Mapping[int, str], now: datetime
) -> None:
    """The Administrate ids of sessions, by the ids of our rows.

    A bridge row gets its id unless another bridge row has it.
    """
    row = sa.bindparam("row", type_=sa.BigInteger)
    external = sa.bindparam("external", type_=sa.Text)
    ours = sa.update(event_sessions).where(event_sessions.c.id == row)
    other = adm.sessions.alias("other")
    bridge = sa.update(adm.sessions).where(
        adm.sessions.c.id
        == sa.select(event_sessions.c.adm_session_id)
        .where(event_sessions.c.id == row)
        .scalar_subquery(),
        ~sa.exists().where(other.c.external_id == external),
    )
    for change, longest in (
        (ours.values(external_id=external), None),
        (bridge.values(external_id=external, updated_at=now), LONGEST_BRIDGE_ID),
    ):
        given = [
            {"row": session, "external": given}
            for session, given in external_ids.items()
            if longest is None or len(given) <= longest
        ]
        if given:
            connection.execute(change, given)
