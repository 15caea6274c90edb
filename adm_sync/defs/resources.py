"""What the assets work with, opened once for a run.

What belongs here: handing assets plain objects of the core. What does not: settings of its own;
everything comes from the environment (`adm_sync.settings`).
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import dagster as dg

from adm_sync.database.engine import open_database
from adm_sync.defs.at_work import at_work
from adm_sync.fault_log import log_faults
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.imports.options import ImportListener
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.settings import Settings

log = logging.getLogger("adm_sync.imports")


@dg.resource(description="The database and the client of the settings, open while a run lasts.")
def syncer_of_settings(context: dg.InitResourceContext) -> Iterator[Syncer]:
    """The open syncer."""
    settings = Settings.load()
    with (
        _at_work(context),
        open_database(settings) as database,
        open_syncer(settings, database, who="Dagster") as syncer,
    ):
        yield syncer


@dg.resource(description="The same for imports, open while a run lasts.")
def importer_of_settings(context: dg.InitResourceContext) -> Iterator[Importer]:
    """The open importer."""
    settings = Settings.load()
    listener = ImportListener(remark=log.warning)
    with (
        _at_work(context),
        open_database(settings) as database,
        open_importer(settings, database, "Dagster", listener) as importer,
    ):
        yield importer


def _at_work(context: dg.InitResourceContext) -> AbstractContextManager[None]:
    """A step that has a process of its own may outlive that of its run."""
    log_faults()
    if context.instance is None or context.run is None:
        return nullcontext()
    return at_work(context.instance, context.run.run_id)
