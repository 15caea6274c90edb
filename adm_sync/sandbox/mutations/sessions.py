"""The mutations of sessions.

What belongs here: update and delete. What does not: staff (staff.py). Sessions are only ever
created with their event.
"""

from typing import Any

from adm_sync.sandbox.mutations.custom_fields import changed_values
from adm_sync.sandbox.mutations.dates import SESSION_DATES, check_zone, given_dates, keep_order
from adm_sync.sandbox.mutations.events import remove_session, venue_id
from adm_sync.sandbox.mutations.payloads import Input, Payload, required
from adm_sync.sandbox.options import RequestContext


def update(context: RequestContext, sessionId: str, input: Input) -> Payload:  # noqa: A002, N803
    """session.update."""
    session = required(context, "Session", sessionId, "sessionId")
    check_zone(input.get("timeZoneName"))
    time_zone = input.get("timeZoneName") or session.get("timeZoneName")
    changes: dict[str, Any] = given_dates(input, SESSION_DATES, time_zone)
    changes["timeZoneName"] = time_zone
    keep_order(session, changes)
    if input.get("locationId") is not None:
        location = required(context, "Location", input["locationId"], "locationId")
        changes["location"] = location["id"]
    if "venueId" in input:
        changes["venue"] = venue_id(context, input, changes.get("location", session["location"]))
    changes |= {name: input[name] for name in ("title",) if name in input}
    if input.get("lifecycleState"):
        changes["lifecycleState"] = input["lifecycleState"]
    changes["customFieldValues"] = changed_values(context, ["Session"], input, session)
    context.store.update(session["id"], **changes)
    return {"session": session}


def delete(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """session.delete: all of them or, if one is unknown, none."""
    identifiers = [item for item in input["sessionIds"] if item is not None]
    for identifier in identifiers:
        required(context, "Session", identifier, "sessionIds")
    for identifier in dict.fromkeys(identifiers):
        remove_session(context, identifier)
    return {}
