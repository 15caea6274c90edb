"""Whatever happens on the way to Administrate and back, no row changes and no storm breaks out.

The rows are linked, some of them are referred to by events. Each failure is played twice: from
the first page on, and from the second page on.
"""

import socket
from typing import Any

import pytest

from adm_sync.errors import AccessRefused, RequestRejected, Throttled, Unreachable
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import Listener
from adm_sync_tests.acceptance.stage import Stage, access_to, open_client

# Three pages, each tried until the small budget is used up.
MOST_REQUESTS = 24
MOST_TOKENS = 4

PASSING: dict[str, tuple[str, dict[str, Any]]] = {
    "408": ("status", {"code": 408}),
    "429": ("status", {"code": 429}),
    "429 without JSON": ("status", {"code": 429, "body": "text"}),
    "500": ("status", {"code": 500}),
    "500 with errors": ("status", {"code": 500, "body": "errors"}),
    "502": ("status", {"code": 502, "body": "html"}),
    "503": ("status", {"code": 503}),
    "503 with HTML": ("status", {"code": 503, "body": "html"}),
    "504": ("status", {"code": 504, "body": "text"}),
    "HTML with 200": ("html", {}),
    "closed before the answer": ("drop_before", {}),
    "reset before the answer": ("drop_before", {"reset": True}),
    "closed after the query ran": ("drop_after", {}),
    "cut body": ("cut_body", {}),
    "cut body and reset": ("cut_body", {"reset": True, "share": 0.9}),
}
FOR_GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "400": ("status", {"code": 400}),
    "401": ("status", {"code": 401}),
    "403": ("status", {"code": 403}),
    "404": ("status", {"code": 404}),
    "errors without data": ("errors", {}),
    "errors with null data": ("errors", {"null_data": True}),
}

# A plain list, a connection, one with references to another, and one nested in another.
SHAPES = ("custom_fields", "venues", "course_template_price_levels")


def fails_and_leaves_all(stage: Stage, name: str, *, pages_before: int) -> Exception:
    before, runs = stage.bridges(), len(stage.runs(name))
    result = stage.sync(name)
    assert result.status == "failed"
    assert result.error is not None
    assert stage.bridges() == before
    calls = stage.sandbox.calls
    assert pages_before < calls.requests <= MOST_REQUESTS
    assert calls.mutations == 0
    assert calls.tokens <= MOST_TOKENS
    run = stage.runs(name)[runs]
    assert (run.status, run.message) == ("failed", result.message)
    assert run.requests == calls.requests
    return result.error


def fails_on_both_pages(stage: Stage, name: str, fault: tuple[str, dict[str, Any]]) -> Exception:
    kind, details = fault
    for page in (0, 1) if name != "custom_fields" else (0,):
        stage.sandbox.faults.clear()
        stage.sandbox.faults.add(kind, match="query", times=None, skip=page, **details)
        error = fails_and_leaves_all(stage, name, pages_before=page)
    stage.sandbox.faults.clear()
    assert stage.sync_well(name).unchanged == len(stage.rows(name))
    return error


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("fault", PASSING)
def test_an_outage_changes_nothing_and_the_next_sync_is_well(
    stage: Stage, name: str, fault: str
) -> None:
    """Edge case: the API is unreachable during a sync. Page 2 fails after page 1."""
    error = fails_on_both_pages(stage, name, PASSING[fault])
    assert isinstance(error, Throttled if "429" in fault else Unreachable)
    assert error.transient


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("fault", FOR_GOOD)
def test_a_refusal_changes_nothing_and_is_not_repeated(stage: Stage, name: str, fault: str) -> None:
    error = fails_on_both_pages(stage, name, FOR_GOOD[fault])
    assert isinstance(error, AccessRefused | RequestRejected)
    assert not error.transient


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
def test_no_entity_is_harmed_by_an_outage(stage: Stage, name: str) -> None:
    """SC-004: what is local is preserved, and synced again when Administrate is back."""
    tutorial = stage.tutorial_tables()
    fails_on_both_pages(stage, name, PASSING["503"])
    assert stage.tutorial_tables() == tutorial


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("fault", PASSING)
def test_what_happens_once_is_got_over(stage: Stage, fault: str) -> None:
    kind, details = PASSING[fault]
    before = stage.bridges()
    for page in (0, 1):
        stage.sandbox.faults.add(kind, match="query", skip=page, **details)
        with open_client(access_to(stage.sandbox), retry_budget=30, draw=lambda: 0.01) as patient:
            result = stage.sync_on(patient, "venues")
        assert result.status == "succeeded", result.message
        assert not stage.sandbox.faults.active
    assert stage.bridges() == before
    assert stage.sandbox.calls.mutations == 0


def test_an_answer_that_does_not_come_in_time_is_an_outage(stage: Stage) -> None:
    stage.sandbox.faults.add("slow", match="query", times=None, seconds=60, executed=False)
    with open_client(access_to(stage.sandbox), timeout=0.05) as hasty:
        before = stage.bridges()
        result = stage.sync_on(hasty, "venues")
    assert isinstance(result.error, Unreachable)
    assert "did not answer within" in result.message
    assert stage.bridges() == before


def test_a_server_that_is_not_there_is_an_outage(stage: Stage) -> None:
    """Refused connections: edge case of an unreachable API."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        before = stage.bridges()
        for other in ({"api_url": f"{nobody}/graphql"}, {"auth_url": f"{nobody}/oauth"}):
            with open_client(access_to(stage.sandbox, **other)) as lost:
                result = stage.sync_on(lost, "locations")
            assert isinstance(result.error, Unreachable)
            assert "no connection to 127.0.0.1" in result.message
    assert stage.bridges() == before
    assert stage.sandbox.calls.requests == 0


def test_an_outage_is_found_out_once_and_not_for_each_entity(stage: Stage) -> None:
    stage.sandbox.faults.add("status", match="query", times=None, code=503)
    before = stage.bridges()
    requests = []
    for entity in ENTITIES:
        assert stage.sync(entity.name).status == "failed"
        requests.append(stage.sandbox.calls.requests)
    assert requests[0] > 1
    assert requests[1:] == [1] * (len(ENTITIES) - 1)
    assert stage.bridges() == before


def test_a_token_that_is_revoked_between_two_pages_is_renewed_once(stage: Stage) -> None:
    """401 in the middle of a run."""
    before = stage.bridges()
    tokens = stage.sandbox.calls.tokens
    revoked = []

    def revoke(_done: int, _total: int) -> None:
        if not revoked:
            stage.sandbox.revoke_tokens()
            revoked.append(True)

    result = stage.sync_well("course_templates", listener=Listener(pages=revoke))
    assert revoked
    assert stage.bridges() == before
    assert stage.sandbox.calls.tokens - tokens <= 2
    refused = [call for call in stage.sandbox.calls if not call.authorised]
    assert 1 <= len(refused) <= 2
    assert result.requests == stage.sandbox.calls.requests


def test_credentials_that_are_wrong_stop_at_once(stage: Stage) -> None:
    """401 for good: no storm, and the secret is in no message."""
    before = stage.bridges()
    with open_client(access_to(stage.sandbox, api_secret="not-the-secret")) as wrong:
        for name in ("locations", "venues"):
            result = stage.sync_on(wrong, name)
            assert isinstance(result.error, AccessRefused)
            assert "not-the-secret" not in result.message
    assert stage.sandbox.calls.requests == 0
    assert stage.sandbox.calls.tokens == 1
    assert stage.bridges() == before


def test_a_throttled_request_waits_as_long_as_it_is_told(stage: Stage) -> None:
    """429 with Retry-After."""
    waited: list[float] = []
    stage.sandbox.faults.add("status", match="query", code=429, retry_after=7)
    with open_client(access_to(stage.sandbox), retry_budget=60, sleep=waited.append) as patient:
        stage.sandbox.calls.clear()
        result = stage.sync_on(patient, "price_levels", page_size=100)
    assert result.status == "succeeded", result.message
    assert waited == [pytest.approx(7.0, abs=0.1)]
    assert stage.sandbox.calls.requests == 2
