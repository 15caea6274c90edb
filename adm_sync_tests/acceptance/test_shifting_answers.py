"""Lists that move while they are read, and answers that come from somebody else's tenant."""

from dataclasses import replace

import pytest

from adm_sync.database import acted
from adm_sync.errors import FetchIncomplete, WrongInstance
from adm_sync.reference.entities import ENTITIES
from adm_sync.sandbox import Store
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.playing import believes_nothing, changes_nothing, play
from adm_sync_tests.acceptance.stage import Stage

PRICES = "course_template_price_levels"


# ---------------------------------------------------------------------- shifting


def test_one_gone_and_one_new_between_two_pages_costs_no_third_its_link(
    stage: Stage,
) -> None:
    """Rows are addressed by position: CB2 slips through between the pages, the total is right."""
    gone = {"remove": stage.administrate["CM2"]}
    new = {"add": {"type": "CourseTemplate", "fields": {"code": "CS1", "title": "New"}}}
    for details in (gone, new):
        stage.sandbox.faults.add("shift", match="query", skip=1, **details)
    result = changes_nothing(stage, "course_templates")
    assert isinstance(result.error, FetchIncomplete)
    assert "asked again" in result.message
    links = stage.links("course_templates")
    stage.sync_well("course_templates")
    after = stage.links("course_templates")
    assert {key: after[key] for key in links} == links  # CM2 is referred to by an event: retained
    assert len(after) == len(links) + 1


def test_a_template_that_slips_through_costs_none_of_its_prices(stage: Stage) -> None:
    company.add_price(stage.sandbox.store, stage.administrate, "CB2", "Standard", "410.00")
    stage.sync_well(PRICES)
    new = {"add": {"type": "CourseTemplate", "fields": {"code": "CS1", "title": "New"}}}
    stage.sandbox.faults.add("shift", match="query", skip=1, remove=stage.administrate["CM2"])
    stage.sandbox.faults.add("shift", match="query", skip=1, **new)
    result = changes_nothing(stage, PRICES)
    assert isinstance(result.error, FetchIncomplete)


@pytest.mark.parametrize("name", ["locations", "venues", "instructors", "course_templates"])
def test_a_record_that_goes_while_pages_are_read_takes_no_other_with_it(
    stage: Stage, name: str
) -> None:
    links = stage.links(name)
    alone = stage.administrate[company.ALONE_THERE[name]]
    stage.sandbox.faults.add("shift", match="query", skip=1, remove=alone)
    stage.sync_well(name)
    left = stage.links(name)
    assert {**left, alone: None} == links


def test_a_record_that_comes_while_pages_are_read_does_no_harm(stage: Stage) -> None:
    name = "course_templates"
    links = stage.links(name)
    new = {"type": "CourseTemplate", "fields": {"code": "CS1", "title": "New"}}
    stage.sandbox.faults.add("shift", match="query", skip=1, add=new)
    stage.sync_well(name)
    after = stage.links(name)
    assert {key: after[key] for key in links} == links
    assert len(after) == len(links) + 1


def test_a_price_that_moves_while_prices_are_read_is_no_evidence(stage: Stage) -> None:
    """One page holds the price under its old template, a later one under its new."""
    price = stage.administrate["CM2 Early"]
    stage.sandbox.faults.add(
        "field_value",
        match="query",
        times=None,
        field="publicPrices",
        rows=1,
        name="id",
        value=price,
    )
    result = changes_nothing(stage, PRICES)
    assert isinstance(result.error, FetchIncomplete)
    assert "arrived twice" in result.message


# ---------------------------------------------------------------------- another tenant


@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
def test_a_tenant_of_another_address_is_refused_before_any_request(stage: Stage, name: str) -> None:
    """Wrong URL: the known instance differs."""
    before = stage.bridges()
    result = stage.sync(name, instance="https://another.administrateapp.example")
    assert isinstance(result.error, WrongInstance)
    assert stage.options.instance in result.message
    assert "https://another.administrateapp.example" in result.message
    assert stage.sandbox.calls.requests == 0
    assert stage.bridges() == before


def another_tenant(*, same_ids: bool) -> Store:
    """A tenant with as many records of each type, all of them called otherwise."""
    store = Store()
    kinds = ("Location", "Venue", "Contact", "CourseTemplate", "PriceLevel")
    if not same_ids:
        for _ in range(2):
            company.fill_administrate(store)
        for kind in company.KINDS.values():
            records = store.all(kind)
            for record in records[: len(records) // 2]:
                store.remove(record["id"])
    else:
        company.fill_administrate(store)
    for kind in kinds:
        for record in store.all(kind):
            names = {"name", "code", "firstName"} & record.keys()
            store.update(record["id"], **{name: f"Other {record[name]}" for name in names})
    return store


@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
def test_data_of_a_tenant_with_other_ids_is_held(stage: Stage, name: str) -> None:
    """A sandbox behind the right address: not one known record is among its records."""
    stage.options = replace(stage.options, page_size=100)
    play(stage, ("another_tenant", {"store": another_tenant(same_ids=False)}))
    result = believes_nothing(stage, name)
    assert result.status == "held"
    assert "another tenant" in result.message


@pytest.mark.parametrize("name", ["locations", "venues", "instructors", "course_templates"])
def test_data_of_a_tenant_with_the_same_ids_and_other_names_moves_no_link(
    stage: Stage, name: str
) -> None:
    """Ids are small numbers, so another tenant may well have the same ones."""
    play(stage, ("another_tenant", {"store": another_tenant(same_ids=True)}))
    links = stage.links(name)
    result = stage.sync(name)
    assert stage.links(name) == links
    assert len(result.of_kind("drifted")) == 4
    stage.sandbox.faults.clear()
    stage.sync_well(name)
    assert stage.links(name) == links
    assert stage.open(name, "drifted") == []


def test_all_names_different_is_held_where_there_are_five_of_them(stage: Stage) -> None:
    label = stage.add(company.add_row, acted.tutorial_locations, name="Manchester")
    stage.sync_well("locations")
    assert stage.linked("locations", "Manchester") == label
    play(stage, ("another_tenant", {"store": another_tenant(same_ids=True)}))
    result = believes_nothing(stage, "locations")
    assert result.status == "held"
    assert "another tenant" in result.message
