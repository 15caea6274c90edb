"""What Dagster's pages say of a table, of a resource, and of what can be filled in."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from adm_sync.database import adm
from adm_sync.database.engine import open_database
from adm_sync.defs.build import build_defs
from adm_sync.defs.describing import lineage, longest_gap
from adm_sync.defs.launching import dagster_instance, run_sync
from adm_sync.defs.resources import SyncerResource
from adm_sync.errors import SettingsError
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.syncer import open_syncer
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace

LOCATIONS = dg.AssetKey(["adm", "locations"])


@pytest.fixture
def graph(settled: Workplace) -> Any:
    url = "postgresql://adm_sync:very-secret@db.example.com:5433/tutorials"
    settled.set(adm_sync_database_url=url)
    return build_defs().resolve_asset_graph()


def test_a_table_says_its_columns_its_place_whose_it_is_and_where_its_code_is(graph: Any) -> None:
    node = graph.get(LOCATIONS)

    columns = {one.name: one for one in node.metadata["dagster/column_schema"].columns}
    assert list(columns) == [column.name for column in adm.locations.columns]
    assert columns["external_id"].type == "varchar(255)"
    assert columns["tutorial_location_id"].constraints.nullable
    assert (
        node.metadata["dagster/uri"] == "postgresql://db.example.com:5433/tutorials/adm/locations"
    )
    (reference,) = node.metadata["dagster/code_references"].code_references
    assert reference.file_path.endswith("adm_sync/defs/reference_data.py")


def test_no_page_holds_the_databases_password(graph: Any) -> None:
    told = [str(graph.get(key).metadata) for key in graph.get_all_asset_keys()]

    assert [text for text in told if "very-secret" in text or "adm_sync:" in text] == []


def test_what_the_schedule_keeps_fresh_says_how_old_it_may_be(graph: Any) -> None:
    policies = {key: graph.get(key).freshness_policy for key in graph.get_all_asset_keys()}

    fresh = {key.path[-1] for key, policy in policies.items() if policy}
    assert fresh == set(BY_NAME)
    assert policies[LOCATIONS] == dg.FreshnessPolicy.time_window(timedelta(hours=26))


@pytest.mark.parametrize(
    ("cron", "gap"),
    [
        ("0 5 * * *", timedelta(days=1)),
        ("0 * * * *", timedelta(hours=1)),
        ("0 6 * * 1-5", timedelta(days=3)),
        ("30 2 1 * *", timedelta(days=31)),
        ("0 3 29 2 *", None),
    ],
)
def test_the_longest_gap_of_a_schedule(cron: str, gap: timedelta | None) -> None:
    assert longest_gap(cron, "Europe/London") == gap


def test_columns_come_from_what_they_refer_to() -> None:
    value = lineage(adm.locations)["dagster/column_lineage"].value
    assert isinstance(value, dg.TableColumnLineage)
    (dep,) = value.deps_by_column["tutorial_location_id"]

    assert dep == dg.TableColumnDep(dg.AssetKey(["acted", "tutorial_locations"]), "id")
    assert lineage(adm.custom_fields) == {}


def test_a_sync_says_what_it_has_seen_of_the_tutorial_table(settled: Workplace) -> None:
    settings = Settings.load()
    with (
        open_database(settings) as database,
        dagster_instance(settings, database) as instance,
        open_syncer(settings, database) as syncer,
    ):
        run_id = run_sync([BY_NAME["locations"]], syncer, instance)
        found = instance.fetch_observations(
            dg.AssetKey(["acted", "tutorial_locations"]), limit=1
        ).records
    (count,) = settled.execute("select count(*) from acted.tutorial_locations")[0]

    assert found[0].run_id == run_id
    assert found[0].asset_observation is not None
    told = {name: one.value for name, one in found[0].asset_observation.metadata.items()}
    assert told["records compared"] == count > 0
    assert told["without a match"] == 1


def test_a_field_of_a_resource_says_for_one_run_what_a_setting_says_for_all(
    settled: Workplace,
) -> None:
    with (
        dg.build_init_resource_context() as context,
        SyncerResource(page_size=7).yield_for_execution(context) as syncer,
    ):
        assert syncer.options.page_size == 7
    assert Settings.load().adm_sync_page_size == 100
    with pytest.raises(SettingsError, match="ADM_SYNC_PAGE_SIZE is wrong"):
        _ = Settings.load(adm_sync_page_size=0).adm_sync_page_size


def test_every_field_of_a_launchpad_is_explained(settled: Workplace) -> None:
    fields = {}
    for job in build_defs().resolve_all_job_defs():
        schema = job.run_config_schema.run_config_schema_type
        for part in ("ops", "resources"):
            fields |= dict(_fields(schema.fields[part], part))

    assert "resources.syncer.config.page_size" in fields
    assert "ops.compare.config.sittings" in fields
    assert [name for name, description in fields.items() if not description] == []


def _fields(field: Any, path: str) -> Iterator[tuple[str, str | None]]:
    """What a person fills in below a `config`, and what they are told of it."""
    for name, child in getattr(field.config_type, "fields", {}).items():
        yield from _fields(child, f"{path}.{name}")
        if path.endswith(".config") and "io_manager" not in path:
            yield f"{path}.{name}", child.description
