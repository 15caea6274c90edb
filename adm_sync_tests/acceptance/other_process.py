"""Another process that syncs, and stops or dies at a moment that the test names.

Run as a script it reads jobs, one JSON document a line, and does each in a process of its own,
forked, so that what takes long to import is imported once. A moment is a statement, a commit or a
request; they are counted from 1.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import psycopg

from adm_sync.database.engine import create_engine
from adm_sync.reference.entities import named
from adm_sync.reference.sync import Listener, SyncOptions, sync_entity
from adm_sync.settings import AdministrateAccess
from adm_sync_tests.acceptance.stage import INSTANCE, Stage, access_to, open_client

SECONDS_AT_MOST = 60


@dataclass(frozen=True)
class Job:
    """What the other process is to do: sync these entities.

    It dies at the moment number `die_at`, and stops at the first one that `stop_at` describes.
    """

    url: str
    access: dict[str, Any]
    entities: tuple[str, ...]
    die_at: int = 0
    stop_at: str = ""


@dataclass(frozen=True)
class Ended:
    """How it ended: the signal that killed it, or what each entity came to."""

    killed: bool
    statuses: list[str]
    created: int = 0


class Other:
    """The other process, seen from the test."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def run(self, stage: Stage, *entities: str, die_at: int = 0) -> Ended:
        """Do a job from beginning to end."""
        self.start(stage, *entities, die_at=die_at)
        return self.end()

    def start(self, stage: Stage, *entities: str, die_at: int = 0, stop_at: str = "") -> None:
        """Begin a job."""
        access = {
            name: value.get_secret_value() if name == "api_secret" else value
            for name, value in access_to(stage.sandbox)
        }
        self._tell(json.dumps(asdict(Job(stage.url, access, entities, die_at, stop_at))))

    def stopped(self) -> int:
        """Wait until it has stopped at its moment; its process id."""
        return int(self._hear()["stopped"])

    def go_on(self) -> None:
        """Let it go on."""
        self._tell("go on")

    def end(self) -> Ended:
        """Wait until the job has ended."""
        return Ended(**self._hear())

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS_AT_MOST)
        assert ready, "the other process says nothing"
        heard: dict[str, Any] = json.loads(self.process.stdout.readline())
        return heard


@contextmanager
def another_process() -> Iterator[Other]:
    """Another process, waiting for jobs."""
    with subprocess.Popen(
        [sys.executable, "-m", "adm_sync_tests.acceptance.other_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Other(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


# ---------------------------------------------------------------------- in the other process


def read_line() -> str:
    """One line of standard input, and not a byte more."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return ""
        line += byte
    return line.decode().strip()


def say(**values: Any) -> None:
    os.write(1, json.dumps(values).encode() + b"\n")


def count_moments(job: Job) -> None:
    """Die or stop when the moment has come."""
    count, stopped = 0, False

    def moment(description: str) -> None:
        nonlocal count, stopped
        count += 1
        if count == job.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if job.stop_at and job.stop_at in description and not stopped:
            stopped = True
            say(stopped=os.getpid())
            read_line()

    def before(owner: Any, name: str, *, after: bool = False) -> None:
        method = getattr(owner, name)

        def call(*arguments: Any, **options: Any) -> Any:
            moment(f"{name} {arguments[1:]}")
            result = method(*arguments, **options)
            if after:
                moment(f"after {name}")
            return result

        setattr(owner, name, call)

    for name in ("execute", "executemany", "copy"):
        before(psycopg.Cursor, name)
    before(psycopg.Connection, "commit", after=True)
    before(httpx.HTTPTransport, "handle_request", after=True)


def work(job: Job) -> None:
    count_moments(job)
    engine = create_engine(job.url)
    options = SyncOptions(instance=INSTANCE, lock_wait=30)
    with open_client(AdministrateAccess.model_validate(job.access)) as client:
        results = [
            sync_entity(named(name), engine, client, options, Listener(waiting=lambda _: None))
            for name in job.entities
        ]
    engine.dispose()
    statuses = [result.status for result in results]
    say(killed=False, statuses=statuses, created=sum(result.created for result in results))


def main() -> None:
    # Reading the certificates takes longer than a sync, and once is enough for all children.
    context = httpx.create_ssl_context()
    httpx.create_ssl_context = lambda: context
    while line := read_line():
        child = os.fork()
        if child == 0:
            values = json.loads(line)
            work(Job(**{**values, "entities": tuple(values["entities"])}))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            say(killed=True, statuses=[])
        elif status:
            raise SystemExit(f"the job ended with {status}")


if __name__ == "__main__":
    main()
