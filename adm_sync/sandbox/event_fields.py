"""What an event, a session or a contact answers that is not stored as it is answered.

What belongs here: fields derived from stored ones, used by the resolvers and the filters alike.
What does not: lists and paging. An event of mode lms takes its dates from the learning part, any
other from the classroom part.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from adm_sync.sandbox.moments import local_of_utc
from adm_sync.sandbox.store import Store, StoredRecord

Kind = Literal["text", "id", "boolean", "number", "instant", "local"]
Value = Callable[[Store, StoredRecord], Any]
# What is answered, and of what kind that is, by the name of a field.
Derived = Mapping[str, tuple[Value, Kind]]
LABELS = {"draft": "Draft", "published": "Active", "cancelled": "Cancelled"}


def event_instant(event: StoredRecord, end: str) -> Any:
    """`timeZonedStart` or `timeZonedEnd`: end is "Start" or "End"."""
    part = "lms" if event.get("learningMode") == "lms" else "classroom"
    return event.get(f"{part}{end}")


def local(record: StoredRecord, instant: str | None) -> str | None:
    """An instant as naive local time in the record's own zone."""
    return local_of_utc(instant, record.get("timeZoneName"))


def booked_places(store: Store, event: StoredRecord) -> int:
    """How many learners are on the event."""
    learners = store.children("Learner", "event", event["id"])
    return sum(1 for learner in learners if learner["isActive"])


def remaining_places(store: Store, event: StoredRecord) -> int | None:
    """The places left; None without a maximum."""
    most = event.get("maxPlaces")
    return None if most is None else max(0, int(most) - booked_places(store, event))


def full_name(contact: StoredRecord) -> str:
    """First, middle and last name, with single spaces."""
    parts = (contact.get(name) for name in ("firstName", "middleName", "lastName"))
    return " ".join(part for part in parts if part)


def _instant_of(end: str, _store: Store, event: StoredRecord) -> Any:
    return event_instant(event, end)


def _local_end(end: str, _store: Store, event: StoredRecord) -> Any:
    return local(event, event_instant(event, end))


def _local_of(name: str, _store: Store, record: StoredRecord) -> Any:
    return local(record, record.get(name))


def _stored(name: str, _store: Store, record: StoredRecord) -> Any:
    return record.get(name)


OF_EVENT: Derived = {
    "start": (partial(_local_end, "Start"), "local"),
    "end": (partial(_local_end, "End"), "local"),
    "timeZonedStart": (partial(_instant_of, "Start"), "instant"),
    "timeZonedEnd": (partial(_instant_of, "End"), "instant"),
    **{
        name: (partial(_local_of, name), "local")
        for name in ("classroomStart", "classroomEnd", "lmsStart", "lmsEnd")
    },
    "status": (lambda _store, event: LABELS[event["lifecycleState"]], "text"),
    "isActive": (lambda _store, event: event["lifecycleState"] == "published", "boolean"),
    "bookedPlaces": (booked_places, "number"),
    "remainingPlaces": (remaining_places, "number"),
    "hasPlacesRemaining": (lambda store, event: remaining_places(store, event) != 0, "boolean"),
}
OF_SESSION: Derived = {
    "start": (partial(_local_of, "start"), "local"),
    "end": (partial(_local_of, "end"), "local"),
    "timeZonedStart": (partial(_stored, "start"), "instant"),
    "timeZonedEnd": (partial(_stored, "end"), "instant"),
}
