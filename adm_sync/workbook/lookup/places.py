"""Places: venues, which are looked up within their location, and the zones of their clocks.

What belongs here: what sets venues apart from other records (their names repeat from town to
town), which places there are, local times as instants, and a zone that does not go with its town.
What does not: what becomes of a record that is found (`registers`), and reading zones from cells.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.findings import Finding, either, error, quoted, warning
from adm_sync.workbook.lookup.registers import (
    BUDGET,
    LONGEST_NAME,
    LookedUp,
    Register,
    noting_folding,
)
from adm_sync.workbook.references import LinkedRecord, References

VENUE_ELSEWHERE = error(
    "venue_elsewhere",
    "Administrate has the venue {venue} ({id}) at another location ({there}) than {location} "
    "({expected}).",
    "Quayside House, at Manchester here and at Bristol in Administrate",
    "Run: adm-sync sync locations venues. If that does not help, correct the venue's location on "
    "one of the two sides.",
    note="Administrate would refuse the event.",
    suggests=True,
)
ZONE_DIFFERS_FROM_VENUE = warning(
    "zone_differs_from_venue",
    "The times are said to be those of {zone}, but the location {location} has a zone of its own, "
    "{own}.",
    "Dublin with Europe - London",
    "Put the zone that the times are local to.",
)


def known_places(references: References) -> Callable[[str, str | None], bool]:
    """Whether there is a location (for None), or a venue in it, by their folded names.

    Of a blank venue, or one whose location is unknown, nobody can say that there is none.
    """
    locations = {one.id: normalise(one.name) for one in references.locations}
    towns = set(locations.values())
    venues = {
        (locations.get(one.location_id or 0), normalise(one.name)) for one in references.venues
    }

    def is_known(location: str, venue: str | None) -> bool:
        if venue is None:
            return location in towns
        return not venue or location not in towns or (location, venue) in venues

    return is_known


class Venues:
    """Venues, which are looked up within their location: two may share a name elsewhere."""

    def __init__(
        self, register: Register, venues: Sequence[LinkedRecord], locations: Sequence[LinkedRecord]
    ) -> None:
        self._register = register
        self._locations = {location.id: location.name for location in locations}
        self._at: dict[int | None, list[LinkedRecord]] = {}
        self._by_key: dict[tuple[int | None, str], list[LinkedRecord]] = {}
        self._homes: dict[str, list[LinkedRecord]] = {}
        for venue in venues:
            key = normalise(venue.name)
            self._at.setdefault(venue.location_id, []).append(venue)
            self._by_key.setdefault((venue.location_id, key), []).append(venue)
            self._homes.setdefault(key, []).append(venue)
        self._nearest: dict[int, Nearest] = {}
        self._budget = BUDGET
        self._answers: dict[tuple[str, int], LookedUp] = {}

    def find(self, text: str, location: LinkedRecord) -> LookedUp:
        """What the name leads to within that location."""
        if (text, location.id) not in self._answers:
            self._answers[text, location.id] = self._find(text, location)
        return self._answers[text, location.id]

    def _find(self, text: str, location: LinkedRecord) -> LookedUp:
        key = normalise(text)
        candidates = self._by_key.get((location.id, key)) if key else None
        if candidates:
            answer = self._register.settle(text, candidates)
            return _elsewhere(answer, location) or noting_folding(text, answer)
        homes = self._homes.get(key, ())
        if not homes:
            return self._register.unknown(text, either(self._near(text, location)), location.name)
        places = [self._locations.get(venue.location_id or 0, "") for venue in homes]
        at = either(filter(None, places))
        answer = self._register.unknown(text, f"at {at}" if at else "", location.name)
        named = zip(homes, places, strict=True)
        return _at_home(answer, [f"{one.name} (in {at or 'no location'})" for one, at in named])

    def _near(self, text: str, location: LinkedRecord) -> list[str]:
        venues = self._at.get(location.id, [])
        nearest = self._nearest.get(location.id)
        if nearest is None:
            nearest = self._nearest[location.id] = Nearest([one.name for one in venues], 0)
        nearest.budget = self._budget
        found = nearest.to(text[:LONGEST_NAME])
        self._budget = nearest.budget
        return [venues[position].name for position, _ in found]


def _at_home(answer: LookedUp, homes: Sequence[str]) -> LookedUp:
    """The same answer, whose message names the venues of that name at other locations."""
    there = " and ".join(homes)
    return replace(
        answer,
        findings=tuple(
            replace(one, message=f"{one.message[:-1]}; they know {there}.")
            for one in answer.findings
        ),
    )


def _elsewhere(answer: LookedUp, location: LinkedRecord) -> LookedUp | None:
    """An error if Administrate has the venue at another location: it refuses such an event."""
    if answer.record is None or answer.link is None or len(location.bridges) != 1:
        return None
    (bridge,), (at,) = answer.record.bridges, location.bridges
    if bridge.location in (None, at.external_id):
        return None
    finding = VENUE_ELSEWHERE(
        venue=quoted(answer.record.name),
        id=bridge.external_id,
        there=bridge.location,
        location=quoted(location.name),
        expected=at.external_id,
    )
    return LookedUp((finding,), answer.record)


# ------------------------------------------------------------------ zones


def instant(local: datetime, zone: str) -> datetime:
    """A local time without a zone as an instant in UTC, whatever zone the host is in.

    A time that occurs twice, when clocks go back, means its first occurrence.
    """
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def check_zone(location: str, zone: str, year: int) -> Finding | None:
    """A warning if the location is a city that gives another zone of that area, or of Europe, its
    name.

    Of no other area: towns of Europe share names with cities there (Halifax, Perth). Zones that
    show the same time under the same name all year, as Belfast and London do, are one.
    """
    city = normalise(location)
    own = _cities(zone.partition("/")[0]).get(city) or _cities("Europe").get(city)
    if own is None or _clock(own, year) == _clock(zone, year):
        return None
    remedy = f"If the times are local to the location: {own.replace('/', ' - ', 1)}."
    return ZONE_DIFFERS_FROM_VENUE(remedy, zone=zone, location=quoted(location), own=own)


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
