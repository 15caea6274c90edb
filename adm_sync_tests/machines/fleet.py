"""Several machines on this one: namespaces that share nothing but what is reached over a network.

What belongs here: machines with their own processes, host name and home, a Redis, and a road to
PostgreSQL that can be cut. What does not: what the machines do.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from adm_sync_tests.cli.processes import free_port

NAMESPACES = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts")
NAME_IT = 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"'
NEEDED = ("unshare", "redis-server")
SECONDS = 60


def lacking() -> str:
    """Why there can be no such machines here; empty if there can."""
    if os.geteuid() != 0:
        return "only root makes namespaces"
    missing = [program for program in NEEDED if shutil.which(program) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


def wait_until(holds: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Wait until it holds; gives what it gave."""
    ends = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)
    return found


@dataclass
class Machine:
    """Processes in namespaces of their own; `log` holds what they said."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """As if it lost its power."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """None of its processes goes on, and its connections stay."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """All of them go on, as if no time had passed."""
        self._signal(signal.SIGCONT)

    def _signal(self, sent: signal.Signals) -> None:
        for one in psutil.Process(self.process.pid).children(recursive=True):
            one.send_signal(sent)


@contextmanager
def machine(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, dagster: Path
) -> Iterator[Machine]:
    """Start a machine with a home and a folder of Dagster's of its own.

    Args:
        name: its host name.
        command: the program that it runs.
        environment: of that program, without the folders.
        folder: where its own is made.
        dagster: the `dagster.yaml` that it gets a copy of.
    """
    home = folder / name
    (home / "dagster").mkdir(parents=True)
    shutil.copy(dagster, home / "dagster" / "dagster.yaml")
    log = home / "said.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*NAMESPACES, "sh", "-c", NAME_IT, name, *command],
            env={
                **environment,
                "ADM_SYNC_HOME": str(home / "adm_sync"),
                "DAGSTER_HOME": str(home / "dagster"),
            },
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Machine(name, process, log)
    finally:
        process.kill()
        process.wait()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of its own; yields its URL."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: _answers(port), "Redis")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Road:
    """A way to PostgreSQL by TCP, that can be cut and mended."""

    def __init__(self, server: sa.URL) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database: str) -> str:
        """How a machine reaches a database by this road."""
        url = sa.make_url(database)
        query = {key: value for key, value in url.query.items() if key not in {"host", "port"}}
        road = url.set(host="127.0.0.1", port=self.port, query=query)
        return road.render_as_string(hide_password=False)

    def cut(self) -> None:
        """Every connection is lost, and no other is made."""
        self._is_cut = True
        for one in list(self._open):
            self._close(one)

    def mend(self) -> None:
        self._is_cut = False

    def __enter__(self) -> "Road":
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                if self._is_cut:
                    here.close()
                    continue
                there = self._connect()
                self._open |= {here, there}
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = self._server.query.get("host") or self._server.host or "localhost"
        port = self._server.port or 5432
        if str(folder).startswith("/"):
            there = socket.socket(socket.AF_UNIX)
            there.connect(f"{folder}/.s.PGSQL.{port}")
            return there
        return socket.create_connection((str(folder), port))

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        self._close(one)
        self._close(other)

    def _close(self, one: socket.socket) -> None:
        self._open.discard(one)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
