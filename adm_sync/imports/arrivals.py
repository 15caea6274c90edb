"""Taking in workbooks that arrived in the inbox.

What belongs here: keeping the bytes of a file, once. What does not: which files have landed
(`inbox`), and starting their import (`defs`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.database import import_journal
from adm_sync.database.engine import database_errors
from adm_sync.imports.inbox import Landed
from adm_sync.workbook.reading import Limits, open_content

SOURCE = "inbox"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A workbook that is kept.

    Attributes:
        partition: under which its bytes are kept; another file's name, if that one brought them.
        is_imported: whether an import of it was ever begun, however it ended.
    """

    partition: str
    is_imported: bool


def take_in(engine: sa.Engine, landed: Landed, limits: Limits) -> Arrival:
    """Keep the bytes of a file, unless they are known, whatever their name was.

    Raises:
        WorkbookRefused: it cannot be read whole, it is too large, or it is still being written.
        DatabaseError: it cannot be kept.
    """
    content = open_content(landed.path, limits)
    with database_errors(), engine.begin() as connection:
        known = import_journal.workbook_of(connection, content.sha256)
        if known is not None:
            return Arrival(known.partition, known.is_imported)
        import_journal.keep_workbook(
            connection,
            partition=content.partition,
            file_name=content.name,
            sha256=content.sha256,
            content=content.data,
            sheet=None,
            source=SOURCE,
            now=datetime.now(UTC),
        )
    return Arrival(content.partition, is_imported=False)
