"""Reconciling: are the events of a sitting in Administrate what is recorded here?

What belongs here: comparing, in both directions. What does not: mending; a person reads the
differences. Only which events are there more than once is noted, and their step fails, so that it
is not forgotten.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.in_flight import at_once
from adm_sync.database import reconciling
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.reconciling import EventHere, SessionHere
from adm_sync.database.states import LifecycleState
from adm_sync.push.candidates import Wanted, twins
from adm_sync.push.likeness import is_title
from adm_sync.push.options import PushOptions
from adm_sync.push.remaining import Remaining, note, remaining
from adm_sync.push.remote import RemoteEvent, RemoteSession, events_between, events_by_id
from adm_sync.tenant import check_instance

MismatchKind = Literal[
    "only_here",
    "deleted_in_administrate",
    "only_in_administrate",
    "doubled_in_administrate",
    "tutorial_event_deleted",
    "differs",
]
IDS_TOGETHER = 10
# An event that was moved in Administrate by less than this is still found with the others.
AROUND = timedelta(days=60)
# A is April and S is September.
EXAM_MONTHS = {"A": 4, "S": 9}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that a person should look at.

    Attributes:
        kind: which of them; the names are read as "this event is …".
        title: the event's.
        external_id: in Administrate, where it is there.
        tutorial_event_id: here, where it is here.
        detail: what differs, in a sentence.
        sitting: the event's.
    """

    kind: MismatchKind
    title: str
    external_id: str | None
    tutorial_event_id: int | None
    detail: str
    sitting: str

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came of it: how many events were compared, and what differs.

    `without_events` are the sittings of which no event is here, `events` how many are of each, and
    `changed_there` says when Administrate's were changed last, by their ids.
    """

    sittings: tuple[str, ...]
    compared: int
    differences: tuple[Mismatch, ...]
    requests: int = 0
    without_events: tuple[str, ...] = ()
    events: Mapping[str, int] = field(default_factory=dict)
    changed_there: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """That something differs is no failure; that an event is there more than once is."""
        is_doubled = any(one.kind == "doubled_in_administrate" for one in self.differences)
        return "failed" if is_doubled else "succeeded"

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "status": self.status,
            "sittings": list(self.sittings),
            "compared": self.compared,
            "requests": self.requests,
            "differences": [one.as_json() for one in self.differences],
        }


@dataclass(frozen=True, slots=True)
class _Here:
    """What is recorded here of the sittings."""

    sittings: tuple[str, ...]
    events: Sequence[EventHere]
    sessions: Mapping[int, Sequence[SessionHere]]
    sitting_keys: frozenset[str]


def reconcile(
    database: Database,
    client: AdministrateClient,
    options: PushOptions,
    sittings: Sequence[str] | None = None,
) -> Reconciliation:
    """Read the events of sittings back from Administrate, and compare them with what is here.

    Args:
        database: open.
        client: of the tenant.
        options: whose, and how large a page is.
        sittings: such as `2027A`; by default all that events were imported for.

    Raises:
        WrongInstance: the database belongs to another tenant.
        AdministrateError: the events did not all arrive, so nothing can be said.
        DatabaseError: what is here cannot be read.
    """
    with database_errors(), database.engine.connect() as connection:
        check_instance(connection, options.instance)
    requests = client.requests
    here = _read(database, sittings)
    remote = _remote(client, options, here)
    with database_errors(), database.engine.connect() as connection:
        known = reconciling.bridged(connection, list(remote))
    others = _others(here, remote, known)
    _note_others(database, here, others)
    found = [*_from_here(here, remote, others), *_from_there(here, remote, known, others)]
    of_events = Counter(event.sitting for event in here.events)
    return Reconciliation(
        here.sittings,
        len(here.events),
        tuple(found),
        client.requests - requests,
        tuple(one for one in here.sittings if one not in of_events),
        of_events,
        {one.external_id: one.updated for one in remote.values() if one.updated},
    )


def current_sittings(database: Database) -> list[str]:
    """The sittings with an event that is not over, or of which something is to be done.

    Raises:
        DatabaseError: what is here cannot be read.
    """
    with database_errors(), database.engine.connect() as connection:
        return reconciling.current_sittings(connection)


def _read(database: Database, wanted: Sequence[str] | None) -> _Here:
    with database_errors(), database.engine.connect() as connection:
        sittings = reconciling.sittings(connection) if wanted is None else list(wanted)
        events = reconciling.events_of(connection, sittings)
        sessions: dict[int, list[SessionHere]] = defaultdict(list)
        for session in reconciling.sessions_of(connection, [event.id for event in events]):
            sessions[session.event_id].append(session)
        keys = reconciling.custom_field_keys(connection, "Event", "Sitting")
    return _Here(tuple(sittings), events, sessions, frozenset(keys))


def _remote(
    client: AdministrateClient, options: PushOptions, here: _Here
) -> dict[str, RemoteEvent]:
    """The events of Administrate around the time of ours, and ours wherever they are."""
    periods = [_period(sitting) for sitting in here.sittings]
    starts = [event.starts_at for event in here.events]
    begins = [p[0] for p in periods if p] + [start - AROUND for start in starts]
    ends = [p[1] for p in periods if p] + [start + AROUND for start in starts]
    if not begins:
        return {}
    begin, end = min(begins), max(ends)
    found = events_between(client, begin, end, options.page_size, options.max_records)
    remote = {event.external_id: event for event in found}
    known = {one for event in here.events for one in (*_ids(event), *event.doubled)}
    missing = sorted(known - remote.keys())
    some = [missing[n : n + IDS_TOGETHER] for n in range(0, len(missing), IDS_TOGETHER)]
    read = at_once(
        lambda ids: events_by_id(client, ids), some, lambda: min(options.workers, client.in_flight)
    )
    for moved in read:
        remote |= moved
    return remote


def _others(
    here: _Here, remote: Mapping[str, RemoteEvent], known: Mapping[str, int | None]
) -> dict[int, Remaining]:
    """What is there of our events beside or instead of the linked one, by the ids of our rows."""
    at_a_time: dict[Any, list[RemoteEvent]] = defaultdict(list)
    marked: dict[str, list[RemoteEvent]] = defaultdict(list)
    for one in remote.values():
        for start in one.starts:
            at_a_time[one.template, start].append(one)
        for mark in one.marks:
            marked[mark].append(one)
    linked = {one for event in here.events for one in _ids(event)} | set(known)
    found = {}
    for event in here.events:
        wanted, own = _wanted(event), event.external_id
        alike = at_a_time[wanted.template, event.starts_at.astimezone(UTC)]
        every = {one.external_id: one for one in [*alike, *marked[event.mark or ""]]}
        others = twins(wanted, own or "", list(every.values()), linked)
        others = [one for one in others if one.external_id not in linked]
        if others and (own or len(others) > 1):
            found[event.id] = remaining(event.id, wanted, own, remote.get(own or ""), others)
    return found


def _note_others(database: Database, here: _Here, found: Mapping[int, Remaining]) -> None:
    with database_errors(), database.engine.begin() as connection:
        for event in here.events:
            if event.id in found:
                note(connection, found[event.id])
            elif event.doubled:
                reconciling.settle_double(connection, event.id)


def _wanted(event: EventHere) -> Wanted:
    return Wanted(event.template_external_id, event.title, event.starts_at, event.mark)


def _ids(event: EventHere) -> list[str]:
    """The Administrate id that it is linked with, if it is."""
    return [event.external_id] if event.external_id else []


def _period(sitting: str) -> tuple[datetime, datetime] | None:
    """When the events of a sitting such as `2027A` start: from nine months before its exams."""
    if not (sitting[:4].isdigit() and sitting[4:] in EXAM_MONTHS):
        return None
    exams = datetime(int(sitting[:4]), EXAM_MONTHS[sitting[4:]], 28, tzinfo=UTC)
    return exams - timedelta(days=270), exams


def _from_here(
    here: _Here, remote: Mapping[str, RemoteEvent], others: Mapping[int, Remaining]
) -> Iterator[Mismatch]:
    for event in here.events:
        instead = _instead(others.get(event.id))
        if event.external_id is None and event.doubled:
            continue  # it is told of with those that are there more than once
        if event.external_id is None:
            yield _difference("only_here", event, "It is not in Administrate yet: adm-sync push.")
        elif event.external_id not in remote:
            yield _difference(
                "deleted_in_administrate",
                event,
                instead or "It was made there, and is there no longer.",
            )
        else:
            if event.tutorial_event_id is None:
                yield _difference(
                    "tutorial_event_deleted", event, "Its tutorial event has been deleted."
                )
            if instead:
                yield _difference("differs", event, instead)
            yield from _compared(event, here.sessions.get(event.id, ()), remote[event.external_id])


def _instead(one: Remaining | None) -> str:
    """That another event may take the place of the linked one, which is gone or cancelled."""
    if one is not None and one.verdict == "ours":
        return f"It is gone there. {one.ids[0]}, which has its mark, is linked by the next push."
    return one.sentence if one is not None and one.verdict == "left" else ""


def _compared(
    event: EventHere, sessions: Sequence[SessionHere], there: RemoteEvent
) -> Iterator[Mismatch]:
    if not is_title(there.title, [event.title]):
        yield _difference("differs", event, f"Administrate calls it {there.title!r}.")
    if there.template != event.template_external_id:
        yield _difference("differs", event, "Administrate has it under another course template.")
    if there.state == LifecycleState.CANCELLED:
        yield _difference("differs", event, "It is cancelled in Administrate.")
    first = sessions[0].start_date if sessions else event.starts_at
    # What is online starts earlier than the first session, and is no start of that.
    starts = there.begins if sessions else there.online
    if first not in ({starts} if sessions and starts else there.starts or {first}):
        when = _moment(starts) if starts else "at another time"
        detail = f"It starts {when} in Administrate and {_moment(first)} here."
        yield _difference("differs", event, detail)
    yield from _compared_end(event, sessions, there)
    by_id = {session.external_id: session for session in there.sessions or ()}
    for session in sessions:
        yield from _compared_session(event, session, by_id.pop(session.external_id or "", None))
    for extra in by_id.values():
        yield _difference(
            "differs",
            event,
            f"Administrate has a session more: {extra.title or extra.external_id!r}.",
        )


def _compared_end(
    event: EventHere, sessions: Sequence[SessionHere], there: RemoteEvent
) -> Iterator[Mismatch]:
    """An event ends with its last session, on both sides."""
    if not sessions:
        return
    last = max(session.end_date for session in sessions)
    if there.ends is not None and there.ends != last:
        ends = f"It ends {_moment(there.ends)} in Administrate"
        yield _difference("differs", event, f"{ends}, and its last session {_moment(last)} here.")
    day = last.astimezone(ZoneInfo(event.zone)).date()
    if event.ends_on is not None and event.ends_on != day:
        ends = f"It ends on {event.ends_on:%d/%m/%Y} here"
        yield _difference("differs", event, f"{ends}, and its last session on {day:%d/%m/%Y}.")


def _compared_session(
    event: EventHere, session: SessionHere, there: RemoteSession | None
) -> Iterator[Mismatch]:
    day = f"Day {session.day}"
    if session.external_id is None or there is None:
        yield _difference("differs", event, f"{day} has no session in Administrate.")
        return
    if not is_title(there.title, [session.title]):
        yield _difference(
            "differs",
            event,
            f"{day} is called {there.title!r} in Administrate, and {session.title!r} here.",
        )
    times = (
        ("starts", there.starts, session.start_date),
        ("ends", there.ends, session.end_date),
    )
    for what, theirs, ours in times:
        if theirs != ours:
            when = _moment(theirs) if theirs else "at no time"
            said = f"{day} {what} {when} in Administrate, and {_moment(ours)} here."
            yield _difference("differs", event, said)
            return  # where it starts elsewhere, it ends elsewhere too


def _from_there(
    here: _Here,
    remote: Mapping[str, RemoteEvent],
    known: Mapping[str, int | None],
    others: Mapping[int, Remaining],
) -> Iterator[Mismatch]:
    for event in here.events:
        one = others.get(event.id)
        if one is not None and one.verdict == "doubled":
            ids, count = ", ".join(one.ids), len(one.ids)
            is_linked = event.external_id in one.ids
            linked = f"linked here: {event.external_id}" if is_linked else "none is linked"
            yield _difference(
                "doubled_in_administrate",
                event,
                f"It is there {count} times ({ids}); {linked}. Delete the others there, or let "
                "adm-sync reconcile --remove-doubles propose it.",
            )
    ours = {event.external_id for event in here.events if event.external_id}
    same = {event.external_id for one in others.values() for event in one.events}
    for there in remote.values():
        named = [there.fields.get(key) for key in here.sitting_keys]
        of_sitting = [sitting for sitting in here.sittings if sitting in named]
        if of_sitting and there.external_id not in {*ours, *known, *same}:
            yield Mismatch(
                "only_in_administrate",
                there.title,
                there.external_id,
                None,
                "No tutorial event here belongs to it.",
                of_sitting[0],
            )


def _difference(kind: MismatchKind, event: EventHere, detail: str) -> Mismatch:
    ids = event.external_id, event.tutorial_event_id
    return Mismatch(kind, event.title, *ids, detail, event.sitting)


def _moment(moment: Any) -> str:
    return str(moment.strftime("%d/%m/%Y %H:%M UTC"))
