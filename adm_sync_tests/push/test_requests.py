"""What answers to mutations mean, whatever they look like."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.administrate.answers import Answer, GraphQLFault
from adm_sync.push.requests import (
    Verdict,
    change,
    change_verdict,
    created_node,
    creation_verdict,
    taken_together,
)

ALREADY = "The input Contact already exists as staff on the Event"
REFUSAL = [{"label": "venueId", "message": "No such venue", "value": "x"}]
EVENT = {"id": "Course:1", "sessions": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event", "session", "createBlended", "update", "errors", "id", "s0"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FAULTS = st.lists(
    st.builds(GraphQLFault, st.text(max_size=5), st.sampled_from([(), ("s0",), ("event",)])),
    max_size=2,
).map(tuple)


def creation(payload: Any, *faults: str) -> Answer:
    errors = tuple(GraphQLFault(text, ("event",)) for text in faults)
    return Answer({"event": {"createBlended": payload}}, errors)


def answer(field: str, payload: Any, alias: str = "s0") -> Answer:
    return Answer({alias: {field: payload}})


# ---------------------------------------------------------------------- creations


@given(st.dictionaries(st.sampled_from(["event", "s0"]), JSON, max_size=2) | st.none(), FAULTS)
def test_no_answer_to_a_creation_is_misread(
    data: dict[str, Any] | None, faults: tuple[GraphQLFault, ...]
) -> None:
    """Done is what has an id that can be kept; refused is what Administrate says so of."""
    given = Answer(data, faults)
    node, verdict = created_node(given, "blended"), creation_verdict(given, "blended")
    assert (verdict.outcome == "done") is (node is not None)
    if node is not None:
        assert isinstance(node["id"], str)
        assert node["id"].strip()
    if verdict.outcome == "unanswered":
        assert verdict.message


@pytest.mark.parametrize(
    ("payload", "faults", "outcome", "message"),
    [
        ({"event": EVENT, "errors": None}, (), "done", ""),
        ({"event": EVENT, "errors": []}, (), "done", ""),
        ({"event": EVENT, "errors": REFUSAL}, (), "done", "No such venue (venueId)"),
        ({"event": EVENT}, ("Slow",), "done", "Slow"),
        ([{"event": EVENT, "errors": None}], (), "done", ""),
        ({"event": None, "errors": REFUSAL}, (), "refused", "No such venue (venueId)"),
        ({"event": {"id": ""}, "errors": REFUSAL}, (), "refused", "No such venue (venueId)"),
        ({"event": None, "errors": "No\n such"}, (), "refused", "No such"),
        ({"event": None, "errors": [None]}, ("Oops",), "unanswered", "Oops"),
        ({"event": {"id": 7}, "errors": []}, (), "unanswered", None),
        ({"event": {"id": "a\0b"}, "errors": []}, (), "unanswered", None),
        ([], (), "unanswered", None),
        ([{"event": EVENT}, {"event": EVENT}], (), "unanswered", None),
        (None, ("Oops",), "unanswered", "Oops"),
    ],
)
def test_a_creation_is_done_refused_or_unanswered(
    payload: Any, faults: tuple[str, ...], outcome: str, message: str | None
) -> None:
    verdict = creation_verdict(creation(payload, *faults), "blended")
    assert verdict.outcome == outcome
    assert verdict.message if message is None else verdict.message == message


# ---------------------------------------------------------------------- changes


@given(
    st.dictionaries(st.sampled_from(["s0", "event"]), JSON, max_size=2) | st.none(),
    FAULTS,
    st.sampled_from(["update_session", "add_session_staff", "add_event_staff"]),
)
def test_no_answer_to_a_change_is_taken_for_more_than_it_says(
    data: dict[str, Any] | None, faults: tuple[GraphQLFault, ...], kind: str
) -> None:
    verdict = change_verdict(Answer(data, faults), kind, "s0")
    inside = (data or {}).get("s0")
    if not isinstance(inside, dict):
        assert verdict.outcome == "unanswered"
    if verdict.outcome != "done":
        assert verdict.message or faults


@pytest.mark.parametrize(
    ("kind", "field", "payload", "outcome"),
    [
        ("update_session", "update", {"session": {"id": "S:1"}, "errors": None}, "done"),
        ("update_session", "update", [{"session": {"id": "S:1"}, "errors": []}], "done"),
        ("update_session", "update", {"session": {"id": "S:1"}, "errors": REFUSAL}, "done"),
        ("update_session", "update", {"session": None, "errors": REFUSAL}, "refused"),
        ("update_session", "update", {"session": None, "errors": None}, "unanswered"),
        ("update_session", "update", None, "unanswered"),
        ("add_event_staff", "addStaff", {"event": None, "errors": [{"message": ALREADY}]}, "done"),
        ("add_event_staff", "addStaff", {"event": {"id": "E"}, "errors": REFUSAL}, "refused"),
        ("add_session_staff", "addStaff", {"session": {"id": "S"}, "errors": REFUSAL}, "refused"),
    ],
)
def test_a_change_is_done_refused_or_unanswered(
    kind: str, field: str, payload: Any, outcome: str
) -> None:
    assert change_verdict(answer(field, payload), kind, "s0").outcome == outcome


def test_the_answer_of_another_alias_says_nothing() -> None:
    given = answer("update", {"session": {"id": "S:1"}, "errors": []}, alias="s1")
    assert change_verdict(given, "update_session", "s0").outcome == "unanswered"


def test_people_of_a_session_are_added_one_by_one() -> None:
    values = {"input": {"contactIds": ["P:1", "P:2", "P:1"], "staffType": "instructor"}}
    sent = change("add_session_staff", values, "E:1", "S:1")
    assert [one.variables["input"]["contactIds"] for one in sent] == [["P:1"], ["P:2"]]
    assert {one.variables["input"]["sessionId"] for one in sent} == {"S:1"}
    assert values["input"]["contactIds"] == ["P:1", "P:2", "P:1"]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["done", "done"], "done"),
        (["done", "unanswered"], "unanswered"),
        (["unanswered", "refused"], "refused"),
    ],
)
def test_a_step_is_done_when_all_of_its_mutations_are(outcomes: list[Any], expected: str) -> None:
    verdicts = [Verdict(outcome, "a") for outcome in outcomes]
    assert taken_together(verdicts) == Verdict(expected, "a")  # type: ignore[arg-type]
