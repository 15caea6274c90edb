"""Dagster's pages lead to the page of the desk where a person can act, where there is a desk."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import dagster as dg
import pytest

from adm_sync.database.engine import Database
from adm_sync.defs.build import build_defs
from adm_sync.defs.checks import asset_key
from adm_sync.defs.failures import KnownFailure
from adm_sync.defs.import_checks import REPORT
from adm_sync.defs.reference_data import jobs, reference_defs
from adm_sync.imports.importing import Importer
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.syncer import open_syncer
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import Runner, bad_rows, content
from adm_sync_tests.defs.test_by_hand import remove_most
from adm_sync_tests.desk.visiting import local_browser

DESK = "https://desk.example.com/tools"


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def links(metadata: Any) -> dict[str, str]:
    return {
        name: value.url
        for name, value in metadata.items()
        if isinstance(value, dg.UrlMetadataValue) and value.url.startswith(DESK)
    }


def assert_answered(*addresses: str) -> None:
    """The desk has a page at each of these."""
    with local_browser() as browser:
        for address in addresses:
            path = address.removeprefix(DESK)
            assert browser.get(path).status_code == 200, address


def synced_as_a_run(
    place: Workplace, instance: dg.DagsterInstance, entity: str
) -> dg.ExecuteInProcessResult:
    database = Database(place.engine, place.database_url, embedded=False)
    with open_syncer(Settings.load(), database) as syncer:
        job = reference_defs(syncer, jobs()).resolve_job_def(f"sync_{entity}")
        return job.execute_in_process(instance=instance, raise_on_error=False)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def test_what_does_not_match_leads_to_where_it_is_decided(
    synced: Workplace, instance: dg.DagsterInstance
) -> None:
    synced.set(adm_sync_desk_url=f"{DESK}/")

    result = synced_as_a_run(synced, instance, "venues")

    page = {"see and decide": f"{DESK}/unmatched/venues"}
    (event,) = result.get_asset_materialization_events()
    assert links(event.materialization.metadata) == page
    found = checks(result)
    assert links(found["unmatched_tutorial_records"].metadata) == page
    assert links(found["fetch_complete"].metadata) == {}
    assert_answered(*page.values())


def test_a_held_plan_leads_to_its_page_and_the_failure_names_it(
    synced: Workplace, instance: dg.DagsterInstance
) -> None:
    synced.set(adm_sync_desk_url=DESK)
    remove_most(synced)

    result = synced_as_a_run(synced, instance, "instructors")

    page = f"{DESK}/held/instructors"
    guard = checks(result)["deletion_guard"]
    assert links(guard.metadata) == {"see and release": page}
    said = f"open {page}, or run"
    assert said in (guard.description or "")
    failure = result.failure_data_for_node("adm__instructors")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert said in (failure.user_failure_data.description or "")
    assert links(failure.user_failure_data.metadata)["see and release"] == page
    assert_answered(page)


def test_an_import_leads_to_its_page(importer: Importer, synced: Workplace) -> None:
    synced.set(adm_sync_desk_url=DESK)
    workbook = content(bad_rows())
    with dg.DagsterInstance.ephemeral() as instance:
        result = Runner(importer, instance).run(workbook)

    page = {"see and act": f"{DESK}/imports/{workbook.partition}"}
    found = checks(result)
    assert links(found["rejected_rows"].metadata) == page
    assert links(found["import_complete"].metadata) == page
    assert links(found["all_imports"].metadata) == {"see and act": f"{DESK}/imports"}
    (report,) = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key and event.asset_key.path == ["workbook", "report"]
    ]
    assert links(report.metadata) == page
    assert_answered(*page.values(), f"{DESK}/imports")
    with local_browser() as browser:
        text = browser.get(f"/imports/{workbook.partition}").text
    address = r'/assets/([^"?]+)\?view=partitions&amp;partition=([^"]+)"'
    ((asset, named),) = re.findall(address, text)
    assert (dg.AssetKey(asset.split("/")), unquote(named)) == (REPORT, workbook.partition)


def test_every_asset_leads_to_its_page_and_without_a_desk_to_none(settled: Workplace) -> None:
    def pages() -> dict[str, dict[str, str]]:
        graph = build_defs().resolve_asset_graph()
        keys = (asset_key(BY_NAME["venues"]), dg.AssetKey(["adm", "events"]))
        return {key.path[-1]: links(graph.get(key).metadata) for key in keys}

    assert pages() == {"venues": {}, "events": {}}
    settled.set(adm_sync_desk_url=DESK)
    assert pages() == {
        "venues": {"see and decide": f"{DESK}/unmatched/venues"},
        "events": {"see and act": f"{DESK}/imports"},
    }


def test_the_page_of_each_entity_leads_to_its_asset(settled: Workplace) -> None:
    graph = build_defs().resolve_asset_graph()
    with local_browser() as browser:
        for entity in BY_NAME:
            text = browser.get(f"/unmatched/{entity}").text
            (asset,) = re.findall(r'href="[^"]+/assets/([^"]+)"', text)
            assert graph.has(dg.AssetKey(asset.split("/"))), asset


def test_a_sentence_of_an_asset_names_its_page(settled: Workplace) -> None:
    settled.set(adm_sync_desk_url=DESK)
    graph = build_defs().resolve_asset_graph()
    said = graph.get(asset_key(BY_NAME["venues"])).description or ""
    assert f"{DESK}/unmatched/venues, or `adm-sync unmatched venues` lists all of it" in said


def test_without_a_desk_a_sentence_is_as_it_was(settled: Workplace) -> None:
    said = "Look at it, then run `adm-sync release venues`."

    assert KnownFailure(said).description == said
    settled.set(adm_sync_desk_url=DESK)
    assert KnownFailure(said).description == (
        f"Look at it, then open {DESK}/held/venues, or run `adm-sync release venues`."
    )
