"""What jobs by hand propose, do and find, as tables.

What belongs here: the columns of each. What does not: deciding what is proposed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from adm_sync.database.journal import Decision
from adm_sync.defs.import_metadata import Metadata, table
from adm_sync.defs.metadata import ROWS_SHOWN
from adm_sync.imports.undo.doubles import Double
from adm_sync.imports.undo.relinking import Relink
from adm_sync.imports.undo.undone import EventUndo
from adm_sync.imports.undo.wording import of_double, of_relink
from adm_sync.reference.creating import Created, instructions
from adm_sync.reference.decisions import said_by
from adm_sync.reference.entity import Entity, TutorialRecord
from adm_sync.reference.proposing import ToCreate


def creations_table(entity: Entity, wanted: ToCreate, done: Sequence[Created]) -> dg.MetadataValue:
    """The first hundred records that are missing, each with what is, was or has to be done."""
    made = {one.tutorial.id: one for one in done}
    rows = [
        {
            "record": one.label,
            "tutorial id": one.id,
            "what": _what(entity, wanted, one),
            "outcome": _outcome(wanted, one, made.get(one.id)),
            "to know": made[one.id].message if one.id in made else wanted.to_know(one),
            "Administrate id": made[one.id].external_id if one.id in made else None,
        }
        for one in wanted.tutorials[:ROWS_SHOWN]
    ]
    return table(rows, numbers={"tutorial id"})


def _what(entity: Entity, wanted: ToCreate, tutorial: TutorialRecord) -> str:
    if wanted.why_not or entity.creation is None:
        return "; ".join(instructions(entity, tutorial))
    fields = entity.creation.fields(tutorial)
    return ", ".join(f"{name} «{value}»" for name, value in fields.items())


def _outcome(wanted: ToCreate, tutorial: TutorialRecord, made: Created | None) -> str:
    if made is not None:
        return made.outcome
    if wanted.why_not:
        return "to be entered by hand"
    return "left out, unless only names it" if wanted.is_doubtful(tutorial) else "would be created"


def decisions_table(found: Sequence[Decision]) -> dg.MetadataValue:
    """The first hundred decisions as a table."""
    records = [
        {
            "decision": one.id,
            "says": str(said_by(one)),
            "why": one.why,
            "who": one.who,
            "when (UTC)": f"{one.decided_at:%Y-%m-%d %H:%M}",
        }
        for one in found[:ROWS_SHOWN]
    ]
    return table(records, numbers={"decision"})


def proposals_table(found: Sequence[Double | Relink]) -> dg.MetadataValue:
    """The first hundred events that are too many or may be linked, with what becomes of each."""
    rows = [
        {
            "event": one.title,
            "Administrate id": one.external_id,
            "outcome": _becomes(one),
            "why": one.reason,
        }
        for one in found[:ROWS_SHOWN]
    ]
    return table(rows, numbers=set())


def _becomes(one: Double | Relink) -> str:
    if isinstance(one, Double):
        return of_double(one.outcome, one.stays, one.reason)
    return of_relink(one.outcome, one.instead_of, one.reason)


def conflicts_metadata(plan: Sequence[Mapping[str, Any]]) -> Metadata:
    """The first hundred values that a person has to decide about, with all that each may be."""
    found = [one for entry in plan for one in entry["conflicts"]]
    if not found:
        return {}
    rows = [
        {
            "row": one["row"],
            "take, followed by =workbook, =administrate or =here": one["about"],
            "workbook": one["workbook"],
            "administrate": one["administrate"],
            "here": one["here"],
            "imported before": one["written"],
            "why": one["reason"],
        }
        for one in found[:ROWS_SHOWN]
    ]
    return {"conflicts": table(rows, numbers={"row"})}


def undo_table(events: Sequence[EventUndo]) -> dg.MetadataValue:
    """The first hundred events of an undo as a table, each with what becomes or became of it."""
    return table(
        [
            {
                "event": one.title,
                "to be done": one.action,
                "outcome": one.outcome,
                "tutorial event": one.tutorial,
                "why": one.reason,
                "Administrate id": one.external_id,
            }
            for one in events[:ROWS_SHOWN]
        ],
        numbers=set(),
    )


def plan_table(plan: Sequence[Mapping[str, Any]]) -> dg.MetadataValue:
    """The first hundred events of a plan as a table, as `plan_entries` has them."""
    return table(
        [
            {
                "row": one["row"],
                "event": one["title"],
                "outcome": str(one["outcome"]),
                "in Administrate": ", ".join(one["steps"]),
                "values to be changed": len(one["changes"]),
            }
            for one in plan[:ROWS_SHOWN]
        ],
        numbers={"row", "values to be changed"},
    )
