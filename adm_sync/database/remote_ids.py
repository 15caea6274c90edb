"""The ids that Administrate gives to events and sessions: whose they are, and storing them.

What belongs here: our own tables and the bridge tables `adm.events` and `adm.sessions`. What does
not: asking for ids, and what follows when two claim the same one (`push`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from adm_sync.database import adm
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_sessions, events, steps
from adm_sync.database.recorded import NOW, RecordedEvent
from adm_sync.database.states import FOR_A_PERSON, StepKind, StepState
from adm_sync.database.steps import noted

# What the bridge tables of events and sessions can hold; ours hold any.
LONGEST_BRIDGE_ID = 50
# What a creation does not do, and has to be done for each event that is linked.
TO_BE_DONE_ANEW = (
    *(StepKind.UPDATE_SESSION, StepKind.ADD_SESSION_STAFF, StepKind.ADD_EVENT_STAFF),
    *(StepKind.CHANGE_EVENT, StepKind.CHANGE_SESSION, StepKind.CHANGE_STAFF),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event of Administrate, by what tells whose it is: `titles` is one, folded several ways."""

    titles: Collection[str]
    starts: Collection[datetime]
    marks: Collection[str]


def is_linked(connection: sa.Connection, external_id: str, except_event: int | None) -> bool:
    """Whether another event of ours, or a bridge row of another event, has this Administrate id."""
    return bool(connection.scalar(sa.select(_linked(external_id, except_event))))


def _linked(
    external_id: str | sa.BindParameter[str], except_event: int | sa.BindParameter[int] | None
) -> sa.ColumnElement[bool]:
    other = events.alias("other")
    ours = sa.exists().where(
        other.c.external_id == external_id,
        other.c.id.is_distinct_from(except_event),
        other.c.undone_at.is_(None),
    )
    own = sa.select(other.c.adm_event_id).where(other.c.id == except_event).scalar_subquery()
    bridge = sa.exists().where(
        adm.events.c.external_id == external_id, adm.events.c.id.is_distinct_from(own)
    )
    return sa.or_(ours, bridge.correlate(None))


def of_others(
    connection: sa.Connection,
    event_id: int | None,
    template_external_id: str,
    candidates: Mapping[str, Candidate],
) -> frozenset[str]:
    """Which of these Administrate events belong to another event of ours than this one.

    They do by their id, by the mark of another creation, or by being exactly what another event
    is to become.

    Args:
        connection: to read with.
        event_id: of the event that looks for its own; None if it is not recorded.
        template_external_id: its course template.
        candidates: by id, events of its template that may be it.
    """
    marks = [mark for one in candidates.values() for mark in one.marks]
    starts = [start for one in candidates.values() for start in one.starts]
    others = sa.and_(events.c.id.is_distinct_from(event_id), events.c.undone_at.is_(None))
    marked = sa.select(steps.c.mark).join(events, events.c.id == steps.c.event_id)
    known_marks = set(connection.scalars(marked.where(others, steps.c.mark.in_(marks))))
    titles = sa.select(events.c.title_key, events.c.starts_at).where(
        others,
        events.c.template_external_id == template_external_id,
        events.c.starts_at.in_(starts),
    )
    known = {(row.title_key, row.starts_at) for row in connection.execute(titles)}
    return frozenset(
        external_id
        for external_id, one in candidates.items()
        if any((title, start) in known for title in one.titles for start in one.starts)
        or known_marks & set(one.marks)
        or is_linked(connection, external_id, event_id)
    )


def note_doubled(
    connection: sa.Connection, event_id: int, external_ids: Collection[str] = ()
) -> None:
    """All Administrate events that are this one; none where it is there once, as it should be."""
    connection.execute(
        sa.update(events).where(events.c.id == event_id).values(doubled=list(external_ids))
    )


def note_asked(connection: sa.Connection, event_id: int, external_ids: Collection[str]) -> None:
    """A person is asked whether these Administrate events are this one; once is enough."""
    asked = sa.bindparam("asked", list(external_ids), sa.ARRAY(sa.Text))
    every = sa.func.unnest(events.c.asked_about.concat(asked)).column_valued("every")
    each_once = sa.func.array(sa.select(every).distinct().order_by(every).scalar_subquery())
    connection.execute(
        sa.update(events).where(events.c.id == event_id).values(asked_about=each_once)
    )


def store_event_id(
    connection: sa.Connection,
    event: RecordedEvent,
    step_id: int,
    external_id: str,
    message: str,
    *,
    adopted: bool,
    now: datetime,
) -> bool:
    """The event's Administrate id is known: in our table, in its bridge row, and by its step.

    Returns:
        False if it belongs to another event, and nothing was written.
    """
    given = {
        "event": event.id,
        "found": external_id,
        "has_adopted": adopted,
        "now": now,
        "step": step_id,
        "told": storable(connection, message),
    }
    return connection.scalar(_storing_event_id(), given) is not None


@cache
def _storing_event_id() -> sa.Executable:
    """Put together once: each new event needs it, and it takes longer than PostgreSQL does."""
    event: sa.BindParameter[int] = sa.bindparam("event", type_=sa.BigInteger)
    found: sa.BindParameter[str] = sa.bindparam("found", type_=sa.Text)
    ours = (
        sa.update(events)
        .where(events.c.id == event, sa.not_(_linked(found, event)))
        .values(external_id=found, adopted=sa.bindparam("has_adopted"), doubled=[])
        .returning(events.c.id, events.c.adm_event_id, events.c.external_id)
        .cte("ours")
    )
    bridge = (
        sa.update(adm.events)
        .where(
            adm.events.c.id == ours.c.adm_event_id,
            sa.func.length(ours.c.external_id) <= LONGEST_BRIDGE_ID,
        )
        .values(external_id=ours.c.external_id, updated_at=sa.bindparam("now"))
        .cte("bridge")
    )
    return (
        sa.update(steps)
        .where(steps.c.id == sa.bindparam("step"), steps.c.event_id == ours.c.id)
        .values(noted(StepState.DONE, sa.bindparam("told")))
        .returning(steps.c.id)
        .add_cte(bridge)
    )


def begin_anew(connection: sa.Connection, event_id: int) -> None:
    """Of the event that is linked now nothing is done in Administrate but its creation.

    What the workbook had cancelled or removed is left alone: nobody has said that of this one.
    """
    own = event_sessions.c.event_id == event_id
    bridged = sa.select(event_sessions.c.adm_session_id).where(own)
    connection.execute(
        sa.update(adm.sessions).where(adm.sessions.c.id.in_(bridged)).values(external_id=None)
    )
    connection.execute(sa.update(event_sessions).where(own).values(external_id=None))
    connection.execute(
        sa.update(steps)
        .where(
            steps.c.event_id == event_id,
            steps.c.kind.in_(TO_BE_DONE_ANEW),
            steps.c.state.in_((StepState.DONE, *FOR_A_PERSON)),
        )
        .values(state=StepState.PENDING, attempts=0, due_at=NOW, message="")
    )


def store_session_ids(
    connection: sa.Connection, external_ids: Mapping[int, str], now: datetime
) -> None:
    """The Administrate ids of sessions, by the ids of our rows.

    A bridge row gets its id unless another bridge row has it.
    """
    if external_ids:
        given = {"ids": list(external_ids), "texts": list(external_ids.values()), "now": now}
        connection.execute(_storing_session_ids(), given)


@cache
def _storing_session_ids() -> sa.Executable:
    ids = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
    texts = sa.bindparam("texts", type_=sa.ARRAY(sa.Text))
    pairs = sa.func.unnest(ids, texts).table_valued("row", "external_id")
    given = pairs.render_derived(name="given")
    ours = (
        sa.update(event_sessions)
        .where(event_sessions.c.id == given.c.row)
        .values(external_id=given.c.external_id)
        .returning(event_sessions.c.adm_session_id, event_sessions.c.external_id)
        .cte("ours")
    )
    other = adm.sessions.alias("other")
    return (
        sa.update(adm.sessions)
        .where(
            adm.sessions.c.id == ours.c.adm_session_id,
            sa.func.length(ours.c.external_id) <= LONGEST_BRIDGE_ID,
            ~sa.exists().where(other.c.external_id == ours.c.external_id),
        )
        .values(external_id=ours.c.external_id, updated_at=sa.bindparam("now"))
    )
