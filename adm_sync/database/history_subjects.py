"""Which records and events somebody may mean by a name, a code or an id.

What belongs here: the statements that look for them. What does not: choosing among what they find
(`history.subjects`), and what happened to it (`history`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from adm_sync.database import acted
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import events
from adm_sync.database.operations import changes, discrepancies
from adm_sync.database.recorded import all_as, among, as_number, columns_of
from adm_sync.database.states import DiscrepancyKind

MOST = 50
_NAMED_KINDS = (DiscrepancyKind.UNMATCHED_ADMINISTRATE, DiscrepancyKind.DRIFTED)


def tutorial_rows(connection: sa.Connection, tutorials: sa.Select[Any], text: str) -> list[Any]:
    """The tutorial records of an entity with this id, or this in one of their texts.

    Args:
        connection: only read from.
        tutorials: `Matched.tutorials` of the entity.
        text: is looked for as it is written, large or small.
    """
    columns = list(tutorials.selected_columns)
    texts = [one for one in columns if isinstance(one.type, sa.String)]
    whole = sa.func.concat_ws(" ", *texts, type_=sa.Text)
    found = whole.icontains(storable(connection, text), autoescape=True)
    number = tutorials.selected_columns.id
    statement = tutorials.where(sa.or_(found, number == as_number(text)))
    # The shortest is the nearest to what was written.
    return list(connection.execute(statement.order_by(sa.func.length(whole), number).limit(MOST)))


def tutorial_rows_of(
    connection: sa.Connection, tutorials: sa.Select[Any], numbers: Sequence[int]
) -> list[Any]:
    """The tutorial records of these ids."""
    own = among(tutorials.selected_columns.id, numbers)
    return list(connection.execute(tutorials.where(own)))


def bridge_rows_of(
    connection: sa.Connection, bridge: sa.Table, link: str | None, numbers: Sequence[int]
) -> list[tuple[int, int | None, str]]:
    """Of the rows of a bridge table with these numbers: number, tutorial record, and name there."""
    called = name_column(bridge)
    statement: sa.Select[Any] = sa.select(
        bridge.c.id,
        bridge.c[link] if link else sa.null(),
        called if called is not None else sa.literal(""),
    ).where(among(bridge.c.id, numbers))
    return [(number, linked, name) for number, linked, name in connection.execute(statement)]


def name_column(bridge: sa.Table) -> sa.Column[str] | None:
    """What a bridge table calls its records, if it does."""
    return next((bridge.c[name] for name in ("name", "label") if name in bridge.c), None)


@dataclass(frozen=True, slots=True)
class BridgeEnd:
    """A row of a bridge table: the parts of its identity joined, its link, and its name there."""

    external_id: str
    tutorial_id: int | None
    name: str


def bridge_ends(
    connection: sa.Connection,
    bridge: sa.Table,
    identity: Sequence[str],
    link: str | None,
    *,
    names: sa.Select[Any] | None = None,
    text: str = "",
    external_ids: Sequence[str] = (),
    tutorial_ids: Sequence[int] = (),
) -> list[BridgeEnd]:
    """Rows of a bridge table by a name or an id, or by the ids of one side.

    Args:
        connection: only read from.
        bridge: the table.
        identity: the columns that tell its rows apart.
        link: the column that points at the tutorial record, if there is one.
        names: `Entity.names`.
        text: an id, or a part of the name; of one that is put together, some words of it.
        external_ids: whole identities.
        tutorial_ids: of tutorial records.
    """
    whole = sa.func.concat_ws("/", *(bridge.c[name] for name in identity), type_=sa.Text)
    called: sa.ColumnElement[str] | None = name_column(bridge)
    source: sa.FromClause = bridge
    if names is not None:
        named = names.subquery("named")
        called, source = named.c.name, bridge.outerjoin(named, named.c.id == bridge.c.id)
    conditions = [among(whole, external_ids)]
    if text:
        kept = storable(connection, text)
        known = (identity[-1], *(name for name in ("legacy_id",) if name in bridge.c))
        conditions += [bridge.c[name] == kept for name in known]
        if called is not None:
            words = [kept] if names is None else kept.split()
            conditions.append(sa.and_(*(called.icontains(one, autoescape=True) for one in words)))
    if link:
        conditions.append(among(bridge.c[link], tutorial_ids))
    statement: sa.Select[Any] = (
        sa.select(
            whole.label("external_id"),
            (bridge.c[link] if link else sa.null()).label("tutorial_id"),
            sa.func.coalesce(called if called is not None else "", "").label("name"),
        )
        .select_from(source)
        .where(sa.or_(*conditions))
        .order_by(bridge.c.id)
        .limit(MOST)
    )
    return all_as(connection, BridgeEnd, statement)


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """An Administrate record that was unmatched once, and what it was called then."""

    external_id: str
    label: str


def seen_records(
    connection: sa.Connection, entity: str, *, text: str = "", external_ids: Sequence[str] = ()
) -> list[SeenRecord]:
    """Administrate records that a discrepancy named, by their ids or by a part of their names, or
    of what else was known of them.
    """
    kept = storable(connection, text)
    found = among(discrepancies.c.external_id, external_ids)
    if text:
        told = (discrepancies.c.label, discrepancies.c.detail)
        named = (column.icontains(kept, autoescape=True) for column in told)
        found = sa.or_(found, discrepancies.c.external_id == kept, *named)
    in_turn = aggregate_order_by(discrepancies.c.label, discrepancies.c.id.desc())
    latest: sa.ColumnElement[str] = sa.func.array_agg(in_turn, type_=sa.ARRAY(sa.Text))[1]
    statement: sa.Select[Any] = (
        sa.select(discrepancies.c.external_id, latest.label("label"))
        .where(
            discrepancies.c.entity == entity,
            # What others are called is no name of a record.
            discrepancies.c.kind.in_(_NAMED_KINDS),
            discrepancies.c.external_id.is_not(None),
            discrepancies.c.external_id != "",
            found,
        )
        .group_by(discrepancies.c.external_id)
        .order_by(discrepancies.c.external_id)
        .limit(MOST)
    )
    return all_as(connection, SeenRecord, statement)


def was_changed(connection: sa.Connection, entity: str, external_id: str) -> bool:
    """Whether a sync ever wrote a row of this Administrate record."""
    statement = sa.select(changes.c.id).where(
        changes.c.external_id == storable(connection, external_id), changes.c.entity == entity
    )
    return connection.scalar(statement.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    """An event that an import recorded; `code` is its tutorial event's, if that is there."""

    id: int
    tutorial_event_id: int | None
    external_id: str | None
    title: str
    sitting: str
    starts_at: datetime
    undone_at: datetime | None
    code: str | None


def known_events(
    connection: sa.Connection,
    *,
    text: str = "",
    title: str = "",
    number: int | None = None,
    tutorial_event_ids: Sequence[int] = (),
) -> list[ImportedEvent]:
    """Events by what somebody says of them, the latest first.

    Args:
        connection: only read from.
        text: a code, or an id of either side.
        title: a part of it, folded.
        number: of our own row.
        tutorial_event_ids: of tutorial events.
    """
    table = acted.tutorial_events
    conditions = [among(events.c.tutorial_event_id, tutorial_event_ids)]
    if number is not None:
        conditions.append(events.c.id == sa.literal(number, sa.BigInteger))
    if text:
        kept = storable(connection, text)
        conditions.append(events.c.external_id == kept)
        conditions.append(sa.func.lower(table.c.code) == kept.lower())
        if as_number(text) is not None:
            conditions.append(events.c.tutorial_event_id == as_number(text))
    if title:
        kept = storable(connection, title)
        conditions.append(events.c.title_key.contains(kept, autoescape=True))
    statement: sa.Select[Any] = (
        sa.select(*columns_of(ImportedEvent, events, table))
        .outerjoin(table, table.c.id == events.c.tutorial_event_id)
        .where(sa.or_(*conditions))
        .order_by(events.c.id.desc())
        .limit(MOST)
    )
    return all_as(connection, ImportedEvent, statement)
