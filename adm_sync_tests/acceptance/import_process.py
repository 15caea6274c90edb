"""Other processes that import and push, and stop or die at a point that the test names.

Run as a script it reads jobs, one JSON document a line, and does each in processes of their own,
forked, so that what takes long to import is imported once.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database.engine import Database, create_engine
from adm_sync.database.rate_limit import SharedLimiter
from adm_sync.errors import AdmSyncError
from adm_sync.imports import batches
from adm_sync.imports.importing import Importer
from adm_sync.imports.options import ImportListener
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.settings import AdministrateAccess
from adm_sync_tests.acceptance.pushing import OPTIONS, Outbox, import_options
from adm_sync_tests.acceptance.stage import RETRY_BUDGET, TIMEOUT, access_to

SECONDS_AT_MOST = 60


@dataclass(frozen=True)
class Job:
    """What the other process is to do.

    It runs the stages of the kept workbook `partition`, or pushes everything if that is empty;
    with `update` it may change events that are known. New events are recorded `recorded_together`
    in a transaction. It dies the `nth` time that it reaches the point `die_at`, or is stopped the
    first time that it reaches `stop_at`. `copies` processes do the job at the same time; `rate` is
    the limit that they share.
    """

    url: str
    access: dict[str, Any]
    folder: str
    partition: str = ""
    update: bool = False
    die_at: str = ""
    nth: int = 1
    stop_at: str = ""
    copies: int = 1
    rate: float = 0.0
    lease: float = OPTIONS.lease
    workers: int = OPTIONS.workers
    together: int = 5
    recorded_together: int = batches.TOGETHER


@dataclass(frozen=True)
class Ended:
    """How a process ended: killed, or with what it created and why it stopped early."""

    killed: bool
    created: int = 0
    adopted: int = 0
    stopped: str = ""
    error: str = ""


class Worker:
    """The other processes, seen from the test."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._asleep: set[int] = set()
        self._at_work = 0

    def run(self, outbox: Outbox, **job: Any) -> Ended:
        """Do a job from beginning to end."""
        self.start(outbox, **job)
        return self.end()

    def start(self, outbox: Outbox, **job: Any) -> None:
        """Begin a job."""
        access = {
            name: value.get_secret_value() if name == "api_secret" else value
            for name, value in access_to(outbox.sandbox)
        }
        given = Job(outbox.url, access, str(self._folder), **job)
        line = json.dumps(asdict(given))
        assert self._process.stdin is not None
        self._at_work += given.copies
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def stopped(self) -> int:
        """Wait until a process is stopped at its point; its process id."""
        process_id = int(self._hear()["stopping"])
        until = Path(f"/proc/{process_id}/stat")
        while until.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "T":
            time.sleep(0.002)
        self._asleep.add(process_id)
        return process_id

    def go_on(self, process_id: int) -> None:
        """Let a stopped process go on."""
        self._asleep.remove(process_id)
        os.kill(process_id, signal.SIGCONT)

    def end(self) -> Ended:
        """Wait until one of the processes has ended."""
        ended = Ended(**self._hear())
        self._at_work -= 1
        return ended

    def clean(self) -> None:
        """After a test that failed: nobody sleeps, and nobody is at work."""
        for process_id in list(self._asleep):
            self.go_on(process_id)
        while self._at_work:
            self.end()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        pipe, line = self._process.stdout.fileno(), b""
        # Not a byte more than this line: what is in a buffer would not be seen by select.
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], SECONDS_AT_MOST)
            assert ready, "the other process says nothing"
            byte = os.read(pipe, 1)
            assert byte, "the other process has ended"
            line += byte
        heard: dict[str, Any] = json.loads(line)
        return heard


@contextmanager
def _started(folder: Path) -> Iterator[Worker]:
    with subprocess.Popen(
        [sys.executable, "-m", "adm_sync_tests.acceptance.import_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Worker(process, folder)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Behind `worker`; tests use `worker`."""
    with _started(tmp_path_factory.mktemp("worker")) as worker:
        yield worker


@pytest.fixture
def worker(workers: Worker) -> Iterator[Worker]:
    """Other processes, none of them at work."""
    yield workers
    workers.clean()


# ---------------------------------------------------------------------- in the other process


def say(**values: Any) -> None:
    os.write(1, json.dumps(values).encode() + b"\n")


class Points:
    """Counts the points that are reached, and dies or stops at the one of the job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._reached: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        self._reached[point] += 1
        if point == self._job.die_at and self._reached[point] == self._job.nth:
            os.kill(os.getpid(), signal.SIGKILL)
        if point == self._job.stop_at and self._reached[point] == 1:
            say(stopping=os.getpid())
            # To the process it would come a moment later, when this thread may have gone on.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def work(job: Job) -> None:
    batches.TOGETHER = job.recorded_together
    engine = create_engine(job.url)
    push_options = replace(OPTIONS, lease=job.lease, workers=job.workers, together=job.together)
    access = AdministrateAccess.model_validate(job.access)
    limits = {"timeout": TIMEOUT, "retry_budget": RETRY_BUDGET}
    with (
        closing(SharedLimiter(engine, job.rate)) as limiter,
        AdministrateClient(access, limiter=limiter, **limits) as client,
    ):
        importer = Importer(
            Database(engine, job.url, embedded=False),
            client,
            import_options(Path(job.folder), push_options),
            ImportListener(reached=Points(job)),
        )
        partition = job.partition or None
        try:
            if partition and job.update:
                importer.check(partition, update=UpdateOptions())
            if partition:
                importer.record(partition)
            pushed = importer.push(partition)
            if partition:
                importer.report(partition)
                importer.summary(partition)
        except AdmSyncError as error:
            say(killed=False, error=f"{type(error).__name__}: {error}")
        else:
            made, found = len(pushed.created), len(pushed.adopted)
            say(killed=False, created=made, adopted=found, stopped=pushed.stopped)
    engine.dispose()


def main() -> None:
    # Reading the certificates takes longer than an import, and once is enough for all children.
    context = httpx.create_ssl_context()
    httpx.create_ssl_context = lambda: context
    for line in sys.stdin:
        job = Job(**json.loads(line))
        children = []
        for _ in range(job.copies):
            child = os.fork()
            if child == 0:
                work(job)
                os._exit(0)
            children.append(child)
        for child in children:
            _, status = os.waitpid(child, 0)
            if os.WIFSIGNALED(status):
                say(killed=True)
            elif status:
                raise SystemExit(f"the job ended with {status}")


if __name__ == "__main__":
    main()
