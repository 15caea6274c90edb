"""Taking back an update on this side: what it changed, and putting that back.

What belongs here: the statements. What does not: whether it may be done (`imports.undo.reverting`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, updating
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_sessions, events, updates
from adm_sync.database.recorded import all_as, columns_of
from adm_sync.database.tables import metadata
from adm_sync.database.undoing import AFTER_OTHERS

_LINKS = acted.tutorial_session_instructors
# People book meanwhile: it goes back by what it went, whatever it is now.
_MOVED = "remain_space"


@dataclass(frozen=True, slots=True)
class Update:
    """What a workbook has changed of an event; `changes` as they were recorded."""

    id: int
    event_id: int
    title: str
    external_id: str | None
    starts_before: datetime
    changes: Sequence[Mapping[str, Any]]


def updates_of(connection: sa.Connection, workbook_id: int) -> list[Update]:
    """The updates by a workbook that stand, the latest first."""
    statement: sa.Select[Any] = (
        sa.select(*columns_of(Update, updates, events))
        .join(events, events.c.id == updates.c.event_id)
        .where(
            updates.c.workbook_id == workbook_id,
            updates.c.taken_back_at.is_(None),
            events.c.undone_at.is_(None),
        )
        .order_by(updates.c.id.desc())
    )
    return all_as(connection, Update, statement)


def later_updates(connection: sa.Connection, update: Update) -> bool:
    """Whether another update of the event stands that came later."""
    later = sa.select(updates.c.id).where(
        updates.c.event_id == update.event_id,
        updates.c.id > update.id,
        updates.c.taken_back_at.is_(None),
    )
    return connection.scalar(later.limit(1)) is not None


def is_changed(connection: sa.Connection, one: Mapping[str, Any]) -> bool:
    """Whether columns of a row, or who teaches a session, are not as an update has left them."""
    if one["table"] == _LINKS.fullname:
        own = _LINKS.c.tutorialsessions_id == one["id"]
        taught = connection.scalars(sa.select(_LINKS.c.tutorialinstructor_id).where(own))
        return set(taught) != set(one["after"])
    now = updating.columns_now(connection, metadata.tables[one["table"]], one["id"], one["after"])
    return any(now.get(name) != value for name, value in one["after"].items() if name != _MOVED)


def put_back(connection: sa.Connection, one: Mapping[str, Any]) -> None:
    """What columns of a row, or who taught a session, were before an update."""
    if one["table"] == _LINKS.fullname:
        updating.set_instructors(connection, one["id"], one["before"])
        return
    table, before, after = metadata.tables[one["table"]], one["before"], one["after"]
    values = {
        name: sa.cast(sa.literal(value), table.c[name].type) if value is not None else None
        for name, value in before.items()
        if name != _MOVED
    }
    moved = {_MOVED: before[_MOVED] - after[_MOVED]} if _MOVED in before else {}
    updating.change_row(connection, table, one["id"], values, moved)


def put_back_record(
    connection: sa.Connection, update: Update, day: int | None, before: Mapping[str, Any]
) -> None:
    """What is recorded of an event (`day` is None) or a session is what it was."""
    table = events if day is None else event_sessions
    own = (
        events.c.id == update.event_id
        if day is None
        else sa.and_(
            event_sessions.c.event_id == update.event_id,
            event_sessions.c.day == day,
            event_sessions.c.removed_at.is_(None),
        )
    )
    recorded = connection.scalar(sa.select(table.c.recorded).where(own)) or {}
    values: dict[str, Any] = {
        "recorded": {**recorded, **{n: v for n, v in before.items() if n in recorded}}
    }
    if day is None:
        values["starts_at"] = update.starts_before
    elif "title" in before:
        values["title"] = before["title"]
    connection.execute(sa.update(table).where(own).values(values))


def note_taken_back(
    connection: sa.Connection, update: Update, who: str, *, after_others: bool
) -> None:
    """The update does not stand any more; `after_others` as it is noted in its changes."""
    noted = {AFTER_OTHERS: True} if after_others else {}
    values = {
        "taken_back_at": updating.AT_ONCE,
        "taken_back_by": storable(connection, who),
        "changes": [{**one, **noted} for one in update.changes],
    }
    connection.execute(sa.update(updates).where(updates.c.id == update.id).values(values))
