"""A server that is behind, or stores something else than it was sent."""

import html
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from adm_sync.sandbox import SandboxServer
from adm_sync_tests.sandbox.conftest import Api, Company
from adm_sync_tests.sandbox.test_event_mutations import (
    CREATE_BLENDED,
    CREATE_CLASSROOM,
    UPDATE,
    blended,
)

TITLE = "CB1 Leeds — \u201cRisk & Return\u201d for Zoë\u2019s  group 27A"
EVENTS = """
query Events($filters: [EventFieldGraphFilter]) { events(filters: $filters) {
  edges { node { id title start } } pageInfo { totalRecords } } }
"""
EVENTS_OF_TEMPLATE = """
query Nested { courseTemplates { edges { node { events { edges { node { id } } } } } } }
"""
NODE = """
query Node($id: ID!) { node(id: $id) { id ... on Event {
  sessions { edges { node { id } } } } } }
"""


def create(api: Api, company: Company, document: str = CREATE_BLENDED, **values: Any) -> Any:
    (payload,) = api.data(document, input=blended(company, **values))["event"].values()
    assert payload["errors"] == []
    return payload["event"]


def listed(api: Api, **condition: Any) -> list[str]:
    found = api.data(EVENTS, filters=[condition] if condition else [])["events"]
    assert found["pageInfo"]["totalRecords"] == len(found["edges"])
    return [edge["node"]["id"] for edge in found["edges"]]


def condition(field: str, operation: str, value: str) -> dict[str, str]:
    return {"field": field, "operation": operation, "value": value}


# ---------------------------------------------------------------------- late


def test_lists_lag_some_seconds_behind_and_a_node_does_not(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    old = create(api, company)["id"]
    sandbox.faults.add("list_late", "createBlended", times=None, seconds=45, nested=False)
    new = create(api, company)["id"]
    node = api.data(NODE, id=new)["node"]
    assert (node["id"], len(node["sessions"]["edges"])) == (new, 3)
    for waited in (0, 20, 20):
        sandbox.age(waited)
        assert listed(api) == [old]
        assert listed(api, **condition("id", "eq", new)) == []
        (template,) = api.data(EVENTS_OF_TEMPLATE)["courseTemplates"]["edges"][:1]
        assert [edge["node"]["id"] for edge in template["node"]["events"]["edges"]] == [old]
    sandbox.age(6)
    assert listed(api) == [old, new]
    assert len(sandbox.store.all("Event")) == 2


def test_lists_lag_by_the_clock(sandbox: SandboxServer, api: Api, company: Company) -> None:
    sandbox.faults.add("list_late", "createBlended", seconds=0.2)
    new = create(api, company)["id"]
    assert listed(api) == []
    time.sleep(0.25)
    assert listed(api) == [new]


@pytest.mark.parametrize("code", [None, 504])
def test_a_mutation_may_be_committed_some_seconds_late(
    sandbox: SandboxServer, api: Api, company: Company, code: int | None
) -> None:
    sandbox.faults.add("commit_late", "createBlended", seconds=60, code=code)
    if code is None:
        with pytest.raises(httpx.RemoteProtocolError):
            create(api, company)
    else:
        assert api.post(CREATE_BLENDED, input=blended(company)).status_code == code
    sandbox.age(59)
    assert listed(api) == []
    sandbox.age(1)
    assert len(listed(api)) == 1
    assert len(sandbox.store.all("Session")) == 3


def test_a_late_commit_comes_by_itself(sandbox: SandboxServer, api: Api, company: Company) -> None:
    sandbox.faults.add("commit_late", "createBlended", seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        create(api, company)
    assert sandbox.store.all("Event") == []
    deadline = time.monotonic() + 5
    while not sandbox.store.all("Event"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_late_commit_may_follow_a_silence(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    sandbox.faults.add("slow", "createBlended", seconds=5)
    sandbox.faults.add("commit_late", "createBlended", seconds=0.4)
    api.http.timeout = 0.2  # type: ignore[assignment]
    with pytest.raises(httpx.ReadTimeout):
        create(api, company)
    assert sandbox.store.all("Event") == []
    time.sleep(0.4)
    assert len(listed(api)) == 1


def test_age_makes_records_older(sandbox: SandboxServer, api: Api, company: Company) -> None:
    created = create(api, company)["id"]
    sandbox.age(3600)
    before = datetime.fromisoformat(sandbox.store.get(created)["createdAt"])
    assert timedelta(minutes=59) < datetime.now(UTC) - before < timedelta(minutes=61)
    young = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    assert listed(api, **condition("createdAt", "ge", young)) == []


@pytest.mark.parametrize("ahead", [0, 900, -900])
def test_its_clock_may_differ(
    sandbox: SandboxServer, api: Api, company: Company, ahead: float
) -> None:
    sandbox.options.clock_ahead = ahead
    response = api.post("{ hello }")
    (said,) = response.headers.get_list("date")
    wanted = datetime.now(UTC) + timedelta(seconds=ahead)
    created = sandbox.store.get(create(api, company)["id"])["createdAt"]
    for moment in (parsedate_to_datetime(said), datetime.fromisoformat(created)):
        assert abs(moment - wanted) < timedelta(seconds=5)


# ---------------------------------------------------------------------- stored otherwise

WAYS: dict[str, Callable[[str], bool]] = {
    "entities": lambda title: title == html.escape(TITLE) and "&amp;" in title,
    "cut": lambda title: title == TITLE[:40],
    "straight_quotes": lambda title: '"Risk & Return" for Zoë\'s' in title,
    "upper": lambda title: title == TITLE.upper(),
    "nfd": lambda title: title == unicodedata.normalize("NFD", TITLE) != TITLE,
    "collapsed": lambda title: title == TITLE.replace("  ", " "),
    "stamped": lambda title: title.startswith(f"{TITLE} 20"),
}


@pytest.mark.parametrize("how", WAYS)
def test_titles_may_be_stored_otherwise(
    sandbox: SandboxServer, api: Api, company: Company, how: str
) -> None:
    sandbox.faults.add("stored_otherwise", times=None, how=how)
    event = create(api, company, title=TITLE)
    assert WAYS[how](event["title"])
    assert sandbox.store.get(event["id"])["title"] == event["title"]
    payload = api.data(UPDATE, id=event["id"], input={"title": TITLE})["event"]["update"]
    assert WAYS[how](payload["event"]["title"])
    sandbox.faults.clear()
    assert create(api, company, title=TITLE)["title"] == TITLE


def test_ways_add_up(sandbox: SandboxServer, api: Api, company: Company) -> None:
    sandbox.faults.add("stored_otherwise", how="upper")
    sandbox.faults.add("stored_otherwise", how="cut", length=3)
    assert create(api, company, title="abcdef")["title"] == "ABC"


def test_a_mark_may_be_lost_or_cut(sandbox: SandboxServer, api: Api, company: Company) -> None:
    sandbox.options.internal_notes = "all"
    label = sandbox.store.add("CustomFieldDefinition", entityType="Event", label="adm_sync")
    values: dict[str, Any] = {
        "internalNotes": "Bring chalk. adm_sync:abc",
        "customFieldValues": [
            {"definitionKey": label, "value": "adm_sync:abc"},
            {"definitionKey": company.field, "value": "27A"},
        ],
    }

    def stored() -> tuple[str | None, dict[str, Any]]:
        event = sandbox.store.get(create(api, company, **values)["id"])
        return event["internalNotes"], event["customFieldValues"]

    both = {label: "adm_sync:abc", company.field: "27A"}
    assert stored() == (values["internalNotes"], both)
    sandbox.faults.add("stored_otherwise", field="internalNotes", how="dropped")
    assert stored() == (None, both)
    sandbox.faults.add("stored_otherwise", field="internalNotes", how="cut", length=12)
    assert stored() == ("Bring chalk.", both)
    sandbox.faults.add("stored_otherwise", field="adm_sync", how="dropped")
    assert stored() == (values["internalNotes"], both | {label: None})
    sandbox.faults.add("stored_otherwise", field="adm_sync", how="cut", length=5)
    assert stored() == (values["internalNotes"], both | {label: "adm_s"})


def test_an_event_may_be_cancelled_as_soon_as_it_is_made(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    sandbox.faults.add("then_cancelled", "createBlended")
    event = sandbox.store.get(create(api, company)["id"])
    assert event["lifecycleState"] == "cancelled"
    assert event["cancelledAt"]


# ---------------------------------------------------------------------- tenants that differ


@pytest.mark.parametrize(
    ("which", "taken"),
    [("none", set()), ("classroom", {"classroom"}), ("all", {"classroom", "blended"})],
)
def test_internal_notes_are_in_some_create_inputs(
    sandbox: SandboxServer, api: Api, company: Company, which: Any, taken: set[str]
) -> None:
    sandbox.options.internal_notes = which
    query = "query Input($name: String!) { __type(name: $name) { inputFields { name } } }"
    for mode, document in (("classroom", CREATE_CLASSROOM), ("blended", CREATE_BLENDED)):
        name = f"{mode.title()}EventCreateInput"
        fields = {item["name"] for item in api.data(query, name=name)["__type"]["inputFields"]}
        assert ("internalNotes" in fields) is (mode in taken)
        given = blended(company, internalNotes="x")
        if mode == "classroom":
            given = {key: value for key, value in given.items() if not key.startswith("lms")}
        answer = api.answer(document, input=given)
        assert ("errors" in answer) is (mode not in taken)


@pytest.mark.parametrize(
    ("field", "value"),
    [("createdAt", "2026-01-01T00:00:00Z"), ("courseTemplateCode", "CB1"), ("start", "2027-01-01")],
)
def test_filters_may_be_refused(
    sandbox: SandboxServer, api: Api, company: Company, field: str, value: str
) -> None:
    sandbox.options.filters_refused = [field]
    refused = condition(field, "ge", value)
    (message,) = api.errors(EVENTS, filters=[condition("title", "eq", "x"), refused])
    assert field in message
    assert api.errors(
        "query Q($f: [EventFieldGraphFilter]) { courseTemplates { edges { node {"
        " events(filters: $f) { edges { node { id } } } } } } }",
        f=[refused],
    )
    assert listed(api, **condition("title", "eq", "x")) == []


# ---------------------------------------------------------------------- a poisoned event


def test_a_poisoned_event_spoils_what_touches_it(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    poisoned, well = (create(api, company, title=title)["id"] for title in ("Poisoned", "Well"))
    fault = sandbox.faults.add("poisoned", times=None, title="Poisoned")

    def status(query: str, **variables: Any) -> int:
        return api.post(query, **variables).status_code

    for spoilt in ("Poisoned", "%poisoned%"):
        assert status(EVENTS, filters=[condition("title", "like", spoilt)]) == 500
    for _ in range(3):
        assert status(EVENTS) == 500
    assert status(NODE, id=poisoned) == 500
    assert status(NODE, id=well) == 200
    assert status(EVENTS, filters=[condition("title", "eq", "Well")]) == 200
    assert fault.happened == 6
    create(api, company, title="Poisoned")
    sandbox.faults.clear()
    assert status(EVENTS) == 200


def test_an_event_may_be_poisoned_before_it_is_there(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    start = "2027-03-01T09:00"
    sandbox.faults.add("poisoned", times=None, template=company.template, start=start, code=502)
    both = [
        condition("courseTemplateId", "eq", company.template),
        condition("start", "eq", f"{start}:00"),
    ]
    assert api.post(EVENTS, filters=both).status_code == 502
    assert api.post(EVENTS, filters=both[:1]).status_code == 200
    create(
        api,
        company,
        title="Another",
        classroomStartDateTime="2027-03-02T09:00:00",
        classroomEndDateTime="2027-03-02T17:00:00",
    )
    assert api.post(EVENTS, filters=both[:1]).status_code == 200
    create(
        api,
        company,
        classroomStartDateTime=f"{start}:00",
        classroomEndDateTime="2027-03-01T17:00:00",
    )
    assert api.post(EVENTS, filters=both[:1]).status_code == 502


def test_poison_may_pass(sandbox: SandboxServer, api: Api, company: Company) -> None:
    create(api, company, title="Poisoned")
    sandbox.faults.add("poisoned", skip=1, times=1, title="Poisoned")
    assert [api.post(EVENTS).status_code for _ in range(3)] == [200, 500, 200]


# ---------------------------------------------------------------------- asked to wait


def test_retry_after_in_seconds_or_as_a_date(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("status", code=429, retry_after=86_400)
    assert api.post("{ hello }").headers["retry-after"] == "86400"
    sandbox.faults.add("status", code=429, retry_after=86_400, as_date=True)
    when = parsedate_to_datetime(api.post("{ hello }").headers["retry-after"])
    assert abs(when - datetime.now(UTC) - timedelta(days=1)) < timedelta(seconds=5)


# ---------------------------------------------------------------------- from outside


def test_options_and_age_over_http(sandbox: SandboxServer, api: Api, company: Company) -> None:
    options = api.door("GET", "options").json()
    assert (options["page_cap"], options["filters_refused"]) == (100, [])
    changed = api.door("PATCH", "options", json={"filters_refused": ["createdAt"], "page_cap": 2})
    assert changed.json() == options | {"filters_refused": ["createdAt"], "page_cap": 2}
    assert sandbox.options.filters_refused == ["createdAt"]
    wrong = api.door("PATCH", "options", json={"colour": 1, "page_cap": 3})
    assert (wrong.status_code, sandbox.options.page_cap) == (400, 2)
    assert "page_cap" in wrong.json()["error"]
    sandbox.faults.add("list_late", seconds=45)
    new = create(api, company)["id"]
    assert listed(api) == []
    assert api.door("POST", "age", json={"seconds": 46}).status_code == 204
    assert listed(api) == [new]
    assert api.door("POST", "age", json={}).status_code in {400, 404}


def test_an_unknown_way_is_named(api: Api) -> None:
    wrong = api.door("POST", "faults", json={"kind": "stored_otherwise", "how": "sideways"})
    assert wrong.status_code == 400
    assert "straight_quotes" in wrong.json()["error"]
