"""The assembly of everything that Dagster sees.

What belongs here: putting the pieces together. What does not: the pieces.
"""

import dagster as dg

from adm_sync.defs.at_work import dead_runs_sensor
from adm_sync.defs.by_hand import JOBS
from adm_sync.defs.describing import with_descriptions
from adm_sync.defs.event_import import import_assets, import_job
from adm_sync.defs.executors import executor_of
from adm_sync.defs.importer_resource import ImporterResource
from adm_sync.defs.reference_data import jobs, reference_defs
from adm_sync.defs.resources import SyncerResource
from adm_sync.defs.schedules import reconcile_schedule, sync_all_schedule
from adm_sync.defs.sensors import alerts_sensor, due_steps_sensor, inbox_sensor
from adm_sync.defs.upkeep import push_pending, reconcile, show_imports
from adm_sync.imports.importing import Importer
from adm_sync.settings import Settings


def build_defs(importer: Importer | None = None) -> dg.Definitions:
    """All assets, checks, jobs, schedules and sensors.

    Args:
        importer: an open one that imports are to use; by default each run opens its own.

    Raises:
        SettingsError: a setting is wrong.
    """
    sync_jobs, importing = jobs(), import_job()
    definitions = dg.Definitions.merge(
        reference_defs(SyncerResource(), sync_jobs),
        dg.Definitions(
            assets=dg.with_source_code_references(import_assets()),
            jobs=[importing, push_pending, reconcile, show_imports, *JOBS],
            sensors=[
                inbox_sensor(importing),
                due_steps_sensor(push_pending),
                dead_runs_sensor,
                alerts_sensor,
            ],
            resources={"importer": importer or ImporterResource()},
        ),
    )
    if importer is not None:  # a run of the command line starts by itself, and is looked at later
        return dg.Definitions.merge(definitions, dg.Definitions(executor=dg.in_process_executor))
    settings = Settings.load()
    schedules = [
        sync_all_schedule(sync_jobs[0], settings),
        reconcile_schedule(reconcile, settings),
    ]
    own = dg.Definitions(schedules=schedules, executor=executor_of(settings))
    return with_descriptions(dg.Definitions.merge(definitions, own), settings)
