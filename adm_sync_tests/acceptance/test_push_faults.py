"""What may go wrong on the way to Administrate and back, and what becomes of a push then.

Each fault happens to events that are recorded. At most one event is made for each of them, what is
recorded here stays as it is, and a later push brings both sides together.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from adm_sync.administrate.client import AdministrateClient
from adm_sync.settings import AdministrateAccess
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    CLASSROOM,
    ONLINE,
    REQUESTS_EACH,
    SESSIONS,
    SURVEY,
    TITLES,
    Outbox,
    assert_both_sides_agree,
    client_of,
)
from adm_sync_tests.acceptance.stage import access_to

pytestmark = pytest.mark.thorough(all_but_each=3)

CREATE = "createBlended"
IMPATIENT = 1.5
SCHEMA = 1
ALL_REQUESTS = SCHEMA + SURVEY + REQUESTS_EACH * len(TITLES)


@contextmanager
def nobody_listens(outbox: Outbox) -> Iterator[Outbox]:
    """The same outbox, with the address of an API that is down."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/graphql"
    access = AdministrateAccess.model_validate(
        access_to(outbox.sandbox).model_dump() | {"api_url": address}
    )
    with AdministrateClient(access, timeout=1, retry_budget=0.05) as client:
        yield replace(outbox, client=client)


def times_asked(outbox: Outbox, name: str) -> int:
    return outbox.asked().count(name)


def test_an_ordinary_push_takes_two_requests_for_each_event(outbox: Outbox) -> None:
    before = outbox.local()
    pushed = outbox.push()
    assert (len(pushed.created), len(pushed.adopted), pushed.requests) == (3, 0, ALL_REQUESTS)
    assert_both_sides_agree(outbox)
    assert outbox.local() == before
    assert outbox.push().requests == 0
    # Who sent what, and what was answered, stands in the tutorial application's own log.
    logged = outbox.execute("select operation, success from adm.api_audit_log order by id")
    assert [tuple(row) for row in logged] == [("create_event", True), ("change_event", True)] * 3


# ---------------------------------------------------------------------- it may have happened

ARRIVED: dict[str, tuple[str, dict[str, Any]]] = {
    "the connection is closed afterwards": ("drop_after", {}),
    "the connection is reset afterwards": ("drop_after", {"reset": True}),
    "the answer is cut in its body": ("cut_body", {}),
    "the answer is cut by a reset": ("cut_body", {"reset": True}),
    "the answer takes too long": ("slow", {"seconds": IMPATIENT + 0.5}),
    "a proxy answers 502": ("status", {"code": 502, "body": "html", "executed": True}),
    "a proxy answers 504": ("status", {"code": 504, "body": "html", "executed": True}),
    "it answers 500": ("status", {"code": 500, "body": "errors", "executed": True}),
    "it answers 503": ("status", {"code": 503, "body": "text", "executed": True}),
    "it answers with a page of HTML": ("html", {"executed": True}),
    "it is listed late": ("list_late", {"requests": 1}),
}
NOT_ARRIVED: dict[str, tuple[str, dict[str, Any]]] = {
    "the connection is closed before": ("drop_before", {}),
    "a proxy answers 502 for nothing": ("status", {"code": 502, "body": "html"}),
    "it answers with an error on its way": (
        "errors_beside_data",
        {"null": "event.createBlended"},
    ),
}


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("fault", ARRIVED)
def test_a_creation_without_an_answer_is_looked_up_and_adopted(outbox: Outbox, fault: str) -> None:
    kind, details = ARRIVED[fault]
    if kind == "list_late":
        outbox.fail("drop_after", CREATE)
    outbox.fail(kind, CREATE, **details)
    before = outbox.local()
    # Only where that is what is tested: a busy machine answers late without any fault.
    patience = {"timeout": IMPATIENT} if kind == "slow" else {}
    with client_of(outbox.sandbox, **patience) as client:
        pushed = replace(outbox, client=client).push()
    assert (len(pushed.created), len(pushed.adopted)) == (2, 1), pushed.stopped
    assert times_asked(outbox, "CreateBlendedEvent") == 1
    assert_both_sides_agree(outbox)
    assert outbox.local() == before
    # It was made by this import, answered or not, so that an undo may delete it.
    adopted = outbox.execute("select adopted from adm_sync.events")
    assert not any(row.adopted for row in adopted)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("fault", NOT_ARRIVED)
def test_a_creation_that_did_not_arrive_is_sent_again_after_two_looks(
    outbox: Outbox, fault: str
) -> None:
    kind, details = NOT_ARRIVED[fault]
    if kind == "errors_beside_data":
        outbox.fail("payload_errors", CREATE, message="No")
    outbox.fail(kind, CREATE, **details)
    pushed = outbox.push()
    assert len(pushed.created) == 3
    looks = [name for name in outbox.asked() if name in {"CreateBlendedEvent", "EventsCreated"}]
    assert looks == ["CreateBlendedEvent", "EventsCreated", "EventsCreated", "CreateBlendedEvent"]
    assert_both_sides_agree(outbox)


def test_a_creation_that_is_carried_out_late_is_not_made_twice(outbox: Outbox) -> None:
    outbox.fail("commit_late", CREATE, requests=1)
    pushed = outbox.push()
    assert (len(pushed.created), len(pushed.adopted)) == (2, 1)
    assert_both_sides_agree(outbox)


def test_a_creation_that_is_never_answered_ends_with_a_person(outbox: Outbox) -> None:
    outbox.fail("drop_before", CREATE, times=None)
    for _ in range(5):
        outbox.push()
        outbox.wait_is_over()
    step = outbox.creation()
    assert (step.state, step.attempts) == ("failed", 3)
    assert "3 times" in step.message
    assert "--reopen" in step.message
    assert outbox.states(CLASSROOM) == {"done": 5}
    outbox.sandbox.faults.clear()
    assert outbox.reopen() == 1
    outbox.settle()
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "cut_body"])
def test_changes_without_an_answer_are_sent_again_one_by_one(outbox: Outbox, kind: str) -> None:
    outbox.fail(kind, "session.update")
    pushed = outbox.push()
    assert len(pushed.created) == 3
    assert len(pushed.sessions) == SESSIONS
    assert_both_sides_agree(outbox)


@pytest.mark.thorough
def test_changes_that_are_never_answered_end_with_a_person(outbox: Outbox) -> None:
    outbox.fail("drop_before", "session.update", times=None)
    for _ in range(3):
        outbox.push()
        outbox.wait_is_over()
    failed = [step for step in outbox.steps() if step.state == "failed"]
    assert "update_session" in {step.kind for step in failed}
    assert outbox.states(ONLINE).keys() == {"done"}
    assert all("without an answer" in step.message for step in failed)
    outbox.sandbox.faults.clear()
    assert outbox.reopen() == len(failed)
    outbox.settle()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- it did not happen


def test_sc_004_while_administrate_is_down_everything_stays_here_and_goes_out_later(
    outbox: Outbox,
) -> None:
    before = outbox.local()
    with nobody_listens(outbox) as away:
        for _ in range(2):
            pushed = away.push()
            assert "no connection to 127.0.0.1" in pushed.stopped
            assert not pushed.created
            away.wait_is_over()
    assert set(outbox.states()) == {"pending"}
    assert {step.attempts for step in outbox.steps()} == {0}
    assert outbox.local() == before
    assert len(outbox.settle().created) == 3
    assert_both_sides_agree(outbox)


def test_administrate_that_goes_down_in_the_middle_uses_up_no_attempts(outbox: Outbox) -> None:
    def goes_down(point: str) -> None:
        if point == "event id stored":
            outbox.sandbox.faults.add("status", None, times=None, code=503)

    pushed = outbox.push(goes_down)
    assert "503" in pushed.stopped
    # One request told of it; nothing was sent after that.
    for _ in range(4):
        outbox.wait_is_over()
        outbox.push()
    assert max(step.attempts for step in outbox.steps()) == 1
    assert not outbox.states()["failed"]
    assert len(outbox.remotes()) == 1
    outbox.sandbox.faults.clear()
    outbox.settle()
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("retry_after", [None, 1])
@pytest.mark.parametrize("match", [CREATE, "session.update"])
def test_one_429_is_waited_out(outbox: Outbox, match: str, retry_after: int | None) -> None:
    outbox.fail("status", match, code=429, retry_after=retry_after)
    with client_of(outbox.sandbox, retry_budget=5) as patient:
        pushed = replace(outbox, client=patient).push()
    assert len(pushed.created) == 3
    assert {step.attempts for step in outbox.steps()} == {1}
    assert_both_sides_agree(outbox)


@pytest.mark.thorough
def test_a_429_that_goes_on_stops_the_push_without_losing_anything(outbox: Outbox) -> None:
    outbox.fail("status", "mutation", times=None, code=429, retry_after=1800)
    pushed = outbox.push()
    assert "429" in pushed.stopped
    assert "nothing is sent before" in pushed.stopped
    assert set(outbox.states()) == {"pending", "retry"}
    assert {step.attempts for step in outbox.steps()} == {0}
    assert "429" in outbox.creation().message
    waits = "select extract(epoch from {}(due_at) - now()) from adm_sync.steps"
    assert outbox.execute(waits.format("min"))[0][0] > 1700
    assert outbox.execute(waits.format("max"))[0][0] <= 1800
    assert outbox.push().requests == 0
    outbox.sandbox.faults.clear()
    outbox.settle()
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("code", [401, 403, 429])
@pytest.mark.parametrize("place", ["none", "all"], ids=["one by one", "together"])
def test_no_status_proves_that_nothing_was_created(outbox: Outbox, code: int, place: str) -> None:
    outbox.sandbox.options.internal_notes = place
    outbox.fail("status", CREATE, code=code, executed=True)
    outbox.push(together=25)
    outbox.settle()
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("code", [401, 429])
def test_what_is_sent_again_after_a_status_is_looked_at_again(outbox: Outbox, code: int) -> None:
    outbox.sandbox.options.internal_notes = "all"
    outbox.fail("status", CREATE, code=code)
    with client_of(outbox.sandbox, retry_budget=5) as patient:
        replace(outbox, client=patient).push(together=25)
    assert_both_sides_agree(outbox)
    again = "select count(*) from adm_sync.steps where kind = 'create_event' and"
    assert outbox.execute(f"{again} look_again_at > now() + interval '50 minutes'")[0][0] == 3


def test_a_token_that_runs_out_in_the_middle_is_renewed(outbox: Outbox) -> None:
    def runs_out(point: str) -> None:
        if point in {"creation noted as sending", "changes noted as sending"}:
            outbox.sandbox.revoke_tokens()

    pushed = outbox.push(runs_out)
    assert len(pushed.created) == 3
    # Each of the calls was sent twice, and carried out once.
    assert outbox.sandbox.calls.mutations == 2 * REQUESTS_EACH * len(TITLES)
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("code", [401, 403])
@pytest.mark.parametrize("match", ["query", "mutation"])
def test_refused_credentials_stop_the_push_at_once(outbox: Outbox, match: str, code: int) -> None:
    outbox.fail("status", match, times=None, code=code)
    pushed = outbox.push()
    assert str(code) in pushed.stopped
    assert "ADMINISTRATE_API_KEY" in pushed.stopped
    assert outbox.sandbox.calls.requests <= SCHEMA + SURVEY + 3
    assert set(outbox.states()) <= {"pending", "retry"}
    assert {step.attempts for step in outbox.steps()} == {0}
    outbox.sandbox.faults.clear()
    outbox.settle()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- it was refused


def refuse(outbox: Outbox) -> None:
    outbox.fail("payload_errors", CREATE, message="The course template is archived")


def reject(outbox: Outbox) -> None:
    outbox.fail("errors", CREATE, message="The course template is archived")


def answer_400(outbox: Outbox) -> None:
    outbox.fail("status", CREATE, code=400, body="errors")


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("how", [refuse, reject, answer_400])
def test_a_refused_event_waits_for_a_person_and_the_others_go_on(
    outbox: Outbox, how: Callable[[Outbox], None]
) -> None:
    how(outbox)
    pushed = outbox.push()
    assert len(pushed.created) == 2
    step = outbox.creation()
    assert step.state == "failed"
    assert step.message.count("archived") == 1 or "400" in step.message
    assert outbox.states(CLASSROOM).keys() == outbox.states(ONLINE).keys() == {"done"}
    outbox.wait_is_over()
    assert outbox.push().requests == 0
    assert outbox.reopen() == 1
    outbox.push()
    # If it certainly was not made, the one look before all creations is enough.
    assert (times_asked(outbox, "EventsCreated") == 0) == (how is refuse)
    outbox.settle()
    assert_both_sides_agree(outbox)


@pytest.mark.parametrize("message", ["Internal server error", "Something of our own went wrong"])
def test_a_refusal_that_proves_nothing_is_looked_up_before_it_is_believed(
    outbox: Outbox, message: str
) -> None:
    """It was carried out all the same; answered with errors and nothing else."""
    outbox.fail("errors", CREATE, message=message, executed=True)
    pushed = outbox.push()
    assert (len(pushed.created), len(pushed.adopted), pushed.stopped) == (2, 1, "")
    assert times_asked(outbox, "EventsCreated") == 1
    assert_both_sides_agree(outbox)


def test_a_refusal_that_cannot_be_looked_up_is_not_believed(outbox: Outbox) -> None:
    outbox.fail("errors", CREATE, message="Internal server error", executed=True)
    outbox.fail("status", "EventsCreated", times=None, code=503)
    outbox.push()
    assert "to look it up in Administrate, in vain" in outbox.creation().message
    outbox.sandbox.faults.clear()
    assert outbox.reopen() == 1
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_an_answer_400_that_is_not_administrates_own_is_tried_again(outbox: Outbox) -> None:
    outbox.fail("status", CREATE, code=400, body="html")
    pushed = outbox.push()
    assert len(pushed.created) == 2
    assert not pushed.stopped
    assert outbox.creation().state == "retry"
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_a_refused_session_holds_up_nothing_else(outbox: Outbox) -> None:
    outbox.sandbox.options.most_mutations = 1
    outbox.fail("payload_errors", "session.update", message="The session is locked")
    outbox.push()
    (failed,) = [step for step in outbox.steps() if step.state == "failed"]
    assert (failed.kind, failed.day) == ("update_session", 1)
    assert failed.message == "Administrate refused it: The session is locked."
    assert outbox.reopen() == 1
    outbox.settle()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- success with blemishes

BLEMISHES: dict[str, tuple[str, dict[str, Any]]] = {
    "payload errors beside the event": (
        "payload_errors",
        {"message": "No venue is free", "keep_object": True},
    ),
    "errors beside the data": ("errors_beside_data", {"message": "No venue is free"}),
    "a list of one payload": ("payload_list", {}),
    "sessions without their rows": ("null_edges", {"field": "sessions"}),
    "sessions without page information": ("no_page_info", {"field": "sessions"}),
    "sessions without ids": ("missing_field", {"field": "sessions"}),
    "fewer sessions than it says": ("short_page", {"field": "sessions"}),
    "one session twice": ("doubled_rows", {"field": "sessions"}),
}


@pytest.mark.thorough(all_but_each=8)
@pytest.mark.parametrize("blemish", BLEMISHES)
def test_an_answer_with_an_event_is_a_success_whatever_else_it_has(
    outbox: Outbox, blemish: str
) -> None:
    kind, details = BLEMISHES[blemish]
    outbox.fail(kind, CREATE, **details)
    pushed = outbox.push()
    assert (len(pushed.created), len(pushed.adopted)) == (3, 0)
    said = [warning for warning in pushed.warnings if "No venue is free" in warning]
    assert len(said) == ("message" in details)
    assert times_asked(outbox, "CreateBlendedEvent") == 1
    assert_both_sides_agree(outbox)


def test_sessions_that_never_arrive_whole_hold_up_only_their_event(outbox: Outbox) -> None:
    outbox.fail("null_edges", CREATE, field="sessions")
    outbox.fail("null_edges", "Event", times=None, field="sessions")
    pushed = outbox.push()
    assert len(pushed.created) == 3
    assert not pushed.stopped
    assert outbox.states(CLASSROOM).keys() == outbox.states(ONLINE).keys() == {"done"}
    waiting = [step for step in outbox.steps(BLENDED) if step.kind != "create_event"]
    assert {step.state for step in waiting} == {"pending"}
    assert {step.message for step in waiting} == {
        "Administrate did not give all sessions of the event."
    }
    outbox.sandbox.faults.clear()
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_people_who_are_staff_already_are_no_error(outbox: Outbox) -> None:
    """As when the process died after the request and before it was noted."""
    outbox.push()
    outbox.execute("update adm_sync.steps set state = 'sending' where kind <> 'create_event'")
    outbox.settle()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- one at a time


def test_an_api_that_takes_one_mutation_at_a_time_is_served_one_by_one(outbox: Outbox) -> None:
    outbox.sandbox.options.most_mutations = 1
    outbox.push()
    assert_both_sides_agree(outbox)
    refused = [call for call in outbox.sandbox.calls if len(call.root_fields) > 1]
    assert len(refused) == 1


def test_together_can_be_turned_off(outbox: Outbox) -> None:
    outbox.push(together=0)
    assert all(len(call.root_fields) == 1 for call in outbox.sandbox.calls)
    assert_both_sides_agree(outbox)


def test_a_refusal_of_one_part_does_not_part_the_others(outbox: Outbox) -> None:
    # Twice: first with all the others, then by itself.
    outbox.fail("errors", "session.addStaff", times=2, message="No such staff type")
    outbox.push()
    (failed,) = [step for step in outbox.steps() if step.state == "failed"]
    assert failed.kind == "add_session_staff"
    together = [call for call in outbox.sandbox.calls if len(call.root_fields) > 1]
    assert len(together) == len(TITLES) - 1
    assert outbox.reopen() == 1
    outbox.settle()
    assert_both_sides_agree(outbox)
