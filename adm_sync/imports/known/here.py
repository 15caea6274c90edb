"""How events that were imported are in this database now, in the words of what was recorded.

What belongs here: from rows to those words. The tutorial tables hold; the bridge tables are asked
for what those do not have. What does not: the statements (`database.current`), and comparing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from adm_sync.database.current import EventNow, SessionNow
from adm_sync.imports.known.comparison import Recorded, plain
from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import EVENT_KEPT

LONGEST_CODE = 100
_LENGTH_OF_A_DATE = 10
# What only the bridge row of an event keeps as it was recorded.
_BRIDGED = {
    name: one.bridge[0]
    for name, one in EVENT_KEPT.items()
    if one.bridge and not one.tutorial and not one.staff and name != "title"
}
BRIDGE_COLUMNS = (
    *_BRIDGED.values(),
    *("max_places", "administrator", "lifecycle_state", "cancelled"),
)


def event_here(base: Recorded, event: EventNow, ends: Iterable[str]) -> Recorded:
    """A tutorial event.

    Args:
        base: what was recorded.
        event: its row.
        ends: the recorded ends of its sessions; it ends with one of them.
    """
    now = {
        "title": base["title"] if is_code_of(event.code, base["title"]) else event.code,
        "starts_on": plain(event.start_date),
        "location": event.location,
        "venue": event.venue,
        "finalisation_date": plain(event.finalisation_date),
    }
    end = plain(event.end_date)
    if end not in {str(one)[:10] for one in ends}:
        now["ends_on"] = end
    return now


def bridge_here(base: Recorded, bridge: Mapping[str, Any]) -> Recorded:
    """What only a bridge row keeps; columns that are not there are left out."""
    zone = ZoneInfo(base["zone"])
    now = {
        name: _as_recorded(base.get(name), bridge[column], zone)
        for name, column in _BRIDGED.items()
        if column in bridge
    }
    if "max_places" in bridge:
        # Nothing is kept as 0.
        now["max_places"] = bridge["max_places"] or (0 if base["max_places"] == 0 else None)
    if "administrator" in bridge:
        names = ", ".join(base["administrators"])[:255]
        text = bridge["administrator"]
        now["administrators"] = base["administrators"] if text == names else [text] if text else []
    if bridge.get("cancelled"):
        now["state"] = "cancelled"
    elif "lifecycle_state" in bridge:
        now["state"] = bridge["lifecycle_state"]
    return now


def session_here(session: SessionNow, instructors: Sequence[str], zone: str) -> Recorded:
    """A tutorial session; `instructors` are their names."""
    if session.tutorial_session_id is None:
        return {"state": "deleted"}
    return {
        "title": session.title,
        "starts": _local(session.start_date, ZoneInfo(zone)),
        "ends": _local(session.end_date, ZoneInfo(zone)),
        "location": session.location,
        "venue": session.venue,
        "url": session.url or "",
        "instructors": list(instructors),
    }


def is_code_of(code: str, title: str) -> bool:
    """Whether a tutorial event of this title may have been given this code."""
    if normalise(code) == normalise(title[:LONGEST_CODE]):
        return True
    numbered = re.fullmatch(r"(.*) \(\d+\)", code, re.DOTALL)
    return numbered is not None and title.startswith(numbered[1])


def _as_recorded(was: Any, value: Any, zone: ZoneInfo) -> Any:
    """A value of the bridge, which keeps a date as the instant at which it begins."""
    if not isinstance(value, datetime):
        return value
    local = str(_local(value, zone))
    return local[:_LENGTH_OF_A_DATE] if len(str(was)) == _LENGTH_OF_A_DATE else local


def _local(moment: datetime | None, zone: ZoneInfo) -> Any:
    return plain(moment.astimezone(zone).replace(tzinfo=None)) if moment else None
