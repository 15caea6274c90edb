"""The app of a Celery worker: `celery -A adm_sync.defs.celery_worker worker`.

What belongs here: Dagster's app with the project's settings. What does not: the settings.
"""

import sys

from dagster_celery.app import app

from adm_sync.defs.celery_launcher import app_config
from adm_sync.errors import AdmSyncError
from adm_sync.settings import Settings

__all__ = ["app"]

# Loaded before a run comes, by the process that those of the runs are forked from.
app.conf.include = ["adm_sync.definitions"]
try:
    app.conf.update(app_config(Settings.load()))
except AdmSyncError as error:
    sys.exit(str(error))
