"""The asset checks of an import, one result for each workbook: what they are called and say.

What belongs here: turning findings and steps into check results. What does not: finding them.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import dagster as dg

from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.database.states import FOR_A_PERSON, StepKind
from adm_sync.defs.import_metadata import findings_table, steps_table
from adm_sync.defs.metadata import import_page, in_markdown, on_pages
from adm_sync.imports.catalogue import unmatched
from adm_sync.imports.examining import Examined
from adm_sync.workbook.findings import Finding

WORKBOOKS = dg.DynamicPartitionsDefinition(name="workbooks")
CHECKED = dg.AssetKey(["workbook", "checked"])
EVENTS = dg.AssetKey(["adm", "events"])
REPORT = dg.AssetKey(["workbook", "report"])

UNMATCHED = unmatched()
NAMED = 3
Steps = Sequence[UnfinishedStep]
DUPLICATES = {"duplicate_event", "same_event_twice", "same_title_twice", "moved", "differs"}


def checked_specs() -> list[dg.AssetCheckSpec]:
    """The checks on a workbook."""
    described = {
        "unmatched_references": "Every template, place, person and product that the workbook "
        "names is known and linked.",
        "rejected_rows": "Every row of the workbook can be imported.",
        "duplicates": "No event stands in the workbook twice, or was imported with other values.",
        "warnings": "Nothing in the workbook needs a second look.",
    }
    return [_spec(CHECKED, name, description) for name, description in described.items()]


def pushed_specs() -> list[dg.AssetCheckSpec]:
    """The checks on what the workbook's events need done in Administrate."""
    described = {
        "pending_steps": "Everything that was recorded here is done in Administrate.",
        "failed_steps": "Administrate refused nothing, and no step waits for a person.",
        "doubled_events": "Every event of the workbook is in Administrate once.",
    }
    return [_spec(EVENTS, name, description) for name, description in described.items()]


def _spec(key: dg.AssetKey, name: str, description: str) -> dg.AssetCheckSpec:
    # With it, the results of one workbook are kept apart from those of another.
    return dg.AssetCheckSpec(name, asset=key, description=description, partitions_def=WORKBOOKS)


def checked_results(examined: Examined, partition: str) -> Iterator[dg.AssetCheckResult]:
    """What the checks say of a workbook that was read."""
    of_findings = partial(_of_findings, partition)
    found = examined.findings
    unmatched = [one for one in found if one.code in UNMATCHED]
    yield of_findings(
        "unmatched_references",
        unmatched,
        f"{_number(len(unmatched), 'reference matches', 'references match')} nothing that can be "
        f"used, in {_rows_of(unmatched)}.",
    )
    rejected = [group for group in examined.groups if group.verdict == "rejected"]
    rows = sum(len(group.rows) for group in rejected)
    errors = [one for one in found if one.is_error]
    yield of_findings(
        "rejected_rows",
        errors,
        f"{_number(len(rejected), 'event group', 'event groups')} with {rows} of {examined.rows} "
        "rows cannot be imported.",
        count=rows,
    )
    twice = [one for one in found if one.code in DUPLICATES]
    yield of_findings(
        "duplicates",
        twice,
        f"{_number(len(twice), 'finding', 'findings')} about events that stand in the workbook "
        "twice, or that were imported with other values. Nothing is overwritten.",
    )
    warnings = [one for one in found if not one.is_error]
    yield of_findings(
        "warnings",
        warnings,
        f"{_number(len(warnings), 'warning', 'warnings')} in {_rows_of(warnings)}. "
        "No event is rejected for them.",
    )


def pushed_results(
    unfinished: Steps, stopped: str, doubled: int, partition: str | None
) -> Iterator[dg.AssetCheckResult]:
    """What the checks say after a push.

    Args:
        unfinished: the steps that are open or failed.
        stopped: why the push ended early, if it did.
        doubled: how many events are in Administrate more than once.
        partition: of which import; None of all.
    """
    pending, failed = open_and_failed(unfinished)
    of_steps = partial(_of_steps, partition)
    yield of_steps("pending_steps", pending, pending_sentence(pending, stopped), is_error=False)
    yield of_steps("failed_steps", failed, failed_sentence(failed), is_error=True)
    yield dg.AssetCheckResult(
        asset_key=EVENTS,
        check_name="doubled_events",
        passed=not doubled,
        severity=dg.AssetCheckSeverity.ERROR,
        description=on_pages(_doubled_sentence(doubled)) if doubled else "None.",
        metadata={"count": doubled, **(import_page(partition) if doubled else {})},
    )


def open_and_failed(unfinished: Steps) -> tuple[list[UnfinishedStep], list[UnfinishedStep]]:
    """The steps that will be done by themselves, and those that wait for a person.

    What comes after a creation that failed is neither: it goes on when that is decided.
    """
    failed = [step for step in unfinished if step.state in FOR_A_PERSON]
    stuck = {step.event_id for step in failed if step.kind == StepKind.CREATE_EVENT}
    is_open = [s for s in unfinished if s.state not in FOR_A_PERSON and s.event_id not in stuck]
    return is_open, failed


def pending_sentence(pending: Steps, stopped: str) -> str:
    """How much is still to be done, why, and who does it."""
    sentence = f"{_steps_of_events(pending)} not done in Administrate yet"
    reason = stopped or next((step.message for step in pending if step.message), "")
    because = f": {reason.rstrip('.')}." if reason else "."
    return f"{sentence}{because} The sensor due_steps_sensor tries again by itself."


def failed_sentence(failed: Steps) -> str:
    """How much a person has to decide about, where and why, and how it goes on."""
    reasons = {step.title: step.message.rstrip(".") for step in reversed(failed)}
    first = [f"«{title}» ({reason})" for title, reason in reversed(reasons.items())][:NAMED]
    more = f" and {len(reasons) - NAMED} more" if len(reasons) > NAMED else ""
    return (
        f"{_steps_of_events(failed)} waiting for a person to decide: {', '.join(first)}{more}. "
        "Once that is mended, launch the job reopen, or run adm-sync push --reopen."
    )


def _doubled_sentence(doubled: int) -> str:
    events = _number(doubled, "event is", "events are")
    return (
        f"{events} in Administrate more than once: failed_steps names them. Delete there what is "
        "too many; the next import, push or comparison sees that. Or launch the job "
        "remove_doubles, or run adm-sync reconcile --remove-doubles: it proposes what to remove, "
        "and removes it."
    )


def _listed(partition: str, found: Sequence[Finding]) -> dict[str, dg.MetadataValue]:
    return import_page(partition) | {"findings": findings_table(found)}


def _steps_listed(partition: str | None, steps: Steps) -> dict[str, dg.MetadataValue]:
    return import_page(partition) | {"steps": steps_table(steps)}


def _steps_of_events(steps: Steps) -> str:
    count, events = len(steps), len({step.event_id for step in steps})
    verb = "is" if count == 1 else "are"
    return f"{_number(count, 'step', 'steps')} of {_number(events, 'event', 'events')} {verb}"


def _of_findings(
    partition: str, name: str, found: Sequence[Finding], sentence: str, count: int | None = None
) -> dg.AssetCheckResult:
    count = len(found) if count is None else count
    return dg.AssetCheckResult(
        asset_key=CHECKED,
        check_name=name,
        passed=not count and not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=sentence if found or count else "None.",
        metadata={"count": count, **(_listed(partition, found) if found else {})},
    )


def _of_steps(
    partition: str | None, name: str, steps: Steps, sentence: str, *, is_error: bool
) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=EVENTS,
        check_name=name,
        passed=not steps,
        severity=severity,
        description=in_markdown(sentence) if steps else "None.",
        metadata={"count": len(steps), **(_steps_listed(partition, steps) if steps else {})},
    )


def _rows_of(found: Iterable[Finding]) -> str:
    return _number(len({one.row for one in found}), "row", "rows")


def _number(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
