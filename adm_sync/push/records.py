"""The values of an event or a session of Administrate, flat, as a change of it names them.

What belongs here: reading them from a node, comparing them, and making an input of them. The names
are those of the inputs; a custom field is `field:` and its key, moments are local to the zone that
is asked for. What does not: which of them are to be changed.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from adm_sync.push.likeness import field_value, is_title
from adm_sync.push.remote import instant

Node = Mapping[str, Any]
Flat = dict[str, Any]

CUSTOM = "field:"
# Names of inputs -> where a node has it.
EVENT_MOMENTS = {
    "classroomStartDateTime": "classroomStart",
    "classroomEndDateTime": "classroomEnd",
    "lmsStartDateTime": "lmsStart",
    "lmsEndDateTime": "lmsEnd",
    "registrationDeadline": "registrationDeadline",
}
_SESSION_MOMENTS = {"start": "timeZonedStart", "end": "timeZonedEnd"}
_PLACES = {"locationId": "location", "venueId": "venue"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
MOMENTS = frozenset((*EVENT_MOMENTS, *_SESSION_MOMENTS))


def event_values(node: Node, zone: str) -> Flat:
    """What can be changed of an event, as it is; what the node lacks is left out."""
    return _values(node, {"title": "title", "maxPlaces": "maxPlaces"}, EVENT_MOMENTS, zone)


def session_values(node: Node, zone: str) -> Flat:
    """The same of a session."""
    return _values(node, {"title": "title"}, _SESSION_MOMENTS, zone)


def _values(node: Node, plain: Mapping[str, str], moments: Mapping[str, str], zone: str) -> Flat:
    values: Flat = {name: node[key] for name, key in plain.items() if key in node}
    for name, key in moments.items():
        if key in node:
            values[name] = local_to(node[key], str(node.get("timeZoneName") or zone), zone)
    for name, key in _PLACES.items():
        if key in node:
            values[name] = (node[key] or {}).get("id")
    for one in node.get("customFieldValues") or ():
        values[CUSTOM + str(one.get("definitionKey"))] = one.get("value")
    return values


def local_to(value: object, of: str, zone: str) -> str | None:
    """A moment as inputs have it, local to a zone; without an offset it is local to `of`."""
    moment = instant(value, of) if value else None
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="seconds")


def flat(given: Mapping[str, Any]) -> Flat:
    """An input, flat."""
    values = {k: v for k, v in given.items() if k != "customFieldValues"}
    custom = given.get("customFieldValues") or ()
    return values | {CUSTOM + one["definitionKey"]: one["value"] for one in custom}


def as_input(values: Mapping[str, Any]) -> dict[str, Any]:
    """Flat values as an input."""
    given = {name: value for name, value in values.items() if not name.startswith(CUSTOM)}
    custom = [
        {"definitionKey": name.removeprefix(CUSTOM), "value": value}
        for name, value in values.items()
        if name.startswith(CUSTOM)
    ]
    return {**given, **({"customFieldValues": custom} if custom else {})}


def moved_to(values: Mapping[str, Any], zone: str, other: str) -> Flat:
    """Flat values whose moments are local to another zone."""
    return {
        name: local_to(value, zone, other) if name in MOMENTS and value else value
        for name, value in values.items()
    }


def in_words(name: str, value: Any) -> str:
    """A value as planners write it."""
    if value in (None, ""):
        return "empty"
    is_date = name.startswith(CUSTOM) and _DATE.fullmatch(str(value))
    return day_first(str(value)) if is_date or name in MOMENTS else str(value)


def day_first(iso: str) -> str:
    """A moment, or a date, as planners write it; what is none stays as it is."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{moment:%d/%m/%Y}" if _DATE.fullmatch(iso) else f"{moment:%d/%m/%Y %H:%M}"


def is_alike(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a name are the same, but for what servers do to them."""
    if name.startswith(CUSTOM):
        return field_value(one) == field_value(other)
    if name == "title":
        return one == other or is_title(one, [other]) or is_title(other, [one])
    if name in MOMENTS and one and other:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return bool(one == other or (one in (None, "") and other in (None, "")))
