"""The client and paging against the sandbox, over real HTTP, with its faults."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import Fetched, fetch_connection, fetch_rest
from adm_sync.errors import (
    AccessRefused,
    AdministrateError,
    ContractBroken,
    FetchIncomplete,
    RequestRejected,
    Throttled,
    Unreachable,
)
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess

FIRST_PAGE = {"first": 100, "offset": 0}


def client_for(access: AdministrateAccess, **options: Any) -> AdministrateClient:
    return AdministrateClient(access, **{"timeout": 5.0, "draw": lambda: 0.01, **options})


def fill(sandbox: SandboxServer, count: int) -> list[str]:
    return [sandbox.store.add("Location", name=f"Place {n}", code=f"P{n}") for n in range(count)]


def locations(access: AdministrateAccess, **options: Any) -> Fetched[str]:
    with client_for(access, **options) as client:
        return fetch_connection(
            client,
            "locations",
            "locations",
            lambda node: str(node["name"]),
            page_size=100,
            max_records=10_000,
        )


def test_a_list_of_many_pages_arrives_whole_and_in_order(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.options.latency = 0.05
    fill(sandbox, 730)
    fetched = locations(sandbox_access)
    assert fetched.records == [f"Place {n}" for n in range(730)]
    assert fetched.total == 730
    # Three, where the machine has time: how many pages are asked for together follows the answers.
    assert len(sandbox.calls) < 8
    assert sandbox.calls.tokens == 1
    assert sandbox.calls.most_at_once > 1


def test_a_page_is_capped_in_silence_below_what_was_asked_for(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.options.page_cap = 30
    fill(sandbox, 100)
    assert len(locations(sandbox_access).records) == 100
    assert len(sandbox.calls) == 2


def test_an_empty_tenant_is_an_empty_list(sandbox_access: AdministrateAccess) -> None:
    assert locations(sandbox_access).records == []


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        ("status", {"code": 503}),
        ("status", {"code": 502, "body": "html"}),
        ("status", {"code": 504, "body": "text"}),
        ("status", {"code": 500}),
        ("status", {"code": 500, "body": "errors"}),
        ("status", {"code": 429, "retry_after": 0}),
        ("status", {"code": 429, "body": "html"}),
        ("html", {}),
        ("drop_before", {}),
        ("drop_before", {"reset": True}),
        ("drop_after", {}),
        ("cut_body", {}),
        ("cut_body", {"reset": True}),
    ],
)
def test_a_fault_that_passes_is_not_noticed_by_a_fetch(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess, fault: str, details: dict[str, Any]
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add(fault, skip=1, **details)
    assert len(set(locations(sandbox_access).records)) == 250
    assert len(sandbox.calls) == 3


@pytest.mark.parametrize(
    ("fault", "details", "error"),
    [
        ("errors", {}, RequestRejected),
        ("errors", {"null_data": True}, RequestRejected),
        ("errors_beside_data", {}, RequestRejected),
        ("short_page", {}, FetchIncomplete),
        ("doubled_rows", {}, FetchIncomplete),
        ("wrong_total", {}, FetchIncomplete),
        ("no_page_info", {}, ContractBroken),
        ("no_page_info", {"null": True}, ContractBroken),
        ("null_edges", {}, ContractBroken),
        ("status", {"code": 403}, AccessRefused),
        ("status", {"code": 404}, RequestRejected),
        ("status", {"code": 503}, Unreachable),
        ("status", {"code": 429}, Throttled),
        ("html", {}, Unreachable),
        ("cut_body", {}, Unreachable),
    ],
)
def test_a_fault_on_a_later_page_that_stays_discards_the_whole_list(
    sandbox: SandboxServer,
    sandbox_access: AdministrateAccess,
    fault: str,
    details: dict[str, Any],
    error: type[AdministrateError],
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add(fault, times=None, skip=1, **details)
    with pytest.raises(error):
        locations(sandbox_access, retry_budget=0.1)


def test_a_page_that_comes_empty_once_makes_the_list_be_read_again(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill(sandbox, 150)
    sandbox.faults.add("empty_list", skip=1)
    assert len(locations(sandbox_access).records) == 150
    assert len(sandbox.calls) == 4


def test_a_page_that_says_it_is_the_last_too_early_is_not_believed(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add("no_next_page", times=None)
    assert len(locations(sandbox_access).records) == 250


def test_an_endless_list_of_empty_pages_ends_as_incomplete(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add("endless", times=None)
    with pytest.raises(FetchIncomplete, match="0 of 250 locations arrived"):
        locations(sandbox_access)
    assert len(sandbox.calls) == 2


def test_rows_that_shift_while_paging_make_the_list_be_read_again(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add("shift", skip=1)
    assert locations(sandbox_access).total == 249


def test_rows_that_never_stop_shifting_are_no_evidence(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add("shift", times=None, skip=1)
    with pytest.raises(FetchIncomplete, match="locations"):
        locations(sandbox_access)


def test_ids_that_are_numbers_do_not_make_a_list_incomplete(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fill(sandbox, 250)
    sandbox.faults.add("int_ids", times=None)
    assert locations(sandbox_access).total == 250


def test_tokens_that_expire_are_renewed_in_time(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    now = [0.0]
    with client_for(sandbox_access, clock=lambda: now[0]) as client:
        client.query("locations", FIRST_PAGE)
        now[0] = 3600 * 0.91
        client.query("locations", FIRST_PAGE)
    assert sandbox.calls.tokens == 2
    assert all(call.authorised for call in sandbox.calls)


def test_tokens_revoked_in_the_middle_are_renewed_once_by_all_threads(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    with client_for(sandbox_access) as client, ThreadPoolExecutor(8) as pool:
        client.query("locations", FIRST_PAGE)
        sandbox.revoke_tokens()
        list(pool.map(lambda _: client.query("locations", FIRST_PAGE), range(40)))
    assert sandbox.calls.tokens == 2
    assert sum(not call.authorised for call in sandbox.calls) <= 8


def test_wrong_credentials_end_at_once(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    wrong = sandbox_access.model_copy(update={"api_secret": SecretStr("wrong-secret")})
    with client_for(wrong) as client:
        for _ in range(3):
            with pytest.raises(AccessRefused, match="invalid_client"):
                client.query("locations", FIRST_PAGE)
    assert sandbox.calls.tokens == 1
    assert len(sandbox.calls) == 0


def test_permission_denied_ends_at_once(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.faults.add("status", code=401, times=None)
    with client_for(sandbox_access) as client, pytest.raises(AccessRefused):
        client.query("locations", FIRST_PAGE)
    assert len(sandbox.calls) == 2
    assert sandbox.calls.tokens == 2


def test_custom_fields_of_all_types_cost_one_request(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.store.add("CustomFieldDefinition", entityType="Event", label="Sitting", type="text")
    sandbox.options.entity_types_refused = {"TokenIssue"}
    with client_for(sandbox_access) as client:
        answer = client.query_partial("custom_fields")
        alone = client.query("custom_fields_of_type", {"type": "Event"})
    assert answer.data is not None
    assert answer.data["Event"] == alone["customFieldTemplate"]
    assert answer.data["Session"] == {"customFieldDefinitions": []}
    assert answer.data["TokenIssue"] is None
    assert [fault.path[0] for fault in answer.errors] == ["TokenIssue"]
    assert len(sandbox.calls) == 2


def test_a_template_with_more_prices_than_a_page_is_read_to_its_end(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    template = sandbox.store.add("CourseTemplate", code="FS1", title="Fictional Statistics")
    level = sandbox.store.add("PriceLevel", name="Standard")
    ids = [
        sandbox.store.add("CoursePrice", courseTemplate=template, priceLevel=level, amount="395.00")
        for _ in range(250)
    ]
    with client_for(sandbox_access) as client:
        (node,) = fetch_connection(
            client,
            "course_template_price_levels",
            "courseTemplates",
            dict,
            page_size=100,
            max_records=100,
        ).records
        prices = node["publicPrices"]
        assert len(prices["edges"]) == 100
        rest = fetch_rest(
            client,
            "course_template_prices_rest",
            template,
            "publicPrices",
            lambda price: str(price["id"]),
            received=100,
            total=prices["pageInfo"]["totalRecords"],
            page_size=100,
        )
    assert sorted([edge["node"]["id"] for edge in prices["edges"]] + rest) == sorted(ids)


def test_every_list_document_is_answered(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    place = sandbox.store.add("Location", name="Leeds")
    sandbox.store.add("Venue", name="Hall", location=place)
    sandbox.store.add("Contact", firstName="Ada", lastName="Example", isInstructor=True)
    sandbox.store.add("Contact", firstName="Bob", lastName="Example", isInstructor=False)
    sandbox.store.add("CourseTemplate", code="FS1", title="Fictional Statistics")
    sandbox.store.add("PriceLevel", name="Standard")
    lists = {
        "locations": "locations",
        "venues": "venues",
        "instructors": "contacts",
        "course_templates": "courseTemplates",
        "price_levels": "priceLevels",
    }
    with client_for(sandbox_access) as client:
        for document, connection in lists.items():
            fetched = fetch_connection(
                client, document, connection, dict, page_size=100, max_records=100
            )
            assert fetched.total == 1, document
        found = client.query("find_course_template", {"code": "FS1"})
    assert len(found["courseTemplates"]["edges"]) == 1


def test_connections_are_kept_open(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="httpcore.connection")
    with client_for(sandbox_access) as client:
        for _ in range(5):
            client.query("locations", FIRST_PAGE)
    opened = [r for r in caplog.records if "connect_tcp.started" in r.getMessage()]
    assert len(opened) == 2  # one to the API, one for the token


def test_waiting_is_most_of_a_slow_call(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.options.latency = 0.2
    fill(sandbox, 500)
    with client_for(sandbox_access) as client:
        started = time.monotonic()
        fetch_connection(client, "locations", "locations", dict, page_size=100, max_records=1000)
        wall = time.monotonic() - started
        assert 0.4 <= client.waiting_seconds <= wall
        assert client.requests == 2
