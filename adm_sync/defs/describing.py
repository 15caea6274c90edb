"""What Dagster's pages say of a table beside what happened to it.

What belongs here: columns, where they come from, where the table is, whose it is, the code, and
how old it may be. What does not: results (`metadata`), and what a description says in words.
"""

from datetime import datetime, timedelta
from itertools import pairwise

import dagster as dg
import sqlalchemy as sa

from adm_sync.database.tables import metadata
from adm_sync.defs.metadata import import_page, on_pages, page_metadata
from adm_sync.settings import Settings

# Whose word counts about a group's assets; Dagster calls people teams.
OWNERS = {
    "reference_data": "team:data_administrators",
    "event_import": "team:planners",
    "tutorial_tables": "team:tutorial_application",
}
# A run waits for its turn, tries again, and takes its time; and clocks change by an hour.
SLACK = timedelta(hours=2)
# Long enough for what differs by weekday; else for what happens a few times a year.
DAYS_LOOKED_AT = (8, 800)
_TICK = "%Y-%m-%d %H:%M"


def with_descriptions(definitions: dg.Definitions, settings: Settings) -> dg.Definitions:
    """The same definitions, of which each asset says what can be known without a database.

    Args:
        definitions: with all assets.
        settings: where the database is, and when the full sync runs.
    """
    keeps = longest_gap(settings.adm_sync_sync_cron, settings.adm_sync_time_zone)
    policy = dg.FreshnessPolicy.time_window(fail_window=keeps + SLACK) if keeps else None

    def describe(spec: dg.AssetSpec) -> dg.AssetSpec:
        owned = spec.replace_attributes(owners=[OWNERS[spec.group_name or ""]])
        table = metadata.tables.get(".".join(spec.key.path))
        if table is not None:
            owned = owned.merge_attributes(metadata=_of_table(table, settings))
        owned = owned.merge_attributes(metadata=_page(spec))
        owned = owned.replace_attributes(description=on_pages(spec.description or "") or None)
        if spec.group_name == "reference_data" and policy:
            owned = owned.replace_attributes(freshness_policy=policy)
        return owned

    return definitions.map_asset_specs(func=describe)


def _page(spec: dg.AssetSpec) -> dict[str, dg.MetadataValue]:
    """The page of the desk where a person sees what is wrong, and acts."""
    if spec.group_name == "reference_data":
        return page_metadata("see and decide", lambda pages: pages.unmatched(spec.key.path[-1]))
    return import_page(None) if spec.group_name == "event_import" else {}


def lineage(table: sa.Table) -> dict[str, dg.MetadataValue]:
    """From which columns of other assets those of a table have their values: what it refers to."""
    deps = {
        column.name: [
            dg.TableColumnDep(asset_key=key_of_table(key.column.table), column_name=key.column.name)
            for key in column.foreign_keys
        ]
        for column in table.columns
        if column.foreign_keys
    }
    if not deps:
        return {}
    return {"dagster/column_lineage": dg.MetadataValue.column_lineage(dg.TableColumnLineage(deps))}


def key_of_table(table: sa.FromClause) -> dg.AssetKey:
    """The asset that a table is."""
    assert isinstance(table, sa.Table)
    return dg.AssetKey([table.schema or "public", table.name])


def longest_gap(cron: str, time_zone: str) -> timedelta | None:
    """The longest time between two ticks of a schedule; None if it hardly ever runs."""
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - in that zone, which the partitions are given
    for days in DAYS_LOOKED_AT:
        ticks = dg.TimeWindowPartitionsDefinition(
            start=start,
            end=start + timedelta(days=days),
            cron_schedule=cron,
            timezone=time_zone,
            fmt=_TICK,
        ).get_partition_keys()
        if len(ticks) > 2:
            times = [datetime.strptime(tick[:16], _TICK) for tick in ticks]  # noqa: DTZ007
            return max(after - before for before, after in pairwise(times))
    return None


def _of_table(table: sa.Table, settings: Settings) -> dict[str, object]:
    columns = [
        dg.TableColumn(
            column.name,
            str(column.type).lower(),
            constraints=dg.TableColumnConstraints(
                nullable=bool(column.nullable), unique=bool(column.primary_key or column.unique)
            ),
        )
        for column in table.columns
    ]
    told: dict[str, object] = {"dagster/column_schema": dg.TableSchema(columns)}
    if settings.adm_sync_database_url is not None:
        url = sa.make_url(settings.adm_sync_database_url.get_secret_value())
        place = f"{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database}"
        told["dagster/uri"] = f"postgresql://{place}/{table.schema}/{table.name}"
    return told
