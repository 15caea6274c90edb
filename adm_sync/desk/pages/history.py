"""`/history`: what happened to a record or an event, by whom and when.

What belongs here: searching, showing, and the list as a file. What does not: what happened
(`adm_sync.history`).
"""

from dataclasses import asdict

import sqlalchemy as sa
from starlette.responses import Response

from adm_sync.database.states import DecisionKind
from adm_sync.desk.errors import PageError
from adm_sync.desk.pages import parting
from adm_sync.desk.routing import MenuEntry, page
from adm_sync.desk.visit import Visit
from adm_sync.errors import SettingsError
from adm_sync.history import reading, subjects
from adm_sync.history.subjects import EVENT, HistorySubject
from adm_sync.pages import WITHIN
from adm_sync.reference.decisions import Statement
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.unmatched import shown
from adm_sync.settings.desk import Role
from adm_sync.tables.declared import HISTORY
from adm_sync.tables.files import csv_bytes
from adm_sync.tables.rows import row_of

LONGEST_SEARCH = 300
KINDS = {**{one.name: one.title for one in ENTITIES}, EVENT: "Imported events"}


def search(visit: Visit) -> Response:
    """Who is meant: the way to the record itself if that is clear."""
    kind, text = visit.query.get("kind", ""), visit.query.get("record", "").strip()
    if not text:
        return _searched(visit, kind, text, [])
    with visit.connection() as connection:
        found = _find(connection, kind, text)
    if len(found) == 1:
        return visit.to(address(found[0]))
    return _searched(visit, kind, text, found)


def one(visit: Visit) -> Response:
    """The history of one record or event, a page of it."""
    kind, text = visit.path["kind"], visit.path["record"]
    with visit.connection() as connection:
        found = _find(connection, kind, text)
        if len(found) != 1:
            return _searched(visit, kind, text, found, status=200 if found else 404)
        try:
            entries = reading.page(connection, found[0], visit.query.get("before"))
        except SettingsError as error:
            raise PageError(400, str(error)) from None
    here = address(found[0])
    return visit.page(
        "history.html",
        subject=found[0],
        title=KINDS[found[0].kind],
        linked=_linked(found[0]),
        entries=entries.entries,
        shown=shown,
        address=here,
        first=here if visit.query.get("before") else "",
        after=f"{here}?before={entries.following}" if entries.following else "",
    )


def exported(visit: Visit) -> Response:
    """All of it, as a CSV file."""
    kind, text = visit.query.get("kind", ""), visit.query.get("record", "")
    with visit.connection() as connection:
        found = _find(connection, kind, text)
        if len(found) != 1:
            raise PageError(404, "There is no such record, or more than one.")
        told = [row_of(HISTORY, asdict(row)) for row in reading.table(connection, found[0])]
    data = csv_bytes(HISTORY, told)
    name = f"history {found[0].kind} {found[0].label[:60]}.csv"
    return visit.download(data, name, "text/csv; charset=utf-8")


def _linked(subject: HistorySubject) -> list[tuple[str, str]]:
    """The records of Administrate that it is linked with, and where each is parted from it."""
    entity, here = BY_NAME.get(subject.kind), subject.tutorial_id
    if entity is None or here is None:
        return []
    pairs = [Statement(DecisionKind.NEVER, entity, here, one) for one in subject.external_ids]
    return [(one.external_id or "", parting.address(one)) for one in pairs]


def address(subject: HistorySubject) -> str:
    """The page of a record's or an event's history."""
    return WITHIN.history(subject.kind, subject.id)


def _find(connection: sa.Connection, kind: str, text: str) -> list[HistorySubject]:
    if kind and kind not in KINDS:
        raise PageError(404, "There is no such kind of record.")
    if len(text) > LONGEST_SEARCH:
        raise PageError(400, "That is longer than any name.")
    kinds = [kind] if kind else KINDS
    return [found for one in kinds for found in subjects.find(connection, one, text)]


def _searched(
    visit: Visit, kind: str, text: str, found: list[HistorySubject], status: int = 200
) -> Response:
    return visit.page(
        "history_search.html",
        status,
        kinds=KINDS,
        kind=kind,
        text=text,
        what=BY_NAME[kind].one if kind in BY_NAME else "event" if kind else "record or event",
        found=[(address(each), KINDS[each.kind], each) for each in found],
        shown=shown,
    )


MENU = MenuEntry("/history", "History")
ROUTES = (
    page("/history", search, Role.LOOK),
    page("/history.csv", exported, Role.LOOK),
    page("/history/{kind}/{record:path}", one, Role.LOOK),
)
