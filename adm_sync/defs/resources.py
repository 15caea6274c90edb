"""What the assets work with, opened once for a run.

What belongs here: handing assets plain objects of the core. What does not: settings of its own;
everything comes from the environment (`adm_sync.settings`).
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext

import dagster as dg

from adm_sync.database.engine import open_database
from adm_sync.defs.at_work import at_work
from adm_sync.defs.failures import opening
from adm_sync.fault_log import log_faults
from adm_sync.imports.importing import Importer
from adm_sync.imports.opening import open_importer
from adm_sync.imports.options import ImportListener
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.rehearsal import rehearsing
from adm_sync.settings import Settings

log = logging.getLogger("adm_sync.imports")


@dg.resource(description="The database and the client of the settings, open while a run lasts.")
def syncer_of_settings(context: dg.InitResourceContext) -> Iterator[Syncer]:
    """The open syncer."""
    with ExitStack() as stack:
        with opening():
            settings = stack.enter_context(rehearsing(Settings.load()))
            stack.enter_context(_at_work(context))
            database = stack.enter_context(open_database(settings))
            syncer = stack.enter_context(open_syncer(settings, database, who="Dagster"))
        yield syncer


@dg.resource(description="The same for imports, open while a run lasts.")
def importer_of_settings(context: dg.InitResourceContext) -> Iterator[Importer]:
    """The open importer."""
    listener = ImportListener(remark=log.warning)
    with ExitStack() as stack:
        with opening():
            settings = stack.enter_context(rehearsing(Settings.load()))
            stack.enter_context(_at_work(context))
            database = stack.enter_context(open_database(settings))
            opened = open_importer(settings, database, "Dagster", listener)
            importer = stack.enter_context(opened)
        yield importer


def _at_work(context: dg.InitResourceContext) -> AbstractContextManager[None]:
    """A step that has a process of its own may outlive that of its run."""
    log_faults()
    if context.instance is None or context.run is None:
        return nullcontext()
    return at_work(context.instance, context.run.run_id)
