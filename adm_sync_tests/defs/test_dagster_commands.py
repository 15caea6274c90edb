"""Dagster's own commands, typed in the project's folder with nothing but its settings."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Visit, Workplace

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
SECONDS = 120
RUNS = "{ runsOrError(limit: 1) { ... on Runs { results { runId status } } } }"
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }"


@pytest.fixture(scope="module")
def place(visit_synced: Visit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """What `make` makes of the project's folder, and a database that is given as people have it."""
    with visit_synced() as place:
        place.set(adm_sync_database_url=re.sub(r"\+\w+", "", place.database_url))
        folder = tmp_path_factory.mktemp("root")
        for name in ("adm_sync", "dagster.yaml", "pyproject.toml", "workspace.yaml"):
            (folder / name).symlink_to(ROOT / name)
        make = ["make", "-s", "-f", str(ROOT / "Makefile"), ".env"]
        subprocess.run(
            make, cwd=folder, check=True, env=bare() | {"ADM_SYNC_HOME": str(place.home)}
        )
        place.patch.chdir(folder)
        yield place


def bare() -> dict[str, str]:
    """The environment of a shell in which only the project's own settings are set."""
    programs = Path(sys.executable).parent
    # What looking at a run sets in this process; and what `make test` does.
    others = re.compile(r"DAGSTER_.*|ADM_SYNC_DAGSTER_URL|MAKE.*")
    names = {name: text for name, text in os.environ.items() if not others.fullmatch(name)}
    # Wide enough for the tables of dg.
    return names | {"PATH": f"{programs}:{os.environ['PATH']}", "COLUMNS": "400"}


def typed(command: str) -> str:
    """What a command says that has to succeed."""
    done = subprocess.run(
        shlex.split(command), env=bare(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@contextmanager
def running(command: str, environment: Mapping[str, str]) -> Iterator[None]:
    """A command that serves until Ctrl-C, which has to end it."""
    with subprocess.Popen(shlex.split(command), env=environment, start_new_session=True) as process:
        try:
            yield
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def ask(port: int, query: str) -> str:
    """The answer of the UI's server, once it can give one."""
    ends = time.monotonic() + SECONDS
    while True:
        try:
            url = f"http://127.0.0.1:{port}/graphql"
            answer = httpx.post(url, json={"query": query}, timeout=SECONDS, trust_env=False)
            return answer.raise_for_status().text
        except httpx.HTTPError:
            assert time.monotonic() < ends
            time.sleep(0.3)


def wait_for_success(place: Workplace, run_id: str) -> None:
    ends = time.monotonic() + SECONDS
    while not (run := place.run_of(run_id)).is_finished:
        assert time.monotonic() < ends, run.status
        time.sleep(1)
    assert run.is_success


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("dagster definitions validate", "Validation successful for code location adm_sync"),
        ("dagster asset list -m adm_sync.definitions", "adm/course_templates"),
        ("dg check defs", "All definitions loaded successfully"),
        ("dg list defs", "sync_all_schedule"),
    ],
)
def test_what_there_is_is_checked_and_listed(place: Workplace, command: str, said: str) -> None:
    assert said in typed(command)


def test_an_asset_is_materialized_where_adm_sync_shows_it(place: Workplace) -> None:
    typed("dagster asset materialize --select 'adm/locations' -m adm_sync.definitions")

    run = place.latest_run()
    assert run.is_success
    assert run.step_keys_to_execute == ["adm__locations"]


@pytest.mark.parametrize(
    "command", ["dagster dev -p", pytest.param("dg dev --port", marks=pytest.mark.thorough)]
)
def test_the_ui_shows_the_project(place: Workplace, command: str) -> None:
    port = free_port()

    with running(f"{command} {port}", bare()):
        assert '{"name":"adm_sync","loadStatus":"LOADED"}' in ask(port, LOCATIONS).replace(" ", "")


def test_three_processes_run_what_was_launched_and_one_alone_knows_the_tenants_secrets(
    place: Workplace,
) -> None:
    typed("dagster job launch -j sync_all")
    run = place.latest_run()
    assert run.job_name == "sync_all"
    assert not run.is_finished
    port, code = free_port(), free_port()
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (workspace,) = re.findall(r"```yaml\n(load_from:\n.*?)```", page, re.DOTALL)
    Path("mine.yaml").write_text(workspace.replace("4000", str(code)), encoding="utf-8")
    knowing = bare()
    ignorant = {name: text for name, text in knowing.items() if "ADMINISTRATE" not in name}

    served = f"dagster code-server start -m adm_sync.definitions -h 127.0.0.1 -p {code}"
    with ExitStack() as stack:
        # The code comes last, as after an upgrade.
        stack.enter_context(running(f"dagster-webserver -w mine.yaml -p {port}", ignorant))
        stack.enter_context(running("dagster-daemon run -w mine.yaml", ignorant))
        stack.enter_context(running(served, knowing))
        wait_for_success(place, run.run_id)
        assert f'{{"runId":"{run.run_id}","status":"SUCCESS"}}' in ask(port, RUNS).replace(" ", "")


def test_a_setting_that_is_wrong_is_a_sentence_and_no_trace(place: Workplace) -> None:
    command = ["dagster", "run", "list"]
    wrong = bare() | {"ADM_SYNC_DATABASE_URL": "mysql://nowhere"}

    listed = subprocess.run(command, env=wrong, capture_output=True, text=True, check=False)

    assert listed.returncode == 1
    sentence = "Error: ADM_SYNC_DATABASE_URL is wrong: must be a postgresql:// URL."
    assert listed.stderr.splitlines()[-1].startswith(sentence)
    assert "Traceback" not in listed.stderr
