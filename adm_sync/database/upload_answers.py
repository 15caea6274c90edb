"""Whom to mail what became of a workbook that was uploaded.

What belongs here: the statements. What does not: who that is (`imports.uploads`), and mailing it
(`alerts.answering`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.alert_tables import upload_answers
from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import workbooks
from adm_sync.database.recorded import all_as, columns_of, on_lease

# Where a workbook came from that was uploaded at the desk.
UPLOADED = "desk"


def sender_of(connection: sa.Connection, workbook_id: int) -> str | None:
    """Who has uploaded a workbook; None if it came otherwise."""
    found = sa.select(sa.func.coalesce(workbooks.c.sender, ""))
    sender: str | None = connection.scalar(
        found.where(workbooks.c.id == workbook_id, workbooks.c.source == UPLOADED)
    )
    return sender


def note_news(
    connection: sa.Connection, workbook_id: int, addresses: Iterable[str], now: datetime
) -> None:
    """There is something to say about it, to these and to whom it was said to before."""
    rows = [
        {
            "workbook_id": workbook_id,
            "address": storable(connection, address),
            "since": now,
            "due_at": now,
            "attempts": 0,
            "message": "",
            "sign": "",
        }
        for address in addresses
    ]
    if rows:
        connection.execute(insert(upload_answers).on_conflict_do_nothing(), rows)
    again = sa.update(upload_answers).where(upload_answers.c.workbook_id == workbook_id)
    connection.execute(again.values(since=now, due_at=now, attempts=0, message=""))


@dataclass(frozen=True, slots=True)
class DueNews:
    """Something that somebody is to be mailed about a workbook that was uploaded.

    `sign` is what they were told last.
    """

    id: int
    address: str
    since: datetime
    attempts: int
    sign: str
    partition: str


def claim(connection: sa.Connection, now: datetime, lease: timedelta, most: int) -> list[DueNews]:
    """Take on some of what is to be mailed; nobody else has it until the lease ends."""
    due = (
        sa.select(upload_answers.c.id)
        .where(upload_answers.c.due_at <= now)
        .order_by(upload_answers.c.due_at)
        .limit(most)
    )
    claimed = on_lease(upload_answers, due, now, lease)
    claimed = claimed.where(workbooks.c.id == upload_answers.c.workbook_id)
    columns = columns_of(DueNews, upload_answers, workbooks)
    return all_as(connection, DueNews, claimed.returning(*columns))


def note_sent(connection: sa.Connection, one: DueNews, sign: str, now: datetime) -> None:
    """It was mailed."""
    _still(connection, one, due_at=None, message="", sign=sign, sent_at=now)


def settle(connection: sa.Connection, one: DueNews, message: str) -> None:
    """Nothing is to be mailed; `message` says why, if that is no matter of course."""
    _still(connection, one, due_at=None, message=storable(connection, message))


def put_off(connection: sa.Connection, one: DueNews, message: str, due_at: datetime) -> None:
    """It was not mailed, and is tried again at that time."""
    _still(connection, one, due_at=due_at, message=storable(connection, message))


def _still(connection: sa.Connection, one: DueNews, **values: object) -> None:
    """Unless there are other news meanwhile."""
    is_it = (upload_answers.c.id == one.id) & (upload_answers.c.since == one.since)
    connection.execute(sa.update(upload_answers).where(is_it).values(values))


@dataclass(frozen=True, slots=True)
class Answered:
    """Whom a workbook that was uploaded is answered to, and how far that is.

    `due_at` is None once nothing is to be mailed; `message` says why nothing could be.
    """

    address: str
    due_at: datetime | None
    message: str
    sent_at: datetime | None


def answered(connection: sa.Connection, workbook_id: int) -> list[Answered]:
    """Everybody who is answered about a workbook."""
    statement = sa.select(*columns_of(Answered, upload_answers)).order_by(upload_answers.c.id)
    mine = statement.where(upload_answers.c.workbook_id == workbook_id)
    return all_as(connection, Answered, mine)
