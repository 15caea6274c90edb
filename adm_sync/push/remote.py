"""Events and people as Administrate has them.

What belongs here: reading them. What does not: finding the event that a creation may have made
(`finding`), and what follows from it (`candidates`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import (
    LARGEST_PAGE,
    fetch_connection,
    fetch_rest,
    read_page,
)
from adm_sync.errors import ContractBroken, FetchIncomplete, RequestRejected
from adm_sync.names.keys import normalise
from adm_sync.push.marks import marks_in


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """A session of Administrate; `fields` are its custom fields by key."""

    external_id: str
    title: str
    starts: datetime | None
    fields: Mapping[str, str]
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """An event of Administrate. `starts` are the instants that may be its start.

    `sessions` is None where they did not all come with it; `marks` are those that its notes or
    custom fields hold. `begins` and `ends` are its start and end in rooms, `online` is the start of
    what is not; None where there is none, or where that was not asked for.
    """

    external_id: str
    title: str
    template: str | None
    state: str
    starts: frozenset[datetime]
    created: datetime | None
    sessions: tuple[RemoteSession, ...] | None
    fields: Mapping[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    updated: datetime | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    online: datetime | None = None


def remote_event(node: Mapping[str, Any]) -> RemoteEvent:
    """An event from a node of the API.

    Raises:
        ContractBroken: it has no usable id.
    """
    template = node.get("courseTemplate")
    zone = node.get("timeZoneName")
    local = [node.get("classroomStart"), node.get("lmsStart"), node.get("start")]
    starts = [instant(node.get("timeZonedStart"), zone), *(instant(v, zone) for v in local)]
    fields = _fields(node)
    return RemoteEvent(
        external_id=usable_id(node),
        title=str(node.get("title") or ""),
        template=str(template["id"]) if isinstance(template, dict) and template.get("id") else None,
        state=str(node.get("lifecycleState") or ""),
        starts=frozenset(start for start in starts if start is not None),
        created=instant(node.get("createdAt"), None),
        sessions=remote_sessions(node),
        fields=fields,
        marks=marks_in([node.get("internalNotes"), *fields.values()]),
        updated=instant(node.get("updatedAt"), None),
        begins=instant(node.get("classroomStart"), zone),
        ends=instant(node.get("classroomEnd"), zone),
        online=instant(node.get("lmsStart"), zone),
    )


def remote_sessions(node: Mapping[str, Any]) -> tuple[RemoteSession, ...] | None:
    """The sessions that came with an event, in the order of their start; None if not all came.

    What is wrong with them is no reason to lose the event's own id.
    """
    try:
        page = read_page(node, "sessions", _session)
    except ContractBroken:
        return None
    distinct = {session.external_id for session in page.records}
    if page.more or len(distinct) != page.total or len(page.records) != page.total:
        return None
    return _in_order(page.records)


def _in_order(sessions: Iterable[RemoteSession]) -> tuple[RemoteSession, ...]:
    # Stable: sessions that start together stay in the order that Administrate gave them.
    return tuple(sorted(sessions, key=_start_or_last))


def _session(node: Mapping[str, Any]) -> RemoteSession:
    return RemoteSession(
        usable_id(node),
        str(node.get("title") or ""),
        instant(node.get("timeZonedStart"), None),
        _fields(node),
        instant(node.get("timeZonedEnd"), None),
    )


def _fields(node: Mapping[str, Any]) -> dict[str, str]:
    values = [v for v in node.get("customFieldValues") or () if isinstance(v, dict)]
    return {str(v.get("definitionKey")): str(v.get("value") or "") for v in values}


def _start_or_last(session: RemoteSession) -> datetime:
    return session.starts or datetime.max.replace(tzinfo=UTC)


def usable_id(node: Mapping[str, Any]) -> str:
    """The id of a node.

    Raises:
        ContractBroken: it is missing, empty, or no text.
    """
    identifier = node.get("id")
    if not isinstance(identifier, str) or not identifier.strip():
        raise ContractBroken("Administrate answered with a record that has no id.")
    return identifier


def instant(value: object, zone: object) -> datetime | None:
    """An instant of ISO text; without an offset it is local to the zone of this name."""
    try:
        moment = datetime.fromisoformat(str(value))
        local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(str(zone)))
        return local.astimezone(UTC)
    except (ValueError, OSError, OverflowError, ZoneInfoNotFoundError):
        return None


def events_between(
    client: AdministrateClient, begin: datetime, end: datetime, page_size: int, max_records: int
) -> list[RemoteEvent]:
    """All events that start in a period, both ends included.

    Raises:
        AdministrateError: not all of them arrived.
    """

    def fetch(document: str) -> list[RemoteEvent]:
        return fetch_connection(
            client,
            document,
            "events",
            remote_event,
            page_size=page_size,
            max_records=max_records,
            variables={"from": utc(begin), "until": utc(end)},
        ).records

    try:
        return fetch("events_with_notes_between")
    except RequestRejected:
        # A tenant whose events have no notes.
        return fetch("events_between")


def utc(moment: datetime) -> str:
    """An instant as filters take it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_by_id(client: AdministrateClient, external_id: str) -> RemoteEvent | None:
    """The event of this id with all its sessions, or None if it is not there any more.

    Raises:
        FetchIncomplete: Administrate did not say, or not all of it.
        AdministrateError: it did not answer.
    """
    node = event_node(client, "event", external_id)
    return None if node is None else _with_all_sessions(client, remote_event(node), node)


def events_by_id(client: AdministrateClient, ids: Sequence[str]) -> dict[str, RemoteEvent]:
    """Those of these events that are there, by their ids, read with one request if it is taken.

    Raises:
        AdministrateError: as of `event_by_id`.
    """
    # The second for a tenant whose events have no notes.
    nodes = _all_nodes(client, "event_with_notes", ids) or _all_nodes(client, "event", ids)
    nodes = nodes or {one: event_node(client, "event", one) for one in ids}
    return {
        one: _with_all_sessions(client, remote_event(node), node)
        for one, node in nodes.items()
        if node is not None
    }


def _all_nodes(
    client: AdministrateClient, document: str, ids: Sequence[str]
) -> dict[str, Mapping[str, Any] | None]:
    """What a document reads of each of these events, None if it is not there any more, in one
    request; nothing if that is refused."""
    try:
        nodes = client.query_together(document, [{"id": one} for one in ids])
    except RequestRejected:
        return {}
    there = [node if isinstance(node, dict) and node.get("id") else None for node in nodes]
    return dict(zip(ids, there, strict=True))


def event_node(
    client: AdministrateClient, document: str, external_id: str
) -> Mapping[str, Any] | None:
    """What a document reads of the event of this id, or None if it is not there any more.

    Raises:
        FetchIncomplete: Administrate did not say.
        AdministrateError: it did not answer.
    """
    answer = client.query_partial(document, {"id": external_id})
    node = (answer.data or {}).get("node")
    if isinstance(node, dict) and node.get("id"):
        return node
    said = [fault.message for fault in answer.errors]
    # An error in its place is no evidence that the event has gone.
    if (answer.data is None and not said) or not all(map(_says_gone, said)):
        reason = "; ".join(said) or "no answer"
        raise FetchIncomplete(f"Reading the event {external_id} failed: {reason}")
    return None


def known_nodes(
    client: AdministrateClient, document: str, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What a document reads of several events, in one request, as far as they are there.

    Nothing, if there is only one, or Administrate does not answer so much at once.

    Raises:
        AdministrateError: it did not answer.
    """
    nodes = _all_nodes(client, document, ids) if len(ids) > 1 else {}
    return {one: node for one, node in nodes.items() if node is not None}


def _with_all_sessions(
    client: AdministrateClient, event: RemoteEvent, node: Mapping[str, Any]
) -> RemoteEvent:
    if event.sessions is not None:
        return event
    try:
        page = read_page(node, "sessions", _session)
    except ContractBroken:
        return event
    rest = fetch_rest(
        client,
        "event_sessions_rest",
        event.external_id,
        "sessions",
        _session,
        len(page.records),
        page.total,
        LARGEST_PAGE,
    )
    every = [*page.records, *rest]
    if len({session.external_id for session in every}) != page.total:
        raise FetchIncomplete(f"The sessions of the event {event.external_id} came twice.")
    return replace(event, sessions=_in_order(every))


def _says_gone(message: str) -> bool:
    said = message.casefold()
    return any(words in said for words in ("not found", "no such", "does not exist"))


def contacts_by_name(
    client: AdministrateClient, page_size: int, max_records: int
) -> dict[str, tuple[str, ...]]:
    """The ids of all staff and instructors, by folded name.

    Raises:
        AdministrateError: not all of them arrived.
    """
    fetched = fetch_connection(
        client,
        "staff_contacts",
        "contacts",
        lambda node: (
            f"{node.get('firstName') or ''} {node.get('lastName') or ''}",
            usable_id(node),
        ),
        page_size=page_size,
        max_records=max_records,
    )
    by_name: dict[str, tuple[str, ...]] = {}
    for name, external_id in fetched.records:
        key = normalise(name)
        if key:
            by_name[key] = (*by_name.get(key, ()), external_id)
    return by_name
