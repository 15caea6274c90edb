"""Jobs by hand about reference records: held plans, decisions, and what is missing in Administrate.

What belongs here: their launchpads, each with one call to the core. What does not: events of
workbooks (`events`), and anything that is done.
"""

from dataclasses import replace

import dagster as dg
from pydantic import Field

from adm_sync.database import journal
from adm_sync.database.engine import database_errors, open_database
from adm_sync.database.states import DecisionKind
from adm_sync.defs.by_hand.launchpads import NOTHING, WHO, blank, on_behalf_of, somebody
from adm_sync.defs.by_hand.tables import creations_table, decisions_table
from adm_sync.defs.checks import asset_key, check_results, evaluation
from adm_sync.defs.failures import KnownFailure, failures
from adm_sync.defs.metadata import page_metadata, result_metadata
from adm_sync.defs.reference_data import RUN_TAGS, fail, sync
from adm_sync.errors import DecisionError
from adm_sync.reference import creating, proposing
from adm_sync.reference.choosing import part
from adm_sync.reference.decisions import Statement, withdraw_number
from adm_sync.reference.decisions import decide as store
from adm_sync.reference.decisions import withdraw as take_back
from adm_sync.reference.entities import named
from adm_sync.reference.syncer import Syncer
from adm_sync.settings import Settings

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
    who: str = Field(description=WHO)


@dg.op(out=NOTHING)
def release_plan(
    context: dg.OpExecutionContext, config: ReleaseConfig, syncer: dg.ResourceParam[Syncer]
) -> None:
    """Let a held plan pass, and sync."""
    with failures(context, []):
        who, entity = on_behalf_of(config.who, syncer), named(config.entity)
        with database_errors(), syncer.database.engine.connect() as connection:
            held = journal.held_plan(connection, entity.name)
        if held is None:
            raise DecisionError(f"No plan of {entity.many} is held. There is nothing to release.")
        if config.plan not in {None, held.id}:
            raise DecisionError(
                f"Another plan of {entity.many} is held by now ({held.id}). Nothing was released: "
                "look at that one first."
            )
        syncer.options = replace(syncer.options, released=held.fingerprint)
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
    config=blank("release_plan", ReleaseConfig),
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
    who: str = Field(description=WHO)
    part: bool = Field(
        False,
        description="For NEVER: they are linked, and should not be. The decision that links them, "
        "if there is one, is withdrawn too.",
    )
    take_back: bool = Field(False, description="Take this decision back, instead of making it.")


@dg.op(out=NOTHING)
def decide_record(context: dg.OpExecutionContext, config: DecisionConfig) -> None:
    """Store a decision, or take it back."""
    with failures(context, []):
        who, entity = somebody(config.who), named(config.entity)
        said = Statement(config.kind, entity, config.tutorial_id, config.external_id or None)
        with (
            database_errors(),
            open_database(Settings.load()) as database,
            database.engine.begin() as connection,
        ):
            if config.part and (config.take_back or config.kind != DecisionKind.NEVER):
                raise DecisionError("part goes with NEVER, and not with take_back.")
            effect = part(connection, said, who, config.why).effect if config.part else ""
            if config.take_back:
                number = take_back(connection, said, who)
            else:
                number = store(connection, said, who, config.why)
    context.add_output_metadata(
        {
            **({"effect": dg.MetadataValue.text(effect)} if effect else {}),
            "decision": dg.MetadataValue.int(number),
            "says": dg.MetadataValue.text(str(said)),
            "state": dg.MetadataValue.text("taken back" if config.take_back else "in force"),
            **_next(said),
        }
    )


def _next(said: Statement) -> dict[str, dg.MetadataValue]:
    entity = said.entity.name
    told = dg.MetadataValue.text(f"The next sync honours it: the job sync_{entity}.")
    page = page_metadata("see and decide", lambda pages: pages.unmatched(entity))
    return {"next": told, **page}


@dg.job(
    config=blank("decide_record", DecisionConfig, kind=DecisionKind.LINK.name),
    description="Decides about a record that does not match: link, never or ignore; or takes such "
    "a decision back. The next sync of the entity honours it.",
)
def decide() -> None:
    """Decide about a record."""
    decide_record()


# ---------------------------------------------------------------------- withdraw


class WithdrawalConfig(dg.Config):
    """Which decision is taken back, in the launchpad."""

    decision: int | None = Field(
        None,
        description="The number of the decision. Unset: the run fails, and its metadata lists the "
        "decisions that are in force.",
    )
    who: str = Field(description=WHO)


@dg.op(out=NOTHING)
def withdraw_decision(context: dg.OpExecutionContext, config: WithdrawalConfig) -> None:
    """Take the decision of a number back."""
    with failures(context, []):
        who = somebody(config.who)
        with (
            database_errors(),
            open_database(Settings.load()) as database,
            database.engine.begin() as connection,
        ):
            if config.decision is None:
                found = journal.decisions_in_force(connection)
            else:
                said = withdraw_number(connection, config.decision, who)
    if config.decision is None:
        page = page_metadata("see and withdraw", lambda pages: pages.decisions())
        listed = {"in force": decisions_table(found)} if found else {}
        sentence = "Say which decision, by its number." if found else "No decision is in force."
        raise KnownFailure(f"{sentence} Nothing was withdrawn.", page | listed)
    context.add_output_metadata(
        {
            "decision": dg.MetadataValue.int(config.decision),
            "says": dg.MetadataValue.text(str(said)),
            "state": dg.MetadataValue.text("taken back"),
            **_next(said),
        }
    )


@dg.job(
    config=blank("withdraw_decision", WithdrawalConfig),
    description="Takes a decision back by its number, whatever it was about. The next sync of the "
    "entity goes without it.",
)
def withdraw() -> None:
    """Take a decision back."""
    withdraw_decision()


# ---------------------------------------------------------------------- create what is missing


class CreationConfig(dg.Config):
    """What is created in Administrate, in the launchpad."""

    entity: str = Field(description="The reference entity, such as course_templates.")
    only: list[int] = Field(
        [],
        description="Only the tutorial records of these ids. Empty: all that are missing, but "
        "for those that Administrate has something very like of.",
    )
    carry_out: bool = Field(
        False,
        description="Create them. False shows what would be created, or what is to be entered by "
        "hand where Administrate's API cannot create such records, and creates nothing.",
    )
    who: str = Field(description=WHO)


@dg.op(out=NOTHING)
def create_records(
    context: dg.OpExecutionContext, config: CreationConfig, syncer: dg.ResourceParam[Syncer]
) -> None:
    """Show what is missing in Administrate, or create it there."""
    with failures(context, []):
        on_behalf_of(config.who, syncer)
        entity = named(config.entity)
        wanted = proposing.to_create(syncer, entity, config.only)
        is_done = config.carry_out and wanted.is_possible
        done = creating.create_alone(syncer, entity, wanted.certain) if is_done else []
    good = sum(one.outcome in creating.GOOD for one in done)
    metadata: dict[str, dg.MetadataValue] = {
        "missing": dg.MetadataValue.int(len(wanted.tutorials)),
        "created": dg.MetadataValue.int(good),
        **page_metadata("see and decide", lambda pages: pages.unmatched(entity.name)),
    }
    if wanted.why_not:
        metadata["not created"] = dg.MetadataValue.text(wanted.why_not)
    if wanted.tutorials:
        metadata["each record"] = creations_table(entity, wanted, done)
    if wanted.unknown:
        raise KnownFailure(proposing.not_missing(wanted.unknown), metadata)
    if creating.status_of(done) != "succeeded":
        left = f"{len(done) - good} of {len(done)} {entity.many} were not created"
        raise KnownFailure(f"{left}: the metadata of this step says why.", metadata)
    if is_done and wanted.doubtful:
        raise KnownFailure(proposing.left_out(len(wanted.doubtful)), metadata)
    context.add_output_metadata(metadata)


@dg.job(
    tags=RUN_TAGS,
    config=blank("create_records", CreationConfig),
    description="Creates in Administrate the tutorial records that the last sync found no "
    "counterpart for: first it shows them; with carry_out it creates them. Each is looked up "
    "first, so that nothing is created twice.",
)
def create_missing() -> None:
    """Create what is missing in Administrate."""
    create_records()


JOBS = (release, decide, withdraw, create_missing)
