"""`/unmatched/ENTITY/part`: two records that are linked, and are not the same.

What belongs here: the page, its address, and its button. What does not: what parting them comes to
(`reference.choosing`).
"""

from urllib.parse import urlencode

from starlette.responses import Response

from adm_sync.database import open_records
from adm_sync.database.states import DecisionKind
from adm_sync.desk.errors import PageError
from adm_sync.desk.routing import action, page
from adm_sync.desk.visit import Visit
from adm_sync.pages import WITHIN
from adm_sync.reference import choosing
from adm_sync.reference.decisions import Statement
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.labels import tutorial_labels
from adm_sync.reference.unmatched import shown
from adm_sync.settings.desk import Role


def address(pair: Statement) -> str:
    """The page on which the two records of a statement are parted."""
    ends = urlencode({"tutorial": pair.tutorial_id, "administrate": pair.external_id})
    return f"{WITHIN.unmatched(pair.entity.name)}/part?{ends}"


def asked(visit: Visit) -> Response:
    """What it would come to."""
    pair = _pair(visit)
    here, there = pair.tutorial_id or 0, pair.external_id or ""
    with visit.connection() as connection:
        found = choosing.parting(connection, pair)
        labels = tutorial_labels(connection, pair.entity, [here])
        names = open_records.labels_of(connection, pair.entity.name, [there])
    return visit.page(
        "part.html",
        entity=pair.entity,
        pair=pair,
        found=found,
        label=shown(labels.get(here, "")),
        name=shown(names.get(there, "")),
        here=address(pair),
    )


def part(visit: Visit) -> Response:
    """Say that they are not the same."""
    pair = _pair(visit)
    with visit.transaction() as connection:
        found = choosing.part(connection, pair, visit.user.name, visit.text("why"))
    return visit.to(WITHIN.unmatched(pair.entity.name), f"It is decided ({pair}). {found.effect}")


def _pair(visit: Visit) -> Statement:
    entity = BY_NAME.get(visit.path["entity"])
    if entity is None or entity.matched is None:
        raise PageError(404, "There is no such entity, or nothing of it is ever linked.")
    tutorial_id, external_id = visit.number("tutorial", -1), visit.query.get("administrate", "")
    if tutorial_id < 0 or not external_id:
        raise PageError(400, "The address does not say which two records are to be parted.")
    return Statement(DecisionKind.NEVER, entity, tutorial_id, external_id)


MENU = None
ROUTES = (
    page("/unmatched/{entity}/part", asked, Role.DECIDE),
    action("/unmatched/{entity}/part", part, Role.DECIDE),
)
