"""What executes the steps of a run: `ADM_SYNC_EXECUTOR`.

What belongs here: the executors to choose from, set so that a sync keeps its order wherever they
can. What does not: where runs are executed, which the run launcher of `dagster.yaml` says.
"""

import dagster as dg

from adm_sync.defs.at_work import saying_so
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings

# By itself each process of a step would load all of Dagster anew.
LOADED_BEFORE = ["adm_sync.definitions"]


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """The executor that the settings name, whose process says that it is at work on the run.

    Raises:
        SettingsError: what it needs is not installed, or not set.
    """
    name = settings.adm_sync_executor
    if name == "in_process":
        return saying_so(dg.in_process_executor)
    if name == "multiprocess":
        return _multiprocess()
    try:
        return _celery(settings) if name == "celery" else _k8s()
    except ImportError:
        raise SettingsError(
            f"ADM_SYNC_EXECUTOR={name} needs packages that are not installed here: pip install "
            f"'adm_sync[{name}]'."
        ) from None


def _multiprocess() -> dg.ExecutorDefinition:
    # One at a time: the lock of the core would let the others only wait, and in no order.
    how = {
        "max_concurrent": 1,
        "start_method": {"forkserver": {"preload_modules": LOADED_BEFORE}},
    }
    return saying_so(dg.multiprocess_executor).configured(how, name="multiprocess")


def _celery(settings: Settings) -> dg.ExecutorDefinition:
    from dagster_celery import celery_executor

    from adm_sync.defs.celery_launcher import app_config

    config = app_config(settings)
    how = {
        "broker": config.pop("broker_url"),
        "backend": config.pop("result_backend"),
        "config_source": config,
    }
    return saying_so(celery_executor).configured(how, name="celery")


def _k8s() -> dg.ExecutorDefinition:
    from dagster_k8s import k8s_job_executor

    return saying_so(k8s_job_executor).configured({"max_concurrent": 1}, name="k8s")
