"""The entities: what each makes of a node and of a tutorial row."""

import copy
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adm_sync.database import acted, adm
from adm_sync.database.statements import insert_rows
from adm_sync.errors import ContractBroken, SettingsError
from adm_sync.reference.entities import BY_NAME, ENTITIES, named
from adm_sync.reference.entity import Entity, Evidence, RemoteRecord
from adm_sync.reference.findings import discrepancies
from adm_sync.reference.matching import match
from adm_sync.reference.matching_owned import match_owned
from adm_sync.reference.planning import plan_sync
from adm_sync.reference.reading import key_of

NODES: dict[str, dict[str, Any]] = {
    "custom_fields": {
        "entityType": "Event",
        "key": "K1",
        "label": "Sitting",
        "type": "text",
        "description": None,
        "isRequired": True,
        "roles": ["admin"],
    },
    "price_levels": {"id": "PL1", "name": "Standard", "description": "", "legacyId": "1"},
    "locations": {"id": "L1", "name": "Leeds", "code": "LDS", "legacyId": None},
    "venues": {"id": "V1", "name": "Hall", "location": {"id": "L1", "name": "Leeds"}},
    "instructors": {
        "id": "P1",
        "firstName": "Ada",
        "lastName": "Example",
        "personalName": {"firstName": "Ada", "lastName": "Example"},
        "legacyId": "9",
    },
    "course_templates": {
        "id": "CT1",
        "code": "CB1_LO_6",
        "title": "Business Finance",
        "eventLearningMode": "blended",
        "lifecycleState": "published",
        "customFieldValues": [{"definitionKey": "K1", "value": "2026A"}],
    },
    "course_template_price_levels": {
        "template": "CT1",
        "known_as": "CB1_LO_6 · Standard",
        "id": "CP1",
        "amount": "395.00",
        "priceLevel": {"id": "PL1", "name": "Standard"},
    },
}
LOOKUPS = {
    "locations": {"L1": 7, "L2": None},
    "course_templates": {"CT1": 9011},
    "price_levels": {"PL1": 9021},
}
# What the engine adds to a node itself, or never reads.
NOT_READ = {
    "entityType",
    "template",
    "known_as",
    "code",
    "lifecycleState",
    "legacyId",
    "personalName",
}
ALL = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)


def read(name: str, /, **changed: Any) -> RemoteRecord:
    (record,) = BY_NAME[name].read({**NODES[name], **changed}, LOOKUPS)
    return record


# ---------------------------------------------------------------------- ordinary nodes


def test_a_custom_field_is_known_by_its_type_and_key() -> None:
    record = read("custom_fields")
    assert record.identity == ("Event", "K1")
    assert (record.label, record.about, record.key) == ("Sitting", "Event", None)
    assert record.values == ("Sitting", "text", None, True, ["admin"])
    assert read("custom_fields", roles=None).values[-1] is None
    assert read("custom_fields", roles=[]).values[-1] == []


def test_a_price_level_has_no_key() -> None:
    record = read("price_levels", description=None)
    assert (record.identity, record.key) == (("PL1",), None)
    assert record.values == ("Standard", None)


def test_a_location_is_known_by_its_name() -> None:
    record = read("locations", legacyId="3")
    assert (record.label, record.key, record.values) == ("Leeds", ("leeds",), ("3",))


def test_a_venue_is_known_by_its_name_within_its_linked_location() -> None:
    record = read("venues")
    assert (record.key, record.values, record.about) == ((7, "hall"), ("L1",), "Leeds")


@pytest.mark.parametrize(
    ("location", "values", "about"),
    [
        ({"id": "L2", "name": "York"}, ("L2",), "its location York is not linked"),
        ({"id": "L9", "name": "Bath"}, (None,), "its location Bath is not linked"),
        (None, (None,), "its location (none) is not linked"),
    ],
)
def test_a_venue_without_a_linked_location_matches_nothing_and_says_why(
    location: Any, values: tuple[Any, ...], about: str
) -> None:
    record = read("venues", location=location)
    assert (record.key, record.values, record.about) == (None, values, about)


def test_an_instructor_is_known_by_both_names() -> None:
    record = read("instructors")
    assert (record.label, record.key) == ("Ada Example", ("ada", "example"))
    assert record.values == ("9", True)
    single = read("instructors", lastName=None, personalName=None)
    assert (single.label, single.key) == ("Ada", None)


def test_a_course_template_is_known_by_its_code_and_keeps_its_custom_fields() -> None:
    record = read("course_templates")
    assert (record.label, record.key, record.about) == (
        "CB1_LO_6",
        ("cb1_lo_6",),
        "Business Finance",
    )
    assert record.values == ("blended", {"K1": "2026A"})
    empty = read("course_templates", customFieldValues=None, eventLearningMode=None)
    assert empty.values == (None, {})
    nothing = read("course_templates", customFieldValues=[{"definitionKey": "K1", "value": None}])
    assert nothing.values == ("blended", {"K1": None})


def test_a_custom_value_without_a_key_is_said_and_not_stored_under_an_empty_one() -> None:
    values = [{"definitionKey": key, "value": "x"} for key in (None, " ", "K1")]
    record = read("course_templates", customFieldValues=values)
    assert record.values == ("blended", {"K1": "x"})
    assert record.left_out == "2 of its custom values came without a key"


def test_a_course_price_finds_both_ends_through_the_bridge_tables() -> None:
    record = read("course_template_price_levels")
    assert (record.identity, record.key) == (("CP1",), (9011, 9021))
    assert record.values == (Decimal("395.00"), 9011, 9021)
    assert record.about == "price level Standard"


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({"template": "CT9"}, "its course template is not in the bridge table"),
        ({"priceLevel": {"id": "PL9", "name": "x"}}, "its price level is not in the bridge table"),
        ({"priceLevel": None}, "its price level is not in the bridge table"),
    ],
)
def test_a_course_price_that_lacks_an_end_says_which(changed: dict[str, Any], lacking: str) -> None:
    record = read("course_template_price_levels", **changed)
    assert record.obstacle is not None
    assert record.obstacle.startswith(lacking)
    assert not record.refused


# ---------------------------------------------------------------------- tutorial rows


def tutorial_row(**columns: Any) -> Any:
    return SimpleNamespace(**{"id": 5, "is_active": True, **columns})


@pytest.mark.parametrize(
    ("name", "columns", "label", "key", "about"),
    [
        ("locations", {"name": " Leeds"}, " Leeds", ("leeds",), ""),
        ("venues", {"name": "Hall", "location_id": 7, "location": "Leeds"}, "Hall", (7, "hall"),
         "Leeds"),
        ("venues", {"name": "Hall", "location_id": None, "location": None}, "Hall", None,
         "without a location"),
        ("venues", {"name": " ", "location_id": 7, "location": "Leeds"}, " ", None, "Leeds"),
        ("instructors", {"first_name": "Ada", "last_name": "Example"}, "Ada Example",
         ("ada", "example"), ""),
        ("instructors", {"first_name": None, "last_name": None}, "without a name", None, ""),
        ("instructors", {"first_name": "", "last_name": "Example"}, "Example", None, ""),
        ("course_templates", {"code": "CB1", "title": "Finance"}, "CB1", ("cb1",), "Finance"),
    ],
)  # fmt: skip
def test_a_tutorial_row_becomes_a_tutorial_record(
    name: str, columns: Any, label: str, key: Any, about: str
) -> None:
    matched = BY_NAME[name].matched
    assert matched is not None
    apart = {"email": "a@example.com", "description": None, "code": "C1"}
    one = matched.read(tutorial_row(**(apart | columns)))
    assert (one.id, one.label, one.key, one.about, one.is_active) == (5, label, key, about, True)


def test_a_key_lacks_no_part() -> None:
    assert key_of("Ada", "Example") == ("ada", "example")
    assert key_of("Ada", None) is key_of("", "Example") is key_of("Ada", "\u200b ") is None


# ---------------------------------------------------------------------- looking up entities


def test_an_entity_is_found_by_its_name_in_either_spelling() -> None:
    assert named("course-templates") is named("Course_Templates") is BY_NAME["course_templates"]
    assert named("venues").title == "Venues"


def test_an_entity_that_is_not_there_is_answered_with_those_that_are() -> None:
    every = ", ".join(BY_NAME)
    with pytest.raises(SettingsError, match=rf"no entity 'rooms'.*{every}\."):
        named("rooms")


def test_the_entities_stand_in_the_order_of_a_full_sync_after_what_they_need() -> None:
    names = [entity.name for entity in ENTITIES]
    for position, entity in enumerate(ENTITIES):
        assert {need.entity for need in entity.needs} <= set(names[:position])


@ALL
def test_an_entity_writes_columns_that_its_table_has(entity: Entity) -> None:
    link = [entity.matched.link] if entity.matched else []
    assert {*entity.columns, *entity.identity, *link} <= {c.name for c in entity.bridge.c}


# ---------------------------------------------------------------------- unusable nodes


@ALL
@pytest.mark.parametrize(
    ("value", "identity", "refused"),
    [(5, "5", False), (None, "", False), ("", "", False), (" ", "", False), ([], "", False),
     ("x" * 300, "x" * 300, True), ("a\x00", "a\\x00", True), ("\ud800", "\\ud800", True)],
    ids=["int", "null", "empty", "blank", "list", "long", "null-character", "surrogate"],
)  # fmt: skip
def test_an_unusable_id_makes_an_obstacle_and_nothing_else(
    entity: Entity, value: Any, identity: str, refused: bool
) -> None:
    field = "key" if entity.name == "custom_fields" else "id"
    record = read(entity.name, **{field: value})
    assert record.external_id == identity
    assert record.obstacle
    assert (record.refused, record.key) == (refused, None)


def test_a_refused_record_keeps_its_id_to_the_letter_so_that_its_row_is_not_gone() -> None:
    record = read("locations", id=" L1 ", legacyId=5)
    assert (record.identity, record.refused) == ((" L1 ",), True)


def test_a_refused_record_is_shown_by_its_name_or_else_by_its_id() -> None:
    assert read("locations", legacyId=5).label == "Leeds"
    assert read("locations", name=["Leeds"]).label == "L1"
    assert read("locations", name="Le\x00eds").label == "Le\\x00eds"


# ---------------------------------------------------------------------- any JSON in any place

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["\x00", "\ud83d", "x" * 51, "x" * 256, " ", "395.001", "L2", "9" * 30])
)
json_values = st.recursive(
    scalars,
    lambda some: (
        st.lists(some, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "value", "definitionKey", "x"]), some)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a node where a value stands."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inner in steps:
        yield (*path, step)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, step))


PLACES = [
    (entity.name, place)
    for entity in ENTITIES
    for place in places(NODES[entity.name])
    if place[0] not in {"entityType", "template"}
]


def spoilt(name: str, place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    node = copy.deepcopy(NODES[name])
    inner: Any = node
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return node


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from texts(pair)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


@given(st.sampled_from(PLACES), json_values)
def test_any_value_in_any_place_gives_a_record_or_breaks_the_contract(
    where: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    entity = BY_NAME[where[0]]
    try:
        records = entity.read(spoilt(*where, value), LOOKUPS)
    except ContractBroken:
        return
    (record,) = records
    assert len(record.identity) == len(entity.identity)
    assert record.obstacle or len(record.values) == len(entity.columns)
    assert not record.refused or record.obstacle
    matching = (match if entity.matched else match_owned)(*_sides(entity, records))
    plan = plan_sync(entity, Evidence(records), [], matching, ())
    for one in discrepancies(entity, matching, plan):
        for text in texts([one.subject, one.label, one.detail, one.external_id, one.suggestions]):
            assert "\x00" not in text
            text.encode()


def _sides(entity: Entity, records: list[RemoteRecord]) -> tuple[Any, ...]:
    return (records, [], []) if entity.matched else (records, [])


@ALL
@given(
    node=st.dictionaries(
        st.sampled_from(sorted({s for _, p in PLACES for s in map(str, p)})), json_values
    )
)
def test_a_node_of_anything_gives_a_record_or_breaks_the_contract(
    entity: Entity, node: dict[str, Any]
) -> None:
    try:
        records = entity.read({**node, "entityType": "Event", "template": "CT1"}, LOOKUPS)
    except ContractBroken:
        return
    assert len(records) == 1


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, place[0]) for name, place in PLACES if len(place) == 1 and place[0] not in NOT_READ],
)
def test_a_missing_field_breaks_the_contract_and_is_named(name: str, field: str) -> None:
    node = {key: value for key, value in NODES[name].items() if key != field}
    with pytest.raises(ContractBroken, match=f"'{field}'"):
        BY_NAME[name].read(node, LOOKUPS)


def test_a_missing_inner_field_breaks_the_contract_and_is_named() -> None:
    for values in ([{"value": "x"}], [None], ["x"]):
        with pytest.raises(ContractBroken, match=r"'definitionKey'|'value'"):
            read("course_templates", customFieldValues=values)
    with pytest.raises(ContractBroken, match="'name'"):
        read("venues", location={"id": "L1"})


@pytest.fixture
def parents(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction in which the bridge rows that others refer to are there; rolled back."""
    now = sa.func.now()
    with engine.connect() as connection:
        connection.execute(
            sa.insert(acted.tutorial_locations).values(
                id=7, name="Leeds", code="LDS", is_active=True, created_at=now, updated_at=now
            )
        )
        connection.execute(
            sa.insert(adm.locations).values(
                [{"external_id": e, "created_at": now, "updated_at": now} for e in ("L1", "L2")]
            )
        )
        connection.execute(
            sa.insert(adm.pricelevels).values(id=9021, external_id="PL1", name="", last_synced=now)
        )
        connection.execute(
            sa.insert(adm.course_templates).values(
                id=9011, external_id="CT1", custom_fields={}, created_at=now, updated_at=now
            )
        )
        yield connection
        connection.rollback()  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(PLACES), value=json_values)
def test_the_database_takes_every_record_that_was_not_refused(
    parents: sa.Connection, where: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    entity = BY_NAME[where[0]]
    try:
        (record,) = entity.read(spoilt(*where, value), LOOKUPS)
    except ContractBroken:
        return
    if record.obstacle:
        return
    identity = (*record.identity[:-1], f"{record.external_id[:40]} of it")
    stamps = [
        name for name in ("created_at", "updated_at", "last_synced") if name in entity.bridge.c
    ]
    columns = [*entity.identity, *entity.columns, *stamps]
    with parents.begin_nested() as savepoint:
        now = parents.scalar(sa.select(sa.func.now()))
        row = [*identity, *record.values, *(now for _ in stamps)]
        insert_rows(parents, entity.bridge, columns, [row])
        stored = sa.select(*(entity.bridge.c[name] for name in entity.columns)).where(
            entity.bridge.c.external_id == identity[-1]
        )
        assert tuple(parents.execute(stored).one()) == record.values
        savepoint.rollback()
