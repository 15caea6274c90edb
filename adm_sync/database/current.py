"""How events that were imported are here now: the tutorial side, and what only the bridge keeps.

What belongs here: the statements, the same few whatever the number of events. What does not:
comparing (`imports.comparison`).
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from adm_sync.database import acted, adm, recording
from adm_sync.database.import_tables import event_sessions, events, steps

Rows = Sequence[sa.Row[Any]]

_BRIDGE_COLUMNS = (
    *("timezone", "learning_mode", "lms_start_date", "lms_end_date", "max_places"),
    *("access_duration", "event_url", "web_sale", "sitting", "ocr_moodle_code", "recordings"),
    *("recording_pin", "tutors", "sage_code", "extra_information", "registration_deadline"),
    *("administrator", "lifecycle_state", "cancelled"),
)


def events_now(connection: sa.Connection, event_ids: Sequence[int]) -> Rows:
    """The tutorial events of these events, with the names of their places."""
    table, location, venue = acted.tutorial_events, acted.tutorial_locations, acted.tutorial_venues
    statement: sa.Select[Any] = (
        sa.select(
            events.c.id,
            table.c.code,
            table.c.start_date,
            table.c.end_date,
            table.c.finalisation_date,
            location.c.name.label("location"),
            venue.c.name.label("venue"),
        )
        .join(table, table.c.id == events.c.tutorial_event_id)
        .outerjoin(location, location.c.id == table.c.location_id)
        .outerjoin(venue, venue.c.id == table.c.venue_id)
        .where(_among(events.c.id, event_ids))
    )
    return connection.execute(statement).all()


def bridges_now(connection: sa.Connection, event_ids: Sequence[int]) -> Rows:
    """What the bridge rows of these events hold, as far as they have columns for it."""
    there = recording.existing_columns(connection)["events"]
    columns = [adm.events.c[name] for name in _BRIDGE_COLUMNS if name in there]
    statement: sa.Select[Any] = (
        sa.select(events.c.id, *columns)
        .join(adm.events, adm.events.c.id == events.c.adm_event_id)
        .where(_among(events.c.id, event_ids))
    )
    return connection.execute(statement).all()


def sessions_now(connection: sa.Connection, event_ids: Sequence[int]) -> Rows:
    """The sessions of these events, with the names of their venues; empty where one is deleted."""
    table, venue = acted.tutorial_sessions, acted.tutorial_venues
    statement: sa.Select[Any] = (
        sa.select(
            event_sessions.c.id,
            event_sessions.c.event_id,
            event_sessions.c.day,
            event_sessions.c.external_id,
            event_sessions.c.recorded,
            event_sessions.c.tutorial_session_id,
            table.c.title,
            table.c.start_date,
            table.c.end_date,
            table.c.url,
            venue.c.name.label("venue"),
        )
        .outerjoin(table, table.c.id == event_sessions.c.tutorial_session_id)
        .outerjoin(venue, venue.c.id == table.c.venue_id)
        .where(_among(event_sessions.c.event_id, event_ids))
        .order_by(event_sessions.c.event_id, event_sessions.c.day)
    )
    return connection.execute(statement).all()


def instructors_now(connection: sa.Connection, event_ids: Sequence[int]) -> Rows:
    """Who teaches the sessions of these events: (session of ours, first name, last name)."""
    link, person = acted.tutorial_session_instructors, acted.tutorial_instructors
    statement: sa.Select[Any] = (
        sa.select(event_sessions.c.id, acted.auth_user.c.first_name, acted.auth_user.c.last_name)
        .join(link, link.c.tutorialsessions_id == event_sessions.c.tutorial_session_id)
        .join(person, person.c.id == link.c.tutorialinstructor_id)
        .join(acted.staff, acted.staff.c.id == person.c.staff_id)
        .join(acted.auth_user, acted.auth_user.c.id == acted.staff.c.user_id)
        .where(_among(event_sessions.c.event_id, event_ids))
        .order_by(event_sessions.c.id, link.c.id)
    )
    return connection.execute(statement).all()


def done_steps(connection: sa.Connection, event_ids: Sequence[int]) -> Rows:
    """What these events have had done in Administrate, in order."""
    statement: sa.Select[Any] = sa.select(
        steps.c.event_id, steps.c.event_session_id, steps.c.kind, steps.c.input
    ).where(_among(steps.c.event_id, event_ids), steps.c.state == "done")
    return connection.execute(statement.order_by(steps.c.event_id, steps.c.position)).all()


def _among(column: sa.ColumnElement[int], ids: Sequence[int]) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.bindparam(None, list(ids), sa.ARRAY(sa.BigInteger)))
