"""Which workbooks are looked for: conditions on `workbooks`.

What belongs here: the statements. What does not: listing what they leave (`import_journal`), and
how an import stands (`imports.state`).
"""

from collections.abc import Collection

import sqlalchemy as sa

from adm_sync.database.encoding import storable
from adm_sync.database.import_tables import dry_runs, event_groups, events, imports, workbooks
from adm_sync.database.recorded import among

Condition = sa.ColumnElement[bool]
_IMPORTED = sa.exists().where(imports.c.workbook_id == workbooks.c.id)


def is_named(connection: sa.Connection, part: str) -> Condition:
    """The name of the file has this in it, or that of the import begins so, whatever the case."""
    kept = storable(connection, part)
    # What an import is called ends in a sum, in which any letters may stand.
    begins = workbooks.c.partition.istartswith(kept, autoescape=True)
    return workbooks.c.file_name.icontains(kept, autoescape=True) | begins


def is_of_sitting(connection: sa.Connection, sitting: str) -> Condition:
    """It names an event of this sitting that is recorded."""
    found = (
        sa.select(event_groups.c.workbook_id)
        .join(events, events.c.id == event_groups.c.event_id)
        .where(events.c.sitting == storable(connection, sitting).upper())
    )
    return workbooks.c.id.in_(found)


def is_by(connection: sa.Connection, part: str) -> Condition:
    """Somebody with this in the name has handed it in, imported or checked it."""
    kept = storable(connection, part)
    by = [
        sa.select(table.c.workbook_id).where(table.c.who.icontains(kept, autoescape=True))
        for table in (imports, dry_runs)
    ]
    sent = workbooks.c.sender.icontains(kept, autoescape=True)
    return sa.or_(sent, *(workbooks.c.id.in_(one) for one in by))


def is_among(ids: Collection[int]) -> Condition:
    """It is one of these."""
    return among(workbooks.c.id, ids)


def is_shown_as(text: str) -> Condition:
    """Its checks show this of it."""
    return workbooks.c.shown == text


def was_never_imported() -> Condition:
    """No run of it was ever begun."""
    return ~_IMPORTED
