"""What was recorded of an event, for telling later what has changed since, and where.

What belongs here: an event as plain values, and the differences between them. What does not:
recording, and reading how the event is now (`here`, `there`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Mode
from adm_sync.workbook.resolved import ResolvedEvent, ResolvedSession

Recorded = dict[str, Any]

# What is compared, and the column that a difference is reported at.
EVENT_COLUMNS = {
    "title": Column.TITLE,
    "state": Column.TITLE,
    "starts_on": Column.START_DATE,
    "ends_on": Column.END_DATE,
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
    "state": Column.SESSION_TITLE,
    "starts": Column.START_DATE,
    "ends": Column.END_DATE,
    "venue": Column.VENUE,
    "instructors": Column.SESSION_INSTRUCTOR,
    "url": Column.SESSION_URL,
}
# How a difference names what has no column of its own.
NAMES = {
    "state": "The state",
    "starts_on": "The event's start date",
    "ends_on": "The event's end date",
}
# The workbook has no say in these, or says it in its session rows.
_ELSEWHERE = {"state", "starts_on", "ends_on"}
# Where people write differently what is the same.
_NAMED = {"title", "location", "venue", "instructors", "administrators"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not everywhere as it was imported, in words.

    Attributes:
        name: of the value, as it was recorded.
        column: where it stands.
        imported: what was recorded.
        here: what it is in this database now; None if that is not known.
        there: what it is in Administrate now; None if that is not known.
        workbook: what the workbook says; None if that is what was imported.
    """

    name: str
    column: Column
    imported: str
    here: str | None
    there: str | None
    workbook: str | None


def recorded_event(resolved: ResolvedEvent) -> Recorded:
    """The event's own values, as JSON can hold them."""
    event = resolved.event
    own = {name: getattr(event, name) for name in EVENT_COLUMNS if hasattr(event, name)}
    return {
        name: plain(value)
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
        "starts": plain(row.starts),
        "ends": plain(row.ends),
        "venue": session.venue.name if session.venue else None,
        "instructors": [person.name for person in session.instructors],
        "url": row.url,
    }


def differences(
    base: Recorded,
    workbook: Recorded,
    here: Recorded,
    there: Recorded,
    columns: Mapping[str, Column],
) -> Iterator[Difference]:
    """Each value that was changed since, unless it is the same everywhere by now.

    Args:
        base: what was recorded; what it lacks is not compared.
        workbook: what the workbook says; what it lacks is as it was recorded.
        here: how it is in this database; what it lacks is not known.
        there: how it is in Administrate; what it lacks is not known.
        columns: what is compared.
    """
    for name, column in columns.items():
        if name not in base:
            continue
        was, says = base[name], workbook.get(name, base[name])
        sides = [side[name] for side in (here, there) if name in side]
        is_new = not _is_same(name, was, says)
        changed = any(not _is_same(name, was, side) for side in sides)
        if not changed and (not is_new or name in _ELSEWHERE):
            continue
        if changed and all(_is_same(name, says, side) for side in sides):
            continue
        yield Difference(
            name,
            column,
            _shown(was),
            _shown(here[name]) if name in here else None,
            _shown(there[name]) if name in there else None,
            _shown(says) if is_new else None,
        )


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def _is_same(name: str, one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(normalise, one)) == sorted(map(normalise, other))
    if name in _NAMED and isinstance(one, str) and isinstance(other, str):
        return normalise(one) == normalise(other)
    return bool(one == other or (one in (None, "") and other in (None, "")))


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nobody"
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value)
