"""The seven lists of Administrate as plain rows, for the contenders that are not adm_sync.

They read the same documents and fill the same columns of the bridge tables as adm_sync does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg.types.json import Jsonb

Node = Mapping[str, Any]
Lookups = Mapping[str, Mapping[Any, Any]]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RemoteList:
    """One list: where it stands, the table and columns that it fills, and how a node is read.

    The first columns are the `identity`. `lookups` are statements that select pairs, asked once
    before the list is read. `link` is the column that points at the tutorial record, whose id is
    found in the look-up `tutorials` by `key`.
    """

    name: str
    connection: str
    table: str
    columns: tuple[str, ...]
    rows: Callable[[Node, Lookups], Iterator[Row]]
    stamps: tuple[str, ...]
    identity: tuple[str, ...] = ("external_id",)
    lookups: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    key: Callable[[Node, Lookups], Any] | None = None


def nodes_of(wanted: RemoteList, data: Mapping[str, Any]) -> Iterator[Node]:
    """The nodes of one answer."""
    if wanted.name == "custom_fields":
        for entity_type, template in data.items():
            for definition in template["customFieldDefinitions"]:
                yield {"entityType": entity_type, **definition}
    else:
        for edge in data[wanted.connection]["edges"]:
            yield edge["node"]


def total_of(wanted: RemoteList, data: Mapping[str, Any]) -> int:
    """How many nodes the whole list has; what one answer holds, where there are no pages."""
    if wanted.name == "custom_fields":
        return sum(1 for _ in nodes_of(wanted, data))
    return int(data[wanted.connection]["pageInfo"]["totalRecords"])


def _custom_field(node: Node, _: Lookups) -> Iterator[Row]:
    roles = None if node["roles"] is None else Jsonb(node["roles"])
    yield (
        node["entityType"],
        node["key"],
        node["label"],
        node["type"],
        node["description"],
        node["isRequired"],
        roles,
    )


def _price_level(node: Node, _: Lookups) -> Iterator[Row]:
    yield node["id"], node["name"], node["description"]


def _location(node: Node, _: Lookups) -> Iterator[Row]:
    yield node["id"], node["legacyId"]


def _venue(node: Node, _: Lookups) -> Iterator[Row]:
    yield node["id"], node["location"]["id"]


def _instructor(node: Node, _: Lookups) -> Iterator[Row]:
    yield node["id"], node["legacyId"], True


def _course_template(node: Node, _: Lookups) -> Iterator[Row]:
    values = {value["definitionKey"]: value["value"] for value in node["customFieldValues"]}
    yield node["id"], node["eventLearningMode"], Jsonb(values)


def _prices(node: Node, lookups: Lookups) -> Iterator[Row]:
    template = lookups["templates"][node["id"]]
    for edge in node["publicPrices"]["edges"]:
        price = edge["node"]
        yield price["id"], price["amount"], template, lookups["levels"][price["priceLevel"]["id"]]


def _venue_key(node: Node, lookups: Lookups) -> str:
    return f"{lookups['locations'].get(node['location']['id'])}/{node['name'].lower()}"


LISTS = (
    RemoteList(
        "custom_fields",
        "customFieldTemplate",
        "adm.custom_fields",
        (
            "entity_type",
            "external_id",
            "label",
            "field_type",
            "description",
            "is_required",
            "roles",
        ),
        _custom_field,
        ("last_synced",),
        identity=("entity_type", "external_id"),
    ),
    RemoteList(
        "price_levels",
        "priceLevels",
        "adm.pricelevels",
        ("external_id", "name", "description"),
        _price_level,
        ("last_synced",),
    ),
    RemoteList(
        "locations",
        "locations",
        "adm.locations",
        ("external_id", "legacy_id"),
        _location,
        ("created_at", "updated_at"),
        lookups={"tutorials": "select lower(name), id from acted.tutorial_locations"},
        link="tutorial_location_id",
        key=lambda node, _: node["name"].lower(),
    ),
    RemoteList(
        "venues",
        "venues",
        "adm.venues",
        ("external_id", "location_id"),
        _venue,
        ("created_at", "updated_at"),
        lookups={
            "tutorials": "select location_id || '/' || lower(name), id from acted.tutorial_venues",
            "locations": "select external_id, tutorial_location_id from adm.locations",
        },
        link="tutorial_venue_id",
        key=_venue_key,
    ),
    RemoteList(
        "instructors",
        "contacts",
        "adm.instructors",
        ("external_id", "legacy_id", "is_active"),
        _instructor,
        ("created_at", "updated_at", "last_synced"),
        lookups={
            "tutorials": "select lower(u.first_name || '/' || u.last_name), i.id"
            " from acted.tutorial_instructors i join acted.staff s on s.id = i.staff_id"
            " join auth_user u on u.id = s.user_id"
        },
        link="tutorial_instructor_id",
        key=lambda node, _: f"{node['firstName']}/{node['lastName']}".lower(),
    ),
    RemoteList(
        "course_templates",
        "courseTemplates",
        "adm.course_templates",
        ("external_id", "event_learning_mode", "custom_fields"),
        _course_template,
        ("created_at", "updated_at"),
        lookups={"tutorials": "select lower(code), id from acted.tutorial_course_templates"},
        link="tutorial_course_template_id",
        key=lambda node, _: node["code"].lower(),
    ),
    RemoteList(
        "course_template_price_levels",
        "courseTemplates",
        "adm.course_template_price_levels",
        ("external_id", "amount", "course_template_id", "price_level_id"),
        _prices,
        ("created_at", "updated_at", "last_synced"),
        lookups={
            "templates": "select external_id, id from adm.course_templates",
            "levels": "select external_id, id from adm.pricelevels",
        },
    ),
)
