"""Rows that must not go, and rows that have to find their place: references, prices, doubles."""

from decimal import Decimal

import pytest

from adm_sync.database import adm
from adm_sync.reference.entities import ENTITIES, named
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import FACTS, Stage

pytestmark = pytest.mark.thorough(all_but_each=3)

PRICES = "course_template_price_levels"
# Each is what an event or a session refers to.
REFERRED = {
    "locations": "London",
    "venues": "Conference Room A, London",
    "instructors": "Jane Smith",
    "course_templates": "CM2",
}


def facts(stage: Stage) -> dict[str, list[str]]:
    tables = stage.bridges()
    return {table.fullname: tables[table.fullname] for table in FACTS}


# ---------------------------------------------------------------------- rows that are referred to


@pytest.mark.parametrize("name", REFERRED)
def test_events_outlive_what_they_refer_to(stage: Stage, name: str) -> None:
    """The old application deleted the events with it: the only record of which event is which."""
    label = REFERRED[name]
    kept, before = facts(stage), stage.bridge(name)
    record = stage.sandbox.store.get(stage.administrate[label])
    stage.sandbox.store.remove(stage.administrate[label])
    for _ in range(2):
        result = stage.sync_well(name)
        assert (result.deleted, result.retained) == (0, 1)
        assert stage.bridge(name) == before
        assert facts(stage) == kept
        (found,) = stage.open(name, "retained")
        assert found.external_id == record["id"]
        assert found.tutorial_id == stage.tutorial[label]
        assert stage.tutorial[label] not in {
            one.tutorial_id for one in stage.open(name, "unmatched_tutorial")
        }


def test_events_outlive_everything_at_once(stage: Stage) -> None:
    kept = facts(stage)
    for label in REFERRED.values():
        stage.sandbox.store.remove(stage.administrate[label])
    results = stage.sync_all()
    assert facts(stage) == kept
    assert {name: results[name].retained for name in REFERRED} == dict.fromkeys(REFERRED, 1)
    # The prices of the template that has gone are gone too, and nothing refers to them.
    assert results[PRICES].deleted == 2


def test_a_record_that_comes_back_finds_its_row(stage: Stage) -> None:
    stage.sandbox.store.remove(stage.administrate["Jane Smith"])
    stage.sync_well("instructors")
    stage.sandbox.store.add(
        "Contact",
        id=stage.administrate["Jane Smith"],
        firstName="Jane",
        lastName="Smith",
        isInstructor=True,
    )
    before = stage.bridge("instructors")
    assert stage.sync_well("instructors").unchanged == 5
    assert stage.bridge("instructors") == before
    assert stage.open("instructors", "retained") == []


def test_a_retained_row_gives_its_link_to_the_record_that_has_taken_its_place(stage: Stage) -> None:
    stage.sandbox.store.remove(stage.administrate["Jane Smith"])
    new = stage.sandbox.store.add("Contact", firstName="Jane", lastName="Smith", isInstructor=True)
    row = stage.row("instructors", "Jane Smith")
    kept = facts(stage)
    result = stage.sync_well("instructors")
    assert stage.links("instructors")[new] == stage.tutorial["Jane Smith"]
    after = stage.row("instructors", "Jane Smith")
    assert after["tutorial_instructor_id"] is None
    assert after["last_synced"] == row["last_synced"], "nobody saw its record"
    assert after["updated_at"] > row["updated_at"]
    assert after["legacy_id"] == row["legacy_id"]
    assert facts(stage) == kept
    assert (result.created, result.retained, result.deleted) == (1, 1, 0)
    assert stage.sync_well("instructors").unchanged == 5


def test_a_row_of_an_unknown_table_keeps_what_it_refers_to(stage: Stage) -> None:
    """The tutorial application may have tables that this project does not know."""
    stage.sandbox.store.remove(stage.administrate["Taff Room, Manchester"])
    stage.sync_well("venues")
    row = stage.row("locations", "Manchester")["id"]
    level = stage.row("price_levels", "Retaker")["id"]
    field = stage.row("custom_fields", "Contact/Town")["id"]
    begin = f"""
        create schema "Odd ""Schema";
        create table "Odd ""Schema"."Its Table" (
            "A Column" bigint references adm.locations (id) on delete cascade,
            level bigint references adm.pricelevels (id) on delete set null,
            field bigint references adm.custom_fields (id));
        insert into "Odd ""Schema"."Its Table" values ({row}, {level}, {field})
    """
    with stage.schema(begin, 'drop schema "Odd ""Schema" cascade'):
        for label in ("Manchester", "Retaker", "Contact/Town"):
            stage.sandbox.store.remove(stage.administrate[label])
        before = stage.bridges()
        for name in ("locations", "price_levels", "custom_fields"):
            result = stage.sync_well(name)
            assert (result.deleted, result.retained) == (0, 1), name
        assert stage.bridges() == before
        assert stage.execute('select * from "Odd ""Schema"."Its Table"') == [(row, level, field)]
    for name in ("locations", "price_levels", "custom_fields"):
        assert stage.sync_well(name).deleted == 1
        assert stage.open(name, "retained") == []


def test_a_reference_over_two_columns_keeps_its_row_and_no_other(stage: Stage) -> None:
    row = stage.row(PRICES, "CM2 Standard")
    begin = f"""
        create table public.orders (template bigint, level bigint, foreign key (template, level)
            references adm.course_template_price_levels (course_template_id, price_level_id));
        insert into public.orders values ({row["course_template_id"]}, {row["price_level_id"]})
    """
    with stage.schema(begin, "drop table public.orders"):
        for label in ("CM2 Standard", "CM2 Early"):
            stage.sandbox.store.remove(stage.administrate[label])
        result = stage.sync_well(PRICES)
    assert (result.deleted, result.retained) == (1, 1)


def test_a_location_goes_once_its_venues_have_gone(stage: Stage) -> None:
    """Rows of the bridge tables refer to each other too; nothing stays that could go."""
    for label in ("Manchester", "Taff Room, Manchester"):
        stage.sandbox.store.remove(stage.administrate[label])
    assert stage.sync_well("locations").retained == 1
    assert stage.sync_well("venues").deleted == 1
    assert stage.sync_well("locations").deleted == 1
    assert stage.open("locations", "retained") == []


# ---------------------------------------------------------------------- prices and their places


def levels(stage: Stage) -> dict[str, tuple[str, Decimal]]:
    """Label of a price -> the level that its row has, and the amount."""
    named_levels = {stage.row("price_levels", label)["id"]: label for label in company.LEVELS}
    rows = {row["external_id"]: row for row in stage.rows(PRICES)}
    return {
        label: (named_levels[rows[key]["price_level_id"]], rows[key]["amount"])
        for label, key in stage.administrate.items()
        if key in rows
    }


def test_two_prices_that_swap_their_levels_keep_their_rows(stage: Stage) -> None:
    ids = stage.administrate
    before = {row["external_id"]: row for row in stage.rows(PRICES)}
    stage.sandbox.store.update(ids["CM2 Standard"], priceLevel=ids["Early"])
    stage.sandbox.store.update(ids["CM2 Early"], priceLevel=ids["Standard"])
    result = stage.sync_well(PRICES)
    assert (result.updated, result.created, result.deleted) == (2, 0, 0)
    assert levels(stage)["CM2 Standard"] == ("Early", Decimal("500.00"))
    assert levels(stage)["CM2 Early"] == ("Standard", Decimal("450.00"))
    for row in stage.rows(PRICES):
        known = before[row["external_id"]]
        assert (row["id"], row["created_at"]) == (known["id"], known["created_at"])
    assert stage.sync_well(PRICES).unchanged == 5


def test_prices_that_move_round_in_a_circle_find_their_places(stage: Stage) -> None:
    ids, store = stage.administrate, stage.sandbox.store
    ids["CM2 Retaker"] = company.add_price(store, ids, "CM2", "Retaker", "375.00")
    stage.sync_well(PRICES)
    for label, level in (("Standard", "Early"), ("Early", "Retaker"), ("Retaker", "Standard")):
        store.update(ids[f"CM2 {label}"], priceLevel=ids[level])
    assert stage.sync_well(PRICES).updated == 3
    assert {label: level for label, (level, _) in levels(stage).items() if "CM2" in label} == {
        "CM2 Standard": "Early",
        "CM2 Early": "Retaker",
        "CM2 Retaker": "Standard",
    }


def test_a_price_takes_the_place_that_another_leaves(stage: Stage) -> None:
    ids, store = stage.administrate, stage.sandbox.store
    store.remove(ids["CM2 Early"])
    store.update(ids["CM2 Standard"], priceLevel=ids["Early"])
    ids["CM2 New"] = company.add_price(store, ids, "CM2", "Standard", "510.00")
    result = stage.sync_well(PRICES)
    assert (result.created, result.updated, result.deleted) == (1, 1, 1)
    assert levels(stage)["CM2 Standard"][0] == "Early"
    assert levels(stage)["CM2 New"] == ("Standard", Decimal("510.00"))


def test_a_price_that_moves_is_still_what_an_unknown_table_refers_to(stage: Stage) -> None:
    """A row that changes its place keeps its id, however it is done."""
    row = stage.row(PRICES, "CM2 Standard")["id"]
    begin = f"""
        create table public.orders (price bigint references adm.course_template_price_levels (id)
            deferrable initially deferred);
        insert into public.orders values ({row})
    """
    with stage.schema(begin, "drop table public.orders"):
        ids = stage.administrate
        stage.sandbox.store.update(ids["CM2 Standard"], priceLevel=ids["Retaker"])
        assert stage.sync_well(PRICES).updated == 1
        assert stage.row(PRICES, "CM2 Standard")["id"] == row
        assert stage.execute("select price from public.orders") == [(row,)]


@pytest.mark.parametrize("on_delete", ["no action", "restrict", "cascade", "set null"])
def test_a_price_that_moves_costs_no_row_of_an_unknown_table(stage: Stage, on_delete: str) -> None:
    """However the unknown table refers to it, at once or at commit."""
    row = stage.row(PRICES, "CM2 Standard")["id"]
    begin = f"""
        create table public.orders (price bigint references adm.course_template_price_levels (id)
            on delete {on_delete});
        insert into public.orders values ({row})
    """
    with stage.schema(begin, "drop table public.orders"):
        ids = stage.administrate
        stage.sandbox.store.update(ids["CM2 Standard"], priceLevel=ids["Retaker"])
        stage.sandbox.store.update(ids["CB1 Standard"], amount="396.00")
        stage.sync_well(PRICES)
        assert stage.execute("select price from public.orders") == [(row,)]
        assert stage.row(PRICES, "CB1 Standard")["amount"] == Decimal("396.00")
        assert levels(stage)["CM2 Standard"][0] == "Retaker"


def test_a_price_cannot_have_the_place_of_a_row_that_must_stay(stage: Stage) -> None:
    """Its record has gone and its successor wants its place: the others are synced all the same."""
    ids, store = stage.administrate, stage.sandbox.store
    row = stage.row(PRICES, "CM2 Standard")
    begin = f"""
        create table public.orders (price bigint references adm.course_template_price_levels (id));
        insert into public.orders values ({row["id"]})
    """
    with stage.schema(begin, "drop table public.orders"):
        store.remove(ids["CM2 Standard"])
        new = company.add_price(store, ids, "CM2", "Standard", "510.00")
        store.update(ids["CB1 Standard"], amount="396.00")
        result = stage.sync_well(PRICES)
        assert stage.row(PRICES, "CM2 Standard") == row
        assert stage.row(PRICES, "CB1 Standard")["amount"] == Decimal("396.00")
        assert (result.created, result.retained, result.skipped) == (0, 1, 1)
        assert new in {one.external_id for one in result.discrepancies}
    result = stage.sync_well(PRICES)
    assert (result.created, result.deleted) == (1, 1)


def test_a_price_cannot_have_the_place_of_a_row_that_cannot_be_written(stage: Stage) -> None:
    ids, store = stage.administrate, stage.sandbox.store
    store.update(ids["CM2 Standard"], amount="5OO.OO")
    new = company.add_price(store, ids, "CM2", "Standard", "510.00")
    store.update(ids["CB1 Standard"], amount="396.00")
    before = stage.row(PRICES, "CM2 Standard")
    result = stage.sync(PRICES)
    assert result.status == "partial"
    after = stage.row(PRICES, "CM2 Standard")
    assert {**after, "last_synced": None} == {**before, "last_synced": None}
    assert stage.row(PRICES, "CB1 Standard")["amount"] == Decimal("396.00")
    assert (result.created, result.skipped, result.errors) == (0, 2, 1)
    assert new in {one.external_id for one in result.discrepancies}


def test_two_prices_of_one_level_on_one_template_have_one_place(stage: Stage) -> None:
    """Another currency or region: the row that stands stays, the other is ambiguous."""
    ids, store = stage.administrate, stage.sandbox.store
    company.add_price(store, ids, "CM2", "Standard", "590.00")
    company.add_price(store, ids, "CB2", "Standard", "1.00")
    company.add_price(store, ids, "CB2", "Standard", "2.00")
    before = stage.row(PRICES, "CM2 Standard")
    result = stage.sync_well(PRICES)
    assert stage.row(PRICES, "CM2 Standard")["amount"] == before["amount"]
    assert (result.created, result.skipped, result.unchanged) == (0, 3, 5)
    assert len(result.of_kind("ambiguous")) == 2


def test_a_price_whose_level_is_not_bridged_waits_for_it(stage: Stage) -> None:
    ids, store = stage.administrate, stage.sandbox.store
    ids["Gold"] = store.add("PriceLevel", name="Gold", description="")
    ids["CM2 Gold"] = company.add_price(store, ids, "CM2", "Gold", "900.00")
    result = stage.sync_well(PRICES)
    assert (result.created, result.skipped, result.errors, result.unchanged) == (0, 1, 0, 5)
    (found,) = result.of_kind("unmatched_administrate")
    assert found.external_id == ids["CM2 Gold"]
    assert "sync price_levels" in found.detail
    stage.sync_well("price_levels")
    assert stage.sync_well(PRICES).created == 1
    assert stage.open(PRICES) == []


def test_more_prices_than_a_page_holds_are_read_to_the_end(stage: Stage) -> None:
    """A template's own list has pages too."""
    ids, store = stage.administrate, stage.sandbox.store
    for number in range(120):
        label = f"L{number}"
        ids[label] = store.add("PriceLevel", name=label, description="")
        ids[f"CP1 {label}"] = company.add_price(store, ids, "CP1", label, f"{number}.25")
    stage.sync_well("price_levels", page_size=100)
    result = stage.sync_well(PRICES, page_size=100)
    assert result.created == 120
    assert result.requests == 2
    assert stage.row(PRICES, "CP1 L119")["amount"] == Decimal("119.25")


# ---------------------------------------------------------------------- doubled rows


def test_doubled_rows_of_custom_fields_become_one_again(stage: Stage) -> None:
    """Nothing in the table forbids them; the oldest stays."""
    before = stage.bridge("custom_fields")
    columns = ", ".join(column.name for column in adm.custom_fields.c if column.name != "id")
    for _ in range(2):
        stage.execute(
            f"insert into adm.custom_fields ({columns}) select {columns} from adm.custom_fields"
            " where label = 'Sitting' limit 1"
        )
    result = stage.sync_well("custom_fields")
    assert (result.deleted, result.unchanged) == (2, 5)
    assert stage.bridge("custom_fields") == before


def test_the_same_key_under_two_entity_types_is_two_fields(stage: Stage) -> None:
    """The key is (entity_type, key)."""
    row = stage.row("custom_fields", "Event/Sitting")
    columns = ", ".join(
        column.name for column in adm.custom_fields.c if column.name not in {"id", "entity_type"}
    )
    stage.execute(
        f"insert into adm.custom_fields (entity_type, {columns})"
        f" select 'Learner', {columns} from adm.custom_fields where id = :id",
        id=row["id"],
    )
    result = stage.sync_well("custom_fields")
    assert result.deleted == 1
    assert stage.row("custom_fields", "Event/Sitting")["id"] == row["id"]


def test_nothing_is_ever_written_to_a_tutorial_table(stage: Stage) -> None:
    """Tutorial records are never written by a sync."""
    before = stage.tutorial_tables()
    for label in (*REFERRED.values(), "Manchester", "CB3", "Event/Sitting"):
        stage.sandbox.store.remove(stage.administrate[label])
    for entity in ENTITIES:
        stage.sync_well(named(entity.name).name)
    assert stage.tutorial_tables() == before
