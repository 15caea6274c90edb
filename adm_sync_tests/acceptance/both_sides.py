"""One event as both sides have it, without what no two events have in common.

What belongs here: a picture of the tutorial rows, the bridge rows and Administrate's records, for
telling two events apart from two that are alike. What does not: what is expected.
"""

from typing import Any

from adm_sync_tests.acceptance.importing import Office

# Ids and moments of its own; and what people book.
OWN = {"id", "created_at", "updated_at", "external_id", "event_id", "tutorial_event_id"}
OWN |= {"tutorial_session_id", "code", "createdAt", "updatedAt", "internalNotes", "event"}
OWN |= {"__typename", "displayId", "legacyId"}


def picture(office: Office, title: str) -> dict[str, Any]:
    """Both sides of the event of this title; its title stands as `…`."""
    here = office.tutorial_event(title)
    sessions = office.tutorial_sessions(here["id"])
    (bridge,) = office.rows("select * from adm.events where tutorial_event_id = :id", id=here["id"])
    bridged = office.rows(
        "select * from adm.sessions where event_id = :id order by day_number", id=bridge["id"]
    )
    taught = office.rows(
        "select s.sequence, l.tutorialinstructor_id from acted.tutorial_session_instructors l"
        " join acted.tutorial_sessions s on s.id = l.tutorialsessions_id"
        " where s.tutorial_event_id = :id order by 1, 2",
        id=here["id"],
    )
    event = office.sandbox.store.get(bridge["external_id"])
    remote = [office.sandbox.store.get(row["external_id"]) for row in bridged if row["external_id"]]
    found = {
        "tutorial event": here,
        "tutorial sessions": sessions,
        "bridge": bridge,
        "bridged sessions": bridged,
        "taught": [tuple(row.values()) for row in taught],
        "event": event,
        "staff": staff(office, "event", event["id"]),
        "sessions": remote,
        "staff of sessions": [staff(office, "session", one["id"]) for one in remote],
    }
    return {name: _anonymous(value, title) for name, value in found.items()}


def staff(office: Office, place: str, parent: str) -> list[tuple[str, str]]:
    """Who is staff there: contact and type."""
    found = office.sandbox.store.children("Staff", place, parent)
    return sorted((one["contact"], one["staffType"]) for one in found)


def _anonymous(value: Any, title: str) -> Any:
    if isinstance(value, dict):
        if custom := value.get("customFieldValues"):
            value = {**value, "customFieldValues": {k: v for k, v in custom.items() if v}}
        return {k: _anonymous(v, title) for k, v in value.items() if k not in OWN and v is not None}
    if isinstance(value, list):
        return [_anonymous(one, title) for one in value]
    return value.replace(title, "…") if isinstance(value, str) else value
