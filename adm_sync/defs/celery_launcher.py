"""Runs on Celery workers: a run is a task, so that any machine with a worker can take it.

What belongs here: what a worker and whoever gives it work have to agree on, and the launcher that
`dagster.yaml` names. What does not: the worker (`celery_worker`), and what becomes of a run whose
worker is gone (`at_work`): Celery could only start it a second time.
"""

from collections.abc import Mapping
from typing import Any

import click
import dagster as dg
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG
from kombu.exceptions import OperationalError

from adm_sync.defs.at_work import PROCESS_TAG
from adm_sync.defs.undocumented import (
    ConfigurableClassData,
    DagsterUserCodeUnreachableError,
    LaunchRunContext,
)
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.settings import Settings

SECONDS_TO_KEEP_RESULTS = 24 * 3600

# What Celery raises without its broker, and without the results that are kept there too.
AWAY = (OperationalError, ConnectionError, RuntimeError)
NO_BROKER = "There is no connection to the broker that ADM_SYNC_CELERY_BROKER names."


def app_config(settings: Settings) -> dict[str, Any]:
    """Celery's settings, the same on both sides.

    Raises:
        SettingsError: it is not set where the broker is.
    """
    broker = settings.adm_sync_celery_broker
    if broker is None:
        name = "adm_sync_celery_broker"
        raise SettingsError(f"{name.upper()} is missing. {Settings.describe(name)}")
    return {
        "broker_url": broker.get_secret_value(),
        "result_backend": broker.get_secret_value(),
        "result_expires": SECONDS_TO_KEEP_RESULTS,
        # What a worker fetched beforehand would wait for it, while others have nothing to do.
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        "broker_connection_retry_on_startup": True,
    }


class Launcher(CeleryRunLauncher):
    """Dagster's, which finds the broker by the settings; `dagster.yaml` names it."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Hand the run to a worker.

        Raises:
            DagsterUserCodeUnreachableError: the broker is away; the daemon then keeps the run in
                its queue, as it does for a code server that is started anew.
        """
        try:
            super().launch_run(context)
        except AWAY as error:
            raise DagsterUserCodeUnreachableError(NO_BROKER) from error

    def terminate(self, run_id: str) -> bool:
        """Let the run end as canceled, whether a worker has begun with it or not.

        Only of a run that is known to be canceled does Dagster believe it: any other that is
        interrupted counts as failed, and is started once more.

        Returns:
            Whether a worker has been told, or none will take it any more.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or DAGSTER_CELERY_TASK_ID_TAG not in run.tags:
            return False
        try:
            with self.celery.connection_for_write() as broker:
                broker.ensure_connection(max_retries=1, interval_start=0)
                self._instance.report_run_canceling(run)
                super().terminate(run_id)
        except AWAY:
            self._instance.report_engine_event(f"{NO_BROKER} The run goes on.", run)
            return False
        now = self._instance.get_run_by_id(run_id)
        if now and now.status is dg.DagsterRunStatus.CANCELING and PROCESS_TAG not in now.tags:
            self._instance.report_run_canceled(now, "Canceled before a worker had begun with it.")
        return True

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing: the settings say it, to the workers as well."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, _config: Mapping[str, Any]
    ) -> "Launcher":
        """The one that the settings lead to.

        Raises:
            ClickException: they lead to none; Dagster's own commands end in its sentence.
        """
        try:
            config = app_config(Settings.load())
        except AdmSyncError as error:
            raise click.ClickException(str(error)) from None
        broker, backend = config.pop("broker_url"), config.pop("result_backend")
        return cls("dagster", broker, backend, config_source=config, inst_data=inst_data)
