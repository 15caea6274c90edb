"""`/imports`: workbooks, how each stands, what was found in it, and what an import would do.

What belongs here: showing that, and its downloads. What does not: sending a workbook and starting
its import (`importing`), and taking one back (`undoing`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from adm_sync.alerts.answering import mailing_of, where_answers_go
from adm_sync.database.import_journal import KeptGroup
from adm_sync.database.locks import BUSY
from adm_sync.database.states import GroupOutcome
from adm_sync.desk import actions
from adm_sync.desk.actions import Work
from adm_sync.desk.errors import PageError
from adm_sync.desk.pages.import_words import (
    changes,
    created_words,
    goes_on,
    headline,
    is_read,
    next_things,
    not_done,
)
from adm_sync.desk.pages.shown_findings import sheets_beside, shown_findings
from adm_sync.desk.routing import MenuEntry, page
from adm_sync.desk.visit import Visit
from adm_sync.errors import WorkbookError
from adm_sync.imports import comparisons
from adm_sync.imports.finding_pages import ToDo, finding_page
from adm_sync.imports.looking import LookedAt, list_imports, look_at, search_of
from adm_sync.imports.offering import offered
from adm_sync.imports.opening import open_reporter
from adm_sync.imports.state import State
from adm_sync.imports.undo.wording import sides
from adm_sync.imports.wording import counted, plan_sentence, standing_sentence
from adm_sync.pages import WITHIN
from adm_sync.settings.desk import Role
from adm_sync.tenant import event_page
from adm_sync.workbook.template import template_bytes

ON_A_PAGE = 50
FINDINGS_ON_A_PAGE = 20
SEARCHED, LONGEST_SEARCH = ("name", "sitting", "who", "state"), 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
TODO_WORDS = {
    ToDo.CORRECT: "Correct in the workbook",
    ToDo.ASK: "Ask the data administrator",
    ToDo.DECIDE: "Decide whose value holds",
    ToDo.WAIT: "Wait, and check again",
    ToDo.LOOK: "Look whether it is meant",
}


def address(partition: str, /, **query: object) -> str:
    """The page of an import."""
    asked = {name: value for name, value in query.items() if value}
    return WITHIN.one_import(partition) + (f"?{urlencode(asked)}" if asked else "")


def listed(visit: Visit) -> Response:
    """Those that are looked for, newest first."""
    asked = {name: visit.query.get(name, "").strip()[:LONGEST_SEARCH] for name in SEARCHED}
    asked = {name: text for name, text in asked.items() if text}
    try:
        search = search_of(asked)
    except ValueError as error:
        raise PageError(400, str(error)) from None
    before = visit.number("before") or None
    with visit.connection() as connection:
        found = list_imports(connection, ON_A_PAGE + 1, before, search)
        sittings = {*comparisons.sittings(connection), *filter(None, [search.sitting])}
    rows = found[:ON_A_PAGE]
    return visit.page(
        "imports.html",
        rows=[(address(one.workbook.partition), one) for one in rows],
        asked={**dict.fromkeys(SEARCHED, ""), **asked},
        is_searched=bool(asked),
        sittings=sorted(sittings, reverse=True),
        states=list(State),
        before=_list_of(asked) if before else "",
        after=_list_of({**asked, "before": rows[-1].workbook.id}) if len(found) > len(rows) else "",
    )


def _list_of(asked: Mapping[str, object]) -> str:
    return f"/imports?{urlencode(asked)}" if asked else "/imports"


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
    sheets = sheets_beside(visit, found.findings)
    plan = plan_of(looked)
    # What was decided about conflicts, as far as the plan that is shown goes by it.
    takes = looked.update.take if plan and looked.update else ()
    entries = changes(plan)
    return visit.page(
        "import.html",
        **_state(visit, looked, work),
        next=list(next_things(looked, plan, found.counts)),
        todo=todo,
        todos=[(one, words, found.counts[one]) for one, words in TODO_WORDS.items()],
        findings=list(shown_findings(looked, found.findings, sheets or {})),
        with_sheet="" if sheets is not None else _here(visit, "findings", sheet="yes"),
        of_findings=_pages(visit, "findings", found.number, found.pages),
        plan=plan,
        planned=plan_sentence(plan) if plan else "",
        is_worth_it=bool(entries),
        counted=counted,
        created=created_words,
        sides=sides,
        entries=_some(visit, "plan", entries),
        disputes=disputes(plan),
        takes=takes,
        decided={one.about for one in takes},
        options=(looked.dry_run.update_options if looked.dry_run else None) or {},
        **_events(visit, looked),
        not_done=not_done(looked.unfinished),
    )


def part(visit: Visit) -> Response:
    """How far it is; once that is the end, the browser is told to load the whole page."""
    looked, work = look(visit), work_of(visit)
    values = _state(visit, looked, work)
    answer = visit.page("import_state.html", **values)
    if not values["is_at_work"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


def marked_copy(visit: Visit) -> Response:
    """The workbook with all remarks in it."""
    name, data = _reporter(visit).marked_copy(_checked(visit))
    return visit.download(data, name, XLSX)


def findings_csv(visit: Visit) -> Response:
    """The findings, for a spreadsheet."""
    name, data = _reporter(visit).findings_list(_checked(visit))
    return visit.download(data, name, CSV)


def _checked(visit: Visit) -> str:
    """The import that the address names.

    Raises:
        PageError: it was not checked yet, so that nobody knows what is wrong in it.
    """
    looked = look(visit)
    if not _is_checked(looked):
        raise PageError(409, "This workbook is not checked yet. Wait until its page says so.")
    return looked.listed.workbook.partition


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


def _state(visit: Visit, looked: LookedAt, work: Work | None) -> dict[str, Any]:
    """What the part of the page shows that changes while something is going on."""
    partition, what = looked.listed.workbook.partition, goes_on(looked, work)
    mailing, zone = mailing_of(visit.desk.settings), visit.desk.settings.adm_sync_time_zone
    with visit.connection() as connection:
        answers = where_answers_go(connection, looked.listed.workbook.id, mailing, zone)
    return {
        "looked": looked,
        "listed": looked.listed,
        "dry_run": looked.dry_run,
        "here": address(partition),
        "part": f"{address(partition)}/state" + (f"?work={work.name}" if work else ""),
        "work": work,
        "is_at_work": bool(what),
        "what": what,
        "headline": headline(what, looked.progress, work) if what else "",
        "stands": standing_sentence(looked.listed.standing),
        "is_checked": _is_checked(looked),
        "is_read": is_read(looked),
        "answers": answers,
        "was_busy": bool(work and work.message.startswith(BUSY)),
    }


def _is_checked(looked: LookedAt) -> bool:
    """Whether it is known what a check has found, so that there is a marked copy of it."""
    dry_run, workbook = looked.dry_run, looked.listed.workbook
    has_ended = dry_run is not None and dry_run.status not in {"running", "interrupted"}
    return has_ended or workbook.finished_at is not None


def _reporter(visit: Visit) -> Any:
    return open_reporter(visit.desk.settings, visit.desk.database.engine)


# ---------------------------------------------------------------------- the plan


def plan_of(looked: LookedAt) -> Mapping[str, Any] | None:
    """What a dry run has shown, unless an import has begun since."""
    dry_run, began = looked.dry_run, looked.listed.workbook.started_at
    if dry_run is None or dry_run.result is None or dry_run.status in {"running", "interrupted"}:
        return None
    return None if began is not None and began > dry_run.started_at else dry_run.result


def disputes(plan: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What a person has to decide about, those together that one decision settles."""
    found: dict[str, dict[str, Any]] = {}
    for entry in plan["plan"] if plan else ():
        for one in entry["conflicts"]:
            found.setdefault(one["about"], {**one, "title": entry["title"], "values": []})
            found[one["about"]]["values"].append(one)
    return list(found.values())


# ---------------------------------------------------------------------- events, and lists in parts


def _events(visit: Visit, looked: LookedAt) -> dict[str, Any]:
    """What became of the events: those of one state, or all."""
    states = looked.states()
    counts, chosen = Counter(states), visit.query.get("state")
    if chosen is not None and chosen not in counts:
        chosen = None
    settings = visit.desk.settings
    rows = [
        (group, state, _did(group), event_page(settings, group.external_id))
        for group, state in zip(looked.groups, states, strict=True)
        if chosen in {None, state}
    ]
    return {
        "groups": _some(visit, "events", rows),
        "of_states": counts,
        "state": chosen,
    }


def _did(group: KeptGroup) -> str:
    """What the workbook did with an event that is there."""
    if group.event_id is None:
        return ""
    if group.brought:
        return "created by it"
    return "changed by it" if group.outcome == GroupOutcome.UPDATED else "there before"


def _some(visit: Visit, name: str, rows: Sequence[Any]) -> dict[str, Any]:
    """One page of a list, with the way to the others."""
    pages = max(1, -(-len(rows) // ON_A_PAGE))
    number = min(max(1, visit.number(name, 1)), pages)
    shown = rows[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return {"rows": shown, "total": len(rows), **_pages(visit, name, number, pages)}


def _pages(visit: Visit, name: str, number: int, pages: int) -> dict[str, Any]:
    return {
        "before": _here(visit, name, **{name: number - 1}) if number > 1 else "",
        "after": _here(visit, name, **{name: number + 1}) if number < pages else "",
    }


def _here(visit: Visit, place: str, **query: object) -> str:
    """A place of the page, asked for as it is but for this."""
    return f"{address(visit.path['partition'], **{**visit.query, **query})}#{place}"


MENU = MenuEntry("/imports", "Imports")
ROUTES = (
    page("/imports", listed, Role.LOOK),
    page("/imports/{partition}", whole, Role.LOOK),
    page("/imports/{partition}/state", part, Role.LOOK),
    page("/imports/{partition}/workbook", marked_copy, Role.LOOK),
    page("/imports/{partition}/findings.csv", findings_csv, Role.LOOK),
    page("/template", template, Role.LOOK),
)
