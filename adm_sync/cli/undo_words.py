"""How an undo reads: what would happen, and what did.

What belongs here: words and lines. What does not: deciding anything.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from adm_sync.cli.import_words import counted, cut
from adm_sync.cli.printing import short
from adm_sync.cli.terminal import say
from adm_sync.imports.undo.wording import DONE, PLANNED, sides

SIGNS = {"deleted": "✓", "unlinked": "✓", "reverted": "✓", "kept": "-", "failed": "✗"}


def tell_plan(plan: Any) -> None:
    """What would happen to each event; an UndoResult."""
    events = counted(len(plan.events), "event")
    say(f"{plan.partition}: {events} that this import brought or changed.")
    for action, title in PLANNED.items():
        _tell_events(title, [one for one in plan.events if one.action == action])
    if not plan.events:
        say("There is nothing to undo.")
    elif all(one.action == "keep" for one in plan.events):
        say("Nothing is undone: all of it is kept.")
    else:
        say("If it approved instructors for course templates, they stay approved.")


def tell(plan: Any, result: Any) -> None:
    """What happened, and to which events something else than was shown."""
    shown = {one.event_id: (one.action, one.tutorial) for one in plan.events}
    for outcome, title in DONE.items():
        alike = [one for one in result.events if one.outcome == outcome]
        if alike:
            say(f"{SIGNS[outcome]} {title}: {counted(len(alike), 'event')}")
        for one in alike:
            if (one.action, one.tutorial) != shown.get(one.event_id) or outcome == "failed":
                say(f"  - {short(one.title)}{_about(one)}")
    if not result.count("deleted", "unlinked", "reverted"):
        say("Nothing was undone.")
    if result.message:
        say(f"It stopped: {cut(result.message)}")
    if result.count("failed"):
        say("Run adm-sync undo again for what was not undone.")
    if result.count("deleted", "unlinked"):
        say("The workbook can be imported again; what is undone is then created anew.")


def _tell_events(title: str, events: Sequence[Any]) -> None:
    if not events:
        return
    say(f"{title}: {counted(len(events), 'event')}")
    for one in events:
        say(f"  - {short(one.title)}{_about(one)}")


def _about(one: Any) -> str:
    parts = "; ".join(_parts(one))
    return (f" ({one.external_id})" if one.external_id else "") + (f": {parts}" if parts else "")


def _parts(one: Any) -> Iterator[str]:
    if one.reason:
        yield cut(one.reason)
    yield from (f"{it.field}: {it.now} → {it.then} {sides(it.where)}" for it in one.puts_back)
    if one.action not in {"keep", "revert"}:
        yield f"the tutorial event {one.tutorial}"
