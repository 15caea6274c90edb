"""What an import comes to, in a sentence: how it stands, and what a plan would do.

What belongs here: words that a page and a mail have in common. What does not: the numbers
(`state`, `summary`).
"""

from collections.abc import Mapping
from typing import Any

from adm_sync.imports.state import Standing
from adm_sync.lists import joined

_STANDING = {
    "created": "{} recorded by it",
    "updated": "{} changed by it",
    "unchanged": "{} there before",
    "pending": "{} of them not wholly in Administrate yet",
    "failed": "{} of them failed in Administrate",
    "doubled": "{} of them more than once in Administrate",
    "conflicts": "{} of them with values to decide about",
    "not_recorded": "{} that can be imported and is not yet",
    "brought_in": "{} settled since by a later workbook",
    "rejected": "{} not imported: the findings say why",
    "undone": "{} taken back",
    "skipped": "{} skipped, as the workbook says",
}


def counted(number: int, word: str) -> str:
    """`1 event`, `2 events`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def standing_sentence(standing: Standing) -> str:
    """How the events of an import stand now; '' if nothing is known of any."""
    parts: list[str] = []
    for name, words in _STANDING.items():
        number = getattr(standing, name)
        if number:
            parts.append(words.format(counted(number, "event") if not parts else number))
    if standing.rejected_rows:
        parts.append(f"{counted(standing.rejected_rows, 'row')} that belong to no event")
    return f"{'; '.join(parts)}." if parts else ""


def plan_sentence(plan: Mapping[str, Any]) -> str:
    """What an import by this plan would do, and what it would not."""
    events, sessions = plan["events"], plan["sessions"]
    cancelled = sum(one["outcome"] == "cancelled" for one in plan["plan"])
    would = [
        f"{verb} {counted(number, 'event')}{more}"
        for verb, number, more in (
            ("create", events["created"], f" with {counted(sessions['created'], 'session')}"),
            ("change", events["updated"], ""),
            ("cancel", cancelled, ""),
            ("leave alone", events["unchanged"], " imported before"),
        )
        if number
    ]
    told = f"An import would {joined(would)}." if would else "An import would do nothing."
    if events["adopted"]:
        told += f" Of those to be created, it would take {events['adopted']} from Administrate, "
        told += "which has them already."
    if events["skipped"]:
        told += f" It skips {counted(events['skipped'], 'event')}, as the workbook says."
    if events["rejected"]:
        told += f" {counted(events['rejected'], 'event')} cannot be imported: the findings say why."
    return told
