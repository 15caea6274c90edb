"""Time zones: local times as instants, and a zone that does not go with its town.

What belongs here: what the IANA database knows. What does not: reading zones from cells.
"""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from adm_sync.names.keys import normalise
from adm_sync.workbook.lookup.registers import Problem, quoted, warning


def instant(local: datetime, zone: str) -> datetime:
    """A local time without a zone as an instant in UTC, whatever zone the host is in.

    A time that occurs twice, when clocks go back, means its first occurrence.
    """
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def zone_problem(location: str, zone: str, year: int) -> Problem | None:
    """A warning if the location is a city that gives another zone of that area its name.

    Only within an area (`Europe`): elsewhere cities share names (Halifax, Perth). Zones that show
    the same time under the same name all year, as Belfast and London do, are one.
    """
    area = zone.partition("/")[0]
    own = _cities(area).get(normalise(location))
    if own is None or _clock(own, year) == _clock(zone, year):
        return None
    return warning(
        "zone_differs_from_venue",
        f"The times are said to be those of {zone}, but the location {quoted(location)} has a zone "
        f"of its own, {own}.",
        f"If the times are local to the location: {own.replace('/', ' - ', 1)}",
    )


@cache
def _all_zones() -> list[str]:
    """All zones of the IANA database; finding them reads hundreds of files."""
    return sorted(available_timezones())


@cache
def _cities(area: str) -> dict[str, str]:
    """City -> zone, for the zones of an area that are named after cities."""
    return {
        normalise(name.rpartition("/")[2].replace("_", " ")): name
        for name in _all_zones()
        if name.startswith(f"{area}/")
    }


@cache
def _clock(zone: str, year: int) -> tuple[tuple[str | None, str], ...]:
    """What clocks show in winter and in summer."""
    moments = [datetime(year, month, 1, tzinfo=ZoneInfo(zone)) for month in (1, 7)]
    return tuple((moment.tzname(), str(moment.utcoffset())) for moment in moments)
