"""The reference entities, in the order in which a full sync runs them.

To add one: an entry here, in its place in `ENTITIES`, a function in `reading`, and one GraphQL
document. Its asset, checks, jobs, commands and help follow from the entry; docs/development.md says
what else there is to do.
"""

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.errors import SettingsError
from adm_sync.reference import reading
from adm_sync.reference.entity import (
    Apart,
    CreateMutation,
    Entity,
    Matched,
    Need,
)
from adm_sync.reference.fetching import fetch_course_prices, fetch_custom_fields

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
        read=reading.reader(reading.custom_field, "label"),
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
        read=reading.reader(reading.price_level, "name"),
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
        read=reading.reader(reading.location, "name"),
        columns=("legacy_id",),
        matched=Matched(
            link="tutorial_location_id",
            tutorials=sa.select(
                _locations.c.id, _locations.c.name, _locations.c.code, _locations.c.is_active
            ),
            read=reading.tutorial_record,
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
        read=reading.reader(reading.venue, "name"),
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
                _venues.c.description,
                _locations.c.name.label("location"),
            ).select_from(_venues.outerjoin(_locations)),
            read=reading.tutorial_venue,
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
        read=reading.reader(reading.instructor, "firstName"),
        columns=("legacy_id", "is_active"),
        matched=Matched(
            link="tutorial_instructor_id",
            tutorials=sa.select(
                _instructors.c.id,
                _instructors.c.is_active,
                acted.auth_user.c.first_name,
                acted.auth_user.c.last_name,
                acted.auth_user.c.email,
            ).select_from(_instructors.outerjoin(acted.staff).outerjoin(acted.auth_user)),
            read=reading.tutorial_instructor,
            tutorial_noun="TutorialInstructor",
            administrate_noun="Contact",
        ),
        by_hand=("Contacts > Add contact", "Name: {label}", "Tick: is an instructor"),
        apart=Apart("instructors_apart", reading.instructor_apart),
    ),
    Entity(
        name="course_templates",
        one="course template",
        many="course templates",
        known_by="code",
        bridge=adm.course_templates,
        document="course_templates",
        connection="courseTemplates",
        read=reading.reader(reading.course_template, "code"),
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
            read=reading.tutorial_course_template,
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
        read=reading.reader(reading.course_price, "known_as"),
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
        names=sa.select(
            adm.course_template_price_levels.c.id,
            sa.func.concat(
                sa.func.coalesce(_templates.c.code, "(no linked template)"),
                sa.literal(" · "),
                adm.pricelevels.c.name,
            ).label("name"),
        )
        .join_from(adm.course_template_price_levels, adm.pricelevels)
        .join(adm.course_templates)
        .outerjoin(_templates),
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
