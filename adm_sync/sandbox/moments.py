"""Date-times as the API takes and gives them.

What belongs here: the two notations (`LocalDateTime`: no offset, in the record's own zone;
`DateTime`: an instant, in UTC with `Z` when answered) and the way between them. What does not:
which field of an event is which (event_fields.py).
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def zone(name: str) -> ZoneInfo:
    """The IANA time zone.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{name!r} is not a time zone.") from error


def utc_of_local(text: str, time_zone: str) -> str:
    """A `LocalDateTime` in a zone, as an instant in UTC.

    Raises:
        ValueError: the text is no date-time or has an offset, or the zone is unknown.
    """
    moment = _parse(text)
    if moment.tzinfo is not None:
        raise ValueError(f"{text!r} has an offset; a LocalDateTime has none.")
    return _instant(moment.replace(tzinfo=zone(time_zone)))


def utc_of_instant(text: str) -> str:
    """A `DateTime` with any offset, as an instant in UTC.

    Raises:
        ValueError: the text is no date-time, or has no offset.
    """
    moment = _parse(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset.")
    return _instant(moment)


def local_of_utc(text: str | None, time_zone: str | None) -> str | None:
    """An instant as the naive local time of a zone (UTC without one)."""
    if text is None:
        return None
    moment = _parse(text).astimezone(zone(time_zone) if time_zone else UTC)
    return moment.replace(tzinfo=None).isoformat()


def comparable(text: str, *, instant: bool) -> datetime:
    """A date-time to compare: an instant (UTC where no offset is given), or a local time.

    Raises:
        ValueError: the text is no date-time.
    """
    moment = _parse(text)
    if not instant:
        return moment.replace(tzinfo=None)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parse(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{text!r} is not a date-time.") from error


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
