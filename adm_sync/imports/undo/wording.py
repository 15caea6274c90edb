"""What would be done with an event, or was, in words: by an undo, or about one that is doubled.

What belongs here: the words for each action and outcome. What does not: anything else.
"""

from collections.abc import Sequence

PLANNED = {
    "delete": "To be deleted from Administrate, and unlinked here",
    "unlink": "To be unlinked here; there is nothing to delete in Administrate",
    "revert": "What it changed is to be as it was before",
    "keep": "To be kept as it is",
}
DONE = {
    "deleted": "Deleted from Administrate, and unlinked here",
    "unlinked": "Unlinked here; there was nothing to delete in Administrate",
    "reverted": "What it changed is as it was before",
    "kept": "Kept as it is",
    "failed": "Not undone",
}


def sides(where: Sequence[str]) -> str:
    """On which sides something is changed: `here and in Administrate`."""
    return " and ".join("here" if one == "here" else "in Administrate" for one in where)


def of_double(outcome: str, stays: Sequence[str], reason: str) -> str:
    """What becomes or became of an event of Administrate that is one too many."""
    others = f"; {', '.join(stays)} stays" if stays else ""
    match outcome:
        case "planned" if not reason:
            return f"would be removed{others}"
        case "removed":
            return f"removed{others}"
        case "failed":
            return "not removed"
    return "stays"


def of_relink(outcome: str, instead_of: str, reason: str) -> str:
    """What becomes or became of an event that is left where the linked one is gone."""
    if outcome == "planned" and not reason:
        return f"would be linked instead of {instead_of}"
    return f"{'linked' if outcome == 'linked' else 'not linked'} instead of {instead_of}"
