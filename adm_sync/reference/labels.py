"""What people call the records that a list or a sentence names by id.

What belongs here: the names of those that are asked for, however many there are beside them. What
does not: finding a record by its name (`history.subjects`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from adm_sync.database.history_subjects import bridge_rows_of, name_column, tutorial_rows_of
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.entity import Entity

NAMELESS = "(no name)"


def tutorial_labels(
    connection: sa.Connection, entity: Entity, numbers: Iterable[int]
) -> dict[int, str]:
    """What people call these tutorial records of an entity, by their ids."""
    wanted = sorted(set(numbers))
    if entity.matched is None or not wanted:
        return {}
    rows = tutorial_rows_of(connection, entity.matched.tutorials, wanted)
    return {one.id: one.label for one in map(entity.matched.read, rows)}


def row_labels(
    connection: sa.Connection, entity: Entity, rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    """What these rows of a bridge table are, which holds their names, or what they are made of."""
    called = name_column(entity.bridge)
    if called is not None:
        return [str(row.get(called.name) or NAMELESS) for row in rows]
    known = {
        column: _bridged(connection, other, [row[column] for row in rows if row.get(column)])
        for column, other in _parts(entity).items()
    }
    others = [name for name in entity.columns if name not in known]
    return [
        " · ".join(
            [
                *(labels.get(row.get(column) or 0, NAMELESS) for column, labels in known.items()),
                *(str(row[name]) for name in others if row.get(name) is not None),
            ]
        )
        for row in rows
    ]


def _parts(entity: Entity) -> dict[str, Entity]:
    """The columns that point at rows of other entities, and at which."""
    of_table = {other.bridge: other for other in ENTITIES}
    return {
        column.name: of_table[key.column.table]
        for column in entity.bridge.columns
        for key in column.foreign_keys
        if key.column.table in of_table
    }


def _bridged(connection: sa.Connection, entity: Entity, numbers: Sequence[int]) -> dict[int, str]:
    link = entity.matched.link if entity.matched else None
    rows = bridge_rows_of(connection, entity.bridge, link, numbers)
    labels = tutorial_labels(connection, entity, [here for _, here, _ in rows if here is not None])
    return {number: name or labels.get(here or 0, NAMELESS) for number, here, name in rows}
