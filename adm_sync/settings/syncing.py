"""What a sync of reference data may do."""

from pydantic import Field

from adm_sync.settings.group import SettingsGroup


class SyncSettings(SettingsGroup):
    """What a sync may do."""

    adm_sync_max_records: int = Field(
        1_000_000, ge=1, description="More records than this of one entity are refused."
    )
    adm_sync_guard_rows: int = Field(
        5, ge=0, description="A sync may always remove or unlink this many rows of an entity."
    )
    adm_sync_guard_percent: float = Field(
        10.0,
        ge=0,
        le=100,
        description="It may also remove this percentage of its rows. Beyond both it is held.",
    )
    adm_sync_lock_wait_seconds: float = Field(
        600.0, ge=0, description="How long a sync waits for another one that is running."
    )
