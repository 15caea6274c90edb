"""Several events in one request: what becomes of each is its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from adm_sync.administrate.answers import Answer
from adm_sync.administrate.client import AdministrateClient
from adm_sync.push.finding import Finder
from adm_sync.push.marks import marks_in
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    CLASSROOM,
    MANY,
    ONLINE,
    SURVEY,
    TITLES,
    Outbox,
    assert_both_sides_agree,
    client_of,
)
from adm_sync_tests.acceptance.test_push_faults import (
    ARRIVED,
    CREATE,
    IMPATIENT,
    NOT_ARRIVED,
    SCHEMA,
)
from adm_sync_tests.acceptance.test_push_processes import MANY_TITLES

pytestmark = pytest.mark.thorough(all_but_each=3)

SOME = "the connection is closed afterwards"
CREATIONS = ("event.createBlended", "event.createClassroom", "event.createLMS")


def creations(outbox: Outbox) -> list[int]:
    """How many events each request was to create."""
    asked = [sum(one in CREATIONS for one in call.root_fields) for call in outbox.sandbox.calls]
    return [count for count in asked if count]


def remembered(outbox: Outbox) -> dict[str, int]:
    """What is known of the sizes that the tenant takes."""
    rows = outbox.execute("select kind, events from adm_sync.request_sizes")
    return {row.kind: row.events for row in rows}


def forget_sizes(outbox: Outbox) -> None:
    outbox.execute("delete from adm_sync.request_sizes")


@pytest.fixture
def few(outbox: Outbox) -> Iterator[Outbox]:
    """The three events, and a tenant that has a place for the mark of each."""
    outbox.sandbox.options.internal_notes = "all"
    yield outbox
    forget_sizes(outbox)


@contextmanager
def before_the_look_up(patch: pytest.MonkeyPatch, do: Any) -> Iterator[None]:
    """Something happens in the tenant between a sending and the first look-up."""
    look, times = Finder.made_since, iter([do])

    def looked(*arguments: Any) -> Any:
        next(times, lambda: None)()
        return look(*arguments)

    patch.setattr(Finder, "made_since", looked)
    yield


def test_three_events_take_one_request_and_their_changes_another(few: Outbox) -> None:
    pushed = few.push(together=5)
    assert (len(pushed.created), pushed.requests) == (3, SCHEMA + SURVEY + 2)
    assert creations(few) == [3]
    assert_both_sides_agree(few)
    # Each has a step, a mark and an entry in the log of its own.
    marks = few.execute("select mark from adm_sync.steps where kind = 'create_event'")
    assert len({row.mark for row in marks}) == len(TITLES)
    logged = few.execute(
        "select operation, entity_id, response_body from adm.api_audit_log order by id"
    )
    assert [row.operation for row in logged] == ["create_event"] * 3 + ["change_event"] * 3
    answered = [next(iter(row.response_body["event"].values())) for row in logged[:3]]
    assert [one["event"]["id"] for one in answered] == [few.external_id(title) for title in TITLES]
    assert [row.entity_id for row in logged[3:]] == [few.external_id(title) for title in TITLES]


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize(
    ("fault", "together"),
    [*((fault, 5) for fault in ARRIVED), (SOME, 2), ("it is listed late", 2)],
)
def test_an_answer_that_is_lost_leaves_all_unknown_and_one_look_up_settles_all(
    few: Outbox, fault: str, together: int
) -> None:
    kind, details = ARRIVED[fault]
    if kind == "list_late":
        few.fail("drop_after", CREATE)
    few.fail(kind, CREATE, **details)
    patience = {"timeout": IMPATIENT} if kind == "slow" else {}
    with client_of(few.sandbox, **patience) as client:
        pushed = replace(few, client=client).push(together=together)
    assert not pushed.stopped
    lost = min(together, len(TITLES))
    assert (len(pushed.created), len(pushed.adopted)) == (len(TITLES) - lost, lost)
    assert sum(creations(few)) == len(TITLES)
    looks = few.asked().count("EventsCreated")
    assert looks == 1 or kind == "list_late"
    assert_both_sides_agree(few)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("fault", NOT_ARRIVED)
def test_what_did_not_arrive_is_sent_again_after_two_looks_for_all(few: Outbox, fault: str) -> None:
    kind, details = NOT_ARRIVED[fault]
    if kind == "errors_beside_data":
        few.fail("payload_errors", CREATE, message="No", nth=0)
        details = {"null": "s0.createBlended"}
    few.fail(kind, CREATE, **details)
    pushed = few.push(together=5)
    assert len(pushed.created) == 3
    # What is due a moment later than the others is looked for and sent by itself.
    assert few.asked().count("EventsCreated") in {2, 3, 4}
    first, *again = creations(few)
    assert (first, sum(again)) == (3, 1 if kind == "errors_beside_data" else 3)
    assert_both_sides_agree(few)


def test_a_request_of_which_a_part_was_carried_out_is_settled_for_each(few: Outbox) -> None:
    """The server went down after the first of the mutations."""
    few.fail("drop_after", CREATE)

    def undo_the_others() -> None:
        for event in (*few.remotes(CLASSROOM), *few.remotes(ONLINE)):
            for session in few.sandbox.store.children("Session", "event", event["id"]):
                few.sandbox.store.remove(session["id"])
            few.sandbox.store.remove(event["id"])

    with pytest.MonkeyPatch.context() as patch, before_the_look_up(patch, undo_the_others):
        pushed = few.push(together=5)
    assert (len(pushed.created), len(pushed.adopted)) == (2, 1)
    assert creations(few) == [3, 2]
    assert_both_sides_agree(few)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("nth", [0, 1])
def test_one_that_is_refused_does_not_harm_the_others(few: Outbox, nth: int) -> None:
    few.fail("payload_errors", CREATE, message="The course template is archived", nth=nth)
    pushed = few.push(together=5)
    assert len(pushed.created) == 2
    refused, *others = [TITLES[nth], *(one for one in TITLES if one != TITLES[nth])]
    step = few.creation(refused)
    assert (step.state, step.sent_at) == ("failed", None)
    assert step.message == "Administrate refused it: The course template is archived."
    assert all(few.states(title).keys() == {"done"} for title in others)
    assert few.reopen() == 1
    few.push(together=5)
    assert few.asked().count("EventsCreated") == 0
    assert_both_sides_agree(few)


def test_errors_beside_an_event_are_told_of_that_event_alone(few: Outbox) -> None:
    few.fail("payload_errors", CREATE, message="No venue is free", keep_object=True, nth=1)
    pushed = few.push(together=5)
    assert len(pushed.created) == 3
    assert pushed.warnings == [f"{CLASSROOM}: created, with a warning: No venue is free."]
    assert_both_sides_agree(few)


def test_an_error_in_the_place_of_one_leaves_that_one_unknown(few: Outbox) -> None:
    few.fail("errors_beside_data", CREATE, null="s1.createClassroom", message="Out of order")
    pushed = few.push(together=5)
    assert (len(pushed.created), len(pushed.adopted)) == (2, 1)
    assert few.creation(CLASSROOM).sent_at is not None
    assert creations(few) == [3]
    assert_both_sides_agree(few)


def test_one_id_for_two_events_is_believed_of_neither(few: Outbox) -> None:
    send = AdministrateClient.mutate_together

    def muddled(*arguments: Any, **named: Any) -> Answer:
        answer = send(*arguments, **named)
        if answer.data and "createClassroom" in (answer.data.get("s1") or {}):
            answer.data["s1"]["createClassroom"]["event"] = answer.data["s0"]["createBlended"][
                "event"
            ]
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AdministrateClient, "mutate_together", muddled)
        pushed = few.push(together=5)
    assert (len(pushed.created), len(pushed.adopted)) == (1, 2)
    assert creations(few) == [3]
    assert_both_sides_agree(few)


def test_a_tenant_that_passes_over_all_but_the_first_is_soon_asked_for_one(few: Outbox) -> None:
    send = AdministrateClient.mutate_together

    def only_the_first(client: AdministrateClient, parts: Any, **named: Any) -> Answer:
        return send(client, parts[:1], **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AdministrateClient, "mutate_together", only_the_first)
        for _ in range(6):
            few.push(together=5)
            few.wait_is_over()
        assert remembered(few) == {"creations": 1, "changes": 0}
    assert_both_sides_agree(few)


def test_where_no_mark_can_be_had_each_is_created_by_itself(few: Outbox) -> None:
    pushed = few.push(together=5, mark=False)
    assert len(pushed.created) == 3
    assert creations(few) == [1, 1, 1]
    assert not any(marks_in([one.get("internalNotes")]) for one in few.remotes())
    # What follows may be sent twice without harm, so that it needs no mark.
    assert few.sandbox.calls.mutations == len(TITLES) + 1
    assert_both_sides_agree(few)


# ---------------------------------------------------------------------- the size


@pytest.mark.thorough
def test_a_size_that_is_refused_is_halved_and_remembered_for_a_day(full_outbox: Outbox) -> None:
    full_outbox.sandbox.options.internal_notes = "all"
    full_outbox.sandbox.options.most_mutations = 3
    pushed = full_outbox.push(together=5)
    assert len(pushed.created) == MANY
    assert_both_sides_agree(full_outbox, MANY_TITLES)
    sent = creations(full_outbox)
    assert sent[:4] == [5, 2, 3, 2]
    assert max(sent[4:]) == 2
    # A mutation for each of the two sessions' staff is more than it takes: event by event.
    assert remembered(full_outbox) == {"creations": 2, "changes": 0}
    forget_sizes(full_outbox)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize(("hours", "sent"), [(1, [2, 1]), (-1, [3])])
def test_what_was_learned_holds_for_the_next_push_and_not_for_ever(
    few: Outbox, hours: int, sent: list[int]
) -> None:
    few.execute(
        "insert into adm_sync.request_sizes"
        " values ('creations', 2, now() + make_interval(hours => :hours))",
        hours=hours,
    )
    few.push(together=5)
    assert creations(few) == sent


def test_an_answer_that_takes_long_makes_the_next_ones_smaller(few: Outbox) -> None:
    few.fail("slow", CREATE, seconds=IMPATIENT / 2)
    with client_of(few.sandbox, timeout=IMPATIENT) as client:
        replace(few, client=client).push(together=5)
    assert remembered(few)["creations"] <= 2
    assert_both_sides_agree(few)


def test_one_wrong_event_is_found_without_parting_the_others_for_good(few: Outbox) -> None:
    """It is refused with all the others, with half of them, and by itself."""
    few.execute(
        "update adm_sync.steps set input = jsonb_set(input, '{input,eventType}', '\"quantum\"')"
        " where kind = 'create_event' and event_id = (select min(id) + 1 from adm_sync.events)"
    )
    pushed = few.push(together=5)
    assert len(pushed.created) == 2
    assert few.creation(CLASSROOM).state == "failed"
    assert creations(few) == [3, 1, 2, 1, 1]
    assert "creations" not in remembered(few)
    assert few.states(BLENDED).keys() == few.states(ONLINE).keys() == {"done"}


def test_a_refusal_of_several_of_which_some_were_made_is_no_refusal(few: Outbox) -> None:
    """The server made them before it found that it was too much."""
    few.fail("errors", CREATE, message="Too complex", executed=True)
    pushed = few.push(together=5)
    assert (len(pushed.created), len(pushed.adopted)) == (0, 3)
    assert creations(few) == [3]
    assert_both_sides_agree(few)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("errors", {"message": "Internal error", "executed": True}),
        ("status", {"code": 400, "body": "html", "executed": True}),
        ("status", {"code": 400, "body": "errors", "executed": True}),
        ("status", {"code": 413, "body": "text", "executed": True}),
    ],
)
def test_what_may_have_been_done_of_a_refused_request_is_not_sent_again_at_once(
    few: Outbox, kind: str, details: dict[str, Any]
) -> None:
    """It is there, and no list shows it yet."""
    few.fail(kind, CREATE, **details)
    few.fail("list_late", CREATE, seconds=0.6)
    few.push(together=5, look_ups=(0.2, 1.0))
    assert creations(few) == [3]
    assert_both_sides_agree(few)


def test_what_is_sent_again_in_smaller_requests_is_looked_for_once_more_later(few: Outbox) -> None:
    few.sandbox.options.most_mutations = 1
    few.push(together=5)
    assert creations(few) == [3, 1, 2, 1, 1]
    again = (
        "select count(*) from adm_sync.steps where look_again_at > now() + interval '59 minutes'"
    )
    assert few.execute(again)[0][0] == 3


def test_what_cannot_be_looked_up_after_a_refusal_is_not_sent_again(few: Outbox) -> None:
    few.fail("errors", CREATE, message="Too complex", executed=True)
    few.fail("errors", "EventsCreated", message="Out of order", times=None)
    few.fail("errors", "EventsStarting", message="Out of order", times=None)
    few.fail("errors", "EventsBetween", message="Out of order", times=None)
    few.fail("errors", "EventsOfTemplates", message="Out of order", times=None, skip=1)
    few.push(together=5)
    assert creations(few) == [3]
    assert few.states()["unknown"] == 3
    few.sandbox.faults.clear()
    assert len(few.settle().adopted) == 3
    assert_both_sides_agree(few)
