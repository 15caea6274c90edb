"""Taking an import back that did not come to its end.

What belongs here: knowing it, and what is left. What does not: taking it up again (`undoing`).
"""

import shlex
from dataclasses import dataclass

from adm_sync.database.import_journal import ListedWorkbook
from adm_sync.database.states import ImportStatus
from adm_sync.imports.state import Standing

# Under this name the summary of a run says how it takes the import back, if it does.
UNDO = "undo"


@dataclass(frozen=True, slots=True)
class BrokenUndo:
    """An import that was to be taken back, and of which that did not come to its end.

    Attributes:
        taken_back: how many of its events are, in all.
        left: how many still stand.
        command: takes up what is left.
    """

    taken_back: int
    left: int
    command: str

    @property
    def sentence(self) -> str:
        """What is to be said of it."""
        done = "1 event was" if self.taken_back == 1 else f"{self.taken_back} events were"
        still = "1 still stands" if self.left == 1 else f"{self.left} still stand"
        return f"Taking it back did not come to its end: {done} taken back, and {still}."


def is_undo(row: ListedWorkbook) -> bool:
    """Whether the latest run of a workbook was to take it back."""
    return UNDO in (row.summary or {})


def broken_undo(row: ListedWorkbook, outcome: str, standing: Standing) -> BrokenUndo | None:
    """What is left of taking an import back, if the latest run was to and could not.

    Args:
        row: the workbook.
        outcome: of that run, of `outcomes`.
        standing: how the import stands.
    """
    left = standing.created + standing.updated
    if row.summary is None or not is_undo(row) or not left:
        return None
    undo = row.summary[UNDO]
    if outcome != ImportStatus.INTERRUPTED and not undo.get("failed"):
        return None
    only = [f"--only={one}" for one in undo["only"]]
    given = [*only, *(["--remove-tutorial"] if undo["remove_tutorial"] else []), row.partition]
    return BrokenUndo(standing.undone, left, f"adm-sync undo {shlex.join(given)}")
