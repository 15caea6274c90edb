"""A plan's way into its bridge table, and onto the record of what was changed.

What belongs here: which columns a change writes, in which order, and how it is kept as JSON. What
does not: SQL (`database.statements`), and the transaction around it (`sync`).
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import statements
from adm_sync.reference.planning import Change, Plan


def write_rows(connection: sa.Connection, plan: Plan, now: datetime) -> None:
    """Carry the plan out, in the caller's transaction.

    Deletions first, so that a place they leave can be taken.
    """
    entity, table = plan.entity, plan.entity.bridge
    link = [entity.matched.link] if entity.matched else []
    owned = [*link, *entity.columns]
    stamps = [name for name in ("updated_at", "last_synced") if name in table.c]
    births = [name for name in ("created_at", *stamps) if name in table.c]

    def cells(change: Change) -> list[Any]:
        return [change.tutorial_id, *change.values] if link else list(change.values)

    statements.delete_rows(connection, table, [c.row_id for c in plan.deletes if c.row_id])
    for place in _places(table):
        moved = [c.row_id for c in plan.updates if c.row_id and place & c.after.keys()]
        statements.park_rows(connection, table, max(place), moved)
    updates = [(c.row_id, *cells(c), *(now for _ in stamps)) for c in plan.updates]
    statements.update_rows(connection, table, [*owned, *stamps], updates)
    # Nobody saw the records of these, so that last_synced stays.
    freed = [(c.row_id, None, now) for c in plan.freed]
    statements.update_rows(connection, table, [*link, "updated_at"], freed)
    if plan.creates:
        statements.insert_rows(
            connection,
            table,
            [*entity.identity, *owned, *births],
            ((*c.identity, *cells(c), *(now for _ in births)) for c in plan.creates),
        )
    statements.touch_rows(connection, table, plan.unseen_row_ids, now)


def _places(table: sa.Table) -> list[set[str]]:
    """The columns of each unique constraint that has several: places that rows may swap."""
    return [
        {column.name for column in constraint.columns}
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint) and len(constraint.columns) > 1
    ]


def as_json(values: dict[str, Any]) -> dict[str, Any] | None:
    """Values as JSON can hold them: amounts as text, so that they stay exact."""
    if not values:
        return None
    plain = (str, int, bool, dict, list, type(None))
    return {name: v if isinstance(v, plain) else str(v) for name, v in values.items()}


def kept(plan: Plan) -> dict[str, Any]:
    """A held plan as a person reviews it."""
    return {
        "created": len(plan.creates),
        "updated": len(plan.updates),
        "deleted": len(plan.deletes),
        "retained": len(plan.retained),
        "removals": [
            {
                "action": change.action,
                "external_id": change.external_id,
                "before": as_json(change.before),
                "after": as_json(change.after),
            }
            for change in plan.removals
        ],
    }
