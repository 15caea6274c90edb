"""`/held`: plans that the guard stopped; one is released exactly as it stands, or left.

What belongs here: showing them, and starting `adm-sync release`. What does not: what is in a plan
(`reference.held`), and when one is held.
"""

from starlette.responses import Response

from adm_sync.database import journal, overview
from adm_sync.desk.errors import PageError
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.pages import WITHIN
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity
from adm_sync.reference.held import removals
from adm_sync.settings.desk import Role

ON_A_PAGE = 100


def listed(visit: Visit) -> Response:
    """All that are held."""
    with visit.connection() as connection:
        plans = overview.held(connection)
    return visit.page("held.html", plans=[(BY_NAME[plan.entity].title, plan) for plan in plans])


def one(visit: Visit) -> Response:
    """One plan, with what it would take away."""
    entity, first = _entity(visit), visit.number("from")
    with visit.connection() as connection:
        plan = journal.held_plan(connection, entity.name)
        if plan is None:
            return visit.page("held_none.html", entity=entity)
        shown = list(removals(connection, plan, first, ON_A_PAGE))
    total, here = len(plan.plan["removals"]), WITHIN.held(entity.name) + "?from="
    return visit.page(
        "held_plan.html",
        entity=entity,
        plan=plan,
        total=total,
        removals=shown,
        before=f"{here}{max(0, first - ON_A_PAGE)}" if first else "",
        after=f"{here}{first + ON_A_PAGE}" if first + ON_A_PAGE < total else "",
    )


def release(visit: Visit) -> Response:
    """Release the plan that the page has shown, and no other."""
    number = visit.text("plan")
    if not (number.isascii() and number.isdigit()):
        raise PageError(400, "The page did not say which plan is to be released.")
    entity = _entity(visit)
    return visit.to(visit.start("release", entity.name, "--yes", "--plan", number).address)


def sync(visit: Visit) -> Response:
    """Look again what a sync would do."""
    return visit.to(visit.start("sync", _entity(visit).name, "--no-prompt").address)


def _entity(visit: Visit) -> Entity:
    entity = BY_NAME.get(visit.path["entity"])
    if entity is None:
        raise PageError(404, "There is no such entity.")
    return entity


MENU = MenuEntry("/held", "Held")
ROUTES = (
    page("/held", listed, Role.LOOK),
    page("/held/{entity}", one, Role.LOOK),
    action("/held/{entity}/release", release, Role.DECIDE),
    action("/held/{entity}/sync", sync, Role.DECIDE),
)
