from typing import Any

import pytest

from adm_sync.sandbox import SandboxServer
from adm_sync_tests.sandbox.conftest import Api, Company
from adm_sync_tests.sandbox.test_event_mutations import create

UPDATE = """
mutation Update($id: ID!, $input: SessionUpdateInput!) {
  session { update(sessionId: $id, input: $input) {
    session { title start end timeZonedStart timeZoneName lifecycleState
      location { id } venue { id } customFieldValues { definitionKey value } }
    errors { label message } } } }
"""
ADD_TO_SESSION = """
mutation Add($input: SessionStaffInput!) {
  session { addStaff(input: $input) { session { id staff { edges { node {
    staffType isPrimary contact { id } } } } } errors { label message value } } } }
"""
ADD = """
mutation Add($input: EventStaffInput!) {
  event { addStaff(input: $input) { event { id staff(first: 10) { edges { node {
    id staffType staffRole { name } contact { id } } } } }
    errors { label message value } } } }
"""
ADD_BULK = """
mutation AddBulk($input: [EventStaffInput!]!) {
  event { addStaffBulk(input: $input) { events { id } errors { message } } } }
"""
REMOVE = """
mutation Remove($id: ID!) { event { removeStaff(input: {staffId: $id, notifyStaff: false}) {
  event { id staff { edges { node { id } } } } errors { message } } } }
"""
ALREADY = "The input Contact already exists as staff on the Event"


@pytest.fixture(autouse=True)
def anybody_may_teach(sandbox: SandboxServer) -> None:
    """Who is approved has a test of its own."""
    sandbox.options.approved_instructors_only = False


@pytest.fixture
def event(api: Api, company: Company) -> dict[str, Any]:
    return create(api, company)


def session_ids(event: dict[str, Any]) -> list[str]:
    return [edge["node"]["id"] for edge in event["sessions"]["edges"]]


def session_staff(sandbox: SandboxServer, session: str) -> list[str]:
    return [staff["contact"] for staff in sandbox.store.children("Staff", "session", session)]


def test_a_session_is_updated(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    values = {
        "title": "First day",
        "start": "2030-01-07T10:00:00",
        "timeZonedEnd": "2030-01-07T16:00:00+01:00",
        "locationId": company.other_location,
        "venueId": company.other_venue,
        "lifecycleState": "published",
        "customFieldValues": [{"definitionKey": company.required_field, "value": "12"}],
    }
    payload = api.data(UPDATE, id=session_ids(event)[0], input=values)["session"]["update"]
    assert payload == {
        "session": {
            "title": "First day",
            "start": "2030-01-07T10:00:00",
            "end": "2030-01-07T15:00:00",
            "timeZonedStart": "2030-01-07T10:00:00Z",
            "timeZoneName": "Europe/London",
            "lifecycleState": "published",
            "location": {"id": company.other_location},
            "venue": {"id": company.other_venue},
            "customFieldValues": [{"definitionKey": company.required_field, "value": "12"}],
        },
        "errors": [],
    }
    payload = api.data(UPDATE, id=session_ids(event)[0], input={"venueId": None})
    assert payload["session"]["update"]["session"]["venue"] is None


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ({"start": "later"}, "start"),
        ({"end": "2001-01-01T00:00:00"}, "end"),
        ({"locationId": "nowhere"}, "locationId"),
        ({"venueId": "nowhere"}, "venueId"),
        ({"venueId": "other"}, "venueId"),
        ({"timeZoneName": "Mars"}, "timeZoneName"),
        ({"customFieldValues": [{"definitionKey": "none"}]}, "customFieldValues"),
    ],
)
def test_a_wrong_session_update_changes_nothing(
    sandbox: SandboxServer,
    api: Api,
    company: Company,
    event: dict[str, Any],
    values: dict[str, Any],
    label: str,
) -> None:
    if values.get("venueId") == "other":
        values = {"venueId": company.other_venue}
    session = session_ids(event)[0]
    before = sandbox.store.get(session)
    payload = api.data(UPDATE, id=session, input=values | {"title": "New"})["session"]["update"]
    assert payload["session"] is None
    assert payload["errors"][0]["label"] == label
    assert sandbox.store.get(session) == before


def test_sessions_are_deleted_with_their_staff(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    first, second, third = session_ids(event)
    sandbox.store.add("Staff", contact=company.instructor, session=first)
    document = """mutation Delete($ids: [ID]!) {
      session { delete(input: {sessionIds: $ids}) { errors { message } } } }"""
    assert api.data(document, ids=[first, "none"])["session"]["delete"]["errors"]
    assert len(sandbox.store.all("Session")) == 3
    assert api.data(document, ids=[first, third])["session"]["delete"]["errors"] == []
    assert [item["id"] for item in sandbox.store.all("Session")] == [second]
    assert sandbox.store.all("Staff") == []


def test_event_staff_reaches_the_sessions_too(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    values = {"eventId": event["id"], "contactId": company.instructor, "staffType": "instructor"}
    payload = api.data(ADD, input=values)["event"]["addStaff"]
    assert payload["errors"] == []
    (edge,) = payload["event"]["staff"]["edges"]
    assert edge["node"]["contact"] == {"id": company.instructor}
    assert edge["node"]["staffType"] == "instructor"
    for session in session_ids(event):
        assert session_staff(sandbox, session) == [company.instructor]


def test_adding_somebody_twice_is_refused_in_administrates_words(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    values = {"eventId": event["id"], "contactId": company.instructor}
    api.data(ADD, input=values)
    before = len(sandbox.store.all("Staff"))
    payload = api.data(ADD, input=values)["event"]["addStaff"]
    assert payload["event"] is None
    assert payload["errors"] == [
        {"label": "contactId", "message": ALREADY, "value": company.instructor}
    ]
    assert len(sandbox.store.all("Staff")) == before


@pytest.mark.parametrize(
    ("contact", "staff_type", "message"),
    [
        ("administrator", "instructor", "not an instructor"),
        ("client", "administrator", "not an administrator"),
        ("client", None, "not an instructor"),
        ("administrator", "administrator", None),
    ],
)
def test_staff_must_be_suited(
    api: Api,
    company: Company,
    event: dict[str, Any],
    contact: str,
    staff_type: str | None,
    message: str | None,
) -> None:
    values = {"eventId": event["id"], "contactId": getattr(company, contact)}
    if staff_type:
        values["staffType"] = staff_type
    errors = api.data(ADD, input=values)["event"]["addStaff"]["errors"]
    assert [message in error["message"] for error in errors] == ([True] if message else [])


def test_a_staff_role_must_be_held(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    role = sandbox.store.add("StaffRole", name="Marker")
    values = {"eventId": event["id"], "contactId": company.client, "staffRoleId": role}
    errors = api.data(ADD, input=values)["event"]["addStaff"]["errors"]
    assert "does not hold the staff role" in errors[0]["message"]
    sandbox.store.update(company.client, staffRoles=[role])
    payload = api.data(ADD, input=values)["event"]["addStaff"]
    assert payload["event"]["staff"]["edges"][0]["node"]["staffRole"] == {"name": "Marker"}


def test_instructors_can_be_asked_to_be_approved(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    sandbox.options.approved_instructors_only = True
    values = {"eventId": event["id"], "contactId": company.instructor}
    errors = api.data(ADD, input=values)["event"]["addStaff"]["errors"]
    assert "not an approved instructor" in errors[0]["message"]
    session = event["sessions"]["edges"][0]["node"]["id"]
    to_session = {"sessionId": session, "contactIds": [company.instructor]}
    errors = api.data(ADD_TO_SESSION, input=to_session)["session"]["addStaff"]["errors"]
    assert "not an approved instructor" in errors[0]["message"]
    office = values | {"contactId": company.administrator, "staffType": "administrator"}
    assert api.data(ADD, input=office)["event"]["addStaff"]["errors"] == []
    sandbox.store.update(company.template, approvedInstructors=[company.instructor])
    assert api.data(ADD, input=values)["event"]["addStaff"]["errors"] == []


def test_unknown_events_and_contacts_are_payload_errors(
    api: Api, company: Company, event: dict[str, Any]
) -> None:
    for values in (
        {"eventId": "none", "contactId": company.instructor},
        {"eventId": event["id"], "contactId": "none"},
        {"eventId": event["id"], "contactId": company.instructor, "staffRoleId": "none"},
    ):
        assert api.data(ADD, input=values)["event"]["addStaff"]["errors"]


def test_bulk_staff_is_added_one_by_one(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    instructor = {"eventId": event["id"], "contactId": company.instructor}
    administrator = {
        "eventId": event["id"],
        "contactId": company.administrator,
        "staffType": "administrator",
    }
    payload = api.data(ADD_BULK, input=[instructor, instructor, administrator])
    assert payload["event"]["addStaffBulk"] == {
        "events": [{"id": event["id"]}],
        "errors": [{"message": ALREADY}],
    }
    staff = sandbox.store.children("Staff", "event", event["id"])
    assert [item["contact"] for item in staff] == [company.instructor, company.administrator]
    single = api.data(ADD_BULK, input=administrator)["event"]["addStaffBulk"]
    assert single["errors"] == [{"message": ALREADY}]


def test_session_staff_takes_a_list_of_contacts(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    other = sandbox.store.add("Contact", firstName="Mary", lastName="Example", isInstructor=True)
    session = session_ids(event)[0]
    values = {"sessionId": session, "contactIds": [company.instructor]}
    first = api.data(ADD_TO_SESSION, input=values)["session"]["addStaff"]
    assert first["errors"] == []
    assert first["session"]["staff"]["edges"] == [
        {
            "node": {
                "staffType": "instructor",
                "isPrimary": False,
                "contact": {"id": company.instructor},
            }
        }
    ]
    values["contactIds"] = [company.instructor, other]
    second = api.data(ADD_TO_SESSION, input=values)["session"]["addStaff"]
    assert [error["message"] for error in second["errors"]] == [ALREADY]
    assert session_staff(sandbox, session) == [company.instructor, other]
    assert sandbox.store.children("Staff", "event", event["id"]) == ()


def test_removing_event_staff_removes_them_from_the_sessions(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    values = {"eventId": event["id"], "contactId": company.instructor}
    added = api.data(ADD, input=values)["event"]["addStaff"]["event"]
    staff = added["staff"]["edges"][0]["node"]["id"]
    payload = api.data(REMOVE, id=staff)["event"]["removeStaff"]
    assert payload == {"event": {"id": event["id"], "staff": {"edges": []}}, "errors": []}
    assert sandbox.store.all("Staff") == []
    assert api.data(REMOVE, id=staff)["event"]["removeStaff"]["errors"]


def test_removing_session_staff_leaves_the_event_alone(
    sandbox: SandboxServer, api: Api, company: Company, event: dict[str, Any]
) -> None:
    api.data(ADD, input={"eventId": event["id"], "contactId": company.instructor})
    session = session_ids(event)[1]
    (staff,) = sandbox.store.children("Staff", "session", session)
    payload = api.data(REMOVE, id=staff["id"])["event"]["removeStaff"]
    assert payload["event"]["id"] == event["id"]
    assert len(sandbox.store.all("Staff")) == 3
