"""Dates in the input of mutations.

What belongs here: reading a start or end given in either notation, and the order of the two.
What does not: the notations themselves (moments.py).
"""

from collections.abc import Mapping
from typing import Any

from adm_sync.sandbox.moments import utc_of_instant, utc_of_local, zone
from adm_sync.sandbox.mutations.payloads import Refused
from adm_sync.sandbox.store import StoredRecord

EVENT_DATES = {
    "classroomStart": ("classroomStartDateTime", "timeZonedClassroomStart"),
    "classroomEnd": ("classroomEndDateTime", "timeZonedClassroomEnd"),
    "lmsStart": ("lmsStartDateTime", "timeZonedLmsStart"),
    "lmsEnd": ("lmsEndDateTime", "timeZonedLmsEnd"),
}
SESSION_DATES = {
    "start": ("start", "timeZonedStart"),
    "end": ("end", "timeZonedEnd"),
}
PAIRS = (("classroomStart", "classroomEnd"), ("lmsStart", "lmsEnd"), ("start", "end"))


def check_zone(name: str | None) -> None:
    """Raises Refused if the name is not an IANA time zone."""
    if name is not None:
        try:
            zone(name)
        except ValueError as error:
            raise Refused(str(error), "timeZoneName", name) from None


def given_dates(
    values: Mapping[str, Any], names: Mapping[str, tuple[str, str]], time_zone: str | None
) -> dict[str, str | None]:
    """The dates that the input gives, in UTC, by the names under which they are stored.

    Arguments:
        values: the mutation's input.
        names: stored name -> (the input's local name, the input's name with an offset).
        time_zone: the zone of local times; UTC if None.

    Raises:
        Refused: a date is not one, or is in the other notation.
    """
    dates: dict[str, str | None] = {}
    for stored, (local, zoned) in names.items():
        for label in (local, zoned):
            if label in values:
                dates[stored] = _utc(values[label], label, local, time_zone)
    return dates


def check_order(record: Mapping[str, Any]) -> None:
    """Raises Refused unless each end is after its start."""
    for start, end in PAIRS:
        first, last = record.get(start), record.get(end)
        if first and last and last <= first:
            raise Refused("The end must be after the start", end, last)


def keep_order(record: StoredRecord, changes: Mapping[str, Any]) -> None:
    """Raises Refused if the record would end before it starts once changed."""
    check_order({**record, **changes})


def _utc(value: str | None, label: str, local: str, time_zone: str | None) -> str | None:
    if value is None:
        return None
    try:
        return utc_of_local(value, time_zone or "UTC") if label == local else utc_of_instant(value)
    except ValueError as error:
        raise Refused(str(error), label, value) from None
