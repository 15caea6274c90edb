import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

import adm_sync
from adm_sync.sandbox import Options, SandboxServer
from adm_sync.sandbox.faults import KINDS
from adm_sync.sandbox.rewriting import WAYS
from adm_sync.settings import Settings
from adm_sync.tenant import event_page
from adm_sync_tests.sandbox.conftest import Api, Company


def test_health_counts_the_records(api: Api, company: Company) -> None:
    health = api.door("GET", "health").json()
    assert health["status"] == "ok"
    assert health["records"]["Location"] == 2
    assert "Event" not in health["records"]


def test_seeding_answers_with_the_ids(sandbox: SandboxServer, api: Api) -> None:
    response = api.door(
        "POST",
        "seed",
        json={"Location": [{"name": "Leeds"}, {"name": "York"}], "PriceLevel": [{"name": "Full"}]},
    )
    assert response.status_code == 201
    ids = response.json()
    assert [len(ids[name]) for name in ("Location", "PriceLevel")] == [2, 1]
    venue = api.door(
        "POST", "seed", json={"Venue": [{"name": "Hall", "location": ids["Location"][0]}]}
    ).json()["Venue"][0]
    assert sandbox.store.get(venue)["location"] == ids["Location"][0]
    records = api.door("GET", "records/Location").json()
    assert [record["name"] for record in records] == ["Leeds", "York"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"Place": [{}]}',
        b'{"Location": [{}]}',
        b'{"Location": [{"name": "x", "colour": "red"}]}',
        b'{"Location": [1]}',
        b'{"Location": 1}',
    ],
)
def test_wrong_seeds_are_a_400_with_what_is_wrong(api: Api, body: bytes) -> None:
    response = api.door("POST", "seed", content=body)
    assert response.status_code == 400
    assert response.json()["error"]


def test_records_are_changed_and_removed(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    path = f"records/Location/{company.location}"
    changed = api.door("PATCH", path, json={"name": "Renamed"})
    assert changed.json()["name"] == "Renamed"
    assert api.door("PATCH", path, json={"colour": "red"}).status_code == 400
    assert api.door("PATCH", f"records/Venue/{company.location}", json={}).status_code == 404
    assert api.door("DELETE", path).status_code == 204
    assert api.door("DELETE", path).status_code == 404
    assert api.door("GET", "records/Place").status_code == 400
    assert [item["id"] for item in sandbox.store.all("Location")] == [company.other_location]


def test_the_log_is_read_and_cleared(sandbox: SandboxServer, api: Api) -> None:
    api.data("query A { hello }")
    api.data("query B($name: String) { echo(value: $name) }", name="x")
    summary = api.door("GET", "calls").json()
    assert [summary[name] for name in ("requests", "queries", "mutations", "tokens")] == [
        2,
        2,
        0,
        1,
    ]
    assert [call["operation"] for call in summary["calls"]] == ["A", "B"]
    assert summary["calls"][1]["variables"] == {"name": "x"}
    last = api.door("GET", "calls", params={"last": 1}).json()["calls"]
    assert [call["operation"] for call in last] == ["B"]
    assert api.door("GET", "calls", params={"last": "many"}).status_code == 400
    assert api.door("DELETE", "calls").status_code == 204
    assert api.door("GET", "calls").json()["requests"] == 0


def test_faults_are_added_and_cleared_over_http(sandbox: SandboxServer, api: Api) -> None:
    added = api.door(
        "POST", "faults", json={"kind": "status", "match": "query", "times": 2, "code": 429}
    )
    assert added.status_code == 201
    assert added.json() == {
        "kind": "status",
        "match": "query",
        "times": 2,
        "skip": 0,
        "happened": 0,
        "details": {
            "code": 429,
            "retry_after": None,
            "as_date": False,
            "body": "json",
            "executed": False,
        },
    }
    assert api.post("{ hello }").status_code == 429
    assert api.door("GET", "faults").json()[0]["happened"] == 1
    assert api.door("DELETE", "faults").status_code == 204
    assert api.post("{ hello }").status_code == 200
    for wrong in ({"kind": "flood"}, {}, {"kind": "status", "colour": 1}, []):
        assert api.door("POST", "faults", content=json.dumps(wrong)).status_code == 400


def test_graphql_takes_only_posts(sandbox: SandboxServer, api: Api) -> None:
    assert api.http.get(sandbox.api_url).status_code == 405
    assert api.http.get(sandbox.api_url.replace("graphql", "nothing")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "poisoned"},
        {"kind": "poisoned", "title": 5},
        {"kind": "poisoned", "template": "x"},
        {"kind": "commit_late", "seconds": "soon"},
        {"kind": "stored_otherwise", "length": "x"},
        {"kind": "status", "retry_after": "soon", "as_date": True},
    ],
)
def test_a_fault_that_could_not_be_played_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert api.door("POST", "faults", json=wrong).status_code == 400
    assert api.door("GET", "faults").json() == []


def test_every_option_and_fault_is_documented() -> None:
    page = (Path(adm_sync.__file__).parents[1] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`\"?(\w+)\"?`", page))
    assert {*KINDS, *WAYS, *Options().as_dict()} <= named
    assert {name for details in KINDS.values() for name in details} <= named


@pytest.mark.parametrize(
    "wrong",
    [
        {"internal_notes": "some"},
        {"page_cap": "2"},
        {"page_cap": True},
        {"filters_refused": "x"},
        {"clock_ahead": 1e30},
    ],
)
def test_an_option_has_no_senseless_value(
    sandbox: SandboxServer, api: Api, wrong: dict[str, Any]
) -> None:
    before = sandbox.options.as_dict()
    assert api.door("PATCH", "options", json={"latency": 1} | wrong).status_code == 400
    assert sandbox.options.as_dict() == before
    right = {"latency": 0, "most_mutations": None, "filters_refused": []}
    assert api.door("PATCH", "options", json=right).status_code == 200


def test_an_event_has_a_page_at_the_anchor_of_administrates_addresses(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    title = "<b>CB1</b> London 27A"
    event = sandbox.store.add("Event", courseTemplate=company.template, title=title, maxPlaces=14)
    person = sandbox.store.add("Contact", firstName="Agnes", lastName="Tolliver")
    sandbox.store.add("Staff", contact=person, event=event)

    page = httpx.get(f"{sandbox.api_url.removesuffix('/graphql')}/beta").text

    address = event_page(Settings(administrate_instance_url="https://larkfield.example"), event)
    assert f'id="{urlsplit(address or "").fragment}"' in page
    assert "&lt;b&gt;CB1&lt;/b&gt; London 27A" in page
    assert "Agnes Tolliver" in page
