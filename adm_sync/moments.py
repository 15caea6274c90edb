"""How a moment is told to people.

What belongs here: its one form. What does not: times that people have written (`workbook`), which
are read in the zone of their event.
"""

from datetime import datetime
from zoneinfo import ZoneInfo


def clock_time(moment: datetime | None, zone: str) -> str:
    """A moment as the clocks of that time zone show it, and which that is; empty if there is none.

    Args:
        moment: with its own time zone.
        zone: the IANA name of the one to tell it in: `ADM_SYNC_TIME_ZONE`.
    """
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}" if moment else ""
