"""What an import found and did as Dagster metadata.

What belongs here: every conversion from values of the import to `MetadataValue`. What does not:
deciding what they mean, and the results of a sync (`metadata`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.defs.metadata import ROWS_SHOWN, file_metadata, import_page, on_pages, page_metadata
from adm_sync.imports.reconciling import Reconciliation
from adm_sync.imports.reporting import Reports
from adm_sync.imports.state import LACKS, NUMBERS, Standing
from adm_sync.imports.summary import ImportSummary
from adm_sync.push.options import Pushed
from adm_sync.push.wording import doing
from adm_sync.workbook.findings import Finding

Metadata = dict[str, dg.MetadataValue]
SITTINGS_SHOWN = 10


def counts_metadata(counts: Mapping[str, int | None]) -> Metadata:
    """Numbers, which the UI plots; what is not known is not among them."""
    known = {name: count for name, count in counts.items() if count is not None}
    return {name.replace("_", " "): dg.MetadataValue.int(count) for name, count in known.items()}


def pushed_metadata(pushed: Pushed) -> Metadata:
    """What a push did."""
    metadata: Metadata = {}
    if pushed.stopped:
        metadata["ended early"] = dg.MetadataValue.text(pushed.stopped)
    metadata |= counts_metadata(
        {
            "events_created": len(pushed.created),
            "events_adopted": len(pushed.adopted),
            "sessions_changed": len(pushed.sessions),
            "requests": pushed.requests,
        }
    )
    metadata["seconds"] = dg.MetadataValue.float(round(pushed.seconds, 3))
    if pushed.warnings:
        metadata["warnings"] = sentences(pushed.warnings)
    return metadata


def summary_metadata(summary: ImportSummary, reports: Reports, instance: str | None) -> Metadata:
    """How an import stands; `instance` is the address of Administrate for people."""
    metadata: Metadata = {"status": dg.MetadataValue.text(str(summary.status))}
    if summary.message:
        metadata["message"] = dg.MetadataValue.text(on_pages(summary.message))
    metadata |= import_page(summary.partition)
    metadata |= files_metadata(reports)
    if instance:
        metadata["Administrate"] = dg.MetadataValue.url(instance)
    if summary.standing:
        metadata["state"] = dg.MetadataValue.text(summary.standing.sign)
        metadata |= counts_metadata({"created in all": summary.standing.created})
    metadata |= counts_metadata({"rows": summary.rows})
    for kind, counts in (("events", summary.events), ("sessions", summary.sessions)):
        metadata |= counts_metadata({f"{kind} {name}": n for name, n in counts.items()})
    metadata |= counts_metadata(
        {
            "errors": summary.errors,
            "warnings": len(summary.findings) - summary.errors,
            "requests": summary.requests,
        }
    )
    return metadata


def files_metadata(reports: Reports) -> Metadata:
    """Where the report was written, and what of it was not."""
    files: Metadata = {}
    if reports.copy:
        files |= file_metadata("annotated copy", reports.copy)
    if reports.csv:
        files |= file_metadata("findings, for a spreadsheet", reports.csv)
    if reports.problems:
        files["not written"] = sentences(reports.problems)
    return files


def sentences(said: Sequence[str]) -> dg.MetadataValue:
    """The first hundred, one a line."""
    shown = "\n".join(said[:ROWS_SHOWN])
    more = len(said) - ROWS_SHOWN
    return dg.MetadataValue.text(f"{shown}\n… and {more} more" if more > 0 else shown)


def findings_table(found: Sequence[Finding]) -> dg.MetadataValue:
    """The first hundred as a table, each with its place."""
    return table(
        [
            {
                "row": one.row,
                "column": one.column,
                "header": one.header,
                "value": one.value,
                "what is wrong": one.message,
                "what to do": one.suggestion,
                "sheet": one.sheet,
                "code": one.code,
            }
            for one in found[:ROWS_SHOWN]
        ],
        numbers={"row"},
    )


def steps_table(steps: Sequence[UnfinishedStep]) -> dg.MetadataValue:
    """The first hundred steps as a table, each with its event."""
    return table(
        [
            {
                "event": step.title,
                "step": doing(step.kind, step.day),
                "state": str(step.state),
                "attempts": step.attempts,
                "next try (UTC)": _next_try(step),
                "why": step.message,
                "Administrate id": step.external_id,
            }
            for step in steps[:ROWS_SHOWN]
        ],
        numbers={"attempts"},
    )


def _next_try(step: UnfinishedStep) -> str | None:
    return f"{step.next_try:%Y-%m-%d %H:%M:%S}" if step.next_try else None


def imports_table(standings: Sequence[Standing]) -> dg.MetadataValue:
    """The first hundred imports as a table, each with what it lacks."""
    numbers = sorted(LACKS, key=NUMBERS.index)
    return table(
        [
            {"import": one.partition, "state": str(one.state)}
            | {name.replace("_", " "): getattr(one, name) for name in numbers}
            for one in standings[:ROWS_SHOWN]
        ],
        numbers={name.replace("_", " ") for name in numbers},
    )


def reconciliation_metadata(found: Reconciliation) -> Metadata:
    """What was compared, and the first differences as a table."""
    metadata: Metadata = {
        "sittings": dg.MetadataValue.text(", ".join(found.sittings) or "none"),
        **counts_metadata(
            {
                "events_compared": found.compared,
                "differences": len(found.differences),
                "requests": found.requests,
            }
        ),
    }
    if found.differences:
        for sitting in sorted({one.sitting for one in found.differences})[:SITTINGS_SHOWN]:
            metadata |= page_metadata(
                f"see and decide: {sitting}",
                lambda pages, sitting=sitting: pages.reconcile(sitting),  # type: ignore[misc]
            )
        metadata["what differs"] = table(
            [
                {
                    "kind": one.kind.replace("_", " ").replace("administrate", "Administrate"),
                    "event": one.title,
                    "tutorial event id": one.tutorial_event_id,
                    "Administrate id": one.external_id,
                    "detail": one.detail,
                }
                for one in found.differences[:ROWS_SHOWN]
            ],
            numbers={"tutorial event id"},
        )
    return metadata


def table(rows: Sequence[Mapping[str, Any]], numbers: set[str]) -> dg.MetadataValue:
    """Rows, of which there is one at least, as a table; `numbers` are the columns of those."""
    columns = [
        dg.TableColumn(name, type="int" if name in numbers else "string") for name in rows[0]
    ]
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(row)) for row in rows], schema=dg.TableSchema(columns)
    )
