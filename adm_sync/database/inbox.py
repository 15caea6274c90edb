"""What the inbox's sensor remembers of each file that lies there.

What belongs here: reading and writing that memory. What does not: looking (`imports.inbox`).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.encoding import storable
from adm_sync.database.import_journal import latest_status
from adm_sync.database.import_tables import inbox_files, workbooks


def remembered(
    connection: sa.Connection, folder: str, names: Sequence[str]
) -> dict[str, sa.Row[Any]]:
    """What is known of each file of a folder, with the status of its workbook's latest import.

    By the names that the files have: those of the ones that lie there, and of others as they are
    stored.
    """
    stored = dict(zip(storable(connection, names), names, strict=True))
    statement = (
        sa.select(inbox_files, latest_status().label("latest_status"))
        .outerjoin(workbooks, workbooks.c.partition == inbox_files.c.partition)
        .where(inbox_files.c.folder == storable(connection, folder))
    )
    return {stored.get(row.name, row.name): row for row in connection.execute(statement)}


def remember(
    connection: sa.Connection,
    folder: str,
    name: str,
    sign: str,
    state: str,
    message: str = "",
    partition: str | None = None,
) -> None:
    """From now on this is what is known of a file."""
    key = storable(connection, {"folder": folder, "name": name})
    told = {"sign": sign, "state": state, "message": message, "partition": partition}
    values = {**storable(connection, told), "seen_at": sa.func.now()}
    statement = insert(inbox_files).values({**key, **values})
    connection.execute(
        statement.on_conflict_do_update(index_elements=["folder", "name"], set_=values)
    )


def forget(connection: sa.Connection, folder: str, names: Sequence[str]) -> None:
    """These files lie there no longer."""
    gone = sa.bindparam("gone", storable(connection, names), sa.ARRAY(sa.Text))
    here = inbox_files.c.folder == storable(connection, folder)
    connection.execute(sa.delete(inbox_files).where(here, inbox_files.c.name == sa.any_(gone)))
