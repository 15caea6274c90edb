"""What people call the records that a list or a sentence names by id.

What belongs here: the names of those that are asked for, however many there are beside them. What
does not: finding a record by its name (`history.subjects`).
"""

from collections.abc import Iterable

import sqlalchemy as sa

from adm_sync.database.history_subjects import tutorial_rows_of
from adm_sync.reference.entity import Entity


def tutorial_labels(
    connection: sa.Connection, entity: Entity, numbers: Iterable[int]
) -> dict[int, str]:
    """What people call these tutorial records of an entity, by their ids."""
    wanted = sorted(set(numbers))
    if entity.matched is None or not wanted:
        return {}
    rows = tutorial_rows_of(connection, entity.matched.tutorials, wanted)
    return {one.id: one.label for one in map(entity.matched.read, rows)}
