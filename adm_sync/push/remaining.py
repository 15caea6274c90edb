"""What remains of an event that Administrate had more than once when it was looked at.

Somebody may have deleted, cancelled or renamed one of them since. So nobody says that it is there
twice before all that are known to be were looked at again, in a few requests for all events.

What belongs here: looking, what follows for the event, and noting that. What does not: finding out
that it is there more than once (`searching`, `imports.reconciling`), and removing or linking one of
them on a person's word (`imports.undo`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.in_flight import at_once
from adm_sync.database import reconciling
from adm_sync.database.engine import database_errors
from adm_sync.database.reconciling import DoubledEvent
from adm_sync.database.states import LifecycleState
from adm_sync.push import candidates
from adm_sync.push.candidates import Wanted
from adm_sync.push.likeness import start_sent
from adm_sync.push.remote import RemoteEvent, events_by_id

IDS_TOGETHER = 10

Verdict = Literal["doubled", "left", "unsure", "ours", "settled"]


@dataclass(frozen=True, slots=True)
class Remaining:
    """What remains of an event, and what a person is told of it if one has to decide.

    Attributes:
        event_id: of our own row.
        verdict: `doubled`: it is there more than once. `left`: the one that is linked here is gone
            or cancelled, and another that is the same is there. `unsure`: none is linked, and what
            is there may be it. In these a person decides. `ours`: what is there is to be linked.
            `settled`: nothing has to be decided about it.
        events: those that are there, without the linked one.
        ids: theirs; before them that of the linked one, if it is there too.
        sentence: empty if nobody has to decide.
        linked: the id that is linked here, whether it is there or not; None if none is.
        step_id: of its creation, as far as that is known.
    """

    event_id: int
    verdict: Verdict
    events: tuple[RemoteEvent, ...] = ()
    ids: tuple[str, ...] = ()
    sentence: str = ""
    linked: str | None = None
    step_id: int | None = None


def look(
    engine: sa.Engine, client: AdministrateClient, workbook_id: int | None = None
) -> list[Remaining]:
    """Look at all events that are noted to be there more than once; writes nothing.

    Args:
        engine: of the database.
        client: whom to ask.
        workbook_id: only the events that this workbook names.

    Raises:
        AdministrateError: it does not say what it has.
        DatabaseError: what is here cannot be read.
    """
    with database_errors(), engine.connect() as connection:
        events = reconciling.doubled(connection, workbook_id)
        ids = sorted({one for event in events for one in event.ids})
        linked = reconciling.linked(connection, ids) if ids else set()
    some = [ids[n : n + IDS_TOGETHER] for n in range(0, len(ids), IDS_TOGETHER)]
    there: dict[str, RemoteEvent] = {}
    for found in at_once(lambda one: events_by_id(client, one), some, lambda: client.in_flight):
        there |= found
    return [_of(event, there, linked) for event in events]


def _of(
    event: DoubledEvent, there: Mapping[str, RemoteEvent], linked: Collection[str]
) -> Remaining:
    found = [there[one] for one in event.doubled if one in there and one not in linked]
    template, given, mark = event.template_external_id, event.input["input"], event.mark
    # The event may have been moved since; what came of its creation was not.
    starts = [start for start in (start_sent(given), event.starts_at) if start]
    wanted = [Wanted(template, event.title, start, mark) for start in starts]
    if event.external_id is None:
        return _of_unlinked(event, wanted[0], found)
    own = there.get(event.external_id)
    others = [
        one
        for one in found
        if any(candidates.twins(each, event.external_id, [one]) for each in wanted)
    ]
    return remaining(event.id, wanted[0], event.external_id, own, others, event.step_id)


def _of_unlinked(event: DoubledEvent, wanted: Wanted, found: Sequence[RemoteEvent]) -> Remaining:
    judged = candidates.judge(wanted, found)
    ids = tuple(one.external_id for one in judged.events)
    verdict: Verdict = "settled" if judged.verdict == "absent" else judged.verdict
    sentence = ""
    if verdict == "doubled":
        sentence = candidates.too_many(wanted, judged.events)
    elif verdict == "unsure":
        sentence = candidates.question(judged)
    return Remaining(event.id, verdict, judged.events, ids, sentence, None, event.step_id)


def remaining(
    event_id: int,
    wanted: Wanted,
    linked: str | None,
    own: RemoteEvent | None,
    others: Sequence[RemoteEvent],
    step_id: int | None = None,
) -> Remaining:
    """What remains of an event, of which `others` were found.

    Args:
        event_id: of our own row.
        wanted: the event.
        linked: the id that is linked here; None if none is.
        own: the event of that id; None if it is not there any more.
        others: those, none of them cancelled, that are this event too.
        step_id: of its creation.
    """
    is_alive = own is not None and own.state != LifecycleState.CANCELLED
    events, ids = tuple(others), tuple(one.external_id for one in others)
    if not others:
        return Remaining(event_id, "settled", linked=linked, step_id=step_id)
    if is_alive or len(others) > 1 or linked is None:
        beside = linked if is_alive else None
        sentence = candidates.too_many(wanted, others, beside=beside)
        ids = (*filter(None, [beside]), *ids)
        return Remaining(event_id, "doubled", events, ids, sentence, linked, step_id)
    # By its mark it is what this project has made; but a link that stands is not moved unasked.
    if own is None and candidates.is_marked(wanted, others[0]):
        return Remaining(event_id, "ours", events, ids, "", linked, step_id)
    sentence = candidates.left(wanted, others[0], linked, is_cancelled=own is not None)
    return Remaining(event_id, "left", events, ids, sentence, linked, step_id)


def note(connection: sa.Connection, one: Remaining) -> None:
    """Note what follows, unless another one was linked meanwhile.

    What is to be linked, or looked up anew, the push sees to.
    """
    if reconciling.linked_id(connection, one.event_id) != one.linked:
        return
    if one.verdict in {"doubled", "left"}:
        reconciling.fail_double(connection, one.event_id, one.ids, one.sentence)
    elif one.verdict == "ours" and one.linked:
        reconciling.leave_to_push(connection, one.event_id, one.ids)
    else:
        reconciling.settle_double(connection, one.event_id)
