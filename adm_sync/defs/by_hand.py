"""Jobs by which a person acts in the Dagster UI, as the commands of the same names do.

What belongs here: their launchpads, each with one call to the core, and what came of it as
metadata. What does not: anything that is done.
"""

from dataclasses import replace
from typing import Any

import dagster as dg
from pydantic import Field

from adm_sync.acting import readable_name
from adm_sync.database import journal
from adm_sync.database.engine import database_errors, open_database
from adm_sync.database.states import DecisionKind
from adm_sync.defs.checks import asset_key, check_results, evaluation
from adm_sync.defs.event_import import UpdateConfig
from adm_sync.defs.failures import KnownFailure, failures
from adm_sync.defs.import_metadata import (
    findings_table,
    plan_table,
    summary_metadata,
    undo_table,
)
from adm_sync.defs.lights import turn
from adm_sync.defs.metadata import import_page, page_metadata, result_metadata
from adm_sync.defs.reference_data import RUN_TAGS, fail, sync
from adm_sync.errors import DecisionError, WorkbookError
from adm_sync.imports.importing import Importer
from adm_sync.imports.inbox import inbox_in
from adm_sync.imports.reporting import Reports
from adm_sync.imports.undo.undoing import Undo
from adm_sync.reference.decisions import Statement, withdraw
from adm_sync.reference.decisions import decide as store
from adm_sync.reference.entities import named
from adm_sync.reference.syncer import Syncer
from adm_sync.settings import Settings
from adm_sync.workbook.sheet import Content

NOTHING = dg.Out(dg.Nothing)  # so that Dagster stores no output in a file
_WHO = "Your name, which is kept with what you do: Dagster does not know who you are."


def _blank(op: str, form: type[dg.Config], **chosen: str) -> dict[str, Any]:
    """What a launchpad starts with: every field, so that nobody has to know which there are."""
    fields = {
        name: "" if field.is_required() else field.default
        for name, field in form.model_fields.items()
    }
    return {"ops": {op: {"config": {**fields, **chosen}}}}


def _somebody(who: str) -> str:
    """The name that was filled in.

    Raises:
        DecisionError: none was.
    """
    name = readable_name(who)
    if not name:
        raise DecisionError("Fill in who, your name: it is kept with what you do.")
    return name


# ---------------------------------------------------------------------- release


class ReleaseConfig(dg.Config):
    """Which held plan is released, in the launchpad."""

    entity: str = Field(
        description="The reference entity whose plan is held, such as instructors. The check "
        "deletion_guard of its asset says what the plan would remove."
    )
    plan: int | None = Field(
        None,
        description="Release only the plan of this number, which the message of the hold and "
        "adm-sync release name. Unset: the plan that is held now.",
    )
    who: str = Field(description=_WHO)


@dg.op(out=NOTHING)
def release_plan(
    context: dg.OpExecutionContext, config: ReleaseConfig, syncer: dg.ResourceParam[Syncer]
) -> None:
    """Let a held plan pass, and sync."""
    with failures(context, []):
        who, entity = _somebody(config.who), named(config.entity)
        with database_errors(), syncer.database.engine.connect() as connection:
            held = journal.held_plan(connection, entity.name)
        if held is None:
            raise DecisionError(f"No plan of {entity.many} is held. There is nothing to release.")
        if config.plan not in {None, held.id}:
            raise DecisionError(
                f"Another plan of {entity.many} is held by now ({held.id}). Nothing was released: "
                "look at that one first."
            )
        syncer.options = replace(syncer.options, released=held.fingerprint, who=who)
        result = sync(syncer, entity, context.run)
        with database_errors(), syncer.database.engine.connect() as connection:
            other = journal.released_by_another(connection, held.id, who)
    for check in check_results(entity, result):
        context.log_event(evaluation(check))  # type: ignore[arg-type]
    if not result.is_accepted:
        fail(result, may_retry=False)
    metadata = result_metadata(result)
    if other:
        metadata["released by"] = dg.MetadataValue.text(f"{other}, meanwhile")
    context.log_event(dg.AssetMaterialization(asset_key(entity), metadata=metadata))
    context.add_output_metadata(metadata)


@dg.job(
    tags=RUN_TAGS,
    config=_blank("release_plan", ReleaseConfig),
    description="Lets a plan pass that the deletion guard has held: exactly that plan. If "
    "Administrate holds something else by now, the new plan is judged afresh.",
)
def release() -> None:
    """Release a held plan."""
    release_plan()


# ---------------------------------------------------------------------- decide


class DecisionConfig(dg.Config):
    """What is decided, in the launchpad."""

    entity: str = Field(description="The reference entity, such as venues.")
    kind: DecisionKind = Field(
        description="LINK: this tutorial record is that Administrate record. NEVER: they are not "
        "the same, though their names say so. IGNORE: the record has no counterpart."
    )
    tutorial_id: int | None = Field(
        None,
        description="The id of the tutorial record; for LINK, NEVER, and IGNORE of such a record.",
    )
    external_id: str | None = Field(
        None,
        description="The id of the Administrate record; for LINK, NEVER, and IGNORE of such a "
        "record.",
    )
    why: str = Field("", description="The reason, for whoever reads it later.")
    who: str = Field(description=_WHO)
    take_back: bool = Field(False, description="Take this decision back, instead of making it.")


@dg.op(out=NOTHING)
def decide_record(context: dg.OpExecutionContext, config: DecisionConfig) -> None:
    """Store a decision, or take it back."""
    with failures(context, []):
        who, entity = _somebody(config.who), named(config.entity)
        said = Statement(config.kind, entity, config.tutorial_id, config.external_id or None)
        with (
            database_errors(),
            open_database(Settings.load()) as database,
            database.engine.begin() as connection,
        ):
            if config.take_back:
                number = withdraw(connection, said, who)
            else:
                number = store(connection, said, who, config.why)
    context.add_output_metadata(
        {
            "decision": dg.MetadataValue.int(number),
            "says": dg.MetadataValue.text(str(said)),
            "state": dg.MetadataValue.text("taken back" if config.take_back else "in force"),
            "next": dg.MetadataValue.text(f"The next sync honours it: the job sync_{entity.name}."),
            **page_metadata("see and decide", lambda pages: pages.unmatched(entity.name)),
        }
    )


@dg.job(
    config=_blank("decide_record", DecisionConfig, kind=DecisionKind.LINK.name),
    description="Decides about a record that does not match: link, never or ignore; or takes such "
    "a decision back. The next sync of the entity honours it.",
)
def decide() -> None:
    """Decide about a record."""
    decide_record()


# ---------------------------------------------------------------------- undo


class UndoConfig(dg.Config):
    """What is taken back, in the launchpad."""

    partition: str = Field(description="The import: its partition, such as events.xlsx-1c0345d5.")
    carry_out: bool = Field(
        False,
        description="Take it back. False shows what would happen to each of its events, and "
        "changes nothing.",
    )
    remove_tutorial: bool = Field(
        False,
        description="Remove the tutorial events too that the import made, if nothing refers to "
        "them.",
    )
    who: str = Field(description=_WHO)


@dg.op(out=NOTHING)
def take_back(
    context: dg.OpExecutionContext, config: UndoConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Show what an undo would do, or do it."""
    with failures(context, importer.errors):
        importer.options = replace(importer.options, who=_somebody(config.who))
        work = Undo(importer, config.partition, config.remove_tutorial)
        result = work.plan()
        if config.carry_out:
            result = work.carry_out(result)
            turn(importer, context.log_event, config.partition)
    metadata: dict[str, dg.MetadataValue] = {
        "events": dg.MetadataValue.int(len(result.events)),
        "taken back": dg.MetadataValue.int(result.count("deleted", "unlinked", "reverted")),
    }
    metadata |= import_page(config.partition)
    if result.events:
        metadata["each event"] = undo_table(result.events)
    if config.carry_out and result.status != "succeeded":
        left = f"{result.count('failed')} events were not taken back"
        raise KnownFailure(f"{result.message or left} Run it again for what is left.", metadata)
    context.add_output_metadata(metadata)


@dg.job(
    config=_blank("take_back", UndoConfig),
    description="Takes an import back, as far as nobody has worked on it since: first it shows "
    "what would happen to each event; with carry_out it does that.",
)
def undo() -> None:
    """Take an import back."""
    take_back()


# ---------------------------------------------------------------------- a dry run


class DryRunConfig(UpdateConfig):
    """Which workbook is checked, and how an import would go, in the launchpad."""

    partition: str | None = Field(
        None, description="An import that there is, by its partition: how it would go again."
    )
    inbox_file: str | None = Field(
        None, description="A workbook that lies in the inbox, by its file's name."
    )
    sheet: str | None = Field(
        None, description="The sheet with the events. Unset: the one that looks like it."
    )


@dg.op(out=NOTHING)
def rehearse_import(
    context: dg.OpExecutionContext, config: DryRunConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Check a workbook, and say what an import of it would do."""
    with failures(context, importer.errors):
        content, sheet = _wanted(config, importer)
        summary = importer.rehearsal(content, config.sheet or sheet, config.options())
    metadata = summary_metadata(summary, Reports(None, None), None)
    if config.partition is None:
        metadata.pop("see and act", None)  # it has no page of its own yet
    if summary.plan:
        metadata["plan"] = plan_table(summary.plan)
    if summary.findings:
        metadata["findings"] = findings_table(summary.findings)
    context.add_output_metadata(metadata)


def _wanted(config: DryRunConfig, importer: Importer) -> tuple[Content, str | None]:
    """The workbook that is meant, and the sheet that was chosen for it before."""
    if (config.partition is None) == (config.inbox_file is None):
        raise WorkbookError("Say which workbook: by partition, or by inbox_file.")
    if config.partition is not None:
        _, content, sheet = importer.kept(config.partition)
        return content, sheet
    inbox = inbox_in(Settings.load().inbox)
    for file in inbox.look():
        if file.name == config.inbox_file:
            if file.obstacle:
                raise WorkbookError(f"{file.name} cannot be taken: {file.obstacle}")
            return inbox.read(file, importer.options.limits), None
    raise WorkbookError(f"There is no file {config.inbox_file} in the inbox ({inbox.place}).")


@dg.job(
    config=_blank("rehearse_import", DryRunConfig),
    description="Checks a workbook and shows what an import of it would do, event by event. Writes "
    "nothing, neither here nor in Administrate.",
)
def import_dry_run() -> None:
    """Rehearse an import."""
    rehearse_import()


JOBS = (release, decide, undo, import_dry_run)
