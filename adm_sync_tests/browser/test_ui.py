"""The Dagster UI under `adm-sync dev`, as a data administrator sees it after the demo."""

import os
import signal

import pytest
from playwright.sync_api import Page, expect

from adm_sync.database.dagster_database import dagster_url
from adm_sync.database.engine import open_database
from adm_sync.sandbox.server import CLIENT_SECRET
from adm_sync.settings import Settings
from adm_sync_tests.browser.serving import LATE_EVENT, REFUSAL, RUNS_OF_A_JOB, SECONDS, Server
from adm_sync_tests.cli.processes import assert_nothing_is_left, processes_of
from adm_sync_tests.cli.workplace import dump

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


def test_the_asset_graph_shows_both_sides(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/locations/adm_sync/asset-groups/reference_data/lineage")

    for name in ("locations", "venues", "tutorial_instructors", "auth_user"):
        expect(page.get_by_text(name, exact=True).first).to_be_attached()
    expect(page.get_by_text("Materialize all")).to_be_visible()
    expect(page.get_by_text("Materialized", exact=True).first).to_be_visible()
    expect(page.get_by_text("/ 6 Passed").first).to_be_visible()


def test_the_nightly_sync_is_switched_on(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/automation")

    expect(page.get_by_text("sync_all_schedule")).to_be_visible()
    expect(page.get_by_text("At 05:00 AM")).to_be_visible()
    expect(page.get_by_role("switch").or_(page.get_by_role("checkbox")).last).to_be_checked()


def test_an_asset_shows_its_checks_and_what_it_is(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/assets/adm/instructors")

    expect(page.get_by_text("Joins the instructors of Administrate to the")).to_be_visible()
    expect(page.get_by_text("adm.instructors", exact=True).first).to_be_visible()
    expect(page.get_by_text("Row count")).to_be_visible()
    expect(page.get_by_text("sync_instructors")).to_be_visible()
    expect(page.get_by_text("open discrepancies")).to_be_visible()

    page.goto(f"{server.url}/assets/adm/instructors?view=checks")
    expect(page.get_by_text("Checks (6)")).to_be_visible()
    for name in ("ambiguous_matches", "deletion_guard", "fetch_complete"):
        expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text("1 key occurs more than once, so nothing was linked")).to_be_visible()
    expect(page.get_by_text("Imogen Vale").first).to_be_visible()


def test_a_materialization_shows_numbers_and_the_table(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/assets/adm/instructors?view=events")

    for name in ("unchanged", "skipped", "requests", "own seconds", "discrepancies"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    names = "Katherine Ashdown", "Katharine Ashdown"
    kinds = "unmatched tutorial", "unmatched Administrate"
    for kind, record, candidate in zip(kinds, names, reversed(names), strict=True):
        row = page.get_by_role("row").filter(has_text=kind).filter(has_text=record).last
        expect(row).to_contain_text(candidate)


def test_the_runs_of_the_command_line_are_listed(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/runs")

    expect(page.get_by_text("adm_sync/started_from: command_line").first).to_be_visible()
    expect(page.get_by_text("Success").first).to_be_visible()

    page.goto(f"{server.url}/locations/adm_sync/jobs/sync_all/runs")
    expect(page.locator("a[href^='/runs/']").first).to_be_visible()


def test_the_timeline_shows_the_runs_of_the_command_line(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/overview/timeline")

    for name in ("import_events", "sync_all"):
        expect(page.get_by_role("link", name=name).first).to_be_visible()


def test_a_run_of_the_command_line_can_be_run_again(server: Server) -> None:
    found = server.ask(RUNS_OF_A_JOB, job="sync_all")["runsOrError"]["results"]

    assert server.wait_for(server.again(found[-1]["runId"])) == "SUCCESS"


def test_one_run_shows_its_steps(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/locations/adm_sync/jobs/sync_all/runs")
    page.locator("a[href^='/runs/']").first.click()

    # Four tutorial tables were looked at as well.
    expect(page.get_by_text("11 assets")).to_be_visible()
    expect(page.get_by_text("33 checks")).to_be_visible()
    expect(page.get_by_text("Succeeded (7)")).to_be_visible()
    expect(page.get_by_text('Finished execution of run for "sync_all".')).to_be_visible()


def test_a_run_that_is_started_in_the_ui_ends_well(server: Server) -> None:
    run_id = server.launch("sync_price_levels")

    assert server.wait_for(run_id) == "SUCCESS"


# ---------------------------------------------------------------------- the import


def test_the_import_shows_its_stages_and_what_they_need(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/locations/adm_sync/asset-groups/event_import/lineage")

    for name in ("checked", "tutorial_events", "tutorial_sessions", "events", "sessions", "report"):
        expect(page.get_by_text(name, exact=True).first).to_be_attached()
    for name in ("course_templates", "instructors", "venues"):
        expect(page.get_by_text(name, exact=True).first).to_be_attached()
    expect(page.get_by_text("Excel").first).to_be_visible()


def test_each_workbook_is_a_partition(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/assets/workbook/checked?view=partitions")

    expect(page.get_by_text("Sitting 2027A, corrected.xlsx-").first).to_be_visible()
    page.get_by_text("Sitting 2027A.xlsx-").first.click()
    expect(page.get_by_text("workbook__checked").first).to_be_visible()
    for name in ("rows", "errors", "warnings"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()


def test_the_checks_of_a_workbook_say_what_cannot_be_imported(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/assets/workbook/checked?view=checks&checkDetail=rejected_rows")
    for name in ("duplicates", "rejected_rows", "unmatched_references", "warnings"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()

    page.get_by_text("Execution history").click()
    row = page.get_by_text("6 event groups with 21 of 123 rows cannot be imported.").first
    expect(row).to_be_visible()

    # By partition: the workbook with mistakes has failed, the corrected one has not.
    page.get_by_text("Partitions", exact=True).last.click()
    expect(page.get_by_text("Failed (1)")).to_be_visible()


def test_the_inbox_is_watched(page: Page, server: Server) -> None:
    server.run_of(server.late)

    page.goto(f"{server.url}/locations/adm_sync/sensors/inbox_sensor")

    expect(page.get_by_text("Imports each workbook that lands in the inbox")).to_be_visible()
    expect(page.get_by_role("switch").or_(page.get_by_role("checkbox")).first).to_be_checked()
    expect(page.get_by_text("1 run requested").first).to_be_visible()


def test_a_failed_import_says_what_is_wrong_and_a_mended_one_is_green(
    page: Page, server: Server
) -> None:
    failed = server.run_of(server.late)
    assert server.wait_for(failed) == "FAILURE"

    page.goto(f"{server.url}/runs/{failed}")
    expect(page.get_by_text("Launched by inbox_sensor")).to_be_visible()
    expect(page.get_by_text("Errored (1)")).to_be_visible()
    reason = f"«{LATE_EVENT}» (Administrate refused it: {REFUSAL})"
    expect(page.get_by_text(reason).first).to_be_visible()
    page.goto(f"{server.url}/assets/workbook/report?view=partitions")
    expect(page.get_by_text("Failed (1)")).to_be_visible()
    page.goto(f"{server.url}/assets/adm/events?view=checks&checkDetail=failed_steps")
    expect(page.get_by_text("creating the event").first).to_be_visible()

    mended = server.launch(
        "import_events",
        runConfigData={"ops": {"push_events": {"config": {"reopen": True}}}},
        executionMetadata={"tags": [{"key": "dagster/partition", "value": server.late}]},
    )

    assert server.wait_for(mended) == "SUCCESS"
    page.goto(f"{server.url}/assets/workbook/report?view=partitions")
    expect(page.get_by_text("Failed (0)")).to_be_visible()
    expect(page.get_by_text("Materialized (3)")).to_be_visible()


# ---------------------------------------------------------------------- secrets, and the end


def test_no_process_shows_a_secret_in_its_command_line(server: Server) -> None:
    processes = processes_of(server.home)

    commands = "\n".join(processes.values())
    for name in ("adm_sync.defs.ui", "dagster._daemon", "code-server", "sandbox"):
        assert name in commands
    assert CLIENT_SECRET not in commands
    assert "adm_sync.defs.storage" in commands  # as Dagster passes its instance on
    assert "postgresql+psycopg2://" not in commands


def test_no_secret_is_in_dagsters_database(server: Server) -> None:
    with open_database(Settings.load()) as database:
        everything = dump(dagster_url(database))

    assert "sync_all_schedule" in everything
    for secret in (CLIENT_SECRET, "postgresql+psycopg"):
        assert secret not in everything


def test_ctrl_c_ends_everything(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)
    rest, _ = server.process.communicate(timeout=SECONDS)

    assert server.process.returncode == 0
    assert rest.endswith("Ending …\n")
    assert_nothing_is_left(server.home, server.port)
    with pytest.raises(ProcessLookupError):
        os.killpg(server.process.pid, 0)
