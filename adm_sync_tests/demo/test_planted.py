"""The two sides differ where it says so, and nowhere else."""

from collections import Counter

import pytest

from adm_sync.demo import PLANTED, company, fill_store
from adm_sync.demo.planted import SPELT_OTHERWISE
from adm_sync.names.keys import normalise
from adm_sync.sandbox import Store

MATCHED = ("locations", "venues", "instructors", "course_templates")


def planted(entity: str, kind: str) -> set[str]:
    return {each.label for each in PLANTED if (each.entity, each.kind) == (entity, kind)}


def tutorial_labels(entity: str) -> list[str]:
    if entity == "locations":
        return [location.name for location in company.LOCATIONS]
    if entity == "venues":
        return [venue.name for venue in company.VENUES]
    if entity == "instructors":
        return [person.name for person in company.INSTRUCTORS if person.is_active]
    return [template.code for template in company.COURSE_TEMPLATES]


def administrate_labels(store: Store, entity: str) -> list[str]:
    if entity == "course_templates":
        return [template["code"] for template in store.all("CourseTemplate")]
    if entity == "instructors":
        contacts = [contact for contact in store.all("Contact") if contact["isInstructor"]]
        return [f"{contact['firstName']} {contact['lastName']}" for contact in contacts]
    record_type = {"locations": "Location", "venues": "Venue"}[entity]
    return [record["name"] for record in store.all(record_type)]


@pytest.fixture(scope="module")
def store() -> Store:
    filled = Store()
    fill_store(filled)
    return filled


@pytest.mark.parametrize("entity", MATCHED)
def test_the_sides_differ_exactly_where_it_was_planted(store: Store, entity: str) -> None:
    here = {normalise(label): label for label in tutorial_labels(entity)}
    there = {normalise(label): label for label in administrate_labels(store, entity)}
    only_here = {here[key] for key in here.keys() - there.keys()}
    only_there = {there[key] for key in there.keys() - here.keys()}
    assert only_here == planted(entity, "unmatched_tutorial")
    assert only_there == planted(entity, "unmatched_administrate")


@pytest.mark.parametrize("entity", MATCHED)
def test_two_records_of_one_name_stand_only_where_it_was_planted(store: Store, entity: str) -> None:
    keys = Counter(normalise(label) for label in administrate_labels(store, entity))
    doubled = {key for key, times in keys.items() if times > 1}
    # A venue is matched within its location, and this name stands in two towns.
    expected = planted(entity, "ambiguous") | ({"Quayside House"} if entity == "venues" else set())
    assert doubled == {normalise(label) for label in expected}


@pytest.mark.parametrize("entity", MATCHED)
def test_an_odd_spelling_is_another_text_with_the_same_key(store: Store, entity: str) -> None:
    labels = administrate_labels(store, entity)
    for here, there in SPELT_OTHERWISE[entity].items():
        assert here in tutorial_labels(entity)
        assert here not in labels
        assert there in labels
        assert normalise(here) == normalise(there)
