"""What Dagster is told that there is, compared with a text that a person has read."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from adm_sync.definitions import defs
from adm_sync.defs import event_import
from adm_sync.defs.build import build_defs
from adm_sync.defs.checks import asset_key
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.reference_data import GROUP, tutorial_tables
from adm_sync.errors import SettingsError
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity
from adm_sync_tests.cli.workplace import Workplace

SNAPSHOT = Path(__file__).parent / "definitions.txt"


@pytest.fixture
def definitions(settled: Workplace) -> dg.Definitions:
    return build_defs()


def test_the_definitions_are_those_of_the_checked_in_text(definitions: dg.Definitions) -> None:
    described = "".join(f"{line}\n" for line in _described(definitions))

    assert described == SNAPSHOT.read_text(encoding="utf-8"), (
        f"If the change is meant, write this to {SNAPSHOT.name}:\n{described}"
    )


def test_every_definition_can_be_loaded(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_steps_run_in_the_process_of_their_run(definitions: dg.Definitions) -> None:
    jobs = definitions.resolve_all_job_defs()

    assert {job.executor_def.name for job in jobs} == {"in_process"}


@pytest.mark.parametrize("setting", ["ADM_SYNC_SYNC_CRON", "ADM_SYNC_RECONCILE_CRON"])
@pytest.mark.parametrize("cron", ["whenever", "0 5 * * someday", "99 5 * * *"])
def test_a_wrong_setting_is_named_when_the_definitions_load(
    settled: Workplace, setting: str, cron: str
) -> None:
    settled.set(**{setting.lower(): cron})

    with pytest.raises(SettingsError, match=f"{setting} is wrong"):
        defs()


def test_the_schedule_runs_when_the_settings_say(settled: Workplace) -> None:
    settled.set(adm_sync_sync_cron="30 2 * * 1", adm_sync_time_zone="Europe/Dublin")

    schedule = build_defs().resolve_schedule_def("sync_all_schedule")

    assert schedule.cron_schedule == "30 2 * * 1"
    assert schedule.execution_timezone == "Europe/Dublin"


def test_descriptions_read_as_sentences(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    checks = [graph.get_check_spec(key) for key in graph.asset_check_keys]

    for description in [one.description or "" for one in (*nodes, *checks)]:
        assert description[:1].isupper(), description
        assert description.endswith("."), description


def test_each_bridge_table_is_an_asset_with_its_own_job(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    bridges = {
        key.path[-1]
        for key in graph.materializable_asset_keys
        if graph.get(key).group_name == GROUP
    }
    jobs = {job.name for job in definitions.resolve_all_job_defs()}

    assert bridges == set(BY_NAME)
    assert {f"sync_{name}" for name in bridges} | {"sync_all"} <= jobs


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_a_bridge_table_comes_after_what_its_entity_needs_and_has_its_checks(
    definitions: dg.Definitions, entity: Entity
) -> None:
    node = definitions.resolve_asset_graph().get(asset_key(entity))
    needed = {asset_key(BY_NAME[need.entity]) for need in entity.needs}
    checks = {"fetch_complete", "deletion_guard", "standing_links"}
    of_matching = {
        "ambiguous_matches",
        "unmatched_administrate_records",
        "unmatched_tutorial_records",
    }

    assert node.metadata["dagster/table_name"] == entity.bridge.fullname
    assert node.parent_keys == needed | set(tutorial_tables(entity))
    assert {key.name for key in node.check_keys} == checks | (
        of_matching if entity.matched else set()
    )


def test_bridge_tables_run_in_the_order_of_the_entities(definitions: dg.Definitions) -> None:
    tags = [definitions.resolve_assets_def(asset_key(one)).op.tags for one in ENTITIES]
    priorities = [int(each["dagster/priority"]) for each in tags]

    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == len(ENTITIES)


def test_all_stages_of_an_import_have_the_same_partitions(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    stages = [
        node
        for key in graph.materializable_asset_keys
        if (node := graph.get(key)).group_name == event_import.GROUP
    ]

    checks = [graph.get_check_spec(key) for node in stages for key in node.check_keys]
    assert len(stages) == 6
    assert {one.partitions_def for one in stages} == {WORKBOOKS}
    # A workbook's result is kept apart from another's, but for what looks at all of them.
    of_all = {check.key.name for check in checks if check.partitions_def is None}
    assert of_all == {"all_imports", "reconciled"}
    assert {check.partitions_def for check in checks} == {WORKBOOKS, None}


def _described(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        if node.group_name in {GROUP, "tutorial_tables"}:
            continue  # they follow from the entities
        kind = "asset" if node.is_materializable else "external"
        yield f"{kind} {key.to_user_string()} [{node.group_name}]"
        if "dagster/table_name" in node.metadata:
            yield f"  table {node.metadata['dagster/table_name']}"
        for owner in node.owners:
            yield f"  owner {owner}"
        if node.partitions_def:
            yield f"  partitions {node.partitions_def.name}"
        for parent in sorted(node.parent_keys):
            yield f"  after {parent.to_user_string()}"
        for check in sorted(check.name for check in node.check_keys):
            yield f"  check {check}"
    for job in sorted(definitions.resolve_all_job_defs(), key=lambda job: job.name):
        if job.name.startswith(("__", "sync_")):
            continue
        yield f"job {job.name} {dict(job.tags)}"
        for key in sorted(job.asset_layer.selected_asset_keys):
            yield f"  {key.to_user_string()}"
    for schedule in definitions.schedules or ():
        assert isinstance(schedule, dg.ScheduleDefinition)
        yield f"schedule {schedule.name} of {schedule.job_name}"
        yield f"  {schedule.cron_schedule} {schedule.execution_timezone}"
        yield f"  {schedule.default_status.value}"
    for sensor in definitions.sensors or ():
        jobs = sensor.jobs if sensor.has_jobs else []
        yield f"sensor {sensor.name} of {', '.join(job.name for job in jobs) or 'no job'}"
        yield f"  every {sensor.minimum_interval_seconds} s"
        yield f"  {sensor.default_status.value}"
