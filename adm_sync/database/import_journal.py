"""The project's own record of workbooks: what arrived, what was found, and how imports went.

What belongs here: reading and writing workbooks, imports, findings and event groups. What does
not: events and steps (`recording`, `steps`), and what any of it means (`imports`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import event_groups, events, findings, imports, workbooks
from adm_sync.database.recorded import NOW, all_as, columns_of, first_as
from adm_sync.database.statements import insert_rows
from adm_sync.database.states import GroupOutcome, ImportStatus

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
DIED = "The process that was at it ended in the middle."


def keep_workbook(
    connection: sa.Connection,
    *,
    partition: str,
    file_name: str,
    sha256: str,
    content: bytes,
    sheet: str | None,
    source: str,
    sender: str | None,
    now: datetime,
) -> int:
    """Keep a workbook under its partition; gives its id. Kept before, only the sheet may change."""
    names = {"partition": partition, "file_name": file_name, "sheet": sheet, "source": source}
    names["sender"] = sender
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


@dataclass(frozen=True, slots=True)
class KeptWorkbook:
    """A workbook as it was kept, with its bytes."""

    id: int
    file_name: str
    sha256: str
    content: bytes
    sheet: str | None


def find_workbook(connection: sa.Connection, partition: str) -> KeptWorkbook | None:
    """The workbook of a partition."""
    kept = storable(connection, partition)
    statement = sa.select(workbooks).where(workbooks.c.partition == kept)
    return first_as(connection, KeptWorkbook, statement)


def workbooks_named(connection: sa.Connection, file_name: str) -> frozenset[int]:
    """The ids of the workbooks of this file name, whatever is in them."""
    named = workbooks.c.file_name == storable(connection, file_name)
    return frozenset(connection.scalars(sa.select(workbooks.c.id).where(named)))


@dataclass(frozen=True, slots=True)
class KnownWorkbook:
    """The partition of a workbook, and the status of its latest import if it has one."""

    partition: str
    latest_status: ImportStatus | None


def workbook_of(connection: sa.Connection, sha256: str) -> KnownWorkbook | None:
    """The first workbook of these bytes."""
    statement: sa.Select[Any] = (
        sa.select(workbooks.c.partition, latest_status().label("latest_status"))
        .where(workbooks.c.sha256 == sha256)
        .order_by(workbooks.c.id)
        .limit(1)
    )
    return first_as(connection, KnownWorkbook, statement)


def latest_import(workbook_id: int | sa.ColumnElement[int]) -> sa.Select[Any]:
    """The import of a workbook that began last."""
    own = sa.select(imports).where(imports.c.workbook_id == workbook_id)
    return own.order_by(imports.c.id.desc()).limit(1)


def latest_status() -> sa.ScalarSelect[str]:
    """The status of the latest import of the workbook in the same row, if it has one."""
    latest = latest_import(workbooks.c.id)
    return latest.with_only_columns(imports.c.status).scalar_subquery()


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


@dataclass(frozen=True, slots=True)
class ListedWorkbook:
    """A workbook with its latest import, whose fields are None if there was none."""

    id: int
    partition: str
    file_name: str
    sheet: str | None
    source: str
    sender: str | None
    received_at: datetime
    status: ImportStatus | None
    summary: dict[str, Any] | None
    message: str | None
    who: str | None
    started_at: datetime | None
    finished_at: datetime | None
    dagster_run_id: str | None
    cause: str | None

    @property
    def by(self) -> str:
        """Who imported it last; if nobody has, who handed it in; '' if nobody knows."""
        return self.who or self.sender or ""


def workbooks_with_latest(
    connection: sa.Connection,
    limit: int | None = None,
    partition: str | None = None,
    *,
    before: int | None = None,
    ids: Sequence[int] | None = None,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> list[ListedWorkbook]:
    """Every workbook (or one, those before an id, of some ids, or that meet all conditions of
    `import_search`), newest first."""
    latest = latest_import(workbooks.c.id).lateral("latest")
    statement: sa.Select[Any] = (
        sa.select(*columns_of(ListedWorkbook, workbooks, latest))
        .outerjoin(latest, sa.true())
        .where(
            sa.true()
            if partition is None
            else workbooks.c.partition == storable(connection, partition),
            sa.true() if before is None else workbooks.c.id < before,
        )
        .where(sa.true() if ids is None else workbooks.c.id.in_(ids), *where)
        .order_by(workbooks.c.id.desc())
        .limit(limit)
    )
    return all_as(connection, ListedWorkbook, statement)


# ------------------------------------------------------------- the imports of a workbook


def start_import(
    connection: sa.Connection, workbook_id: int, who: str, run_id: str | None, **summary: Any
) -> int:
    """Note that an import begins; gives its id, which for one Dagster run is the same again.

    The caller holds the import's lock, so one that still counts as running is dead.
    """
    if run_id is not None:
        known = sa.select(imports.c.id).where(
            imports.c.workbook_id == workbook_id, imports.c.dagster_run_id == run_id
        )
        found = connection.scalar(known)
        if found is not None:
            again = sa.update(imports).where(imports.c.id == found)
            connection.execute(
                again.values(status=ImportStatus.RUNNING, finished_at=None, message="")
            )
            return int(found)
    connection.execute(
        sa.update(imports)
        .where(imports.c.workbook_id == workbook_id, imports.c.status == ImportStatus.RUNNING)
        .values(status=ImportStatus.INTERRUPTED, finished_at=NOW, message=DIED)
    )
    started = (
        sa.insert(imports)
        .values(
            workbook_id=workbook_id,
            dagster_run_id=run_id,
            who=storable(connection, who),
            status=ImportStatus.RUNNING,
            started_at=NOW,
            summary=storable(connection, summary),
            message="",
        )
        .returning(imports.c.id)
    )
    return int(connection.execute(started).scalar_one())


def note_import(
    connection: sa.Connection,
    import_id: int,
    status: ImportStatus,
    summary: Mapping[str, Any],
    message: str,
    cause: str = "",
) -> None:
    """How an import ended, and by what, if by a problem of Administrate as a whole."""
    connection.execute(
        sa.update(imports)
        .where(imports.c.id == import_id)
        .values(
            status=status,
            summary=storable(connection, summary),
            message=storable(connection, message),
            cause=storable(connection, cause) or None,
            finished_at=NOW,
        )
    )


def note_checked(connection: sa.Connection, import_id: int) -> None:
    """The event groups that are kept are those of this import."""
    one = sa.update(imports).where(imports.c.id == import_id)
    connection.execute(one.values(checked_at=NOW))


def note_update_options(
    connection: sa.Connection, import_id: int, options: Mapping[str, Any] | None
) -> None:
    """How far an import may change events that are known."""
    one = sa.update(imports).where(imports.c.id == import_id)
    connection.execute(one.values(update_options=options))


def update_options(connection: sa.Connection, import_id: int) -> Mapping[str, Any] | None:
    """How far an import may change events that are known; None if it may not."""
    statement = sa.select(imports.c.update_options).where(imports.c.id == import_id)
    return connection.scalar(statement)


def is_checked(connection: sa.Connection, import_id: int) -> bool:
    """Whether the event groups that are kept are those of this import."""
    statement = sa.select(imports.c.checked_at).where(imports.c.id == import_id)
    return connection.scalar(statement) is not None


def latest_summary(connection: sa.Connection, workbook_id: int) -> dict[str, Any]:
    """The summary of the import of a workbook that began last; empty if there was none."""
    summary = latest_import(workbook_id).with_only_columns(imports.c.summary)
    return connection.scalar(summary) or {}


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


def findings_of(connection: sa.Connection, workbook_id: int) -> list[dict[str, Any]]:
    """The findings of a workbook's latest check, in order: `FINDING_COLUMNS` by name."""
    columns = [findings.c[name] for name in FINDING_COLUMNS]
    statement = sa.select(*columns).where(findings.c.workbook_id == workbook_id)
    return [dict(row) for row in connection.execute(statement.order_by(findings.c.id)).mappings()]


def store_groups(
    connection: sa.Connection, workbook_id: int, rows: Sequence[Sequence[Any]]
) -> None:
    """What became of each event group, instead of what was noted before.

    Each row is (rows, title, sessions, has_event, outcome, reason, its start, event
    id, sessions updated, conflicts, conflicts of sessions).
    """
    connection.execute(sa.delete(event_groups).where(event_groups.c.workbook_id == workbook_id))
    columns = (
        *("workbook_id", "rows", "title", "sessions", "has_event", "outcome", "reason"),
        *("starts_at", "event_id", "sessions_updated", "conflicts", "sessions_conflicts"),
    )
    insert_rows(
        connection,
        event_groups,
        columns,
        ((workbook_id, list(rows_), *rest) for rows_, *rest in storable(connection, rows)),
    )


def name_events(connection: sa.Connection, workbook_id: int, ids: Mapping[int, int]) -> None:
    """The event groups of these first rows have these events now."""
    numbers = sa.ARRAY(sa.BigInteger)
    pairs = sa.func.unnest(
        sa.bindparam("first_rows", list(ids), numbers),
        sa.bindparam("events", list(ids.values()), numbers),
    ).table_valued("row", "event")
    named = pairs.render_derived(name="named")
    connection.execute(
        sa.update(event_groups)
        .where(event_groups.c.workbook_id == workbook_id, event_groups.c.rows[1] == named.c.row)
        .values(event_id=named.c.event)
    )


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """What became of an event group; the last are its event's, None if it has none.

    `brought` says whether it was this workbook that brought it, in whichever of its runs.
    """

    rows: list[int]
    title: str
    sessions: int
    has_event: bool
    outcome: GroupOutcome
    reason: str
    event_id: int | None
    sessions_updated: int
    conflicts: int
    sessions_conflicts: int
    external_id: str | None
    tutorial_event_id: int | None
    adopted: bool | None
    undone_at: datetime | None
    brought: bool | None


def groups_of(connection: sa.Connection, workbook_id: int) -> list[KeptGroup]:
    """The event groups of a workbook, in order."""
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                *(KeptGroup, event_groups, events),
                brought=events.c.workbook_id == event_groups.c.workbook_id,
            )
        )
        .outerjoin(events, events.c.id == event_groups.c.event_id)
        .where(event_groups.c.workbook_id == workbook_id)
        .order_by(event_groups.c.id)
    )
    return all_as(connection, KeptGroup, statement)
