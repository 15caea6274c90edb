"""The project's own record of workbooks: what arrived, what was found, and how imports went.

What belongs here: reading and writing workbooks, imports, findings and event groups. What does
not: events and steps (`recording`, `steps`), and what any of it means (`imports`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_groups, events, findings, imports, workbooks
from adm_sync.database.statements import insert_rows

FINDING_COLUMNS = (
    "severity",
    "code",
    "message",
    "sheet",
    "row",
    "column",
    "header",
    "value",
    "suggestion",
)
DIED = "The process that imported it ended in the middle."
# The clock of the database, which is one for all who import.
NOW = sa.func.clock_timestamp()
# Everything but the content, which is only read when it is needed.
_ABOUT = tuple(column for column in workbooks.c if column.name != "content")


def keep_workbook(
    connection: sa.Connection,
    *,
    partition: str,
    file_name: str,
    sha256: str,
    content: bytes,
    sheet: str | None,
    source: str,
    now: datetime,
) -> int:
    """Keep a workbook under its partition; gives its id. Kept before, only the sheet may change."""
    names = {"partition": partition, "file_name": file_name, "sheet": sheet, "source": source}
    values = {
        **storable(connection, names),
        "sha256": sha256,
        "content": content,
        "received_at": now,
    }
    statement = insert(workbooks).values(values)
    kept = statement.on_conflict_do_update(
        index_elements=["partition"],
        set_={"sheet": sa.func.coalesce(statement.excluded.sheet, workbooks.c.sheet)},
    ).returning(workbooks.c.id)
    return int(connection.execute(kept).scalar_one())


def find_workbook(connection: sa.Connection, partition: str) -> sa.Row[Any] | None:
    """The workbook of a partition, with its content."""
    kept = storable(connection, partition)
    return connection.execute(sa.select(workbooks).where(workbooks.c.partition == kept)).first()


def workbook_of(connection: sa.Connection, sha256: str) -> sa.Row[Any] | None:
    """The first workbook of these bytes: (partition, status of its latest import if it has one)."""
    statement: sa.Select[Any] = (
        sa.select(workbooks.c.partition, latest_status().label("latest_status"))
        .where(workbooks.c.sha256 == sha256)
        .order_by(workbooks.c.id)
        .limit(1)
    )
    return connection.execute(statement).first()


def latest_status() -> sa.ScalarSelect[str]:
    """The status of the latest import of the workbook in the same row, if it has one."""
    return (
        sa.select(imports.c.status)
        .where(imports.c.workbook_id == workbooks.c.id)
        .order_by(imports.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def partitions_like(connection: sa.Connection, part: str) -> list[str]:
    """Partitions that begin with this, newest first."""
    kept = storable(connection, part)
    statement = (
        sa.select(workbooks.c.partition)
        .where(workbooks.c.partition.startswith(kept, autoescape=True))
        .order_by(workbooks.c.id.desc())
        .limit(10)
    )
    return list(connection.scalars(statement))


def workbooks_with_latest(
    connection: sa.Connection, limit: int | None = None, partition: str | None = None
) -> Sequence[sa.Row[Any]]:
    """Every workbook (or one) with the status and summary of its latest import, newest first."""
    latest = (
        sa.select(imports)
        .where(imports.c.workbook_id == workbooks.c.id)
        .order_by(imports.c.id.desc())
        .limit(1)
        .lateral("latest")
    )
    statement: sa.Select[Any] = (
        sa.select(
            *_ABOUT,
            latest.c.status,
            latest.c.summary,
            latest.c.message,
            latest.c.who,
            latest.c.started_at,
            latest.c.finished_at,
            latest.c.dagster_run_id,
        )
        .outerjoin(latest, sa.true())
        .where(
            sa.true()
            if partition is None
            else workbooks.c.partition == storable(connection, partition)
        )
        .order_by(workbooks.c.id.desc())
        .limit(limit)
    )
    return connection.execute(statement).all()


# ------------------------------------------------------------- the imports of a workbook


def start_import(
    connection: sa.Connection, workbook_id: int, who: str, dagster_run_id: str | None
) -> int:
    """Note that an import begins; gives its id, which for one Dagster run is the same again.

    The caller holds the import's lock, so one that still counts as running is dead.
    """
    if dagster_run_id is not None:
        known = sa.select(imports.c.id).where(
            imports.c.workbook_id == workbook_id, imports.c.dagster_run_id == dagster_run_id
        )
        found = connection.scalar(known)
        if found is not None:
            again = sa.update(imports).where(imports.c.id == found)
            connection.execute(again.values(status="running", finished_at=None, message=""))
            return int(found)
    connection.execute(
        sa.update(imports)
        .where(imports.c.workbook_id == workbook_id, imports.c.status == "running")
        .values(status="interrupted", finished_at=NOW, message=DIED)
    )
    started = (
        sa.insert(imports)
        .values(
            workbook_id=workbook_id,
            dagster_run_id=dagster_run_id,
            who=storable(connection, who),
            status="running",
            started_at=NOW,
            summary={},
            message="",
        )
        .returning(imports.c.id)
    )
    return int(connection.execute(started).scalar_one())


def note_import(
    connection: sa.Connection,
    import_id: int,
    status: str,
    summary: Mapping[str, Any],
    message: str,
) -> None:
    """How an import ended."""
    connection.execute(
        sa.update(imports)
        .where(imports.c.id == import_id)
        .values(
            status=status,
            summary=storable(connection, summary),
            message=storable(connection, message),
            finished_at=NOW,
        )
    )


def note_checked(connection: sa.Connection, import_id: int) -> None:
    """The event groups that are kept are those of this import."""
    one = sa.update(imports).where(imports.c.id == import_id)
    connection.execute(one.values(checked_at=NOW))


def is_checked(connection: sa.Connection, import_id: int) -> bool:
    """Whether the event groups that are kept are those of this import."""
    statement = sa.select(imports.c.checked_at).where(imports.c.id == import_id)
    return connection.scalar(statement) is not None


def latest_import(connection: sa.Connection, workbook_id: int) -> sa.Row[Any] | None:
    """The import of a workbook that began last."""
    statement = sa.select(imports).where(imports.c.workbook_id == workbook_id)
    return connection.execute(statement.order_by(imports.c.id.desc()).limit(1)).first()


# ---------------------------------------------------------------------- findings and groups


def store_findings(
    connection: sa.Connection, workbook_id: int, rows: Sequence[Sequence[Any]]
) -> None:
    """The findings of the latest check, instead of those of the one before.

    Each row has the values of `FINDING_COLUMNS`.
    """
    connection.execute(sa.delete(findings).where(findings.c.workbook_id == workbook_id))
    columns = ("workbook_id", *FINDING_COLUMNS)
    kept = storable(connection, rows)
    insert_rows(connection, findings, columns, ((workbook_id, *row) for row in kept))


def findings_of(connection: sa.Connection, workbook_id: int) -> Sequence[sa.Row[Any]]:
    """The findings of a workbook's latest check, in order."""
    statement = sa.select(findings).where(findings.c.workbook_id == workbook_id)
    return connection.execute(statement.order_by(findings.c.id)).all()


def store_groups(
    connection: sa.Connection, workbook_id: int, rows: Sequence[Sequence[Any]]
) -> None:
    """What became of each event group, instead of what was noted before.

    Each row is (rows, title, sessions, has_event, outcome, reason, event id).
    """
    connection.execute(sa.delete(event_groups).where(event_groups.c.workbook_id == workbook_id))
    columns = (
        *("workbook_id", "rows", "title", "sessions", "has_event", "outcome", "reason"),
        "event_id",
    )
    insert_rows(
        connection,
        event_groups,
        columns,
        ((workbook_id, list(rows_), *rest) for rows_, *rest in storable(connection, rows)),
    )


def name_event(connection: sa.Connection, workbook_id: int, row: int, event_id: int) -> None:
    """The event group whose first row this is has that event now."""
    of_group = event_groups.c.rows[1] == row
    statement = sa.update(event_groups).where(event_groups.c.workbook_id == workbook_id, of_group)
    connection.execute(statement.values(event_id=event_id))


def groups_of(connection: sa.Connection, workbook_id: int) -> Sequence[sa.Row[Any]]:
    """The event groups of a workbook, each with its event's Administrate id and tutorial event."""
    statement: sa.Select[Any] = (
        sa.select(
            event_groups,
            events.c.external_id,
            events.c.tutorial_event_id,
            events.c.adopted,
            events.c.undone_at,
        )
        .outerjoin(events, events.c.id == event_groups.c.event_id)
        .where(event_groups.c.workbook_id == workbook_id)
        .order_by(event_groups.c.id)
    )
    return connection.execute(statement).all()
