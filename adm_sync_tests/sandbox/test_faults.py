import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from adm_sync.sandbox import SandboxServer, Store, external_id
from adm_sync_tests.sandbox.conftest import Api, Company
from adm_sync_tests.sandbox.test_event_mutations import CREATE_BLENDED, blended

ACCOUNT = """
mutation AddAccount {
  account { create(input: {name: "New"}) { account { id } errors { message } } } }
"""
LIST = "query Accounts { accounts(first: 100) { edges { node { id name } } } }"


def accounts(sandbox: SandboxServer) -> int:
    return len(sandbox.store.all("Account"))


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize("code", [401, 403, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", ["json", "errors", "html", "text"])
def test_a_status_comes_instead_of_an_answer(
    sandbox: SandboxServer, api: Api, code: int, body: str
) -> None:
    sandbox.faults.add("status", code=code, body=body)
    response = api.post(ACCOUNT)
    assert response.status_code == code
    assert "retry-after" not in response.headers
    kind = {"html": "text/html", "text": "text/plain"}.get(body, "application/json")
    assert response.headers["content-type"].startswith(kind)
    if body == "errors":
        assert response.json()["errors"]
    assert accounts(sandbox) == 0
    assert api.post(ACCOUNT).status_code == 200
    assert accounts(sandbox) == 1


def test_a_429_may_say_when_to_come_back(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("status", code=429, retry_after=3)
    assert api.post("{ hello }").headers["retry-after"] == "3"


def test_a_504_may_hide_that_the_mutation_happened(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("status", code=504, body="html", executed=True)
    assert api.post(ACCOUNT).status_code == 504
    assert accounts(sandbox) == 1


def test_html_with_200(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("html")
    response = api.post("{ hello }")
    assert response.status_code == 200
    assert response.text.startswith("<!DOCTYPE html>")


def test_errors_without_data(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("errors", message="Out of luck")
    assert api.answer(ACCOUNT) == {"errors": [{"message": "Out of luck"}]}
    sandbox.faults.add("errors", null_data=True, executed=True)
    assert api.answer(ACCOUNT)["data"] is None
    assert accounts(sandbox) == 1


def test_errors_beside_a_created_event(sandbox: SandboxServer, api: Api, company: Company) -> None:
    sandbox.faults.add("errors_beside_data", match="createBlended", message="A warning")
    answer = api.answer(CREATE_BLENDED, input=blended(company))
    assert answer["errors"] == [{"message": "A warning"}]
    assert answer["data"]["event"]["createBlended"]["event"]["id"] == external_id("Course", 1)


def test_errors_beside_partial_data(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("errors_beside_data", null="accounts")
    answer = api.answer("{ hello accounts { edges { cursor } } }")
    assert answer["data"] == {"hello": "world", "accounts": None}
    assert answer["errors"][0]["path"] == ["accounts"]
    sandbox.faults.add("errors_beside_data", null="account.create")
    assert api.answer(ACCOUNT)["data"] == {"account": {"create": None}}


def test_payload_errors_without_the_object(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("payload_errors", message="No")
    payload = api.data(ACCOUNT)["account"]["create"]
    assert payload == {"account": None, "errors": [{"message": "No"}]}
    assert accounts(sandbox) == 0


def test_payload_errors_beside_the_object(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("payload_errors", keep_object=True, message="Careful")
    payload = api.data(ACCOUNT)["account"]["create"]
    assert payload["account"] == {"id": external_id("Organisation", 1)}
    assert payload["errors"] == [{"message": "Careful"}]


def test_a_payload_as_a_list(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("payload_list")
    (payload,) = api.data(ACCOUNT)["account"]["create"]
    assert payload["errors"] == []


@pytest.mark.parametrize("executed", [True, False])
def test_a_slow_answer_outlasts_the_clients_patience(
    sandbox: SandboxServer, api: Api, executed: bool
) -> None:
    api.data("{ hello }")
    sandbox.faults.add("slow", seconds=30.0, executed=executed)
    with pytest.raises(httpx.ReadTimeout):
        api.http.post(
            sandbox.api_url,
            json={"query": ACCOUNT},
            headers={"Authorization": f"Bearer {api.token}"},
            timeout=0.3,
        )
    assert accounts(sandbox) == int(executed)


def test_a_request_that_waits_is_forgotten_with_the_rest(sandbox: SandboxServer, api: Api) -> None:
    api.data("{ hello }")
    sandbox.faults.add("slow", seconds=0.2, executed=False)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(api.post, ACCOUNT)
        while sandbox.faults.active:
            threading.Event().wait(0.01)
        sandbox.reset()
        assert isinstance(waiting.exception(), httpx.RemoteProtocolError)
    assert accounts(sandbox) == 0
    assert sandbox.calls.open == 0


@pytest.mark.parametrize("reset", [True, False])
def test_a_connection_dropped_before_or_after_the_mutation(
    sandbox: SandboxServer, api: Api, reset: bool
) -> None:
    sandbox.faults.add("drop_before", reset=reset)
    sandbox.faults.add("drop_after", skip=1, reset=reset)
    expected = httpx.ReadError if reset else httpx.RemoteProtocolError
    with pytest.raises(expected):
        api.post(ACCOUNT)
    assert accounts(sandbox) == 0
    with pytest.raises(expected):
        api.post(ACCOUNT)
    assert accounts(sandbox) == 1
    assert api.data("{ hello }")


@pytest.mark.parametrize("reset", [True, False])
def test_a_body_cut_off_in_the_middle(sandbox: SandboxServer, api: Api, reset: bool) -> None:
    sandbox.faults.add("cut_body", reset=reset)
    with pytest.raises(httpx.ReadError if reset else httpx.RemoteProtocolError):
        api.post(ACCOUNT)
    assert accounts(sandbox) == 1


@pytest.mark.parametrize("code", [None, 504])
def test_a_mutation_may_be_committed_late(
    sandbox: SandboxServer, api: Api, code: int | None
) -> None:
    sandbox.faults.add("commit_late", requests=2, code=code)
    if code is None:
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(ACCOUNT)
    else:
        assert api.post(ACCOUNT).status_code == code
    seen = [len(api.data(LIST)["accounts"]["edges"]) for _ in range(4)]
    assert seen == [0, 0, 1, 1]


def test_a_record_may_be_listed_late(sandbox: SandboxServer, api: Api) -> None:
    sandbox.store.add("Account", name="Old")
    sandbox.faults.add("list_late", requests=2)
    created = api.data(ACCOUNT)["account"]["create"]["account"]["id"]
    node = "query Node($id: ID!) { node(id: $id) { id } }"
    assert api.data(node, id=created)["node"] == {"id": created}
    seen = [len(api.data(LIST)["accounts"]["edges"]) for _ in range(3)]
    assert seen == [1, 2, 2]


def test_nested_records_may_be_listed_late(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    sandbox.faults.add("list_late", requests=1, match="event.createBlended")
    event = api.data(CREATE_BLENDED, input=blended(company))["event"]["createBlended"]["event"]
    query = """query One($id: ID!) { node(id: $id) { ... on Event {
      sessions { pageInfo { totalRecords } } } } }"""
    totals = [
        api.data(query, id=event["id"])["node"]["sessions"]["pageInfo"]["totalRecords"]
        for _ in range(2)
    ]
    assert totals == [0, 3]


PAGE = """
query Page($offset: Int) { locations(first: 2, offset: $offset) {
  edges { node { name } } pageInfo { totalRecords } } }
"""


def names(api: Api, offset: int) -> list[str]:
    edges = api.data(PAGE, offset=offset)["locations"]["edges"]
    return [edge["node"]["name"] for edge in edges]


@pytest.fixture
def letters(sandbox: SandboxServer) -> dict[str, str]:
    return {letter: sandbox.store.add("Location", name=letter) for letter in "ABCD"}


@pytest.mark.parametrize("said", [True, False])
def test_a_record_may_vanish_between_pages(
    sandbox: SandboxServer, api: Api, letters: dict[str, str], said: bool
) -> None:
    details = {"remove": letters["A"]} if said else {}
    sandbox.faults.add("shift", skip=1, **details)
    assert names(api, 0) == ["A", "B"]
    assert names(api, 2) == ["D"]


def test_a_record_may_be_added_between_pages(
    sandbox: SandboxServer, api: Api, letters: dict[str, str]
) -> None:
    fields = {"name": "New", "id": external_id("Location", 0)}
    sandbox.faults.add("shift", skip=1, add={"type": "Location", "fields": fields})
    assert names(api, 0) == ["A", "B"]
    assert names(api, 2) == ["B", "C"]


def test_another_tenant_may_answer(
    sandbox: SandboxServer, api: Api, letters: dict[str, str]
) -> None:
    other = Store()
    other.add("Location", name="Elsewhere")
    sandbox.faults.add("another_tenant", store=other)
    assert names(api, 0) == ["Elsewhere"]
    sandbox.faults.add("another_tenant")
    assert names(api, 0) == ["Other A", "Other B"]
    assert names(api, 0) == ["A", "B"]


def test_a_fault_waits_for_its_operation_and_counts(sandbox: SandboxServer, api: Api) -> None:
    fault = sandbox.faults.add("status", match="Accounts", times=2, skip=1)
    statuses = [api.post(query).status_code for query in ("{ hello }", LIST, LIST, LIST, LIST)]
    assert statuses == [200, 200, 503, 503, 200]
    assert fault.happened == 2
    assert sandbox.faults.active == []


@pytest.mark.parametrize("match", ["account.create", "create", "account", "AddAccount", "mutation"])
def test_a_mutation_is_meant_by_any_of_its_names(
    sandbox: SandboxServer, api: Api, match: str
) -> None:
    sandbox.faults.add("status", match=match)
    assert api.post(LIST).status_code == 200
    assert api.post(ACCOUNT).status_code == 503


def test_a_fault_may_last_for_ever(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("status", match="query", times=None)
    assert {api.post(LIST).status_code for _ in range(5)} == {503}
    assert len(sandbox.faults.active) == 1
    sandbox.faults.clear()
    assert api.post(LIST).status_code == 200


def test_tokens_have_faults_of_their_own(sandbox: SandboxServer, api: Api) -> None:
    sandbox.faults.add("status", match="token", code=500)
    sandbox.faults.add("slow", match="token", skip=1, seconds=0.01)
    sandbox.faults.add("drop_before", match="token", skip=2)
    assert api.get_token().status_code == 500
    assert api.get_token().status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        api.get_token()
    sandbox.faults.add("status")
    assert api.get_token().status_code == 200


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("flood", {}, "no fault 'flood'"),
        ("status", {"colour": "red"}, "no colour"),
        ("payload_list", {"rows": 1}, "its details: none"),
        ("status", {"body": "xml"}, "body is one of"),
        ("status", {"times": 0}, "times must be"),
        ("status", {"skip": -1}, "times must be"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: SandboxServer, kind: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        sandbox.faults.add(kind, **arguments)


def test_latency_delays_each_answer_but_not_one_after_the_other(
    sandbox: SandboxServer, api: Api
) -> None:
    api.data("{ hello }")
    sandbox.options.latency = 0.2
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post("{ hello }").status_code, range(8)))
    assert answers == [200] * 8
    assert time.monotonic() - started >= 0.2
    assert sandbox.calls.most_at_once > 1


def test_the_log_has_every_call_in_order(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    before = time.time()
    api.data(LIST)
    api.data(CREATE_BLENDED, input=blended(company))
    api.errors("{ nothing }")
    first, second, third = sandbox.calls
    assert (first.operation, first.kind, first.root_fields) == ("Accounts", "query", ("accounts",))
    assert second.kind == "mutation"
    assert second.root_fields == ("event.createBlended",)
    assert second.variables["input"]["title"] == "Course One, Leeds"
    assert (third.operation, third.kind, third.root_fields) == (None, "query", ("nothing",))
    assert before <= first.time <= second.time <= time.time()
    calls = sandbox.calls
    assert (len(calls), calls.requests, calls.queries, calls.mutations) == (3, 3, 2, 1)
    assert calls.tokens == 1
    assert calls[-1] == third
    assert calls.named("Accounts") == [first]
    assert calls.named("event.createBlended") == [second]
    calls.clear()
    assert (len(calls), calls.requests, calls.tokens) == (0, 0, 0)


def test_the_log_sees_through_fragments_and_aliases(sandbox: SandboxServer, api: Api) -> None:
    api.post(
        """mutation Two { ...More ... on Mutation { a: account { ...Create } } }
        fragment More on Mutation { account { b: create(input: {name: "B"}) { errors { label } } } }
        fragment Create on AccountMutations { create(input: {name: "A"}) { errors { label } } }
        """
    )
    api.post("{ ...Loop ...Missing } fragment Loop on Query { hello ...Loop }")
    first, second = sandbox.calls
    assert first.root_fields == ("account.create", "account.create")
    assert set(second.root_fields) == {"hello"}


def test_the_log_keeps_the_last_calls_and_counts_all(
    sandbox: SandboxServer, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adm_sync.sandbox.calls.KEPT_CALLS", 3)
    sandbox.calls.clear()
    for number in range(5):
        api.data(f"query Q{number} {{ hello }}")
    assert [call.operation for call in sandbox.calls] == ["Q2", "Q3", "Q4"]
    assert sandbox.calls.requests == 5
