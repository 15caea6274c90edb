"""What `workspace.yaml` loads: the whole project as Dagster sees it."""

import os
from contextlib import suppress

import dagster as dg

from adm_sync.database.dagster_database import check_owner
from adm_sync.database.engine import open_database
from adm_sync.defs.build import build_defs
from adm_sync.errors import DatabaseUnreachable
from adm_sync.garbage import look_rarely
from adm_sync.home import keep_private
from adm_sync.settings import Settings

look_rarely()


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, jobs and schedules.

    Raises:
        DatabaseError: Dagster's database, as a daemon of one's own was given it, is another's.
    """
    settings = Settings.load()
    keep_private(settings.home)
    url = os.environ.get("ADM_SYNC_DAGSTER_URL")
    if url:
        with suppress(DatabaseUnreachable), open_database(settings) as database:
            check_owner(database, url)
    return build_defs()
