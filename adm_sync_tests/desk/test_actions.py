"""Commands that the desk starts: what is known of one, whatever became of its process."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from adm_sync.acting import ACTING_FOR, user_name
from adm_sync.desk import actions
from adm_sync.desk.errors import PageError
from adm_sync.errors import SurroundingsError
from adm_sync.settings import Settings
from adm_sync_tests.cli.processes import wait_for_process
from adm_sync_tests.cli.workplace import Workplace, clear_environment


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    clear_environment(monkeypatch)
    return Settings.load(adm_sync_home=tmp_path / "home")


def leave(settings: Settings, name: str, started: datetime, answer: str = "") -> Path:
    """What a command leaves in its folder."""
    folder = settings.home / "desk" / name
    folder.mkdir(parents=True)
    told = {"arguments": ["push"], "who": "anna", "started_at": started.isoformat()}
    (folder / actions.COMMAND).write_text(json.dumps(told))
    (folder / actions.ANSWER).write_text(answer)
    (folder / actions.SAID).write_text("  … Waiting.\n\nError: x\n")
    (folder / actions.AT_WORK).touch()
    return folder


def names() -> Iterator[str]:
    for number in range(100):
        yield f"20270101-0000{number:02}-00000000"


NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_command_is_at_work_for_as_long_as_it_holds_its_lock(settings: Settings) -> None:
    name = next(names())
    folder = leave(settings, name, NOW, '{"status": "partial", "message": "Later."}')
    with (folder / actions.AT_WORK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work = actions.find(settings, name)
        assert work is not None
        assert (work.status, work.message, work.document) == ("running", "", None)
    work = actions.find(settings, name)
    assert work is not None
    assert (work.status, work.message) == ("partial", "Later.")
    assert work.said == ("Waiting.", "Error: x")


@pytest.mark.parametrize("answer", ["", '{"status": "succ', "[]", "null"])
def test_one_that_did_not_get_to_its_end_is_no_success(settings: Settings, answer: str) -> None:
    name = next(names())
    leave(settings, name, NOW, answer)
    work = actions.find(settings, name)
    assert work is not None
    assert work.status == "interrupted"
    assert work.message.startswith("It ended without saying how")


def test_that_there_is_no_room_for_an_answer_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(names())
    leave(settings, name, NOW)
    monkeypatch.setattr(actions, "LEAST_ROOM", 2**80)
    work = actions.find(settings, name)
    assert work is not None
    assert work.message.endswith(actions.NO_ROOM)


def test_what_cannot_be_started_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(actions, "_spawn", Mock(side_effect=full))
    with pytest.raises(SurroundingsError, match="nothing can be written to ADM_SYNC_HOME"):
        actions.start(settings, "anna", ["version"])
    assert [one.name for one in (settings.home / "desk").iterdir()] == [actions.STARTING]


@pytest.mark.parametrize("name", ["", "..", "../../etc", "20270101-000000-0000000g", "nothing"])
def test_a_name_leads_nowhere_else(settings: Settings, name: str) -> None:
    assert actions.find(settings, name) is None


def test_no_more_than_so_many_are_at_work(settings: Settings) -> None:
    held = []
    for name, _ in zip(names(), range(actions.MOST_AT_ONCE), strict=False):
        lock = (leave(settings, name, NOW) / actions.AT_WORK).open("rb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        held.append(lock)
    with pytest.raises(PageError, match="8 commands are at work already"):
        actions.start(settings, "anna", ["version"])
    for lock in held:
        lock.close()


def test_of_many_that_are_asked_for_together_no_more_are_started(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def spawn(folder: Path, _who: str, _arguments: object) -> None:
        for name in (actions.ANSWER, actions.SAID, actions.AT_WORK):
            (folder / name).touch()
        held.append((folder / actions.AT_WORK).open("rb"))
        fcntl.flock(held[-1], fcntl.LOCK_EX)

    def ask(_number: int) -> bool:
        with suppress(PageError):
            actions.start(settings, "anna", ["push"])
            return True
        return False

    monkeypatch.setattr(actions, "_spawn", spawn)
    with ThreadPoolExecutor(24) as pool:
        started = list(pool.map(ask, range(24)))
    assert started.count(True) == len(held) == actions.MOST_AT_ONCE
    for lock in held:
        lock.close()


@pytest.mark.thorough
def test_one_that_is_killed_is_told_as_such_and_was_at_work_for_its_user(
    settled: Workplace,
) -> None:
    settings = Settings.load()
    old = datetime.now(UTC) - timedelta(days=31)
    forgotten = leave(settings, next(names()), old)
    # It waits for an answer that does not come.
    settled.sandbox.faults.add("slow", seconds=10, times=None)
    work = actions.start(settings, "anna@example.com", ["sync", "locations", "--no-prompt"])
    assert work.is_running
    assert not forgotten.exists()
    pid = wait_for_process(settled.home, "adm_sync.cli")
    environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert f"{ACTING_FOR}=anna@example.com".encode() in environment
    os.kill(pid, signal.SIGKILL)
    while (found := actions.find(settings, work.name)) and found.is_running:
        time.sleep(0.05)
    assert found is not None
    assert found.status == "interrupted"


def test_only_the_environment_says_who_a_process_acts_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    me = user_name()
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"{ACTING_FOR}=eve\n")
    assert user_name() == me
    monkeypatch.setenv(ACTING_FOR, " anna\n\x1b[2J ")
    assert user_name() == "anna[2J"
    monkeypatch.setenv(ACTING_FOR, "\n")
    assert user_name() == me


@pytest.mark.parametrize(
    ("status", "goes_on"), [("succeeded", False), ("failed", False), ("cancelled", True)]
)
def test_only_what_was_broken_off_is_said_to_go_on(
    settings: Settings, status: str, goes_on: bool
) -> None:
    folder = leave(settings, next(names()), NOW, json.dumps({"status": status}))
    with (folder / actions.AT_WORK).open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(["sleep", "60"], pass_fds=[lock.fileno()])
        lock.write(str(process.pid).encode())
    said: list[str] = []
    actions.stop_all(settings, said.append)
    process.wait()
    assert said[1].startswith(f"adm-sync push has ended: {status}.")
    assert (actions.AGAIN in said[1]) == goes_on
