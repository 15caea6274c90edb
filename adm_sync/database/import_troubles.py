"""What of imports people are told one by one: events that are doubled, and undos without an end.

What belongs here: the statements. What does not: how an import stands (`import_overview`), and what
is said (`alerts.stored`).
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from adm_sync.database.import_overview import IS_DOUBLED, STANDS
from adm_sync.database.import_tables import events, imports
from adm_sync.database.recorded import all_as
from adm_sync.database.states import ImportStatus


@dataclass(frozen=True, slots=True)
class Doubled:
    """An event that Administrate has more than once, and how often."""

    id: int
    title: str
    number: int


def doubled_events(connection: sa.Connection) -> list[Doubled]:
    """Every event that stands, and that Administrate has more than once."""
    number = sa.func.cardinality(events.c.doubled).label("number")
    statement = sa.select(events.c.id, events.c.title, number).where(STANDS, IS_DOUBLED)
    return all_as(connection, Doubled, statement.order_by(events.c.id))


def undos_without_end(connection: sa.Connection, undo: str) -> list[int]:
    """The workbooks whose latest run was to take them back, and did not do all of it.

    Args:
        connection: only read from.
        undo: under this name the summary of such a run says how it does.
    """
    latest = (
        sa.select(imports.c.workbook_id, imports.c.status, imports.c.summary)
        .ext(distinct_on(imports.c.workbook_id))
        .order_by(imports.c.workbook_id, imports.c.id.desc())
        .subquery()
    )
    said = latest.c.summary[undo]
    is_open = latest.c.status.in_((ImportStatus.RUNNING, ImportStatus.INTERRUPTED))
    has_failed = sa.func.coalesce(said["failed"].as_integer(), 0) > 0
    statement = sa.select(latest.c.workbook_id).where(said.is_not(None), is_open | has_failed)
    return list(connection.scalars(statement.order_by(latest.c.workbook_id)))
