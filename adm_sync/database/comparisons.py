"""What the last comparison of each sitting with Administrate has found.

What belongs here: keeping and reading it. What does not: comparing (`imports.reconciling`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database import acted
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import comparisons, differences, events, workbooks
from adm_sync.database.recorded import LARGEST, NOW, all_as, among, columns_of
from adm_sync.database.statements import insert_rows

_COLUMNS = (
    *("sitting", "kind", "title", "external_id", "tutorial_event_id", "detail"),
    *("changed_here", "changed_there"),
)


def keep(
    connection: sa.Connection,
    counts: Mapping[str, int],
    found: Sequence[Mapping[str, Any]],
    who: str,
    dagster_run_id: str | None,
) -> None:
    """What is known of these sittings from now on.

    Args:
        connection: in a transaction.
        counts: how many events of each sitting were compared.
        found: what differs, with the columns of `differences` by name but `changed_here`.
        who: compared.
        dagster_run_id: of the run that it was a part of.
    """
    if not counts:
        return
    of_no_event = ~sa.exists().where(
        events.c.sitting == comparisons.c.sitting, events.c.undone_at.is_(None)
    )
    among = comparisons.c.sitting.in_(list(counts))
    connection.execute(sa.delete(comparisons).where(sa.or_(among, of_no_event)))
    rows = [
        {
            "sitting": sitting,
            "compared_at": NOW,
            "who": storable(connection, who),
            "events": number,
            "dagster_run_id": dagster_run_id,
        }
        for sitting, number in counts.items()
    ]
    # Two that compare at once: what the later one says holds.
    given = insert(comparisons).values(rows)
    new = {name: given.excluded[name] for name in rows[0] if name != "sitting"}
    connection.execute(given.on_conflict_do_update(index_elements=["sitting"], set_=new))
    connection.execute(sa.delete(differences).where(differences.c.sitting.in_(list(counts))))
    here = _changed_here(connection, {one["tutorial_event_id"] for one in found} - {None})
    kept = storable(connection, [dict(one) for one in found])
    insert_rows(
        connection,
        differences,
        _COLUMNS,
        (
            [{**one, "changed_here": here.get(one["tutorial_event_id"])}[name] for name in _COLUMNS]
            for one in kept
        ),
    )


def _changed_here(
    connection: sa.Connection, tutorial_event_ids: Collection[int]
) -> dict[int, datetime]:
    """When each of these tutorial events, or a session of it, was changed last."""
    event, session = acted.tutorial_events, acted.tutorial_sessions
    latest = sa.func.greatest(event.c.updated_at, sa.func.max(session.c.updated_at))
    statement = (
        sa.select(event.c.id, latest)
        .outerjoin(session, session.c.tutorial_event_id == event.c.id)
        .where(among(event.c.id, tutorial_event_ids))
        .group_by(event.c.id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The last comparison of a sitting; `differences` is how many it found."""

    sitting: str
    compared_at: datetime
    who: str
    events: int
    dagster_run_id: str | None
    differences: int


def latest(connection: sa.Connection) -> list[Comparison]:
    """The last comparison of each sitting, the latest sitting first."""
    count = (
        sa.select(sa.func.count())
        .where(differences.c.sitting == comparisons.c.sitting)
        .scalar_subquery()
    )
    statement = sa.select(*columns_of(Comparison, comparisons, differences=count))
    return all_as(connection, Comparison, statement.order_by(comparisons.c.sitting.desc()))


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """One thing that differed, and the import that it came from, if it did."""

    id: int
    sitting: str
    kind: str
    title: str
    external_id: str | None
    tutorial_event_id: int | None
    detail: str
    changed_here: datetime | None
    changed_there: datetime | None
    partition: str | None
    event_id: int | None


def found_of(
    connection: sa.Connection, sitting: str, after: int = 0, limit: int | None = None
) -> list[StoredDifference]:
    """What differed of a sitting, in the order in which it was found."""
    own = (
        sa.select(events.c.id.label("event_id"), workbooks.c.partition)
        .join(workbooks, workbooks.c.id == events.c.workbook_id)
        .where(
            events.c.undone_at.is_(None),
            sa.or_(
                events.c.tutorial_event_id == differences.c.tutorial_event_id,
                events.c.external_id == differences.c.external_id,
            ),
        )
        .order_by(events.c.id.desc())
        .limit(1)
        .lateral("own")
    )
    statement: sa.Select[Any] = (
        sa.select(differences, own.c.event_id, own.c.partition)
        .outerjoin(own, sa.true())
        .where(
            differences.c.sitting == storable(connection, sitting),
            differences.c.id > sa.literal(min(after, LARGEST), sa.BigInteger),
        )
        .order_by(differences.c.id)
        .limit(limit)
    )
    return all_as(connection, StoredDifference, statement)
