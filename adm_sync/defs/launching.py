"""Running a job from the command line, as a Dagster run like any other.

What belongs here: the environment that Dagster needs, its instance, and starting a run in this
process. What does not: what the command line prints.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import dagster as dg
from dagster._core.events import RunFailureReason

import adm_sync
from adm_sync.database.engine import Database, create_engine, database_errors
from adm_sync.defs.build import build_defs
from adm_sync.defs.checks import asset_key
from adm_sync.defs.orphans import end_orphans, process_tag
from adm_sync.defs.reference_data import RUN_TAGS, SOURCE_TAG, STOP_TAG
from adm_sync.errors import AdmSyncError, DatabaseError, SettingsError
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity
from adm_sync.reference.results import EntityResult
from adm_sync.reference.syncer import Syncer
from adm_sync.settings import Settings

PROJECT = Path(adm_sync.__file__).parent.parent
# Without it the UI shows the run, but not among the runs of its job.
LOCATION_TAG = {".dagster/repository": "__repository__@adm_sync"}
# Whoever started it sees how it ends; a daemon must not start again what was stopped by hand.
NO_RETRIES = {"dagster/max_retries": "0"}

STATEMENT_MILLISECONDS = 60_000
IDLE_SECONDS = 60
CONNECTIONS = 5


def dagster_environment(settings: Settings, database: Database) -> dict[str, str]:
    """The variables that Dagster's own processes need beside the project's settings.

    Raises:
        SettingsError: the project's `dagster.yaml` is nowhere to be found.
    """
    home = os.environ.get("DAGSTER_HOME") or str(_dagster_home(settings.home / "dagster"))
    return {
        "DAGSTER_HOME": home,
        "ADM_SYNC_DAGSTER_URL": check_dagster_database(database),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def _dagster_home(folder: Path) -> Path:
    """A folder for Dagster's working files, with a link to the project's `dagster.yaml`."""
    source, link = PROJECT / "dagster.yaml", folder / "dagster.yaml"
    if not source.is_file():
        raise SettingsError(
            f"There is no {source}. Run adm-sync from the project's own checkout, or set "
            "DAGSTER_HOME to a folder with a dagster.yaml."
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not link.exists() or link.resolve() != source.resolve():
        # Replaced in one go, because another process may be reading it.
        fresh = folder / f"dagster.yaml.{os.getpid()}"
        fresh.symlink_to(source)
        fresh.replace(link)
    return folder


@contextmanager
def dagster_instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance: where runs, events and schedules are kept.

    Raises:
        SettingsError: the project's `dagster.yaml` is nowhere to be found.
        DatabaseError: Dagster's database cannot be used.
    """
    os.environ.update(dagster_environment(settings, database))
    with dg.DagsterInstance.get() as instance:
        # By itself Dagster opens a connection for each statement, some 350 for a full sync.
        instance.optimize_for_webserver(STATEMENT_MILLISECONDS, IDLE_SECONDS, CONNECTIONS)
        try:
            yield instance
        finally:
            for storage in (instance.run_storage, instance.event_log_storage):
                _close(storage)
            if instance.schedule_storage is not None:
                _close(instance.schedule_storage)


def _close(storage: object) -> None:
    """Dagster leaves the pool that it made to the garbage collector."""
    engine = getattr(storage, "_engine", None)
    if engine is not None:
        engine.dispose()


def check_dagster_database(database: Database) -> str:
    """Connect to Dagster's own database, and give its URL.

    Raises:
        DatabaseError: it cannot be used; the message says why.
    """
    url = database.dagster_url()
    engine = create_engine(url)
    try:
        with database_errors(), engine.connect():
            return url
    except DatabaseError as error:
        # The sentences of the database layer name the setting of the other database.
        about = str(error).replace("ADM_SYNC_DATABASE_URL", "ADM_SYNC_DAGSTER_DATABASE_URL")
        raise type(error)(f"Dagster's own database: {about}") from None
    finally:
        engine.dispose()


def run_sync(
    entities: Sequence[Entity],
    syncer: Syncer,
    instance: dg.DagsterInstance,
    *,
    skip_errors: bool = False,
    debug: bool = False,
) -> str:
    """Sync these entities as one run in this process; the results are in the syncer.

    Args:
        entities: one or more; they run in the order of their needs.
        syncer: open; its listener hears how it goes.
        instance: where the run is recorded.
        skip_errors: go on with what does not need a failed entity.
        debug: let Dagster print its events.

    Returns:
        The run's id.

    Raises:
        KeyboardInterrupt: somebody stopped it; the run is then marked as canceled.
        AdmSyncError: Dagster failed where the sync did not.
    """
    job = f"sync_{entities[0].name}" if len(entities) == 1 else "sync_all"
    tags = {**LOCATION_TAG, **RUN_TAGS, **NO_RETRIES, **process_tag(), SOURCE_TAG: "command_line"}
    if not skip_errors:
        tags[STOP_TAG] = "true"
    level = "DEBUG" if debug else "CRITICAL"
    run_id, earlier = str(uuid4()), len(syncer.results)
    end_orphans(instance)
    try:
        result = (
            build_defs(syncer)
            .resolve_job_def(job)
            .execute_in_process(
                run_id=run_id,
                instance=instance,
                asset_selection=[asset_key(entity) for entity in entities],
                tags=tags,
                run_config={"loggers": {"console": {"config": {"log_level": level}}}},
                raise_on_error=False,
            )
        )
        if _was_stopped(result):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        run = instance.get_run_by_id(run_id)
        if run is not None:
            instance.report_run_canceled(run, "Stopped at the command line.")
        raise
    if not result.success:
        _check_agreement(result, syncer.results[earlier:])
    return run_id


def _was_stopped(result: dg.ExecuteInProcessResult) -> bool:
    """Dagster swallows Ctrl-C and calls it a failure of its own kind."""
    return any(
        event.is_run_failure
        and event.job_failure_data.failure_reason is RunFailureReason.UNEXPECTED_TERMINATION
        for event in result.all_events
    )


def _check_agreement(run: dg.ExecuteInProcessResult, results: Sequence[EntityResult]) -> None:
    """What Dagster calls a failure must be one of ours; else it has one of its own."""
    known = {_step(result.entity) for result in results if result.status != "succeeded"}
    failed = {event.step_key: event for event in run.all_events if event.is_step_failure}
    strange = [event for step, event in failed.items() if step not in known]
    if strange or not failed:
        error = strange[0].step_failure_data.error if strange else None
        cause = (error.cause or error).message.strip().split("\n")[0] if error else "see its log"
        raise AdmSyncError(
            f"Dagster itself failed in run {run.run_id}: {cause}. What was synced stays synced."
        )


def _step(entity: str) -> str:
    return "__".join(asset_key(BY_NAME[entity]).path)
