"""The fields that lists may be filtered and ordered by.

What belongs here: for every word of the schema's field enums, where its value comes from and of
what kind it is. What does not: the operations (filters.py). A word that is in the schema and not
here is refused by name: the sandbox does not hold what it asks for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adm_sync.sandbox import event_fields
from adm_sync.sandbox.store import Store, StoredRecord

Kind = Literal["text", "id", "boolean", "number", "instant", "local"]
Value = Callable[[Store, StoredRecord], Any]


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field: its value (a list where several may match) and how its values compare."""

    value: Value
    kind: Kind = "text"


def _stored(name: str, kind: Kind = "text") -> FilterField:
    return FilterField(lambda _store, record: record.get(name), kind)


def _through(reference: str, name: str, kind: Kind = "text") -> FilterField:
    def value(store: Store, record: StoredRecord) -> Any:
        target = store.find(record.get(reference))
        return target.get(name) if target else None

    return FilterField(value, kind)


def _any_of(*fields: FilterField) -> FilterField:
    return FilterField(lambda store, record: [field.value(store, record) for field in fields])


def _event_local(part: str) -> FilterField:
    return FilterField(lambda _store, event: event_fields.local(event, event.get(part)), "local")


def _event_end(end: str, kind: Literal["local", "instant"]) -> FilterField:
    def value(_store: Store, event: StoredRecord) -> Any:
        instant = event_fields.event_instant(event, end)
        return event_fields.local(event, instant) if kind == "local" else instant

    return FilterField(value, kind)


def _staff_contacts(store: Store, event: StoredRecord) -> list[str]:
    return [staff["contact"] for staff in store.children("Staff", "event", event["id"])]


def _price_currencies(store: Store, template: StoredRecord) -> list[str]:
    prices = store.children("CoursePrice", "courseTemplate", template["id"])
    return [price["financialUnit"] for price in prices if price.get("financialUnit")]


def _role_names(store: Store, contact: StoredRecord) -> list[str]:
    roles = (store.find(role) for role in contact.get("staffRoles") or ())
    return [role["name"] for role in roles if role]


ID = _stored("id", "id")
NAME = _stored("name")
TITLE = _stored("title")
CODE = _stored("code")
FULL_NAME = FilterField(lambda _store, contact: event_fields.full_name(contact))
ACCOUNT_NAME = _through("account", "name")
TEMPLATE_TITLE = _through("courseTemplate", "title")
TEMPLATE_CODE = _through("courseTemplate", "code")

EVENT: Mapping[str, FilterField] = {
    "id": ID,
    "title": TITLE,
    "code": CODE,
    "start": _event_end("Start", "local"),
    "end": _event_end("End", "local"),
    "timeZonedStart": _event_end("Start", "instant"),
    "timeZonedEnd": _event_end("End", "instant"),
    "classroomStart": _event_local("classroomStart"),
    "classroomEnd": _event_local("classroomEnd"),
    "lmsStart": _event_local("lmsStart"),
    "lmsEnd": _event_local("lmsEnd"),
    "lifecycleState": _stored("lifecycleState"),
    "status": FilterField(lambda _store, event: event_fields.status(event)),
    "type": _stored("type"),
    "courseTemplateTitle": TEMPLATE_TITLE,
    "courseTemplateCode": TEMPLATE_CODE,
    "courseTemplateId": _stored("courseTemplate", "id"),
    "locationName": _through("location", "name"),
    "locationId": _stored("location", "id"),
    "isSoldOut": _stored("isSoldOut", "boolean"),
    "hasPlacesRemaining": FilterField(
        lambda store, event: event_fields.remaining_places(store, event) != 0, "boolean"
    ),
    "remainingPlaces": FilterField(event_fields.remaining_places, "number"),
    "bookedPlaces": FilterField(event_fields.booked_places, "number"),
    "maxPlaces": _stored("maxPlaces", "number"),
    "minPlaces": _stored("minPlaces", "number"),
    "learningMode": _stored("learningMode"),
    "textSearch": _any_of(TITLE, CODE, TEMPLATE_TITLE, TEMPLATE_CODE),
    "eventOrCourseCodeOrTitle": _any_of(TITLE, CODE, TEMPLATE_TITLE, TEMPLATE_CODE),
    "staffContactId": FilterField(_staff_contacts, "id"),
    "isActive": FilterField(
        lambda _store, event: event["lifecycleState"] == "published", "boolean"
    ),
    "createdAt": _stored("createdAt", "instant"),
    "updatedAt": _stored("updatedAt", "instant"),
    "cancelledAt": _stored("cancelledAt", "instant"),
}

FILTER_FIELDS: Mapping[str, Mapping[str, FilterField]] = {
    "Event": EVENT,
    "CourseTemplate": {
        "id": ID,
        "code": CODE,
        "name": TITLE,
        "title": TITLE,
        "codeOrTitle": _any_of(CODE, TITLE),
        "introduction": _stored("introduction"),
        "lmsSummary": _stored("lmsSummary"),
        "lifecycleState": _stored("lifecycleState"),
        "learningCategoryId": _stored("learningCategories", "id"),
        "hasPriceInCurrency": FilterField(_price_currencies, "id"),
        "withNoEvents": FilterField(
            lambda store, template: not store.children("Event", "courseTemplate", template["id"]),
            "boolean",
        ),
        "createdAt": _stored("createdAt", "instant"),
        "updatedAt": _stored("updatedAt", "instant"),
    },
    "Contact": {
        "id": ID,
        "firstName": _stored("firstName"),
        "lastName": _stored("lastName"),
        "name": FULL_NAME,
        "emailAddress": _stored("emailAddress"),
        "byNameAccountOrEmail": _any_of(FULL_NAME, ACCOUNT_NAME, _stored("emailAddress")),
        "isInstructor": _stored("isInstructor", "boolean"),
        "isStaff": _stored("isStaff", "boolean"),
        "isAdmin": _stored("isAdmin", "boolean"),
        "isStaffOrInstructor": FilterField(
            lambda _store, contact: contact["isStaff"] or contact["isInstructor"], "boolean"
        ),
        "accountId": _stored("account", "id"),
        "accountName": ACCOUNT_NAME,
        "companyId": _stored("account", "id"),
        "companyName": ACCOUNT_NAME,
        "hasLeftCompany": FilterField(
            lambda _store, contact: bool(contact.get("hasLeftCompany")), "boolean"
        ),
        "staffRoleId": _stored("staffRoles", "id"),
        "staffRoleName": FilterField(_role_names),
        "createdAt": _stored("createdAt", "instant"),
        "lastUpdatedAt": _stored("updatedAt", "instant"),
    },
    "Session": {
        "id": ID,
        "title": TITLE,
        "start": _event_local("start"),
        "end": _event_local("end"),
        "timeZonedStart": _stored("start", "instant"),
        "timeZonedEnd": _stored("end", "instant"),
        "lifecycleState": _stored("lifecycleState"),
    },
    "Location": {"id": ID, "name": NAME, "code": CODE, "regionId": _stored("region", "id")},
    "Venue": {"id": ID, "name": NAME, "locationId": _stored("location", "id")},
    "PriceLevel": {"id": ID, "name": NAME},
    "Currency": {"id": ID, "name": NAME, "code": CODE, "isActive": _stored("isActive", "boolean")},
    "TaxType": {"id": ID, "name": NAME},
    "StaffRole": {"id": ID, "name": NAME},
    "Staff": {"id": ID, "staffType": _stored("staffType"), "contactId": _stored("contact", "id")},
    "Learner": {
        "id": ID,
        "eventId": _stored("event", "id"),
        "contactId": _stored("contact", "id"),
        "contactEmailAddress": _through("contact", "emailAddress"),
        "lifecycleState": _stored("lifecycleState"),
        "isCancelled": FilterField(
            lambda _store, learner: learner["lifecycleState"] == "cancelled", "boolean"
        ),
    },
    "Account": {"id": ID, "name": NAME, "isIndividual": _stored("isIndividual", "boolean")},
    "Webhook": {"id": ID, "name": NAME},
    "WebhookType": {"id": ID, "name": NAME, "trigger": _stored("trigger")},
}
