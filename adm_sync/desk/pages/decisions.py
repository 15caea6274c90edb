"""`/decisions`: what people have decided, taking it back, and deciding in a list of Excel's.

What belongs here: the list, and the way of a list to decide in, out and back. What does not: making
a decision with its records in view (`unmatched`), and what a file that came back says (`tables`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePosixPath
from urllib.parse import urlencode

from starlette.responses import Response

from adm_sync.database import journal, overview
from adm_sync.database.states import DecisionKind
from adm_sync.desk.errors import PageError
from adm_sync.desk.offers import DRY_RUN
from adm_sync.desk.pages import parting
from adm_sync.desk.pages.importing import largest_upload
from adm_sync.desk.pages.imports import XLSX
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.imports.opening import limits
from adm_sync.pages import WITHIN
from adm_sync.reference import choosing, unmatched
from adm_sync.reference import decisions as deciding
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity
from adm_sync.settings.desk import Role
from adm_sync.tables.declared import DECISIONS
from adm_sync.tables.rows import row_of
from adm_sync.tables.to_decide import workbook_to_fill_in
from adm_sync.tables.workbooks import xlsx_bytes
from adm_sync.workbook.file.archive import MEGABYTE

ON_A_PAGE = 100
LISTS = frozenset({".xlsx", ".csv"})
DECIDED = [entity for entity in ENTITIES if entity.matched]


def listed(visit: Visit) -> Response:
    """Those in force, newest first, and what is still to come of them."""
    entity, kind, before = _entity(visit), _kind(visit), visit.number("before") or None
    name = entity.name if entity else None
    with visit.connection() as connection:
        found = overview.latest_decisions(connection, ON_A_PAGE + 1, before, entity=name, kind=kind)
        rows = found[:ON_A_PAGE]
        labels = deciding.tutorial_names(connection, rows)
        effects = choosing.effects(connection, rows)
        waiting = unmatched.waiting(connection, DECIDED)
    asked = {"entity": name, "kind": kind}
    return visit.page(
        "decisions.html",
        rows=rows,
        labels=labels,
        part={
            row.id: parting.address(deciding.said_by(row))
            for row in rows
            if row.kind == DecisionKind.LINK
        },
        effects=effects,
        waiting=waiting,
        entity=entity,
        entities=DECIDED,
        kind=kind,
        kinds=tuple(DecisionKind),
        before=_address(asked) if before else "",
        after=_address({**asked, "before": rows[-1].id}) if len(found) > len(rows) else "",
    )


def in_force(visit: Visit) -> Response:
    """Those in force as an Excel workbook."""
    entity = _entity(visit)
    with visit.connection() as connection:
        rows = journal.decisions_in_force(connection, entity.name if entity else None)
    data = xlsx_bytes(DECISIONS, [row_of(DECISIONS, asdict(row)) for row in rows])
    return visit.download(data, "decisions.xlsx", XLSX)


def to_decide(visit: Visit) -> Response:
    """What is open, as an Excel workbook to decide in."""
    entity = _entity(visit)
    chosen: Sequence[Entity] = [entity] if entity else ENTITIES
    with visit.connection() as connection:
        found = [
            row
            for one in chosen
            for row in deciding.with_takable(
                connection, journal.open_discrepancies(connection, one.name)
            )
        ]
    name = f"unmatched {entity.many}.xlsx" if entity else "unmatched.xlsx"
    return visit.download(workbook_to_fill_in(found), name, XLSX)


def take_back(visit: Visit) -> Response:
    """Look what the decisions of a list are that came back; nothing is decided by that."""
    most = limits(visit.desk.settings).megabytes
    sent = visit.sent("list", int(most * MEGABYTE))
    if PurePosixPath(sent.name).suffix.lower() not in LISTS:
        raise PageError(400, "A list of decisions is an Excel workbook (.xlsx) or a CSV file.")
    return visit.to(visit.start("decide", DRY_RUN, file=sent).address)


def withdraw(visit: Visit) -> Response:
    """Take one back."""
    number = visit.path["number"]
    with visit.transaction() as connection:
        withdrawn = choosing.take_back(connection, number, visit.user.name)
    there = parting.address(withdrawn.statement) if withdrawn.stays else WITHIN.decisions()
    return visit.to(there, str(withdrawn))


def _address(asked: Mapping[str, object]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return WITHIN.decisions() + (f"?{query}" if query else "")


def _entity(visit: Visit) -> Entity | None:
    name = visit.query.get("entity", "")
    if name and name not in BY_NAME:
        raise PageError(400, "There is no such entity.")
    return BY_NAME.get(name)


def _kind(visit: Visit) -> DecisionKind | None:
    name = visit.query.get("kind", "")
    if name and name not in set(DecisionKind):
        raise PageError(400, "There is no such kind of decision.")
    return DecisionKind(name) if name else None


MENU = MenuEntry("/decisions", "Decisions")
ROUTES = (
    page("/decisions", listed, Role.LOOK),
    page("/decisions/in_force.xlsx", in_force, Role.LOOK),
    page("/decisions/to_decide.xlsx", to_decide, Role.DECIDE),
    action("/decisions/file", take_back, Role.DECIDE, largest=largest_upload),
    action("/decisions/{number:number}/withdraw", withdraw, Role.DECIDE),
)
