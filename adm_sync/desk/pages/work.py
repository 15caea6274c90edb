"""`/work`: how a command goes that somebody started at the desk, and what came of it.

What belongs here: showing it. What does not: starting one (`actions`, and the page with its
button).
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from adm_sync.desk import actions
from adm_sync.desk.errors import PageError
from adm_sync.desk.routing import page
from adm_sync.desk.visit import Visit
from adm_sync.settings.desk import Role


def whole(visit: Visit) -> Response:
    """The page."""
    return _shown(visit, "work.html")


def part(visit: Visit) -> Response:
    """The part of it that changes."""
    return _shown(visit, "work_part.html")


def _shown(visit: Visit, template: str) -> Response:
    work = actions.find(visit.desk.settings, visit.path["name"])
    if work is None:
        raise PageError(404, "The desk of this machine has started no such command, or long ago.")
    document = work.document or {}
    return visit.page(
        template, work=work, entities=document.get("entities", []), numbers=_numbers(document)
    )


def _numbers(document: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What is counted in the document of a command, and how long its lists are."""
    counted = {
        name.replace("_", " "): len(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name != "entities"
    }
    return [(name, value) for name, value in counted.items() if type(value) is int]


MENU = None
ROUTES = (
    page("/commands/{name}", whole, Role.LOOK),
    page("/commands/{name}/state", part, Role.LOOK),
)
