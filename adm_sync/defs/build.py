"""The assembly of everything that Dagster sees.

What belongs here: putting the pieces together. What does not: the pieces.
"""

import dagster as dg

from adm_sync.defs.reference_data import bridge_asset, external_assets, jobs
from adm_sync.defs.resources import syncer_of_settings
from adm_sync.defs.schedules import sync_all_schedule
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.syncer import Syncer
from adm_sync.settings import Settings


def build_defs(syncer: Syncer | None = None) -> dg.Definitions:
    """All assets, checks, jobs and schedules.

    Args:
        syncer: an open one that the assets are to use; by default each run opens its own.

    Raises:
        SettingsError: a setting is wrong.
    """
    all_jobs = jobs()
    return dg.Definitions(
        assets=[*external_assets(), *(bridge_asset(entity) for entity in ENTITIES)],
        jobs=all_jobs,
        schedules=[sync_all_schedule(all_jobs[0], Settings.load())],
        resources={"syncer": syncer or syncer_of_settings},
        # Seven short steps: a process for each would cost more than the steps (and see the same).
        executor=dg.in_process_executor,
    )
