"""User stories 1, 2 and 4 of the specification, scenario by scenario.

Where a scenario ends at a terminal, `test_commands` and `test_prompts` have its last step.
"""

from decimal import Decimal

from adm_sync.database import acted
from adm_sync.reference import creating
from adm_sync.reference.entities import named
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage

PRICES = "course_template_price_levels"


# ---------------------------------------------------------------------- 1: course templates


def test_us1_scenario_1_a_template_is_linked_by_its_code(new_stage: Stage) -> None:
    new_stage.sync_well("custom_fields")
    result = new_stage.sync_well("course_templates")
    row = new_stage.row("course_templates", "CM2")
    assert row["external_id"] == new_stage.administrate["CM2"]
    assert row["tutorial_course_template_id"] == new_stage.tutorial["CM2"]
    assert result.created == 5


def test_us1_scenario_1_a_template_that_was_unlinked_is_linked_later(stage: Stage) -> None:
    assert stage.linked("course_templates", "CB3") is None
    tutorial = stage.add(company.add_row, acted.tutorial_course_templates, code="CB3")
    before = stage.row("course_templates", "CB3")
    assert stage.sync_well("course_templates").updated == 1
    row = stage.row("course_templates", "CB3")
    assert row["tutorial_course_template_id"] == tutorial
    assert (row["id"], row["created_at"]) == (before["id"], before["created_at"])


def test_us1_scenario_2_a_template_without_a_match_can_be_created(stage: Stage) -> None:
    """What the person is then asked is in `test_prompts`."""
    result = stage.sync_well("course_templates")
    (found,) = result.of_kind("unmatched_tutorial")
    assert (found.label, found.tutorial_id) == ("SA1", stage.tutorial["SA1"])
    entity = named("course_templates")
    with stage.engine.connect() as connection:
        (missing,) = creating.missing(connection, entity)
    assert creating.can_create(entity, stage.client)
    assert entity.creation is not None
    assert entity.creation.fields(missing) == {"code": "SA1", "title": "The course SA1"}


def test_us1_scenario_3_a_template_only_administrate_has_is_reported(stage: Stage) -> None:
    result = stage.sync_well("course_templates")
    (found,) = result.of_kind("unmatched_administrate")
    assert (found.label, found.external_id) == ("CB3", stage.administrate["CB3"])
    row = stage.row("course_templates", "CB3")
    assert row["tutorial_course_template_id"] is None


def test_us1_scenario_4_custom_fields_of_a_template_are_brought_up_to_date(stage: Stage) -> None:
    key = stage.administrate["CourseTemplate/Sage code"]
    assert stage.row("course_templates", "CM2")["custom_fields"] == {key: "S-CM2"}
    stage.sandbox.store.update(
        stage.administrate["CM2"], customFieldValues={key: "S-CM2-26", "other": None}
    )
    result = stage.sync_well("course_templates")
    assert result.updated == 1
    row = stage.row("course_templates", "CM2")
    assert row["custom_fields"] == {key: "S-CM2-26", "other": None}
    assert row["tutorial_course_template_id"] == stage.tutorial["CM2"]


# ---------------------------------------------------------------------- 2: reference data


def test_us2_scenario_1_a_location_is_linked_by_its_name(new_stage: Stage) -> None:
    new_stage.sync_well("locations")
    assert new_stage.linked("locations", "London") == new_stage.tutorial["London"]


def test_us2_scenario_2_a_venue_is_linked_by_name_and_location(new_stage: Stage) -> None:
    new_stage.sync_well("locations")
    new_stage.sync_well("venues")
    row = new_stage.row("venues", "Conference Room A, London")
    assert row["tutorial_venue_id"] == new_stage.tutorial["Conference Room A, London"]
    assert row["location_id"] == new_stage.administrate["London"]


def test_us2_scenario_3_an_instructor_is_linked_through_staff_and_user(new_stage: Stage) -> None:
    new_stage.sync_well("instructors")
    assert new_stage.linked("instructors", "Jane Smith") == new_stage.tutorial["Jane Smith"]
    assert new_stage.row("instructors", "Jane Smith")["is_active"] is True


def test_us2_scenario_4_a_location_only_administrate_has_is_reported(stage: Stage) -> None:
    result = stage.sync_well("locations")
    (found,) = result.of_kind("unmatched_administrate")
    assert (found.label, found.external_id) == ("Manchester", stage.administrate["Manchester"])


def test_us2_scenario_5_a_location_without_a_match_is_entered_by_hand(stage: Stage) -> None:
    """Administrate's API has no mutation for it, so the person is told what to enter."""
    result = stage.sync_well("locations")
    (found,) = result.of_kind("unmatched_tutorial")
    assert found.label == "Edinburgh"
    entity = named("locations")
    with stage.engine.connect() as connection:
        (missing,) = creating.missing(connection, entity)
    assert not creating.can_create(entity, stage.client)
    assert creating.instructions(entity, missing)[-1] == "Name: Edinburgh"


def test_us2_scenario_6_price_levels_and_custom_fields_follow_administrate(stage: Stage) -> None:
    store, ids = stage.sandbox.store, stage.administrate
    store.update(ids["Early"], name="Early bird", description=None)
    gold = store.add("PriceLevel", name="Gold", description="For members")
    store.remove(ids["Event/Web sale"])
    store.update(ids["Event/Sitting"], isRequired=True, roles=["instructor"], type="select")
    assert stage.sync_well("price_levels").counts() | {"requests": 0} == {
        "created": 1,
        "updated": 1,
        "unchanged": 2,
        "deleted": 0,
        "retained": 0,
        "skipped": 0,
        "errors": 0,
        "requests": 0,
    }
    assert [row["name"] for row in stage.rows("price_levels")] == [
        "Standard",
        "Early bird",
        "Retaker",
        "Gold",
    ]
    assert stage.row("price_levels", "Early")["description"] is None
    assert stage.rows("price_levels")[-1]["external_id"] == gold
    result = stage.sync_well("custom_fields")
    assert (result.updated, result.deleted, result.unchanged) == (1, 1, 3)
    row = stage.row("custom_fields", "Event/Sitting")
    assert (row["is_required"], row["roles"], row["field_type"]) == (True, ["instructor"], "select")
    assert row["entity_type"] == "Event"


def test_us2_scenario_7_prices_are_linked_through_the_bridge_tables(new_stage: Stage) -> None:
    for name in ("custom_fields", "price_levels", "course_templates"):
        new_stage.sync_well(name)
    assert new_stage.sync_well(PRICES).created == len(company.PRICES)
    for (code, level), amount in company.PRICES.items():
        row = new_stage.row(PRICES, f"{code} {level}")
        assert row["course_template_id"] == new_stage.row("course_templates", code)["id"]
        assert row["price_level_id"] == new_stage.row("price_levels", level)["id"]
        assert row["amount"] == Decimal(amount)


# ---------------------------------------------------------------------- 4: prices


def test_us4_scenario_1_a_price_is_stored_with_its_amount(stage: Stage) -> None:
    row = stage.row(PRICES, "CM2 Standard")
    assert row["amount"] == Decimal("500.00")
    assert row["course_template_id"] == stage.row("course_templates", "CM2")["id"]
    assert row["price_level_id"] == stage.row("price_levels", "Standard")["id"]


def test_us4_scenario_2_a_price_that_changed_is_updated(stage: Stage) -> None:
    before = stage.row(PRICES, "CM2 Standard")
    stage.sandbox.store.update(stage.administrate["CM2 Standard"], amount="525.5")
    result = stage.sync_well(PRICES)
    assert (result.updated, result.unchanged) == (1, 4)
    after = stage.row(PRICES, "CM2 Standard")
    assert after["amount"] == Decimal("525.50")
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])


# ---------------------------------------------------------------------- edge cases


def test_edge_case_a_code_that_two_templates_carry_is_left_to_a_person(new_stage: Stage) -> None:
    """Edge case: several Administrate templates match one code: reported, skipped, the rest goes
    on.
    """
    second = new_stage.sandbox.store.add("CourseTemplate", code="cm2", title="A double")
    new_stage.sync_well("custom_fields")
    result = new_stage.sync_well("course_templates")
    (found,) = result.of_kind("ambiguous")
    for named_there in (second, new_stage.administrate["CM2"], str(new_stage.tutorial["CM2"])):
        assert named_there in found.detail
    assert result.skipped == 2
    rows = {row["external_id"] for row in new_stage.rows("course_templates")}
    assert not {second, new_stage.administrate["CM2"]} & rows
    assert new_stage.linked("course_templates", "CB1") == new_stage.tutorial["CB1"]
    new_stage.sandbox.store.remove(second)
    assert new_stage.sync_well("course_templates").created == 1
    assert new_stage.linked("course_templates", "CM2") == new_stage.tutorial["CM2"]
    assert new_stage.open("course_templates", "ambiguous") == []


def test_edge_case_an_unreachable_api_costs_nothing_and_is_caught_up(stage: Stage) -> None:
    """Edge case: Administrate is unreachable: reported, nothing local modified. SC-004"""
    tutorial, bridges = stage.tutorial_tables(), stage.bridges()
    stage.sandbox.store.update(stage.administrate["CM2 Early"], amount="1.00")
    stage.sandbox.faults.add("drop_before", match="query", times=None)
    result = stage.sync(PRICES)
    assert result.status == "failed"
    assert "the connection to 127.0.0.1 broke" in result.message
    assert (stage.tutorial_tables(), stage.bridges()) == (tutorial, bridges)
    stage.sandbox.faults.clear()
    assert stage.sync_well(PRICES).updated == 1
