"""What a person should know today: what ran, and all that there is to tell.

What belongs here: putting it together, for the page, the command and whoever lists problems. What
does not: finding it (`stored`, `watching`), and what is done about it, which the command line and
the desk offer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from adm_sync.alerts.items import Item, Weight, heaviest
from adm_sync.alerts.stored import stored
from adm_sync.alerts.watching import Schedules, watched
from adm_sync.database import alerts, import_journal, overview
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.import_journal import ListedWorkbook
from adm_sync.database.overview import LatestRun
from adm_sync.imports.state import State, outcomes, standings
from adm_sync.reference.entities import ENTITIES

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


def today(database: Database, schedules: Schedules, now: datetime, zone: str) -> Today:
    """How everything stands now.

    Args:
        database: only read from.
        schedules: gives what each schedule should have started.
        now: the time.
        zone: the time zone that moments are told in.

    Raises:
        DatabaseError: it cannot be looked.
    """
    late = watched(database, schedules, now).items
    with database_errors(), database.engine.connect() as connection:
        runs = overview.latest_runs(connection)
        since = alerts.open_since(connection)
        items = [_as_known(item, since) for item in [*late, *stored(connection, zone)]]
        items.sort(key=lambda item: -item.weight)
        in_order = [runs[entity.name] for entity in ENTITIES if entity.name in runs]
        return Today(in_order, _latest_imports(connection), items)


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
