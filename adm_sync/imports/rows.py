"""The rows of an event and its sessions on both sides of this database, as a workbook has them.

What belongs here: from resolved values to columns. What does not: writing them (`recording`).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from adm_sync.database.states import LifecycleState
from adm_sync.workbook.columns import EVENT_KEPT, SESSION_KEPT
from adm_sync.workbook.entries import Kept
from adm_sync.workbook.events import Carried, ResolvedEvent, ResolvedSession


def tutorial_event(resolved: ResolvedEvent, code: str, now: datetime) -> dict[str, Any]:
    """A tutorial event."""
    event = resolved.event
    return {
        "code": code,
        "is_soldout": False,
        "finalisation_date": event.finalisation_date,
        "remain_space": event.max_places or 0,
        "start_date": event.starts.date(),
        "end_date": event.ends.date(),
        "created_at": now,
        "updated_at": now,
        "product_id": resolved.product_id,
        "location_id": resolved.location.tutorial_id,
        "venue_id": resolved.venue.tutorial_id if resolved.venue else None,
        **_here(event.carried, EVENT_KEPT),
    }


def tutorial_session(one: ResolvedSession, tutorial_id: int, now: datetime) -> dict[str, Any]:
    """A tutorial session."""
    return {
        "title": one.session.title,
        "start_date": one.starts,
        "end_date": one.ends,
        "sequence": one.session.day,
        **_here(one.session.carried, SESSION_KEPT),
        "created_at": now,
        "updated_at": now,
        "tutorial_event_id": tutorial_id,
        "location_id": one.location.tutorial_id,
        "venue_id": one.venue.tutorial_id if one.venue else None,
    }


def adm_event(resolved: ResolvedEvent, tutorial_id: int, now: datetime) -> dict[str, Any]:
    """The bridge row of an event."""
    event = resolved.event
    zone = ZoneInfo(event.zone)
    first = resolved.sessions[0].session.title if resolved.sessions else ""
    instructor = resolved.instructors[0] if resolved.instructors else None
    return {
        "external_id": None,
        "title": event.title,
        "session_title": first,
        "learning_mode": event.mode.value,
        "tutorial_category": "",
        "administrator": ", ".join(one.name for one in resolved.administrators)[:255],
        "max_places": event.max_places or 0,
        "min_places": 0,
        "lms_start_date": _instant(event.lms_starts, zone),
        "lms_end_date": _instant(event.lms_ends, zone),
        "virtual_classroom": "",
        "lifecycle_state": LifecycleState.DRAFT,
        "sold_out": False,
        "cancelled": False,
        "web_sale": event.web_sale,
        "sitting": event.sitting.name,
        "finalisation_date": _midnight(event.finalisation_date, zone),
        "timezone": event.zone,
        **_bridged(event.carried, EVENT_KEPT, zone),
        "created_at": now,
        "updated_at": now,
        "course_template_id": resolved.template.bridge_id,
        "location_id": resolved.location.bridge_id,
        "primary_instructor_id": instructor.bridge_id if instructor else None,
        "tutorial_event_id": tutorial_id,
        "venue_id": resolved.venue.bridge_id if resolved.venue else None,
    }


def adm_session(
    one: ResolvedSession, tutorial_session_id: int, adm_event_id: int, now: datetime
) -> dict[str, Any]:
    """The bridge row of a session."""
    session = one.session
    instructor = one.instructors[0] if one.instructors else None
    return {
        "title": session.title,
        "day_number": session.day,
        "classroom_start_date": session.starts.date(),
        "classroom_start_time": session.starts.time(),
        "classroom_end_date": session.ends.date(),
        "classroom_end_time": session.ends.time(),
        **_bridged(session.carried, SESSION_KEPT, ZoneInfo(one.zone)),
        "cancelled": False,
        "created_at": now,
        "updated_at": now,
        "event_id": adm_event_id,
        "session_instructor_id": instructor.bridge_id if instructor else None,
        "external_id": None,
        "tutorial_session_id": tutorial_session_id,
    }


def _here(carried: Mapping[str, Carried], kept: Mapping[str, Kept]) -> dict[str, Any]:
    """What no rule looks at, by its columns in the tutorial tables, which have no blanks."""
    return {
        column: None if value == "" else value
        for name, value in carried.items()
        for column in kept[name].tutorial
    }


def _bridged(
    carried: Mapping[str, Carried], kept: Mapping[str, Kept], zone: ZoneInfo
) -> dict[str, Any]:
    """What no rule looks at, by its columns in the bridge, where every moment is an instant."""
    return {
        column: _stored(value, zone)
        for name, value in carried.items()
        for column in kept[name].bridge
    }


def _stored(value: Carried, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return _instant(value, zone)
    return _midnight(value, zone) if isinstance(value, date) else value


def _instant(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    return local.replace(tzinfo=zone).astimezone(UTC) if local else None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return _instant(datetime.combine(day, time()), zone) if day else None
