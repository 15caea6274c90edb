"""What an event, a session or a contact answers that is not stored as it is answered.

What belongs here: fields derived from stored ones, used by the resolvers and the filters alike.
What does not: lists and paging. An event of mode lms takes its dates from the learning part, any
other from the classroom part.
"""

from typing import Any

from adm_sync.sandbox.moments import local_of_utc
from adm_sync.sandbox.store import Store, StoredRecord

LABELS = {"draft": "Draft", "published": "Active", "cancelled": "Cancelled"}


def event_instant(event: StoredRecord, end: str) -> Any:
    """`timeZonedStart` or `timeZonedEnd`: end is "Start" or "End"."""
    part = "lms" if event.get("learningMode") == "lms" else "classroom"
    return event.get(f"{part}{end}")


def local(record: StoredRecord, instant: str | None) -> str | None:
    """An instant as naive local time in the record's own zone."""
    return local_of_utc(instant, record.get("timeZoneName"))


def status(event: StoredRecord) -> str:
    """The label that people see."""
    return LABELS[event["lifecycleState"]]


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
