"""What the inbox's sensor remembers of each file that lies there.

What belongs here: reading and writing that memory. What does not: looking (`imports.inbox`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database.encoding import storable
from adm_sync.database.import_journal import latest_status
from adm_sync.database.import_tables import inbox_files, workbooks
from adm_sync.database.recorded import all_as, among
from adm_sync.database.states import ImportStatus, InboxState


@dataclass(frozen=True, slots=True)
class SeenFile:
    """What is known of a file since `seen_at`, with its workbook's latest import's status."""

    name: str
    sign: str
    state: InboxState
    message: str
    partition: str | None
    seen_at: datetime
    latest_status: ImportStatus | None


def remembered(connection: sa.Connection, folder: str, names: Sequence[str]) -> dict[str, SeenFile]:
    """What is known of each file of a folder.

    By the names that the files have: those of the ones that lie there, and of others as they are
    stored.
    """
    stored = dict(zip(storable(connection, names), names, strict=True))
    statement = _known().where(inbox_files.c.folder == storable(connection, folder))
    found = all_as(connection, SeenFile, statement)
    return {stored.get(one.name, one.name): one for one in found}


def refused(connection: sa.Connection) -> list[SeenFile]:
    """The files that lie in an inbox and were not taken in, by name."""
    statement = _known().where(inbox_files.c.state == InboxState.REFUSED)
    return all_as(connection, SeenFile, statement.order_by(inbox_files.c.name))


def _known() -> sa.Select[Any]:
    return sa.select(inbox_files, latest_status().label("latest_status")).outerjoin(
        workbooks, workbooks.c.partition == inbox_files.c.partition
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What is to be remembered of a file."""

    name: str
    sign: str
    state: InboxState
    message: str = ""
    partition: str | None = None


def remember(connection: sa.Connection, folder: str, files: Sequence[Seen]) -> None:
    """From now on this is what is known of these files."""
    if not files:
        return
    values = storable(connection, [{"folder": folder, **asdict(one)} for one in files])
    statement = insert(inbox_files).values(seen_at=sa.func.now())
    names = (*(one.name for one in fields(Seen)), "seen_at")
    told = {name: statement.excluded[name] for name in names}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["folder", "name"], set_=told), values
    )


def forget(connection: sa.Connection, folder: str, names: Sequence[str]) -> None:
    """These files lie there no longer."""
    here = inbox_files.c.folder == storable(connection, folder)
    connection.execute(
        sa.delete(inbox_files).where(here, among(inbox_files.c.name, storable(connection, names)))
    )
