"""What the project knows, as tables: frames of pandas for a notebook, and files for a spreadsheet.

What belongs here: which columns there are, frames, files, and decisions that come back in one. What
does not: statements (`database.whole_tables`). pandas is imported only where a frame is made.

    from adm_sync import tables
    tables.discrepancies("venues")

docs/tables.md names all columns with their types.
"""

from adm_sync.tables.frames import (
    changes,
    decisions,
    discrepancies,
    events,
    findings,
    imports,
    runs,
    steps,
)

__all__ = [
    "changes",
    "decisions",
    "discrepancies",
    "events",
    "findings",
    "imports",
    "runs",
    "steps",
]
