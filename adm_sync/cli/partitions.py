"""Which import somebody means who types the beginning of its name.

What belongs here: finding it. What does not: what is done with it.
"""

import sqlalchemy as sa

from adm_sync.errors import WorkbookError


def the_partition(engine: sa.Engine, part: str) -> str:
    """The one partition of this name, or that begins so.

    Raises:
        WorkbookError: there is none, or there are several; names them.
        DatabaseError: it cannot be read.
    """
    from adm_sync.database import import_journal
    from adm_sync.database.engine import database_errors

    with database_errors(), engine.connect() as connection:
        found = import_journal.partitions_like(connection, part)
        # One whose name is the beginning of many others may not be among the first of them.
        if part in found or import_journal.find_workbook(connection, part) is not None:
            return part
    if not found:
        raise WorkbookError(
            f"There is no import «{part}». adm-sync imports lists those that there are."
        )
    if len(found) > 1:
        raise WorkbookError(
            f"Several imports begin with «{part}»; name one of them:\n" + "\n".join(found)
        )
    return found[0]
