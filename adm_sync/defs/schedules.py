"""When things run by themselves.

What belongs here: schedules. What does not: what they start.
"""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)

from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.settings import Settings

# Not NOT_STARTED: a run whose process died in that moment stays so for ever.
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def sync_all_schedule(job: AssetJob, settings: Settings) -> dg.ScheduleDefinition:
    """The nightly full sync; skipped while another full sync is still going."""

    @dg.schedule(
        name="sync_all_schedule",
        job=job,
        cron_schedule=settings.adm_sync_sync_cron,
        execution_timezone=settings.adm_sync_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The full sync (ADM_SYNC_SYNC_CRON, ADM_SYNC_TIME_ZONE).",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        unfinished = dg.RunsFilter(job_name=job.name, statuses=_UNFINISHED)
        if context.instance.get_run_records(unfinished, limit=1):
            return dg.SkipReason("A full sync is still running.")
        return dg.RunRequest(tags=RUN_TAGS)

    return schedule
