"""What was put into the outbox, and who is to be mailed it.

What belongs here: the statements. What does not: putting it there (`imports.outbox`), and mailing
it (`alerts.answering`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.alert_tables import answers
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import inbox_files, workbooks
from adm_sync.database.recorded import all_as, columns_of, on_lease


def came_by(connection: sa.Connection, workbook_id: int, source: str) -> bool:
    """Whether a workbook came from there, or lies in an inbox now, whichever way it came first."""
    lies_there = sa.exists().where(inbox_files.c.partition == workbooks.c.partition)
    found = sa.select(sa.or_(workbooks.c.source == source, lies_there))
    return bool(connection.scalar(found.where(workbooks.c.id == workbook_id)))


def sum_of(
    connection: sa.Connection, folder: str, name: str, workbook_id: int | None
) -> str | None:
    """The SHA-256 of what was put under this name for this workbook, if that was so."""
    statement = sa.select(answers.c.sha256).where(
        answers.c.folder == storable(connection, folder),
        answers.c.name == storable(connection, name),
        answers.c.workbook_id.is_not_distinct_from(workbook_id),
    )
    found: str | None = connection.scalar(statement)
    return found


def note(
    connection: sa.Connection,
    folder: str,
    name: str,
    workbook_id: int | None,
    sha256: str,
    contact: str,
    now: datetime,
) -> None:
    """This was put there; whoever is named is to be mailed it, unless it is what they have."""
    given = storable(connection, {"folder": folder, "name": name, "contact": contact})
    statement = insert(answers).values(
        **given,
        workbook_id=workbook_id,
        sha256=sha256,
        put_at=now,
        due_at=now if contact else None,
        attempts=0,
        message="",
    )
    fresh = statement.excluded
    is_new = answers.c.sha256 != fresh.sha256
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["folder", "name"],
            set_={
                "workbook_id": fresh.workbook_id,
                "sha256": fresh.sha256,
                "contact": fresh.contact,
                "put_at": fresh.put_at,
                "due_at": sa.case((is_new, fresh.due_at), else_=answers.c.due_at),
                "attempts": sa.case((is_new, 0), else_=answers.c.attempts),
            },
        )
    )


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """An answer that somebody is to be mailed."""

    id: int
    folder: str
    name: str
    sha256: str
    contact: str
    put_at: datetime
    attempts: int
    partition: str | None


def claim(connection: sa.Connection, now: datetime, lease: timedelta, most: int) -> list[DueAnswer]:
    """Take on some of what is to be mailed; nobody else has it until the lease ends."""
    due = (
        sa.select(answers.c.id)
        .where(answers.c.due_at <= now)
        .order_by(answers.c.due_at)
        .limit(most)
    )
    partition = sa.select(workbooks.c.partition).where(workbooks.c.id == answers.c.workbook_id)
    columns = columns_of(DueAnswer, answers, partition=partition.scalar_subquery())
    return all_as(connection, DueAnswer, on_lease(answers, due, now, lease).returning(*columns))


def settle(connection: sa.Connection, ids: Sequence[int], message: str) -> None:
    """Nothing more is to be mailed for these; `message` says why nothing was, if so."""
    given: dict[str, Any] = {"due_at": None, "message": storable(connection, message)}
    connection.execute(sa.update(answers).where(answers.c.id.in_(ids)).values(given))


def put_off(connection: sa.Connection, ids: Sequence[int], message: str, due_at: datetime) -> None:
    """These were not mailed, and are tried again at that time."""
    given: dict[str, Any] = {"due_at": due_at, "message": storable(connection, message)}
    connection.execute(sa.update(answers).where(answers.c.id.in_(ids)).values(given))
