"""How events that were imported are in Administrate now.

What belongs here: reading them in bulk, and saying it in the words of what was recorded: a value
that is as it was sent, or as the server made it of that, is the recorded value; what was never
sent is left out. What does not: comparing (`comparison`), and this database (`here`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import fetch_connection
from adm_sync.database.current import DoneStep
from adm_sync.database.states import LifecycleState, StepKind
from adm_sync.errors import AdministrateError, RequestRejected
from adm_sync.imports.known.comparison import Recorded, plain
from adm_sync.names.keys import normalise
from adm_sync.push.likeness import field_value, is_title
from adm_sync.push.records import EVENT_MOMENTS, as_input, flat
from adm_sync.push.remote import event_node, instant, usable_id
from adm_sync.workbook.columns import EVENT_KEPT, STAFF
from adm_sync.workbook.events import ENDS, PLACES

Node = Mapping[str, Any]

IDS_IN_ONE_REQUEST = 50
# The moments of an event that its sessions have no say in.
_MOMENTS = tuple(
    name
    for name, one in EVENT_KEPT.items()
    if name not in ENDS and one.sent and one.sent[0] in EVENT_MOMENTS
)


@dataclass(frozen=True, slots=True)
class There:
    """The events of Administrate by id; None where one is not there any more.

    `problem` says why some that were asked for are missing; empty if none is.
    """

    events: Mapping[str, Node | None] = field(default_factory=dict)
    problem: str = ""


@dataclass(slots=True)
class Sent:
    """What Administrate has been sent of one event and done.

    Attributes:
        creation: the input that the event was created with; empty if it was adopted.
        answer: the event as it came with the answer to that, as far as it is known.
        updates: the input that each session was set to, by the ids of our rows.
        people: the contact ids and folded names of the staff that was added, by (the id of our
            session's row or None, type of staff).
    """

    creation: Node = field(default_factory=dict)
    answer: Node = field(default_factory=dict)
    updates: dict[int, Node] = field(default_factory=dict)
    people: dict[tuple[int | None, str], set[str]] = field(default_factory=dict)


def read_there(client: AdministrateClient, ids: Sequence[str], max_records: int) -> There:
    """Read events by their ids, many with one request; never raises.

    One that a list does not have is asked for by itself: a list may lag, or not be filtered so.
    """
    found: dict[str, Node | None] = {}
    try:
        for some in _batches(sorted(set(ids))):
            found.update(_listed(client, some, max_records))
            for missing in [one for one in some if one not in found]:
                found[missing] = event_node(client, "event_now", missing)
    except AdministrateError as error:
        return There(found, str(error))
    return There(found)


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), IDS_IN_ONE_REQUEST):
        yield ids[start : start + IDS_IN_ONE_REQUEST]


def _listed(client: AdministrateClient, ids: Sequence[str], max_records: int) -> dict[str, Node]:
    def convert(node: Node) -> tuple[str, Node]:
        return usable_id(node), node

    try:
        records = fetch_connection(
            client,
            "events_now",
            "events",
            convert,
            page_size=IDS_IN_ONE_REQUEST,
            max_records=max_records,
            variables={"ids": list(ids)},
        ).records
    except RequestRejected:
        return {}
    return dict(records)


def sent_of(steps: Iterable[DoneStep], answers: Mapping[int, Node]) -> dict[int, Sent]:
    """What was sent, by the ids of our events.

    Args:
        steps: those that are done.
        answers: the events as the creations were answered, by the ids of ours.
    """
    found: dict[int, Sent] = {}
    for step in steps:
        sent = found.setdefault(step.event_id, Sent(answer=answers.get(step.event_id, {})))
        values = step.input.get("input", {})
        if step.kind == StepKind.CREATE_EVENT:
            sent.creation = values
        elif step.kind == StepKind.UPDATE_SESSION and step.event_session_id:
            sent.updates[step.event_session_id] = values
        elif step.kind == StepKind.CHANGE_EVENT:
            sent.creation = _with(sent.creation, step.input["set"])
        elif step.kind == StepKind.CHANGE_SESSION and step.event_session_id:
            before = sent.updates.get(step.event_session_id, {})
            sent.updates[step.event_session_id] = _with(before, step.input["set"])
        elif step.kind == StepKind.CHANGE_STAFF:
            keys = {one.get("id") or one["key"] for one in step.input["people"]}
            sent.people[step.event_session_id, step.input["type"]] = keys
        elif step.kind in {StepKind.ADD_EVENT_STAFF, StepKind.ADD_SESSION_STAFF}:
            people = sent.people.setdefault((step.event_session_id, values["staffType"]), set())
            contacts = [values.get("contactId"), *values.get("contactIds", ())]
            people.update(contact for contact in contacts if contact)
            if not any(contacts):
                people.add(step.input["name_key"])
    return found


def _with(given: Node, changed: Mapping[str, Any]) -> Node:
    """An input as it would be with values that were changed later."""
    return as_input({**flat(given), **changed})


def created_event(answer: Mapping[str, Any]) -> Node:
    """The event in the answer to a creation; empty if it has none."""
    for answered in (answer.get("event") or {}).values():
        payload = answered[0] if isinstance(answered, list) and answered else answered
        event = payload.get("event") if isinstance(payload, dict) else None
        if isinstance(event, dict):
            return event
    return {}


# ---------------------------------------------------------------------- in the words of the record


def event_there(
    base: Recorded, node: Node | None, sent: Sent, fields: Mapping[str, str]
) -> Recorded:
    """An event as Administrate has it now, in the words of what was recorded.

    Args:
        base: what was recorded.
        node: the event; None if it is not there any more.
        sent: what made it.
        fields: the recorded name of each custom field, by key.
    """
    if node is None:
        return {"state": "deleted"}
    state = str(node.get("lifecycleState") or "").lower()
    now: Recorded = {"state": state} if state else {}
    if not sent.creation:
        return now
    creation, answer = sent.creation, sent.answer
    titles = [creation.get("title"), answer.get("title")]
    now["title"] = base["title"] if is_title(node.get("title"), titles) else node.get("title")
    zone = str(node.get("timeZoneName") or "")
    if zone in {"", creation.get("timeZoneName"), answer.get("timeZoneName")}:
        zone = base["zone"]
    now["zone"] = zone
    now |= _places(base, node, creation, answer)
    places = creation.get("maxPlaces", answer.get("maxPlaces"))
    if places is not None:
        is_same = node.get("maxPlaces") == places
        now["max_places"] = base["max_places"] if is_same else node.get("maxPlaces")
    now |= _dates(base, node, creation, zone)
    now |= _custom_fields(base, node, creation, fields)
    for name, staff_type in STAFF.items():
        taught = {c for (_, kind), ids in sent.people.items() if kind == staff_type for c in ids}
        known = sent.people.get((None, staff_type), set())
        now |= _people(base, name, staff_of(node, staff_type), known, may_be=taught)
    return now


def event_there_exactly(
    base: Recorded, node: Node | None, sent: Sent, fields: Mapping[str, str]
) -> Recorded:
    """The same with what a correction has to know besides: times, and what was never sent."""
    now = event_there(base, node, sent, fields)
    if node is None:
        return now
    zone = str(node.get("timeZoneName") or base["zone"])
    for name in ENDS:
        now |= _sent_moment(name, base, node, sent.creation, zone)
    unsent: Recorded = {"max_places": node.get("maxPlaces")}
    unsent |= _moment("registration_deadline", node.get("registrationDeadline"), zone, base["zone"])
    unsent |= _unsent(node, fields)
    return {name: value for name, value in unsent.items() if name in base} | now


def _unsent(node: Node, fields: Mapping[str, str]) -> Recorded:
    """The venue and the custom fields of a record, whoever gave them."""
    now: Recorded = {}
    if "venue" in node:
        now["venue"] = (node["venue"] or {}).get("name")
    given = node.get("customFieldValues")
    if isinstance(given, list):
        values = {one.get("definitionKey"): one.get("value") for one in given if _is_node(one)}
        now |= {name: field_value(values.get(key)) for key, name in fields.items()}
    return now


def _dates(base: Recorded, node: Node, creation: Node, zone: str) -> Recorded:
    starts = _sent_moment("starts_on", base, node, creation, zone)
    now: Recorded = {name: value and value[:10] for name, value in starts.items()}
    for name in _MOMENTS:
        now |= _sent_moment(name, base, node, creation, zone)
    return now


def _sent_moment(name: str, base: Recorded, node: Node, creation: Node, zone: str) -> Recorded:
    """A moment of an event, if it was sent."""
    key = EVENT_KEPT[name].sent[0]
    if not creation.get(key):
        return {}
    return _moment(name, node.get(EVENT_MOMENTS[key]), zone, base["zone"])


def _custom_fields(
    base: Recorded, node: Node, creation: Node, fields: Mapping[str, str]
) -> Recorded:
    given = node.get("customFieldValues")
    if not isinstance(given, list):
        return {}
    values = {one.get("definitionKey"): one.get("value") for one in given if _is_node(one)}
    now: Recorded = {}
    for one in creation.get("customFieldValues") or ():
        name = fields.get(one["definitionKey"])
        if name:
            value = field_value(values.get(one["definitionKey"]))
            now[name] = base[name] if value == field_value(one["value"]) else value
    return now


def sessions_there(node: Node | None) -> dict[str, Node] | None:
    """The sessions of an event by id; None if they are not all known."""
    nodes = _nodes((node or {}).get("sessions"))
    if nodes is None or not all(isinstance(one.get("id"), str) for one in nodes):
        return None
    return {one["id"]: one for one in nodes}


def session_there(
    base: Recorded, node: Node | None, session_id: int, event: Node, sent: Sent, zone: str
) -> Recorded:
    """A session as Administrate has it now, in the words of what was recorded.

    Args:
        base: what was recorded.
        node: the session; None if it is not there any more.
        session_id: our row's.
        event: the event that it is of.
        sent: what made it.
        zone: the event's.
    """
    update = sent.updates.get(session_id)
    if update is None:
        return {}
    if node is None:
        return {"state": "deleted"}
    is_off = node.get("lifecycleState") == LifecycleState.CANCELLED
    now: Recorded = {"state": str(LifecycleState.CANCELLED)} if is_off else {}
    is_same = is_title(node.get("title"), [update.get("title")])
    now["title"] = base["title"] if is_same else node.get("title")
    now |= _moment("starts", node.get("timeZonedStart"), zone, zone)
    now |= _moment("ends", node.get("timeZonedEnd"), zone, zone)
    first = sessions_there(sent.answer) or {}
    now |= _places(base, node, update, first.get(str(node["id"])) or {})
    # Administrate adds the staff of an event to its sessions too.
    staff, of_event = staff_of(node, "instructor"), staff_of(event, "instructor")
    if staff is not None and of_event is not None:
        may_be = sent.people.get((None, "instructor"), set()) | {contact for contact, _ in of_event}
        known = sent.people.get((session_id, "instructor"), set())
        now |= _people(base, "instructors", staff, known, may_be=may_be)
    return now


def _places(base: Recorded, node: Node, sent: Node, answer: Node) -> Recorded:
    now: Recorded = {}
    for name in PLACES:
        made = answer.get(name) or {}
        key = f"{name}Id"
        given = sent[key] if key in sent else made.get("id")
        there = node.get(name, {})
        if name in base and (given or name in answer) and (there is None or there.get("id")):
            found = there or {}
            now[name] = base[name] if found.get("id") == given else found.get("name")
    return now


def session_there_exactly(
    now: Recorded, base: Recorded, node: Node | None, fields: Any
) -> Recorded:
    """What `session_there` gave, with what a correction has to know besides."""
    if not now or node is None:
        return now
    unsent = {name: value for name, value in _unsent(node, fields).items() if name in base}
    return unsent | now


def staff_of(node: Node, staff_type: str) -> list[tuple[str, str]] | None:
    """(contact id, name) of a type of staff; None if not all of it came."""
    staff = _nodes(node.get("staff"))
    if staff is None or not all(_is_node(one.get("contact")) for one in staff):
        return None
    people = [one["contact"] for one in staff if one.get("staffType") == staff_type]
    return [
        (str(one.get("id")), f"{one.get('firstName') or ''} {one.get('lastName') or ''}".strip())
        for one in people
    ]


def _nodes(page: object) -> list[Node] | None:
    """The records of a nested list; None if they are not all there."""
    if not _is_node(page):
        return None
    edges, info = page.get("edges"), page.get("pageInfo")
    if not isinstance(edges, list) or not _is_node(info) or info.get("hasNextPage"):
        return None
    nodes = [edge["node"] for edge in edges if _is_node(edge) and _is_node(edge.get("node"))]
    return nodes if len(nodes) == len(edges) else None


def _is_node(value: object) -> TypeGuard[Node]:
    return isinstance(value, dict)


def _people(
    base: Recorded,
    name: str,
    staff: Sequence[tuple[str, str]] | None,
    known: set[str],
    *,
    may_be: set[str],
) -> Recorded:
    """Who is staff now, unless it is who was added; `may_be` are no difference if they are."""
    if staff is None:
        return {}
    ours = [one for one in staff if one[0] in known or normalise(one[1]) in known]
    more = [one for one in staff if one not in ours and one[0] not in may_be]
    if not more and len({contact for contact, _ in ours}) >= len(known):
        return {name: base[name]}
    return {name: list(dict.fromkeys(person for _, person in (*ours, *more)))}


def _moment(name: str, value: object, zone: str, shown_in: str) -> Recorded:
    """A moment as it is recorded, local to the event's zone; empty if it cannot be read."""
    if value is None:
        return {name: None}
    moment = instant(value, zone)
    if moment is None:
        return {}
    return {name: plain(moment.astimezone(ZoneInfo(shown_in)).replace(tzinfo=None))}
