"""Filling a store with many records for measurements.

What belongs here: records whose every field is a function of their number, so that a measurement
can make the tutorial rows that match them without asking. Number i is written with six digits:
Location `Location 000001` with code `L000001`; Venue `Venue 000001` at location i; Contact
`First000001 Last000001`, an instructor; CourseTemplate `CT000001`, `Course 000001`; PriceLevel
`Level 000001`; one price for each template, with level i and `amount(i)`; custom field
definitions `Field 000001`, the entity types in turn, beginning with Event.
"""

from collections.abc import Collection

from adm_sync.sandbox.store import Store

ENTITY_TYPES = (
    "Event",
    "CourseTemplate",
    "Session",
    "Account",
    "Achievement",
    "Company",
    "Contact",
    "Content",
    "Course",
    "Learner",
    "LearningPath",
    "LearningPathLearner",
    "Opportunity",
    "OpportunityEventInterestLearner",
    "OpportunityPassInterestLearner",
    "OpportunityPathInterestLearner",
    "OpportunityStockItemInterest",
    "StockItem",
    "TokenIssue",
)
VALUES_PER_TEMPLATE = 3

NEEDS = {
    "Venue": ("Location",),
    "CourseTemplate": ("CustomFieldDefinition", "PriceLevel"),
}
ALL_TYPES = (
    "CustomFieldDefinition",
    "PriceLevel",
    "Location",
    "Venue",
    "Contact",
    "CourseTemplate",
)


def amount(number: int) -> str:
    """The price of template number i."""
    return f"{100 + number % 900}.50"


def fill(store: Store, count: int, record_types: Collection[str] = ALL_TYPES) -> None:
    """Add `count` records of each type, and of the types that they refer to.

    Course templates come with one public price and up to three custom field values of Event
    definitions each.

    Raises:
        ValueError: a type is not one of ALL_TYPES.
    """
    unknown = set(record_types) - set(ALL_TYPES)
    if unknown:
        raise ValueError(f"Only {', '.join(ALL_TYPES)} can be filled, not {', '.join(unknown)}.")
    wanted = set(record_types).union(*(NEEDS.get(name, ()) for name in record_types))
    with store.lock:
        ids = {name: _fill_one(store, name, count) for name in ALL_TYPES if name in wanted}
        if "Venue" in ids:
            for number, location in enumerate(ids["Location"], 1):
                store.update(ids["Venue"][number - 1], location=location)
        if "CourseTemplate" in ids:
            _fill_template_details(store, ids["CourseTemplate"], ids["PriceLevel"])


def _fill_one(store: Store, record_type: str, count: int) -> list[str]:
    return [
        store.add(record_type, **_fields(record_type, number)) for number in range(1, count + 1)
    ]


def _fields(record_type: str, number: int) -> dict[str, object]:
    digits = f"{number:06}"
    match record_type:
        case "CustomFieldDefinition":
            kind = ENTITY_TYPES[(number - 1) % len(ENTITY_TYPES)]
            return {"entityType": kind, "label": f"Field {digits}", "roles": []}
        case "PriceLevel":
            return {"name": f"Level {digits}", "description": f"Price level {number}"}
        case "Location":
            return {"name": f"Location {digits}", "code": f"L{digits}"}
        case "Venue":
            return {"name": f"Venue {digits}"}
        case "Contact":
            return {
                "firstName": f"First{digits}",
                "lastName": f"Last{digits}",
                "isInstructor": True,
            }
    return {
        "title": f"Course {digits}",
        "code": f"CT{digits}",
        "eventLearningMode": "blended",
    }


def _fill_template_details(store: Store, templates: list[str], levels: list[str]) -> None:
    currency = store.add("Currency", name="Pound Sterling", code="GBP", symbol="£")
    keys = [
        item["key"]
        for item in store.records("CustomFieldDefinition")
        if item["entityType"] == "Event"
    ]
    for number, (template, level) in enumerate(zip(templates, levels, strict=True), 1):
        mine = [keys[(number + turn) % len(keys)] for turn in range(VALUES_PER_TEMPLATE) if keys]
        store.update(template, customFieldValues=dict.fromkeys(mine, f"Value {number}"))
        store.add(
            "CoursePrice",
            courseTemplate=template,
            priceLevel=level,
            financialUnit=currency,
            amount=amount(number),
        )
