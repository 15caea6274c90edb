"""`/`: what ran, what waits for somebody, and what can be done about it.

What belongs here: which page or command each sentence leads to. What does not: the sentences
(`imports.today`).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from adm_sync.desk import actions
from adm_sync.desk.errors import PageError
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.imports.today import Item, Matter, Weight
from adm_sync.imports.today import today as look
from adm_sync.pages import Pages
from adm_sync.reference.entities import BY_NAME
from adm_sync.settings.desk import Role

WORDS = {
    Weight.ALARMS: ("alarms", "See to it:"),
    Weight.WAITS: ("waits", "Not done yet:"),
    Weight.TOLD: ("told", "To know:"),
}
# The page of each matter, and what its link says.
PATHS: Mapping[Matter, Callable[[str], str]] = {
    Matter.HELD: Pages("").held,
    Matter.IMPORT: Pages("").one_import,
    Matter.UNMATCHED: Pages("").unmatched,
}
TITLES = {
    Matter.HELD: "Look at the plan",
    Matter.IMPORT: "Look at the import",
    Matter.UNMATCHED: "Look at them",
}
SYNC, SYNC_ALL, PUSH = "sync", "sync-all", "push"
SHOWN_WORKS = 10
A_DAY = timedelta(days=1)


def today(visit: Visit) -> Response:
    """The page."""
    with visit.connection() as connection:
        found = look(connection)
    since = datetime.now(UTC) - A_DAY
    return visit.page(
        "today.html",
        items=[_shown(visit, item) for item in found.items],
        imports=[
            (one, _link(visit, Matter.IMPORT, one.workbook.partition)) for one in found.imports
        ],
        runs=[(BY_NAME[run.entity].title, run) for run in found.runs],
        works=actions.recent(visit.desk.settings, since)[:SHOWN_WORKS],
    )


def run(visit: Visit) -> Response:
    """Start what a button offers."""
    command, entity = visit.text("command"), visit.text("entity")
    if command == SYNC and entity in BY_NAME:
        work = visit.start("sync", entity, "--no-prompt")
    elif command == SYNC_ALL:
        work = visit.start("sync-all", "--no-prompt", "--skip-errors")
    elif command == PUSH:
        work = visit.start("push")
    else:
        raise PageError(400, "Today has no such button.")
    return visit.to(work.address)


def _shown(visit: Visit, item: Item) -> dict[str, Any]:
    """An item as the template wants it: with its words, its link and its button, if it has any."""
    kind, word = WORDS[item.weight]
    command, label = _button(item)
    return {
        "item": item,
        "kind": kind,
        "word": word,
        "link": _link(visit, item.matter, item.subject),
        "title": TITLES.get(item.matter, ""),
        "command": command,
        "label": label,
    }


def _link(visit: Visit, matter: Matter, subject: str) -> str:
    """The address of the page about it; empty where there is none."""
    path = PATHS[matter](subject) if matter in PATHS else ""
    return path if path and visit.has_page(unquote(path)) else ""


def _button(item: Item) -> tuple[str, str]:
    if item.matter == Matter.SYNC:
        return (SYNC, "Sync again") if item.subject else ("", "")
    return (PUSH, "Try now") if item.matter == Matter.STEPS else ("", "")


MENU = MenuEntry("/", "Today")
ROUTES = (
    page("/", today, Role.LOOK),
    action("/today/run", run, Role.DECIDE),
)
