"""`demo`, `dev` and `sandbox`: they need nothing, and leave nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from click.testing import CliRunner, Result

from adm_sync.addresses import names_of
from adm_sync.cli import demonstrating, serving
from adm_sync.cli.children import lifeline
from adm_sync.cli.children import started as child
from adm_sync.cli.logs import DagsterLog
from adm_sync.cli.main import cli
from adm_sync.database.embedded import embedded_server
from adm_sync.database.engine import Database, create_engine
from adm_sync.errors import AdmSyncError
from adm_sync.pages import pages_of
from adm_sync.sandbox.keeping import alone
from adm_sync.sandbox.server import Access
from adm_sync.settings import Settings
from adm_sync_tests.cli.processes import (
    assert_nothing_is_left,
    free_port,
    processes_of,
    started,
    wait_for_process,
)
from adm_sync_tests.cli.test_settings import NONSENSE
from adm_sync_tests.cli.workplace import Workplace, clear_environment
from adm_sync_tests.database_fixtures import SETTINGS, stopped_server, throwaway_folder
from adm_sync_tests.workbooks import classroom, workbook_bytes

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home of its own and no other setting, for all tests of this module."""
    with throwaway_folder() as folder, pytest.MonkeyPatch.context() as patch:
        clear_environment(patch)
        home = folder / "home"
        patch.setenv("ADM_SYNC_DESK_PORT", str(free_port()))
        patch.setenv("ADM_SYNC_HOME", str(home))
        patch.chdir(home.parent)
        yield home


@pytest.fixture(scope="module")
def demonstrated(home: Path) -> Result:
    """What `adm-sync demo` did, whatever else is set; nobody watches, so its outage is short."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields.keys() - {"adm_sync_home"}:
            patch.setenv(name.upper(), NONSENSE)
        for name, value in demonstrating.PATIENCE.items():
            patch.setitem(demonstrating.PATIENCE, name, "0.2s" if isinstance(value, str) else 0.2)
        return CliRunner().invoke(cli, ["demo"])


@pytest.fixture
def signals() -> Iterator[None]:
    """The handlers of before come back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


# ---------------------------------------------------------------------- demo


@pytest.mark.thorough
def test_the_demo_syncs_twice_and_says_what_to_look_at(demonstrated: Result, home: Path) -> None:
    text = demonstrated.stdout

    assert demonstrated.exit_code == 0, demonstrated.stderr
    assert text.startswith("The demo goes by none of these settings: ADMINISTRATE_API_KEY, ")
    assert f"\nEmbedded PostgreSQL: {home}/postgres\nSandbox (a local Administrate)" in text
    assert "A fictional tutorial company now fills both sides.\n" in text
    assert text.count("=== Sync Complete ===") == 1
    assert "Total: 364 created, 0 updated, 2 skipped, 0 errors\n" in text
    assert "\n  364 records are unchanged, and nothing was written.\n" in text
    last = "Look at it at the desk and in the Dagster UI: make ui   (or: adm-sync dev)"
    assert text.endswith(f"\n{last}\n")
    # What is said aside is how far it is, and nothing that went wrong.
    assert all(line.startswith("  … ") for line in demonstrated.stderr.splitlines())


@pytest.mark.thorough
def test_the_demo_imports_through_an_outage_until_both_sides_agree(demonstrated: Result) -> None:
    _, _, imported = demonstrated.stdout.partition("A planner drops a workbook into the inbox: ")
    _, _, after = imported.partition("Administrate is back, and the push goes on where it stood:")

    before = imported.removesuffix(after)
    assert "  ✓ created here: 33 events with 91 sessions\n" in before
    assert "  ⏸ recorded here, not yet in Administrate: " in before
    assert "unchanged, imported before" not in before
    assert "  ⏸ " not in after
    assert "  - unchanged, imported before: 33 events with 91 sessions\n" in after
    assert "Nothing is left to do." in after
    assert (
        "Both sides, counted:\n"
        "  here:            39 events, 112 sessions\n"
        "  in Administrate: 39 events, 112 sessions\n"
        "  linked:          39 of 39\n"
    ) in after


@pytest.mark.thorough
def test_dagsters_own_commands_go_on_with_what_the_demo_has_left(
    demonstrated: Result, home: Path
) -> None:
    command = ["asset", "materialize", "--select", "adm/locations", "-m", "adm_sync.definitions"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "dagster", *command],
        # The demo, as it was in this process, has set another.
        env=os.environ | {"DAGSTER_HOME": str(home / "dagster"), "ADM_SYNC_DAGSTER_URL": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "the sandbox of adm-sync demo stands in for Administrate" in done.stderr


def test_the_demo_links_to_the_desk_only_where_dev_has_it_beside_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear_environment(monkeypatch)
    monkeypatch.chdir(tmp_path)
    nothing = Settings.load(adm_sync_desk_port=3456)
    real = Settings.load(adm_sync_database_url="postgresql://db.example/acted")

    assert demonstrating._desk_of(nothing) == "http://127.0.0.1:3456"
    assert demonstrating._desk_of(real) == ""
    with demonstrating._variables(nothing, "postgresql://here", "http://127.0.0.1:3456"):
        pages = pages_of(Settings.load())
        assert pages is not None
        assert pages.unmatched("venues") == "http://127.0.0.1:3456/unmatched/venues"


def test_the_demo_leaves_nothing_running(demonstrated: Result, home: Path) -> None:
    assert demonstrated.exit_code == 0
    assert_nothing_is_left(home)


def test_the_demo_does_not_work_with_the_records_of_a_sandbox_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear_environment(monkeypatch)
    with alone(tmp_path / "sandbox.json"):
        monkeypatch.setenv("ADM_SYNC_HOME", str(tmp_path))
        refused = CliRunner().invoke(cli, ["demo"])
    assert refused.exit_code == 1
    assert "A sandbox is running on the demo's records" in refused.stderr
    assert not (tmp_path / "postgres").exists()


# ---------------------------------------------------------------------- dev


@pytest.mark.thorough
@pytest.mark.parametrize("started_one", ["adm_sync.defs.ui", "dagster._daemon"])
def test_dev_is_ended_by_sigterm_even_while_dagster_starts(
    demonstrated: Result,
    home: Path,
    signals: None,
    capfd: pytest.CaptureFixture[str],
    started_one: str,
) -> None:
    port = free_port()

    def end_it() -> None:
        wait_for_process(home, started_one)
        time.sleep(0.3)  # then it is reading its modules
        os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=end_it)
    watcher.start()
    result = CliRunner().invoke(cli, ["dev", "--port", str(port)])
    watcher.join()

    assert result.exit_code == 130, result.stderr
    assert result.stdout == "The fictional company is there from before.\n"
    assert result.stderr.endswith("Stopped.\n")
    assert "Traceback" not in capfd.readouterr().err  # of a process that dev has started
    assert_nothing_is_left(home, port)


@pytest.mark.thorough
def test_dev_in_the_background_of_a_shell_ends_by_ctrl_c_even_before_it_is_ready(
    demonstrated: Result, home: Path
) -> None:
    port = free_port()
    shell = f"{{command}} --port {port} & echo $!; wait $!; echo status $?"

    with started("dev", shell=shell) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert process.stdout.readline() == "The fictional company is there from before.\n"
        os.kill(pid, signal.SIGINT)
        rest = process.stdout.read()

    assert rest.endswith("status 130\n")
    assert_nothing_is_left(home, port)


@pytest.mark.thorough
def test_the_ui_answers_only_to_its_own_names_and_dev_ends_when_the_daemon_does(
    demonstrated: Result, home: Path
) -> None:
    port = free_port()
    everywhere = ["--host", "0.0.0.0", "--port", str(port)]
    with started("dev", *everywhere, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = []
        while "The Dagster UI is at" not in (line := process.stdout.readline()):
            told.append(line)
        answers = {
            host: httpx.get(
                f"http://127.0.0.1:{port}/server_info", headers={"Host": host}
            ).status_code
            for host in (
                *(f"127.0.0.1:{port}", f"localhost:{port}", f"{socket.gethostname()}:{port}"),
                *("evil.example", "127.0.0.1.evil"),
            )
        }
        os.kill(wait_for_process(home, "dagster._daemon"), signal.SIGKILL)
        process.wait(60)
        assert process.stderr is not None
        said = process.stderr.read()

    assert list(answers.values()) == [200, 200, 200, 400, 400]
    assert "The Dagster UI listens on 0.0.0.0, and nothing protects it" in "".join(told)
    assert process.returncode == 1
    assert "Dagster's daemon, which starts all runs, ended by itself" in said
    assert "Traceback" not in said
    assert_nothing_is_left(home, port)


@pytest.mark.thorough
def test_what_dev_has_started_ends_with_it_even_if_it_is_killed(
    demonstrated: Result, home: Path
) -> None:
    port = free_port()
    with started("dev", "--port", str(port)) as process:
        assert process.stdout is not None
        while "The Dagster UI is at" not in process.stdout.readline():
            pass
        assert len(processes_of(home)) > 5
        process.kill()
        process.wait(20)

        assert_nothing_is_left(home, port)


@pytest.mark.thorough
def test_a_command_of_the_desk_is_stopped_in_order_before_its_database_is(
    demonstrated: Result, home: Path
) -> None:
    port = free_port()
    with started("dev", "--port", str(port)) as process:
        assert process.stdout is not None
        desk = ""
        while "The Dagster UI is at" not in (line := process.stdout.readline()):
            desk = re.sub(r".* is at (\S+)\n", r"\1", line) if "The desk" in line else desk
        with httpx.Client(base_url=desk) as browser:
            token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/").text)
            assert token
            fields = {"csrf": token[1], "command": "sync-all", "entity": ""}
            begun = browser.post("/today/run", data=fields, headers={"Origin": desk})
        assert begun.status_code == 303
        wait_for_process(home, "sync-all")
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        process.wait(120)

    # It may be so quick that nothing is left to be stopped.
    (answer,) = (home / "desk").glob("*/answer.json")
    status = json.loads(answer.read_text())["status"]
    assert status in {"interrupted", "cancelled", "failed", "succeeded"}
    if "Stopping adm-sync sync-all --no-prompt --skip-errors …\n" in said:
        assert f"adm-sync sync-all --no-prompt --skip-errors has ended: {status}." in said
    else:
        assert status == "succeeded"
    assert "was killed" not in said
    assert_nothing_is_left(home, port)


@pytest.mark.thorough
def test_an_import_at_the_desk_ends_with_a_dev_that_is_killed_and_today_tells_of_it(
    demonstrated: Result, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADM_SYNC_RATE_LIMIT", "1")  # so that it takes its time
    port = free_port()
    rows = [classroom(title=f"CB3 Bristol 27A-{n}") for n in range(60, 90)]
    data = workbook_bytes([row for some in rows for row in some], blank_rows=0, lookup_sheet=False)
    with started("dev", "--port", str(port)) as process:
        assert process.stdout is not None
        desk = ""
        while "The Dagster UI is at" not in (line := process.stdout.readline()):
            desk = re.sub(r".* is at (\S+)\n", r"\1", line) if "The desk" in line else desk
        with httpx.Client(base_url=desk, headers={"Origin": desk}, timeout=60) as browser:
            token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/").text)
            assert token
            fields = {"csrf": token[1]}
            sent = browser.post("/upload", data=fields, files={"workbook": ("slow.xlsx", data)})
            page = sent.headers["location"]
            while "What to do next" not in (shown := browser.get(page).text):
                time.sleep(0.2)
            plan = re.search(r'name="plan" value="([^"]+)"', shown)
            assert plan
            here = page.partition("?")[0]
            begun = browser.post(f"{here}/import", data={**fields, "plan": plan[1]})
            assert begun.status_code == 303
        partition = unquote(here.removeprefix("/imports/"))
        while '"status": "not imported"' in asked("imports", partition).stdout:
            assert process.poll() is None
        process.kill()
        process.wait(20)
        assert_nothing_is_left(home, port)

    told = asked("today")
    assert '"items": ' in told.stdout, told.stdout + told.stderr
    about = [one for one in json.loads(told.stdout)["items"] if partition in one["sentence"]]
    # It may be so quick that nothing is left to be told.
    assert about or '"state": "complete"' in asked("imports", partition).stdout
    assert all(one["kind"] in {"failed", "pending"} for one in about)


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--json"])


def test_a_busy_port_is_refused_before_anything_starts(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]

        result = CliRunner().invoke(cli, ["dev", "--port", str(port)])

    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: Port {port} is in use. If adm-sync has it, started before, end that first. If "
        "something else has it, choose another with --port or ADM_SYNC_UI_PORT.\n"
    )
    assert result.stdout == ""


def test_an_address_of_another_machine_is_refused_before_anything_starts(home: Path) -> None:
    result = CliRunner().invoke(cli, ["dev", "--host", "192.0.2.1", "--port", str(free_port())])

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: The Dagster UI cannot listen on 192.0.2.1, port ")
    assert result.stdout == ""


def test_on_the_loopback_the_ui_answers_to_no_other_name() -> None:
    assert names_of("127.0.0.1") == names_of("localhost") == ["127.0.0.1", "localhost"]
    assert names_of("192.0.2.1") == ["127.0.0.1", "localhost", "192.0.2.1"]


def test_dev_on_a_real_database_wants_a_real_tenant(settled: Workplace) -> None:
    for name in ("api_url", "auth_url", "api_key", "api_secret"):
        settled.set(**{f"administrate_{name}": None})

    result = settled.run("dev", "--port", str(free_port()), status=2)

    assert "ADMINISTRATE_API_URL" in result.stderr
    assert "ADMINISTRATE_API_SECRET" in result.stderr
    assert settled.execute("select 1 from adm_sync.runs") == []


def test_dev_on_half_a_tenant_names_the_other_half(settled: Workplace) -> None:
    settled.set(adm_sync_database_url=None, administrate_api_secret=None)

    result = settled.run("dev", "--port", str(free_port()), status=2)

    assert "ADMINISTRATE_API_SECRET" in result.stderr
    assert "ADMINISTRATE_API_KEY" not in result.stderr


def test_what_dagster_could_not_load_is_said_before_anything_starts(settled: Workplace) -> None:
    settled.set(adm_sync_sync_cron="0 5 * * someday")

    result = settled.run("dev", "--port", str(free_port()), status=2)

    assert result.stdout == ""
    assert result.stderr.startswith("Error: ADM_SYNC_SYNC_CRON is wrong: it is no cron expression.")


def test_dagsters_pages_are_told_where_the_desk_beside_them_is(
    settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, str] = {}

    def child(_arguments: Any, environment: dict[str, str], *_: Any, **_options: Any) -> None:
        told.update(environment)
        raise AdmSyncError("It is known.")

    monkeypatch.setattr(serving, "started", child)
    settled.run("dev", "--port", str(free_port()), status=1)

    port = os.environ["ADM_SYNC_DESK_PORT"]
    assert told["ADM_SYNC_DESK_URL"] == f"http://127.0.0.1:{port}"


@pytest.mark.thorough
def test_a_dagster_that_does_not_start_is_said(
    settled: Workplace, signals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled.set(dagster_home=str(settled.home / "nowhere"))

    result = settled.run("dev", "--port", str(free_port()), status=1)

    assert result.stderr.endswith(
        "Error: The Dagster UI ended before it had started. dagster.log and adm-sync.log in "
        "ADM_SYNC_HOME say more; with --debug it is shown.\n"
    )
    assert "Traceback" not in result.stderr
    assert "Traceback" in (settled.home / "dagster.log").read_text(encoding="utf-8")


def test_one_that_is_slow_to_start_is_waited_for_as_long_as_it_lives(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "SECONDS_TO_START", 0.2)
    with subprocess.Popen(["sleep", "1"]) as slow, pytest.raises(AdmSyncError) as ended:
        serving._wait_for("The Dagster UI", f"http://127.0.0.1:{free_port()}", slow)
    assert str(ended.value).startswith("The Dagster UI ended before it had started. ")
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "  … The Dagster UI has not answered for 0.2 seconds. It is waited for."
    assert second == first.replace("0.2", "0.4")


def test_what_dagster_says_is_kept_in_its_log_and_not_shown(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMINISTRATE_API_SECRET", "open-sesame")
    monkeypatch.setattr(DagsterLog, "MOST_BYTES", 2000)
    talk = "import sys; [print('said', n) for n in range(500)]; print('open-sesame'); 1 / 0"
    with (
        closing(DagsterLog(home.parent)) as log,
        lifeline(os.environ) as line,
        child([sys.executable, "-u", "-c", talk], os.environ, line, keep=log.keep) as talking,
    ):
        talking.wait(20)
        time.sleep(0.5)  # for what is still in the pipe
    kept = (home.parent / "dagster.log").read_text(encoding="utf-8")
    assert kept.endswith("ZeroDivisionError: division by zero\n")
    assert "\n[hidden]\nTraceback" in kept
    assert sum(file.stat().st_size for file in home.parent.glob("dagster.log*")) <= 4000
    with closing(DagsterLog(home.parent / "dagster.log" / "no folder")) as nowhere:
        nowhere.keep(b"lost")
    assert capfd.readouterr() == ("", "")


def test_that_the_database_is_away_and_back_is_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with throwaway_folder() as folder, embedded_server(folder, settings=SETTINGS) as url:
        engine = create_engine(url)
        reach = serving.Reach(Database(engine, url, embedded=False), seconds=0)
        reach.look()
        with stopped_server(folder / "postgres"):
            reach.look()
            reach.look()
        reach.look()
        reach.look()
        engine.dispose()
    away, back = capsys.readouterr().err.splitlines()
    assert away.startswith("  … There is no connection to the database ")
    assert away.endswith(" It is tried again.")
    assert back == "  … The database is back."


# ---------------------------------------------------------------------- sandbox


def test_the_sandbox_prints_settings_that_lead_to_it_and_ends_by_ctrl_c(home: Path) -> None:
    port = free_port()
    with started("sandbox", "--port", str(port), "--latency", "1") as process:
        assert process.stdout is not None
        ready = "The sandbox is ready. Settings that lead to it:\n"
        assert any(line == ready for line in process.stdout)
        printed = "".join(process.stdout.readline() for _ in range(6))
        exported = dict(re.findall(r"export (\w+)=(\S+)", printed))
        token = httpx.post(
            f"{exported['ADMINISTRATE_AUTH_URL']}/token",
            data={
                "grant_type": "client_credentials",
                "client_id": exported["ADMINISTRATE_API_KEY"],
                "client_secret": exported["ADMINISTRATE_API_SECRET"],
            },
        )
        process.send_signal(signal.SIGINT)
        process.wait(60)

    assert exported["ADMINISTRATE_API_URL"] == f"http://127.0.0.1:{port}/graphql"
    assert token.status_code == 200
    assert process.returncode == 0


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the sandbox was told, instead of a sandbox."""
    told: dict[str, Any] = {}

    def serve(store: object, **options: Any) -> None:
        told.update(options, store=store)
        options["on_ready"](Access("http://api.example", "http://auth.example", "me", "mine"))

    monkeypatch.setattr("adm_sync.sandbox.serve", serve)
    return told


def test_the_sandbox_holds_the_fictional_company(
    settled: Workplace, served: dict[str, Any]
) -> None:
    text = settled.run("sandbox").stdout

    assert "export ADMINISTRATE_API_URL=http://api.example\n" in text
    assert (served["host"], served["port"]) == ("127.0.0.1", 8765)
    assert served["options"]["create_mutations"] is True
    assert len(served["store"].all("Location")) == 10


def test_the_sandbox_goes_on_with_the_records_of_the_demo(
    demonstrated: Result, home: Path, served: dict[str, Any]
) -> None:
    result = CliRunner().invoke(cli, ["sandbox"])

    assert result.exit_code == 0, result.stderr
    assert f"the records of adm-sync demo and dev, in {home}/sandbox.json." in result.stdout
    assert served["state_file"] == home / "sandbox.json"
    assert len(served["store"].all("Event")) >= 39  # others may have imported there since


@pytest.mark.thorough
def test_two_sandboxes_do_not_overwrite_each_others_records(home: Path) -> None:
    state = home.parent / "records.json"
    with started("sandbox", "--port", "0", "--state", str(state)) as process:
        assert process.stdout is not None
        process.stdout.readline()

        result = CliRunner().invoke(cli, ["sandbox", "--port", "0", "--state", str(state)])

    assert result.exit_code == 1
    assert f"another sandbox works with the records in {state}." in result.stderr


def test_the_options_of_the_sandbox_reach_it(settled: Workplace, served: dict[str, Any]) -> None:
    state = settled.home / "state.json"

    settled.run(
        *("sandbox", "--empty", "--latency", "250", "--no-create-mutations"),
        *("--state", str(state), "--host", "::1", "--port", "0"),
    )

    assert served["store"].all("Location") == []
    assert served["options"] == {"latency": 0.25, "create_mutations": False}
    assert served["state_file"] == state
    assert (served["host"], served["port"]) == ("::1", 0)


def test_a_tenant_and_its_faults_are_chosen_on_the_command_line(
    settled: Workplace, served: dict[str, Any]
) -> None:
    fault = {"kind": "list_late", "match": "createBlended", "times": None, "seconds": 45}
    settled.run(
        *("sandbox", "--option", "internal_notes=none", "--option", 'filters_refused=["start"]'),
        *("--fault", json.dumps(fault), "--fault", '{"kind": "html"}'),
    )
    chosen = {"internal_notes": "none", "filters_refused": ["start"]}
    assert served["options"] == {"latency": 0, "create_mutations": True, **chosen}
    assert served["faults"] == [fault, {"kind": "html"}]
    for wrong in (
        ("--option", "colour=red"),
        ("--option", "page_cap=many"),
        ("--option", "page_cap"),
        ("--fault", "list_late"),
        ("--fault", '{"kind": "flood"}'),
        ("--fault", '{"kind": "html", "times": "x"}'),
    ):
        assert wrong[0] in settled.run("sandbox", *wrong, status=2).stderr


def test_a_sandbox_with_a_fault_plays_it(home: Path) -> None:
    port = free_port()
    fault = '{"kind": "status", "match": "token", "code": 429, "times": null}'
    with started("sandbox", "--port", str(port), "--fault", fault) as process:
        assert process.stdout is not None
        process.stdout.readline()
        base = f"http://127.0.0.1:{port}"
        assert httpx.post(f"{base}/oauth/token").status_code == 429
        assert httpx.delete(f"{base}/sandbox/faults").status_code == 204
        assert httpx.post(f"{base}/oauth/token").status_code == 401
        process.send_signal(signal.SIGINT)
        process.wait(20)


def test_a_sandbox_on_a_busy_port_says_so(settled: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])

        result = settled.run("sandbox", "--port", port, status=1)

    assert result.stderr.startswith("Error: ")
    assert f"127.0.0.1:{port}" in result.stderr
