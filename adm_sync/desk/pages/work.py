"""`/commands`: what somebody started at the desk, how it goes, and what came of it.

What belongs here: showing it, and doing what it has shown. What does not: starting one (`actions`,
and the page with its button), and what is shown (`offers`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from adm_sync.database.states import RunStatus
from adm_sync.desk import actions
from adm_sync.desk.actions import Work
from adm_sync.desk.errors import PageError
from adm_sync.desk.offers import came_from, offer_of
from adm_sync.desk.routing import action, page
from adm_sync.desk.visit import Visit
from adm_sync.desk.wording import is_look, title_of
from adm_sync.imports.wording import counted
from adm_sync.pages import WITHIN
from adm_sync.reference.entities import BY_NAME
from adm_sync.settings.desk import Role

SHOWN = 100


def listed(visit: Visit) -> Response:
    """What was started here lately."""
    settings, since = visit.desk.settings, datetime.now(UTC) - actions.KEPT
    works = [one for one in actions.recent(settings, since) if one.is_running or not is_look(one)]
    return visit.page("works.html", works=[(title_of(one), one) for one in works[:SHOWN]])


def whole(visit: Visit) -> Response:
    """The page."""
    return _shown(visit, "work.html")


def part(visit: Visit) -> Response:
    """The part of it that changes."""
    return _shown(visit, "work_part.html")


def do(visit: Visit) -> Response:
    """Do what the command has shown, or what was chosen of it."""
    work = _work(visit)
    offer = offer_of(work)
    if offer is None or not offer.is_open:
        raise PageError(400, "The command has shown nothing that could be done now.")
    if offer.is_whole:
        file = actions.file_of(visit.desk.settings, work)
        return visit.to(visit.start(*offer.command, file=file).address)
    chosen = offer.options(visit.texts("chosen"))
    if not chosen:
        raise PageError(400, "Nothing is chosen. Go back, and tick what you mean.")
    return visit.to(visit.start(*offer.command, *chosen).address)


def _shown(visit: Visit, template: str) -> Response:
    work = _work(visit)
    document = work.document or {}
    return visit.page(
        template,
        work=work,
        title=title_of(work),
        looked_at=document.get("findings", []) if work.arguments[:1] == ("doctor",) else [],
        offer=offer_of(work),
        compared=_compared(document) if work.is_comparison else "",
        sittings=_sittings(document) if work.is_comparison else [],
        back=came_from(work),
        entities=[(one, _pages_of(one)) for one in document.get("entities", [])],
        numbers=_numbers(document),
    )


def _work(visit: Visit) -> Work:
    work = actions.find(visit.desk.settings, visit.path["name"])
    if work is None:
        raise PageError(404, "The desk of this machine has started no such command, or long ago.")
    return work


def _pages_of(result: Mapping[str, Any]) -> tuple[str, str]:
    """Where what came of the sync of an entity is seen, and its plan if that is held."""
    name = result["entity"]
    if name not in BY_NAME:
        return "", ""
    return WITHIN.unmatched(name), WITHIN.held(name) if result["status"] == RunStatus.HELD else ""


def _compared(document: Mapping[str, Any]) -> str:
    """What a comparison has found, in a sentence."""
    found = document["differences"]
    doubled = sum(one["kind"] == "doubled_in_administrate" for one in found)
    compared = f"Compared {counted(document['compared'], 'event')}"
    differ = counted(len(found), "difference") if found else "nothing differs"
    more = f", {counted(doubled, 'event')} more than once in Administrate" if doubled else ""
    return f"{compared}: {differ}{more}."


def _sittings(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each sitting that it compared, and where what differs in it is seen."""
    return [(one, WITHIN.reconcile(one)) for one in document["sittings"]]


def _numbers(document: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What is counted in the document of a command, and how long its lists are."""
    found = {
        name.replace("_", " "): len(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name != "entities"
    }
    return [(name, value) for name, value in found.items() if type(value) is int]


MENU = None
ROUTES = (
    page("/commands", listed, Role.LOOK),
    page("/commands/{name}", whole, Role.LOOK),
    page("/commands/{name}/state", part, Role.LOOK),
    action("/commands/{name}/do", do, Role.DECIDE),
)
