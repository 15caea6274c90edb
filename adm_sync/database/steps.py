"""The steps still to be pushed: claiming an event's, and noting what became of them.

Those that each event needs are put together once: that takes longer than PostgreSQL takes for them.

What belongs here: the statements about one event. What does not: those about many at once
(`open_steps`), the ids that Administrate gives (`remote_ids`),
what a step means, and sending it (`push`).

An event is claimed as a whole, by a lease on its row. The holder is named by the number of an
advisory lock that its process holds: when the process dies the lock is free, and the lease is
void at once; when the process hangs, the lease expires. Whoever has lost the lease can neither
send (`holds`) nor note anything (every update names the holder).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_groups, event_sessions, events, steps
from adm_sync.database.recorded import (
    NOW,
    RecordedEvent,
    RecordedSession,
    Step,
    all_as,
    among,
    columns_of,
)
from adm_sync.database.states import StepKind, StepState
from adm_sync.errors import DatabaseUnreachable

OPEN = (StepState.PENDING, StepState.SENDING, StepState.UNKNOWN, StepState.RETRY)
# Those of them that no process is at work on.
WAITING = (StepState.PENDING, StepState.RETRY, StepState.UNKNOWN)
# When a creation that was sent again is looked at again.
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def _is_open(step: sa.FromClause) -> sa.ColumnElement[bool]:
    # Written out, so that PostgreSQL can use the index of these for a prepared statement too.
    return step.c.state.in_([sa.literal_column(f"'{state}'") for state in OPEN])


IS_OPEN = _is_open(steps)
# Of an event that stands: taking it back was begun, and whoever did that did not end it.
IS_BROKEN_OFF = sa.and_(steps.c.kind == StepKind.CREATE_EVENT, steps.c.state == StepState.UNDONE)

_HOLDER_LIVES: sa.ColumnElement[bool] = sa.literal_column(
    """
    exists (
        select from pg_catalog.pg_locks
        where locktype = 'advisory' and granted and objsubid = 1
            and database = (select oid from pg_catalog.pg_database
                            where datname = current_database())
            and ((classid::bigint << 32) | objid::bigint)::text = adm_sync.events.lease_holder
    )
    """,
    sa.Boolean,
)


NOT_SENT = "Another process may have taken over what was to be sent, so nothing was sent here."


class LeaseLost(DatabaseUnreachable):
    """Another process may have taken over what this one was pushing."""


def claim_events(
    connection: sa.Connection,
    holder: int,
    lease_seconds: float,
    workbook_id: int | None,
    passed: Collection[int] = (),
    most: int = 1,
) -> list[RecordedEvent]:
    """Take events that have a step due and that nobody else has, the oldest first.

    Args:
        connection: in a transaction of its own, which is to be committed at once.
        holder: the number of the advisory lock that this process holds.
        lease_seconds: how long without a sign of life until others may take it over.
        workbook_id: only this workbook's events; of all if None.
        passed: ids of events that are not to be taken again.
        most: how many.
    """
    given = {
        "holder": str(holder),
        "lasting": lease_seconds,
        "passed": list(passed),
        "most": most,
        **({} if workbook_id is None else {"workbook": workbook_id}),
    }
    claiming = _claiming(of_one_workbook=workbook_id is not None)
    claimed = all_as(connection, RecordedEvent, claiming, given)
    return sorted(claimed, key=lambda event: event.id)


@cache
def _claiming(*, of_one_workbook: bool) -> sa.Executable:
    passed = sa.select(sa.func.unnest(sa.bindparam("passed", type_=sa.ARRAY(sa.BigInteger))))
    # Written out: if PostgreSQL does not know how many, it makes a new plan for each claim, which
    # takes longer than the claim.
    most: sa.BindParameter[int] = sa.bindparam("most", type_=sa.Integer, literal_execute=True)
    workbook = _is_of_workbook() if of_one_workbook else sa.true()
    # Of its steps, so that no event is looked up for each of those of the passed ones.
    can_be_taken = sa.and_(_claimable(), workbook, steps.c.event_id.not_in(passed))
    found = sa.select(events.c.id).join(steps, steps.c.event_id == events.c.id).where(can_be_taken)
    # In the order of an index that has only such steps, so that the first are found at once.
    first = found.order_by(steps.c.event_id).with_for_update(of=events, skip_locked=True)
    is_due, is_to_be_looked_at = _reasons(steps, events)
    earlier = steps.alias("earlier")
    is_first = ~sa.exists().where(
        earlier.c.event_id == steps.c.event_id,
        earlier.c.position < steps.c.position,
        _reasons(earlier, events)[0],
    )
    due = first.where(is_due, is_first).limit(most).cte("due")
    left = most - sa.select(sa.func.count()).select_from(due).scalar_subquery()
    again = first.where(is_to_be_looked_at).limit(left).cte("again")
    return (
        sa.update(events)
        .where(events.c.id.in_(sa.select(due.c.id).union_all(sa.select(again.c.id))))
        .values(lease_holder=_HOLDER, lease_until=in_seconds(_LASTING))
        .returning(events)
    )


def _is_of_workbook() -> sa.ColumnElement[bool]:
    """As `of_workbook`, for events that are looked at one after the other until one is found."""
    workbook_id: sa.BindParameter[int] = sa.bindparam("workbook", type_=sa.BigInteger)
    named = sa.exists().where(
        event_groups.c.workbook_id == workbook_id, event_groups.c.event_id == events.c.id
    )
    return sa.or_(events.c.workbook_id == workbook_id, named)


def _claimable() -> sa.ColumnElement[bool]:
    free = sa.or_(
        events.c.lease_holder.is_(None), events.c.lease_until <= NOW, sa.not_(_HOLDER_LIVES)
    )
    return sa.and_(events.c.undone_at.is_(None), free)


def has_due_step() -> sa.ColumnElement[bool]:
    """Whether the event has a step that is due."""
    owner = events.alias("owner")
    of_owner = sa.select(steps.c.event_id).join(owner, owner.c.id == steps.c.event_id)
    return events.c.id.in_(sa.union_all(*(of_owner.where(one) for one in _reasons(steps, owner))))


def _reasons(
    step: sa.FromClause, owner: sa.FromClause
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Why a step of an event is due: it is still to be done, or to be looked at again.

    Until the event has an Administrate id, only its creation can be done.
    """
    can_be_done = sa.or_(step.c.kind == StepKind.CREATE_EVENT, owner.c.external_id.is_not(None))
    # Written out as in the index of these, so that PostgreSQL can use it.
    is_done = step.c.state == sa.literal_column("'done'")
    again = sa.and_(is_done, step.c.look_again_at.is_not(None), step.c.look_again_at <= NOW)
    return sa.and_(_is_open(step), step.c.due_at <= NOW, can_be_done), again


def of_workbook(
    workbook_id: int | sa.ColumnElement[int] | None,
) -> sa.ColumnElement[bool]:
    """The events that a workbook names, whichever workbook brought them first."""
    if workbook_id is None:
        return sa.true()
    # As a list of them: if each event is asked for the one and the other, all that there ever were
    # are read.
    brought, named = events.alias("brought"), event_groups
    return events.c.id.in_(
        sa.union_all(
            sa.select(brought.c.id).where(brought.c.workbook_id == workbook_id),
            sa.select(named.c.event_id).where(named.c.workbook_id == workbook_id),
        )
    )


def in_seconds(seconds: float | sa.BindParameter[float]) -> sa.ColumnElement[datetime]:
    """So many seconds from now, by the database's clock."""
    return NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def holds(connection: sa.Connection, event_ids: Collection[int], holder: int) -> bool:
    """Whether the leases are all still this process's own, by the database's clock and locks."""
    return connection.scalar(_HELD, _owned(event_ids, holder)) == len(event_ids)


def _owned(event_ids: Collection[int], holder: int) -> dict[str, Any]:
    return {"among": list(event_ids), "holder": str(holder)}


def keep(
    connection: sa.Connection, event_ids: Collection[int], holder: int, lease_seconds: float
) -> None:
    """A sign of life; to be called first in each transaction that notes something.

    Raises:
        LeaseLost: another process may be at work on one of the events by now.
    """
    given = {**_owned(event_ids, holder), "lasting": lease_seconds}
    if len(connection.execute(_KEPT, given).all()) < len(event_ids):
        raise LeaseLost(
            "Another process has taken over what was being pushed. Nothing more was written for "
            "it here."
        )


def let_go(connection: sa.Connection, event_ids: Collection[int], holder: int) -> None:
    """Give events back."""
    connection.execute(_LET_GO, _owned(event_ids, holder))


def steps_of(connection: sa.Connection, event_id: int) -> list[Step]:
    """All steps of an event in order, each with its session's day and Administrate id."""
    return all_as(connection, Step, _STEPS, {"event": event_id})


def sessions_of(connection: sa.Connection, event_id: int) -> list[RecordedSession]:
    """The sessions of an event by day."""
    return all_as(connection, RecordedSession, _SESSIONS, {"event": event_id})


def start_sending(
    connection: sa.Connection,
    event_ids: Collection[int],
    holder: int,
    lease_seconds: float,
    step_ids: Sequence[int],
    marks: Sequence[str | None] = (),
) -> None:
    """These steps are about to be sent, if the events are still this process's own.

    One more attempt each. A creation keeps the mark that it has, and one that is sent again is
    looked at again later.

    Raises:
        LeaseLost: not all of them are, and nothing is noted.
    """
    kept = _KEPT.where(_HOLDER_LIVES).cte("kept")
    count = sa.select(sa.func.count()).select_from(kept).scalar_subquery()
    given = {one: sa.cast(mark, sa.Text) for one, mark in zip(step_ids, marks, strict=False)}
    mark = sa.case(given, value=steps.c.id) if given else sa.null()
    # The same instant in all columns: that is how a first sending is known.
    now = sa.func.statement_timestamp()
    is_again = sa.and_(steps.c.kind == StepKind.CREATE_EVENT, steps.c.first_sent_at.is_not(None))
    sending = (
        sa.update(steps)
        .where(among(steps.c.id, step_ids), count == len(event_ids))
        .values(
            state=StepState.SENDING,
            attempts=steps.c.attempts + 1,
            sent_at=now,
            first_sent_at=sa.func.coalesce(steps.c.first_sent_at, now),
            mark=sa.func.coalesce(steps.c.mark, mark),
            look_again_at=sa.case((is_again, now + AN_HOUR), else_=steps.c.look_again_at),
        )
        .returning(steps.c.id)
    )
    given_for_all = {**_owned(event_ids, holder), "lasting": lease_seconds}
    if not connection.scalars(sending, given_for_all).all():
        raise LeaseLost(NOT_SENT)


def set_state(
    connection: sa.Connection,
    step_ids: Sequence[int],
    state: StepState,
    message: str = "",
    *,
    due_in: float = 0.0,
    **values: Any,
) -> None:
    """Note what became of steps; `due_in` is in seconds, `values` are further columns."""
    told = {**noted(state, storable(connection, message), due_in), **values}
    connection.execute(sa.update(steps).where(among(steps.c.id, step_ids)).values(told))


def noted(
    state: StepState, message: str | sa.BindParameter[str], due_in: float = 0.0
) -> dict[str, Any]:
    """The columns that say what became of a step."""
    done = {"done_at": NOW} if state == StepState.DONE else {}
    return {"state": state, "message": message, "due_at": in_seconds(due_in), **done}


def not_sent(
    connection: sa.Connection,
    step_ids: Sequence[int],
    message: str,
    due_in: float,
    *,
    certainly: bool = True,
) -> None:
    """Steps whose request did not happen: it was no attempt.

    If that is not certain, that they were sent stays noted, so that a creation is looked up first.
    """
    was_the_first = sa.and_(sa.literal(certainly), steps.c.sent_at == steps.c.first_sent_at)
    connection.execute(
        sa.update(steps)
        .where(among(steps.c.id, step_ids))
        .values(
            state=StepState.RETRY,
            message=storable(connection, message),
            due_at=in_seconds(due_in),
            attempts=sa.func.greatest(steps.c.attempts - 1, 0),
            sent_at=sa.case((was_the_first, None), else_=steps.c.sent_at),
            first_sent_at=sa.case((was_the_first, None), else_=steps.c.first_sent_at),
        )
    )


def looked_in_vain(
    connection: sa.Connection, step_id: int, message: str, due_in: float, *, state: StepState | None
) -> None:
    """What became of a step could not be read: one more attempt; `state` is its new one, if any."""
    changed = {"state": state} if state else {}
    connection.execute(
        sa.update(steps)
        .where(steps.c.id == step_id)
        .values(
            attempts=steps.c.attempts + 1,
            message=storable(connection, message),
            due_at=in_seconds(due_in),
            **changed,
        )
    )


def look_again_later(
    connection: sa.Connection, step_ids: Sequence[int], due_in: float | None = None
) -> None:
    """Creations are looked at again in so many seconds, or a day after their sending.

    After that there is no next time.
    """
    next_day = sa.case((steps.c.sent_at + A_DAY > NOW, steps.c.sent_at + A_DAY))
    connection.execute(
        sa.update(steps)
        .where(among(steps.c.id, step_ids))
        .values(look_again_at=next_day if due_in is None else in_seconds(due_in))
    )


def clock(connection: sa.Connection) -> datetime:
    """The database's time of day."""
    return connection.execute(sa.select(NOW)).scalar_one()  # type: ignore[no-any-return]


def postpone(connection: sa.Connection, event_id: int, message: str, due_in: float) -> None:
    """Nothing could be done for this event: what is due waits, in the state that it has."""
    connection.execute(
        sa.update(steps)
        .where(
            steps.c.event_id == event_id,
            steps.c.state.in_(WAITING),
            steps.c.due_at <= NOW,
        )
        .values(message=storable(connection, message), due_at=in_seconds(due_in))
    )


_HOLDER: sa.BindParameter[str] = sa.bindparam("holder", type_=sa.Text)
_LASTING: sa.BindParameter[float] = sa.bindparam("lasting", type_=sa.Double)
_EVENT: sa.BindParameter[int] = sa.bindparam("event", type_=sa.BigInteger)
_ARE_OWN = sa.and_(
    events.c.id == sa.any_(sa.bindparam("among", type_=sa.ARRAY(sa.BigInteger))),
    events.c.lease_holder == _HOLDER,
)
_HELD = sa.select(sa.func.count()).where(_ARE_OWN, events.c.lease_until > NOW, _HOLDER_LIVES)
_KEPT = (
    sa.update(events)
    .where(_ARE_OWN)
    .values(lease_until=in_seconds(_LASTING))
    .returning(events.c.id)
)
_LET_GO = sa.update(events).where(_ARE_OWN).values(lease_holder=None, lease_until=None)
_STEPS = (
    sa.select(
        *columns_of(Step, steps, event_sessions, session_external_id=event_sessions.c.external_id)
    )
    .outerjoin(event_sessions, event_sessions.c.id == steps.c.event_session_id)
    .where(steps.c.event_id == _EVENT)
    .order_by(steps.c.position)
)
_SESSIONS = (
    sa.select(event_sessions)
    .where(event_sessions.c.event_id == _EVENT, event_sessions.c.removed_at.is_(None))
    .order_by(event_sessions.c.day)
)
