"""What was recorded of an event, for telling later whether a workbook says something else.

What belongs here: an event as plain values, and the differences of two. What does not: recording.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Mode
from adm_sync.workbook.resolved import ResolvedEvent, ResolvedSession

Recorded = dict[str, Any]

# What is compared, and the column that a difference is reported at.
EVENT_COLUMNS = {
    "location": Column.LOCATION,
    "venue": Column.VENUE,
    "zone": Column.ZONE,
    "mode": Column.MODE,
    "lms_starts": Column.LMS_START_DATE,
    "lms_ends": Column.LMS_END_DATE,
    "max_places": Column.MAX_PLACES,
    "access_duration": Column.ACCESS_DURATION,
    "instructors": Column.INSTRUCTOR,
    "administrators": Column.ADMINISTRATOR,
    "url": Column.EVENT_URL,
    "finalisation_date": Column.FINALISATION_DATE,
    "web_sale": Column.WEB_SALE,
    "sitting": Column.SITTING,
    "moodle_code": Column.MOODLE_CODE,
    "recordings": Column.RECORDINGS,
    "recording_pin": Column.RECORDING_PIN,
    "tutors": Column.TUTORS,
    "sage_code": Column.SAGE_CODE,
    "extra_information": Column.EXTRA_INFORMATION,
    "registration_deadline": Column.REGISTRATION_DEADLINE,
}
SESSION_COLUMNS = {
    "title": Column.SESSION_TITLE,
    "starts": Column.START_DATE,
    "ends": Column.END_DATE,
    "venue": Column.VENUE,
    "instructors": Column.SESSION_INSTRUCTOR,
    "url": Column.SESSION_URL,
}


def recorded_event(resolved: ResolvedEvent) -> Recorded:
    """The event's own values, as JSON can hold them."""
    event = resolved.event
    own = {name: getattr(event, name) for name in EVENT_COLUMNS if hasattr(event, name)}
    return {
        name: _plain(value)
        for name, value in {
            **own,
            "location": resolved.location.name,
            "venue": resolved.venue.name if resolved.venue else None,
            "mode": Mode(event.mode).value,
            "sitting": event.sitting.name,
            "instructors": [person.name for person in resolved.instructors],
            "administrators": [person.name for person in resolved.administrators],
        }.items()
    }


def recorded_session(session: ResolvedSession) -> Recorded:
    """The session's values, as JSON can hold them."""
    row = session.session
    return {
        "title": row.title,
        "starts": _plain(row.starts),
        "ends": _plain(row.ends),
        "venue": session.venue.name if session.venue else None,
        "instructors": [person.name for person in session.instructors],
        "url": row.url,
    }


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], columns: Mapping[str, Column]
) -> Iterator[tuple[Column, str, str]]:
    """(column, what was recorded, what the workbook says) of each value that differs."""
    for name, column in columns.items():
        if name in before and before[name] != now[name]:
            yield column, _shown(before[name]), _shown(now[name])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nobody"
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value)
