"""The latest dry run of each workbook that is kept, and its findings page by page.

What belongs here: the statements. What does not: the workbook and its findings as such
(`import_journal`), and making a dry run (`imports.dry_runs`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.encoding import storable
from adm_sync.database.import_journal import FINDING_COLUMNS
from adm_sync.database.import_tables import dry_runs, findings, imports, workbooks
from adm_sync.database.recorded import NOW, all_as, columns_of, first_as


@dataclass(frozen=True, slots=True)
class KeptDryRun:
    """A dry run as it is kept; what is None is not known before it has ended."""

    who: str
    started_at: datetime
    finished_at: datetime | None
    update_options: dict[str, Any] | None
    status: str | None
    fingerprint: str | None
    result: dict[str, Any] | None
    message: str


def begin(
    connection: sa.Connection, workbook_id: int, who: str, options: Mapping[str, Any] | None
) -> None:
    """A dry run of a workbook begins; what the one before has found stays until this one ends."""
    given = {"who": storable(connection, who), "started_at": NOW, "finished_at": None}
    values = {**given, "update_options": options, "message": ""}
    statement = insert(dry_runs).values(workbook_id=workbook_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["workbook_id"], set_=values))


def end(
    connection: sa.Connection,
    workbook_id: int,
    status: str,
    fingerprint: str | None,
    result: Mapping[str, Any] | None,
    message: str,
) -> None:
    """How a dry run has ended, and what it has found."""
    kept = {"result": result, "message": message}
    connection.execute(
        sa.update(dry_runs)
        .where(dry_runs.c.workbook_id == workbook_id)
        .values(
            finished_at=NOW, status=status, fingerprint=fingerprint, **storable(connection, kept)
        )
    )


def latest(connection: sa.Connection, workbook_id: int) -> KeptDryRun | None:
    """The dry run of a workbook, if there was one."""
    statement = sa.select(dry_runs).where(dry_runs.c.workbook_id == workbook_id)
    return first_as(connection, KeptDryRun, statement)


@dataclass(frozen=True, slots=True)
class OnlyChecked:
    """A workbook that was looked at, and by whom."""

    partition: str
    who: str
    finished_at: datetime


def only_checked(connection: sa.Connection, since: datetime) -> list[OnlyChecked]:
    """The workbooks whose latest dry run ended since then, and of which no import has begun."""
    statement: sa.Select[Any] = (
        sa.select(*columns_of(OnlyChecked, workbooks, dry_runs))
        .join(dry_runs, dry_runs.c.workbook_id == workbooks.c.id)
        .where(
            dry_runs.c.finished_at >= since,
            ~sa.exists().where(imports.c.workbook_id == workbooks.c.id),
        )
    )
    return all_as(connection, OnlyChecked, statement.order_by(workbooks.c.id.desc()))


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A workbook that was kept and that nobody has looked at, and who handed it in."""

    partition: str
    sender: str | None
    received_at: datetime


def unchecked(
    connection: sa.Connection, source: str, since: datetime, until: datetime
) -> list[Unchecked]:
    """The workbooks that came from there in that time, of which no check has ended and no import
    has begun."""
    statement: sa.Select[Any] = sa.select(
        workbooks.c.partition, workbooks.c.sender, workbooks.c.received_at
    ).where(
        workbooks.c.source == source,
        workbooks.c.received_at.between(since, until),
        ~sa.exists().where(imports.c.workbook_id == workbooks.c.id),
        ~sa.exists().where(
            dry_runs.c.workbook_id == workbooks.c.id, dry_runs.c.status.is_not(None)
        ),
    )
    return all_as(connection, Unchecked, statement.order_by(workbooks.c.id.desc()))


# ---------------------------------------------------------------------- findings by the page


def counts(
    connection: sa.Connection, workbook_id: int, asking: str
) -> list[tuple[str, str, bool, int]]:
    """How many findings of a workbook there are of each severity and code, those apart whose
    suggestion begins with `asking`."""
    kind = severity, code, asks = _kind(asking)
    statement = (
        sa.select(severity, code, asks, sa.func.count())
        .where(findings.c.workbook_id == workbook_id)
        .group_by(*kind)
        .order_by(*kind)
    )
    return [(severity, code, asks, n) for severity, code, asks, n in connection.execute(statement)]


def page(
    connection: sa.Connection,
    workbook_id: int,
    asking: str,
    kinds: Collection[tuple[str, str, bool]],
    offset: int,
    limit: int,
) -> list[dict[str, Any]]:
    """Some findings of a workbook, in order: `FINDING_COLUMNS` by name.

    Args:
        connection: only read from.
        workbook_id: the workbook's.
        asking: how the suggestions of some begin.
        kinds: only those of these severities and codes, and whether they begin so.
        offset: how many come before.
        limit: how many at most.
    """
    columns = [findings.c[name] for name in FINDING_COLUMNS]
    of_kind = sa.tuple_(*_kind(asking)).in_(list(kinds))
    statement = (
        sa.select(*columns)
        .where(findings.c.workbook_id == workbook_id, of_kind)
        .order_by(findings.c.id)
        .offset(offset)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def _kind(asking: str) -> tuple[sa.Column[str], sa.Column[str], sa.Function[bool]]:
    asks: sa.Function[bool] = sa.func.starts_with(
        sa.func.coalesce(findings.c.suggestion, ""), asking
    )
    return findings.c.severity, findings.c.code, asks
