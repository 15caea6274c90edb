"""Who is to hear what became of a workbook that was uploaded.

What belongs here: their addresses. What does not: what is said, and whether they may be mailed
(`alerts.answering`).
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.database import upload_answers
from adm_sync.workbook.contact import plain_address


def note_news(connection: sa.Connection, workbook_id: int, contact: str) -> None:
    """A check or an import of it has ended; nothing if it was not uploaded.

    Args:
        connection: in a transaction.
        workbook_id: our row.
        contact: whom the workbook says to answer, if that is known.
    """
    sender = upload_answers.sender_of(connection, workbook_id)
    if sender is not None:
        told = who_is_told(sender, contact)
        upload_answers.note_news(connection, workbook_id, told, datetime.now(UTC))


def who_is_told(sender: str, contact: str) -> list[str]:
    """The addresses, each once however it is spelled.

    Args:
        sender: the name of whoever has uploaded it, which may be a plain address.
        contact: the address that the workbook names; may be empty.
    """
    found = {one.lower(): one for one in (contact, plain_address(sender)) if one}
    return list(found.values())
