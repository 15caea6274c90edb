"""What a person should know today: what ran, and all that there is to tell.

What belongs here: putting it together, for the page, the command and whoever lists problems. What
does not: finding it (`stored`, `watching`), and what is done about it, which the command line and
the desk offer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from adm_sync.alerts.addresses import addresses
from adm_sync.alerts.items import Item, Matter, Weight, heaviest
from adm_sync.alerts.stored import stored
from adm_sync.alerts.watching import Schedules, watched
from adm_sync.database import alerts, import_journal, overview
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.import_journal import ListedWorkbook
from adm_sync.database.overview import LatestRun
from adm_sync.imports.state import State, outcomes, standings
from adm_sync.reference.entities import ENTITIES
from adm_sync.settings import Settings

LATEST = 5


@dataclass(frozen=True, slots=True)
class LatestImport:
    """A workbook that arrived lately, with its state and the outcome of its latest run."""

    workbook: ListedWorkbook
    state: State
    outcome: str


@dataclass(frozen=True, slots=True)
class Today:
    """How everything stands.

    Attributes:
        runs: the latest sync of each entity, in the order of the entities.
        imports: the latest workbooks, newest first.
        items: what is to be told, the gravest first.
    """

    runs: Sequence[LatestRun]
    imports: Sequence[LatestImport]
    items: Sequence[Item]

    @property
    def weight(self) -> Weight:
        """The greatest of all items."""
        return heaviest(item.weight for item in self.items)


def today(settings: Settings, database: Database, schedules: Schedules, now: datetime) -> Today:
    """How everything stands now.

    Args:
        settings: say in which time zone moments are told, and which addresses are set.
        database: only read from.
        schedules: gives what each schedule should have started.
        now: the time.

    Raises:
        DatabaseError: it cannot be looked.
    """
    late = watched(database, schedules, now).items
    with database_errors(), database.engine.connect() as connection:
        runs = overview.latest_runs(connection)
        since = alerts.open_since(connection)
        found = stored(connection, settings.adm_sync_time_zone, late)
        items = [_as_known(item, since) for item in found]
        items += _untold(settings, connection)
        items.sort(key=lambda item: -item.weight)
        in_order = [runs[entity.name] for entity in ENTITIES if entity.name in runs]
        return Today(in_order, _latest_imports(connection), items)


def _untold(settings: Settings, connection: sa.Connection) -> Iterator[Item]:
    """The addresses, of those that are set, that could not be told."""
    names = [one.name for one in addresses(settings.apart_from("adm_sync_alerts"))]
    for one in alerts.undelivered(connection, names):
        sentence, remedy = undelivered_sentence(one), "adm-sync alerts --test tries it now."
        yield Item(Matter.ADDRESSES, None, sentence, remedy, subject=one.address)


def undelivered_sentence(one: alerts.Undelivered) -> str:
    """That somebody could not be told."""
    number = "1 problem" if one.messages == 1 else f"{one.messages} problems"
    return f"{one.address} could not be told of {number}: {one.why}. It is tried again."


def _as_known(item: Item, since: Mapping[tuple[str, str], datetime]) -> Item:
    """With the time since when it is known, which a try in vain does not change."""
    known = since.get((str(item.kind), item.known_as))
    if known is None or (item.since is not None and item.since < known):
        return item
    return replace(item, since=known)


def _latest_imports(connection: sa.Connection) -> list[LatestImport]:
    rows = import_journal.workbooks_with_latest(connection, LATEST)
    stand = standings(connection, [row.id for row in rows])
    ended = outcomes(connection, rows)
    return [LatestImport(row, stand[row.id].state, ended[row.id]) for row in rows]
