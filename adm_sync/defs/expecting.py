"""When each schedule was last to start something, whether it did or not.

What belongs here: reading the cron expressions of the settings. What does not: whether it did
(`alerts.watching`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from adm_sync.alerts.watching import Expected
from adm_sync.settings import Settings

# The job of each schedule, and the setting that says when it runs.
SCHEDULES = {"sync_all": "adm_sync_sync_cron", "reconcile": "adm_sync_reconcile_cron"}
DAYS_LOOKED_BACK = (8, 400)
_TICK = "%Y-%m-%d %H:%M"


def expected(settings: Settings, now: datetime) -> dict[str, Expected]:
    """By the names of the schedules; those that hardly ever run are left out."""
    zone = settings.adm_sync_time_zone
    found = {}
    for job, setting in SCHEDULES.items():
        due = latest_tick(getattr(settings, setting), zone, now)
        if due is not None:
            found[f"{job}_schedule"] = Expected(job, due)
    return found


def digest_due(settings: Settings, now: datetime) -> datetime | None:
    """When a digest was last due; None if none is wanted."""
    cron = settings.adm_sync_digest_cron
    return latest_tick(cron, settings.adm_sync_time_zone, now) if cron else None


def latest_tick(cron: str, time_zone: str, now: datetime) -> datetime | None:
    """The last time up to now that the expression means; None if that is long ago."""
    zone = ZoneInfo(time_zone)
    here = now.astimezone(zone).replace(tzinfo=None)
    for days in DAYS_LOOKED_BACK:
        try:
            ticks = _ticks(cron, time_zone, here, timedelta(days=days), now)
        except dg.DagsterInvalidDefinitionError:  # such as the 31st of February
            return None
        past = [one for one in ticks if datetime.strptime(one[:16], _TICK) <= here]  # noqa: DTZ007
        if past:
            latest = datetime.strptime(past[-1][:16], _TICK)  # noqa: DTZ007
            return latest.replace(tzinfo=zone).astimezone(UTC)
    return None


def _ticks(
    cron: str, time_zone: str, here: datetime, around: timedelta, now: datetime
) -> Sequence[str]:
    return dg.TimeWindowPartitionsDefinition(
        start=here - around,
        end=here + around,
        cron_schedule=cron,
        timezone=time_zone,
        fmt=_TICK,
    ).get_partition_keys(current_time=now + 2 * around)
