"""`adm-sync dev` after the demo, and a browser, for the tests of this folder.

What belongs here: starting them, and asking Dagster's own API. What does not: what is expected.
"""

import re
import shutil
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
from adm_sync_tests.cli.processes import free_port, processes_of, started
from adm_sync_tests.cli.workplace import clear_environment
from adm_sync_tests.defs.importing import content
from adm_sync_tests.workbooks import blended

SECONDS = 60
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
LATE = "Late addition.xlsx"
LATE_EVENT = "CB1 London 27A-71"
REFUSAL = "The price level is not for this course"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
RUNS = """
    query ($key: String!) {
      runsOrError(filter: { tags: [{ key: "dagster/partition", value: $key }] }) {
        ... on Runs { results { runId status } }
      }
    }
"""
LAUNCH = """
    mutation ($parameters: ExecutionParams!) {
      launchRun(executionParams: $parameters) {
        __typename
        ... on LaunchRunSuccess { run { runId } }
        ... on PythonError { message }
      }
    }
"""
RUNS_OF_A_JOB = """
    query ($job: String!) {
      runsOrError(filter: { pipelineName: $job }) { ... on Runs { results { runId } } }
    }
"""
AGAIN = """
    mutation ($parent: String!) {
      launchRunReexecution(reexecutionParams: { parentRunId: $parent, strategy: ALL_STEPS }) {
        __typename
        ... on LaunchRunSuccess { run { runId } }
        ... on PythonError { message }
      }
    }
"""
RUN = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@dataclass
class Server:
    """A running `adm-sync dev`; `late` is the partition of a workbook that lies in its inbox."""

    home: Path
    port: int
    process: "subprocess.Popen[str]"
    late: str

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

    def launch(self, job: str, **parameters: Any) -> str:
        """Start a run as the UI does it, and wait until it has ended; gives its id."""
        selector = {
            "repositoryLocationName": "adm_sync",
            "repositoryName": "__repository__",
            "jobName": job,
        }
        given = {"selector": selector, **parameters}
        launched = self.ask(LAUNCH, parameters=given)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id = str(launched["run"]["runId"])
        self.wait_for(run_id)
        return run_id

    def again(self, run_id: str) -> str:
        """Let a run be run again as the UI does it; gives the new one's id."""
        launched = self.ask(AGAIN, parent=run_id)["launchRunReexecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def wait_for(self, run_id: str) -> str:
        """How a run has ended."""
        ends = time.monotonic() + SECONDS
        while (run := self.ask(RUN, id=run_id)["runOrError"])["status"] not in ENDED:
            assert time.monotonic() < ends, run
            time.sleep(0.2)
        return str(run["status"])

    def run_of(self, partition: str) -> str:
        """The first run of a partition, once there is one."""
        ends = time.monotonic() + SECONDS
        while not (runs := self.ask(RUNS, key=partition)["runsOrError"]["results"]):
            assert time.monotonic() < ends, partition
            time.sleep(0.2)
        return str(runs[-1]["runId"])

    def refuse_once(self) -> None:
        """Let the sandbox refuse the next event that is to be created."""
        (port,) = {
            found[1]
            for command in processes_of(self.home).values()
            if (found := re.search("\0sandbox\0--port\0([0-9]+)\0", command))
        }
        fault = {"kind": "payload_errors", "match": "createBlended", "message": REFUSAL}
        url = f"http://127.0.0.1:{port}/sandbox/faults"
        httpx.post(url, json=fault, trust_env=False).raise_for_status()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The UI after a demo, with a home of its own."""
    home, port = tmp_path_factory.mktemp("ui") / "home", free_port()
    with pytest.MonkeyPatch.context() as patch:
        clear_environment(patch)
        patch.setenv("ADM_SYNC_DESK_PORT", str(free_port()))
        patch.setenv("ADM_SYNC_HOME", str(home))
        patch.chdir(home.parent)
        shown = CliRunner().invoke(cli, ["demo"])
        assert shown.exit_code == 0, shown.output
        # The sensor takes it in while the first pages are looked at.
        late = content(blended("CB1_LO_6", LATE_EVENT, 2), LATE)
        (home / "inbox" / LATE).write_bytes(late.data)
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
            server = Server(home, port, process, late.partition)
            server.refuse_once()
            yield server


@pytest.fixture(scope="module")
def _browser_page(server: Server) -> Iterator[Page]:
    # After the server: while it lasts, nothing else in this thread can use asyncio.
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with pytest.MonkeyPatch.context() as patch:
        # The browser is none of the processes that have to be gone in the end.
        patch.delenv("ADM_SYNC_HOME")
        playwright = sync_playwright().start()
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    page = browser.new_page(viewport={"width": 2000, "height": 1600})
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
