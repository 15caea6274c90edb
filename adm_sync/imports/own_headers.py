"""How the headers of a kept workbook may be read, for whoever has only its import.

What belongs here: proposing that for the bytes that are kept. What does not: the proposal itself
(`workbook.mapping`), which the command line makes of a file.
"""

import sqlalchemy as sa

from adm_sync.database.engine import database_errors
from adm_sync.imports.keeping import kept_workbook
from adm_sync.workbook.mapping.proposing import Proposal, propose
from adm_sync.workbook.reading import Limits, read_book


def proposal_for(engine: sa.Engine, partition: str, limits: Limits) -> Proposal | None:
    """A proposal for the workbook of an import; None if no row looks like headers of events.

    Args:
        engine: the database.
        partition: of the workbook.
        limits: what it may be.

    Raises:
        WorkbookError: there is no such import.
        WorkbookRefused: it cannot be read.
        DatabaseError: the database does not give it.
    """
    with database_errors(), engine.connect() as connection:
        _, content, sheet = kept_workbook(connection, partition)
    return propose(read_book(content, limits), sheet)
