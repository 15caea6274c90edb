"""What each entity makes of a node of Administrate's, and of a row of the tutorial tables.

What belongs here: one function for each. What does not: the cells of a node (`nodes`), and the
entities themselves (`entities`).
"""

import sys
from collections.abc import Callable
from functools import partial

from adm_sync.administrate.paging import Node
from adm_sync.database import adm
from adm_sync.names.keys import normalise
from adm_sync.reference import nodes
from adm_sync.reference.entity import IdsByName, Key, RemoteRecord, Selected, TutorialRecord

LONGEST_APART = 200


def key_of(*parts: str | None) -> Key | None:
    """The match key made of these texts; None if one of them is empty, which never matches."""
    folded = tuple(normalise(part or "") for part in parts)
    return folded if all(folded) else None


def _guarded(
    read: Callable[[Node, IdsByName], RemoteRecord], label: str, node: Node, lookups: IdsByName
) -> list[RemoteRecord]:
    """`read`, but what cannot be taken in becomes a record with an obstacle."""
    try:
        return [read(node, lookups)]
    except nodes.RefusedError as error:
        given = node.get("id", node.get("key"))
        known = nodes.legible(given)
        return [
            RemoteRecord(
                (str(node["entityType"]), known) if "entityType" in node else (known,),
                label=nodes.legible(node.get(label)) or known,
                obstacle=str(error),
                refused=bool(known) and isinstance(given, str),
            )
        ]


def reader(
    read: Callable[[Node, IdsByName], RemoteRecord], label: str
) -> Callable[[Node, IdsByName], list[RemoteRecord]]:
    """What an entity's `read` is: one record of a node, whose label is in this field."""
    return partial(_guarded, read, label)


def custom_field(node: Node, _: IdsByName) -> RemoteRecord:
    """A custom field, known by the type that it is of and its key."""
    columns = adm.custom_fields.c
    label = nodes.text(nodes.required(node, "label"), columns.label)
    roles = nodes.several(node, "roles")
    return RemoteRecord(
        (
            str(nodes.text(node["entityType"], columns.entity_type)),
            nodes.external_id(node, columns.external_id, "key"),
        ),
        label=label or "",
        values=(
            label,
            nodes.text(nodes.required(node, "type"), columns.field_type),
            nodes.text(nodes.required(node, "description"), columns.description),
            nodes.flag(node, "isRequired"),
            None if roles is None else [nodes.storable(role, "roles") for role in roles],
        ),
        about=str(node["entityType"]),
    )


def price_level(node: Node, _: IdsByName) -> RemoteRecord:
    """A price level."""
    columns = adm.pricelevels.c
    name = nodes.text(nodes.required(node, "name"), columns.name)
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=name or "",
        values=(name, nodes.text(nodes.required(node, "description"), columns.description)),
    )


def location(node: Node, _: IdsByName) -> RemoteRecord:
    """A location, known by its name."""
    columns = adm.locations.c
    name = nodes.words(node, "name")
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=name,
        key=key_of(name),
        values=(nodes.text(nodes.required(node, "legacyId"), columns.legacy_id),),
        apart=_apart(nodes.legible(node.get("code"))),
    )


def venue(node: Node, lookups: IdsByName) -> RemoteRecord:
    """A venue, known by its name within its linked location."""
    columns = adm.venues.c
    name = nodes.words(node, "name")
    location = nodes.reference(node, "location")
    known = location in lookups["locations"]
    tutorial_location = lookups["locations"].get(location or "")
    folded = normalise(name)
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=name,
        key=(tutorial_location, folded) if folded and tutorial_location is not None else None,
        values=(location if known else None,),
        about=_venue_place(node, tutorial_location),
        place=tutorial_location,
    )


def _venue_place(node: Node, tutorial_location: int | None) -> str:
    location = nodes.legible(nodes.required(node["location"], "name")) if node["location"] else ""
    if tutorial_location is None:
        return f"its location {location or '(none)'} is not linked"
    return location


def instructor(node: Node, _: IdsByName) -> RemoteRecord:
    """An instructor, known by both names."""
    columns = adm.instructors.c
    first, last = nodes.personal_name(node)
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=f"{first} {last}".strip(),
        key=key_of(first, last),
        values=(nodes.text(nodes.required(node, "legacyId"), columns.legacy_id), True),
    )


def instructor_apart(node: Node) -> str:
    """What tells an instructor from others of the name."""
    account = node.get("account") or {}
    return _apart(nodes.legible(node.get("emailAddress")), nodes.legible(account.get("name")))


def _apart(*parts: str | None) -> str:
    """What is there of these, on one line that is not too long to read."""
    told = ", ".join(filter(None, (" ".join((part or "").split()) for part in parts)))
    return told if len(told) <= LONGEST_APART else f"{told[: LONGEST_APART - 1]}…"


def course_template(node: Node, _: IdsByName) -> RemoteRecord:
    """A course template, known by its code."""
    columns = adm.course_templates.c
    code = nodes.words(node, "code")
    given = nodes.several(node, "customFieldValues") or ()
    values = {
        sys.intern(key): _custom_value(value)
        for value in given
        if (key := nodes.words(value, "definitionKey").strip())
    }
    keyless = sum(not nodes.words(value, "definitionKey").strip() for value in given)
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=code,
        key=key_of(code),
        values=(
            nodes.text(nodes.required(node, "eventLearningMode"), columns.event_learning_mode),
            values,
        ),
        about=nodes.words(node, "title"),
        left_out=f"{keyless} of its custom values came without a key" if keyless else "",
    )


def _custom_value(value: Node) -> str | None:
    return None if nodes.required(value, "value") is None else nodes.words(value, "value")


def course_price(node: Node, lookups: IdsByName) -> RemoteRecord:
    """The price of a course template at a price level."""
    columns = adm.course_template_price_levels.c
    identity = (nodes.external_id(node, columns.external_id),)
    level = nodes.reference(node, "priceLevel")
    template_row = lookups["course_templates"].get(node["template"])
    level_row = lookups["price_levels"].get(level or "")
    level_name = nodes.legible(nodes.required(node["priceLevel"], "name")) if level else ""
    about = f"price level {level_name or level or '(none)'}"
    if template_row is None or level_row is None:
        lacking = "course template" if template_row is None else "price level"
        entity = "course_templates" if template_row is None else "price_levels"
        return RemoteRecord(
            identity,
            label=node["known_as"],
            about=about,
            obstacle=f"its {lacking} is not in the bridge table; sync {entity}, then look at its "
            "discrepancies",
        )
    return RemoteRecord(
        identity,
        label=node["known_as"],
        # Two prices of one level on one template (another currency or region) have one place.
        key=(template_row, level_row),
        values=(
            nodes.amount(nodes.required(node, "amount"), columns.amount),
            template_row,
            level_row,
        ),
        about=about,
    )


def tutorial_record(row: Selected) -> TutorialRecord:
    """A tutorial record that has a name."""
    key = key_of(row.name)
    return TutorialRecord(row.id, row.name, key, row.is_active, apart=_apart(row.code))


def tutorial_venue(row: Selected) -> TutorialRecord:
    """A tutorial venue, within its location."""
    folded = normalise(row.name)
    key = (row.location_id, folded) if folded and row.location_id is not None else None
    about = row.location or "without a location"
    return TutorialRecord(
        row.id, row.name, key, about=about, place=row.location_id, apart=_apart(row.description)
    )


def tutorial_instructor(row: Selected) -> TutorialRecord:
    """A tutorial instructor, who has the names of an account."""
    key = key_of(row.first_name, row.last_name)
    label = f"{row.first_name or ''} {row.last_name or ''}".strip()
    named = label or "without a name"
    return TutorialRecord(row.id, named, key, row.is_active, apart=_apart(row.email))


def tutorial_course_template(row: Selected) -> TutorialRecord:
    """A tutorial course template."""
    return TutorialRecord(row.id, row.code, key_of(row.code), row.is_active, row.title)
