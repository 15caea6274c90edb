"""An event as a workbook has it, but with a value that somebody has given it here or there.

What belongs here: from a value in words, or from a record that one side names, to what recording
and pushing work with. What does not: deciding whose value holds (`planning`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from adm_sync.workbook.columns import EVENT_FIELDS, SESSION_FIELDS
from adm_sync.workbook.entries import Form
from adm_sync.workbook.events import (
    ENDS,
    PLACES,
    Administrator,
    EventRow,
    Link,
    ResolvedEvent,
    ResolvedSession,
    SessionRow,
)
from adm_sync.workbook.references import LinkedRecord, References

Of = TypeVar("Of", ResolvedEvent, ResolvedSession, EventRow, SessionRow)
Row = TypeVar("Row", EventRow, SessionRow)

_FORMS = {name: one.entry.form for name, one in (*SESSION_FIELDS.items(), *EVENT_FIELDS.items())}
_LENGTH_OF_A_DAY = len("2027-01-12")
# How flags are written where they are kept as text.
_YES, _NO = {"true", "1", "yes", "y", "on"}, {"false", "0", "no", "n", "off", ""}


class CannotBeTaken(Exception):
    """A value has no counterpart on the other side; says why."""


@dataclass(frozen=True, slots=True)
class Given:
    """A value that one side has.

    Attributes:
        value: in the words of what is recorded.
        ids: of the records that it names, in the order of their names: tutorial ids of one here,
            Administrate ids of one there.
        is_here: which side it is.
    """

    value: Any
    ids: tuple[Any, ...] = ()
    is_here: bool = True


def with_value(
    event: ResolvedEvent,
    day: int | None,
    name: str,
    given: Given,
    references: References,
    key: str | None,
) -> ResolvedEvent:
    """The event with another value.

    Args:
        event: as it is to be, so far.
        day: of the session whose value it is; None for one of the event itself.
        name: of the value.
        given: it.
        references: what both sides know.
        key: of the custom field that it is sent in, if it is.

    Raises:
        CannotBeTaken: it names something that is not on both sides, or cannot be read.
    """
    if day is None:
        changed = _event_with(event, name, given, references)
        fields = _with_field(event.custom_fields, key, _value_of(changed, name))
        return replace(changed, custom_fields=fields)
    index = next(n for n, one in enumerate(event.sessions) if one.session.day == day)
    session = _session_with(event.sessions[index], name, given, references)
    fields = _with_field(session.custom_fields, key, _value_of(session, name))
    changed_session = replace(session, custom_fields=fields)
    sessions = (*event.sessions[:index], changed_session, *event.sessions[index + 1 :])
    return replace(event, sessions=sessions)


def _with(of: Of, name: str, value: Any) -> Of:
    changes: dict[str, Any] = {name: value}
    return replace(of, **changes)


def _event_with(
    event: ResolvedEvent, name: str, given: Given, references: References
) -> ResolvedEvent:
    if name in PLACES:
        return _with(event, name, _place(name, given, references))
    if name == "instructors":
        return replace(event, instructors=_instructors(given, references))
    if name == "administrators":
        return replace(event, administrators=_administrators(given))
    if name in ENDS:
        own = ENDS[name]
        moment = _moment(given.value, getattr(event.event, own))
        row = _with(event.event, own, moment)
        return _with(replace(event, event=row), own, _instant(moment, row.zone))
    return replace(event, event=_with_plain(event.event, name, given.value))


def _session_with(
    session: ResolvedSession, name: str, given: Given, references: References
) -> ResolvedSession:
    if name in PLACES:
        return _with(session, name, _place(name, given, references))
    if name == "instructors":
        return replace(session, instructors=_instructors(given, references))
    if name in {"starts", "ends"}:
        moment = _moment(given.value, getattr(session.session, name))
        row = _with(session.session, name, moment)
        instant = _instant(moment, session.zone)
        return _with(replace(session, session=row), name, instant)
    return replace(session, session=_with_plain(session.session, name, given.value))


# ---------------------------------------------------------------------- plain values


def _with_plain(row: Row, name: str, value: Any) -> Row:
    read = _plain(name, value)
    if name in row.carried:
        return replace(row, carried={**row.carried, name: read})
    return _with(row, name, read)


def _plain(name: str, value: Any) -> Any:
    """A value as an event of a workbook has it."""
    form = _FORMS[name]
    if form is Form.FLAG:
        return _flag(value)
    if not form.is_measure:
        return value or ""
    if value in (None, ""):
        return None
    try:
        if form is Form.COUNT:
            return int(value)
        is_day = len(str(value)) == _LENGTH_OF_A_DAY
        return date.fromisoformat(value) if is_day else datetime.fromisoformat(value)
    except ValueError:
        raise CannotBeTaken(f"{value!r} cannot be read") from None


def _flag(value: Any) -> bool:
    text = str(value if value is not None else "").casefold()
    if text not in _YES | _NO:
        raise CannotBeTaken(f"{value!r} is neither yes nor no")
    return text in _YES


def _moment(value: Any, usual: datetime) -> datetime:
    """A moment; where only its day is known, the time of day stays."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise CannotBeTaken(f"{value!r} is no time") from None
    is_day = len(str(value)) == _LENGTH_OF_A_DAY
    return datetime.combine(moment, usual.time()) if is_day else moment


def _instant(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def _value_of(of: ResolvedEvent | ResolvedSession, name: str) -> str:
    row = of.event if isinstance(of, ResolvedEvent) else of.session
    known = name in row.carried or hasattr(row, name)
    value = row.value(name) if known else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _with_field(
    fields: tuple[tuple[str, str], ...], key: str | None, value: str
) -> tuple[tuple[str, str], ...]:
    if key is None:
        return fields
    return (*(one for one in fields if one[0] != key), *([(key, value)] if value else []))


# ---------------------------------------------------------------------- records of both sides


def _place(name: str, given: Given, references: References) -> Link | None:
    if not given.value:
        if name == "location":
            raise CannotBeTaken("an event is always somewhere")
        return None
    records = references.locations if name == "location" else references.venues
    return _link(given, 0, records)


def _instructors(given: Given, references: References) -> tuple[Link, ...]:
    records = tuple(one.instructor for one in references.people if one.instructor)
    return tuple(_link(given, n, records) for n in range(len(given.value)))


def _administrators(given: Given) -> tuple[Administrator, ...]:
    ids = given.ids if not given.is_here else (None,) * len(given.value)
    return tuple(Administrator(name, id_) for name, id_ in zip(given.value, ids, strict=True))


def _link(given: Given, index: int, records: Sequence[LinkedRecord]) -> Link:
    """The pair of the record that one side names."""
    wanted = given.ids[index] if index < len(given.ids) else None
    is_it: Callable[[LinkedRecord], bool] = (
        (lambda one: one.id == wanted)
        if given.is_here
        else (lambda one: any(bridge.external_id == wanted for bridge in one.bridges))
    )
    name = given.value[index] if isinstance(given.value, list) else given.value
    found = next((one for one in records if is_it(one) and one.bridges), None)
    if wanted is None or found is None:
        raise CannotBeTaken(f"{name} is not known on both sides")
    bridges = {one.external_id: one for one in found.bridges}
    bridge = found.bridges[0] if given.is_here else bridges[wanted]
    return Link(found.id, bridge.id, bridge.external_id, found.name)


def ids_there(name: str, node: Mapping[str, Any], staff: Sequence[tuple[str, str]]) -> Given:
    """What a value of Administrate names: the ids of a place, or of people with their names."""
    if name in PLACES:
        place = node.get(name) or {}
        return Given(place.get("name"), (place.get("id"),), is_here=False)
    return Given([one for _, one in staff], tuple(one for one, _ in staff), is_here=False)
