"""The ids that Administrate gives to events and sessions: whose they are, and storing them.

What belongs here: our own tables and the bridge tables `adm.events` and `adm.sessions`. What does
not: asking for ids, and what follows when two claim the same one (`push`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from adm_sync.database import adm
from adm_sync.database.import_tables import event_sessions, events, steps
from adm_sync.database.recorded import RecordedEvent

# What the bridge tables of events and sessions can hold; ours hold any.
LONGEST_BRIDGE_ID = 50

# The title of an event of Administrate, folded in several ways, and its marks.
Candidate = tuple[Collection[str], Collection[str]]


def is_linked(connection: sa.Connection, external_id: str, except_event: int | None) -> bool:
    """Whether another event of ours, or a bridge row of another event, has this Administrate id."""
    ours = sa.select(events.c.id).where(
        events.c.external_id == external_id,
        events.c.id.is_distinct_from(except_event),
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


def of_others(
    connection: sa.Connection,
    event_id: int | None,
    template_external_id: str,
    starts_at: datetime,
    candidates: Mapping[str, Candidate],
) -> frozenset[str]:
    """Which of these Administrate events belong to another event of ours than this one.

    They do by their id, by the mark of another creation, or by being exactly what another event
    is to become.

    Args:
        connection: to read with.
        event_id: of the event that looks for its own; None if it is not recorded.
        template_external_id: its course template.
        starts_at: its start.
        candidates: id -> (folded titles, marks) of events of its template that start with it.
    """
    marks = [mark for _, marks in candidates.values() for mark in marks]
    others = sa.and_(events.c.id.is_distinct_from(event_id), events.c.undone_at.is_(None))
    marked = sa.select(steps.c.mark).join(events, events.c.id == steps.c.event_id)
    known_marks = set(connection.scalars(marked.where(others, steps.c.mark.in_(marks))))
    titles = sa.select(events.c.title_key).where(
        others,
        events.c.template_external_id == template_external_id,
        events.c.starts_at == starts_at,
    )
    known_titles = set(connection.scalars(titles))
    return frozenset(
        external_id
        for external_id, (folded, marks) in candidates.items()
        if known_titles & set(folded)
        or known_marks & set(marks)
        or is_linked(connection, external_id, event_id)
    )


def note_doubled(
    connection: sa.Connection, event_id: int, external_ids: Collection[str] = ()
) -> None:
    """All Administrate events that are this one; none where it is there once, as it should be."""
    connection.execute(
        sa.update(events).where(events.c.id == event_id).values(doubled=list(external_ids))
    )


def store_event_id(
    connection: sa.Connection,
    event: RecordedEvent,
    external_id: str,
    *,
    adopted: bool,
    now: datetime,
) -> None:
    """The event's Administrate id is known: in our table and in its bridge row."""
    connection.execute(
        sa.update(events)
        .where(events.c.id == event.id)
        .values(external_id=external_id, adopted=adopted, doubled=[])
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
