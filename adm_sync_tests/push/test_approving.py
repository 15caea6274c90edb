"""Adding to the approved instructors of a course template, with others at it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.push.approving import Approver, NotApprovedYet
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
