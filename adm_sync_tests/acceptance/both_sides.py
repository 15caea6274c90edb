"""One event as both sides have it, without what no two events have in common.

What belongs here: a picture of the tutorial rows, the bridge rows and Administrate's records, for
telling two events apart from two that are alike. What does not: what is expected.
"""

from typing import Any, Protocol

import sqlalchemy as sa

from adm_sync.sandbox import SandboxServer

# Ids and moments of its own; and what people book.
OWN = {"id", "created_at", "updated_at", "external_id", "event_id", "tutorial_event_id"}
OWN |= {"tutorial_session_id", "code", "createdAt", "updatedAt", "internalNotes", "event"}
OWN |= {"__typename", "displayId", "legacyId"}


class Place(Protocol):
    """A database, and the tenant that goes with it."""

    engine: sa.Engine
    sandbox: SandboxServer


def picture(place: Place, title: str) -> dict[str, Any]:
    """Both sides of the event of this title; its title stands as `…`."""
    here = _rows(place, "select t.* from acted.tutorial_events t where code = :title", title=title)[
        0
    ]
    sessions = _rows(
        place,
        "select * from acted.tutorial_sessions where tutorial_event_id = :id order by sequence",
        id=here["id"],
    )
    (bridge,) = _rows(
        place, "select * from adm.events where tutorial_event_id = :id", id=here["id"]
    )
    bridged = _rows(
        place,
        "select * from adm.sessions where event_id = :id order by day_number",
        id=bridge["id"],
    )
    taught = _rows(
        place,
        "select s.sequence, l.tutorialinstructor_id from acted.tutorial_session_instructors l"
        " join acted.tutorial_sessions s on s.id = l.tutorialsessions_id"
        " where s.tutorial_event_id = :id order by 1, 2",
        id=here["id"],
    )
    store = place.sandbox.store
    event = store.get(bridge["external_id"])
    remote = [store.get(row["external_id"]) for row in bridged if row["external_id"]]
    found = {
        "tutorial event": here,
        "tutorial sessions": sessions,
        "bridge": bridge,
        "bridged sessions": bridged,
        "taught": [tuple(row.values()) for row in taught],
        "event": event,
        "staff": staff(place, "event", event["id"]),
        "sessions": remote,
        "staff of sessions": [staff(place, "session", one["id"]) for one in remote],
    }
    return {name: _anonymous(value, title) for name, value in found.items()}


def staff(place: Place, kind: str, parent: str) -> list[tuple[str, str]]:
    """Who is staff of an event or a session: contact and type."""
    found = place.sandbox.store.children("Staff", kind, parent)
    return sorted((one["contact"], one["staffType"]) for one in found)


def _rows(place: Place, statement: str, **values: Any) -> list[dict[str, Any]]:
    with place.engine.connect() as connection:
        found = connection.execute(sa.text(statement), values)
        return [dict(row) for row in found.mappings()]


def _anonymous(value: Any, title: str) -> Any:
    if isinstance(value, dict):
        if custom := value.get("customFieldValues"):
            value = {**value, "customFieldValues": {k: v for k, v in custom.items() if v}}
        return {k: _anonymous(v, title) for k, v in value.items() if k not in OWN and v is not None}
    if isinstance(value, list):
        return [_anonymous(one, title) for one in value]
    return value.replace(title, "…") if isinstance(value, str) else value
