"""The same as `launching` for imports, pushes and comparisons.

What belongs here: which job of theirs is run, and with what. What does not: running one, and what
only a sync needs, which starts sooner without all of this.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from adm_sync.defs.build import build_defs
from adm_sync.defs.event_import import SESSIONS, update_config
from adm_sync.defs.import_checks import EVENTS, REPORT, WORKBOOKS
from adm_sync.defs.launching import execute, of_dagster
from adm_sync.defs.run_log import writing_quietly
from adm_sync.imports.importing import Importer
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.workbook.sheet import Content


def run_import(
    importer: Importer,
    instance: dg.DagsterInstance,
    content: Content,
    *,
    source: str = "command_line",
    sheet: str | None = None,
    update: UpdateOptions | None = None,
    debug: bool = False,
) -> str:
    """Import a workbook as one run in this process; what came of it is in the importer.

    Args:
        importer: open; its listener hears how it goes, and `summary` tells how it stands.
        instance: where the run and the partition are recorded.
        content: the workbook, whose bytes are kept.
        source: where it came from.
        sheet: the sheet to import; by default the one that looks like it.
        update: how far events that are known may be changed; not at all if it is None.
        debug: let Dagster print its events.

    Returns:
        The run's id. A run whose steps Administrate refused is failed, and returned all the same.

    Raises:
        KeyboardInterrupt: somebody stopped it; the run is then marked as canceled.
        AdmSyncError: what kept a stage from its work, such as `WorkbookRefused`, `SyncBusy` or
            `DatabaseError`; or Dagster failed where the import did not.
    """
    importer.keep(content, source, sheet)
    config = update_config(update) if update else None
    return _run_partition(importer, instance, content.partition, config=config, debug=debug)


def run_push(
    importer: Importer,
    instance: dg.DagsterInstance,
    partition: str | None = None,
    *,
    debug: bool = False,
) -> str:
    """Push what is due of one workbook, or of all, as one run in this process.

    For one workbook the report is written anew. What was done is in `importer.pushed[partition]`.

    Returns:
        The run's id. A run whose steps Administrate refused is failed, and returned all the same.

    Raises:
        KeyboardInterrupt: somebody stopped it; the run is then marked as canceled.
        AdmSyncError: as of `run_import`.
    """
    if partition is not None:
        importer.kept(partition)  # says in a sentence that there is none
        stages = [EVENTS, SESSIONS, REPORT]
        return _run_partition(importer, instance, partition, stages, debug=debug)
    return _run_importer(importer, instance, "push_pending", debug=debug)


def run_reconcile(
    importer: Importer,
    instance: dg.DagsterInstance,
    sittings: Sequence[str] = (),
    *,
    debug: bool = False,
) -> str:
    """Compare both sides as one run in this process; what differs is in `importer.reconciled`.

    Args:
        importer: open.
        instance: where the run is recorded.
        sittings: such as `2027A`; all that were imported if there are none.
        debug: let Dagster print its events.

    Returns:
        The run's id.

    Raises:
        KeyboardInterrupt: somebody stopped it; the run is then marked as canceled.
        AdmSyncError: as of `run_import`.
    """
    config = {"compare": {"config": {"sittings": list(sittings)}}}
    return _run_importer(importer, instance, "reconcile", config=config, debug=debug)


def run_show(importer: Importer, instance: dg.DagsterInstance, partition: str) -> str:
    """Let the checks show how this import and those with events of its stand, as one run.

    Returns:
        The run's id.

    Raises:
        KeyboardInterrupt: somebody stopped it; the run is then marked as canceled.
        AdmSyncError: as of `run_import`.
    """
    config = {"show": {"config": {"partition": partition}}}
    return _run_importer(importer, instance, "show_imports", config=config, debug=False)


def _run_partition(
    importer: Importer,
    instance: dg.DagsterInstance,
    partition: str,
    stages: Sequence[dg.AssetKey] | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    debug: bool,
) -> str:
    with writing_quietly(instance):
        instance.add_dynamic_partitions(str(WORKBOOKS.name), [partition])
    return _run_importer(
        importer,
        instance,
        "import_events",
        partition=partition,
        selection=stages,
        config=config,
        debug=debug,
    )


def _run_importer(
    importer: Importer, instance: dg.DagsterInstance, job: str, **options: Any
) -> str:
    earlier = len(importer.errors)
    result = execute(build_defs(importer), job, instance, **options)
    if len(importer.errors) > earlier:
        raise importer.errors[earlier]
    if not result.success:
        _check_failures(result)
    return result.run_id


def _check_failures(run: dg.ExecuteInProcessResult) -> None:
    """The same for an import, whose own failures are of Dagster's class for them."""
    failed = [event for event in run.all_events if event.is_step_failure]
    strange = [event for event in failed if event.step_failure_data.user_failure_data is None]
    if strange or not failed:
        kept = "What was recorded stays recorded; the same again goes on from there."
        raise of_dagster(run, strange, kept)
