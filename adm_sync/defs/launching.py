"""Running a job from the command line, as a Dagster run like any other.

What belongs here: the environment that Dagster needs, its instance, and starting a run in this
process. What does not: what the command line prints.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg

from adm_sync.database.dagster_database import dagster_url
from adm_sync.database.engine import Database
from adm_sync.defs.at_work import at_work, ending_dead_runs, process_tag
from adm_sync.defs.checks import asset_key
from adm_sync.defs.failures import SOURCE_TAG
from adm_sync.defs.reference_data import STOP_TAG, jobs, reference_defs
from adm_sync.defs.run_log import quietly, writing_quietly
from adm_sync.defs.storage import URL_VARIABLE
from adm_sync.defs.undocumented import (
    RegisteredCodeLocationOrigin,
    RemoteRepositoryOrigin,
    RunFailureReason,
)
from adm_sync.errors import AdmSyncError, DatabaseUnreachable
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity
from adm_sync.reference.results import EntityResult
from adm_sync.reference.syncer import Syncer
from adm_sync.settings import Settings

# How Dagster is set up, and what it loads; the files at the root of the checkout lead to these.
DAGSTER_YAML, WORKSPACE = (Path(__file__).with_name(n) for n in ("dagster.yaml", "workspace.yaml"))
# Where `workspace.yaml` loads the jobs from, as runs that the UI starts say it.
LOCATION, REPOSITORY = "adm_sync", "__repository__"
LOCATION_TAG = {".dagster/repository": f"{REPOSITORY}@{LOCATION}"}
# Whoever started it sees how it ends; a daemon must not start again what was stopped by hand.
NO_RETRIES = {"dagster/max_retries": "0"}

# Their words hold statements and values, and are for the log alone.
DRIVERS = ("sqlalchemy.", "psycopg.", "psycopg2.")

STATEMENT_MILLISECONDS = 60_000


def dagster_environment(settings: Settings, database: Database) -> dict[str, str]:
    """The variables that Dagster's own processes need beside the project's settings.

    Raises:
        DatabaseError: Dagster's database cannot be used, or belongs to another installation.
    """
    home = os.environ.get("DAGSTER_HOME") or str(_dagster_home(settings.home / "dagster"))
    return {
        "DAGSTER_HOME": home,
        URL_VARIABLE: dagster_url(database),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def _dagster_home(folder: Path) -> Path:
    """A folder for Dagster's working files, with a link to the project's `dagster.yaml`."""
    link = folder / DAGSTER_YAML.name
    folder.mkdir(parents=True, exist_ok=True)
    if not link.exists() or link.resolve() != DAGSTER_YAML.resolve():
        # Replaced in one go, because another process may be reading it.
        fresh = folder / f"dagster.yaml.{os.getpid()}"
        fresh.symlink_to(DAGSTER_YAML)
        fresh.replace(link)
    return folder


@contextmanager
def dagster_instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance: where runs, events and schedules are kept.

    Raises:
        DatabaseError: Dagster's database cannot be used.
    """
    os.environ.update(dagster_environment(settings, database))
    with ExitStack() as stack:
        with quietly("before a run began"):
            instance = stack.enter_context(dg.DagsterInstance.get())
        instance.optimize_for_webserver(STATEMENT_MILLISECONDS, 0, 0)
        yield instance


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
    earlier = len(syncer.results)
    result = execute(
        reference_defs(syncer, jobs()),
        job,
        instance,
        tags={} if skip_errors else {STOP_TAG: "true"},
        selection=[asset_key(entity) for entity in entities],
        debug=debug,
    )
    if not result.success:
        _check_agreement(result, syncer.results[earlier:])
    return result.run_id


def execute(
    definitions: dg.Definitions,
    job: str,
    instance: dg.DagsterInstance,
    *,
    tags: Mapping[str, str] | None = None,
    partition: str | None = None,
    selection: Sequence[dg.AssetKey] | None = None,
    config: Mapping[str, Any] | None = None,
    debug: bool,
) -> dg.ExecuteInProcessResult:
    """Run the job in this process, as one that the UI lists; canceled if somebody stops it."""
    own = {**LOCATION_TAG, **NO_RETRIES, **process_tag(), SOURCE_TAG: "command_line"}
    level = "DEBUG" if debug else "CRITICAL"
    run_id = str(uuid4())
    try:
        with (
            writing_quietly(instance),
            ending_dead_runs(instance),
            at_work(instance, run_id),
            _listed(instance, job),
        ):
            result = definitions.resolve_job_def(job).execute_in_process(
                run_id=run_id,
                instance=instance,
                partition_key=partition,
                asset_selection=selection,
                tags={**own, **(tags or {})},
                run_config={
                    "loggers": {"console": {"config": {"log_level": level}}},
                    **({"ops": config} if config else {}),
                },
                raise_on_error=False,
            )
            if _was_stopped(result):
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        run = instance.get_run_by_id(run_id)
        if run is not None:
            instance.report_run_canceled(run, "Stopped at the command line.")
        raise
    return result


@contextmanager
def _listed(instance: dg.DagsterInstance, job: str) -> Iterator[None]:
    """Let the run that is made within say where its job is loaded from.

    The timeline leaves out a run that does not, nor can it be started again; and Dagster lets
    nobody say it of a run in this process.
    """
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(LOCATION), REPOSITORY)
    create = instance.create_run_for_job
    origin = repository.get_job_origin(job)
    vars(instance)["create_run_for_job"] = partial(create, remote_job_origin=origin)
    try:
        yield
    finally:
        vars(instance)["create_run_for_job"] = create


def _was_stopped(result: dg.ExecuteInProcessResult) -> bool:
    """Dagster swallows Ctrl-C and calls it a failure of its own kind."""
    return any(
        event.is_run_failure
        and event.job_failure_data.failure_reason is RunFailureReason.UNEXPECTED_TERMINATION
        for event in result.all_events
    )


def _check_agreement(run: dg.ExecuteInProcessResult, results: Sequence[EntityResult]) -> None:
    """What Dagster calls a failure must be one of ours; else it has one of its own."""
    known = {_step(result.entity) for result in results if not result.is_accepted}
    failed = [event for event in run.all_events if event.is_step_failure]
    strange = [event for event in failed if event.step_key not in known]
    if strange or not failed:
        raise of_dagster(run, strange, "What was synced stays synced.")


def of_dagster(
    run: dg.ExecuteInProcessResult, strange: Sequence[dg.DagsterEvent], kept: str
) -> AdmSyncError:
    """The failure of Dagster's own in steps that are strange to us; `kept` says what stays."""
    error = strange[0].step_failure_data.error if strange else None
    cause = (error.cause or error).message.strip().split("\n")[0] if error else "see its log"
    kind: type[AdmSyncError] = AdmSyncError
    if cause.startswith(DRIVERS):
        kind = DatabaseUnreachable
        cause = "its database refused or lost something; the run's log has more"
    return kind(f"Dagster itself failed in run {run.run_id}: {cause}. {kept}")


def _step(entity: str) -> str:
    return "__".join(asset_key(BY_NAME[entity]).path)
