"""The Dagster UI under `adm-sync dev`, as a data administrator sees it after the demo."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect, sync_playwright

from adm_sync.cli.main import cli
from adm_sync.database.engine import open_database
from adm_sync.sandbox.server import CLIENT_SECRET
from adm_sync.settings import Settings
from adm_sync_tests.cli.processes import (
    assert_nothing_is_left,
    free_port,
    processes_of,
    started,
)
from adm_sync_tests.cli.workplace import dump, own_environment

pytestmark = pytest.mark.browser

GROUPS = "expanded=global%40global%3Areference_data%2Cglobal%40global%3Atutorial_tables"
SECONDS = 60
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]


@dataclass
class Server:
    """A running `adm-sync dev`."""

    home: Path
    port: int
    process: "subprocess.Popen[str]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str, **variables: Any) -> Any:
        """Ask Dagster's own API."""
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            timeout=30,
            trust_env=False,
        )
        return answer.raise_for_status().json()["data"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The UI after a demo, with a home of its own."""
    home, port = tmp_path_factory.mktemp("ui") / "home", free_port()
    with pytest.MonkeyPatch.context() as patch, own_environment(patch):
        patch.setenv("ADM_SYNC_HOME", str(home))
        patch.chdir(home.parent)
        assert CliRunner().invoke(cli, ["demo"]).exit_code == 0
        with started("dev", "--port", str(port)) as process:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "The Dagster UI is at" in line:
                    break
            assert (
                lines[-1]
                == f"The Dagster UI is at http://127.0.0.1:{port}   Ctrl-C ends everything.\n"
            )
            yield Server(home, port, process)


@pytest.fixture(scope="module")
def _browser_page(server: Server) -> Iterator[Page]:
    # After the server: while it lasts, nothing else in this thread can use asyncio.
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with pytest.MonkeyPatch.context() as patch:
        # The browser is none of the processes that have to be gone in the end.
        patch.delenv("ADM_SYNC_HOME")
        playwright = sync_playwright().start()
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield page
    browser.close()
    playwright.stop()


@pytest.fixture
def page(_browser_page: Page, server: Server, tmp_path: Path) -> Iterator[Page]:
    """A page that asks nobody but the server, and has no error; a picture is kept at the end."""
    errors: list[str] = []
    elsewhere: list[str] = []
    _browser_page.on("pageerror", lambda error: errors.append(str(error)))
    _browser_page.on(
        "request",
        lambda request: (
            None
            if server.url in request.url or request.url.startswith("data:")
            else elsewhere.append(request.url)
        ),
    )
    yield _browser_page
    _browser_page.screenshot(path=tmp_path / "page.png")
    assert errors == []
    assert elsewhere == []


def test_the_asset_graph_shows_both_sides(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/asset-groups?{GROUPS}")

    for name in ("reference_data", "tutorial_tables"):
        expect(page.get_by_text(name).first).to_be_visible()
    for name in ("locations", "venues", "tutorial_instructors", "auth_user"):
        expect(page.get_by_text(name, exact=True).first).to_be_attached()
    expect(page.get_by_text("Materialize all (7)")).to_be_visible()
    expect(page.get_by_text("Materialized", exact=True).first).to_be_visible()
    expect(page.get_by_text("/ 5 Passed").first).to_be_visible()


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
    expect(page.get_by_text("Checks (5)")).to_be_visible()
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


def test_one_run_shows_its_steps(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/locations/adm_sync/jobs/sync_all/runs")
    page.locator("a[href^='/runs/']").first.click()

    expect(page.get_by_text("7 assets")).to_be_visible()
    expect(page.get_by_text("26 checks")).to_be_visible()
    expect(page.get_by_text("Succeeded (7)")).to_be_visible()
    expect(page.get_by_text('Finished execution of run for "sync_all".')).to_be_visible()


def test_a_run_that_is_started_in_the_ui_ends_well(server: Server) -> None:
    selector = {
        "repositoryLocationName": "adm_sync",
        "repositoryName": "__repository__",
        "jobName": "sync_price_levels",
    }
    launched = server.ask(LAUNCH, selector=selector)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]

    ends = time.monotonic() + SECONDS
    while (run := server.ask(RUN, id=run_id)["runOrError"])["status"] not in ENDED:
        assert time.monotonic() < ends, run
        time.sleep(0.2)

    assert run["status"] == "SUCCESS"


LAUNCH = """
    mutation ($selector: JobOrPipelineSelector!) {
      launchRun(executionParams: { selector: $selector }) {
        __typename
        ... on LaunchRunSuccess { run { runId } }
        ... on PythonError { message }
      }
    }
"""
RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def test_no_process_shows_a_secret_in_its_command_line(server: Server) -> None:
    processes = processes_of(server.home)

    commands = "\n".join(processes.values())
    for name in ("dagster_webserver", "dagster._daemon", "code-server", "sandbox"):
        assert name in commands
    assert CLIENT_SECRET not in commands
    # The name of the variable stands there, and never its value.
    assert "ADM_SYNC_DAGSTER_URL" in commands
    assert "postgresql+psycopg2://" not in commands


def test_no_secret_is_in_dagsters_database(server: Server) -> None:
    with open_database(Settings.load()) as database:
        everything = dump(database.dagster_url())

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
