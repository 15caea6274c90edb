"""What the assets of imports work with; see `resources`.

What belongs here: opening an importer for a run. What does not: what a sync needs, which starts
sooner without all of this.
"""

import logging
from contextlib import AbstractContextManager

from adm_sync.database.engine import Database
from adm_sync.defs.resources import OfSettings, of_setting
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.imports.options import ImportListener
from adm_sync.settings import Settings

log = logging.getLogger("adm_sync.imports")


class ImporterResource(OfSettings[Importer]):
    """The import of workbooks and its push: the database, and a client of the tenant."""

    concurrent_pushes: int | None = of_setting("adm_sync_concurrent_pushes")
    push_together: int | None = of_setting("adm_sync_push_together")

    def opened(self, settings: Settings, database: Database) -> AbstractContextManager[Importer]:
        """An importer."""
        listener = ImportListener(remark=log.warning)
        return open_importer(settings, database, "Dagster", listener)
