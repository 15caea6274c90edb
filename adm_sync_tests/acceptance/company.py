"""A small fictional company on both sides, and how its records are called in the tests.

Each record has a label by which the tests know it: `tutorial["CM2"]` is the id of a tutorial
record, `administrate["CM2"]` an external id. On each side a few records stand alone.
"""

import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.sandbox import Store

FOUNDED = datetime.datetime(2025, 9, 1, 9, 0, tzinfo=datetime.UTC)

LOCATIONS = ("London", "Leeds", "York", "Online")
VENUES = (
    ("Conference Room A", "London"),
    ("Hall", "London"),
    ("Hall", "Leeds"),
    ("Barn", "York"),
)
INSTRUCTORS = ("Jane Smith", "Ada Example", "Alan Sample", "Grace Specimen")
TEMPLATES = ("CM2", "CB1", "CB2", "CP1")
LEVELS = ("Standard", "Early", "Retaker")
PRICES = {
    ("CM2", "Standard"): "500.00",
    ("CM2", "Early"): "450.00",
    ("CB1", "Standard"): "395.00",
    ("CB1", "Early"): "355.50",
    ("CP1", "Standard"): "1250.00",
}
FIELDS = (
    ("Event", "Sitting"),
    ("Event", "Web sale"),
    ("Session", "Day"),
    ("CourseTemplate", "Sage code"),
    ("Contact", "Town"),
)
# What each entity's records are called in the sandbox.
KINDS = {
    "custom_fields": "CustomFieldDefinition",
    "price_levels": "PriceLevel",
    "locations": "Location",
    "venues": "Venue",
    "instructors": "Contact",
    "course_templates": "CourseTemplate",
    "course_template_price_levels": "CoursePrice",
}
ALONE_HERE = {
    "locations": "Edinburgh",
    "venues": "Old Mill, Leeds",
    "instructors": "Ruth Alone",
    "course_templates": "SA1",
}
ALONE_THERE = {
    "locations": "Manchester",
    "venues": "Taff Room, Manchester",
    "instructors": "Nora Unknown",
    "course_templates": "CB3",
}


def add_row(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    """Insert a row; columns that must be filled and are not named get a plain value."""
    for column in table.columns:
        if column.name not in values and not column.nullable and column.identity is None:
            values[column.name] = _plain_value(column)
    return int(connection.execute(sa.insert(table).values(values)).inserted_primary_key[0])


def _plain_value(column: "sa.Column[Any]") -> Any:
    plain = {str: "", bool: True, int: 0, dict: {}}
    moments = {
        datetime.datetime: FOUNDED,
        datetime.date: FOUNDED.date(),
        datetime.time: FOUNDED.time(),
    }
    return (plain | moments)[column.type.python_type]


def add_tutorial_instructor(connection: sa.Connection, name: str, **values: Any) -> int:
    """A user, a member of staff and an instructor."""
    first, last = name.split(maxsplit=1)
    user = add_row(
        connection, acted.auth_user, username=name.lower(), first_name=first, last_name=last
    )
    staff = add_row(connection, acted.staff, user_id=user)
    return add_row(connection, acted.tutorial_instructors, staff_id=staff, **values)


def fill_tutorial(connection: sa.Connection) -> dict[str, int]:
    """The company's own tables; the ids by label."""
    ids: dict[str, int] = {}
    for name in (*LOCATIONS, ALONE_HERE["locations"]):
        ids[name] = add_row(connection, acted.tutorial_locations, name=name, code=name[:3].upper())
    for name, location in (*VENUES, ("Old Mill", "Leeds")):
        ids[f"{name}, {location}"] = add_row(
            connection, acted.tutorial_venues, name=name, location_id=ids[location]
        )
    for name in (*INSTRUCTORS, ALONE_HERE["instructors"]):
        ids[name] = add_tutorial_instructor(connection, name)
    for code in (*TEMPLATES, ALONE_HERE["course_templates"]):
        ids[code] = add_row(
            connection, acted.tutorial_course_templates, code=code, title=f"The course {code}"
        )
    return ids


def fill_administrate(store: Store) -> dict[str, str]:
    """The tenant; the external ids by label. The same ids each time."""
    ids: dict[str, str] = {}
    for entity_type, label in FIELDS:
        ids[f"{entity_type}/{label}"] = store.add(
            "CustomFieldDefinition", entityType=entity_type, label=label, roles=[], description=""
        )
    for name in (*LOCATIONS, ALONE_THERE["locations"]):
        ids[name] = store.add("Location", name=name)
    for name, location in (*VENUES, ("Taff Room", "Manchester")):
        ids[f"{name}, {location}"] = store.add("Venue", name=name, location=ids[location])
    for name in (*INSTRUCTORS, ALONE_THERE["instructors"]):
        first, last = name.split(maxsplit=1)
        ids[name] = store.add("Contact", firstName=first, lastName=last, isInstructor=True)
    for code in (*TEMPLATES, ALONE_THERE["course_templates"]):
        ids[code] = store.add(
            "CourseTemplate",
            code=code,
            title=f"The course {code}",
            eventLearningMode="blended",
            customFieldValues={ids["CourseTemplate/Sage code"]: f"S-{code}"},
        )
    ids["GBP"] = store.add("Currency", name="Pound sterling", code="GBP")
    for level in LEVELS:
        ids[level] = store.add("PriceLevel", name=level, description=f"The {level} price")
    for (code, level), amount in PRICES.items():
        ids[f"{code} {level}"] = add_price(store, ids, code, level, amount)
    return ids


def add_price(store: Store, ids: dict[str, str], code: str, level: str, amount: str) -> str:
    """A price of a course template at a price level."""
    return store.add(
        "CoursePrice",
        courseTemplate=ids[code],
        priceLevel=ids[level],
        amount=amount,
        financialUnit=ids["GBP"],
    )


def fill_events(connection: sa.Connection, ids: dict[str, str]) -> None:
    """Two events and a session, which refer to synced rows and must outlive everything."""

    def row(table: sa.Table, label: str) -> int:
        found = connection.scalar(sa.select(table.c.id).where(table.c.external_id == ids[label]))
        assert found is not None, label
        return found

    def event(code: str, location: str, venue: str, instructor: str, external_id: str) -> int:
        return add_row(
            connection,
            adm.events,
            external_id=external_id,
            title=code,
            course_template_id=row(adm.course_templates, code),
            location_id=row(adm.locations, location),
            venue_id=row(adm.venues, venue),
            primary_instructor_id=row(adm.instructors, instructor),
        )

    first = event("CM2", "London", "Conference Room A, London", "Jane Smith", "Q291cnNlOjE=")
    event("CB1", "Leeds", "Hall, Leeds", "Ada Example", "Q291cnNlOjI=")
    add_row(
        connection,
        adm.sessions,
        event_id=first,
        day_number=1,
        session_instructor_id=row(adm.instructors, "Alan Sample"),
    )
