"""When what is due runs by itself."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from adm_sync.settings.forms import Cron
from adm_sync.settings.group import SettingsGroup


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError) as error:
        raise ValueError("must be an IANA time zone such as Europe/London") from error
    return value


class ScheduleSettings(SettingsGroup):
    """When what is due runs by itself."""

    adm_sync_time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "Europe/London",
        description="The time zone of the schedules, and of the moments that people are told.",
    )
    adm_sync_sync_cron: Cron = Field("0 5 * * *", description="When the scheduled full sync runs.")
    adm_sync_reconcile_cron: Cron = Field(
        "30 6 * * *",
        description="When the sittings that are not over are compared with Administrate, and what "
        "is older than ADM_SYNC_KEEP_DAYS is removed.",
    )
    adm_sync_keep_days: int = Field(
        730,
        ge=0,
        description="How long findings of workbooks, what was sent to Administrate, and runs of "
        "syncs with their changes are kept; 0 for ever.",
    )
