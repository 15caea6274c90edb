"""Writing the report of an import to files.

What belongs here: what is said of each row, and putting files in their place. What does not: what
the annotated copy looks like (`workbook.report`). The database is the truth; a report can be
written again at any time.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adm_sync.database.import_journal import KeptGroup
from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.database.states import FOR_A_PERSON, GroupOutcome
from adm_sync.fault_log import keep
from adm_sync.files import put
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.report import NoCopy, Outcome, annotated_copy, findings_csv
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table

LONGEST_NAME = 255  # bytes that a file system takes
ROOM_FOR_ENDINGS = 55  # what is added to a stem


@dataclass(frozen=True, slots=True)
class Reports:
    """The files that were written; what could not be is said in `problems`."""

    copy: Path | None
    csv: Path | None
    problems: tuple[str, ...] = ()


def write_reports(
    folder: Path,
    content: Content,
    table: Table | None,
    groups: Sequence[KeptGroup],
    findings: Sequence[Finding],
    open_steps: Sequence[UnfinishedStep],
) -> Reports:
    """Write the annotated copy (if the workbook could be read) and the CSV of findings.

    Args:
        folder: made if it is missing.
        content: the original.
        table: its table of events; None if it has none.
        groups: what became of each event group.
        findings: of the latest check.
        open_steps: the steps that are not done, with their events.
    """
    stem, suffix = Path(content.name).stem, Path(content.name).suffix
    stem = short_name(stem, LONGEST_NAME - ROOM_FOR_ENDINGS)
    problems: list[str] = []
    copy: Path | None = None
    if table is not None:
        outcomes = dict(_outcomes(groups, open_steps))
        try:
            data = annotated_copy(content, table, outcomes, findings)
        except NoCopy as reason:
            problems.append(str(reason))
            if reason.trace:
                with suppress(OSError):
                    keep(f"{reason}\n{reason.trace}")
        else:
            copy = _write(folder / f"{stem} (checked){suffix}", data, problems)
    csv = _write(folder / f"{stem} findings.csv", findings_csv(findings), problems)
    return Reports(copy, csv, tuple(problems))


def short_name(name: str, room: int = LONGEST_NAME) -> str:
    """The name, or its beginning with a sum of the whole, in at most `room` bytes."""
    whole = name.encode()
    if len(whole) <= room:
        return name
    end = f"-{hashlib.sha256(whole).hexdigest()[:8]}"
    return whole[: room - len(end)].decode(errors="ignore") + end


def _write(path: Path, data: bytes, problems: list[str]) -> Path | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, data)
    except OSError as error:
        problems.append(
            f"The report {path} could not be written ({error.strerror}). The import is not "
            "affected; run the report again when there is room."
        )
        return None
    return path


def _outcomes(
    groups: Sequence[KeptGroup], open_steps: Sequence[UnfinishedStep]
) -> Iterator[tuple[int, Outcome]]:
    unfinished: dict[int | None, list[UnfinishedStep]] = {}
    for step in open_steps:
        unfinished.setdefault(step.event_id, []).append(step)
    for group in groups:
        steps = unfinished.get(group.event_id, [])
        for number, row in enumerate(group.rows, 1):
            yield row, _outcome(group, [s for s in steps if s.day in {None, number}])


def _outcome(group: KeptGroup, steps: Sequence[UnfinishedStep]) -> Outcome:
    if group.outcome in {GroupOutcome.REJECTED, GroupOutcome.SKIPPED}:
        return Outcome(group.outcome, group.reason)
    if group.undone_at is not None:
        return Outcome("skipped", "undone: the import was taken back")
    failed = [step for step in steps if step.state in FOR_A_PERSON]
    if failed:
        return Outcome("failed", failed[0].message)
    if steps and group.external_id is None:
        return Outcome("pending", "recorded here, not yet in Administrate")
    if steps:
        return Outcome("pending", f"Administrate {group.external_id}, not yet as recorded here")
    if group.external_id is None:
        return Outcome(group.outcome, "recorded here")
    return Outcome(group.outcome, f"Administrate {group.external_id}")
