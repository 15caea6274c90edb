"""What the drop-downs of a fresh workbook offer: what an import can use as things are now.

What belongs here: choosing from the reference data. What does not: the workbook itself
(`workbook.template`).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import available_timezones

import sqlalchemy as sa

from adm_sync.imports.referable import load
from adm_sync.names.keys import normalise
from adm_sync.workbook.references import LinkedRecord, Person, References
from adm_sync.workbook.template import TemplateLists

_SEASONS = {"04": "A", "09": "S"}


def offered(connection: sa.Connection, zone: str, today: date) -> TemplateLists:
    """What can be chosen: linked records only, and the sittings that are not over.

    Args:
        connection: only read from.
        zone: the company's own time zone (`Europe/London`), which is offered first.
        today: for telling past years.
    """
    known = load(connection)
    locations = _linked(known.locations)
    return TemplateLists(
        templates=tuple(_linked(known.templates)),
        locations=tuple(locations),
        venues=tuple(_linked(known.venues)),
        instructors=tuple(_linked(one.instructor for one in known.people if one.instructor)),
        administrators=tuple(sorted(one.name for one in known.people if _looks_after(one))),
        sittings=tuple(_sittings(known, today)),
        zones=tuple(dict.fromkeys(map(_written, [zone, *_zones_of(locations, zone)]))),
        as_of=today,
    )


def _linked(records: Iterable[LinkedRecord]) -> list[str]:
    """Of those of one name (venues of two towns) each once, in the order of the alphabet."""
    return sorted({one.name for one in records if one.is_active and one.bridges})


def _looks_after(person: Person) -> bool:
    """Staff who do not teach: whoever looks after events is usually one of them."""
    return person.is_active and person.instructor is None and bool(person.name)


def _sittings(known: References, today: date) -> Iterator[str]:
    for code in sorted({session.code for session in known.catalogue.exam_sessions}):
        found = re.fullmatch(r"([0-9]{4})-(04|09)", code.strip())
        if found and int(found[1]) >= today.year:
            yield f"{found[1]}{_SEASONS[found[2]]}"


def _zones_of(locations: Iterable[str], zone: str) -> Iterator[str]:
    """The zones that are named after one of the locations, in the same part of the world."""
    area = zone.partition("/")[0]
    cities = {normalise(name.rpartition("/")[2].replace("_", " ")): name for name in _of(area)}
    for location in locations:
        if found := cities.get(normalise(location)):
            yield found


def _of(area: str) -> list[str]:
    return sorted(name for name in available_timezones() if name.startswith(f"{area}/"))


def _written(zone: str) -> str:
    """As the workbook writes it: `Europe - London`."""
    return zone.replace("/", " - ", 1).replace("_", " ")
