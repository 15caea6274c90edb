"""The import of workbooks as assets, a partition for each workbook, and its jobs.

What belongs here: one asset for each stage, each with one call to the core. What does not:
anything an import does. Each stage can be run again by itself, at any time: the core keeps the
bytes of the workbook, and reads again what it needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
from pydantic import Field

from adm_sync.addresses import LOOPBACK
from adm_sync.database.states import ImportStatus
from adm_sync.defs.failures import KnownFailure, failures
from adm_sync.defs.import_checks import (
    CHECKED,
    EVENTS,
    REPORT,
    WORKBOOKS,
    checked_results,
    checked_specs,
    failed_sentence,
    open_and_failed,
    pushed_results,
    pushed_specs,
)
from adm_sync.defs.import_metadata import (
    counts_metadata,
    files_metadata,
    pushed_metadata,
    summary_metadata,
)
from adm_sync.defs.lights import (
    RECONCILED_KEY,
    all_result,
    all_spec,
    complete_result,
    complete_spec,
    latest_comparison,
    reconciled_spec,
    turn,
)
from adm_sync.defs.undocumented import AssetJob
from adm_sync.imports.importing import Importer
from adm_sync.imports.keeping import outcomes_of
from adm_sync.imports.summary import count_groups
from adm_sync.imports.updates.options import UpdateOptions, read_takes
from adm_sync.push.options import Pushed
from adm_sync.settings import Settings

GROUP = "event_import"
TUTORIAL_EVENTS = dg.AssetKey(["acted", "tutorial_events"])
TUTORIAL_SESSIONS = dg.AssetKey(["acted", "tutorial_sessions"])
SESSIONS = dg.AssetKey(["adm", "sessions"])
BRIDGES = [
    dg.AssetKey(["adm", name])
    for name in ("course_templates", "locations", "venues", "instructors", "custom_fields")
]
RECORDED = ("created", "updated", "unchanged", "rejected", "skipped")


class PushConfig(dg.Config):
    """How a person wants a push to go, in the launchpad."""

    reopen: bool = Field(
        False,
        description="Give steps that Administrate refused another chance, once what was wrong is "
        "mended.",
    )


class ImportConfig(dg.Config):
    """How a person wants a workbook imported, in the launchpad."""

    sheet: str | None = Field(
        None,
        description="The sheet with the events, if it is not clear. Unset: the one that was chosen "
        "before, or else the one that looks like it.",
    )
    update: bool = Field(
        False,
        description="Change events that were imported before to what the workbook says now, as far "
        "as nobody has changed them since.",
    )
    take: list[str] = Field(
        [],
        description="Whose value holds where somebody has changed it since: workbook, administrate "
        "or here; or for one event or one value of it: 'TITLE=administrate', 'TITLE: FIELD=here'.",
    )
    remove_sessions: bool = Field(
        False,
        description="Delete sessions that the workbook has no more, if nobody booked or changed "
        "them.",
    )
    cancel: bool = Field(
        False,
        description="Cancel events that the workbook says are cancelled, if they are drafts that "
        "nobody booked.",
    )
    published: bool = Field(False, description="Change published events too.")

    def options(self) -> UpdateOptions | None:
        """The same as the core has it.

        Raises:
            DecisionError: what to take is not said as it should be.
        """
        if not self.update:
            return None
        return UpdateOptions(
            read_takes(self.take), self.remove_sessions, self.cancel, self.published
        )


Results = Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]


@dg.asset(
    key=CHECKED,
    deps=BRIDGES,
    partitions_def=WORKBOOKS,
    group_name=GROUP,
    kinds={"excel", "postgres"},
    description="A workbook that was read, checked and compared with what is known. Its checks "
    "show what cannot be imported; nothing is recorded yet.",
    check_specs=checked_specs(),
)
def checked_workbook(
    context: dg.AssetExecutionContext, config: ImportConfig, importer: dg.ResourceParam[Importer]
) -> Results:
    """Check the workbook of the partition."""
    with failures(context.op_execution_context, importer.errors):
        if config.sheet:
            importer.keep(importer.kept(context.partition_key)[1], "dagster", config.sheet)
        examined = importer.check(context.partition_key, context.run.run_id, config.options())
    errors = sum(one.is_error for one in examined.findings)
    counts = {
        "rows": examined.rows,
        "events": sum(group.has_event for group in examined.groups),
        "sessions": sum(group.sessions for group in examined.groups),
        "errors": errors,
        "warnings": len(examined.findings) - errors,
    }
    # First, so that the results of the checks are about this materialization.
    yield dg.MaterializeResult(asset_key=CHECKED, metadata=counts_metadata(counts))
    yield from checked_results(examined, context.partition_key)


def _spec(
    key: dg.AssetKey, deps: Sequence[dg.AssetKey], description: str, kinds: set[str]
) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        deps=deps,
        group_name=GROUP,
        kinds=kinds,
        description=description,
        metadata={"dagster/table_name": ".".join(key.path)},
    )


@dg.multi_asset(
    name="record_events",
    specs=[
        _spec(
            TUTORIAL_EVENTS,
            [CHECKED],
            "The tutorial events of a workbook, recorded here before anything is sent.",
            {"postgres"},
        ),
        _spec(
            TUTORIAL_SESSIONS,
            [CHECKED],
            "The tutorial sessions of a workbook, recorded together with their events.",
            {"postgres"},
        ),
    ],
    partitions_def=WORKBOOKS,
)
def recorded_events(
    context: dg.AssetExecutionContext, importer: dg.ResourceParam[Importer]
) -> Iterator[dg.MaterializeResult[None]]:
    """Record what can be imported."""
    with failures(context.op_execution_context, importer.errors):
        examined = importer.record(context.partition_key, context.run.run_id)
    events, sessions = count_groups(outcomes_of(examined))
    for key, counts in ((TUTORIAL_EVENTS, events), (TUTORIAL_SESSIONS, sessions)):
        yield dg.MaterializeResult(asset_key=key, metadata=_recorded(counts))


def _recorded(counts: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    rows = counts["created"] + counts["updated"] + counts["unchanged"]
    return {
        "dagster/partition_row_count": dg.MetadataValue.int(rows),
        **counts_metadata({name: counts[name] for name in RECORDED}),
    }


@dg.multi_asset(
    name="push_events",
    specs=[
        _spec(
            EVENTS,
            [TUTORIAL_EVENTS],
            "Joins the events of a workbook to Administrate, where they are created once. The "
            "checks show what is still to be done, and what waits for a person.",
            {"graphql", "postgres"},
        ),
        _spec(
            SESSIONS,
            [TUTORIAL_SESSIONS],
            "Joins the sessions of a workbook to those that Administrate made for its events.",
            {"graphql", "postgres"},
        ),
    ],
    partitions_def=WORKBOOKS,
    check_specs=[*pushed_specs(), all_spec(EVENTS), reconciled_spec()],
    # Only so may a check be left out: an import compares nothing.
    can_subset=True,
)
def pushed_events(
    context: dg.AssetExecutionContext, config: PushConfig, importer: dg.ResourceParam[Importer]
) -> Results:
    """Do in Administrate what is due of this workbook."""
    partition = context.partition_key if context.has_partition_key else None
    pushed = Pushed()
    with failures(context.op_execution_context, importer.errors):
        # Whoever executes checks alone wants to know, and sends nothing.
        if context.selected_asset_keys:
            if config.reopen:
                importer.reopen(partition)
            pushed = importer.push(partition)
        results = [all_result(importer, EVENTS), *latest_comparison(context.instance)]
        # Of all workbooks, if none is chosen: a check without a result would hide the last one.
        standings = [importer.standing(partition)] if partition else importer.to_be_shown(None)
        doubled = sum(one.doubled for one in standings)
        results += pushed_results(
            importer.unfinished(partition), pushed.stopped, doubled, partition
        )
    sessions = {"sessions_changed": len(pushed.sessions)}
    if EVENTS in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=EVENTS, metadata=pushed_metadata(pushed))
    for result in results:
        if dg.AssetCheckKey(EVENTS, str(result.check_name)) in context.selected_asset_check_keys:
            yield result
    if SESSIONS in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=SESSIONS, metadata=counts_metadata(sessions))


@dg.asset(
    key=REPORT,
    deps=[CHECKED, EVENTS, SESSIONS],
    partitions_def=WORKBOOKS,
    check_specs=[complete_spec(), all_spec(REPORT)],
    group_name=GROUP,
    kinds={"excel"},
    description="The annotated copy of a workbook, its findings as CSV, and how the import stands. "
    "It fails if a step of the import failed.",
)
def report(
    context: dg.AssetExecutionContext, importer: dg.ResourceParam[Importer]
) -> Iterator[dg.AssetObservation | dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Write the report; fail if something of the import failed."""
    partition = context.partition_key
    with failures(context.op_execution_context, importer.errors):
        reports = importer.report(partition)
        summary = importer.summary(partition, context.run.run_id)
        unfinished = importer.unfinished(partition)
        standing = importer.standing(partition)
    metadata = summary_metadata(summary, reports, _administrate())
    if summary.status == ImportStatus.FAILED:
        # Only observed: a partition that was materialized would be green.
        yield dg.AssetObservation(REPORT, partition=partition, metadata=metadata)
        yield complete_result(standing)
        yield all_result(importer, REPORT)
        turn(importer, context.log_event, partition)
        _, failed = open_and_failed(unfinished)
        sentence = failed_sentence(failed) if failed else summary.message
        raise KnownFailure(sentence, files_metadata(reports))
    yield dg.MaterializeResult(asset_key=REPORT, metadata=metadata)
    yield complete_result(standing)
    yield all_result(importer, REPORT)
    turn(importer, context.log_event, partition)


def _administrate() -> str | None:
    """Where people open Administrate; a sandbox of this machine has another address next time."""
    instance = Settings.load().administrate_instance_url
    return instance if instance and urlsplit(instance).hostname not in LOOPBACK else None


def update_config(options: UpdateOptions) -> dict[str, Any]:
    """The configuration of a run that may change events that are known."""
    given = options.as_json() | {"take": [str(one) for one in options.take], "update": True}
    return {checked_workbook.op.name: {"config": given}}


def import_assets() -> list[dg.AssetsDefinition]:
    """All stages in their order."""
    return [checked_workbook, recorded_events, pushed_events, report]


def import_job() -> AssetJob:
    """The whole import of one workbook."""
    return dg.define_asset_job(
        "import_events",
        selection=dg.AssetSelection.groups(GROUP) - dg.AssetSelection.checks(RECONCILED_KEY),
        description="One workbook: check it, record it here, create it in Administrate, report.",
    )
