from typing import Any

import pytest

from adm_sync.sandbox import SandboxServer, external_id
from adm_sync_tests.sandbox.conftest import Api, Company

LOCATIONS = """
query Filtered($filters: [LocationFieldGraphFilter]) {
  locations(filters: $filters) { edges { node { name } } }
}
"""


@pytest.fixture
def places(sandbox: SandboxServer) -> None:
    for name, code in (("Leeds", "LDS"), ("Leeds North", "LDN"), ("York", None), ("100%", "C")):
        sandbox.store.add("Location", name=name, code=code)


def condition(field: str, operation: str, *value: str | None, **more: Any) -> dict[str, Any]:
    return {"field": field, "operation": operation} | ({"value": value[0]} if value else {}) | more


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (condition("name", "eq", "Leeds"), ["Leeds"]),
        (condition("name", "eq", "leeds"), []),
        (condition("name", "ne", "Leeds"), ["Leeds North", "York", "100%"]),
        (condition("code", "ne", "LDS"), ["Leeds North", "York", "100%"]),
        (condition("name", "gt", "Leeds"), ["Leeds North", "York"]),
        (condition("name", "ge", "Leeds"), ["Leeds", "Leeds North", "York"]),
        (condition("name", "lt", "Leeds"), ["100%"]),
        (condition("name", "le", "Leeds"), ["Leeds", "100%"]),
        (condition("name", "like", "leeds%"), ["Leeds", "Leeds North"]),
        (condition("name", "like", "Leeds"), ["Leeds"]),
        (condition("name", "like", "Y_rk"), ["York"]),
        (condition("name", "like", "(.*"), []),
        (condition("name", "wordlike", "NORTH lee"), ["Leeds North"]),
        (condition("name", "in", values=["York", "Leeds"]), ["Leeds", "York"]),
        (condition("name", "in", values=[]), []),
        (condition("name", "notin", values=["York", "Leeds"]), ["Leeds North", "100%"]),
        (condition("name", "contains", values=["Lee", "Nor"]), ["Leeds North"]),
        (condition("code", "contains", values=["L"]), ["Leeds", "Leeds North"]),
        (condition("code", "isnull"), ["York"]),
        (condition("code", "notnull"), ["Leeds", "Leeds North", "100%"]),
        (condition("id", "eq", external_id("Location", 2)), ["Leeds North"]),
        (condition("id", "gt", external_id("Location", 2)), ["York", "100%"]),
        (condition("id", "le", external_id("Location", 1)), ["Leeds"]),
        (
            [condition("name", "like", "%e%"), condition("name", "like", "%North"), None],
            ["Leeds North"],
        ),
        ([], ["Leeds", "Leeds North", "York", "100%"]),
    ],
)
def test_each_operation_lets_through_what_it_says(api: Api, filters: Any, found: list[str]) -> None:
    data = api.data(LOCATIONS, filters=filters)
    assert [edge["node"]["name"] for edge in data["locations"]["edges"]] == found


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (condition("name", "eq", values=["Leeds"]), "eq needs value and no values"),
        (condition("name", "eq"), "eq needs value"),
        (condition("name", "eq", "Leeds", values=["Leeds"]), "eq needs value and no values"),
        (condition("name", "in", "Leeds"), "in needs values and no value"),
        (condition("name", "contains", "Leeds"), "contains needs values"),
        (condition("name", "isnull", "true"), "isnull needs neither"),
        (condition("name", "notnull", values=[]), "notnull needs neither"),
        (condition("colour", "eq", "red"), "colour"),
        (condition("name", "equals", "red"), "equals"),
    ],
)
def test_a_wrong_filter_fails_the_whole_request(api: Api, filters: Any, message: str) -> None:
    assert any(message in error for error in api.errors(LOCATIONS, filters=filters))


def test_one_wrong_filter_leaves_no_data_of_the_other_fields(api: Api) -> None:
    query = '{hello locations(filters: {field: name, operation: in, value: "x"}) {edges {cursor}}}'
    assert api.errors(query)


def test_a_field_that_the_sandbox_does_not_hold_is_named(sandbox: SandboxServer, api: Api) -> None:
    sandbox.store.add("Contact", firstName="Ada", lastName="Example")
    query = '{contacts(filters: {field: jobRoleId, operation: eq, value: "x"}) {edges {cursor}}}'
    assert api.errors(query) == ["The sandbox does not filter Contact by jobRoleId."]


CONTACTS = """
query People($filters: [ContactFieldGraphFilter]) {
  contacts(filters: $filters) { edges { node { personalName { name } } } }
}
"""


@pytest.fixture
def people(sandbox: SandboxServer) -> None:
    add = sandbox.store.add
    account = add("Account", name="Example Training")
    role = add("StaffRole", name="Marker")
    add(
        "Contact",
        firstName="Ada",
        middleName="May",
        lastName="Example",
        isInstructor=True,
        staffRoles=[role],
    )
    add("Contact", firstName="Alan", lastName="Sample", isAdmin=True, account=account)
    add("Contact", firstName="Grace", lastName="Specimen", emailAddress="grace@example.org")


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (condition("isInstructor", "eq", "true"), ["Ada May Example"]),
        (condition("isInstructor", "ne", "true"), ["Alan Sample", "Grace Specimen"]),
        (condition("isAdmin", "eq", "TRUE"), ["Alan Sample"]),
        (condition("isStaffOrInstructor", "eq", "true"), ["Ada May Example"]),
        (condition("hasLeftCompany", "eq", "true"), []),
        (condition("name", "like", "Ada%Example"), ["Ada May Example"]),
        (condition("accountName", "eq", "Example Training"), ["Alan Sample"]),
        (condition("accountId", "eq", external_id("Organisation", 1)), ["Alan Sample"]),
        (condition("byNameAccountOrEmail", "like", "%example%"), None),
        (condition("staffRoleName", "eq", "Marker"), ["Ada May Example"]),
        (condition("staffRoleName", "ne", "Marker"), ["Alan Sample", "Grace Specimen"]),
        (condition("staffRoleId", "contains", values=[external_id("StaffRole", 1)]), 1),
        (condition("staffRoleName", "isnull"), ["Alan Sample", "Grace Specimen"]),
        (condition("createdAt", "gt", "2001-01-01T00:00:00Z"), None),
        (condition("createdAt", "lt", "2001-01-01"), []),
    ],
)
def test_people_are_found_by_what_they_are(api: Api, filters: Any, found: Any) -> None:
    data = api.data(CONTACTS, filters=filters)
    names = [edge["node"]["personalName"]["name"] for edge in data["contacts"]["edges"]]
    if isinstance(found, list):
        assert names == found
    else:
        assert len(names) == (found or 3)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("field", "value"), [("isInstructor", "yes"), ("createdAt", "yesterday")])
def test_a_value_of_the_wrong_kind_fails_the_request(api: Api, field: str, value: str) -> None:
    assert value in api.errors(CONTACTS, filters=condition(field, "eq", value))[0]


def test_events_and_templates_are_found_by_derived_fields(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    event = sandbox.store.add(
        "Event",
        courseTemplate=company.template,
        title="Spring course",
        location=company.location,
        timeZoneName="Europe/London",
        classroomStart="2030-06-03T08:00:00Z",
        classroomEnd="2030-06-03T16:00:00Z",
        lifecycleState="published",
        maxPlaces=2,
    )
    sandbox.store.add("Learner", event=event, contact=company.client)
    sandbox.store.add("Staff", event=event, contact=company.instructor)
    sandbox.store.add(
        "CoursePrice",
        courseTemplate=company.template,
        financialUnit=company.currency,
        amount="1.00",
    )

    def count(field: str, operation: str, value: str) -> int:
        data = api.data(
            "query E($f: [EventFieldGraphFilter]) {events(filters: $f) {pageInfo {totalRecords}}}",
            f=condition(field, operation, value),
        )
        total: int = data["events"]["pageInfo"]["totalRecords"]
        return total

    for field, operation, value in (
        ("start", "eq", "2030-06-03T09:00:00"),
        ("timeZonedStart", "eq", "2030-06-03T10:00:00+02:00"),
        ("classroomEnd", "gt", "2030-06-03T16:30:00"),
        ("bookedPlaces", "eq", "1"),
        ("remainingPlaces", "ge", "1"),
        ("hasPlacesRemaining", "eq", "true"),
        ("staffContactId", "eq", company.instructor),
        ("courseTemplateCode", "eq", "CB1"),
        ("courseTemplateId", "eq", company.template),
        ("locationName", "eq", "Leeds"),
        ("status", "eq", "Active"),
        ("isActive", "eq", "true"),
        ("type", "eq", "public"),
        ("textSearch", "wordlike", "spring"),
        ("eventOrCourseCodeOrTitle", "eq", "CB1"),
    ):
        assert count(field, operation, value) == 1, field
    assert count("learningMode", "eq", "lms") == 0

    def titles(field: str, value: str) -> list[str]:
        data = api.data(
            "query T($f: [CourseTemplateFieldGraphFilter])"
            " {courseTemplates(filters: $f) {edges {node {title}}}}",
            f=condition(field, "eq", value),
        )
        return [edge["node"]["title"] for edge in data["courseTemplates"]["edges"]]

    assert titles("withNoEvents", "true") == ["Unfinished"]
    assert titles("hasPriceInCurrency", company.currency) == ["Course One"]
    assert titles("lifecycleState", "draft") == ["Unfinished"]
    assert titles("codeOrTitle", "CB2") == ["Unfinished"]
