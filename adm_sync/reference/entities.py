"""The reference entities, in the order in which a full sync runs them.

To add one: an entry here, in its place in `ENTITIES`, and one GraphQL document. Its asset, checks,
jobs, commands, documentation and tests follow from the entry.
"""

import sys
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from adm_sync.administrate.paging import Node
from adm_sync.database import acted, adm
from adm_sync.errors import SettingsError
from adm_sync.names.keys import normalise
from adm_sync.reference import nodes
from adm_sync.reference.entity import (
    CreateMutation,
    Entity,
    IdsByName,
    Key,
    Matched,
    Need,
    RemoteRecord,
    Selected,
    TutorialRecord,
)
from adm_sync.reference.fetching import fetch_course_prices, fetch_custom_fields


def key_of(*parts: str | None) -> Key | None:
    """The match key made of these texts; None if one of them is empty, which never matches."""
    folded = tuple(normalise(part or "") for part in parts)
    return folded if all(folded) else None


def _guarded(
    read: Callable[[Node, IdsByName], RemoteRecord], label: str, node: Node, lookups: IdsByName
) -> list[RemoteRecord]:
    """`read`, but what the database would refuse becomes a record with an obstacle."""
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


def _reader(
    read: Callable[[Node, IdsByName], RemoteRecord], label: str
) -> Callable[[Node, IdsByName], list[RemoteRecord]]:
    return partial(_guarded, read, label)


def _custom_field(node: Node, _: IdsByName) -> RemoteRecord:
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


def _price_level(node: Node, _: IdsByName) -> RemoteRecord:
    columns = adm.pricelevels.c
    name = nodes.text(nodes.required(node, "name"), columns.name)
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=name or "",
        values=(name, nodes.text(nodes.required(node, "description"), columns.description)),
    )


def _location(node: Node, _: IdsByName) -> RemoteRecord:
    columns = adm.locations.c
    name = nodes.words(node, "name")
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=name,
        key=key_of(name),
        values=(nodes.text(nodes.required(node, "legacyId"), columns.legacy_id),),
    )


def _venue(node: Node, lookups: IdsByName) -> RemoteRecord:
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
    )


def _venue_place(node: Node, tutorial_location: int | None) -> str:
    location = nodes.words(node["location"], "name") if node["location"] else ""
    if tutorial_location is None:
        return f"its location {location or '(none)'} is not linked"
    return location


def _instructor(node: Node, _: IdsByName) -> RemoteRecord:
    columns = adm.instructors.c
    first, last = nodes.personal_name(node)
    return RemoteRecord(
        (nodes.external_id(node, columns.external_id),),
        label=f"{first} {last}".strip(),
        key=key_of(first, last),
        values=(nodes.text(nodes.required(node, "legacyId"), columns.legacy_id), True),
    )


def _course_template(node: Node, _: IdsByName) -> RemoteRecord:
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


def _course_price(node: Node, lookups: IdsByName) -> RemoteRecord:
    columns = adm.course_template_price_levels.c
    identity = (nodes.external_id(node, columns.external_id),)
    level = nodes.reference(node, "priceLevel")
    template_row = lookups["course_templates"].get(node["template"])
    level_row = lookups["price_levels"].get(level or "")
    level_name = nodes.words(node["priceLevel"], "name") if level else ""
    about = f"price level {level_name or level or '(none)'}"
    if template_row is None or level_row is None:
        lacking = "course template" if template_row is None else "price level"
        entity = "course_templates" if template_row is None else "price_levels"
        return RemoteRecord(
            identity,
            label=identity[0],
            about=about,
            obstacle=f"its {lacking} is not in the bridge table; sync {entity}, then look at its "
            "discrepancies",
        )
    return RemoteRecord(
        identity,
        label=identity[0],
        # Two prices of one level on one template (another currency or region) have one place.
        key=(template_row, level_row),
        values=(
            nodes.amount(nodes.required(node, "amount"), columns.amount),
            template_row,
            level_row,
        ),
        about=about,
    )


def _named(row: Selected) -> TutorialRecord:
    return TutorialRecord(row.id, row.name, key_of(row.name), row.is_active)


def _tutorial_venue(row: Selected) -> TutorialRecord:
    folded = normalise(row.name)
    key = (row.location_id, folded) if folded and row.location_id is not None else None
    return TutorialRecord(row.id, row.name, key, about=row.location or "without a location")


def _tutorial_instructor(row: Selected) -> TutorialRecord:
    key = key_of(row.first_name, row.last_name)
    label = f"{row.first_name or ''} {row.last_name or ''}".strip()
    return TutorialRecord(row.id, label or "without a name", key, row.is_active)


def _tutorial_course_template(row: Selected) -> TutorialRecord:
    return TutorialRecord(row.id, row.code, key_of(row.code), row.is_active, row.title)


_locations = acted.tutorial_locations
_venues = acted.tutorial_venues
_instructors = acted.tutorial_instructors
_templates = acted.tutorial_course_templates

ENTITIES: tuple[Entity, ...] = (
    Entity(
        name="custom_fields",
        one="custom field",
        many="custom fields",
        group="customFieldDefinition",
        bridge=adm.custom_fields,
        document="custom_fields",
        connection="customFieldTemplate",
        read=_reader(_custom_field, "label"),
        identity=("entity_type", "external_id"),
        columns=("label", "field_type", "description", "is_required", "roles"),
        fetch=fetch_custom_fields,
    ),
    Entity(
        name="price_levels",
        one="price level",
        many="price levels",
        group="priceLevel",
        bridge=adm.pricelevels,
        document="price_levels",
        connection="priceLevels",
        read=_reader(_price_level, "name"),
        columns=("name", "description"),
    ),
    Entity(
        name="locations",
        one="location",
        many="locations",
        known_by="name",
        group="location",
        bridge=adm.locations,
        document="locations",
        connection="locations",
        read=_reader(_location, "name"),
        columns=("legacy_id",),
        matched=Matched(
            link="tutorial_location_id",
            tutorials=sa.select(_locations.c.id, _locations.c.name, _locations.c.is_active),
            read=_named,
            tutorial_noun="TutorialLocation",
            administrate_noun="Location",
        ),
        by_hand=("Control panel > Locations > Add", "Name: {label}"),
    ),
    Entity(
        name="venues",
        one="venue",
        many="venues",
        known_by="name, within its location",
        group="venue",
        bridge=adm.venues,
        document="venues",
        connection="venues",
        read=_reader(_venue, "name"),
        columns=("location_id",),
        needs=(Need("locations", sa.select(adm.locations.c.id)),),
        lookups={
            "locations": sa.select(
                adm.locations.c.external_id, adm.locations.c.tutorial_location_id
            )
        },
        matched=Matched(
            link="tutorial_venue_id",
            tutorials=sa.select(
                _venues.c.id,
                _venues.c.name,
                _venues.c.location_id,
                _locations.c.name.label("location"),
            ).select_from(_venues.outerjoin(_locations)),
            read=_tutorial_venue,
            tutorial_noun="TutorialVenue",
            administrate_noun="Venue",
        ),
        by_hand=("Control panel > Venues > Add", "Name: {label}", "Location: {about}"),
    ),
    Entity(
        name="instructors",
        one="instructor",
        many="instructors",
        known_by="first and last name",
        group="contact",
        bridge=adm.instructors,
        document="instructors",
        connection="contacts",
        read=_reader(_instructor, "firstName"),
        columns=("legacy_id", "is_active"),
        matched=Matched(
            link="tutorial_instructor_id",
            tutorials=sa.select(
                _instructors.c.id,
                _instructors.c.is_active,
                acted.auth_user.c.first_name,
                acted.auth_user.c.last_name,
            ).select_from(_instructors.outerjoin(acted.staff).outerjoin(acted.auth_user)),
            read=_tutorial_instructor,
            tutorial_noun="TutorialInstructor",
            administrate_noun="Contact",
        ),
        by_hand=("Contacts > Add contact", "Name: {label}", "Tick: is an instructor"),
    ),
    Entity(
        name="course_templates",
        one="course template",
        many="course templates",
        known_by="code",
        bridge=adm.course_templates,
        document="course_templates",
        connection="courseTemplates",
        read=_reader(_course_template, "code"),
        columns=("event_learning_mode", "custom_fields"),
        needs=(
            Need(
                "custom_fields",
                sa.select(adm.custom_fields.c.id).where(adm.custom_fields.c.entity_type == "Event"),
                part="Event",
                what="of entity type Event",
            ),
        ),
        matched=Matched(
            link="tutorial_course_template_id",
            tutorials=sa.select(
                _templates.c.id, _templates.c.code, _templates.c.title, _templates.c.is_active
            ),
            read=_tutorial_course_template,
            tutorial_noun="TutorialCourseTemplate",
            administrate_noun="CourseTemplate",
        ),
        creation=CreateMutation(
            group="courseTemplate",
            field="create",
            document="create_course_template",
            find="find_course_template",
            connection="courseTemplates",
            fields=lambda tutorial: {"code": tutorial.label, "title": tutorial.about},
        ),
        by_hand=("Course templates > Add", "Code: {label}", "Title: {about}"),
    ),
    Entity(
        name="course_template_price_levels",
        one="course template price level",
        many="course template price levels",
        known_by="the price's id",
        bridge=adm.course_template_price_levels,
        document="course_template_price_levels",
        connection="courseTemplates",
        read=_reader(_course_price, "id"),
        columns=("amount", "course_template_id", "price_level_id"),
        needs=(
            Need("course_templates", sa.select(adm.course_templates.c.id)),
            Need("price_levels", sa.select(adm.pricelevels.c.id)),
        ),
        lookups={
            "course_templates": sa.select(
                adm.course_templates.c.external_id, adm.course_templates.c.id
            ),
            "price_levels": sa.select(adm.pricelevels.c.external_id, adm.pricelevels.c.id),
        },
        fetch=fetch_course_prices,
    ),
)

BY_NAME = {entity.name: entity for entity in ENTITIES}


def named(name: str) -> Entity:
    """The entity of that name; hyphens count as underscores.

    Raises:
        SettingsError: there is none; lists those that there are.
    """
    try:
        return BY_NAME[name.replace("-", "_").lower()]
    except KeyError:
        known = ", ".join(BY_NAME)
        raise SettingsError(f"There is no entity '{name}'. The entities are: {known}.") from None
