"""When things run by themselves.

What belongs here: schedules. What does not: what they start.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)
from dagster._utils.schedules import is_valid_cron_schedule

from adm_sync.defs.orphans import end_orphans
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings, describe

# Not NOT_STARTED: a run whose process died in that moment stays so for ever.
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def sync_all_schedule(job: AssetJob, settings: Settings) -> dg.ScheduleDefinition:
    """The nightly full sync; skipped while another full sync is still going.

    Raises:
        SettingsError: the settings name a time that there is not.
    """
    if not is_valid_cron_schedule(settings.adm_sync_sync_cron):
        about = describe("adm_sync_sync_cron")
        raise SettingsError(f"ADM_SYNC_SYNC_CRON is wrong: it is no cron expression. {about}")

    @dg.schedule(
        name="sync_all_schedule",
        job=job,
        cron_schedule=settings.adm_sync_sync_cron,
        execution_timezone=settings.adm_sync_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The full sync (ADM_SYNC_SYNC_CRON, ADM_SYNC_TIME_ZONE).",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        end_orphans(context.instance)
        unfinished = dg.RunsFilter(job_name=job.name, statuses=_UNFINISHED)
        if context.instance.get_run_records(unfinished, limit=1):
            return dg.SkipReason("A full sync is still running.")
        return dg.RunRequest(tags=RUN_TAGS)

    return schedule
