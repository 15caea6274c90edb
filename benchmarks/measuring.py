"""The one place that says what is measured, for every contender alike.

Own time is the CPU time of the process (all of its threads) plus the time in which a thread waited
for the database. Waiting for Administrate is not own time. Within a call of psycopg, waiting is
what is left of the elapsed time when the thread's CPU time is taken away, so that nothing is
counted twice. Imports are done before the clock starts.

A statement is what is sent to the database to be executed: a query, each set of parameters of an
`executemany`, a COPY, a commit that ends a transaction. Peak memory is the process's largest
resident set from its start on.
"""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from benchmarks.job import Measured, Work

SAMPLE_SECONDS = 0.02


class DatabaseMeter:
    """Counts the statements that psycopg sends in this process, and the time they take."""

    def __init__(self) -> None:
        self.waited = 0.0
        self.statements = 0
        self._lock = threading.Lock()
        self._local = threading.local()

    def install(self) -> None:
        """Listen to psycopg from now on, for the rest of the process's life."""
        psycopg.Connection.wait = self._timed(psycopg.Connection.wait)
        connect = self._timed(psycopg.Connection.connect.__func__)
        psycopg.Connection.connect = classmethod(connect)
        psycopg.connect = psycopg.Connection.connect
        psycopg.Cursor.execute = self._counted(psycopg.Cursor.execute)
        psycopg.Cursor.copy = self._counted(psycopg.Cursor.copy)
        psycopg.Cursor.executemany = self._counting_sets(psycopg.Cursor.executemany)
        psycopg.Connection.commit = self._counting_commit(psycopg.Connection.commit)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What this thread does in here is not counted: waiting for a permit is no work."""
        self._local.paused = True
        try:
            yield
        finally:
            self._local.paused = False

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            if self._is_paused() or getattr(self._local, "timing", False):
                return function(*arguments, **named)
            self._local.timing = True
            began, computed = time.perf_counter(), time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                self._local.timing = False
                elapsed = time.perf_counter() - began
                waited = elapsed - (time.thread_time() - computed)
                with self._lock:
                    self.waited += max(0.0, waited)

        return timed

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self._count(1)
            return function(*arguments, **named)

        return counted

    def _counting_sets(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(cursor: Any, query: Any, sets: Any, **named: Any) -> Any:
            sets = list(sets)
            self._count(len(sets))
            return function(cursor, query, sets, **named)

        return counted

    def _counting_commit(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(connection: Any) -> Any:
            if connection.info.transaction_status != TransactionStatus.IDLE:
                self._count(1)
            return function(connection)

        return counted

    def _count(self, statements: int) -> None:
        if not self._is_paused():
            with self._lock:
                self.statements += statements

    def _is_paused(self) -> bool:
        return getattr(self._local, "paused", False)


def measure(work: Callable[[], Work], meter: DatabaseMeter) -> Measured:
    """Do the work once and say what it took."""
    began, computed = time.perf_counter(), time.process_time()
    done = work()
    wall, cpu = time.perf_counter() - began, time.process_time() - computed
    return Measured(
        wall=wall,
        own=cpu + meter.waited,
        requests=done.requests,
        statements=meter.statements,
        memory=peak_memory(),
        written=done.written,
        records=done.records,
        discrepancies=done.discrepancies,
    )


def peak_memory() -> float:
    """The largest resident set of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss begins with what the parent had; this figure does not.
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


class MemoryMeter:
    """Samples what this process and its children hold, in MiB; where there is no /proc, 0."""

    def __init__(self) -> None:
        self.child = 0.0
        self.together = 0.0
        self.computed = 0.0
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator["MemoryMeter"]:
        """Sample until the block ends."""
        thread = threading.Thread(target=self._sample, daemon=True)
        self.computed = time.process_time()
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            own = _memory(os.getpid(), "VmRSS")
            children = _children()
            self.child = max(self.child, sum(_memory(one, "VmHWM") for one in children))
            self.together = max(self.together, own + sum(_memory(c, "VmRSS") for c in children))


def _children() -> list[int]:
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue  # the thread has ended
    return [one for one in found if not _is_copy(one)]


def _is_copy(process: int) -> bool:
    """Whether a child is still what it is for a moment at first: this process once more."""
    try:
        own, its = (Path(f"/proc/{one}/cmdline").read_bytes() for one in ("self", process))
    except OSError:
        return True  # it has ended
    return own == its


def _memory(process: int, figure: str) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith(f"{figure}:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0
