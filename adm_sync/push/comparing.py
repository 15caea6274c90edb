"""Whether a change of an event may be made: is Administrate as it was when the change was planned?

What belongs here: from a step and the event as it was read just now to what is sent, or to why
nothing is. What does not: reading the event, sending, and noting (`changes`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from adm_sync.database.recorded import Step
from adm_sync.database.states import LifecycleState, StepKind
from adm_sync.errors import FetchIncomplete
from adm_sync.names.keys import normalise
from adm_sync.push.records import (
    CUSTOM,
    as_input,
    event_values,
    in_words,
    is_alike,
    moved_to,
    session_values,
)
from adm_sync.push.requests import Mutation

Node = Mapping[str, Any]
# Contact ids by folded name.
Contacts = Callable[[], Mapping[str, Sequence[str]]]

KINDS = (
    StepKind.CHANGE_EVENT,
    StepKind.CHANGE_SESSION,
    StepKind.CHANGE_STAFF,
    StepKind.REMOVE_SESSION,
    StepKind.CANCEL_EVENT,
)
DECIDE = (
    "Nothing of this change was sent. Import the workbook again with --update: it says what is on "
    "each side now, and --take decides."
)


@dataclass(frozen=True, slots=True)
class Clearance:
    """What becomes of a step: its mutations are to be sent, it is done already, or it must not be.

    `message` says why it must not be.
    """

    outcome: Literal["send", "done", "conflict"]
    mutations: tuple[Mutation, ...] = ()
    message: str = ""


DONE = Clearance("done")


def compare(step: Step, node: Node, contacts: Contacts) -> Clearance:
    """What becomes of a step of an event that Administrate has.

    Args:
        step: one of `KINDS`, with the Administrate id of its session.
        node: the event as it is now.
        contacts: asked if somebody is known by name only.

    Raises:
        FetchIncomplete: not all of the event came.
        AdministrateError: by `contacts`.
    """
    _check_whole(node)
    state = str(node.get("lifecycleState") or "").lower()
    if step.kind == StepKind.CANCEL_EVENT:
        return _cancelled(node, state)
    if state not in {LifecycleState.DRAFT, LifecycleState.PUBLISHED}:
        return _conflict(f"The event is {state or 'in an unknown state'} in Administrate now.")
    if state == LifecycleState.PUBLISHED and not step.input.get("published"):
        return _conflict(
            "The event has been published in Administrate in the meantime. It is changed only with "
            "--published."
        )
    record = node if step.event_session_id is None else _session(node, step.session_external_id)
    if step.kind == StepKind.REMOVE_SESSION:
        return _removed(step, node, record)
    if record is None:
        return _conflict("The session is not in Administrate any more.")
    if step.kind == StepKind.CHANGE_STAFF:
        return _staff(step, node, record, contacts)
    return _changed(step, node, record)


def _check_whole(node: Node) -> None:
    sessions = node.get("sessions") or {}
    edges = sessions.get("edges")
    lists = [sessions, node.get("staff") or {}]
    lists += [edge["node"].get("staff") or {} for edge in edges or ()]
    if edges is None or any(
        (one.get("pageInfo") or {"hasNextPage": True})["hasNextPage"] for one in lists
    ):
        raise FetchIncomplete(f"Administrate did not give all of the event {node.get('id')}.")


def _conflict(sentence: str) -> Clearance:
    return Clearance("conflict", message=f"{sentence} {DECIDE}")


def _changed(step: Step, node: Node, record: Node) -> Clearance:
    given, is_event = step.input, step.event_session_id is None
    zone = given["zone"]
    now = (event_values if is_event else session_values)(record, zone)
    todo = {k: value for k, value in given["set"].items() if not is_alike(k, value, now.get(k))}
    if not todo:
        return DONE
    moved = [k for k in todo if not is_alike(k, now.get(k), given["expect"].get(k))]
    if moved:
        return _conflict(" ".join(_moved(key, step, now, record) for key in moved))
    there = str(node.get("timeZoneName") or zone)
    values = as_input(moved_to(todo, zone, there))
    if is_event:
        return Clearance(
            "send", (Mutation("update_event", {"eventId": node["id"], "input": values}),)
        )
    if {"start", "end"} & set(values):
        values["timeZoneName"] = there
    session = {"sessionId": record["id"], "input": values}
    return Clearance("send", (Mutation("update_session", session),))


def _moved(key: str, step: Step, now: Mapping[str, Any], record: Node) -> str:
    name = step.input.get("names", {}).get(key, key.removeprefix(CUSTOM))
    found = (record.get(key.removesuffix("Id")) or {}).get("name") if key.endswith("Id") else None
    is_now = found or now.get(key)
    expected = in_words(key, step.input["expect"].get(key))
    before = "" if key.endswith("Id") else f" and not {expected}"
    return (
        f"{name} is {in_words(key, is_now)} in Administrate now{before}, as it was when this was "
        "planned."
    )


def _session(node: Node, session_id: str | None) -> Node | None:
    return next((one for one in _listed(node, "sessions") if one.get("id") == session_id), None)


def _listed(node: Node, field: str) -> list[Node]:
    """What is in a list of a node."""
    return [edge["node"] for edge in (node.get(field) or {}).get("edges") or ()]


def _bookings(node: Node) -> bool:
    learners = ((node.get("learners") or {}).get("pageInfo") or {}).get("totalRecords")
    numbers = (learners, node.get("bookedPlaces"), node.get("reserved"))
    return any(numbers) or (learners is None and node.get("bookedPlaces") is None)


def _cancelled(node: Node, state: str) -> Clearance:
    if state == LifecycleState.CANCELLED:
        return DONE
    if state != LifecycleState.DRAFT:
        return _conflict(
            f"The event is {state} in Administrate: whoever looks after it cancels it."
        )
    if _bookings(node):
        return _conflict("The event has bookings in Administrate: who looks after it cancels it.")
    given = {"eventId": node["id"], "input": {"lifecycleState": str(LifecycleState.CANCELLED)}}
    return Clearance("send", (Mutation("update_event", given),))


def _removed(step: Step, node: Node, record: Node | None) -> Clearance:
    if record is None:
        return DONE
    if _bookings(node):
        return _conflict("The event has bookings in Administrate: its session is not removed.")
    now = session_values(record, step.input["zone"])
    expected = step.input["expect"]
    moved = [key for key, value in expected.items() if not is_alike(key, now.get(key), value)]
    if moved:
        return _conflict(" ".join(_moved(key, step, now, record) for key in moved))
    given = {"input": {"sessionIds": [record["id"]]}}
    return Clearance("send", (Mutation("delete_sessions", given),))


# ---------------------------------------------------------------------- staff


def _staff(step: Step, node: Node, record: Node, contacts: Contacts) -> Clearance:
    given = step.input
    wanted = []
    for person in given["people"]:
        found = [person["id"]] if person["id"] else list(contacts().get(person["key"], ()))
        if len(found) != 1:
            what = "nobody" if not found else f"{len(found)} people"
            return _conflict(f"Administrate has {what} of the name {person['name']} on its staff.")
        wanted += found
    here, others = _members(record, given["type"]), _others(step, node)
    # Who is staff of the event stays on its sessions, whatever they say.
    others -= set(wanted) | (set(given["before"]) if step.event_session_id is None else set())
    now, before = set(here) - others, set(given["before"]) - others
    lacking = [one for one in dict.fromkeys(wanted) if one not in now]
    gone = [one for one in given["before"] if one in now and one not in wanted]
    if not lacking and not gone and now <= set(wanted):
        return DONE
    # Some of it may have been done by a request that was not answered.
    may_lack = {*given["may_lack"], *(before - set(wanted))}
    if now - before - set(wanted) or before - now - may_lack:
        return _conflict(
            f"The {given['type']}s are {_names(record, now)} in Administrate now, "
            "and not those who were when this was planned."
        )
    mutations = [
        Mutation("remove_event_staff", {"input": {"staffId": here[one], "notifyStaff": False}})
        for one in gone
    ]
    mutations += [_added(step, node, record, one) for one in lacking]
    return Clearance("send", tuple(mutations))


def _added(step: Step, node: Node, record: Node, contact: str) -> Mutation:
    given = {"staffType": step.input["type"]}
    if step.event_session_id is None:
        values = {**given, "contactId": contact, "eventId": node["id"]}
        return Mutation("add_event_staff", {"input": values})
    values = {**given, "contactIds": [contact], "sessionId": record["id"]}
    return Mutation("add_session_staff", {"input": values})


def _members(record: Node, staff_type: str) -> dict[str, str]:
    """The ids of staff of a type, by contact."""
    staff = _listed(record, "staff")
    return {one["contact"]["id"]: one["id"] for one in staff if one.get("staffType") == staff_type}


def _others(step: Step, node: Node) -> set[str]:
    """Who may be there or not: staff of an event shows on its sessions, and the other way round."""
    kind = step.input["type"]
    if step.event_session_id is not None:
        return set(_members(node, kind))
    return {contact for one in _listed(node, "sessions") for contact in _members(one, kind)}


def _names(record: Node, contacts: Iterable[str]) -> str:
    people = {one["contact"]["id"]: one["contact"] for one in _listed(record, "staff")}
    names = [
        f"{people[one].get('firstName') or ''} {people[one].get('lastName') or ''}".strip()
        for one in contacts
    ]
    return ", ".join(sorted(names, key=normalise)) or "nobody"
