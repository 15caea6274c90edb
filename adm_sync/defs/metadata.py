"""Results as Dagster metadata.

What belongs here: every conversion from the core's values to `MetadataValue`. What does not:
deciding what a result means.
"""

from collections.abc import Sequence

import dagster as dg

from adm_sync.database.journal import Discrepancy
from adm_sync.reference.results import EntityResult

# Metadata is stored with every event and makes the UI slow when it is large.
ROWS_SHOWN = 100

_SCHEMA = dg.TableSchema(
    [
        dg.TableColumn("kind"),
        dg.TableColumn("record"),
        dg.TableColumn("tutorial id"),
        dg.TableColumn("Administrate id"),
        dg.TableColumn("detail"),
        dg.TableColumn("nearest"),
    ]
)


def result_metadata(result: EntityResult) -> dict[str, dg.MetadataValue]:
    """Counts, times and the first discrepancies of one sync."""
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(result.rows),
        **{name: dg.MetadataValue.int(count) for name, count in result.counts().items()},
        "relinked": dg.MetadataValue.int(result.relinked),
        "open discrepancies": dg.MetadataValue.int(len(result.discrepancies)),
        "seconds": dg.MetadataValue.float(round(result.seconds, 3)),
        "own seconds": dg.MetadataValue.float(round(result.own_seconds, 3)),
    }
    if result.message:
        metadata["message"] = dg.MetadataValue.text(result.message)
    if result.discrepancies:
        metadata["discrepancies"] = discrepancy_table(result.discrepancies)
        metadata["all of them"] = dg.MetadataValue.md(f"`adm-sync unmatched {result.entity}`")
    return metadata


def discrepancy_table(found: Sequence[Discrepancy]) -> dg.MetadataValue:
    """The first hundred as a table."""
    records = [
        dg.TableRecord(
            {
                "kind": one.kind.replace("_", " "),
                "record": one.label,
                "tutorial id": one.tutorial_id,
                "Administrate id": one.external_id,
                "detail": one.detail,
                "nearest": ", ".join(
                    f"{near['label']} ({near['external_id'] or near['tutorial_id']})"
                    for near in one.suggestions
                ),
            }
        )
        for one in found[:ROWS_SHOWN]
    ]
    return dg.MetadataValue.table(records, schema=_SCHEMA)
