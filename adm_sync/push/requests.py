"""What each kind of step sends, and what its answer means.

What belongs here: documents, variables, and reading payloads. What does not: when anything is
sent, and what is noted of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from adm_sync.administrate.answers import Answer
from adm_sync.database.states import StepKind

Variables = dict[str, Any]

# Learning mode -> (document, field of the group `event`).
CREATIONS = {
    "blended": ("create_blended_event", "createBlended"),
    "classroom": ("create_classroom_event", "createClassroom"),
    "lms": ("create_lms_event", "createLMS"),
}
# Document -> (group, field, the object in its payload; empty if it has none).
CHANGES = {
    "update_session": ("session", "update", "session"),
    "add_session_staff": ("session", "addStaff", "session"),
    "add_event_staff": ("event", "addStaff", "event"),
    "update_event": ("event", "update", "event"),
    "remove_event_staff": ("event", "removeStaff", "event"),
    "delete_sessions": ("session", "delete", ""),
}
# The kinds of steps that follow a creation, each named as its document.
AFTER_CREATION = (
    StepKind.UPDATE_SESSION,
    StepKind.ADD_SESSION_STAFF,
    StepKind.ADD_EVENT_STAFF,
)
# Not among the documents: a tenant may lack it and have no need of it.
APPROVAL = StepKind.APPROVE_INSTRUCTORS
# Every mutation that a push cannot do without.
DOCUMENTS = (
    *(document for document, _ in CREATIONS.values()),
    *AFTER_CREATION,
)
# What Administrate says of somebody who is there already.
ALREADY_STAFF = "already exists as staff"
SENTENCE_LENGTH = 300
UNSAID = "Administrate did not say what became of it"

Outcome = Literal["done", "refused", "unanswered"]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mutation that is sent for a step."""

    document: str
    variables: Variables


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer says of one step; `message` is Administrate's, in a sentence or empty."""

    outcome: Outcome
    message: str = ""


def _verdict(outcome: Outcome, said: Iterable[str]) -> Verdict:
    return Verdict(outcome, _message(said))


def _message(said: Iterable[str]) -> str:
    return "; ".join(said)[:SENTENCE_LENGTH]


def change(
    kind: StepKind, values: Mapping[str, Any], event_id: str, session_id: str | None
) -> tuple[Mutation, ...]:
    """The mutations of a step that follows a creation.

    People are added one by one: of several, "is staff already" would not say who was added.

    Args:
        kind: of the step.
        values: what the step holds.
        event_id: the event's Administrate id.
        session_id: the session's, for a step of a session.
    """
    given = dict(values["input"])
    if kind == StepKind.UPDATE_SESSION:
        return (Mutation(kind, {"sessionId": session_id, "input": given}),)
    if kind == StepKind.ADD_SESSION_STAFF:
        people = dict.fromkeys(given.pop("contactIds"))
        return tuple(
            Mutation(kind, {"input": {**given, "contactIds": [person], "sessionId": session_id}})
            for person in people
        )
    return (Mutation(kind, {"input": {**given, "eventId": event_id}}),)


def part(answer: Answer, position: int, of: int, group: str) -> Answer:
    """What an answer says of one of the mutations of a request, as if that had been the only one.

    Args:
        answer: to all of them.
        position: which of them, from 0.
        of: how many there are.
        group: the root field that it has by itself.
    """
    if of == 1:
        return answer
    alias = f"s{position}"
    # An error without a path may be about any of them.
    errors = tuple(e for e in answer.errors if not e.path or e.path[0] == alias)
    return Answer({group: (answer.data or {}).get(alias)}, errors)


def lacks_parts(answer: Answer, of: int) -> bool:
    """Whether some of so many mutations were passed over, without a word about them."""
    data = answer.data or {}
    said = {fault.path[0] for fault in answer.errors if fault.path}
    return any(name not in data and name not in said for name in (f"s{n}" for n in range(of)))


def created_node(answer: Answer, mode: str) -> Mapping[str, Any] | None:
    """The event in the answer to a creation, if there is one, errors or not."""
    payload = _payload(answer.data, "event", CREATIONS[mode][1])
    event = payload.get("event") if payload else None
    identifier = event.get("id") if isinstance(event, dict) else None
    usable = isinstance(identifier, str) and identifier.strip() and "\0" not in identifier
    return event if usable and isinstance(event, dict) else None


def creation_verdict(answer: Answer, mode: str) -> Verdict:
    """What the answer to a creation means."""
    payload = _payload(answer.data, "event", CREATIONS[mode][1])
    said = _sentences(payload) if payload else []
    said += [fault.message for fault in answer.errors]
    message = _message(said)
    if created_node(answer, mode) is not None:
        return Verdict("done", message)
    if payload is not None and _sentences(payload):
        return Verdict("refused", message)
    return Verdict("unanswered", message or "Administrate answered without an event or an error")


def approval_remarks(answer: Answer) -> str:
    """What Administrate says of a new list of approved instructors; the list itself tells more."""
    payload = _payload(answer.data, "courseTemplate", "update")
    said = _sentences(payload) if payload else []
    said += [fault.message for fault in answer.errors]
    return _message(said)


def change_verdict(answer: Answer, document: str, alias: str) -> Verdict:
    """What the answer means for the mutation under this alias."""
    _, field, made = CHANGES[document]
    faults = [f.message for f in answer.errors if f.path and f.path[0] == alias]
    payload = _payload(answer.data, alias, field)
    if payload is None:
        return _verdict("unanswered", faults or [UNSAID])
    said = _sentences(payload)
    refused = [sentence for sentence in said if ALREADY_STAFF not in sentence.casefold()]
    has_made = not made or isinstance(payload.get(made), dict)
    # The object in the answer of others is there already, whoever was added to it or not.
    tells = made and has_made and document in {"update_session", "update_event"}
    if refused and not tells:
        return _verdict("refused", refused)
    if not said and not has_made:
        return _verdict("unanswered", faults or [UNSAID])
    return _verdict("done", [*refused, *faults])


def taken_together(verdicts: Sequence[Verdict]) -> Verdict:
    """What the verdicts on all mutations of a step come to."""
    for outcome in ("refused", "unanswered"):
        for verdict in verdicts:
            if verdict.outcome == outcome:
                return verdict
    said = dict.fromkeys(verdict.message for verdict in verdicts if verdict.message)
    return _verdict("done", said)


def _payload(data: Mapping[str, Any] | None, group: str, field: str) -> dict[str, Any] | None:
    """The payload of a mutation; one of a batch of one may come as a list."""
    inside = (data or {}).get(group)
    payload = inside.get(field) if isinstance(inside, dict) else None
    if isinstance(payload, list) and len(payload) == 1:
        payload = payload[0]
    return payload if isinstance(payload, dict) else None


def _sentences(payload: Mapping[str, Any]) -> list[str]:
    errors = payload.get("errors")
    entries: Sequence[Any] = errors if isinstance(errors, list) else [errors] if errors else []
    return [_sentence(entry) for entry in entries if entry]


def _sentence(error: Any) -> str:
    if not isinstance(error, dict):
        return " ".join(str(error).split())
    label, message = error.get("label"), error.get("message")
    text = " ".join(str(message or "no reason given").split())
    return f"{text} ({label})" if label else text
