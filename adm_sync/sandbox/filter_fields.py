"""The fields that lists may be filtered and ordered by.

What belongs here: for every word of the schema's field enums, where its value comes from and of
what kind it is. What does not: the operations (filters.py). A word that is in the schema and not
here is refused by name: the sandbox does not hold what it asks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adm_sync.sandbox import event_fields
from adm_sync.sandbox.event_fields import Derived, Kind, Value
from adm_sync.sandbox.store import Store, StoredRecord


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field: its value (a list where several may match) and how its values compare."""

    value: Value
    kind: Kind = "text"


def _stored(name: str, kind: Kind = "text") -> FilterField:
    return FilterField(lambda _store, record: record.get(name), kind)


def _through(reference: str, name: str) -> FilterField:
    def value(store: Store, record: StoredRecord) -> Any:
        target = store.find(record.get(reference))
        return target.get(name) if target else None

    return FilterField(value)


def _any_of(*fields: FilterField) -> FilterField:
    return FilterField(lambda store, record: [field.value(store, record) for field in fields])


def _derived(fields: Derived) -> dict[str, FilterField]:
    return {name: FilterField(value, kind) for name, (value, kind) in fields.items()}


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
    **_derived(event_fields.OF_EVENT),
    "id": ID,
    "title": TITLE,
    "code": CODE,
    "lifecycleState": _stored("lifecycleState"),
    "type": _stored("type"),
    "courseTemplateTitle": TEMPLATE_TITLE,
    "courseTemplateCode": TEMPLATE_CODE,
    "courseTemplateId": _stored("courseTemplate", "id"),
    "locationName": _through("location", "name"),
    "locationId": _stored("location", "id"),
    "isSoldOut": _stored("isSoldOut", "boolean"),
    "maxPlaces": _stored("maxPlaces", "number"),
    "minPlaces": _stored("minPlaces", "number"),
    "learningMode": _stored("learningMode"),
    "textSearch": _any_of(TITLE, CODE, TEMPLATE_TITLE, TEMPLATE_CODE),
    "eventOrCourseCodeOrTitle": _any_of(TITLE, CODE, TEMPLATE_TITLE, TEMPLATE_CODE),
    "staffContactId": FilterField(_staff_contacts, "id"),
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
        **_derived(event_fields.OF_SESSION),
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
