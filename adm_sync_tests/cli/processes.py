"""Looking at the processes of one ADM_SYNC_HOME: which there are, and that none is left."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SECONDS = 60


def processes_of(home: Path) -> dict[int, str]:
    """Every process that was started for this home, with its command line."""
    wanted = f"ADM_SYNC_HOME={home}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode()
    return found


def assert_nothing_is_left(home: Path, port: int | None = None) -> None:
    """No process of this home, and the port is free."""
    ends = time.monotonic() + SECONDS
    while (left := processes_of(home)) and time.monotonic() < ends:
        time.sleep(0.05)
    assert left == {}, left
    assert not (home / "postgres" / "postmaster.pid").exists()
    if port is not None:
        assert is_free(port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_for_process(home: Path, name: str) -> int:
    """Until a process of this home has the name in its command line; gives its pid."""
    ends = time.monotonic() + SECONDS
    while not (found := [pid for pid, command in processes_of(home).items() if name in command]):
        assert time.monotonic() < ends, f"no process {name}"
        time.sleep(0.05)
    return found[0]


@contextlib.contextmanager
def started(
    *arguments: str, shell: str | None = None, stderr: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """`adm-sync` as a process of its own; killed at the end if it has not ended."""
    command = [sys.executable, "-m", "adm_sync.cli", *arguments]
    if shell is not None:
        command = ["bash", "-c", shell.format(command=" ".join(command))]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.communicate()
