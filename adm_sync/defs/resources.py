"""What the assets work with, opened once for a run.

What belongs here: handing assets plain objects of the core. What does not: settings of its own;
everything comes from the environment (`adm_sync.settings`).
"""

from collections.abc import Iterator

import dagster as dg

from adm_sync.database.engine import open_database
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.settings import Settings


@dg.resource(description="The database and the client of the settings, open while a run lasts.")
def syncer_of_settings() -> Iterator[Syncer]:
    """The open syncer."""
    settings = Settings.load()
    with (
        open_database(settings) as database,
        open_syncer(settings, database, who="Dagster") as syncer,
    ):
        yield syncer
