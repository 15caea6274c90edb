"""The functional requirements on the sync, and the success criteria, one by one."""

from dataclasses import replace

import pytest

from adm_sync.database import acted
from adm_sync.database.engine import Database
from adm_sync.reference.entities import ENTITIES, named
from adm_sync.reference.syncer import Syncer
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage

MATCHED = [entity.name for entity in ENTITIES if entity.matched]
ORDER = [
    "custom_fields",
    "price_levels",
    "locations",
    "venues",
    "instructors",
    "course_templates",
    "course_template_price_levels",
]
LABELS = {
    "locations": company.LOCATIONS,
    "venues": tuple(f"{name}, {location}" for name, location in company.VENUES),
    "instructors": company.INSTRUCTORS,
    "course_templates": company.TEMPLATES,
}


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("name", MATCHED)
def test_fr_001_records_are_matched_by_their_own_fields(new_stage: Stage, name: str) -> None:
    """FR-001"""
    new_stage.sync_all()
    for label in LABELS[name]:
        assert new_stage.linked(name, label) == new_stage.tutorial[label]
    assert new_stage.linked(name, company.ALONE_THERE[name]) is None


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("name", MATCHED)
def test_fr_002_bridge_rows_hold_the_external_id_and_the_link(new_stage: Stage, name: str) -> None:
    """FR-002: created once, then updated in place."""
    new_stage.sync_all()
    ids = {row["external_id"]: row["id"] for row in new_stage.rows(name)}
    matched = named(name).matched
    assert matched is not None
    new_stage.execute(f"update {named(name).bridge.fullname} set {matched.link} = null")
    assert new_stage.sync_well(name).updated == len(LABELS[name])
    assert {row["external_id"]: row["id"] for row in new_stage.rows(name)} == ids
    for label in LABELS[name]:
        assert new_stage.linked(name, label) == new_stage.tutorial[label]


@pytest.mark.parametrize("name", MATCHED)
def test_fr_003_unmatched_tutorial_records_are_skipped_and_listed(stage: Stage, name: str) -> None:
    """FR-003: the question at the end is in `test_prompts`."""
    result = stage.sync_well(name)
    (found,) = result.of_kind("unmatched_tutorial")
    assert found.tutorial_id == stage.tutorial[company.ALONE_HERE[name]]
    assert found.tutorial_id not in stage.links(name).values()
    assert stage.sandbox.calls.mutations == 0


@pytest.mark.parametrize("name", MATCHED)
def test_fr_004_unmatched_administrate_records_are_reported(stage: Stage, name: str) -> None:
    """FR-004"""
    result = stage.sync_well(name)
    (found,) = result.of_kind("unmatched_administrate")
    assert found.external_id == stage.administrate[company.ALONE_THERE[name]]
    assert found.label == company.ALONE_THERE[name].partition(",")[0]


def test_fr_006_metadata_follows_administrate(stage: Stage) -> None:
    """FR-006: custom fields, learning mode, legacy ids."""
    store, ids = stage.sandbox.store, stage.administrate
    field = ids["CourseTemplate/Sage code"]
    store.update(ids["CB1"], eventLearningMode="lms", customFieldValues={field: "new"})
    store.update(ids["CB2"], eventLearningMode=None, customFieldValues={})
    stage.sync_well("course_templates")
    row = stage.row("course_templates", "CB1")
    assert (row["event_learning_mode"], row["custom_fields"]) == ("lms", {field: "new"})
    row = stage.row("course_templates", "CB2")
    assert (row["event_learning_mode"], row["custom_fields"]) == (None, {})
    assert stage.row("locations", "London")["legacy_id"] == "1"
    assert stage.row("instructors", "Jane Smith")["legacy_id"] == "1"


def test_fr_007_custom_fields_of_every_entity_type_are_synced(new_stage: Stage) -> None:
    """FR-007"""
    types = new_stage.client.aliases("custom_fields")
    assert len(types) == 19
    for entity_type in types:
        new_stage.sandbox.store.add("CustomFieldDefinition", entityType=entity_type, label="Any")
    result = new_stage.sync_well("custom_fields")
    assert result.created == len(company.FIELDS) + len(types)
    assert {row["entity_type"] for row in new_stage.rows("custom_fields")} == set(types)
    assert result.discrepancies == []


def test_fr_008_price_levels_are_administrates_own(new_stage: Stage) -> None:
    """FR-008"""
    result = new_stage.sync_well("price_levels")
    assert [(row["name"], row["description"]) for row in new_stage.rows("price_levels")] == [
        (level, f"The {level} price") for level in company.LEVELS
    ]
    assert result.discrepancies == []


def test_fr_009_prices_find_both_ends_in_the_bridge_tables(stage: Stage) -> None:
    """FR-009: of a template that is bridged but not linked, too."""
    company.add_price(stage.sandbox.store, stage.administrate, "CB3", "Standard", "99.00")
    assert stage.sync_well("course_template_price_levels").created == 1
    new = stage.rows("course_template_price_levels")[-1]
    assert new["course_template_id"] == stage.row("course_templates", "CB3")["id"]
    assert stage.linked("course_templates", "CB3") is None


def test_fr_017_codes_match_whatever_their_case(new_stage: Stage) -> None:
    """FR-017"""
    new_stage.sandbox.store.update(new_stage.administrate["CM2"], code="cm2")
    new_stage.sync_well("custom_fields")
    new_stage.sync_well("course_templates")
    assert new_stage.linked("course_templates", "CM2") == new_stage.tutorial["CM2"]


def test_fr_018_location_names_match_whatever_their_case(new_stage: Stage) -> None:
    """FR-018"""
    new_stage.sandbox.store.update(new_stage.administrate["London"], name="lONDON")
    new_stage.sync_well("locations")
    assert new_stage.linked("locations", "London") == new_stage.tutorial["London"]


def test_fr_019_venues_match_by_name_within_their_location(new_stage: Stage) -> None:
    """FR-019: two halls in two towns are two halls, and a name in another town is no match."""
    stage = new_stage
    stage.sandbox.store.update(stage.administrate["Hall, London"], name="HALL")
    elsewhere = stage.sandbox.store.add("Venue", name="Barn", location=stage.administrate["Leeds"])
    nowhere = stage.sandbox.store.add("Venue", name="Barn")
    stage.sync_well("locations")
    stage.sync_well("venues")
    for label in ("Hall, London", "Hall, Leeds", "Barn, York"):
        assert stage.linked("venues", label) == stage.tutorial[label]
    links = stage.links("venues")
    assert links[elsewhere] is None
    assert links[nowhere] is None


def test_fr_020_instructors_match_by_both_names(new_stage: Stage) -> None:
    """FR-020: parsed from the contact; `personalName` fills in what the contact leaves out."""
    stage = new_stage
    stage.sandbox.store.update(stage.administrate["Jane Smith"], firstName="jane", lastName="SMITH")
    other = stage.sandbox.store.add(
        "Contact", firstName="Jane", lastName="Example", isInstructor=True
    )
    office = stage.sandbox.store.add("Contact", firstName="Ruth", lastName="Alone")
    stage.sync_well("instructors")
    links = stage.links("instructors")
    assert links[stage.administrate["Jane Smith"]] == stage.tutorial["Jane Smith"]
    assert links[other] is None
    assert office not in links, "only contacts that are instructors"


def test_fr_020_an_instructor_without_staff_has_no_name_and_no_match(stage: Stage) -> None:
    """FR-020: staff_id may be null."""
    nobody = stage.add(company.add_row, acted.tutorial_instructors, staff_id=None)
    result = stage.sync_well("instructors")
    found = {one.tutorial_id: one.label for one in result.of_kind("unmatched_tutorial")}
    assert found[nobody] == "without a name"


def test_fr_022_a_full_sync_runs_in_the_order_of_the_needs(new_stage: Stage) -> None:
    """FR-022: the commands are in `test_commands`."""
    names = [entity.name for entity in ENTITIES]
    assert [name for name in names if name in ORDER] == ORDER
    for entity in ENTITIES:
        for need in entity.needs:
            assert names.index(need.entity) < names.index(entity.name)
    assert all(result.created for result in new_stage.sync_all().values())


def test_fr_022_a_failure_stops_what_comes_after_it(stage: Stage) -> None:
    """FR-022: stop on the first error, unless told to go on."""
    database = Database(stage.engine, stage.url, embedded=False)
    syncer = Syncer(database, stage.client, replace(stage.options, limits=stage.options.limits))
    stage.sandbox.faults.add("status", match="Venues", times=None, code=403)
    for entity in ENTITIES:
        syncer.sync(entity, "run-1", stop_on_error=True)
    statuses = [result.status for result in syncer.results]
    before = [entity.name for entity in ENTITIES].index("venues")
    after = len(ENTITIES) - before - 1
    assert statuses == ["succeeded"] * before + ["failed"] + ["skipped"] * after
    assert "venues did not succeed before it" in syncer.results[-1].message
    going_on = Syncer(database, stage.client, stage.options)
    for entity in ENTITIES:
        going_on.sync(entity, "run-2")
    assert [result.status for result in going_on.results].count("succeeded") == len(ENTITIES) - 1


# ---------------------------------------------------------------------- success criteria


def test_sc_001_every_record_that_matches_is_linked(new_stage: Stage) -> None:
    """SC-001: all of them, 100 % of what matches."""
    results = new_stage.sync_all()
    assert {result.status for result in results.values()} == {"succeeded"}
    for name, labels in LABELS.items():
        linked = {label: new_stage.linked(name, label) for label in labels}
        assert linked == {label: new_stage.tutorial[label] for label in labels}


def test_sc_002_every_record_that_does_not_match_is_reported(new_stage: Stage) -> None:
    """SC-002: 100 % of the unmatched, in both directions, and nobody else."""
    results = new_stage.sync_all()
    for name in MATCHED:
        here = {one.tutorial_id for one in results[name].of_kind("unmatched_tutorial")}
        there = {one.external_id for one in results[name].of_kind("unmatched_administrate")}
        assert here == {new_stage.tutorial[company.ALONE_HERE[name]]}
        assert there == {new_stage.administrate[company.ALONE_THERE[name]]}
        assert len(results[name].discrepancies) == 2
    assert results["custom_fields"].discrepancies == []


def test_sc_004_what_an_outage_left_is_synced_when_it_is_over(new_stage: Stage) -> None:
    """SC-004: tutorial records are preserved and synced when the API recovers."""
    stage = new_stage
    tutorial = stage.tutorial_tables()
    stage.sandbox.faults.add("status", match="query", times=None, code=503)
    assert {stage.sync(entity.name).status for entity in ENTITIES} == {"failed"}
    assert stage.tutorial_tables() == tutorial
    assert not any(stage.bridges().values())
    stage.sandbox.faults.clear()
    assert all(result.created for result in stage.sync_all().values())
    assert stage.tutorial_tables() == tutorial
