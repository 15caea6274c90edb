"""Jobs between imports: pushing what is still pending, and comparing both sides.

What belongs here: `push_pending` and `reconcile`. What does not: when they run (`sensors`,
`schedules`), and what they do.
"""

import logging

import dagster as dg

from adm_sync.database.states import StepState
from adm_sync.defs.failures import KnownFailure, failures
from adm_sync.defs.import_checks import failed_sentence, open_and_failed, pending_sentence
from adm_sync.defs.import_metadata import pushed_metadata, reconciliation_metadata, steps_table
from adm_sync.defs.lights import show_reconciliation, turn
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.imports.importing import Importer

# Dagster's own, on runs that a sensor has started: nobody asked for those.
SENSOR_TAG = "dagster/sensor_name"

log = logging.getLogger("adm_sync.imports")


class ReconcileConfig(dg.Config):
    """Which sittings are compared, such as `2027A`; all that were imported if none is given."""

    sittings: list[str] | None = None


# Nothing is handed on, so that Dagster stores no output in a file.
@dg.op(out=dg.Out(dg.Nothing))
def push_everything(context: dg.OpExecutionContext, importer: dg.ResourceParam[Importer]) -> None:
    """Push what is due of all workbooks; fails if steps failed, or all of it was refused."""
    with failures(context, importer.errors):
        before = {step.id for step in importer.unfinished(None) if step.state == StepState.FAILED}
        pushed = importer.push(None, asked_for=SENSOR_TAG not in context.run.tags)
        unfinished = importer.unfinished(None)
        turn(importer, context.log_event)
    pending, failed = open_and_failed(unfinished)
    metadata = pushed_metadata(pushed)
    metadata["pending steps"] = dg.MetadataValue.int(len(pending))
    metadata["failed steps"] = dg.MetadataValue.int(len(failed))
    if unfinished:
        metadata["steps"] = steps_table([*failed, *pending])
    if pending:
        log.warning(pending_sentence(pending, pushed.stopped))
    new = [step for step in failed if step.id not in before]
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
        found = importer.reconcile(config.sittings or None)
        show_reconciliation(found, context.log_event, of_all=not config.sittings)
        turn(importer, context.log_event)
    context.add_output_metadata(reconciliation_metadata(found))
    for one in found.differences:
        log.warning("%s: %s", one.title, one.detail)


class ShowConfig(dg.Config):
    """An import that was at work, such as one that was taken back."""

    partition: str | None = None


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
    description="Reads the events of the imported sittings back from Administrate, and lists what "
    "differs from the tutorial tables. Changes nothing.",
)
def reconcile() -> None:
    """Compare the events of both sides."""
    compare()
