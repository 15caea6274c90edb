"""Running a job from the command line, as a Dagster run like any other.

What belongs here: the environment that Dagster needs, its instance, and starting a run in this
process. What does not: what the command line prints.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

import adm_sync
from adm_sync.database.engine import Database
from adm_sync.defs.build import build_defs
from adm_sync.defs.checks import asset_key
from adm_sync.defs.reference_data import RUN_TAGS, SOURCE_TAG, STOP_TAG
from adm_sync.errors import SettingsError
from adm_sync.reference.entity import Entity
from adm_sync.reference.syncer import Syncer
from adm_sync.settings import Settings

PROJECT = Path(adm_sync.__file__).parent.parent
# Without it the UI shows the run, but not among the runs of its job.
LOCATION_TAG = {".dagster/repository": "__repository__@adm_sync"}


def dagster_environment(settings: Settings, database: Database) -> dict[str, str]:
    """The variables that Dagster's own processes need beside the project's settings.

    Raises:
        SettingsError: the project's `dagster.yaml` is nowhere to be found.
    """
    home = os.environ.get("DAGSTER_HOME") or str(_dagster_home(settings.home / "dagster"))
    return {
        "DAGSTER_HOME": home,
        "ADM_SYNC_DAGSTER_URL": database.dagster_url(),
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
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    return folder


@contextmanager
def dagster_instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance: where runs, events and schedules are kept."""
    os.environ.update(dagster_environment(settings, database))
    with dg.DagsterInstance.get() as instance:
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
    """
    job = f"sync_{entities[0].name}" if len(entities) == 1 else "sync_all"
    tags = {**LOCATION_TAG, **RUN_TAGS, SOURCE_TAG: "command_line"}
    if not skip_errors:
        tags[STOP_TAG] = "true"
    level = "DEBUG" if debug else "CRITICAL"
    result = (
        build_defs(syncer)
        .resolve_job_def(job)
        .execute_in_process(
            instance=instance,
            asset_selection=[asset_key(entity) for entity in entities],
            tags=tags,
            run_config={"loggers": {"console": {"config": {"log_level": level}}}},
            raise_on_error=False,
        )
    )
    return result.run_id
