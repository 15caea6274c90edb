"""Staff of events and sessions.

What belongs here: adding and removing. Who is added to an event is added to its sessions too.
Adding somebody a second time is refused in the words that Administrate uses, which clients take
for success.
"""

from adm_sync.sandbox.mutations.payloads import Input, Payload, Refused, required
from adm_sync.sandbox.options import RequestContext
from adm_sync.sandbox.store import StoredRecord

ALREADY_STAFF = "The input Contact already exists as staff on the Event"


def add_to_event(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.addStaff."""
    return {"event": _add_to_event(context, input)}


def add_bulk(context: RequestContext, input: list[Input]) -> Payload:  # noqa: A002
    """event.addStaffBulk: each of them by itself; `events` are those that the input names."""
    events: dict[str, StoredRecord] = {}
    errors = []
    for item in input:
        try:
            event = required(context, "Event", item["eventId"], "eventId")
            events[event["id"]] = event
            _add_to_event(context, item)
        except Refused as refusal:
            errors.append(refusal.error)
    return {"events": list(events.values()), "errors": errors}


def _add_to_event(context: RequestContext, values: Input) -> StoredRecord:
    event = required(context, "Event", values["eventId"], "eventId")
    contact = _suitable_contact(context, values, values["contactId"])
    _check_approved(context, event, contact, values)
    if _is_staff(context, "event", event, contact, values):
        raise Refused(ALREADY_STAFF, "contactId", contact["id"])
    _add(context, "event", event, contact, values)
    for session in list(context.store.children("Session", "event", event["id"])):
        if not _is_staff(context, "session", session, contact, values):
            _add(context, "session", session, contact, values)
    return event


def add_to_session(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """session.addStaff: each of the contacts by itself."""
    session = required(context, "Session", input["sessionId"], "sessionId")
    event = required(context, "Event", session["event"])
    errors = []
    for contact_id in input["contactIds"]:
        try:
            contact = _suitable_contact(context, input, contact_id)
            _check_approved(context, event, contact, input)
            if _is_staff(context, "session", session, contact, input):
                raise Refused(ALREADY_STAFF, "contactIds", contact_id)
            _add(context, "session", session, contact, input)
        except Refused as refusal:
            errors.append(refusal.error)
    return {"session": session, "errors": errors}


def remove_from_event(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """event.removeStaff: from the event and, if it was the event's staff, from its sessions."""
    staff = required(context, "Staff", input["staffId"], "staffId")
    session = context.store.find(staff.get("session"))
    event = required(context, "Event", session["event"] if session else staff.get("event"))
    context.store.remove(staff["id"])
    if not session:
        for other in list(context.store.children("Session", "event", event["id"])):
            _remove_from_session(context, other, staff)
    return {"event": event}


def _remove_from_session(
    context: RequestContext, session: StoredRecord, staff: StoredRecord
) -> None:
    for other in list(context.store.children("Staff", "session", session["id"])):
        if other["contact"] == staff["contact"] and other["staffType"] == staff["staffType"]:
            context.store.remove(other["id"])


def _suitable_contact(context: RequestContext, values: Input, contact_id: str) -> StoredRecord:
    contact = required(context, "Contact", contact_id, "contactId")
    role = values.get("staffRoleId")
    if role is not None:
        required(context, "StaffRole", role, "staffRoleId")
        if role not in (contact.get("staffRoles") or ()):
            raise Refused("The Contact does not hold the staff role", "contactId", contact_id)
    elif values.get("staffType") == "administrator":
        if not (contact["isAdmin"] or contact["isStaff"]):
            raise Refused("The Contact is not an administrator", "contactId", contact_id)
    elif not contact["isInstructor"]:
        raise Refused("The Contact is not an instructor", "contactId", contact_id)
    return contact


def _check_approved(
    context: RequestContext, event: StoredRecord, contact: StoredRecord, values: Input
) -> None:
    if not context.options.approved_instructors_only or values.get("staffRoleId"):
        return
    if values.get("staffType") == "administrator":
        return
    template = required(context, "CourseTemplate", event["courseTemplate"])
    if contact["id"] not in (template.get("approvedInstructors") or ()):
        raise Refused(
            "The Contact is not an approved instructor of the course template",
            "contactId",
            contact["id"],
        )


def _is_staff(
    context: RequestContext, place: str, record: StoredRecord, contact: StoredRecord, values: Input
) -> bool:
    staff_type = values.get("staffType") or "instructor"
    return any(
        staff["contact"] == contact["id"]
        and staff["staffType"] == staff_type
        and staff.get("staffRole") == values.get("staffRoleId")
        for staff in context.store.children("Staff", place, record["id"])
    )


def _add(
    context: RequestContext, place: str, record: StoredRecord, contact: StoredRecord, values: Input
) -> None:
    context.add(
        "Staff",
        **{place: record["id"]},
        contact=contact["id"],
        staffType=values.get("staffType") or "instructor",
        staffRole=values.get("staffRoleId"),
        notes=values.get("notes"),
    )
