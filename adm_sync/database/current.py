"""How events that were imported are here now: the tutorial side, and what only the bridge keeps.

What belongs here: the statements, the same few whatever the number of events. What does not:
comparing (`imports.known.comparison`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm, recording
from adm_sync.database.import_tables import event_sessions, events, steps
from adm_sync.database.recorded import all_as, among, columns_of
from adm_sync.database.states import StepKind, StepState


@dataclass(frozen=True, slots=True)
class EventNow:
    """The tutorial event of one of our events (`id`), with the names of its places."""

    id: int
    code: str
    start_date: date
    end_date: date
    finalisation_date: date | None
    location: str | None
    location_id: int | None
    venue: str | None
    venue_id: int | None


def events_now(connection: sa.Connection, event_ids: Sequence[int]) -> dict[int, EventNow]:
    """The tutorial events of these events, by our ids."""
    table, location, venue = acted.tutorial_events, acted.tutorial_locations, acted.tutorial_venues
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                EventNow, table, id=events.c.id, location=location.c.name, venue=venue.c.name
            )
        )
        .join(table, table.c.id == events.c.tutorial_event_id)
        .outerjoin(location, location.c.id == table.c.location_id)
        .outerjoin(venue, venue.c.id == table.c.venue_id)
        .where(among(events.c.id, event_ids))
    )
    return {one.id: one for one in all_as(connection, EventNow, statement)}


def bridges_now(
    connection: sa.Connection, event_ids: Sequence[int], wanted: Sequence[str]
) -> Mapping[int, Mapping[str, Any]]:
    """What the bridge rows of these events hold in columns, as far as there are such columns."""
    there = recording.existing_columns(connection)["events"]
    columns = [adm.events.c[name] for name in wanted if name in there]
    statement: sa.Select[Any] = (
        sa.select(events.c.id, *columns)
        .join(adm.events, adm.events.c.id == events.c.adm_event_id)
        .where(among(events.c.id, event_ids))
    )
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings()}


@dataclass(frozen=True, slots=True)
class SessionNow:
    """A session of ours with its tutorial session, which is None throughout if it is deleted."""

    id: int
    event_id: int
    day: int
    external_id: str | None
    recorded: dict[str, Any]
    overruled: dict[str, Any] | None
    tutorial_session_id: int | None
    adm_session_id: int | None
    title: str | None
    start_date: datetime | None
    end_date: datetime | None
    url: str | None
    location: str | None
    location_id: int | None
    venue: str | None
    venue_id: int | None


def sessions_now(connection: sa.Connection, event_ids: Sequence[int]) -> list[SessionNow]:
    """The sessions of these events, by Day."""
    table, venue = acted.tutorial_sessions, acted.tutorial_venues
    location = acted.tutorial_locations
    statement: sa.Select[Any] = (
        sa.select(
            *columns_of(
                *(SessionNow, event_sessions, table),
                title=table.c.title,
                location=location.c.name,
                venue=venue.c.name,
            )
        )
        .outerjoin(table, table.c.id == event_sessions.c.tutorial_session_id)
        .outerjoin(location, location.c.id == table.c.location_id)
        .outerjoin(venue, venue.c.id == table.c.venue_id)
        .where(among(event_sessions.c.event_id, event_ids), event_sessions.c.removed_at.is_(None))
        .order_by(event_sessions.c.event_id, event_sessions.c.day)
    )
    return all_as(connection, SessionNow, statement)


@dataclass(frozen=True, slots=True)
class InstructorNow:
    """Somebody who teaches a session."""

    id: int
    name: str


def instructors_now(
    connection: sa.Connection, event_ids: Sequence[int]
) -> dict[int, list[InstructorNow]]:
    """Those who teach the sessions of these events, by the ids of ours."""
    link, person = acted.tutorial_session_instructors, acted.tutorial_instructors
    statement: sa.Select[Any] = (
        sa.select(
            event_sessions.c.id,
            person.c.id,
            acted.auth_user.c.first_name,
            acted.auth_user.c.last_name,
        )
        .join(link, link.c.tutorialsessions_id == event_sessions.c.tutorial_session_id)
        .join(person, person.c.id == link.c.tutorialinstructor_id)
        .join(acted.staff, acted.staff.c.id == person.c.staff_id)
        .join(acted.auth_user, acted.auth_user.c.id == acted.staff.c.user_id)
        .where(among(event_sessions.c.event_id, event_ids))
        .order_by(event_sessions.c.id, link.c.id)
    )
    found: dict[int, list[InstructorNow]] = {}
    for session_id, person_id, first, last in connection.execute(statement):
        one = InstructorNow(person_id, f"{first} {last}".strip())
        found.setdefault(session_id, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class DoneStep:
    """What was done in Administrate, and with which values."""

    event_id: int
    event_session_id: int | None
    kind: StepKind
    input: Mapping[str, Any]


def done_steps(connection: sa.Connection, event_ids: Sequence[int]) -> list[DoneStep]:
    """What these events have had done in Administrate, in order."""
    statement = sa.select(*columns_of(DoneStep, steps)).where(
        among(steps.c.event_id, event_ids), steps.c.state == StepState.DONE
    )
    return all_as(connection, DoneStep, statement.order_by(steps.c.event_id, steps.c.position))


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that Administrate has not made, for whatever reason."""

    id: int
    event_id: int
    event_session_id: int | None
    input: Mapping[str, Any]
    state: StepState


def waiting_changes(connection: sa.Connection, event_ids: Sequence[int]) -> list[WaitingChange]:
    """The changes of these events that Administrate has not made, in order."""
    kinds = (StepKind.CHANGE_EVENT, StepKind.CHANGE_SESSION, StepKind.CHANGE_STAFF)
    statement = sa.select(*columns_of(WaitingChange, steps)).where(
        among(steps.c.event_id, event_ids),
        steps.c.kind.in_(kinds),
        steps.c.state.not_in((StepState.DONE, StepState.UNDONE)),
    )
    return all_as(connection, WaitingChange, statement.order_by(steps.c.event_id, steps.c.position))
