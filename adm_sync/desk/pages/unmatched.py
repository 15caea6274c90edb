"""`/unmatched`: what does not match by itself, both sides side by side, and deciding about it.

What belongs here: the list, the preview, and what its buttons do. What does not: what is open
(`reference.unmatched`), and whether something can be decided (`reference.choosing`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.responses import Response

from adm_sync.database import open_records
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.desk.errors import PageError
from adm_sync.desk.offers import DRY_RUN
from adm_sync.desk.pages import parting
from adm_sync.desk.routing import MenuEntry, action, page
from adm_sync.desk.visit import Visit
from adm_sync.pages import WITHIN
from adm_sync.reference import unmatched
from adm_sync.reference.choices import choices as choices_of
from adm_sync.reference.choices import understood
from adm_sync.reference.choosing import Choice, JudgedChoice, decide_all, take_back
from adm_sync.reference.decisions import UNMATCHED, Statement
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity
from adm_sync.reference.kinds import DECISIONS, KINDS
from adm_sync.reference.suggestions import told_apart
from adm_sync.settings.desk import Role

LONGEST_SEARCH = 200
MOST_AT_ONCE = 200
OTHER_SIDE = {
    DiscrepancyKind.UNMATCHED_TUTORIAL: DiscrepancyKind.UNMATCHED_ADMINISTRATE,
    DiscrepancyKind.UNMATCHED_ADMINISTRATE: DiscrepancyKind.UNMATCHED_TUTORIAL,
}
ACTS = {
    DecisionKind.LINK: "link each with its nearest",
    DecisionKind.NEVER: "say of each and its nearest that they are not the same",
    DecisionKind.IGNORE: "ignore each: it has no counterpart",
}
NO_CANDIDATE = "It has no candidate that it could be joined with, or kept apart from."


def overview(visit: Visit) -> Response:
    """How much is open of each entity."""
    with visit.connection() as connection:
        entities = unmatched.overviews(connection, ENTITIES)
    return visit.page("unmatched.html", entities=entities, kinds=KINDS)


def listed(visit: Visit) -> Response:
    """What is open of one entity, a page of it."""
    entity, kind, search = _entity(visit), _kind(visit), _search(visit)
    with visit.connection() as connection:
        (summary,) = unmatched.overviews(connection, [entity])
        shown = unmatched.page(
            connection, entity, kind=kind, search=search, after=visit.number("after")
        )
        waiting = open_records.count_decided(connection, entity.name, summary.as_of)
    asked = {"kind": kind or "", "search": search}
    here = WITHIN.unmatched(entity.name) + "?" + urlencode({k: v for k, v in asked.items() if v})
    return visit.page(
        "unmatched_list.html",
        entity=entity,
        summary=summary,
        records=shown.records,
        ways={one.found.id: _ways(one) for one in shown.records},
        waiting=waiting,
        kind=kind,
        search=search,
        kinds=KINDS,
        can_tick=any(one.found.kind in UNMATCHED and not one.is_settled for one in shown.records),
        decisions=DECISIONS,
        acts=ACTS,
        back=here.partition("?")[2]
        + (f"&after={visit.number('after')}" if visit.number("after") else ""),
        first=here if visit.number("after") else "",
        after=f"{here}&after={shown.following}" if shown.following else "",
    )


def _ways(one: unmatched.OpenRecord) -> list[tuple[str, str]]:
    """What can be decided beside the candidates: what it is called, and what its button sends."""
    found = one.found
    made = {(said.kind, said.tutorial_id, said.external_id) for said in one.decided}
    return [
        (said, _written(Choice(found.id, statement)))
        for said, statement in choices_of(found).items()
        if found.kind not in UNMATCHED or statement.kind == DecisionKind.IGNORE
        if (statement.kind, statement.tutorial_id, statement.external_id) not in made
    ]


def other(visit: Visit) -> Response:
    """One record beside those of the other side that have no counterpart either."""
    entity, number, search = _entity(visit), visit.path["number"], _search(visit)
    with visit.connection() as connection:
        record = _record(connection, entity, number)
        other_side = OTHER_SIDE[record.found.kind]
        shown = unmatched.page(
            connection, entity, kind=other_side, search=search, after=visit.number("after")
        )
    here = f"{WITHIN.unmatched(entity.name)}/{number}"
    query = f"?{urlencode({'search': search})}" if search else "?"
    return visit.page(
        "unmatched_other.html",
        entity=entity,
        record=record,
        kinds=KINDS,
        others=shown.records,
        search=search,
        here=here,
        lines=entity.instructions(record.label, record.detail)
        if record.found.tutorial_id is not None
        else (),
        first=here if visit.number("after") else "",
        after=f"{here}{query}&after={shown.following}" if shown.following else "",
        back=f"{WITHIN.unmatched(entity.name)}#r{number}",
    )


# ---------------------------------------------------------------------- deciding


def preview(visit: Visit) -> Response:
    """What the decisions would be that were ticked, and what the next sync would do."""
    entity, act = _entity(visit), visit.text("act")
    if act not in ACTS:
        raise PageError(400, "Choose what is to be decided: link, never or ignore.")
    numbers = [_number(one) for one in visit.form.getlist("chosen")]
    if not numbers:
        raise PageError(400, "No record is ticked. Go back, and tick those that you mean.")
    if len(numbers) > MOST_AT_ONCE:
        raise PageError(400, f"At most {MOST_AT_ONCE} are decided at once. Tick fewer.")
    with visit.transaction() as connection:
        shown = unmatched.records_numbered(connection, entity, numbers)
        chosen, lacking = _chosen(entity, shown, DecisionKind(act))
        judged = decide_all(connection, chosen, visit.user.name, rehearse=True)
    gone = [one for one in numbers if one not in {each.found.id for each in shown}]
    return _judged_page(visit, entity, judged, lacking, gone=len(gone))


def decide(visit: Visit) -> Response:
    """Decide what the page has shown: all of it, or nothing."""
    entity, why = _entity(visit), visit.text("why")
    chosen = [replace(_choice(entity, one), why=why) for one in visit.form.getlist("decide")]
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise PageError(400, "The page did not say what is to be decided. Nothing was done.")
    with visit.transaction() as connection:
        judged = decide_all(connection, chosen, visit.user.name)
    if any(one.problem for one in judged):
        return _judged_page(visit, entity, judged, [], refused=True)
    return visit.to(_back(visit, entity, chosen[0].number), _said(judged))


def link(visit: Visit) -> Response:
    """Link a record with another one, of which its id is given."""
    entity, number = _entity(visit), visit.path["number"]
    with visit.transaction() as connection:
        record = _record(connection, entity, number)
        known = visit.text("other") or visit.text("typed")
        statement = understood(record.found, f"link to {known}") if known else None
        if statement is None:
            raise PageError(
                400,
                "Say with which record it is to be linked: by the button beside it, or by its id, "
                "as the other side has it. Nothing was done.",
            )
        choice = Choice(number, statement, visit.text("why"))
        judged = decide_all(connection, [choice], visit.user.name)
    if judged[0].problem:
        return _judged_page(visit, entity, judged, [], refused=True)
    return visit.to(_back(visit, entity, number), _said(judged))


def withdraw(visit: Visit) -> Response:
    """Take a decision back."""
    entity, number = _entity(visit), _number(visit.form.get("number", ""))
    back = _back(visit, entity, visit.number("at"))
    with visit.transaction() as connection:
        withdrawn = take_back(connection, number, visit.user.name)
    return visit.to(
        parting.address(withdrawn.statement) if withdrawn.stays else back, str(withdrawn)
    )


def sync(visit: Visit) -> Response:
    """Run the sync that honours what was decided."""
    return visit.to(visit.start("sync", _entity(visit).name, "--no-prompt").address)


def missing(visit: Visit) -> Response:
    """Show what is missing in Administrate: what can be created there, or is to be entered."""
    return visit.to(visit.start("create-missing", _entity(visit).name, DRY_RUN).address)


def _record(connection: sa.Connection, entity: Entity, number: int) -> unmatched.OpenRecord:
    """The record of this number that has no counterpart, if that is still so."""
    found = unmatched.records_numbered(connection, entity, [number])
    if not found or found[0].found.kind not in UNMATCHED or entity.matched is None:
        raise PageError(404, "Nothing is open of this record any more, as far as is known.")
    return found[0]


def _chosen(
    entity: Entity, shown: Sequence[unmatched.OpenRecord], act: DecisionKind
) -> tuple[list[Choice], list[unmatched.OpenRecord]]:
    """What is chosen of each record, and those of which nothing can be.

    Two records that are each other's nearest are one pair, of which one decision is made.
    """
    chosen: dict[tuple[int | None, str | None], Choice] = {}
    lacking = []
    for one in shown:
        found = one.found
        here, there = found.tutorial_id, found.external_id
        if act != DecisionKind.IGNORE and one.candidates:
            near = one.candidates[0]
            here = near.tutorial_id if here is None else here
            there = there or near.external_id
        is_whole = act == DecisionKind.IGNORE or (here is not None and bool(there))
        if found.kind in UNMATCHED and is_whole and (there or here is not None):
            choice = Choice(found.id, Statement(act, entity, here, there or None))
            chosen.setdefault((here, there), choice)
        else:
            lacking.append(one)
    return list(chosen.values()), lacking


def _judged_page(
    visit: Visit,
    entity: Entity,
    judged: Sequence[JudgedChoice],
    lacking: Sequence[unmatched.OpenRecord],
    *,
    gone: int = 0,
    refused: bool = False,
) -> Response:
    return visit.page(
        "unmatched_preview.html",
        409 if refused else 200,
        entity=entity,
        judged=[(one, _other_label(one), _written(one.choice)) for one in judged],
        possible=[one for one in judged if not one.problem],
        lacking=lacking,
        no_candidate=NO_CANDIDATE,
        gone=gone,
        refused=refused,
        why=visit.text("why"),
        shown=unmatched.shown,
        back=_back(visit, entity),
        query=visit.text("back"),
    )


def _other_label(one: JudgedChoice) -> str:
    """What the record is called that the one that was shown is linked with, or kept apart from."""
    said, found = one.choice.statement, one.shown
    if found is None or said.kind == DecisionKind.IGNORE:
        return ""
    here = found.tutorial_id is not None
    return next(
        (
            unmatched.shown(told_apart(near["label"], near))
            for near in found.suggestions
            if (
                near["external_id"] == said.external_id
                if here
                else near["tutorial_id"] == said.tutorial_id
            )
        ),
        "",
    )


def _said(judged: Sequence[JudgedChoice]) -> str:
    known = [one for one in judged if one.known]
    made = {one.decision: one.effect for one in judged if not one.known}
    told = [
        f"Decision {one.decision} was made already, by {one.known.who} on "
        f"{one.known.decided_at:%Y-%m-%d %H:%M} UTC."
        for one in known[:3]
        if one.known
    ]
    if len(made) == 1:
        ((number, effect),) = made.items()
        told.append(f"Decision {number} is stored. {effect}")
    elif made:
        told.append(f"{len(made)} decisions are stored. The next sync honours them.")
    return " ".join(told)


# ---------------------------------------------------------------------- what was sent


def _entity(visit: Visit) -> Entity:
    entity = BY_NAME.get(visit.path["entity"])
    if entity is None:
        raise PageError(404, "There is no such entity.")
    return entity


def _kind(visit: Visit) -> DiscrepancyKind | None:
    given = visit.query.get("kind", "")
    if not given:
        return None
    with suppress(ValueError):
        return DiscrepancyKind(given)
    raise PageError(400, "There is no such kind of discrepancy.")


def _search(visit: Visit) -> str:
    return visit.query.get("search", "")[:LONGEST_SEARCH].strip()


def _written(choice: Choice) -> str:
    """A choice as a button sends it; the id of Administrate may hold anything, so it is last."""
    said = choice.statement
    here = "" if said.tutorial_id is None else said.tutorial_id
    return f"{choice.number}:{said.kind}:{here}:{said.external_id or ''}"


def _choice(entity: Entity, given: object) -> Choice:
    parts = str(given).split(":", 3)
    if len(parts) != 4 or parts[1] not in set(DecisionKind):
        raise PageError(400, "The page did not say what is to be decided. Nothing was done.")
    number, kind, here, there = parts
    tutorial_id = _number(here) if here else None
    return Choice(
        _number(number), Statement(DecisionKind(kind), entity, tutorial_id, there or None)
    )


def _number(given: object) -> int:
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise PageError(400, "The page did not say which record is meant. Nothing was done.")
    return int(text)


def _back(visit: Visit, entity: Entity, number: int = 0) -> str:
    """The list that the person was at, and the record in it."""
    query = visit.text("back")
    place = f"#r{number}" if number else ""
    return WITHIN.unmatched(entity.name) + (f"?{query}" if query else "") + place


MENU = MenuEntry("/unmatched", "Unmatched")
ROUTES = (
    page("/unmatched", overview, Role.LOOK),
    page("/unmatched/{entity}", listed, Role.LOOK),
    page("/unmatched/{entity}/{number:number}", other, Role.DECIDE),
    action("/unmatched/{entity}/{number:number}/link", link, Role.DECIDE),
    action("/unmatched/{entity}/preview", preview, Role.DECIDE),
    action("/unmatched/{entity}/decide", decide, Role.DECIDE),
    action("/unmatched/{entity}/withdraw", withdraw, Role.DECIDE),
    action("/unmatched/{entity}/sync", sync, Role.DECIDE),
    action("/unmatched/{entity}/missing", missing, Role.DECIDE),
)
