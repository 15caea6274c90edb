"""What the inbox's sensor remembers of each file that lies there.

What belongs here: reading and writing that memory. What does not: looking (`imports.inbox`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.encoding import storable
from adm_sync.database.import_journal import latest_status
from adm_sync.database.import_tables import inbox_files, workbooks
from adm_sync.database.recorded import all_as
from adm_sync.database.states import ImportStatus, InboxState


@dataclass(frozen=True, slots=True)
class SeenFile:
    """What is known of a file, with the status of its workbook's latest import."""

    name: str
    sign: str
    state: InboxState
    message: str
    partition: str | None
    latest_status: ImportStatus | None


def remembered(connection: sa.Connection, folder: str, names: Sequence[str]) -> dict[str, SeenFile]:
    """What is known of each file of a folder.

    By the names that the files have: those of the ones that lie there, and of others as they are
    stored.
    """
    stored = dict(zip(storable(connection, names), names, strict=True))
    statement = (
        sa.select(inbox_files, latest_status().label("latest_status"))
        .outerjoin(workbooks, workbooks.c.partition == inbox_files.c.partition)
        .where(inbox_files.c.folder == storable(connection, folder))
    )
    found = all_as(connection, SeenFile, statement)
    return {stored.get(one.name, one.name): one for one in found}


def remember(
    connection: sa.Connection,
    folder: str,
    name: str,
    sign: str,
    state: InboxState,
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
