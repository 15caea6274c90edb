import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adm_sync.sandbox import Access, SandboxServer, Store, joined, serve
from adm_sync.sandbox.__main__ import main
from adm_sync.settings import AdministrateAccess
from adm_sync_tests.sandbox.conftest import Api

pytestmark = pytest.mark.thorough


def ask(access: Access, query: str) -> Any:
    with httpx.Client(timeout=10) as http:
        token = http.post(
            f"{access.auth_url}/token",
            data={
                "grant_type": "client_credentials",
                "client_id": access.client_id,
                "client_secret": access.client_secret,
            },
        ).json()["access_token"]
        response = http.post(
            access.api_url,
            json={"query": query},
            headers={"Authorization": f"Bearer {token}"},
        )
        return response.json()["data"]


CREATE = 'mutation { account { create(input: {name: "Kept"}) { account { id } } } }'


def test_a_server_starts_and_stops_without_leaving_anything() -> None:
    before = threading.enumerate()
    store = Store()
    store.add("Location", name="Leeds")
    with SandboxServer(store, client_id="me", client_secret="mine") as sandbox:
        assert sandbox.store is store
        assert sandbox.api_url.startswith("http://127.0.0.1:")
        assert sandbox.api_url.endswith("/graphql")
        assert sandbox.auth_url.endswith("/oauth")
        assert ask(sandbox.access, "{ hello }") == {"hello": "world"}
        address = ("127.0.0.1", httpx.URL(sandbox.api_url).port or 0)
    assert threading.enumerate() == before
    with socket.socket() as probe:
        assert probe.connect_ex(address) == errno.ECONNREFUSED


def test_a_server_can_be_started_again_on_the_same_port() -> None:
    sandbox = SandboxServer()
    with sandbox:
        first = sandbox.api_url
    with sandbox:
        assert sandbox.api_url == first
        assert ask(sandbox.access, "{ hello }")


def test_a_busy_port_is_an_error_that_names_it() -> None:
    with SandboxServer() as sandbox:
        port = httpx.URL(sandbox.api_url).port or 0
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            SandboxServer(port=port).__enter__()
        assert caught.value.errno == errno.EADDRINUSE


def test_a_secret_is_in_no_repr() -> None:
    assert "mine" not in repr(Access("http://a", "http://b", "me", "mine"))


def test_stopping_ends_slow_answers(sandbox: SandboxServer) -> None:
    with SandboxServer(latency=60) as slow, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, slow.access, "{ hello }")
        while slow.calls.open == 0:
            threading.Event().wait(0.01)
        slow.__exit__(None, None, None)
        assert waiting.result() == {"hello": "world"}


def test_reset_makes_a_server_new(sandbox: SandboxServer, api: Api) -> None:
    sandbox.store.add("Location", name="Leeds")
    sandbox.faults.add("status", times=None)
    sandbox.options.page_cap = 3
    api.post("{ hello }")
    sandbox.reset()
    assert sandbox.store.all("Location") == []
    assert sandbox.faults.active == []
    assert sandbox.options.page_cap == 100
    assert sandbox.calls.requests == 0
    assert api.post("{ hello }").status_code == 401


def test_the_fixture_gives_access_to_the_client(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    assert sandbox_access.api_url == sandbox.api_url
    assert sandbox_access.auth_url == sandbox.auth_url
    assert sandbox_access.api_secret.get_secret_value() == sandbox.access.client_secret
    assert sandbox_access.api_secret.get_secret_value() not in repr(sandbox_access)


def test_many_threads_may_change_the_store_while_it_answers(
    sandbox: SandboxServer, api: Api
) -> None:
    api.data("{ hello }")

    def add(number: int) -> None:
        sandbox.store.add("Location", name=f"Place {number}")

    def count(_number: int) -> int:
        data = api.data("{ locations(first: 100) { edges { node { name } } } }")
        return len(data["locations"]["edges"])

    with ThreadPoolExecutor(4) as pool:
        added = pool.map(add, range(80))
        counts = list(pool.map(count, range(20)))
        list(added)
    assert all(0 <= number <= 80 for number in counts)
    assert count(0) == 80


@contextmanager
def foreground(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", Access]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "adm_sync.sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            yield process, Access(**json.loads(line))
        finally:
            process.kill()


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_foreground_sandbox_keeps_its_records_from_run_to_run(
    tmp_path: Path, number: signal.Signals
) -> None:
    state = tmp_path / "state.json"
    with foreground("--state-file", str(state)) as (process, access):
        ask(access, CREATE)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")
    with foreground("--state-file", str(state), "--no-create-mutations") as (process, access):
        data = ask(access, "{ accounts { edges { node { name } } } }")
        assert data["accounts"]["edges"] == [{"node": {"name": "Kept"}}]
        query = '{ __type(name: "AccountMutations") { name } }'
        assert ask(access, query) == {"__type": None}


def test_changes_are_saved_soon_so_that_a_kill_loses_little(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with foreground("--state-file", str(state)) as (process, access):
        ask(access, CREATE)
        saved = False
        for _ in range(200):
            saved = "Kept" in state.read_text()
            if saved:
                break
            threading.Event().wait(0.05)
        assert saved
        process.kill()
    assert [item["name"] for item in Store.load(state).all("Account")] == ["Kept"]


def test_bulk_records_are_there_when_it_is_ready() -> None:
    with foreground("--bulk", "120", "--only", "Location") as (_, access):
        data = ask(access, "{ locations(first: 1) { pageInfo { totalRecords } } }")
        assert data["locations"]["pageInfo"]["totalRecords"] == 120


def test_what_keeps_it_from_starting_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SandboxServer() as sandbox:
        port = httpx.URL(sandbox.api_url).port
        assert main(["--port", str(port)]) == 1
    assert "cannot listen" in capsys.readouterr().err
    state = tmp_path / "state.json"
    state.write_text("nonsense")
    assert main(["--state-file", str(state)]) == 1
    assert "does not hold the records" in capsys.readouterr().err


def test_a_save_that_fails_once_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state.json"
    failed = threading.Event()
    save = Store.save

    def no_space_once(store: Store, path: Path) -> None:
        if store.all("Account") and not failed.is_set():
            failed.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        save(store, path)

    def use(access: Access) -> None:
        def work() -> None:
            ask(access, CREATE)
            failed.wait(10)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=work).start()

    monkeypatch.setattr(Store, "save", no_space_once)
    monkeypatch.setattr("adm_sync.sandbox.keeping.SECONDS_BETWEEN_SAVES", 0.01)
    serve(Store(), state_file=state, on_ready=use)
    assert failed.is_set()
    assert [item["name"] for item in Store.load(state).all("Account")] == ["Kept"]


def test_whoever_comes_second_works_with_the_first_and_nothing_is_lost(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    Store().save(state)
    with joined(state) as first:
        with joined(state) as second:
            ask(second, CREATE)
        ask(first, CREATE)
        assert second == first
    assert len(Store.load(state).all("Account")) == 2
    with joined(state) as later:
        assert later != first


def test_one_that_serves_is_joined(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    seen: list[Access] = []

    def use(access: Access) -> None:
        with joined(state) as other:
            seen.extend([access, other])
        signal.raise_signal(signal.SIGTERM)

    serve(Store(), state_file=state, on_ready=use)
    assert seen[0] == seen[1]


def test_serve_needs_no_state_file() -> None:
    def stop(_access: Access) -> None:
        signal.raise_signal(signal.SIGTERM)

    serve(Store(), on_ready=stop)


def test_serve_runs_in_this_process_until_a_signal(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    before = signal.getsignal(signal.SIGTERM)
    seen: list[Any] = []

    def use(access: Access) -> None:
        def work() -> None:
            seen.append(ask(access, CREATE))
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=work).start()

    serve(Store(), state_file=state, on_ready=use)
    assert seen[0]["account"]["create"]["account"]["id"]
    assert [item["name"] for item in Store.load(state).all("Account")] == ["Kept"]
    assert signal.getsignal(signal.SIGTERM) is before
