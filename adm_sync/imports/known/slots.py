"""Whether Administrate has a session for each that is new in an event that it has already.

What belongs here: foreseeing that it has not, as its API cannot add one. What does not: which of
its sessions is which of ours (`push.slots`).
"""

from collections.abc import Sequence

from adm_sync.database.recorded import RecordedEvent
from adm_sync.imports.codes import NO_SESSION_SLOT
from adm_sync.imports.known.changed import Changed
from adm_sync.imports.known.there import sessions_there
from adm_sync.imports.places import Places
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import ResolvedEvent
from adm_sync.workbook.findings import Finding


def without_slots(
    resolved: ResolvedEvent,
    row: RecordedEvent | None,
    new_days: Sequence[int],
    changed: Changed,
    places: Places,
) -> list[Finding]:
    """The new sessions that would get none; nothing is said of what cannot be known."""
    node = changed.there.events.get(row.external_id or "") if row else None
    sessions = sessions_there(node) if node else None
    if row is None or sessions is None:
        return []
    taken = [session.external_id for session in changed.days(row.id).values()]
    # One that is not linked yet will be, and takes one too.
    free = max(0, len(sessions.keys() - set(taken)) - taken.count(None))
    lacking = sorted(new_days)[free:]
    have = "1 session" if len(sessions) == 1 else f"{len(sessions)} sessions"
    return [
        NO_SESSION_SLOT(day=one.day, title=resolved.event.title, there=have).at(
            places.at(one.row, Column.DAY)
        )
        for one in resolved.event.sessions
        if one.day in lacking
    ]
