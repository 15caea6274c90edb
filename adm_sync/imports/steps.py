"""What an event needs done in Administrate, as steps.

What belongs here: from a resolved event to the steps that are recorded with it. What does not:
sending them (`push`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from adm_sync.database.states import LifecycleState, StepKind
from adm_sync.names.keys import as_matched
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT, STAFF
from adm_sync.workbook.entries import Compared, Kept, RowKind
from adm_sync.workbook.events import (
    PLACES,
    Administrator,
    Carried,
    EventRow,
    Link,
    ResolvedEvent,
    ResolvedSession,
    SessionRow,
)
from adm_sync.workbook.lookup.people import name_key

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to be recorded; `day` is its session's, None for one of the event itself."""

    kind: StepKind
    day: int | None
    input: dict[str, Any]


def steps_of_event(resolved: ResolvedEvent, approve: Sequence[Link] = ()) -> list[NewStep]:
    """All steps of a new event: its creation, whom to approve, its sessions by Day, its staff."""
    changes = [
        step for session in resolved.sessions for step in steps_of_session(resolved, session)
    ]
    return [_creation(resolved), *approval(resolved, approve), *changes, *_staff(resolved)]


def approval(resolved: ResolvedEvent, people: Sequence[Link]) -> list[NewStep]:
    """The step that has these approved for the event's course template, if there are any."""
    if not people:
        return []
    given = {
        "courseTemplateId": resolved.template.external_id,
        "contactIds": [person.external_id for person in people],
    }
    names = [person.name for person in people]
    values = {"input": given, "template": resolved.event.code, "names": names}
    return [NewStep(StepKind.APPROVE_INSTRUCTORS, None, values)]


def steps_of_session(resolved: ResolvedEvent, session: ResolvedSession) -> Iterator[NewStep]:
    """The steps of one session: its values, and its instructors."""
    row = session.session
    values = session_input(resolved, session)
    yield NewStep(StepKind.UPDATE_SESSION, row.day, {"input": values})
    if session.instructors:
        contacts = [person.external_id for person in session.instructors]
        staff = {"contactIds": contacts, "staffType": SESSION_KEPT["instructors"].staff}
        yield NewStep(StepKind.ADD_SESSION_STAFF, row.day, {"input": staff})


def session_input(resolved: ResolvedEvent, session: ResolvedSession) -> dict[str, Any]:
    """All values of a session, as Administrate gets them."""
    return {
        "timeZoneName": resolved.event.zone,
        "customFieldValues": _custom_fields(session.custom_fields),
        **_sent(session, session.session, SESSION_KEPT.values()),
    }


def _creation(resolved: ResolvedEvent) -> NewStep:
    values = {"input": event_input(resolved), "day_field": day_field(resolved.sessions)}
    return NewStep(StepKind.CREATE_EVENT, None, values)


def event_input(resolved: ResolvedEvent) -> dict[str, Any]:
    """All values of an event, as Administrate gets them."""
    kind = RowKind[resolved.event.mode.name]
    return {
        "courseTemplateId": resolved.template.external_id,
        "eventType": "public",
        "lifecycleState": str(LifecycleState.DRAFT),
        "customFieldValues": _custom_fields(resolved.custom_fields),
        **_sent(resolved, resolved.event, (o for o in EVENT_KEPT.values() if kind in o.sent_of)),
    }


def _sent(
    record: ResolvedEvent | ResolvedSession, row: EventRow | SessionRow, kept: Iterable[Kept]
) -> dict[str, Any]:
    """The values that the input itself has a place for; blanks are not sent."""
    values = {}
    for one in kept:
        if one.sent:
            value = getattr(record, one.name) if one.name in PLACES else row.value(one.name)
            values[one.sent[0]] = _as_sent(one, value)
    return {key: value for key, value in values.items() if value not in (None, "")}


def _as_sent(kept: Kept, value: Link | Carried) -> Any:
    match value:
        case str() if kept.compared is Compared.BY_NAME:
            return as_matched(value)
        case Link():
            return value.external_id
        case datetime():
            # Local, without an offset: the API's LocalDateTime.
            return value.isoformat(timespec="seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return value


def _staff(resolved: ResolvedEvent) -> Iterator[NewStep]:
    for name, staff_type in STAFF.items():
        for person in getattr(resolved, name):
            yield NewStep(StepKind.ADD_EVENT_STAFF, None, _contact(person, staff_type))


def _contact(person: Link | Administrator, staff_type: str) -> dict[str, Any]:
    """The push looks the name up if the contact is not known yet."""
    given = {"staffType": staff_type}
    if person.external_id:
        given["contactId"] = person.external_id
    return {"input": given, "name": person.name, "name_key": name_key(person.name)}


def day_field(sessions: Sequence[ResolvedSession]) -> str | None:
    """The key of the sessions' custom field Day: the one whose value is the Day in all of them."""
    days = [
        {key for key, value in one.custom_fields if value == str(one.session.day)}
        for one in sessions
    ]
    keys = set.intersection(*days) if days else set()
    return keys.pop() if len(keys) == 1 else None


def _custom_fields(fields: Pairs) -> list[dict[str, str]]:
    return [{"definitionKey": key, "value": value} for key, value in fields]
