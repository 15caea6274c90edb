"""`/reconcile`: what the last comparison of each sitting found, and comparing anew.

What belongs here: the lists, and what their buttons start. What does not: comparing, and what can
be done about a difference (`imports.comparisons`).
"""

import sqlalchemy as sa
from starlette.responses import Response

from adm_sync.desk.errors import PageError
from adm_sync.desk.offers import DRY_RUN
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.imports import comparisons
from adm_sync.pages import WITHIN
from adm_sync.reference.unmatched import shown
from adm_sync.settings import Settings
from adm_sync.settings.desk import Role
from adm_sync.tenant import event_page


def listed(visit: Visit) -> Response:
    """Every sitting, with what its last comparison found."""
    with visit.connection() as connection:
        made = comparisons.latest(connection)
        sittings = comparisons.sittings(connection)
    known = {one.sitting for one in made}
    return visit.page(
        "reconcile.html",
        made=[(_address(one.sitting), one) for one in made],
        never=[(_address(one), one) for one in sittings if one not in known],
    )


def one(visit: Visit) -> Response:
    """What differs in one sitting, a page of it."""
    with visit.connection() as connection:
        sitting = _sitting(visit, connection)
        made = [each for each in comparisons.latest(connection) if each.sitting == sitting]
        limit = comparisons.DIFFERENCES
        found = comparisons.found_of(connection, sitting, visit.number("after"), limit + 1)
        doubled, left = comparisons.doubled_of(connection, sitting)
    settings = visit.desk.settings
    here, rest = _address(sitting), found[limit:]
    return visit.page(
        "reconcile_sitting.html",
        sitting=sitting,
        address=here,
        comparison=made[0] if made else None,
        found=[(one, _event_page(settings, one)) for one in found[:limit]],
        doubled=doubled,
        left=left,
        shown=shown,
        compared=comparisons.COMPARED,
        can_push=any(each.difference.kind == "only_here" for each in found),
        first=here if visit.number("after") else "",
        after=f"{here}?after={found[limit - 1].difference.id}" if rest else "",
    )


def _event_page(settings: Settings, found: comparisons.ExplainedDifference) -> str | None:
    """Where people see its event in Administrate, if it is there."""
    difference = found.difference
    is_gone = difference.kind == "deleted_in_administrate"
    return None if is_gone else event_page(settings, difference.external_id)


def compare_all(visit: Visit) -> Response:
    """Compare all sittings anew."""
    if visit.text("which") != "all":
        raise PageError(400, "The page did not say which sittings are to be compared.")
    return visit.to(visit.start("reconcile").address)


def compare(visit: Visit) -> Response:
    """Compare one sitting anew."""
    with visit.connection() as connection:
        sitting = _sitting(visit, connection)
    return visit.to(visit.start("reconcile", "--sitting", sitting).address)


def doubles(visit: Visit) -> Response:
    """Show which of the events that are there more than once may be removed."""
    return _propose(visit, "--remove-doubles")


def relink(visit: Visit) -> Response:
    """Show what may be linked where the linked event is gone."""
    return _propose(visit, "--relink")


def _propose(visit: Visit, what: str) -> Response:
    with visit.connection() as connection:
        sitting = _sitting(visit, connection)
    return visit.to(visit.start("reconcile", "--sitting", sitting, what, DRY_RUN).address)


def push(visit: Visit) -> Response:
    """Do in Administrate what is recorded here and not there."""
    return visit.to(visit.start("push").address)


def _sitting(visit: Visit, connection: sa.Connection) -> str:
    """The sitting that the path names, if there is such a one."""
    wanted = str(visit.path["sitting"])
    known = {one.sitting for one in comparisons.latest(connection)}
    if wanted not in known and wanted not in comparisons.sittings(connection):
        raise PageError(404, "No events of such a sitting were imported or compared.")
    return wanted


def _address(sitting: str) -> str:
    return WITHIN.reconcile(sitting)


MENU = MenuEntry("/reconcile", "Reconcile")
ROUTES = (
    page("/reconcile", listed, Role.LOOK),
    page("/reconcile/{sitting}", one, Role.LOOK),
    action("/reconcile", compare_all, Role.DECIDE),
    action("/reconcile/{sitting}/compare", compare, Role.DECIDE),
    action("/reconcile/{sitting}/doubles", doubles, Role.DECIDE),
    action("/reconcile/{sitting}/relink", relink, Role.DECIDE),
    action("/reconcile/{sitting}/push", push, Role.DECIDE),
)
