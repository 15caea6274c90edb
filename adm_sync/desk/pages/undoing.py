"""`/imports/{partition}/undo`: what taking an import back would do, and then doing it.

What belongs here: showing what `adm-sync undo` says. What does not: what it does.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from adm_sync.desk import actions
from adm_sync.desk.actions import Work
from adm_sync.desk.offers import DRY_RUN
from adm_sync.desk.pages.imports import address, look, work_of
from adm_sync.desk.routing import action, page
from adm_sync.desk.visit import Visit
from adm_sync.imports.undo.wording import DONE, PLANNED, sides
from adm_sync.settings.desk import Role

ON_A_PAGE = 100
ONLY = "--only="


def whole(visit: Visit) -> Response:
    """The page: to begin with, only the button that looks."""
    return visit.page("undo.html", **_values(visit))


def part(visit: Visit) -> Response:
    """The part of it that changes; once that is the end, the whole page is to be loaded."""
    values = _values(visit)
    answer = visit.page("undo_state.html", **values)
    if not (values["work"] and values["work"].is_running):
        answer.headers["HX-Refresh"] = "true"
    return answer


def start(visit: Visit) -> Response:
    """Look what it would do; or do it, if that is what the form says."""
    partition = look(visit).listed.workbook.partition
    given = ["--yes" if visit.text("do") else DRY_RUN]
    given += ["--remove-tutorial"] if visit.text("remove_tutorial") else []
    given += [f"{ONLY}{one}" for one in visit.texts("only")]
    work = visit.start("undo", *given, "--", partition)
    return visit.to(f"{address(partition)}/undo?work={work.name}")


def _latest(visit: Visit) -> Work | None:
    """The latest undo of the whole import that was looked at or done within a day."""
    since = datetime.now(UTC) - timedelta(days=1)
    found = (
        work
        for work in actions.recent(visit.desk.settings, since)
        if work.arguments[0] == "undo"
        and visit.path["partition"] in work.arguments
        and not any(one.startswith(ONLY) for one in work.arguments)
    )
    return max(found, key=lambda work: work.started_at, default=None)


def _values(visit: Visit) -> dict[str, Any]:
    listed, work = look(visit).listed, work_of(visit)
    if work is None or work.arguments[0] != "undo":
        work = _latest(visit)
    given = work.arguments if work else ()
    document: Mapping[str, Any] = (work.document if work else None) or {}
    events = document.get("events", [])
    first = visit.number("from")
    here = f"{address(listed.workbook.partition)}/undo"
    on = f"{here}?work={work.name}&from=" if work else ""
    done = bool(document.get("done"))
    words, key = (DONE, "outcome") if done else (PLANNED, "action")
    return {
        "listed": listed,
        "work": work,
        "here": here,
        "import_page": address(listed.workbook.partition),
        "part": f"{here}/state?work={work.name}" if work else "",
        "done": done,
        "events": [(one, words.get(one[key], "")) for one in events[first : first + ON_A_PAGE]],
        "is_needed": any(one["action"] != "keep" for one in events),
        "only": [one.removeprefix(ONLY) for one in given if one.startswith(ONLY)],
        "sides": sides,
        "removes_tutorial": "--remove-tutorial" in given,
        "before": f"{on}{max(0, first - ON_A_PAGE)}" if first else "",
        "after": f"{on}{first + ON_A_PAGE}" if first + ON_A_PAGE < len(events) else "",
    }


MENU = None
ROUTES = (
    page("/imports/{partition}/undo", whole, Role.DECIDE),
    page("/imports/{partition}/undo/state", part, Role.DECIDE),
    action("/imports/{partition}/undo", start, Role.DECIDE),
)
