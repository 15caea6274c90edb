"""What a person can decide about a discrepancy, in words that lead back to the decision.

What belongs here: the choices of each discrepancy, and understanding one that was typed. What does
not: whether a decision may be made now (`decisions`), and how the choices are offered.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from adm_sync.database.journal import OpenDiscrepancy
from adm_sync.database.recorded import as_number
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.formulas import printable
from adm_sync.reference.decisions import UNMATCHED, Statement
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.suggestions import told_apart

# Of a name that many share, nobody looks through more pairs than these.
MOST_PAIRS = 9
LONGEST_NAME = 80
IGNORE = "ignore"
_WORDS = {DecisionKind.LINK: "link to", DecisionKind.NEVER: "never"}
_ALONE = frozenset(map(str, DecisionKind))
_TYPED = re.compile(r"(link to|link|never)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r".*\((.+)\)", re.DOTALL)


def choices(one: OpenDiscrepancy) -> dict[str, Statement]:
    """What can be decided about a discrepancy, by what is to be written for it.

    The candidates are named with their ids. There is none where a decision would not help.
    """
    return dict(_choices(one)) if BY_NAME[one.entity].matched else {}


def _choices(one: OpenDiscrepancy) -> Iterator[tuple[str, Statement]]:
    entity = BY_NAME[one.entity]
    if one.kind in UNMATCHED and (one.external_id or one.tutorial_id is not None):
        for kind, words in _WORDS.items():
            for near in one.suggestions:
                yield f"{words} {_shown(near)}", _pair(kind, one, near)
        yield IGNORE, Statement(DecisionKind.IGNORE, entity, one.tutorial_id, one.external_id)
    elif one.kind == DiscrepancyKind.DRIFTED:
        for kind in _WORDS:
            yield str(kind), Statement(kind, entity, one.tutorial_id, one.external_id)
    elif one.kind == DiscrepancyKind.AMBIGUOUS:
        yield from _of_ambiguous(one)


def _of_ambiguous(one: OpenDiscrepancy) -> Iterator[tuple[str, Statement]]:
    entity = BY_NAME[one.entity]
    here = [near for near in one.suggestions if near["tutorial_id"] is not None]
    there = [near for near in one.suggestions if near["external_id"]]
    pairs = list(product(here, there))
    for mine, other in pairs if len(pairs) <= MOST_PAIRS else ():
        ids = mine["tutorial_id"], other["external_id"]
        yield f"link {ids[0]} to {_shown(other)}", Statement(DecisionKind.LINK, entity, *ids)
    if len(one.suggestions) <= MOST_PAIRS:
        for near in one.suggestions:
            ids = near["tutorial_id"], near["external_id"]
            side = "tutorial record" if ids[1] is None else "Administrate record"
            known = ids[0] if ids[1] is None else ids[1]
            yield f"ignore the {side} {known}", Statement(DecisionKind.IGNORE, entity, *ids)


def understood(one: OpenDiscrepancy, said: str) -> Statement | None:
    """What somebody has written about a discrepancy; None if it is no choice.

    Beside the choices, an unmatched record may be said to be (or never to be) any other: `link to
    ID`, or `never ID`.
    """
    plain, offered = " ".join(said.split()), choices(one)
    # Of ids the case counts.
    plain = plain.lower() if plain.lower() in _ALONE else plain
    if plain in offered:
        return offered[plain]
    typed = _TYPED.fullmatch(plain)
    if typed is None or one.kind not in UNMATCHED or IGNORE not in offered:
        return None
    kind = DecisionKind.NEVER if typed[1].lower() == "never" else DecisionKind.LINK
    named = _NAMED.fullmatch(typed[2].strip())
    known = (named[1] if named else typed[2]).strip()
    if one.tutorial_id is not None:
        is_id = bool(known) and " " not in known
        near: Mapping[str, Any] = {"tutorial_id": None, "external_id": known}
    else:
        number = as_number(known)
        is_id = number is not None
        near = {"tutorial_id": number, "external_id": None}
    return _pair(kind, one, near) if is_id else None


def _pair(kind: DecisionKind, one: OpenDiscrepancy, near: Mapping[str, Any]) -> Statement:
    tutorial = near["tutorial_id"] if one.tutorial_id is None else one.tutorial_id
    return Statement(kind, BY_NAME[one.entity], tutorial, one.external_id or near["external_id"])


def _shown(near: Mapping[str, Any]) -> str:
    """A candidate by its name and id, on one line."""
    label = printable(" ".join(told_apart(str(near["label"]), near).split()))
    short = label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1]}…"
    known = near["external_id"] or near["tutorial_id"]
    return f"{short} ({known})".strip()
