"""The lights of imports: checks that follow the state of each import until it is put right.

A check of a partitioned asset shows the last result of any partition, so a later import would hide
an earlier one that is not complete. Therefore one check without partitions looks at all of them;
and whatever changes something evaluates the checks of every import whose state is another now.

What belongs here: what these checks are called and say, and when. What does not: working out a
state (`imports.state`), and the checks of one run (`import_checks`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import dagster as dg

from adm_sync.defs.checks import evaluation
from adm_sync.defs.import_checks import EVENTS, REPORT, WORKBOOKS, pushed_results
from adm_sync.defs.import_metadata import imports_table, reconciliation_metadata
from adm_sync.defs.metadata import import_page, in_markdown
from adm_sync.imports.importing import Importer
from adm_sync.imports.reconciling import Reconciliation
from adm_sync.imports.state import ALARMING, Standing, State

COMPLETE, ALL, RECONCILED = "import_complete", "all_imports", "reconciled"
DIFFERING = "sittings that differ"
RECONCILED_KEY = dg.AssetCheckKey(EVENTS, RECONCILED)
NAMED = 5
# Dagster takes evaluations here, though it does not say so of an op.
Log = Callable[[Any], object]


def complete_spec() -> dg.AssetCheckSpec:
    """The check on one import."""
    return dg.AssetCheckSpec(
        COMPLETE,
        asset=REPORT,
        description="Everything that the workbook asks for is recorded here and is in "
        "Administrate, once. What a corrected workbook brings later counts. Nothing is left to do "
        "either when the import was taken back, or a later version of the file has replaced it.",
        partitions_def=WORKBOOKS,
    )


def all_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check on all imports, which stands on both assets."""
    return dg.AssetCheckSpec(
        ALL,
        asset=key,
        description="No import of any workbook waits for something or for somebody.",
    )


def reconciled_spec() -> dg.AssetCheckSpec:
    """The check that comparisons evaluate, and imports do not."""
    return dg.AssetCheckSpec(
        RECONCILED,
        asset=EVENTS,
        description="Every event that was compared is the same here and in Administrate, and there "
        "once. Evaluated by each comparison on schedule (of the sittings that are not over, and of "
        "those that differed), by each of all sittings, and by one that finds a difference.",
    )


def latest_comparison(instance: dg.DagsterInstance) -> list[dg.AssetCheckResult]:
    """What the last comparison said; a run that was to evaluate the check anew would hide it."""
    storage = instance.event_log_storage
    for record in storage.get_asset_check_execution_history(RECONCILED_KEY, limit=100):
        event = record.event.dagster_event if record.event else None
        if event is not None and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            said = event.asset_check_evaluation_data
            return [
                dg.AssetCheckResult(
                    asset_key=EVENTS,
                    check_name=RECONCILED,
                    passed=said.passed,
                    severity=said.severity,
                    description=said.description,
                    metadata=said.metadata,
                )
            ]
    return []


def all_result(importer: Importer, key: dg.AssetKey) -> dg.AssetCheckResult:
    """What the check on all imports says now."""
    one = _of_all(key, _lacking(importer.to_be_shown(None)))
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ALL,
        passed=one.passed,
        severity=one.severity,
        description=one.description,
        metadata=one.metadata,
    )


# ---------------------------------------------------------------------- turning them


def turn(importer: Importer, log_event: Log, partition: str | None = None) -> None:
    """Evaluate the checks of every import that stands otherwise than they show, and those of all.

    Args:
        importer: open.
        log_event: where an evaluation goes.
        partition: an import that was at work, whose own checks are evaluated in any case.
    """
    now = importer.to_be_shown(partition)
    changed = [one for one in now if one.sign != one.shown or one.partition == partition]
    # The last one is what the asset shows: the worst.
    for one in sorted(changed, key=lambda one: (not one.is_settled, one.state in ALARMING)):
        for said in _of_one(importer, one):
            log_event(said)
    for key in (REPORT, EVENTS):
        log_event(_of_all(key, _lacking(now)))
    importer.note_shown(changed)


def _lacking(now: Sequence[Standing]) -> list[Standing]:
    return [one for one in now if not one.is_settled and one.state != State.NOT_IMPORTED]


def _of_one(importer: Importer, one: Standing) -> Iterator[dg.AssetCheckEvaluation]:
    pushed = pushed_results(importer.unfinished(one.partition), "", one.doubled, one.partition)
    for result in (complete_result(one), *pushed):
        yield evaluation(result, one.partition)


def complete_result(one: Standing) -> dg.AssetCheckResult:
    """What the check on this import says."""
    lacks = ", ".join(one.lacks())
    is_refused = one.state == State.FAILED and not lacks
    sentence = _REFUSED if is_refused else _WORDS[one.state].format(lacks=lacks)
    return dg.AssetCheckResult(
        asset_key=REPORT,
        check_name=COMPLETE,
        passed=one.is_settled,
        severity=_severity([one]),
        description=sentence,
        metadata={"state": str(one.state), **one.as_json(), **_page(one)},
    )


def _page(one: Standing) -> dict[str, dg.MetadataValue]:
    return {} if one.is_settled else import_page(one.partition)


_REFUSED = "Nothing of it could be imported: its latest run says why."
_WORDS = {
    "complete": "Complete.",
    "undone": "Taken back.",
    "replaced": "A later version of the file has taken its place.",
    "partial": "Not all of it is recorded here: {lacks}. Correct the marked copy and import it.",
    "pending": "Recorded here, and not all of it done in Administrate: {lacks}. It is tried again.",
    "failed": "Something waits for a person to decide ({lacks}): the check failed_steps of "
    "adm/events says what.",
    "conflicts": "Somebody has changed what the workbook changes too ({lacks}): the report says "
    "what, and the job import_dry_run with update. Decide by take, in the launchpad of "
    "import_events or at the command line.",
    "doubled": "It is in Administrate more than once ({lacks}): the check doubled_events of "
    "adm/events says what to do.",
    "not imported": "Not imported.",
}


def _of_all(key: dg.AssetKey, lacking: Sequence[Standing]) -> dg.AssetCheckEvaluation:
    named = [f"«{one.partition}» ({one.sign})" for one in lacking[:NAMED]]
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    number = "1 import is" if len(lacking) == 1 else f"{len(lacking)} imports are"
    sentence = f"{number} not complete: {', '.join(named)}{more}."
    return dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=ALL,
        passed=not lacking,
        severity=_severity(lacking),
        description=in_markdown(sentence) if lacking else "Every import is complete.",
        metadata={"count": len(lacking), **(_listed(lacking) if lacking else {})},
    )


def _listed(lacking: Sequence[Standing]) -> dict[str, dg.MetadataValue]:
    return import_page(None) | {"imports": imports_table(lacking)}


def _severity(standings: Sequence[Standing]) -> dg.AssetCheckSeverity:
    alarms = any(one.state in ALARMING for one in standings)
    return dg.AssetCheckSeverity.ERROR if alarms else dg.AssetCheckSeverity.WARN


def differing(instance: dg.DagsterInstance) -> frozenset[str]:
    """The sittings that differed when they were compared last."""
    for said in latest_comparison(instance):
        listed = (said.metadata or {}).get(DIFFERING)
        if isinstance(listed, dg.JsonMetadataValue):
            return frozenset(map(str, listed.data or ()))
    return frozenset()


def of_reconciliation(found: Reconciliation, before: Collection[str]) -> dg.AssetCheckEvaluation:
    """What a comparison says of the events of both sides.

    `before` are sittings that differed; those that were not compared now are remembered.
    """
    left = {*before} - {*found.sittings} | {one.sitting for one in found.differences}
    doubles = [one for one in found.differences if one.kind == "doubled_in_administrate"]
    count = len(found.differences)
    sittings = ", ".join(found.sittings) or "no sittings"
    different = "1 difference" if count == 1 else f"{count} differences"
    return dg.AssetCheckEvaluation(
        asset_key=EVENTS,
        check_name=RECONCILED,
        passed=not found.differences,
        severity=dg.AssetCheckSeverity.ERROR if doubles else dg.AssetCheckSeverity.WARN,
        description=in_markdown(f"{different if count else 'Nothing differs'} in {sittings}.")
        + (f" {len(doubles)} of them: an event is there more than once." if doubles else ""),
        metadata=reconciliation_metadata(found)
        | ({DIFFERING: dg.MetadataValue.json(sorted(left))} if left else {}),
    )
