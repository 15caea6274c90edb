"""Adding to the approved instructors of a course template, with others at it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.errors import FetchIncomplete
from adm_sync.push.approving import (
    ApprovalRefused,
    Approver,
    NotApprovedYet,
    read_approved,
    read_list,
)
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess


@pytest.fixture
def client(sandbox_access: AdministrateAccess) -> Iterator[AdministrateClient]:
    with AdministrateClient(sandbox_access, draw=lambda: 0.01) as client:
        yield client


def tenant(sandbox: SandboxServer, approved: int) -> tuple[str, list[str]]:
    """A template with so many approved, and ids of contacts: those, and two more."""
    add = sandbox.store.add
    people = [
        add("Contact", firstName="Ada", lastName=f"Example {n}", isInstructor=True)
        for n in range(approved + 2)
    ]
    code = {"code": "CB1", "title": "CB1", "eventLearningMode": "blended"}
    return add("CourseTemplate", approvedInstructors=people[:approved], **code), people


@pytest.mark.parametrize("approved", [0, 1, 100, 230])
def test_whoever_was_approved_stays_approved(
    engine: sa.Engine, sandbox: SandboxServer, client: AdministrateClient, approved: int
) -> None:
    template, people = tenant(sandbox, approved)
    approver = Approver(engine, client)
    assert approver.approve(template, people[approved:]) == people[approved:]
    assert sandbox.store.get(template)["approvedInstructors"] == people
    assert approver.approve(template, people) == []


@pytest.mark.parametrize("times", [1, 99])
def test_a_list_that_somebody_else_replaces_is_added_to_again(
    engine: sa.Engine,
    sandbox: SandboxServer,
    client: AdministrateClient,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    template, (ours, theirs) = tenant(sandbox, 0)
    mutate, left = client.mutate, [times]

    def then_theirs(document: str, variables: Mapping[str, Any], **how: Any) -> Any:
        answer = mutate(document, variables, **how)
        if left[0]:
            left[0] -= 1
            sandbox.store.update(template, approvedInstructors=[theirs])
        return answer

    monkeypatch.setattr(client, "mutate", then_theirs)
    approver = Approver(engine, client)
    if times > 1:
        with pytest.raises(NotApprovedYet, match="Somebody else may be"):
            approver.approve(template, [ours])
    else:
        approver.approve(template, [ours])
        assert sandbox.store.get(template)["approvedInstructors"] == [theirs, ours]


@pytest.mark.parametrize("approved", [0, 3, 230])
def test_the_lists_of_all_templates_are_read_whole(
    sandbox: SandboxServer, client: AdministrateClient, approved: int
) -> None:
    template, people = tenant(sandbox, approved)
    known = read_approved(client, [template, "Q291cnNlVGVtcGxhdGU6OTk="], 1000)
    assert known == {template: frozenset(people[:approved])}


def test_a_plain_list_instead_of_pages_is_read_too(
    client: AdministrateClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = [{"id": "P1"}, {"id": "P2"}]
    page = {
        "pageInfo": {"hasNextPage": False, "totalRecords": 1},
        "edges": [{"node": {"id": "T1", "approvedInstructors": listed}}],
    }
    answers = {
        "approved_instructors": {"node": {"id": "T1", "approvedInstructors": listed}},
        "approved_of_templates": {"courseTemplates": page},
    }
    monkeypatch.setattr(client, "query", lambda document, *_, **__: answers[document])
    assert read_list(client, "T1") == ["P1", "P2"]
    assert read_approved(client, ["T1"], 100) == {"T1": {"P1", "P2"}}


def test_a_list_that_does_not_arrive_whole_is_never_written_back(
    engine: sa.Engine, sandbox: SandboxServer, client: AdministrateClient
) -> None:
    template, people = tenant(sandbox, 3)
    sandbox.faults.add("short_page", field="approvedInstructors", rows=1, times=None)
    with pytest.raises(FetchIncomplete):
        Approver(engine, client).approve(template, people)
    assert sandbox.store.get(template)["approvedInstructors"] == people[:3]
    assert sandbox.calls.mutations == 0


def test_what_administrate_says_against_it_is_passed_on(
    engine: sa.Engine, sandbox: SandboxServer, client: AdministrateClient
) -> None:
    template, people = tenant(sandbox, 1)
    sandbox.faults.add("payload_errors", "ApproveInstructors", message="No more than one")
    with pytest.raises(ApprovalRefused, match="No more than one"):
        Approver(engine, client).approve(template, people)


def test_a_template_that_has_gone_is_said_to_have_gone(
    engine: sa.Engine, sandbox: SandboxServer, client: AdministrateClient
) -> None:
    template, people = tenant(sandbox, 1)
    sandbox.store.remove(template)
    with pytest.raises(ApprovalRefused, match="not there any more"):
        Approver(engine, client).approve(template, people)
