"""`/`: what ran, all that there is to tell, and what can be done about it.

What belongs here: which button each sentence has. What does not: the sentences, and the pages that
they lead to (`alerts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import unquote

from starlette.responses import Response

from adm_sync.alerts.items import Item, Matter, Weight
from adm_sync.alerts.today import today as look
from adm_sync.defs.expecting import expected
from adm_sync.desk import actions
from adm_sync.desk.errors import PageError
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.desk.wording import noteworthy, title_of
from adm_sync.pages import WITHIN
from adm_sync.reference.entities import BY_NAME
from adm_sync.settings.desk import Role

WORDS = {
    Weight.ALARMS: ("alarms", "See to it:"),
    Weight.WAITS: ("waits", "Not done yet:"),
    Weight.TOLD: ("told", "To know:"),
}
# What the link to the page of each matter says.
TITLES = {
    Matter.HELD: "Look at the plan",
    Matter.IMPORT: "Look at the import",
    Matter.UNDO: "Look at what is left",
    Matter.DOUBLED: "Look at its history",
    Matter.INBOX: "Upload it instead",
    Matter.INBOX: "Upload it here",
    Matter.STEPS: "Look at the imports",
    Matter.UNMATCHED: "Look at them",
    Matter.DIFFERENCES: "Look at the differences",
}
# Command: its arguments; where an entity belongs to it, it is the first.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "sync": ("--no-prompt",),
    "sync-all": ("--no-prompt", "--skip-errors"),
    "push": (),
    "reconcile": (),
    "doctor": (),
}
# The command of the button of each matter, and what it says.
BUTTONS = {
    Matter.SYNC: ("sync", "Sync again"),
    Matter.STEPS: ("push", "Try now"),
    Matter.DIFFERENCES: ("reconcile", "Compare anew"),
    Matter.ADMINISTRATE: ("doctor", "Look at what is wrong"),
    Matter.DAGSTER: ("doctor", "Look at what is wrong"),
}
SHOWN_WORKS = 10
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as the template wants it: with its words, its link and its button, if it has any."""

    item: Item
    kind: str
    word: str
    link: str
    title: str
    command: str
    label: str


def today(visit: Visit) -> Response:
    """The page."""
    settings, now = visit.desk.settings, datetime.now(UTC)
    found = look(settings, visit.desk.database, partial(expected, settings, now), now)
    recent = actions.recent(settings, now - A_DAY)
    return visit.page(
        "today.html",
        items=[_shown(visit, item) for item in found.items],
        imports=[(one, WITHIN.one_import(one.workbook.partition)) for one in found.imports],
        runs=[(BY_NAME[run.entity].title, run) for run in found.runs],
        works=[(title_of(one), one) for one in noteworthy(recent)[:SHOWN_WORKS]],
        upload_page=WITHIN.upload(),
        template_page=WITHIN.template(),
    )


def run(visit: Visit) -> Response:
    """Start what a button offers."""
    command, entity = visit.text("command"), visit.text("entity")
    if command not in COMMANDS or (command == "sync") != (entity in BY_NAME):
        raise PageError(400, "Today has no such button.")
    named = [entity] if entity in BY_NAME else []
    return visit.to(visit.start(command, *named, *COMMANDS[command]).address)


def _shown(visit: Visit, item: Item) -> Shown:
    kind, word = WORDS[item.weight]
    # A name from outside may be one that no route takes.
    is_elsewhere = item.page not in {"", WITHIN.today()}
    link = item.page if is_elsewhere and visit.has_page(unquote(item.page)) else ""
    command, label = BUTTONS.get(item.matter, ("", ""))
    if item.wants_all:
        command, label = "sync-all", "Sync everything now"
    if item.is_settling or (command == "sync" and not item.subject):
        command = label = ""
    return Shown(item, kind, word, link, TITLES.get(item.matter, "Look at it"), command, label)


MENU = MenuEntry("/", "Today")
ROUTES = (
    page("/", today, Role.LOOK),
    action("/today/run", run, Role.DECIDE),
)
