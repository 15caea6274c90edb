"""Everything a sync works with, opened together and closed together.

What belongs here: making a client, a limiter and options out of the settings. What does not: the
sync itself (`sync`), and what the command line or Dagster makes of it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import LARGEST_PAGE
from adm_sync.database import journal
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.states import RunStatus
from adm_sync.folders import Folder
from adm_sync.reference.entity import Entity
from adm_sync.reference.planning import Change, GuardLimits
from adm_sync.reference.results import EntityResult, left_out
from adm_sync.reference.sync import Listener, SyncOptions, sync_entity
from adm_sync.settings import Settings
from adm_sync.tenant import check_placement, instance_of, open_client


@dataclass(slots=True)
class Syncer:
    """A database, a tenant and how to sync them; keeps the results, latest last.

    `began` is called with each entity before its sync, `ended` with its result. `lists` is the
    folder for the files of `listing`, if they are wanted.
    """

    database: Database
    client: AdministrateClient
    options: SyncOptions
    listener: Listener = field(default_factory=Listener)
    began: Callable[[Entity], None] = lambda _entity: None
    ended: Callable[[EntityResult], None] = lambda _result: None
    results: list[EntityResult] = field(default_factory=list)
    lists: Folder | None = None

    def sync(
        self, entity: Entity, dagster_run_id: str | None = None, *, stop_on_error: bool = False
    ) -> EntityResult:
        """Sync one entity.

        With `stop_on_error` it is skipped if another one failed or was held in the same run.
        """
        self.began(entity)
        result = self._unwanted(entity, dagster_run_id if stop_on_error else None) or sync_entity(
            entity,
            self.database.engine,
            self.client,
            replace(self.options, dagster_run_id=dagster_run_id),
            self.listener,
        )
        self.results.append(result)
        self.ended(result)
        return result

    def _unwanted(self, entity: Entity, dagster_run_id: str | None) -> EntityResult | None:
        if dagster_run_id is None:
            return None
        failed = [r.entity for r in self.results if r.status in {RunStatus.FAILED, RunStatus.HELD}]
        if not failed:
            with database_errors(), self.database.engine.connect() as connection:
                failed = journal.failed_entities(connection, dagster_run_id)
        others = [name for name in failed if name != entity.name]
        return left_out(entity, others, stop_on_error=True)

    def rehearse(self, entities: Sequence[Entity], *, stop_on_error: bool) -> None:
        """Sync these without writing, leaving out what a run would leave out.

        Each is planned as if those before it had been written.
        """
        failed: list[str] = []
        planned: dict[str, Sequence[Change]] = {}
        self.options = replace(self.options, planned=planned)
        for entity in entities:
            if left_out(entity, failed, stop_on_error=stop_on_error) is None:
                result = self.sync(entity)
                if result.is_accepted:
                    planned[entity.name] = result.changes
                    continue
            failed.append(entity.name)


@contextmanager
def open_syncer(settings: Settings, database: Database, **options: object) -> Iterator[Syncer]:
    """A syncer for the tenant and the limits of the settings.

    Args:
        settings: must hold the access to Administrate.
        database: open, and the caller's to close.
        options: fields of `SyncOptions` that differ from what the settings say.

    Raises:
        SettingsError: the access to Administrate is missing.
        DatabaseLayoutError: a table is missing or not up to date; says what to run.
    """
    check_placement(database)
    with_options = replace(sync_options(settings), **options)  # type: ignore[arg-type]
    with open_client(settings, database, with_options.who) as client:
        yield Syncer(database, client, with_options, lists=settings.storage.within("lists"))


def sync_options(settings: Settings) -> SyncOptions:
    """The options that the settings come to."""
    return SyncOptions(
        instance=instance_of(settings),
        page_size=min(settings.adm_sync_page_size, LARGEST_PAGE),
        max_records=settings.adm_sync_max_records,
        limits=GuardLimits(settings.adm_sync_guard_rows, settings.adm_sync_guard_percent),
        lock_wait=settings.adm_sync_lock_wait_seconds,
    )
