"""The asset checks of a reference entity: what they are called and what they say.

What belongs here: turning a result into check results. What does not: finding discrepancies.
"""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from adm_sync.database.journal import Discrepancy
from adm_sync.database.states import DiscrepancyKind, RunStatus
from adm_sync.defs.metadata import discrepancy_table, in_markdown, page_metadata
from adm_sync.errors import AdministrateError
from adm_sync.reference.entity import Entity
from adm_sync.reference.results import EntityResult

_Warning = tuple[tuple[DiscrepancyKind, ...], str, str, str]
# Check: the kinds of discrepancy, what it stands for, and what is said of one and of several.
_OF_LINKS: dict[str, _Warning] = {
    "standing_links": (
        (DiscrepancyKind.CONFLICTING_LINK, DiscrepancyKind.DRIFTED, DiscrepancyKind.RETAINED),
        "No decision or link contradicts another, both ends of each link are active and carry one "
        "name, and no row outlives its Administrate record.",
        "link, decision or row needs a second look",
        "links, decisions or rows need a second look",
    ),
}
_OF_MATCHING: dict[str, _Warning] = {
    "unmatched_tutorial_records": (
        (DiscrepancyKind.UNMATCHED_TUTORIAL,),
        "Every active tutorial record has a counterpart in Administrate.",
        "tutorial record has no counterpart in Administrate",
        "tutorial records have no counterpart in Administrate",
    ),
    "unmatched_administrate_records": (
        (DiscrepancyKind.UNMATCHED_ADMINISTRATE,),
        "Every Administrate record has a counterpart in the tutorial tables.",
        "Administrate record has no counterpart in the tutorial tables",
        "Administrate records have no counterpart in the tutorial tables",
    ),
    "ambiguous_matches": (
        (DiscrepancyKind.AMBIGUOUS,),
        "No match key occurs twice on either side.",
        "key occurs more than once, so nothing was linked by it",
        "keys occur more than once, so nothing was linked by them",
    ),
}


def asset_key(entity: Entity) -> dg.AssetKey:
    """The key of the entity's bridge table."""
    return dg.AssetKey(["adm", entity.name])


def check_specs(entity: Entity) -> list[dg.AssetCheckSpec]:
    """The checks that a sync of this entity reports on."""
    return [
        dg.AssetCheckSpec(
            "fetch_complete",
            asset=asset_key(entity),
            description="Every record arrived exactly once, and none holds what cannot be stored; "
            "the rows of those that did not arrive or do stay as they are.",
        ),
        dg.AssetCheckSpec(
            "deletion_guard",
            asset=asset_key(entity),
            description="The plan removes no more than the guard allows; otherwise it is held.",
        ),
        *(
            dg.AssetCheckSpec(name, asset=asset_key(entity), description=description)
            for name, (_, description, *_) in _warnings(entity).items()
        ),
    ]


def _warnings(entity: Entity) -> Mapping[str, _Warning]:
    return _OF_MATCHING | _OF_LINKS if entity.matched else _OF_LINKS


def check_results(entity: Entity, result: EntityResult) -> Iterator[dg.AssetCheckResult]:
    """What this sync says about them; nothing about those that it did not come to.

    An answer that was not accepted says nothing of what does not match. What is stored as open is
    shown again then: a check without a result would be red in the UI.
    """
    held = result.status == RunStatus.HELD
    if result.is_accepted or held:
        yield from _fetched(entity, result)
    elif result.status == RunStatus.FAILED and isinstance(result.error, AdministrateError):
        yield _verdict(entity, "fetch_complete", False, result.message)
    if result.knows_open and result.status != RunStatus.SKIPPED:
        yield from _discrepancies(entity, result)


def _fetched(entity: Entity, result: EntityResult) -> Iterator[dg.AssetCheckResult]:
    requests = "request" if result.requests == 1 else "requests"
    complete = result.status != RunStatus.PARTIAL
    arrived = f"Complete, in {result.requests} {requests}." if complete else result.message
    yield _verdict(entity, "fetch_complete", complete, arrived)
    held = result.status == RunStatus.HELD
    kept = result.message if held else "Nothing is held."
    page = page_metadata("see and release", lambda pages: pages.held(entity.name)) if held else {}
    yield _verdict(entity, "deletion_guard", not held, kept, page)


def _discrepancies(entity: Entity, result: EntityResult) -> Iterator[dg.AssetCheckResult]:
    since = "" if result.is_accepted else " This is as of the last sync that was accepted."
    for name, (kinds, _, one, several) in _warnings(entity).items():
        found = [open_ for kind in kinds for open_ in result.of_kind(kind)]
        sentence = f"{len(found)} {one if len(found) == 1 else several}."
        yield dg.AssetCheckResult(
            asset_key=asset_key(entity),
            check_name=name,
            passed=not found,
            severity=dg.AssetCheckSeverity.WARN,
            description=(sentence if found else "None.") + since,
            metadata={"count": len(found), **(_shown(entity, found) if found else {})},
        )


def _shown(entity: Entity, found: Sequence[Discrepancy]) -> dict[str, dg.MetadataValue]:
    page = page_metadata("see and decide", lambda pages: pages.unmatched(entity.name))
    return page | {"discrepancies": discrepancy_table(found)}


def evaluation(
    result: dg.AssetCheckResult, partition: str | None = None
) -> dg.AssetCheckEvaluation:
    """The same for whoever is no step of the asset, such as a job that a person runs."""
    assert result.asset_key is not None
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=str(result.check_name),
        partition=partition,
        passed=result.passed,
        severity=result.severity,
        description=result.description,
        metadata=result.metadata or {},
    )


def _verdict(
    entity: Entity,
    name: str,
    passed: bool,
    description: str,
    metadata: Mapping[str, dg.MetadataValue] | None = None,
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key(entity),
        check_name=name,
        passed=passed,
        description=in_markdown(description),
        metadata=dict(metadata or {}),
    )
