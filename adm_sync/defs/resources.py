"""What the assets work with, opened once for a run.

What belongs here: handing assets plain objects of the core. What does not: settings of its own;
what is not said for a run comes from the environment (`adm_sync.settings`); and what only imports
need (`importer_resource`), so that a sync starts sooner.
"""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

import dagster as dg
from pydantic import Field

from adm_sync.database.engine import Database, open_database
from adm_sync.defs.at_work import at_work
from adm_sync.defs.failures import opening
from adm_sync.fault_log import log_faults
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.rehearsal import rehearsing
from adm_sync.settings import Settings

T = TypeVar("T")


def of_setting(name: str) -> Any:
    """A field that says for one run what a setting says for all."""
    return Field(None, description=f"{Settings.describe(name)} Unset: what {name.upper()} says.")


class OfSettings(dg.ConfigurableResource[T]):
    """Opens something of the core for as long as a run, or a step with a process of its own, lasts.

    All that it needs is in the settings; its fields say otherwise for one run, in the launchpad.
    """

    retry_budget_seconds: float | None = of_setting("adm_sync_retry_budget_seconds")
    request_timeout_seconds: float | None = of_setting("adm_sync_request_timeout_seconds")

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[T]:
        """What the asset is given."""
        with ExitStack() as stack:
            with opening():
                settings = stack.enter_context(rehearsing(Settings.load(**self._given())))
                stack.enter_context(_at_work(context))
                database = stack.enter_context(open_database(settings))
                opened = stack.enter_context(self.opened(settings, database))
            yield opened

    @abstractmethod
    def opened(self, settings: Settings, database: Database) -> AbstractContextManager[T]:
        """What opens it."""

    def _given(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return {f"adm_sync_{name}": value for name, value in fields.items() if value is not None}


class SyncerResource(OfSettings[Syncer]):
    """The sync of reference entities: the database, and a client of the tenant."""

    page_size: int | None = of_setting("adm_sync_page_size")
    concurrent_pages: int | None = of_setting("adm_sync_concurrent_pages")

    def opened(self, settings: Settings, database: Database) -> AbstractContextManager[Syncer]:
        """A syncer."""
        return open_syncer(settings, database, who="Dagster")


def _at_work(context: dg.InitResourceContext) -> AbstractContextManager[None]:
    """A step that has a process of its own may outlive that of its run."""
    log_faults()
    if context.instance is None or context.run is None:
        return nullcontext()
    return at_work(context.instance, context.run.run_id)
