"""What kinds of record the sandbox stores, and the fields of each.

What belongs here: the table of types, with the id prefixes that Administrate uses (an event's id
says `Course`, a contact's `Person`). What does not: how records are kept (store.py) or answered
(resolvers.py). Fields that the API does not show but the sandbox needs stand here too: a
template's session definitions, a contact's `isAdmin`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordType:
    """A kind of record.

    `required` fields have to be named when a record is added (they may be None, to play a broken
    tenant); `references` hold one external id of the named type, `reference_lists` several;
    `children_by` are the references through which nested lists are found.
    """

    name: str
    prefix: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    reference_lists: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    children_by: tuple[str, ...] = ()
    dated: bool = False

    def knows(self, name: str) -> bool:
        """Whether a record of this type has the field."""
        return (
            name in self.required
            or name in self.optional
            or name in self.references
            or name in self.reference_lists
            or name in self.defaults
            or (self.dated and name in {"createdAt", "updatedAt"})
        )


_ALL = (
    RecordType("Region", "Region", ("name",), ("code",), {"defaultTax": "TaxType"}),
    RecordType("Location", "Location", ("name",), ("code",), {"region": "Region"}),
    RecordType("Venue", "Venue", ("name",), ("description",), {"location": "Location"}),
    RecordType(
        "Account",
        "Organisation",
        ("name",),
        ("emailAddress", "website"),
        defaults={"isIndividual": False},
    ),
    RecordType(
        "Contact",
        "Person",
        ("firstName", "lastName"),
        ("middleName", "emailAddress", "customFieldValues", "hasLeftCompany"),
        {"account": "Account"},
        {"staffRoles": "StaffRole"},
        {"isInstructor": False, "isStaff": False, "isAdmin": False},
        dated=True,
    ),
    RecordType("StaffRole", "StaffRole", ("name",)),
    RecordType("PriceLevel", "PriceLevel", ("name",), ("description",)),
    RecordType("Currency", "Currency", ("name",), ("code", "symbol"), defaults={"isActive": True}),
    RecordType("TaxType", "TaxType", ("name",), ("effectiveRate",)),
    RecordType(
        "LearningCategory",
        "LearningCategory",
        ("name",),
        ("description",),
        {"parentCategory": "LearningCategory"},
    ),
    RecordType(
        "CustomFieldDefinition",
        "CustomFieldDefinition",
        ("entityType", "label"),
        ("description", "roles", "locator"),
        defaults={"type": "text", "isRequired": False},
    ),
    RecordType(
        "CourseTemplate",
        "CourseTemplate",
        ("title",),
        (
            "code",
            "shortCode",
            "introduction",
            "lmsSummary",
            "eventLearningMode",
            "customFieldValues",
            "sessions",
        ),
        reference_lists={
            "approvedInstructors": "Contact",
            "learningCategories": "LearningCategory",
        },
        defaults={"lifecycleState": "published"},
        dated=True,
    ),
    RecordType(
        "CoursePrice",
        "CoursePrice",
        ("amount",),
        (),
        {
            "courseTemplate": "CourseTemplate",
            "event": "Event",
            "priceLevel": "PriceLevel",
            "financialUnit": "Currency",
            "region": "Region",
        },
        children_by=("courseTemplate", "event"),
    ),
    RecordType(
        "Event",
        "Course",
        ("courseTemplate",),
        (
            "title",
            "code",
            "classroomStart",
            "classroomEnd",
            "lmsStart",
            "lmsEnd",
            "timeZoneName",
            "registrationDeadline",
            "registrationOpensAt",
            "minPlaces",
            "maxPlaces",
            "targetFillRate",
            "internalNotes",
            "externalNotes",
            "cancelledAt",
            "remoteMeetingUrl",
            "remoteMeetingType",
            "customFieldValues",
        ),
        {
            "courseTemplate": "CourseTemplate",
            "location": "Location",
            "venue": "Venue",
            "defaultTaxType": "TaxType",
            "remoteMeetingHostContact": "Contact",
            "remoteMeetingHostStaffRole": "StaffRole",
        },
        defaults={
            "lifecycleState": "draft",
            "learningMode": "classroom",
            "type": "public",
            "isSoldOut": False,
        },
        children_by=("courseTemplate",),
        dated=True,
    ),
    RecordType(
        "Session",
        "Session",
        ("event",),
        ("title", "start", "end", "timeZoneName", "customFieldValues"),
        {"event": "Event", "location": "Location", "venue": "Venue"},
        defaults={"lifecycleState": "draft"},
        children_by=("event",),
    ),
    RecordType(
        "Staff",
        "Staff",
        ("contact",),
        ("notes",),
        {"contact": "Contact", "event": "Event", "session": "Session", "staffRole": "StaffRole"},
        defaults={"staffType": "instructor", "isPrimary": False},
        children_by=("event", "session"),
    ),
    RecordType(
        "Learner",
        "Learner",
        ("contact", "event"),
        ("attendances",),
        {"contact": "Contact", "event": "Event"},
        defaults={"lifecycleState": "active", "isActive": True},
        children_by=("event",),
    ),
    RecordType("WebhookType", "WebhookType", ("name",), ("description", "trigger")),
    RecordType(
        "Webhook",
        "OutboundHook",
        ("name", "url"),
        ("query", "notificationEmails", "emailAddress", "config", "filterExpression"),
        {"webhookType": "WebhookType"},
        defaults={"lifecycleState": "inactive"},
    ),
)

RECORD_TYPES: Mapping[str, RecordType] = {kind.name: kind for kind in _ALL}
