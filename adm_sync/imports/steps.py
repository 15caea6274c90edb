"""What an event needs done in Administrate, as steps.

What belongs here: from a resolved event to the steps that are recorded with it. What does not:
sending them (`push`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from adm_sync.database.states import LifecycleState, StepKind
from adm_sync.names.keys import as_matched
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT
from adm_sync.workbook.entries import Kept
from adm_sync.workbook.events import (
    Administrator,
    Carried,
    Link,
    Mode,
    ResolvedEvent,
    ResolvedSession,
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
        staff = {"contactIds": contacts, "staffType": "instructor"}
        yield NewStep(StepKind.ADD_SESSION_STAFF, row.day, {"input": staff})


def session_input(resolved: ResolvedEvent, session: ResolvedSession) -> dict[str, Any]:
    """All values of a session, as Administrate gets them."""
    row = session.session
    values: dict[str, Any] = {
        "title": as_matched(row.title),
        "locationId": session.location.external_id,
        "timeZoneName": resolved.event.zone,
        "start": _local(row.starts),
        "end": _local(row.ends),
        "customFieldValues": _custom_fields(session.custom_fields),
    }
    if session.venue:
        values["venueId"] = session.venue.external_id
    return values | _carried(row.carried, SESSION_KEPT)


def _creation(resolved: ResolvedEvent) -> NewStep:
    values = event_input(resolved)
    return NewStep(
        StepKind.CREATE_EVENT, None, {"input": values, "day_field": _day_field(resolved)}
    )


def event_input(resolved: ResolvedEvent) -> dict[str, Any]:
    """All values of an event, as Administrate gets them."""
    event = resolved.event
    values: dict[str, Any] = {
        "courseTemplateId": resolved.template.external_id,
        "eventType": "public",
        "lifecycleState": str(LifecycleState.DRAFT),
        "timeZoneName": event.zone,
        "title": as_matched(event.title),
        "locationId": resolved.location.external_id,
        "customFieldValues": _custom_fields(resolved.custom_fields),
        **_dates(resolved),
    }
    if resolved.venue and event.mode is not Mode.LMS:
        values["venueId"] = resolved.venue.external_id
    if event.max_places is not None:
        values["maxPlaces"] = event.max_places
    values |= _carried(event.carried, EVENT_KEPT)
    if event.mode is Mode.LMS:
        values.pop("registrationDeadline", None)
    return values


def _dates(resolved: ResolvedEvent) -> dict[str, str]:
    event = resolved.event
    dates = {}
    if event.mode is not Mode.LMS:
        dates["classroomStartDateTime"] = _local(event.starts)
        dates["classroomEndDateTime"] = _local(event.ends)
    if event.mode is not Mode.CLASSROOM and event.lms_starts:
        dates["lmsStartDateTime"] = _local(event.lms_starts)
    if event.mode is not Mode.CLASSROOM and event.lms_ends:
        dates["lmsEndDateTime"] = _local(event.lms_ends)
    return dates


def _staff(resolved: ResolvedEvent) -> Iterator[NewStep]:
    for person in resolved.instructors:
        yield NewStep(StepKind.ADD_EVENT_STAFF, None, _contact(person, "instructor"))
    for administrator in resolved.administrators:
        yield NewStep(StepKind.ADD_EVENT_STAFF, None, _contact(administrator, "administrator"))


def _contact(person: Link | Administrator, staff_type: str) -> dict[str, Any]:
    """The push looks the name up if the contact is not known yet."""
    given = {"staffType": staff_type}
    if person.external_id:
        given["contactId"] = person.external_id
    return {"input": given, "name": person.name, "name_key": name_key(person.name)}


def _day_field(resolved: ResolvedEvent) -> str | None:
    """The key of the sessions' custom field Day: the one whose value is the Day."""
    for session in resolved.sessions:
        for key, value in session.custom_fields:
            if value == str(session.session.day):
                return key
    return None


def _custom_fields(fields: Pairs) -> list[dict[str, str]]:
    return [{"definitionKey": key, "value": value} for key, value in fields]


def _carried(carried: Mapping[str, Carried], kept: Mapping[str, Kept]) -> dict[str, Any]:
    """What no rule looks at, where the input itself has a place for it; blanks are not sent."""
    return {
        key: value.isoformat() if isinstance(value, date | time) else value
        for name, value in carried.items()
        for key in kept[name].sent
        if value not in (None, "")
    }


def _local(moment: datetime) -> str:
    """A local time without offset, as the API's LocalDateTime."""
    return moment.isoformat(timespec="seconds")
