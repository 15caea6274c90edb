"""Jobs between imports: pushing what is still pending, and comparing both sides.

What belongs here: `push_pending` and `reconcile`. What does not: when they run (`sensors`,
`schedules`), and what they do.
"""

import logging
from collections.abc import Collection
from dataclasses import asdict

import dagster as dg
from pydantic import Field

from adm_sync.database.dagster_signs import CAUSE_TAG
from adm_sync.database.states import StepState
from adm_sync.defs.failures import KnownFailure, failures
from adm_sync.defs.import_checks import failed_sentence, open_and_failed, pending_sentence
from adm_sync.defs.import_metadata import (
    Metadata,
    files_metadata,
    pushed_metadata,
    reconciliation_metadata,
    steps_table,
)
from adm_sync.defs.lights import differing, of_reconciliation, turn
from adm_sync.defs.metadata import import_page
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.errors import AdmSyncError
from adm_sync.imports import keeping
from adm_sync.imports.importing import Importer
from adm_sync.imports.reconciling import current_sittings
from adm_sync.settings import Settings

# Dagster's own, on runs that a sensor has started: nobody asked for those.
SENSOR_TAG = "dagster/sensor_name"

log = logging.getLogger("adm_sync.imports")


class ReconcileConfig(dg.Config):
    """Which sittings are compared, in the launchpad."""

    sittings: list[str] | None = Field(
        None,
        description="Which sittings are compared, such as 2027A. Unset: all that were imported.",
    )
    current: bool = Field(
        False,
        description="Compare those with an event that is not over or that waits for something, and "
        "those that differed when they were compared last.",
    )


# Nothing is handed on, so that Dagster stores no output in a file.
@dg.op(out=dg.Out(dg.Nothing))
def push_everything(context: dg.OpExecutionContext, importer: dg.ResourceParam[Importer]) -> None:
    """Push what is due of all workbooks; fails if steps failed, or all of it was refused."""
    with failures(context, importer.errors):
        before = {step.id for step in importer.unfinished(None) if step.state == StepState.FAILED}
    asked_for = SENSOR_TAG not in context.run.tags
    push_and_tell(context, importer, None, {}, known=before, asked_for=asked_for)


def push_and_tell(
    context: dg.OpExecutionContext,
    importer: Importer,
    partition: str | None,
    metadata: Metadata,
    *,
    known: Collection[int] = (),
    asked_for: bool = True,
) -> None:
    """Push what is due of one import, or of all, and tell what came of it.

    Args:
        context: of the op.
        importer: open.
        partition: the import's, whose report is written anew; None for all.
        metadata: what is to be told besides.
        known: steps that had failed before, which is told and is no failure of this push.
        asked_for: whether a person wants it now.

    Raises:
        KnownFailure: steps failed, or all of it was refused.
    """
    with failures(context, importer.errors):
        pushed = importer.push(partition, asked_for=asked_for)
        unfinished = importer.unfinished(partition)
        files = files_metadata(importer.report(partition)) if partition else {}
        turn(importer, context.log_event, partition)
    pending, failed = open_and_failed(unfinished)
    metadata = metadata | pushed_metadata(pushed) | files
    metadata["pending steps"] = dg.MetadataValue.int(len(pending))
    metadata["failed steps"] = dg.MetadataValue.int(len(failed))
    if unfinished or partition:
        metadata |= import_page(partition)
    if unfinished:
        metadata["steps"] = steps_table([*failed, *pending])
    if pending:
        log.warning(pending_sentence(pending, pushed.stopped))
    new = [step for step in failed if step.id not in known]
    if new:
        raise KnownFailure(failed_sentence(new), metadata)
    if pushed.was_refused:
        raise KnownFailure(pushed.stopped, metadata)
    context.add_output_metadata(metadata)


@dg.op(out=dg.Out(dg.Nothing))
def compare(
    context: dg.OpExecutionContext, config: ReconcileConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Compare the events of both sides."""
    with failures(context, importer.errors):
        sittings, before = config.sittings or None, differing(context.instance)
        if config.current:
            sittings = sorted({*current_sittings(importer.database), *before}, reverse=True)
        try:
            found = importer.reconcile(sittings, context.run_id)
        except AdmSyncError as error:
            context.instance.add_run_tags(context.run_id, {CAUSE_TAG: error.cause})
            raise
        said = of_reconciliation(found, before if sittings else ())
        # Some sittings without a difference say nothing of the others.
        if found.differences or not config.sittings:
            context.log_event(said)  # type: ignore[arg-type]
        turn(importer, context.log_event)
    context.add_output_metadata(reconciliation_metadata(found))
    if found.differences:
        log.warning("%s The metadata of this step names them.", said.description)


@dg.op(out=dg.Out(dg.Nothing))
def remove_old(context: dg.OpExecutionContext, importer: dg.ResourceParam[Importer]) -> None:
    """Remove what was only kept to be read, once it is older than ADM_SYNC_KEEP_DAYS."""
    with failures(context, importer.errors):
        days = Settings.load().adm_sync_keep_days
        if not days:
            return
        removed = keeping.remove_old(importer.database.engine, days)
    context.add_output_metadata(
        {f"{name} removed": dg.MetadataValue.int(count) for name, count in asdict(removed).items()}
    )


class ShowConfig(dg.Config):
    """Which import is shown, in the launchpad."""

    partition: str | None = Field(
        None,
        description="The partition of an import that was at work, such as one that was taken back. "
        "Unset: all that stand otherwise than their checks show.",
    )


@dg.op(out=dg.Out(dg.Nothing))
def show(
    context: dg.OpExecutionContext, config: ShowConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Evaluate the checks of imports that stand otherwise than they show."""
    with failures(context, importer.errors):
        turn(importer, context.log_event, config.partition)


@dg.job(description="Evaluates the checks on imports anew. Asks nobody, and changes nothing.")
def show_imports() -> None:
    """Let the checks show how imports stand."""
    show()


@dg.job(
    tags=RUN_TAGS,
    description="Does in Administrate what earlier imports recorded and could not do.",
)
def push_pending() -> None:
    """Push what is due of all workbooks."""
    push_everything()


@dg.job(
    tags=RUN_TAGS,
    description="Reads the events of imported sittings back from Administrate, and lists what "
    "differs from the tutorial tables: on schedule of those with events that are not over. "
    "Changes nothing of them. Removes findings, calls and runs that are older than "
    "ADM_SYNC_KEEP_DAYS.",
)
def reconcile() -> None:
    """Compare the events of both sides, and remove what is old."""
    compare()
    remove_old()
