"""A held plan as a person reads it before it is released: what it would take away, by name.

What belongs here: the names. What does not: when a plan is held (`planning`), and the words around
it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.database import open_records
from adm_sync.database.journal import HeldPlan
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.labels import NAMELESS, row_labels, tutorial_labels

SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class Removal:
    """A row that a plan would delete, or whose link it would take away or move.

    `tutorial_id` is None if the row is not linked; `instead` is the tutorial record that it would
    be linked with then.
    """

    action: str
    external_id: str
    name: str
    tutorial_id: int | None = None
    instead: str | None = None


def removals(
    connection: sa.Connection, held: HeldPlan, first: int = 0, most: int | None = None
) -> Iterator[Removal]:
    """What a plan would take away, in its order; so many after the first ones."""
    entity = BY_NAME[held.entity]
    listed = held.plan["removals"][first:][:most]
    if entity.matched is None:
        names = row_labels(connection, entity, [one["before"] or {} for one in listed])
        for one, name in zip(listed, names, strict=True):
            yield Removal(one["action"], one["external_id"], name)
        return
    ends = [[(one[side] or {}).get(entity.matched.link) for side in SIDES] for one in listed]
    linked = [number for pair in ends for number in pair if number is not None]
    labels = tutorial_labels(connection, entity, linked)
    unlinked = open_records.labels_of(
        connection, entity.name, [one["external_id"] for one in listed]
    )
    for one, (tutorial, other) in zip(listed, ends, strict=True):
        if tutorial is None:
            name = unlinked.get(one["external_id"]) or NAMELESS
            yield Removal(one["action"], one["external_id"], name)
            continue
        instead = labels.get(other, NAMELESS) if other is not None else None
        name = labels.get(tutorial) or NAMELESS
        yield Removal(one["action"], one["external_id"], name, tutorial, instead)
