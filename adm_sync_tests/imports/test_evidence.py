"""What stands against deleting an event from Administrate, and what does not."""

from typing import Any

import pytest

from adm_sync.administrate.answers import Answer, GraphQLFault
from adm_sync.errors import FetchIncomplete
from adm_sync.imports.undo.evidence import Made, obstacle, read_event

CREATION = {
    "courseTemplateId": "T1",
    "title": "CB1 London 27A-01",
    "timeZoneName": "Europe/London",
    "locationId": "L1",
    "venueId": "V1",
    "maxPlaces": 14,
    "classroomStartDateTime": "2027-06-12T09:30:00",
    "classroomEndDateTime": "2027-06-19T12:30:00",
    "lmsStartDateTime": "2027-01-04T09:00:00",
    "customFieldValues": [{"definitionKey": "F1", "value": "2027A"}],
}
UPDATE = {
    "title": "Day 1",
    "locationId": "L1",
    "timeZoneName": "Europe/London",
    "start": "2027-06-12T09:30:00",
    "end": "2027-06-12T12:30:00",
    "customFieldValues": [{"definitionKey": "F2", "value": "1"}],
}
FROM_TEMPLATE = {"id": "S2", "title": "Second half", "timeZonedStart": "2027-06-19T08:30:00Z"}
MADE = Made(CREATION, {"S1": UPDATE}, {"S1": {"id": "S1"}, "S2": FROM_TEMPLATE})


def node(**changed: Any) -> dict[str, Any]:
    """The event as Administrate has it, exactly as it was made."""
    return {
        "id": "E1",
        "title": "CB1 London 27A-01",
        "lifecycleState": "draft",
        "timeZoneName": "Europe/London",
        "courseTemplate": {"id": "T1"},
        "location": {"id": "L1"},
        "venue": {"id": "V1"},
        "classroomStart": "2027-06-12T09:30:00",
        "classroomEnd": "2027-06-19T12:30:00",
        "lmsStart": "2027-01-04T09:00:00",
        "maxPlaces": 14,
        "bookedPlaces": 0,
        "reserved": None,
        "internalNotes": None,
        "externalNotes": "",
        "customFieldValues": [
            {"definitionKey": "F1", "value": "2027A"},
            {"definitionKey": "F9", "value": None},
        ],
        "learners": {"pageInfo": {"totalRecords": 0}},
        "sessions": sessions(session(), FROM_TEMPLATE),
        **changed,
    }


def session(**changed: Any) -> dict[str, Any]:
    return {
        "id": "S1",
        "title": "Day 1",
        "timeZonedStart": "2027-06-12T08:30:00Z",
        "timeZonedEnd": "2027-06-12T12:30:00+01:00",
        "location": {"id": "L1"},
        "venue": {"id": "V1"},
        "customFieldValues": [{"definitionKey": "F2", "value": "1"}],
        **changed,
    }


def sessions(*nodes: Any, more: bool = False, total: int | None = None) -> dict[str, Any]:
    return {
        "pageInfo": {"hasNextPage": more, "totalRecords": len(nodes) if total is None else total},
        "edges": [{"node": one} for one in nodes],
    }


def test_nothing_stands_against_an_event_as_it_was_made() -> None:
    assert obstacle(node(), MADE) is None


@pytest.mark.parametrize(
    "change",
    [
        {"title": "CB1  London 27A-01 "},
        {"updatedAt": "2027-01-01T00:00:00.123456Z"},
        {"customFieldValues": [{"definitionKey": "F1", "value": " 2027a "}]},
        {"classroomStart": "2027-06-12T08:30:00Z"},
        {"bookedPlaces": None},
    ],
)
def test_what_no_person_did_is_no_change(change: dict[str, Any]) -> None:
    assert obstacle(node(**change), MADE) is None


@pytest.mark.parametrize("state", ["published", "cancelled", None])
def test_only_a_draft_may_be_deleted(state: str | None) -> None:
    assert "no draft any more" in str(obstacle(node(lifecycleState=state), MADE))


@pytest.mark.parametrize(
    "change",
    [
        {"bookedPlaces": 1},
        {"reserved": 2},
        {"learners": {"pageInfo": {"totalRecords": 1}}},
    ],
)
def test_whoever_has_booked_keeps_the_event(change: dict[str, Any]) -> None:
    assert obstacle(node(**change), MADE) == "it has bookings in Administrate"


def test_without_a_word_on_bookings_it_is_kept() -> None:
    silent = node(bookedPlaces=None, learners=None)
    assert obstacle(silent, MADE) == "Administrate does not say whether it has bookings"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"title": "CB1 LONDON 27A-01"}, "title"),
        ({"courseTemplate": {"id": "T2"}}, "course template"),
        ({"location": {"id": "L2"}}, "location"),
        ({"venue": None}, "venue"),
        ({"classroomStart": "2027-06-13T09:30:00"}, "start"),
        ({"classroomEnd": None}, "end"),
        ({"lmsStart": "2027-01-04T10:00:00"}, "LMS start"),
        ({"maxPlaces": 15}, "places"),
        ({"internalNotes": "call the venue"}, "notes"),
        ({"customFieldValues": []}, "a custom field"),
        ({"sessions": sessions(session())}, "the session 'Second half' is gone"),
        ({"sessions": sessions(FROM_TEMPLATE)}, "the session 'Day 1' is gone"),
        (
            {"sessions": sessions(session(), FROM_TEMPLATE, {"id": "S3", "title": "Extra"})},
            "the session 'Extra' was added",
        ),
        (
            {"sessions": sessions(session(title="Day one"), FROM_TEMPLATE)},
            "title of the session 'Day one'",
        ),
        (
            {"sessions": sessions(session(timeZonedEnd=None), FROM_TEMPLATE)},
            "end of the session 'Day 1'",
        ),
        (
            {"sessions": sessions(session(), {**FROM_TEMPLATE, "title": "Other"})},
            "title of the session 'Other'",
        ),
        (
            {"sessions": sessions(session(), {**FROM_TEMPLATE, "timeZonedStart": None})},
            "start of the session 'Second half'",
        ),
        ({"sessions": sessions(session(), FROM_TEMPLATE, more=True)}, "more sessions than"),
        ({"sessions": sessions(session(), FROM_TEMPLATE, total=101)}, "more sessions than"),
    ],
)
def test_whatever_somebody_changed_is_named_and_kept(change: dict[str, Any], what: str) -> None:
    reason = str(obstacle(node(**change), MADE))

    assert reason.startswith("it was changed in Administrate since: ")
    assert what in reason


def test_many_changes_are_named_in_part() -> None:
    changed = node(title="x", location=None, venue=None, maxPlaces=1, internalNotes="y")

    assert str(obstacle(changed, MADE)).endswith("title, location, venue and 2 more")


def test_without_the_first_answer_a_session_of_unknown_origin_keeps_the_event() -> None:
    forgotten = Made(CREATION, {"S1": UPDATE}, None)

    assert "the session 'Second half' was added" in str(obstacle(node(), forgotten))


# ---------------------------------------------------------------------- reading


class Told:
    """A client that gives one answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def query_partial(self, document: str, variables: dict[str, Any]) -> Answer:
        assert (document, variables) == ("event_to_undo", {"id": "E1"})
        return self._answer


def test_an_event_that_is_not_there_is_gone() -> None:
    missing = GraphQLFault("Event not found", ("node",))

    for answer in (Answer({"node": None}), Answer({"node": None}, (missing,))):
        assert read_event(Told(answer), "E1") is None  # type: ignore[arg-type]


def test_an_error_is_no_evidence_that_it_is_gone() -> None:
    trouble = GraphQLFault("Something went wrong", ("node",))

    for answer in (Answer({"node": None}, (trouble,)), Answer(None, (trouble,)), Answer(None)):
        with pytest.raises(FetchIncomplete, match="Reading the event E1 failed"):
            read_event(Told(answer), "E1")  # type: ignore[arg-type]


MARK = "adm_sync:0123456789abcdef"


@pytest.mark.parametrize(
    ("notes", "mark", "stands"),
    [
        (MARK, MARK, False),
        (f"{MARK} Bring chalk", MARK, True),
        ("adm_sync:ffffffffffffffff", MARK, True),
        (MARK, None, True),
    ],
)
def test_our_own_mark_is_no_change_and_any_other_text_is(
    notes: str, mark: str | None, stands: bool
) -> None:
    made = Made(MADE.creation, MADE.updates, MADE.sessions, mark)
    found = obstacle(node(internalNotes=notes), made)
    assert (found is not None) is stands
    fields = [*node()["customFieldValues"], {"definitionKey": "F10", "value": MARK}]
    assert obstacle(node(customFieldValues=fields), made) is None
