"""What an undo would do with an event, or did, in words.

What belongs here: the words for each action and outcome. What does not: anything else.
"""

PLANNED = {
    "delete": "To be deleted from Administrate, and unlinked here",
    "unlink": "To be unlinked here; there is nothing to delete in Administrate",
    "revert": "What it changed is to be as it was before, here and in Administrate",
    "keep": "To be kept as it is",
}
DONE = {
    "deleted": "Deleted from Administrate, and unlinked here",
    "unlinked": "Unlinked here; there was nothing to delete in Administrate",
    "reverted": "What it changed is as it was before",
    "kept": "Kept as it is",
    "failed": "Not undone",
}
