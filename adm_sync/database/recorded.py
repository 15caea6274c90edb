"""What is recorded of events, as values: the event, its sessions, and its steps.

What belongs here: values that several modules of `database` read, and what their statements share:
rows as values, ids, the time, and leases. What does not: a value that only one function gives,
which stands beside it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa

from adm_sync.database.states import StepKind, StepState

Value = TypeVar("Value")
# The clock of the database, which is one for all.
NOW = sa.func.clock_timestamp()
# A larger number is no id, and PostgreSQL takes none.
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A row of `adm_sync.events`; `recorded` is what was written, for comparison."""

    id: int
    workbook_id: int
    tutorial_event_id: int | None
    adm_event_id: int | None
    tutorial_course_template_id: int
    template_external_id: str
    title: str
    title_key: str
    starts_at: datetime
    learning_mode: str
    sitting: str
    external_id: str | None
    adopted: bool
    recorded: dict[str, Any]
    recorded_at: datetime
    doubled: list[str]
    asked_about: list[str]
    overruled: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """A row of `adm_sync.event_sessions`."""

    id: int
    event_id: int
    day: int
    title: str
    external_id: str | None
    recorded: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A row of `adm_sync.steps`, with the day and the Administrate id of its session."""

    id: int
    event_id: int
    event_session_id: int | None
    kind: StepKind
    input: Mapping[str, Any]
    state: StepState
    attempts: int
    look_ups: int
    due_at: datetime
    sent_at: datetime | None
    done_at: datetime | None
    first_sent_at: datetime | None
    look_again_at: datetime | None
    message: str
    mark: str | None
    update_id: int | None
    day: int | None
    session_external_id: str | None


def columns_of(
    kind: type[Value], *tables: sa.FromClause, **given: sa.ColumnElement[Any]
) -> list[sa.ColumnElement[Any]]:
    """What is to be selected for a dataclass: a column for each field, by its name.

    Args:
        kind: the dataclass.
        tables: the first that has a column of a name has the one that is meant.
        given: what is selected for a field instead.
    """
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    return [
        given[name].label(name) if name in given else next(t.c[name] for t in tables if name in t.c)
        for name in names
    ]


def among(
    column: sa.ColumnElement[Any], values: Collection[int] | Collection[str]
) -> sa.ColumnElement[bool]:
    """Whether a column holds one of these: the same statement for any number of them."""
    kind = sa.BigInteger if isinstance(column.type, sa.Integer) else sa.Text
    return column == sa.any_(sa.bindparam(None, list(values), sa.ARRAY(kind)))


def as_number(text: str) -> int | None:
    """The id that a text is, if it can be one."""
    is_number = text.isascii() and text.isdigit()
    return int(text) if is_number and int(text) <= LARGEST else None


def all_as(
    connection: sa.Connection,
    kind: type[Value],
    statement: sa.Executable,
    given: Mapping[str, Any] | None = None,
) -> list[Value]:
    """What a statement gives, as values of a dataclass whose fields are columns of it."""
    rows = connection.execute(statement, given)
    names = list(rows.keys())
    pick = itemgetter(*(names.index(one.name) for one in fields(kind)))  # type: ignore[arg-type]
    return [kind(*pick(row)) for row in rows]


def first_as(
    connection: sa.Connection, kind: type[Value], statement: sa.Executable
) -> Value | None:
    """The first of what a statement gives, or None."""
    return next(iter(all_as(connection, kind, statement)), None)


def on_lease(
    table: sa.Table, due: sa.Select[tuple[int]], now: datetime, lease: timedelta
) -> sa.Update:
    """Take on the rows of these ids that nobody else has, until the lease ends."""
    free = due.with_for_update(skip_locked=True)
    taken = sa.update(table).where(table.c.id.in_(free))
    return taken.values(due_at=now + lease, attempts=table.c.attempts + 1)
