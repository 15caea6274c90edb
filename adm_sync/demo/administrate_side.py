"""Fills a sandbox with the fictional company, as its Administrate tenant has it.

What belongs here: turning the company's values into records of Administrate, with the planted
differences. What does not: the values, or which differences there are (`planted`).
"""

from collections.abc import Mapping
from typing import Any

from adm_sync.demo import company
from adm_sync.demo.company import CourseTemplate
from adm_sync.demo.planted import in_administrate, only_in_tutorial
from adm_sync.sandbox import Store

Ids = dict[str, str]

DATED = {"createdAt": "2025-09-01T09:00:00.000000Z", "updatedAt": "2025-09-01T09:00:00.000000Z"}
CURRENCIES = {
    "United Kingdom": {"name": "Pound sterling", "code": "GBP", "symbol": "\u00a3"},
    "Ireland": {"name": "Euro", "code": "EUR", "symbol": "\u20ac"},
}
APPROVED_PER_TEMPLATE = 3

# Entity type -> the fields that the tenant has given its records of that type.
CUSTOM_FIELDS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "Event": (
        {"label": "Sitting", "description": "The exam sitting, such as 2026A"},
        {"label": "Finalisation date", "type": "date", "description": "When numbers are final"},
        {"label": "URL", "description": "Where the event is held online"},
        {"label": "Web sale", "type": "checkbox", "description": "Sold in the shop"},
        {"label": "OCR Moodle Code", "description": "The course in the learning platform"},
        {"label": "Recordings", "type": "checkbox", "roles": ["instructor"]},
        {"label": "Recording pin", "roles": ["instructor", "administrator"]},
    ),
    "Session": (
        {"label": "Day", "type": "number", "description": "1 for the first session of an event"},
        {"label": "URL", "description": "Where the session is held online"},
    ),
    "CourseTemplate": (
        {"label": "Sage code", "description": "The code in the accounts", "isRequired": True},
        {"label": "Syllabus year", "type": "number"},
    ),
    "Contact": (
        {"label": "Preferred town"},
        {"label": "Access needs", "roles": ["administrator"]},
    ),
    "Account": ({"label": "Purchase order needed", "type": "checkbox"},),
    "Learner": ({"label": "Exam entry number"},),
}

ONLY_HERE_VENUES = {"Guild Hall Chambers": "Bristol", "Taff Room": "Cardiff"}
ONLY_HERE_CONTACTS = (("Katharine", "Ashdown"), ("Imogen", "Vale"))
ONLY_HERE_TEMPLATES = (
    CourseTemplate("SP9_BR3", "SP9", "BR3", "SP9 Enterprise Risk, Bristol, 3 half days", 3),
    CourseTemplate("CB3_CA_1", "CB3", "CA_1", "CB3 Business Management, Cardiff, 1 half day", 1),
)


def fill_store(store: Store) -> None:
    """Add the company to a sandbox that holds nothing yet."""
    definitions = _add_custom_fields(store)
    regions = {
        name: store.add("Region", name=name, code=code)
        for name, code in {"United Kingdom": "GB", "Ireland": "IE"}.items()
    }
    store.add("TaxType", name="Exempt", effectiveRate="0.00")
    _add_places(store, regions)
    instructors = _add_contacts(store)
    templates = _add_course_templates(store, definitions, instructors)
    _add_prices(store, templates, regions)


def _add_custom_fields(store: Store) -> Ids:
    """Returns the keys by `entity type/label`."""
    return {
        f"{entity_type}/{definition['label']}": store.add(
            "CustomFieldDefinition", entityType=entity_type, **definition
        )
        for entity_type, definitions in CUSTOM_FIELDS.items()
        for definition in definitions
    }


def _add_places(store: Store, regions: Ids) -> None:
    missing = only_in_tutorial("locations")
    locations = {
        location.name: store.add(
            "Location",
            name=in_administrate("locations", location.name),
            code=location.code,
            region=regions[location.region],
        )
        for location in company.LOCATIONS
        if location.name not in missing
    }
    united_kingdom = regions["United Kingdom"]
    locations["Cardiff"] = store.add("Location", name="Cardiff", code="CDF", region=united_kingdom)
    missing = only_in_tutorial("venues")
    for venue in company.VENUES:
        if venue.name not in missing:
            name = in_administrate("venues", venue.name)
            store.add("Venue", name=name, location=locations[venue.location])
    for name, town in ONLY_HERE_VENUES.items():
        store.add("Venue", name=name, location=locations[town])


def _add_contacts(store: Store) -> list[str]:
    """Returns the ids of the instructors."""
    account = store.add("Account", name=company.NAME)
    missing = only_in_tutorial("instructors")
    names = [
        tuple(in_administrate("instructors", person.name).split(maxsplit=1))
        for person in company.INSTRUCTORS
        if person.name not in missing
    ]
    instructors = [
        store.add(
            "Contact",
            firstName=first,
            lastName=last,
            emailAddress=f"{first}.{last}.{number}@larkfield.example".lower(),
            account=account,
            isInstructor=True,
            **DATED,
        )
        for number, (first, last) in enumerate((*names, *ONLY_HERE_CONTACTS), start=1)
    ]
    for person in company.OFFICE:
        store.add(
            "Contact",
            firstName=person.first_name,
            lastName=person.last_name,
            account=account,
            isStaff=True,
            isAdmin=True,
            **DATED,
        )
    return instructors


def _add_course_templates(store: Store, definitions: Ids, instructors: list[str]) -> Ids:
    """Returns the ids by the code that the tutorial tables use."""
    missing = only_in_tutorial("course_templates")
    templates = [
        template
        for template in (*company.COURSE_TEMPLATES, *ONLY_HERE_TEMPLATES)
        if template.code not in missing
    ]
    return {
        template.code: store.add(
            "CourseTemplate",
            code=in_administrate("course_templates", template.code),
            title=template.title,
            eventLearningMode=template.learning_mode,
            lifecycleState="published",
            customFieldValues=_custom_field_values(template, definitions),
            sessions=_session_definitions(template),
            approvedInstructors=_approved(instructors, position),
            **DATED,
        )
        for position, template in enumerate(templates)
    }


def _custom_field_values(template: CourseTemplate, definitions: Ids) -> dict[str, str]:
    sage_code = f"T-{template.subject}-{template.variation.replace('_', '')}"
    return {
        definitions["CourseTemplate/Sage code"]: sage_code,
        definitions["CourseTemplate/Syllabus year"]: "2026",
    }


def _session_definitions(template: CourseTemplate) -> list[dict[str, str]]:
    """An event made from the template gets one session for each of these."""
    return [{"title": f"{template.title} - Day {day}"} for day in range(1, template.half_days + 1)]


def _approved(instructors: list[str], position: int) -> list[str]:
    return [
        instructors[(position + step) % len(instructors)] for step in range(APPROVED_PER_TEMPLATE)
    ]


def _add_prices(store: Store, templates: Ids, regions: Ids) -> None:
    currencies = {region: store.add("Currency", **fields) for region, fields in CURRENCIES.items()}
    levels = {
        level: store.add("PriceLevel", name=level.name, description=level.description)
        for level in company.PRICE_LEVELS
    }
    for template in (*company.COURSE_TEMPLATES, *ONLY_HERE_TEMPLATES):
        if template.code not in templates:
            continue
        region = template.location.region if template.location else "United Kingdom"
        for level, level_id in levels.items():
            amount = company.price(template, level)
            if amount is not None:
                store.add(
                    "CoursePrice",
                    courseTemplate=templates[template.code],
                    priceLevel=level_id,
                    amount=str(amount),
                    financialUnit=currencies[region],
                    region=regions[region],
                )
