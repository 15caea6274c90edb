"""`/decisions`: what people have decided, and taking it back.

What belongs here: the list. What does not: making a decision, which needs its records in view.
"""

from starlette.responses import Response

from adm_sync.database import overview
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.reference import decisions as deciding
from adm_sync.settings.desk import Role

ON_A_PAGE = 100


def listed(visit: Visit) -> Response:
    """Those in force, newest first."""
    before = visit.number("before") or None
    with visit.connection() as connection:
        found = overview.latest_decisions(connection, ON_A_PAGE + 1, before)
        rows = found[:ON_A_PAGE]
        labels = deciding.tutorial_names(connection, rows)
    return visit.page(
        "decisions.html",
        rows=rows,
        labels=labels,
        before="/decisions" if before else "",
        after=f"/decisions?before={rows[-1].id}" if len(found) > len(rows) else "",
    )


def withdraw(visit: Visit) -> Response:
    """Take one back."""
    number = visit.path["number"]
    with visit.transaction() as connection:
        statement = deciding.withdraw_number(connection, number, visit.user.name)
    entity = statement.entity
    return visit.to(
        "/decisions",
        f"Decision {number} is withdrawn ({statement}). The next sync of the {entity.many} goes "
        "by that.",
    )


MENU = MenuEntry("/decisions", "Decisions")
ROUTES = (
    page("/decisions", listed, Role.LOOK),
    action("/decisions/{number:number}/withdraw", withdraw, Role.DECIDE),
)
