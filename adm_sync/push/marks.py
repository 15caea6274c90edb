"""The mark of a creation: a text that only one step has, by which its event is known again.

What belongs here: making a mark, where a tenant has a place for it, putting it into what is sent,
and finding it in what came back. What does not: storing it (`database.steps`), and what follows
from it (`candidates`).
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema

from adm_sync.administrate.contract import takes

# Also the label of the custom field that a tenant may have for it.
LABEL = "adm_sync"
# The input of a creation that holds it where there is no such field.
NOTES = "internalNotes"
_MARK = re.compile(rf"{LABEL}:[0-9a-f]{{16}}")

Input = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MarkPlace:
    """Where a mark is put: into the custom field of this key, or into the internal notes."""

    field: str | None = None


def place_for(document: str, field: str | None, schema: GraphQLSchema | None) -> MarkPlace | None:
    """Where a creation through a document carries its mark, if it can carry one.

    Args:
        document: of the creation.
        field: the key of the tenant's custom field for marks, if it has one.
        schema: the tenant's, if it is known.
    """
    if field or (schema is not None and takes(schema, document, NOTES)):
        return MarkPlace(field or None)
    return None


def new_mark() -> str:
    """A text that nothing else has."""
    return f"{LABEL}:{secrets.token_hex(8)}"


def marked(given: Input, mark: str, place: MarkPlace) -> dict[str, Any]:
    """The input of a creation with its mark; the planner's own notes stay beside it."""
    if place.field is None:
        return {**given, NOTES: notes_of(given, mark)}
    values = [v for v in given.get("customFieldValues") or () if v["definitionKey"] != place.field]
    mine = {"definitionKey": place.field, "value": mark}
    return {**given, "customFieldValues": [*values, mine]}


def notes_of(given: Input, mark: str) -> str:
    """The internal notes of a creation that carries its mark there."""
    own = str(given.get(NOTES) or "").strip()
    return f"{own}\n\n{mark}" if own else mark


def notes_are_ours(notes: object, given: Input, mark: str | None) -> bool:
    """Whether internal notes hold nothing but what was sent, with the mark or without it."""
    now = " ".join(str(notes or "").split())
    sent = [str(given.get(NOTES) or "")]
    sent += [notes_of(given, mark), mark] if mark else []
    return not now or now in {" ".join(text.split()) for text in sent}


def marks_in(texts: Iterable[object]) -> frozenset[str]:
    """All marks in these texts, whatever else they hold."""
    return frozenset(mark for text in texts for mark in _MARK.findall(str(text or "")))
