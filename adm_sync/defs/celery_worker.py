"""The app of a Celery worker: `celery -A adm_sync.defs.celery_worker worker`.

What belongs here: Dagster's app with the project's settings. What does not: the settings.
"""

import signal
import sys
from typing import Any

from celery.signals import task_prerun
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


def _can_be_stopped(**_: Any) -> None:
    # Dagster leaves a process behind that ignores it, and the next run might be canceled early.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


task_prerun.connect(_can_be_stopped)
