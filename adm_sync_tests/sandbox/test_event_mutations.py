from typing import Any

import pytest

from adm_sync.sandbox import SandboxServer, external_id
from adm_sync_tests.sandbox.conftest import Api, Company

EVENT = """
fragment Whole on Event {
  id title code type learningMode lifecycleState status isActive cancelledAt
  start end timeZonedStart timeZonedEnd classroomStart classroomEnd lmsStart lmsEnd timeZoneName
  minPlaces maxPlaces bookedPlaces remainingPlaces hasPlacesRemaining reserved displayId
  courseTemplate { id } location { id } venue { id } region { name } defaultTaxType { name }
  remoteMeeting { url type } price defaultPrice { id }
  customFieldValues { definitionKey value }
  sessions(first: 100) { edges { node {
    id title start end timeZonedStart lifecycleState location { id } venue { id } event { id } } } }
}
"""

CREATE_BLENDED = (
    """
mutation CreateBlended($input: BlendedEventCreateInput!) {
  event { createBlended(input: $input) { event { ...Whole } errors { label message value } } }
}
"""
    + EVENT
)

CREATE_LMS = (
    """
mutation CreateLms($input: LMSEventCreateInput!) {
  event { createLMS(input: $input) { event { ...Whole } errors { label message value } } }
}
"""
    + EVENT
)

CREATE_CLASSROOM = (
    """
mutation CreateClassroom($input: ClassroomEventCreateInput!) {
  event { createClassroom(input: $input) { event { ...Whole } errors { label message value } } }
}
"""
    + EVENT
)

UPDATE = (
    """
mutation Update($id: ID!, $input: EventUpdateInput!) {
  event { update(eventId: $id, input: $input) { event { ...Whole } errors { label message } } }
}
"""
    + EVENT
)

DELETE = """
mutation Delete($ids: [ID]!) { event { delete(input: {eventIds: $ids}) { errors { message } } } }
"""


def blended(company: Company, **more: Any) -> dict[str, Any]:
    return {
        "courseTemplateId": company.template,
        "title": "Course One, Leeds",
        "eventType": "public",
        "locationId": company.location,
        "venueId": company.venue,
        "taxType": company.tax_type,
        "timeZoneName": "Europe/London",
        "classroomStartDateTime": "2030-06-03T09:00:00",
        "classroomEndDateTime": "2030-06-05T17:00:00",
        "lmsStartDateTime": "2030-05-01T00:00:00",
        "lmsEndDateTime": "2030-12-01T00:00:00",
        "maxPlaces": 20,
        "customFieldValues": [{"definitionKey": company.field, "value": "Spring"}],
    } | more


def create(api: Api, company: Company, **more: Any) -> dict[str, Any]:
    payload = api.data(CREATE_BLENDED, input=blended(company, **more))["event"]["createBlended"]
    assert payload["errors"] == []
    event: dict[str, Any] = payload["event"]
    return event


def test_a_blended_event_answers_with_its_sessions_in_order(api: Api, company: Company) -> None:
    event = create(api, company)
    sessions = [edge["node"] for edge in event.pop("sessions")["edges"]]
    assert event == {
        "id": external_id("Course", 1),
        "title": "Course One, Leeds",
        "code": None,
        "type": "public",
        "learningMode": "blended",
        "lifecycleState": "draft",
        "status": "Draft",
        "isActive": False,
        "cancelledAt": None,
        "start": "2030-06-03T09:00:00",
        "end": "2030-06-05T17:00:00",
        "timeZonedStart": "2030-06-03T08:00:00Z",
        "timeZonedEnd": "2030-06-05T16:00:00Z",
        "classroomStart": "2030-06-03T09:00:00",
        "classroomEnd": "2030-06-05T17:00:00",
        "lmsStart": "2030-05-01T00:00:00",
        "lmsEnd": "2030-12-01T00:00:00",
        "timeZoneName": "Europe/London",
        "minPlaces": None,
        "maxPlaces": 20,
        "bookedPlaces": 0,
        "remainingPlaces": 20,
        "hasPlacesRemaining": True,
        "reserved": 0,
        "displayId": "1",
        "courseTemplate": {"id": company.template},
        "location": {"id": company.location},
        "venue": {"id": company.venue},
        "region": {"name": "North"},
        "defaultTaxType": {"name": "VAT"},
        "remoteMeeting": None,
        "price": None,
        "defaultPrice": None,
        "customFieldValues": [{"definitionKey": company.field, "value": "Spring"}],
    }
    assert [(item["title"], item["start"], item["end"]) for item in sessions] == [
        ("Day 1", "2030-06-03T09:00:00", "2030-06-03T17:00:00"),
        ("Day 2", "2030-06-04T10:00:00", "2030-06-04T15:30:00"),
        ("Day 3", "2030-06-10T09:00:00", "2030-06-10T17:00:00"),
    ]
    assert sessions[0] == {
        "id": external_id("Session", 1),
        "title": "Day 1",
        "start": "2030-06-03T09:00:00",
        "end": "2030-06-03T17:00:00",
        "timeZonedStart": "2030-06-03T08:00:00Z",
        "lifecycleState": "draft",
        "location": {"id": company.location},
        "venue": {"id": company.venue},
        "event": {"id": event["id"]},
    }


def test_nothing_keeps_the_same_event_from_being_created_twice(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    assert create(api, company)["id"] != create(api, company)["id"]
    assert len(sandbox.store.all("Event")) == 2


def test_several_mutations_of_one_document_happen_in_order(api: Api, company: Company) -> None:
    document = """
    mutation Two($input: BlendedEventCreateInput!) { event {
      first: createBlended(input: $input) { event { id } }
      second: createBlended(input: $input) { event { id } } } }
    """
    group = api.data(document, input=blended(company))["event"]
    assert [group[name]["event"]["id"] for name in ("first", "second")] == [
        external_id("Course", 1),
        external_id("Course", 2),
    ]


def test_an_lms_event_has_no_sessions_and_keeps_its_instant(api: Api, company: Company) -> None:
    values = {
        "courseTemplateId": company.template,
        "eventType": "public",
        "timeZonedLmsStart": "2023-01-05T09:00:00-05:00",
        "timeZonedLmsEnd": "2023-02-05T09:00:00-05:00",
        "timeZoneName": "America/New_York",
        "locationId": company.location,
        "taxTypeId": company.tax_type,
    }
    payload = api.data(CREATE_LMS, input=values)["event"]["createLMS"]
    event = payload["event"]
    assert payload["errors"] == []
    assert event["timeZonedStart"] == "2023-01-05T14:00:00Z"
    assert event["start"] == "2023-01-05T09:00:00"
    assert event["learningMode"] == "lms"
    assert event["title"] == "Course One"
    assert event["sessions"]["edges"] == []


def test_a_classroom_event_may_be_published_at_once(api: Api, company: Company) -> None:
    values = {
        "courseTemplateId": company.template,
        "eventType": "private",
        "timeZoneName": "Europe/London",
        "locationId": company.location,
        "lifecycleState": "published",
        "timeZonedClassroomStart": "2030-01-03T09:00:00Z",
        "timeZonedClassroomEnd": "2030-01-03T17:00:00Z",
    }
    event = api.data(CREATE_CLASSROOM, input=values)["event"]["createClassroom"]["event"]
    assert (event["lifecycleState"], event["status"], event["type"]) == (
        "published",
        "Active",
        "private",
    )
    assert len(event["sessions"]["edges"]) == 3
    assert event["venue"] is None


@pytest.mark.parametrize(
    ("more", "label", "message"),
    [
        ({"courseTemplateId": "nothing"}, "courseTemplateId", "no CourseTemplate"),
        ({"courseTemplateId": "draft"}, "courseTemplateId", "published course templates"),
        ({"locationId": "nowhere"}, "locationId", "no Location"),
        ({"venueId": "nowhere"}, "venueId", "no Venue"),
        ({"venueId": "other_venue"}, "venueId", "not at the location"),
        ({"taxType": "none"}, "taxType", "no TaxType"),
        ({"timeZoneName": "Mars/Base"}, "timeZoneName", "Mars/Base"),
        ({"timeZoneName": "../etc"}, "timeZoneName", "etc"),
        ({"classroomStartDateTime": "soon"}, "classroomStartDateTime", "not a date-time"),
        (
            {"classroomStartDateTime": "2030-06-03T09:00:00Z"},
            "classroomStartDateTime",
            "has an offset",
        ),
        (
            {"timeZonedClassroomStart": "2030-06-03T09:00:00"},
            "timeZonedClassroomStart",
            "has no offset",
        ),
        ({"classroomStartDateTime": None}, "classroomStartDateTime", "start is required"),
        ({"classroomEndDateTime": None}, "classroomEndDateTime", "end is required"),
        ({"classroomEndDateTime": "2030-06-03T09:00:00"}, "classroomEnd", "after the start"),
        ({"lmsEndDateTime": "2029-01-01T09:00:00"}, "lmsEnd", "after the start"),
        ({"maxPlaces": -1}, "maxPlaces", "negative"),
        ({"minPlaces": 30}, "minPlaces", "minPlaces"),
        (
            {"customFieldValues": [{"definitionKey": "none", "value": "x"}]},
            "customFieldValues",
            "no custom field",
        ),
    ],
)
def test_what_is_wrong_is_a_payload_error_and_nothing_happens(
    sandbox: SandboxServer,
    api: Api,
    company: Company,
    more: dict[str, Any],
    label: str,
    message: str,
) -> None:
    known = {"draft": company.draft, "other_venue": company.other_venue}
    more = {
        name: known.get(value, value) if isinstance(value, str) else value
        for name, value in more.items()
    }
    payload = api.data(CREATE_BLENDED, input=blended(company, **more))["event"]["createBlended"]
    assert payload["event"] is None
    (error,) = payload["errors"]
    assert error["label"] == label
    assert message in error["message"]
    assert sandbox.store.all("Event") == []
    assert sandbox.store.all("Session") == []


def test_a_required_custom_field_must_have_a_value(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    sandbox.store.update(company.field, isRequired=True)
    payload = api.data(CREATE_BLENDED, input=blended(company, customFieldValues=[]))
    (error,) = payload["event"]["createBlended"]["errors"]
    assert error == {
        "label": "customFieldValues",
        "message": "The custom field Sitting is required",
        "value": company.field,
    }


def test_missing_input_fails_validation(api: Api, company: Company) -> None:
    values = blended(company)
    del values["locationId"]
    assert api.errors(CREATE_BLENDED, input=values)


def update(api: Api, identifier: str, **values: Any) -> dict[str, Any]:
    payload: dict[str, Any] = api.data(UPDATE, id=identifier, input=values)["event"]["update"]
    return payload


def test_publishing_leaves_the_sessions_alone(api: Api, company: Company) -> None:
    event = create(api, company)
    payload = update(api, event["id"], lifecycleState="published")
    assert payload["errors"] == []
    assert payload["event"]["lifecycleState"] == "published"
    states = {edge["node"]["lifecycleState"] for edge in payload["event"]["sessions"]["edges"]}
    assert states == {"draft"}


def test_cancelling_says_when(api: Api, company: Company) -> None:
    event = create(api, company)
    cancelled = update(api, event["id"], lifecycleState="cancelled")["event"]
    assert cancelled["cancelledAt"].endswith("Z")
    assert cancelled["status"] == "Cancelled"
    again = update(api, event["id"], lifecycleState="cancelled")["event"]
    assert again["cancelledAt"] == cancelled["cancelledAt"]
    back = update(api, event["id"], lifecycleState="draft")["event"]
    assert back["cancelledAt"] is None


def test_only_what_is_given_changes(sandbox: SandboxServer, api: Api, company: Company) -> None:
    second = sandbox.store.add("CustomFieldDefinition", entityType="Event", label="Room")
    event = create(api, company)
    changed = update(
        api,
        event["id"],
        title="New title",
        maxPlaces=None,
        locationId=company.other_location,
        venueId=company.other_venue,
        classroomEndDateTime="2030-06-06T17:00:00",
        remoteMeetingUrl="https://example.org/meet",
        remoteMeetingType="zoom",
        remoteMeetingHostContactId=company.instructor,
        customFieldValues=[{"definitionKey": second, "value": "12"}],
    )["event"]
    assert changed["title"] == "New title"
    assert changed["maxPlaces"] is None
    assert changed["remainingPlaces"] is None
    assert changed["location"] == {"id": company.other_location}
    assert changed["venue"] == {"id": company.other_venue}
    assert changed["classroomStart"] == event["classroomStart"]
    assert changed["classroomEnd"] == "2030-06-06T17:00:00"
    assert changed["remoteMeeting"] == {"url": "https://example.org/meet", "type": "zoom"}
    assert changed["customFieldValues"] == [
        {"definitionKey": company.field, "value": "Spring"},
        {"definitionKey": second, "value": "12"},
    ]
    assert update(api, event["id"], venueId=None)["event"]["venue"] is None


@pytest.mark.parametrize(
    "values",
    [
        {"locationId": "nowhere"},
        {"venueId": "nowhere"},
        {"courseTemplateId": "nothing"},
        {"timeZoneName": "Mars"},
        {"classroomEndDateTime": "2001-01-01T00:00:00"},
        {"minPlaces": 100},
        {"customFieldValues": [{"definitionKey": "none", "value": "x"}]},
    ],
)
def test_a_wrong_update_changes_nothing(
    sandbox: SandboxServer, api: Api, company: Company, values: dict[str, Any]
) -> None:
    event = create(api, company)["id"]
    before = sandbox.store.get(event)
    payload = update(api, event, title="New", **values)
    assert payload["event"] is None
    assert payload["errors"]
    assert sandbox.store.get(event) == before
    assert update(api, external_id("Course", 99), title="New")["errors"]


def test_deleting_takes_the_sessions_along(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    events = [create(api, company)["id"] for _ in range(2)]
    sandbox.store.add("Staff", contact=company.instructor, event=events[0])
    unknown = api.data(DELETE, ids=[events[0], "nothing"])["event"]["delete"]["errors"]
    assert len(unknown) == 1
    assert len(sandbox.store.all("Event")) == 2
    assert api.data(DELETE, ids=[events[0], None, events[0]])["event"]["delete"]["errors"] == []
    assert [event["id"] for event in sandbox.store.all("Event")] == [events[1]]
    assert {session["event"] for session in sandbox.store.all("Session")} == {events[1]}
    assert sandbox.store.all("Staff") == []


def test_published_events_can_be_kept_from_being_deleted(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    event = create(api, company, lifecycleState="published")["id"]
    sandbox.options.delete_published_events = False
    assert api.data(DELETE, ids=[event])["event"]["delete"]["errors"] == [
        {"message": "Only draft events can be deleted"}
    ]
    sandbox.options.delete_published_events = True
    assert api.data(DELETE, ids=[event])["event"]["delete"]["errors"] == []


def test_event_prices(api: Api, company: Company) -> None:
    event = create(api, company)["id"]
    document = """
    mutation Price($input: EventAddPricesInput!) {
      event { addPrices(input: $input) { prices { id amount } errors { label message } } } }
    """
    values = {
        "eventId": event,
        "priceLevelId": company.level,
        "financialUnitId": company.currency,
        "amount": "395.00",
    }
    payload = api.data(document, input=values)["event"]["addPrices"]
    assert payload["prices"][0]["amount"] == "395.00"
    for amount in ("a lot", "-1", "NaN"):
        payload = api.data(document, input=values | {"amount": amount})["event"]["addPrices"]
        assert payload["prices"] is None
        assert payload["errors"][0]["label"] == "amount"
    query = """query One($id: ID!) { node(id: $id) { ... on Event {
      price defaultPrice { amount } prices { pageInfo { totalRecords } } } } }"""
    assert api.data(query, id=event)["node"] == {
        "price": "395.00",
        "defaultPrice": {"amount": "395.00"},
        "prices": {"pageInfo": {"totalRecords": 1}},
    }


def test_an_event_is_found_by_title_and_its_sessions_in_order(api: Api, company: Company) -> None:
    event = create(api, company)["id"]
    query = """query Find($title: String!) {
      events(filters: [{field: title, operation: eq, value: $title}], first: 10) { edges { node {
        id courseTemplate { id } sessions(first: 2, orderBy: [{field: start, direction: desc}],
          filters: [{field: lifecycleState, operation: eq, value: "draft"}]) {
          edges { node { title } } pageInfo { totalRecords } } } } } }"""
    (edge,) = api.data(query, title="Course One, Leeds")["events"]["edges"]
    assert edge["node"]["id"] == event
    assert [inner["node"]["title"] for inner in edge["node"]["sessions"]["edges"]] == [
        "Day 3",
        "Day 2",
    ]
    assert edge["node"]["sessions"]["pageInfo"]["totalRecords"] == 3
