"""Which session of Administrate is which session of the workbook.

Administrate makes the sessions of an event from its template, and says nothing of Days: a new
event's nth session by start is Day n. When an event is taken up again, some of its sessions may
have been moved already; those carry their Day, or their title, and are known by it.

What belongs here: the assignment. What does not: storing it.
"""

from collections.abc import Callable, Mapping, Sequence

from adm_sync.names.keys import normalise
from adm_sync.push.remote import RemoteSession


def assign(
    days: Mapping[int, str], remote: Sequence[RemoteSession], day_field: str | None
) -> tuple[dict[int, str], list[RemoteSession]]:
    """Administrate's session for each Day, and the sessions that are left over.

    Args:
        days: the title of the session of each Day.
        remote: the event's sessions, in the order of their start.
        day_field: the key of the custom field Day, if the tenant has one.

    Returns:
        Day -> Administrate id, for as many Days as there are sessions; and the unused sessions.
    """
    taken: dict[int, str] = {}
    left = list(remote)
    for known in (_by_day(days, day_field), _by_title(days)):
        for session in list(left):
            day = known(session)
            if day is not None and day not in taken:
                taken[day] = session.external_id
                left.remove(session)
    for day in sorted(days):
        if day not in taken and left:
            taken[day] = left.pop(0).external_id
    return taken, left


Known = Callable[[RemoteSession], int | None]


def _by_day(days: Mapping[int, str], day_field: str | None) -> Known:
    by_value = {str(day): day for day in days}

    def known(session: RemoteSession) -> int | None:
        return by_value.get(session.fields.get(day_field, "").strip()) if day_field else None

    return known


def _by_title(days: Mapping[int, str]) -> Known:
    by_title = {normalise(title): day for day, title in days.items()}

    def known(session: RemoteSession) -> int | None:
        return by_title.get(normalise(session.title))

    return known
