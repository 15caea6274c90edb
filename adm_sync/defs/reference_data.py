"""The bridge tables of the reference entities as assets, and the tutorial tables they read.

What belongs here: turning one entry of `ENTITIES` into an asset, a job and its neighbours in the
graph. What does not: anything a sync does.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn

import dagster as dg
import sqlalchemy as sa
from sqlalchemy.sql.util import find_tables

from adm_sync.database.states import DiscrepancyKind, RunStatus
from adm_sync.defs.checks import asset_key, check_results, check_specs
from adm_sync.defs.describing import key_of_table, lineage
from adm_sync.defs.failures import RETRIES, KnownFailure, TryAgain, interruption, somebody_waits
from adm_sync.defs.metadata import result_metadata
from adm_sync.defs.undocumented import AssetJob
from adm_sync.errors import AdmSyncError
from adm_sync.fault_log import keep_trace
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity, Matched
from adm_sync.reference.listing import write_list
from adm_sync.reference.results import EntityResult
from adm_sync.reference.syncer import Syncer

if TYPE_CHECKING:
    # It loads all that the import of workbooks needs, of which a sync needs nothing.
    from adm_sync.defs.resources import SyncerResource

GROUP = "reference_data"
STOP_TAG = "adm_sync/stop_on_error"
# Runs that read all of something one after the other; an import asks only for what is its own.
RUN_TAGS = {"adm_sync/reads": "administrate"}


def bridge_asset(entity: Entity) -> dg.AssetsDefinition:
    """The asset of one bridge table: its dependencies, its checks, and one call to the core."""
    position = ENTITIES.index(entity)

    @dg.asset(
        key=asset_key(entity),
        deps=[
            *(asset_key(BY_NAME[need.entity]) for need in entity.needs),
            *tutorial_tables(entity),
        ],
        group_name=GROUP,
        kinds={"graphql", "postgres"},
        description=_description(entity),
        metadata={"dagster/table_name": f"{entity.bridge.schema}.{entity.bridge.name}"},
        op_tags={"dagster/priority": str(len(ENTITIES) - position)},
        check_specs=check_specs(entity),
    )
    def bridge(
        context: dg.AssetExecutionContext, syncer: dg.ResourceParam[Syncer]
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None] | dg.AssetObservation]:
        run = context.run
        result = sync(syncer, entity, run)
        yield from check_results(entity, result)
        if not result.is_accepted:
            attempts = context.op_execution_context.retry_number
            fail(result, may_retry=attempts < RETRIES and not somebody_waits(run))
        listed = write_list(syncer.lists, result) if syncer.lists else None
        metadata = result_metadata(result, listed) | lineage(entity.bridge)
        yield dg.MaterializeResult(asset_key=asset_key(entity), metadata=metadata)
        if entity.matched is not None:
            yield _observed(entity.matched, result)

    return bridge


def sync(syncer: Syncer, entity: Entity, run: dg.DagsterRun) -> EntityResult:
    """Sync one entity as a part of a run; a failure of ours is a result."""
    try:
        result = syncer.sync(entity, run.run_id, stop_on_error=STOP_TAG in run.tags)
    except AdmSyncError as error:
        result = EntityResult(entity.name, RunStatus.FAILED, str(error), error=error)
        syncer.results.append(result)
        syncer.ended(result)
    stopped = interruption(result.error)
    if stopped is not None:
        raise stopped
    return result


def fail(result: EntityResult, *, may_retry: bool) -> NoReturn:
    """Fail the step; it is tried again only if that may help and nobody is waiting for it.

    Not by a retry policy: that would also try again what a person has just stopped.
    """
    if result.error is not None:
        keep_trace(result.error)
    reason = result.message.removeprefix("Held, ")
    failure = KnownFailure(
        f"{BY_NAME[result.entity].title} {result.status}: {reason}",
        metadata=result_metadata(result) if result.status == RunStatus.HELD else None,
    )
    if may_retry and result.error is not None and result.error.transient:
        raise TryAgain(failure) from failure
    raise failure from None


def _observed(matched: Matched, result: EntityResult) -> dg.AssetObservation:
    """What the sync has seen of the tutorial table that it matched."""
    key = key_of_table(matched.tutorials.selected_columns["id"].table)
    metadata = {
        "records compared": dg.MetadataValue.int(result.tutorial_records),
        "without a match": dg.MetadataValue.int(
            len(result.of_kind(DiscrepancyKind.UNMATCHED_TUTORIAL))
        ),
    }
    return dg.AssetObservation(key, metadata=metadata)


def tutorial_tables(entity: Entity) -> list[dg.AssetKey]:
    """The tutorial tables that the entity is matched against."""
    if entity.matched is None:
        return []
    tables = find_tables(entity.matched.tutorials, include_joins=True)
    found = {(t.schema or "public", t.name) for t in tables if isinstance(t, sa.Table)}
    return [dg.AssetKey(list(key)) for key in sorted(found)]


def external_assets() -> list[dg.AssetSpec]:
    """The tutorial tables: the tutorial application's own, only read here."""
    keys = {key for entity in ENTITIES for key in tutorial_tables(entity)}
    return [
        dg.AssetSpec(
            key,
            group_name="tutorial_tables",
            kinds={"postgres"},
            description=f"The tutorial application's own {key.path[-1]}: read here, never written.",
            metadata={"dagster/table_name": ".".join(key.path)},
        )
        for key in sorted(keys)
    ]


def reference_defs(
    syncer: "Syncer | SyncerResource", sync_jobs: Sequence[AssetJob]
) -> dg.Definitions:
    """The assets of all entities with these jobs of theirs.

    Args:
        syncer: an open one that they are to use, or what opens one for a run.
        sync_jobs: as `jobs` makes them.
    """
    return dg.Definitions(
        assets=dg.with_source_code_references(
            [*external_assets(), *(bridge_asset(entity) for entity in ENTITIES)]
        ),
        jobs=sync_jobs,
        resources={"syncer": syncer},
    )


def jobs() -> list[AssetJob]:
    """`sync_all`, and one job for each entity."""
    everything = dg.define_asset_job(
        "sync_all",
        selection=dg.AssetSelection.assets(*(asset_key(entity) for entity in ENTITIES)),
        tags=RUN_TAGS,
        description="All reference entities, in the order of their needs.",
    )
    single = [
        dg.define_asset_job(
            f"sync_{entity.name}",
            selection=dg.AssetSelection.assets(asset_key(entity)),
            tags=RUN_TAGS,
            description=f"Only {entity.many}.",
        )
        for entity in ENTITIES
    ]
    return [everything, *single]


def _description(entity: Entity) -> str:
    if entity.matched is None:
        return f"The {entity.many} of Administrate, which owns them."
    return (
        f"Joins the {entity.many} of Administrate to the tutorial tables. The checks show what "
        f"does not match; `adm-sync unmatched {entity.name}` lists all of it."
    )
