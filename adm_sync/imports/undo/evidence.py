"""May an event be deleted from Administrate: is it as the import made it, and has nobody booked?

What belongs here: reading the event as it is now, and comparing it with what was sent. That
Administrate changed its `updatedAt` proves nothing: its own jobs do that too. What does not:
deleting (`undoing`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database.states import LifecycleState
from adm_sync.names.keys import normalise
from adm_sync.push.marks import notes_are_ours
from adm_sync.push.records import is_alike
from adm_sync.push.remote import event_node, instant

Node = Mapping[str, Any]
# The document that reads an event to compare it with what was made.
EVENT_TO_UNDO = "event_to_undo"

# What was sent when the event was created: where it is found now, and how it is called.
_EVENT_REFERENCES = {
    "courseTemplateId": ("courseTemplate", "course template"),
    "locationId": ("location", "location"),
    "venueId": ("venue", "venue"),
}
_EVENT_MOMENTS = {
    "classroomStartDateTime": ("classroomStart", "start"),
    "classroomEndDateTime": ("classroomEnd", "end"),
    "lmsStartDateTime": ("lmsStart", "LMS start"),
    "lmsEndDateTime": ("lmsEnd", "LMS end"),
}
_SESSION_REFERENCES = {"locationId": ("location", "location"), "venueId": ("venue", "venue")}
_SESSION_MOMENTS = {"start": ("timeZonedStart", "start"), "end": ("timeZonedEnd", "end")}
_WORDS = {"title": "title", "maxPlaces": "places"} | {
    name: word
    for named in (_EVENT_REFERENCES, _EVENT_MOMENTS, _SESSION_REFERENCES, _SESSION_MOMENTS)
    for name, (_, word) in named.items()
}
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Made:
    """What the import made of one event in Administrate.

    Attributes:
        creation: the input that the event was created with.
        updates: the input that each session was set to, by its Administrate id.
        sessions: the sessions as they came with the answer to the creation, by id; None if that
            is not known.
        mark: what the creation carried beside that, so that it is known again.
        overwritten: what somebody had changed there before a workbook changed it again, in words.
    """

    creation: Node
    updates: Mapping[str, Node]
    sessions: Mapping[str, Node] | None
    mark: str | None = None
    overwritten: Sequence[str] = ()


def overwritten(change: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    """What was not as the import had made it when it was changed, in words.

    Args:
        change: the input of a step that changed an event or a session.
        made: what that was made of before, flat.
    """
    for name in change["set"]:
        if name in made and not is_alike(name, change["expect"].get(name), made[name]):
            yield _WORDS.get(name, "a custom field")


def read_event(client: AdministrateClient, external_id: str) -> Node | None:
    """The event as Administrate has it now; None if it certainly is not there.

    Raises:
        AdministrateError: Administrate did not say.
    """
    return event_node(client, EVENT_TO_UNDO, external_id)


def obstacle(node: Node, made: Made) -> str | None:
    """Why the event must not be deleted, to complete "kept: …"; None if nothing stands against it.

    Args:
        node: the event, from `read_event`.
        made: what the import made.
    """
    state = node.get("lifecycleState")
    if state != LifecycleState.DRAFT:
        return f"it is {state or 'in an unknown state'} in Administrate, and no draft any more"
    return _bookings(node) or _changes(node, made)


def _bookings(node: Node) -> str | None:
    learners = (node.get("learners") or {}).get("pageInfo") or {}
    numbers = [learners.get("totalRecords"), node.get("bookedPlaces"), node.get("reserved")]
    if any(numbers):
        return "it has bookings in Administrate"
    if numbers[0] is None and numbers[1] is None:
        return "Administrate does not say whether it has bookings"
    return None


def _changes(node: Node, made: Made) -> str | None:
    changes = [*made.overwritten, *_event_changes(node, made), *_sessions_changes(node, made)]
    found = list(dict.fromkeys(changes))
    if not found:
        return None
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"it was changed in Administrate since: {', '.join(found[:_SHOWN])}{more}"


def _event_changes(node: Node, made: Made) -> Iterator[str]:
    sent = made.creation
    zone = str(sent.get("timeZoneName") or node.get("timeZoneName") or "UTC")
    yield from _field_changes(node, sent, zone, _EVENT_REFERENCES, _EVENT_MOMENTS)
    if sent.get("maxPlaces") is not None and node.get("maxPlaces") != sent["maxPlaces"]:
        yield "places"
    ours = notes_are_ours(node.get("internalNotes"), sent, made.mark)
    if not ours or node.get("externalNotes"):
        yield "notes"


def _sessions_changes(node: Node, made: Made) -> Iterator[str]:
    now = sessions_of(node)
    info = (node.get("sessions") or {}).get("pageInfo") or {}
    if info.get("hasNextPage") or info.get("totalRecords") not in {None, len(now)}:
        yield "more sessions than can be compared"
        return
    known = {**(made.sessions or {}), **made.updates}
    for session_id in sorted(known.keys() - now.keys()):
        yield f"the session {_name(known[session_id])} is gone"
    for session_id, session in now.items():
        name = _name(session)
        if session_id in made.updates:
            sent = made.updates[session_id]
            zone = str(sent.get("timeZoneName") or "UTC")
            changed = _field_changes(session, sent, zone, _SESSION_REFERENCES, _SESSION_MOMENTS)
        elif made.sessions is not None and session_id in made.sessions:
            changed = _unlike(session, made.sessions[session_id])
        else:
            yield f"the session {name} was added"
            continue
        yield from (f"{what} of the session {name}" for what in changed)


def _unlike(session: Node, first: Node) -> Iterator[str]:
    """How a session that the import never set differs from what Administrate made."""
    if _title(session) != _title(first):
        yield "title"
    if instant(session.get("timeZonedStart"), "UTC") != instant(first.get("timeZonedStart"), "UTC"):
        yield "start"


def _field_changes(
    node: Node,
    sent: Node,
    zone: str,
    references: Mapping[str, tuple[str, str]],
    moments: Mapping[str, tuple[str, str]],
) -> Iterator[str]:
    if _title(node) != _title(sent):
        yield "title"
    for name, (field, word) in references.items():
        if sent.get(name) is not None and (node.get(field) or {}).get("id") != sent[name]:
            yield word
    for name, (field, word) in moments.items():
        if sent.get(name) and instant(node.get(field), zone) != instant(sent[name], zone):
            yield word
    values = {v["definitionKey"]: v.get("value") for v in node.get("customFieldValues") or ()}
    for given in sent.get("customFieldValues") or ():
        if _folded(values.get(given["definitionKey"])) != _folded(given["value"]):
            yield "a custom field"
            return


def _title(record: Node) -> str:
    return " ".join(str(record.get("title") or "").split())


def _folded(value: object) -> str:
    """The value of a custom field as people compare it: `True` is `true`."""
    return normalise(str(value)) if value is not None else ""


def _name(session: Node) -> str:
    return repr(str(session.get("title") or session.get("id") or ""))


def sessions_in(answer: Node | None) -> Mapping[str, Node] | None:
    """The sessions in the answer to a creation, by id; None if there is no answer."""
    for answered in ((answer or {}).get("event") or {}).values():
        payload = answered[0] if isinstance(answered, list) and answered else answered
        event = payload.get("event") if isinstance(payload, dict) else None
        return sessions_of(event or {})
    return None


def sessions_of(node: Node) -> dict[str, Node]:
    """The sessions that came with an event, by id."""
    edges = (node.get("sessions") or {}).get("edges") or ()
    return {edge["node"]["id"]: edge["node"] for edge in edges if edge.get("node")}
