"""The mutations of events.

What belongs here: create, update, delete, prices. What does not: staff (staff.py). What
Administrate does where nobody knows is a guess; options.py has the switches.
"""

from datetime import datetime, timedelta
from typing import Any

from adm_sync.sandbox.moments import local_of_utc, utc_of_local
from adm_sync.sandbox.mutations.custom_fields import changed_values
from adm_sync.sandbox.mutations.dates import (
    EVENT_DATES,
    check_order,
    check_zone,
    given_dates,
    keep_order,
)
from adm_sync.sandbox.mutations.payloads import Input, Payload, Refused, optional, required
from adm_sync.sandbox.mutations.prices import checked_amount
from adm_sync.sandbox.options import RequestContext
from adm_sync.sandbox.store import StoredRecord

PLAIN_FIELDS = (
    "title",
    "code",
    "minPlaces",
    "maxPlaces",
    "targetFillRate",
    "registrationDeadline",
    "registrationOpensAt",
    "isSoldOut",
    "internalNotes",
    "externalNotes",
    "remoteMeetingUrl",
    "remoteMeetingType",
)


def create_classroom(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.createClassroom."""
    return _create(context, input, "classroom")


def create_blended(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.createBlended: the event in draft, and a session for each of the template's."""
    return _create(context, input, "blended")


def create_lms(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.createLMS: an event without sessions."""
    return _create(context, input, "lms")


def _create(context: RequestContext, values: Input, learning_mode: str) -> Payload:
    template = required(
        context, "CourseTemplate", values.get("courseTemplateId"), "courseTemplateId"
    )
    if template["lifecycleState"] != "published":
        raise Refused(
            "Events can only be created from published course templates",
            "courseTemplateId",
            template["id"],
        )
    location = required(context, "Location", values.get("locationId"), "locationId")
    venue = venue_id(context, values, location["id"])
    tax_label = "taxType" if values.get("taxType") else "taxTypeId"
    tax_type = optional(context, "TaxType", values, tax_label)
    check_zone(values.get("timeZoneName"))
    dates = given_dates(values, EVENT_DATES, values.get("timeZoneName"))
    _check_dates(dates, learning_mode)
    _check_places(values)
    fields = {name: values[name] for name in PLAIN_FIELDS if name in values} | dates
    identifier = context.add(
        "Event",
        **fields
        | {
            "title": values.get("title") or template["title"],
            "courseTemplate": template["id"],
            "learningMode": learning_mode,
            "type": values["eventType"],
            "timeZoneName": values.get("timeZoneName"),
            "location": location["id"],
            "venue": venue,
            "defaultTaxType": tax_type["id"] if tax_type else None,
            "lifecycleState": values.get("lifecycleState") or "draft",
            "customFieldValues": changed_values(context, ["Event"], values),
        },
    )
    event = required(context, "Event", identifier)
    if learning_mode != "lms":
        _add_sessions(context, event, template)
    return {"event": event}


def venue_id(context: RequestContext, values: Input, location_id: str | None) -> str | None:
    """The venue that the input names, if it names one; it must be at the location."""
    venue = optional(context, "Venue", values, "venueId")
    if venue and venue.get("location") != location_id:
        raise Refused("The venue is not at the location", "venueId", venue["id"])
    return str(venue["id"]) if venue else None


def _check_dates(dates: dict[str, str | None], learning_mode: str) -> None:
    part = "lms" if learning_mode == "lms" else "classroom"
    if not dates.get(f"{part}Start"):
        raise Refused("A start is required", EVENT_DATES[f"{part}Start"][0])
    if part == "classroom" and not dates.get("classroomEnd"):
        raise Refused("An end is required", EVENT_DATES["classroomEnd"][0])
    check_order(dates)


def _check_places(values: dict[str, Any]) -> None:
    least, most = values.get("minPlaces"), values.get("maxPlaces")
    if (least or 0) < 0 or (most or 0) < 0:
        raise Refused("Places must not be negative", "maxPlaces", most)
    if least is not None and most is not None and least > most:
        raise Refused("minPlaces must not be more than maxPlaces", "minPlaces", least)


def _add_sessions(context: RequestContext, event: StoredRecord, template: StoredRecord) -> None:
    """One session for each of the template's definitions, in their order.

    A definition is `{"title", "day", "start", "end"}`: the days after the event's first, and
    local times of day. Day n is the nth definition's if not said, the times are the event's.
    """
    for index, definition in enumerate(template.get("sessions") or ()):
        day = definition.get("day", index)
        context.add(
            "Session",
            event=event["id"],
            title=definition.get("title"),
            start=_on_day(event, "classroomStart", day, definition.get("start")),
            end=_on_day(event, "classroomEnd", day, definition.get("end")),
            timeZoneName=event.get("timeZoneName"),
            location=event.get("location"),
            venue=event.get("venue"),
        )


def _on_day(event: StoredRecord, part: str, day: int, time: str | None) -> str:
    zone = event.get("timeZoneName")
    first = datetime.fromisoformat(local_of_utc(event["classroomStart"], zone) or "")
    usual = datetime.fromisoformat(local_of_utc(event[part], zone) or "")
    date = (first + timedelta(days=day)).date()
    return utc_of_local(f"{date.isoformat()}T{time or usual.time().isoformat()}", zone or "UTC")


def update(context: RequestContext, eventId: str, input: Input) -> Payload:  # noqa: A002, N803
    """event.update: also publishes and cancels; sessions keep their own state."""
    event = required(context, "Event", eventId, "eventId")
    changes = {name: input[name] for name in PLAIN_FIELDS if name in input}
    changes |= _changed_references(context, event, input)
    check_zone(input.get("timeZoneName"))
    time_zone = input.get("timeZoneName") or event.get("timeZoneName")
    changes |= given_dates(input, EVENT_DATES, time_zone) | {"timeZoneName": time_zone}
    keep_order(event, changes)
    _check_places({**event, **changes})
    if input.get("lifecycleState"):
        changes["lifecycleState"] = input["lifecycleState"]
        changes["cancelledAt"] = _cancelled_at(context, event, input["lifecycleState"])
    changes["customFieldValues"] = changed_values(context, ["Event"], input, event)
    context.store.update(event["id"], **changes)
    return {"event": event}


def _cancelled_at(context: RequestContext, event: StoredRecord, lifecycle_state: str) -> Any:
    if lifecycle_state != "cancelled":
        return None
    return event.get("cancelledAt") or context.store.now()


def _changed_references(
    context: RequestContext, event: StoredRecord, values: Input
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    names = {
        "courseTemplateId": ("courseTemplate", "CourseTemplate"),
        "locationId": ("location", "Location"),
        "remoteMeetingHostContactId": ("remoteMeetingHostContact", "Contact"),
        "remoteMeetingHostStaffRoleId": ("remoteMeetingHostStaffRole", "StaffRole"),
    }
    for label, (stored, record_type) in names.items():
        if values.get(label) is not None:
            changes[stored] = required(context, record_type, values[label], label)["id"]
    if "venueId" in values:
        location = required(context, "Location", (event | changes).get("location"), "locationId")
        changes["venue"] = venue_id(context, values, location["id"])
    return changes


def delete(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.delete: all of them or, if one cannot be, none."""
    identifiers = [item for item in input["eventIds"] if item is not None]
    events = [required(context, "Event", item, "eventIds") for item in identifiers]
    for event in events:
        if event["lifecycleState"] != "draft" and not context.options.delete_published_events:
            raise Refused("Only draft events can be deleted", "eventIds", event["id"])
    for identifier in dict.fromkeys(identifiers):
        _remove(context, identifier)
    return {}


def _remove(context: RequestContext, event_id: str) -> None:
    store = context.store
    for session in list(store.children("Session", "event", event_id)):
        remove_session(context, session["id"])
    for record_type in ("Staff", "CoursePrice", "Learner"):
        for record in list(store.children(record_type, "event", event_id)):
            store.remove(record["id"])
    store.remove(event_id)


def remove_session(context: RequestContext, session_id: str) -> None:
    """Remove a session with its staff."""
    for staff in list(context.store.children("Staff", "session", session_id)):
        context.store.remove(staff["id"])
    context.store.remove(session_id)


def add_prices(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.addPrices."""
    event = required(context, "Event", input["eventId"], "eventId")
    level = required(context, "PriceLevel", input["priceLevelId"], "priceLevelId")
    unit = required(context, "Currency", input["financialUnitId"], "financialUnitId")
    price = context.add(
        "CoursePrice",
        event=event["id"],
        priceLevel=level["id"],
        financialUnit=unit["id"],
        amount=checked_amount(input["amount"]),
    )
    return {"prices": [required(context, "CoursePrice", price)]}
