"""The fictional company in the sandbox."""

from decimal import Decimal

import pytest

from adm_sync.demo import fill_store
from adm_sync.demo.company import OFFICE
from adm_sync.demo.planted import only_in_tutorial
from adm_sync.sandbox import Store


@pytest.fixture(scope="module")
def store() -> Store:
    filled = Store()
    fill_store(filled)
    return filled


def test_the_tenant_has_the_size_that_the_demo_promises(store: Store) -> None:
    instructors = [contact for contact in store.all("Contact") if contact["isInstructor"]]
    assert len(store.all("Location")) == 10
    assert len(store.all("Venue")) == 26
    assert len(instructors) == 31
    assert len(store.all("CourseTemplate")) == 80
    assert len(store.all("PriceLevel")) == 3
    assert len(store.all("Contact")) > len(instructors)


def test_it_is_the_same_tenant_every_time(store: Store) -> None:
    again = Store()
    fill_store(again)
    for record_type in store.counts():
        assert again.all(record_type) == store.all(record_type)


def test_the_fields_that_an_import_of_events_needs_are_defined(store: Store) -> None:
    defined = {
        (definition["entityType"], definition["label"])
        for definition in store.all("CustomFieldDefinition")
    }
    needed = ("Sitting", "Finalisation date", "URL", "Web sale", "OCR Moodle Code")
    assert defined >= {("Event", label) for label in needed}
    assert defined >= {("Session", "Day"), ("Session", "URL")}
    assert len({entity_type for entity_type, _ in defined}) > 3


def test_a_blended_template_has_sessions_and_three_prices(store: Store) -> None:
    prices = store.all("CoursePrice")
    blended = [
        template
        for template in store.all("CourseTemplate")
        if template["eventLearningMode"] == "blended"
    ]
    assert blended
    for template in blended:
        own = [price for price in prices if price["courseTemplate"] == template["id"]]
        assert template["sessions"]
        assert len({price["priceLevel"] for price in own}) == len(own) == 3
        assert all(Decimal(price["amount"]) > 0 for price in own)


def test_a_template_without_a_classroom_has_no_sessions(store: Store) -> None:
    online = [
        template
        for template in store.all("CourseTemplate")
        if template["eventLearningMode"] == "lms"
    ]
    assert len(online) == 23
    assert all(not template["sessions"] for template in online)


def test_every_approved_instructor_is_an_instructor(store: Store) -> None:
    approved = {
        person
        for template in store.all("CourseTemplate")
        for person in template["approvedInstructors"]
    }
    assert all(store.get(person)["isInstructor"] for person in approved)


def test_what_only_the_tutorial_side_has_is_not_in_the_tenant(store: Store) -> None:
    codes = {template["code"] for template in store.all("CourseTemplate")}
    names = {location["name"] for location in store.all("Location")}
    assert not codes & only_in_tutorial("course_templates")
    assert not names & only_in_tutorial("locations")


def test_the_office_and_nobody_else_is_an_administrator(store: Store) -> None:
    administrators = {
        f"{one['firstName']} {one['lastName']}" for one in store.all("Contact") if one["isAdmin"]
    }
    assert administrators == {person.name for person in OFFICE}
