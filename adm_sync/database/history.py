"""What is recorded of the life of one record or event, latest first.

What belongs here: the statements that read it, from all tables that know a part of it. What does
not: finding the record that somebody means (`history_subjects`), and words (`history`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from adm_sync.database.import_tables import event_sessions, events, steps, updates, workbooks
from adm_sync.database.operations import calls, changes, decisions, runs
from adm_sync.database.recorded import all_as, among
from adm_sync.database.states import StepState
from adm_sync.database.tables import JSON_VALUE, TIMESTAMP


class HistorySource(StrEnum):
    """Which part of the record an entry comes from."""

    CALL = "call"
    STEP = "step"
    SYNC = "sync"
    DECISION = "decision"
    WITHDRAWAL = "withdrawal"
    IMPORT = "import"
    UPDATE = "update"
    TAKEN_BACK = "taken back"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One thing that happened.

    Attributes:
        at: when, as far as that was noted.
        source: what `id` is a number of.
        id: of its row.
        action: a word of its source's own.
        who: did it; None where that was not noted.
        external_id: of the Administrate record that it is about, if there is one.
        day: of the session that it is about.
        before: what was there, in the form of its source.
        after: what is there since.
        told: a reason or a message.
        dagster_run_id: of the run that it happened in.
        partition: of the workbook that it came from.
    """

    at: datetime
    source: str
    id: int
    action: str
    who: str | None
    external_id: str | None
    day: int | None
    before: Any
    after: Any
    told: str
    dagster_run_id: str | None
    partition: str | None


# Where a page ends: the next begins with what is older than that.
Place = tuple[datetime, str, int]

_TYPES: Mapping[str, Any] = {
    "at": TIMESTAMP,
    "source": sa.Text,
    "id": sa.BigInteger,
    "action": sa.Text,
    "who": sa.Text,
    "external_id": sa.Text,
    "day": sa.Integer,
    "before": JSON_VALUE,
    "after": JSON_VALUE,
    "told": sa.Text,
    "dagster_run_id": sa.Text,
    "partition": sa.Text,
}


def of_entity(
    connection: sa.Connection, entity: str, before: Place | None, limit: int
) -> list[Recorded]:
    """What syncs and people did to all records of an entity."""
    own_changes, own_decisions = changes.c.entity == entity, decisions.c.entity == entity
    branches = [_synced(own_changes), *_decided(own_decisions)]
    return _latest(connection, branches, before, limit)


@dataclass(frozen=True, slots=True)
class Ends:
    """A record of an entity, on both sides.

    Attributes:
        entity: its name.
        tutorial_id: of the tutorial record, if there is one.
        external_ids: of the Administrate records that are, or were, linked with it, as `changes`
            has them: all parts of an identity, with slashes between.
    """

    entity: str
    tutorial_id: int | None
    external_ids: Sequence[str]


def of_record(
    connection: sa.Connection, ends: Ends, creation: str | None, before: Place | None, limit: int
) -> list[Recorded]:
    """What happened to a record of an entity.

    Args:
        connection: only read from.
        ends: it.
        creation: the document that creates such records in Administrate, if there is one.
        before: where the page before ended.
        limit: how many at most.
    """
    ids = ends.external_ids
    one_of = [among(decisions.c.external_id, ids)]
    if ends.tutorial_id is not None:
        one_of.append(decisions.c.tutorial_id == ends.tutorial_id)
    branches = [
        _synced(sa.and_(changes.c.entity == ends.entity, among(changes.c.external_id, ids))),
        *_decided(sa.and_(decisions.c.entity == ends.entity, sa.or_(*one_of))),
        *([_called(ids, creation)] if ids and creation else []),
    ]
    return _latest(connection, branches, before, limit)


def partners(connection: sa.Connection, entity: str, link: str, tutorial_id: int) -> list[str]:
    """The Administrate records that a tutorial record was linked with once and is no longer."""
    statement = (
        sa.select(changes.c.external_id)
        .where(
            changes.c.entity == entity,
            # Written out as in the index of these.
            sa.text("action in ('unlinked', 'relinked', 'deleted')"),
            changes.c.before[link].astext == str(tutorial_id),
        )
        .distinct()
    )
    return sorted(connection.scalars(statement))


def of_events(
    connection: sa.Connection, event_ids: Sequence[int], before: Place | None, limit: int
) -> list[Recorded]:
    """What happened to an event, which has several of these rows if it was imported anew."""
    own = among(events.c.id, event_ids)
    ids = list(connection.scalars(sa.select(events.c.external_id).where(own)))
    known = [one for one in ids if one]
    branches = [
        *(one.where(own) for one in (_IMPORTS, _UNDOINGS)),
        *(one.where(among(updates.c.event_id, event_ids)) for one in (_UPDATES, _TAKEN_BACK)),
        _stepped(among(steps.c.event_id, event_ids)),
        *([_called(known)] if known else []),
    ]
    return _latest(connection, branches, before, limit)


def first_values(connection: sa.Connection, event_id: int) -> dict[str, Any]:
    """The values that an event was recorded with first: those of now, but for later updates."""
    values = connection.scalar(sa.select(events.c.recorded).where(events.c.id == event_id)) or {}
    standing = (
        sa.select(updates.c.changes)
        .where(updates.c.event_id == event_id, updates.c.taken_back_at.is_(None))
        .order_by(updates.c.id.desc())
    )
    for made in connection.scalars(standing):
        for one in made:
            if one["day"] is None:
                values |= {name: sides[0] for name, sides in one["fields"].items()}
    return dict(values)


# ---------------------------------------------------------------------- one part each


def _latest(
    connection: sa.Connection,
    branches: Sequence[sa.Select[Any]],
    before: Place | None,
    limit: int,
) -> list[Recorded]:
    found = sa.union_all(*branches).subquery("found")
    place = sa.tuple_(found.c.at, found.c.source, found.c.id)
    statement = sa.select(found)
    if before is not None:
        at, source, number = before
        end = sa.tuple_(
            sa.literal(at, TIMESTAMP),
            sa.literal(source, sa.Text),
            sa.literal(number, sa.BigInteger),
        )
        statement = statement.where(place < end)
    ordered = statement.order_by(found.c.at.desc(), found.c.source.desc(), found.c.id.desc())
    return all_as(connection, Recorded, ordered.limit(limit))


def _entry(source: HistorySource, **columns: Any) -> sa.Select[Any]:
    """A select of all columns of `Recorded`; those that are not given are null, or empty."""
    given = {"source": sa.literal(str(source)), "told": sa.literal(""), **columns}
    return sa.select(
        *(sa.cast(given.get(name, sa.null()), kind).label(name) for name, kind in _TYPES.items())
    )


def _synced(own: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        _entry(
            HistorySource.SYNC,
            at=sa.func.coalesce(runs.c.finished_at, runs.c.started_at),
            id=changes.c.id,
            action=changes.c.action,
            who=runs.c.who,
            external_id=changes.c.external_id,
            before=changes.c.before,
            after=changes.c.after,
            dagster_run_id=runs.c.dagster_run_id,
        )
        .join_from(changes, runs, runs.c.id == changes.c.run_id)
        .where(own)
    )


def _decided(own: sa.ColumnElement[bool]) -> list[sa.Select[Any]]:
    """Decisions, and that they were withdrawn."""
    about = {
        "id": decisions.c.id,
        "action": decisions.c.kind,
        "external_id": decisions.c.external_id,
        "after": sa.func.jsonb_build_object("tutorial_id", decisions.c.tutorial_id),
    }
    made = _entry(
        HistorySource.DECISION,
        at=decisions.c.decided_at,
        who=decisions.c.who,
        told=decisions.c.why,
        **about,
    )
    withdrawn = _entry(
        HistorySource.WITHDRAWAL, at=decisions.c.withdrawn_at, who=decisions.c.withdrawn_by, **about
    )
    return [made.where(own), withdrawn.where(own, decisions.c.withdrawn_at.is_not(None))]


def _called(external_ids: Sequence[str], document: str | None = None) -> sa.Select[Any]:
    """Mutations that were answered with one of these ids, or sent with one.

    Args:
        external_ids: of Administrate.
        document: only this one, and only if it was answered so; other records are named by many.
    """
    # Written out as in the index of these.
    answered: sa.ColumnElement[Any] = sa.literal_column(
        "jsonb_path_query_array(adm_sync.calls.data, '$.**.id')"
    )
    sent: sa.ColumnElement[Any] = sa.literal_column(
        """jsonb_path_query_array(adm_sync.calls.variables, '$.** ? (@.type() == "string")')"""
    )
    sides = [answered] if document else [answered, sent]
    named = [side.op("@>")(sa.literal([one], JSONB)) for one in external_ids for side in sides]
    return _entry(
        HistorySource.CALL,
        at=calls.c.started_at,
        id=calls.c.id,
        action=calls.c.document,
        who=calls.c.who,
        after=calls.c.errors,
        told=calls.c.failure,
    ).where(sa.or_(*named), sa.true() if document is None else calls.c.document == document)


def _of_workbook(source: HistorySource, table: sa.Table, **columns: Any) -> sa.Select[Any]:
    """What a workbook brought, as far as it has a time."""
    partition = workbooks.c.partition
    entry = _entry(source, id=table.c.id, partition=partition, **columns)
    joined = entry.join_from(table, workbooks, workbooks.c.id == table.c.workbook_id)
    return joined.where(columns["at"].is_not(None))


_IMPORTS = _of_workbook(
    *(HistorySource.IMPORT, events),
    at=events.c.recorded_at,
    action=sa.case((events.c.adopted, "adopted"), else_="recorded"),
    who=events.c.who,
    external_id=events.c.external_id,
)
_UNDOINGS = _of_workbook(
    *(HistorySource.UNDO, events),
    at=events.c.undone_at,
    action=sa.literal("undone"),
    who=events.c.undone_by,
    external_id=events.c.external_id,
)
_UPDATES = _of_workbook(
    *(HistorySource.UPDATE, updates),
    at=updates.c.made_at,
    action=sa.literal("updated"),
    who=updates.c.who,
    after=updates.c.changes,
)
_TAKEN_BACK = _of_workbook(
    *(HistorySource.TAKEN_BACK, updates),
    at=updates.c.taken_back_at,
    action=sa.literal("taken back"),
    who=updates.c.taken_back_by,
    before=updates.c.changes,
)


def _stepped(own: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Steps that were sent or refused; one that never was has not happened."""
    for_a_person = steps.c.state.in_((StepState.FAILED, StepState.CONFLICT))
    # What waits for a person is due since it was noted so.
    at = sa.func.coalesce(steps.c.done_at, sa.case((for_a_person, steps.c.due_at)), steps.c.sent_at)
    is_done = steps.c.done_at.is_not(None)
    return (
        _entry(
            HistorySource.STEP,
            at=at,
            id=steps.c.id,
            action=steps.c.kind,
            day=event_sessions.c.day,
            external_id=event_sessions.c.external_id,
            # A step that was done and undone later was done at that time all the same.
            after=sa.func.jsonb_build_object(
                "state", sa.case((is_done, str(StepState.DONE)), else_=steps.c.state)
            ),
            told=steps.c.message,
        )
        .select_from(
            steps.outerjoin(event_sessions, event_sessions.c.id == steps.c.event_session_id)
        )
        .where(own, at.is_not(None))
    )
