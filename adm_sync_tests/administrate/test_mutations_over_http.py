"""Mutations against the sandbox, over real HTTP, with its faults: never twice."""

from typing import Any

import pytest

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.contract import has_mutation
from adm_sync.errors import OutcomeUnknown
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess

CREATE = {"input": {"title": "Fictional Statistics", "code": "FS1"}}
FIRST_PAGE = {"first": 100, "offset": 0}


def client_for(access: AdministrateAccess, **options: Any) -> AdministrateClient:
    return AdministrateClient(access, **{"timeout": 5.0, "draw": lambda: 0.01, **options})


def test_a_revoked_token_does_not_make_a_mutation_happen_twice(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    with client_for(sandbox_access) as client:
        client.query("locations", FIRST_PAGE)
        sandbox.revoke_tokens()
        client.mutate("create_course_template", CREATE)
    assert len(sandbox.store.all("CourseTemplate")) == 1


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_token_address_that_is_out_of_order_for_a_moment_is_not_noticed(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess, code: int
) -> None:
    sandbox.faults.add("status", match="token", code=code, times=2)
    with client_for(sandbox_access) as client:
        client.mutate("create_course_template", CREATE)
    assert sandbox.calls.tokens == 3
    assert len(sandbox.store.all("CourseTemplate")) == 1


@pytest.mark.parametrize(
    ("fault", "details", "stored"),
    [
        ("drop_after", {}, 1),
        ("drop_after", {"reset": True}, 1),
        ("drop_before", {}, 0),
        ("cut_body", {}, 1),
        ("html", {}, 0),
        ("status", {"code": 500, "body": "errors"}, 0),
        ("status", {"code": 502, "executed": True}, 1),
        ("status", {"code": 503}, 0),
        ("status", {"code": 504, "executed": True}, 1),
        ("slow", {"seconds": 30}, 1),
    ],
)
def test_a_mutation_without_an_answer_is_sent_once_and_its_outcome_is_unknown(
    sandbox: SandboxServer,
    sandbox_access: AdministrateAccess,
    fault: str,
    details: dict[str, Any],
    stored: int,
) -> None:
    sandbox.faults.add(fault, match="mutation", **details)
    with client_for(sandbox_access, timeout=0.5) as client, pytest.raises(OutcomeUnknown):
        client.mutate("create_course_template", CREATE)
    assert len([call for call in sandbox.calls if call.kind == "mutation"]) == 1
    assert len(sandbox.store.all("CourseTemplate")) == stored


def test_a_throttled_mutation_is_sent_again_and_happens_once(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.faults.add("status", match="mutation", code=429, retry_after=0, times=3)
    with client_for(sandbox_access) as client:
        client.mutate("create_course_template", CREATE)
    assert len(sandbox.store.all("CourseTemplate")) == 1


def test_payload_errors_come_back_with_the_data(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.faults.add("payload_errors", message="Not like this", keep_object=True)
    with client_for(sandbox_access) as client:
        answer = client.mutate("create_course_template", CREATE)
    assert answer.data is not None
    created = answer.data["courseTemplate"]["create"]
    assert created["courseTemplate"]["id"]
    assert created["errors"][0]["message"] == "Not like this"


@pytest.mark.parametrize("create_mutations", [True, False])
def test_the_schema_says_whether_something_can_be_created(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess, create_mutations: bool
) -> None:
    sandbox.options.create_mutations = create_mutations
    with client_for(sandbox_access) as client:
        assert has_mutation(client, "courseTemplate", "create") is create_mutations
        assert has_mutation(client, "courseTemplate", "update")
        assert not has_mutation(client, "location", "create")
    assert len(sandbox.calls) == 1


def test_a_refused_introspection_means_that_nothing_can_be_created(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.faults.add("errors", match="SchemaQuery", message="Introspection is disabled")
    with client_for(sandbox_access) as client:
        assert not has_mutation(client, "courseTemplate", "create")
