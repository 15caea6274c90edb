"""What commands that were started at the desk are called for people.

What belongs here: their words, and which of them are worth a line. What does not: what came of one
(`pages.work`, `offers`).
"""

from collections.abc import Iterable

from adm_sync.database.locks import BUSY
from adm_sync.desk.actions import Work
from adm_sync.reference.entities import BY_NAME

# Command: what it does. Where an entity, an import or a file belongs to it, that follows.
TITLES = {
    "sync": "Sync",
    "sync-all": "Sync of everything",
    "create-missing": "Creation of what is missing",
    "release": "Release of a held plan",
    "decide": "Decisions of a list",
    "push": "Push of what is due",
    "reconcile": "Comparison with Administrate",
    "import-events": "Import",
    "undo": "Taking back",
    "doctor": "Look at settings, database, Administrate and Dagster",
}
# Releasing the plan of an entity syncs it.
_SAME_AS = {"release": "sync"}
ENDED_WELL = frozenset({"succeeded", "partial", "compared"})


def title_of(work: Work) -> str:
    """What a command does, and with what."""
    command, *rest = work.arguments
    title = TITLES.get(command, f"adm-sync {command}")
    if is_look(work):
        title = "Check" if command == "import-events" else f"Look at what would be done: {title}"
    about = work.file or next(iter(rest[rest.index("--") + 1 :] if "--" in rest else rest), "")
    if about in BY_NAME:
        about = BY_NAME[about].many
    return f"{title}: {about}" if about and not about.startswith("-") else title


def is_look(work: Work) -> bool:
    """Whether it changes nothing; what was seen stands on the page that asked."""
    command, *options = work.arguments
    return (command == "undo" and "--yes" not in options) or "--dry-run" in options


def noteworthy(works: Iterable[Work]) -> list[Work]:
    """Those that are at work, or went wrong: no mere looks, nothing that went well since, and
    nothing that did nothing because somebody else was at it.

    Args:
        works: the newest first.
    """
    found: list[Work] = []
    settled: set[tuple[str, str]] = set()
    for one in works:
        command = one.arguments[0]
        about = _SAME_AS.get(command, command), title_of(one).partition(": ")[2]
        if one.is_running:
            found.append(one)
        elif is_look(one) or about in settled or one.message.startswith(BUSY):
            continue
        elif one.status in ENDED_WELL:
            settled.add(about)
        else:
            found.append(one)
    return found
