"""Writing events and their sessions on both sides of this database, in one transaction.

What belongs here: inserting, and reading what is there already. What does not: which values
(`imports.recording`). Metadata columns of `adm.events` and `adm.sessions` are written only where
they exist.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_groups, event_sessions, events, steps
from adm_sync.database.recorded import RecordedEvent, all_as, among, columns_of
from adm_sync.database.statements import add_rows
from adm_sync.database.states import StepState

Values = Mapping[str, Any]


def find_by_index(connection: sa.Connection) -> None:
    """Until the transaction ends, rows are looked for by indexes, however few there are.

    A plan that reads a whole table because it was nearly empty is kept by the session, for each
    key of each of the thousands of rows that follow.
    """
    connection.execute(sa.text("set local enable_seqscan = off"))


def analyse(connection: sa.Connection) -> None:
    """Let PostgreSQL look anew at tables that have grown much: the push that follows plans by that.

    It finds out by itself within a minute, which is too late. Of one that was long already nothing
    new is learned, and a sample of it takes a second. Where somebody else holds a table, or owns
    it, PostgreSQL leaves that one out.
    """
    own = [table.fullname for table in (events, event_sessions, event_groups, steps)]
    grown = list(connection.scalars(_GROWN, {"tables": own}))
    if grown:
        connection.execute(sa.text(f"analyze (skip_locked) {', '.join(grown)}"))


# By a fifth, since they were last looked at.
_GROWN = sa.text("""
    select oid::regclass::text from pg_catalog.pg_class
    where oid = any(cast(cast(:tables as text[]) as regclass[]))
        and pg_relation_size(oid) > 1.2 * relpages * current_setting('block_size')::bigint
    order by 1
""")


def existing_columns(connection: sa.Connection) -> dict[str, frozenset[str]]:
    """The columns that `adm.events` and `adm.sessions` have here, by the table's name."""
    statement = sa.text(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'adm' and table_name in ('events', 'sessions')"
    )
    found: dict[str, set[str]] = {"events": set(), "sessions": set()}
    for table, column in connection.execute(statement):
        found[table].add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


def known_events(
    connection: sa.Connection, titles: Collection[tuple[int, str]]
) -> list[RecordedEvent]:
    """The events that an import has recorded under these titles.

    Args:
        connection: only read from.
        titles: each a tutorial course template and a folded title.
    """
    # What the encoding has no room for is nobody's title.
    possible = [one for one in titles if one[1] == storable(connection, one[1])]
    return _events_by(connection, ("tutorial_course_template_id", "title_key"), possible)


def events_starting(
    connection: sa.Connection, starts: Collection[tuple[int, datetime]]
) -> list[RecordedEvent]:
    """The recorded events of these tutorial course templates with these starts."""
    return _events_by(connection, ("tutorial_course_template_id", "starts_at"), starts)


def hold_titles(
    connection: sa.Connection, titles: Collection[tuple[int, str, str]]
) -> list[RecordedEvent]:
    """The recorded events of these templates, sittings and titles; until the transaction ends,
    nobody else records another one who asks here first.
    """
    names = [f"adm_sync event {' '.join(map(str, title))}" for title in titles]
    connection.execute(_HOLDING, {"names": names})
    key = ("tutorial_course_template_id", "sitting", "title_key")
    return _events_by(connection, key, titles)


# In one order for everybody, so that no two wait for each other.
_HOLDING = sa.text("""
    select pg_advisory_xact_lock(key) from (
        select distinct hashtextextended(name, 0) as key
        from unnest(cast(:names as text[])) as name order by key
    ) as keys
""")


def _events_by(
    connection: sa.Connection, key: tuple[str, ...], wanted: Collection[tuple[Any, ...]]
) -> list[RecordedEvent]:
    """The events that stand, of which these columns hold one of these rows."""
    given = {name: [row[place] for row in wanted] for place, name in enumerate(key)}
    return all_as(connection, RecordedEvent, _by(*key), given)


@cache
def _by(*key: str) -> sa.Executable:
    given = [sa.bindparam(name, type_=sa.ARRAY(events.c[name].type)) for name in key]
    wanted = sa.func.unnest(*given).table_valued(*key).render_derived()
    same = [events.c[name] == wanted.c[name] for name in key]
    statement = sa.select(events).where(*same, events.c.undone_at.is_(None))
    return statement.order_by(events.c.id)


@dataclass(frozen=True, slots=True)
class TutorialEvent:
    """A tutorial event with its bridge row, if it has one.

    `is_recorded` says whether an import has recorded it.
    """

    id: int
    code: str
    product_id: int
    start_date: date
    adm_event_id: int | None
    external_id: str | None
    is_recorded: bool


def tutorial_events_by_code(connection: sa.Connection, codes: Sequence[str]) -> list[TutorialEvent]:
    """Tutorial events that have one of these codes."""
    # What the encoding has no room for is nobody's code.
    possible = [code for code in codes if code == storable(connection, code)]
    table = acted.tutorial_events
    is_recorded = sa.exists().where(
        events.c.tutorial_event_id == table.c.id, events.c.undone_at.is_(None)
    )
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                *(TutorialEvent, table),
                adm_event_id=sa.func.min(adm.events.c.id),
                external_id=sa.func.min(adm.events.c.external_id),
                is_recorded=sa.func.bool_or(is_recorded),
            )
        )
        .outerjoin(adm.events, adm.events.c.tutorial_event_id == table.c.id)
        .where(among(table.c.code, possible))
        .group_by(table.c.id)
    )
    return all_as(connection, TutorialEvent, statement)


def tutorial_sessions_of(
    connection: sa.Connection, tutorial_event_ids: Sequence[int]
) -> dict[tuple[int, int], int]:
    """The ids of the tutorial sessions of these events, by event and sequence."""
    table = acted.tutorial_sessions
    statement = sa.select(table.c.tutorial_event_id, table.c.sequence, table.c.id).where(
        among(table.c.tutorial_event_id, tutorial_event_ids)
    )
    return {(event, sequence): id_ for event, sequence, id_ in connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class SessionBridge:
    """A row of `adm.sessions`."""

    tutorial_session_id: int
    id: int
    external_id: str | None


def adm_sessions_of(
    connection: sa.Connection, tutorial_session_ids: Sequence[int]
) -> dict[int, SessionBridge]:
    """The bridge rows of tutorial sessions, by the ids of those."""
    table = adm.sessions
    statement = sa.select(*columns_of(SessionBridge, table)).where(
        among(table.c.tutorial_session_id, tutorial_session_ids)
    )
    return {row.tutorial_session_id: row for row in all_as(connection, SessionBridge, statement)}


def add_steps(connection: sa.Connection, rows: Sequence[Values]) -> None:
    """Add steps that are due at once."""
    fixed = {"attempts": 0, "look_ups": 0, "message": "", "state": StepState.PENDING}
    # PostgreSQL reads `now` as the time of its own clock, by which it is seen what is due.
    due = {"due_at": "now"}
    add_rows(connection, steps, [{**fixed, **due, **row} for row in rows], "position")


def next_position(connection: sa.Connection, event_id: int) -> int:
    """The position of the next step of an event."""
    statement = sa.select(sa.func.max(steps.c.position)).where(steps.c.event_id == event_id)
    highest = connection.scalar(statement)
    return 0 if highest is None else int(highest) + 1


def link_instructors(connection: sa.Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """Join new tutorial sessions with tutorial instructors: (session id, instructor id)."""
    rows = [{"tutorialsessions_id": s, "tutorialinstructor_id": i} for s, i in dict.fromkeys(pairs)]
    add_rows(connection, acted.tutorial_session_instructors, rows, "id")
