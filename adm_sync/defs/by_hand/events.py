"""Jobs by hand about events of workbooks: dry runs, undoing, doubles, links, and pushing again.

What belongs here: their launchpads, each with one call to the core. What does not: reference
records (`records`), and anything that is done.
"""

from collections.abc import Collection, Sequence

import dagster as dg
from pydantic import Field

from adm_sync.database.states import ImportStatus
from adm_sync.defs.by_hand.launchpads import NOTHING, WHO, blank, on_behalf_of
from adm_sync.defs.by_hand.tables import (
    conflicts_metadata,
    plan_table,
    proposals_table,
    undo_table,
)
from adm_sync.defs.event_import import ImportConfig, update_config
from adm_sync.defs.failures import KnownFailure, failures
from adm_sync.defs.import_metadata import (
    Metadata,
    findings_table,
    sentences,
    summary_metadata,
)
from adm_sync.defs.lights import turn
from adm_sync.defs.metadata import import_page, page_metadata
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.defs.upkeep import push_and_tell
from adm_sync.errors import WorkbookError
from adm_sync.imports.importing import Importer
from adm_sync.imports.inbox import inbox_in
from adm_sync.imports.reporting import Reports
from adm_sync.imports.undo.doubles import Double, Doubles
from adm_sync.imports.undo.proposals import chosen, not_proposed
from adm_sync.imports.undo.relinking import Relink, Relinking
from adm_sync.imports.undo.undoing import Undo
from adm_sync.settings import Settings
from adm_sync.workbook.sheet import Content

# ---------------------------------------------------------------------- undo


class UndoConfig(dg.Config):
    """What is taken back, in the launchpad."""

    partition: str = Field(description="The import: its partition, such as events.xlsx-1c0345d5.")
    carry_out: bool = Field(
        False,
        description="Take it back. False shows what would happen to each of its events, and "
        "changes nothing.",
    )
    only: list[str] = Field(
        [],
        description="Only these events of Administrate, by their ids. Empty: all that the import "
        "made or changed.",
    )
    remove_tutorial: bool = Field(
        False,
        description="Remove the tutorial events too that the import made, if nothing refers to "
        "them.",
    )
    who: str = Field(description=WHO)


@dg.op(out=NOTHING)
def take_back(
    context: dg.OpExecutionContext, config: UndoConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Show what an undo would do, or do it."""
    with failures(context, importer.errors):
        on_behalf_of(config.who, importer)
        work = Undo(importer, config.partition, config.remove_tutorial, frozenset(config.only))
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
    config=blank("take_back", UndoConfig),
    description="Takes an import back, as far as nobody has worked on it since: first it shows "
    "what would happen to each event; with carry_out it does that.",
)
def undo() -> None:
    """Take an import back."""
    take_back()


# ---------------------------------------------------------------------- a dry run


class DryRunConfig(ImportConfig):
    """Which workbook is checked, and how an import would go, in the launchpad."""

    partition: str | None = Field(
        None, description="An import that there is, by its partition: how it would go again."
    )
    inbox_file: str | None = Field(
        None, description="A workbook that lies in the inbox, by its file's name."
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
        metadata |= conflicts_metadata(summary.plan)
    if summary.findings:
        metadata["findings"] = findings_table(summary.findings)
    if summary.warnings:
        metadata["to be known"] = sentences(summary.warnings)
    if config.partition and (options := config.options()):
        told = {"ops": update_config(options)}
        metadata["launchpad of import_events to do so"] = dg.MetadataValue.json(told)
    if summary.status == ImportStatus.FAILED:
        why = next(iter(summary.warnings), "Nothing of it can be imported: the findings say why.")
        raise KnownFailure(why, metadata)
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
    config=blank("rehearse_import", DryRunConfig),
    description="Checks a workbook and shows what an import of it would do, event by event. Writes "
    "nothing, neither here nor in Administrate.",
)
def import_dry_run() -> None:
    """Rehearse an import."""
    rehearse_import()


# ---------------------------------------------------------------------- doubles, and links


class ProposalConfig(dg.Config):
    """What is done of what is proposed, in the launchpad."""

    only: list[str] = Field(
        [],
        description="Of what is proposed, only these events of Administrate, by their ids. Empty: "
        "all.",
    )
    carry_out: bool = Field(
        False, description="Do it. False shows what is proposed, and does nothing of it."
    )
    who: str = Field(description=WHO)


@dg.op(out=NOTHING)
def remove_what_is_too_many(
    context: dg.OpExecutionContext, config: ProposalConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Show which events are there more than once and may go, or remove those."""
    with failures(context, importer.errors):
        on_behalf_of(config.who, importer)
        work = Doubles(importer)
        found = chosen(work.propose(), config.only)
        if config.carry_out:
            found = work.remove(found)
        turn(importer, context.log_event)
    removed = sum(one.outcome == "removed" for one in found)
    metadata = _proposed(found, removed=removed)
    _check_known(config.only, found, metadata)
    if removed < len(found):
        left = f"{len(found) - removed} of {len(found)} events are still one too many"
        how = "the metadata of this step says why" if config.carry_out else _SHOWN
        raise KnownFailure(f"{left} in Administrate: {how}.", metadata)
    context.add_output_metadata(metadata)


_SHOWN = "with carry_out those that may go are removed, which the metadata of this step names"


@dg.job(
    tags=RUN_TAGS,
    config=blank("remove_what_is_too_many", ProposalConfig),
    description="Removes events that Administrate has more than once, as pushes and the job "
    "reconcile have found them: first it shows which; with carry_out it removes them. Removed is "
    "only a draft that nobody booked or changed, never the one that is linked here. The run is "
    "red as long as one is left.",
)
def remove_doubles() -> None:
    """Remove events that are there more than once."""
    remove_what_is_too_many()


@dg.op(out=NOTHING)
def link_what_is_left(
    context: dg.OpExecutionContext, config: ProposalConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Show which events may be linked instead of ones that are gone, or link those."""
    with failures(context, importer.errors):
        on_behalf_of(config.who, importer)
        work = Relinking(importer)
        found = chosen(work.propose(), config.only)
        if config.carry_out:
            found = work.relink(found)
        turn(importer, context.log_event)
    linked = sum(one.outcome == "linked" for one in found)
    metadata = _proposed(found, linked=linked)
    if linked:
        told = "The job push_pending does in Administrate what they need there."
        metadata["next"] = dg.MetadataValue.text(told)
    _check_known(config.only, found, metadata)
    if config.carry_out and linked < len(found):
        left = f"{len(found) - linked} of {len(found)} events were not linked"
        raise KnownFailure(f"{left}: the metadata of this step says why.", metadata)
    context.add_output_metadata(metadata)


@dg.job(
    tags=RUN_TAGS,
    config=blank("link_what_is_left", ProposalConfig),
    description="Where the linked event was deleted or cancelled in Administrate and another that "
    "is the same is left, links that: first it shows which; with carry_out it links them. It knows "
    "those that pushes and the job reconcile have found.",
)
def relink() -> None:
    """Link what is left."""
    link_what_is_left()


def _proposed(found: Sequence[Double | Relink], **done: int) -> Metadata:
    counts = {"proposed": sum(not one.reason for one in found), "events": len(found), **done}
    page = page_metadata("see and act", lambda pages: pages.reconcile())
    each = {"each event": proposals_table(found)} if found else {}
    return page | {name: dg.MetadataValue.int(count) for name, count in counts.items()} | each


def _check_known(
    ids: Collection[str], found: Sequence[Double | Relink], metadata: Metadata
) -> None:
    """Fail if something was meant that is not there any more."""
    unknown = {*ids} - {one.external_id for one in found}
    if unknown:
        raise KnownFailure(not_proposed(unknown), metadata)


# ---------------------------------------------------------------------- pushing again


class ReopeningConfig(dg.Config):
    """Which steps are tried again, in the launchpad."""

    partition: str | None = Field(
        None,
        description="Those of which import, by its partition, such as events.xlsx-1c0345d5. "
        "Unset: of all.",
    )
    who: str = Field(description=WHO)


@dg.op(out=NOTHING)
def reopen_steps(
    context: dg.OpExecutionContext, config: ReopeningConfig, importer: dg.ResourceParam[Importer]
) -> None:
    """Give steps that failed another chance, and push what is due."""
    with failures(context, importer.errors):
        on_behalf_of(config.who, importer)
        reopened = importer.reopen(config.partition)
    metadata: Metadata = {"steps reopened": dg.MetadataValue.int(reopened)}
    push_and_tell(context, importer, config.partition, metadata)


@dg.job(
    tags=RUN_TAGS,
    config=blank("reopen_steps", ReopeningConfig),
    description="Gives steps that Administrate refused another chance, once what was wrong is "
    "mended, and pushes what is due: of one import, or of all. The run is red if a step fails "
    "again.",
)
def reopen() -> None:
    """Push again what failed."""
    reopen_steps()


JOBS = (undo, import_dry_run, remove_doubles, relink, reopen)
