"""Every setting: its name, what it is for, its default.

What belongs here: reading and checking the environment (and a `.env` file in the current folder);
each group of settings is a module, and each setting is one entry there. What does not: doing
anything with a setting.
"""

from adm_sync.settings.administrate import AdministrateAccess, AdministrateSettings
from adm_sync.settings.alerting import AlertSettings
from adm_sync.settings.dagster import DagsterSettings
from adm_sync.settings.desk import DeskSettings
from adm_sync.settings.importing import ImportSettings
from adm_sync.settings.places import PlaceSettings
from adm_sync.settings.pushing import PushSettings
from adm_sync.settings.schedules import ScheduleSettings
from adm_sync.settings.syncing import SyncSettings

__all__ = ["AdministrateAccess", "Settings"]


# Pydantic lists the settings of the last base first.
class Settings(
    DeskSettings,
    DagsterSettings,
    AlertSettings,
    ScheduleSettings,
    PushSettings,
    ImportSettings,
    SyncSettings,
    PlaceSettings,
    AdministrateSettings,
):
    """All settings, as read from the environment by `load`."""
