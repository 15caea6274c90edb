"""`/imports`: workbooks, how each stands, what was found in it, and what an import would do.

What belongs here: showing that, and its downloads. What does not: sending a workbook and starting
its import (`importing`), and taking one back (`undoing`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from adm_sync.desk import actions
from adm_sync.desk.actions import Work
from adm_sync.desk.errors import PageError
from adm_sync.desk.routing import MenuEntry, page
from adm_sync.desk.visit import Visit
from adm_sync.errors import SettingsError, WorkbookError
from adm_sync.imports.finding_pages import ToDo, finding_page, todo_of
from adm_sync.imports.looking import LookedAt, list_imports, look_at
from adm_sync.imports.offering import offered
from adm_sync.imports.opening import limits, open_reporter
from adm_sync.imports.sheet_view import SheetViews
from adm_sync.pages import WITHIN
from adm_sync.push.wording import doing
from adm_sync.settings.desk import Role
from adm_sync.tenant import event_page
from adm_sync.workbook.annotation.remarks import advice, command
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.template import template_bytes

ON_A_PAGE = 50
FINDINGS_ON_A_PAGE = 20
SECONDS_TO_READ = 20.0
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
TODO_WORDS = {
    ToDo.CORRECT: "Correct in the workbook",
    ToDo.ASK: "Ask the data administrator",
    ToDo.DECIDE: "Decide whose value holds",
    ToDo.LOOK: "Only look",
}
STAGES = {
    "check": "Checking the workbook",
    "record": "Recording events here",
    "push": "Working in Administrate",
}


def address(partition: str, **query: object) -> str:
    """The page of an import."""
    asked = {name: value for name, value in query.items() if value}
    return WITHIN.one_import(partition) + (f"?{urlencode(asked)}" if asked else "")


def listed(visit: Visit) -> Response:
    """All of them, newest first."""
    before = visit.number("before") or None
    with visit.connection() as connection:
        found = list_imports(connection, ON_A_PAGE + 1, before)
    rows = found[:ON_A_PAGE]
    return visit.page(
        "imports.html",
        rows=[(address(one.workbook.partition), one) for one in rows],
        before="/imports" if before else "",
        after=f"/imports?before={rows[-1].workbook.id}" if len(found) > len(rows) else "",
    )


def whole(visit: Visit) -> Response:
    """One of them."""
    looked, work = look(visit), work_of(visit)
    todo = visit.query.get("todo")
    if todo is not None and todo not in set(ToDo):
        raise PageError(400, "There is no such choice of findings.")
    with visit.connection() as connection:
        number, chosen = visit.number("findings", 1), ToDo(todo) if todo else None
        given = looked.listed.workbook.id, chosen, number, FINDINGS_ON_A_PAGE
        found = finding_page(connection, *given)
    plan = _plan_of(looked)
    return visit.page(
        "import.html",
        **_state(looked, work),
        todo=todo,
        todos=[(one, words, found.counts[one]) for one, words in TODO_WORDS.items()],
        findings=list(_shown_findings(visit, found.findings)) if found.findings else [],
        of_findings=_pages(visit, "findings", found.number, found.pages),
        plan=plan,
        entries=_some(visit, "plan", _changes(plan)),
        disputes=disputes(plan),
        options=(looked.dry_run.options if looked.dry_run else None) or {},
        groups=_some(visit, "events", _groups(visit, looked)),
        steps=[(step, doing(step.kind, step.day)) for step in looked.unfinished[:ON_A_PAGE]],
        more_steps=max(0, len(looked.unfinished) - ON_A_PAGE),
    )


def part(visit: Visit) -> Response:
    """How far it is; once that is the end, the browser is told to load the whole page."""
    looked, work = look(visit), work_of(visit)
    values = _state(looked, work)
    answer = visit.page("import_state.html", **values)
    if not values["is_at_work"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


def marked_copy(visit: Visit) -> Response:
    """The workbook with all remarks in it."""
    name, data = _reporter(visit).marked_copy(look(visit).listed.workbook.partition)
    return visit.download(data, name, XLSX)


def findings_csv(visit: Visit) -> Response:
    """The findings, for a spreadsheet."""
    name, data = _reporter(visit).findings_list(look(visit).listed.workbook.partition)
    return visit.download(data, name, CSV)


def template(visit: Visit) -> Response:
    """A fresh workbook, with what an import can use today."""
    zone = visit.desk.settings.adm_sync_time_zone
    with visit.connection() as connection:
        lists = offered(connection, zone, datetime.now(ZoneInfo(zone)).date())
    return visit.download(template_bytes(lists), "events.xlsx", XLSX)


def look(visit: Visit) -> LookedAt:
    """The import that the address names.

    Raises:
        PageError: there is none.
    """
    try:
        with visit.connection() as connection:
            return look_at(connection, visit.path["partition"])
    except WorkbookError as error:
        raise PageError(404, str(error)) from None


def work_of(visit: Visit) -> Work | None:
    """The command that the address names, if it is about the same import."""
    found = actions.find(visit.desk.settings, visit.query.get("work", ""))
    return found if found and visit.path["partition"] in found.arguments else None


def _state(looked: LookedAt, work: Work | None) -> dict[str, Any]:
    """What the part of the page shows that changes while something is going on."""
    partition, dry_run = looked.listed.workbook.partition, looked.dry_run
    is_checked = dry_run is not None and dry_run.status == "running"
    is_at_work = looked.progress is not None or is_checked or bool(work and work.is_running)
    return {
        "looked": looked,
        "listed": looked.listed,
        "dry_run": dry_run,
        "here": address(partition),
        "part": f"{address(partition)}/state" + (f"?work={work.name}" if work else ""),
        "work": work,
        "is_at_work": is_at_work,
        "stages": STAGES,
        "left": _in_words(looked.progress.seconds_left) if looked.progress else "",
    }


def _in_words(seconds: int | None) -> str:
    if seconds is None:
        return ""
    return "less than a minute" if seconds < 60 else f"about {-(-seconds // 60)} min"


def _reporter(visit: Visit) -> Any:
    engine = visit.desk.database.engine
    return open_reporter(visit.desk.settings, engine, lambda _sentence: None)


# ---------------------------------------------------------------------- findings


def _shown_findings(
    visit: Visit, found: Sequence[Finding]
) -> Iterator[tuple[Any, Sequence[tuple[Finding, str, str]], set[str]]]:
    """Those of a row together, with the sheet around it."""
    try:
        sheets = _views(visit).of(visit.path["partition"])
    except SettingsError:  # the mapping file is wrong: what was found is shown without the sheet
        sheets = {}
    for (title, row), several in groupby(found, lambda one: (one.sheet, one.row)):
        together = list(several)
        marked = {one.column for one in together if one.column}
        sheet = sheets.get(title or "")
        told = [(one, *_to_do(one)) for one in together]
        yield sheet.excerpt(row, marked) if sheet and row else None, told, marked


def _to_do(one: Finding) -> tuple[str, str]:
    """What a planner does about it, and what a data administrator runs."""
    if todo_of(one.severity, one.code) == ToDo.DECIDE:
        return "Choose whose value holds, under Conflicts.", ""
    return advice(one), command(one)


def _views(visit: Visit) -> SheetViews:
    """The sheets that were looked at lately: reading one takes seconds."""
    state, settings = visit.request.app.state, visit.desk.settings
    if not hasattr(state, "sheet_views"):
        quick = replace(limits(settings), seconds=SECONDS_TO_READ)
        state.sheet_views = SheetViews(visit.desk.database.engine, quick, settings.columns)
    views: SheetViews = state.sheet_views
    return views


# ---------------------------------------------------------------------- the plan


def _plan_of(looked: LookedAt) -> Mapping[str, Any] | None:
    """What a dry run has shown, unless an import has begun since."""
    dry_run, began = looked.dry_run, looked.listed.workbook.started_at
    if dry_run is None or dry_run.result is None or dry_run.status in {"running", "interrupted"}:
        return None
    return None if began is not None and began > dry_run.started_at else dry_run.result


def _changes(plan: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """What is to be done; what is left alone is only counted."""
    entries = plan["plan"] if plan else ()
    return [one for one in entries if one["steps"] or one["outcome"] != "unchanged"]


def disputes(plan: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What a person has to decide about, those together that one decision settles."""
    found: dict[str, dict[str, Any]] = {}
    for entry in plan["plan"] if plan else ():
        for one in entry["conflicts"]:
            found.setdefault(one["about"], {**one, "title": entry["title"], "values": []})
            found[one["about"]]["values"].append(one)
    return list(found.values())


# ---------------------------------------------------------------------- events, and lists in parts


def _groups(visit: Visit, looked: LookedAt) -> list[tuple[Any, str, str | None]]:
    settings = visit.desk.settings
    return [
        (group, state, event_page(settings, group.external_id))
        for group, state in zip(looked.groups, looked.states(), strict=True)
    ]


def _some(visit: Visit, name: str, rows: Sequence[Any]) -> dict[str, Any]:
    """One page of a list, with the way to the others."""
    pages = max(1, -(-len(rows) // ON_A_PAGE))
    number = min(max(1, visit.number(name, 1)), pages)
    shown = rows[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return {"rows": shown, "total": len(rows), **_pages(visit, name, number, pages)}


def _pages(visit: Visit, name: str, number: int, pages: int) -> dict[str, Any]:
    def to(other: int) -> str:
        query = {**visit.query, name: str(other)}
        return f"{visit.request.url.path}?{urlencode(query)}#{name}"

    return {
        "number": number,
        "pages": pages,
        "before": to(number - 1) if number > 1 else "",
        "after": to(number + 1) if number < pages else "",
    }


MENU = MenuEntry("/imports", "Imports")
ROUTES = (
    page("/imports", listed, Role.LOOK),
    page("/imports/{partition}", whole, Role.LOOK),
    page("/imports/{partition}/state", part, Role.LOOK),
    page("/imports/{partition}/workbook", marked_copy, Role.LOOK),
    page("/imports/{partition}/findings.csv", findings_csv, Role.LOOK),
    page("/template", template, Role.LOOK),
)
