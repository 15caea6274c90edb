"""When things run by themselves.

What belongs here: schedules. What does not: what they start.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.defs.undocumented import AssetJob
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings

# Not NOT_STARTED: a run whose process died in that moment stays so for ever.
UNFINISHED = [
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
    return _schedule(
        job, settings, "adm_sync_sync_cron", "The full sync", "A full sync is still running."
    )


def reconcile_schedule(job: dg.JobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """The daily comparison of what is not over with Administrate; skipped while one is going.

    Raises:
        SettingsError: the settings name a time that there is not.
    """
    return _schedule(
        job,
        settings,
        "adm_sync_reconcile_cron",
        "The comparison with Administrate of the sittings that are not over",
        "A comparison is still running.",
        {"ops": {"compare": {"config": {"current": True}}}},
    )


def _schedule(
    job: AssetJob | dg.JobDefinition,
    settings: Settings,
    setting: str,
    what: str,
    busy: str,
    run_config: Mapping[str, Any] = {},
) -> dg.ScheduleDefinition:
    cron = getattr(settings, setting)

    def evaluate(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if is_running(context.instance, job.name):
            return dg.SkipReason(busy)
        return dg.RunRequest(tags=RUN_TAGS, run_config=run_config)

    describing = dg.schedule(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone=settings.adm_sync_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{what} ({setting.upper()}, ADM_SYNC_TIME_ZONE).",
    )
    try:
        return describing(evaluate)
    except dg.DagsterInvalidDefinitionError:
        raise SettingsError(
            f"{setting.upper()} is wrong: it is no cron expression. {Settings.describe(setting)}"
        ) from None


def is_running(
    instance: dg.DagsterInstance, job: str, tags: Mapping[str, str] | None = None
) -> bool:
    """Whether a run of the job has begun, or waits for its turn, and has not ended."""
    unfinished = dg.RunsFilter(job_name=job, statuses=UNFINISHED, tags=tags)
    return bool(instance.get_run_records(unfinished, limit=1))
