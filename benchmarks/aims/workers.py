"""Workbooks that are imported side by side by several processes, as the workers of a fleet do.

`python -m benchmarks.aims.workers` is one of them: it reads jobs, one JSON document a line, does
them in turn, and prints what came of each as one line.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from statistics import median

import sqlalchemy as sa

from benchmarks import stage as servers
from benchmarks.aims.row import Row
from benchmarks.imports import adm_sync_itself, excel_file, stage
from benchmarks.imports.job import Imported, ImportJob, imported
from benchmarks.imports.rows import courses, workbook_rows
from benchmarks.measuring import DatabaseMeter
from benchmarks.plan import DEFAULT_RATE

LATENCY = 0.05
WORKERS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many workbooks of how many events; an event has three sessions or four."""

    workbooks: int
    events: int


def write_books(folder: Path, sizes: Sizes) -> list[Path]:
    """Workbooks of different events."""
    folder.mkdir(parents=True)
    held = courses(sizes.workbooks * sizes.events, 3 * sizes.workbooks * sizes.events)
    rows, paths = workbook_rows(held), []
    for number in range(sizes.workbooks):
        path = folder / f"Workbook {number + 1}.xlsx"
        excel_file.write(path, islice(rows, 3 * sizes.events))
        paths.append(path)
    return paths


def rows(server: sa.URL, folder: Path, sizes: Sizes) -> Iterator[Row]:
    """How much sooner all are done, and whether one waits for the others."""
    books = write_books(folder, sizes)
    for rate in (0.0, DEFAULT_RATE):
        for workers in WORKERS:
            wall, done = _all_imported(server, books, workers, rate)
            if [one.events for one in done] != [sizes.events] * sizes.workbooks:
                raise SystemExit(f"{done}: the figures would mean nothing.")
            events = sum(one.events for one in done)
            requests = sum(one.requests for one in done)
            who = "1 worker" if workers == 1 else f"{workers} workers"
            how = f"{rate:g} a second" if rate else "no limit"
            work = f"{sizes.workbooks} workbooks of {sizes.events} events, 50 ms, {how}, {who}"
            walls = [one.wall for one in done]
            yield Row(work, "wall s", wall)
            yield Row(work, "events a second", events / wall)
            yield Row(work, "requests a second", requests / wall, most=rate * 1.02 or None)
            yield Row(work, "slowest import to the middle one", max(walls) / median(walls))


def _all_imported(
    server: sa.URL, books: Sequence[Path], workers: int, rate: float
) -> tuple[float, list[Imported]]:
    """How long it takes from the first to the last, and what came of each."""
    waiting: SimpleQueue[ImportJob] = SimpleQueue()
    with (
        servers.copied_database(server) as url,
        stage.company_sandbox(LATENCY) as access,
        ExitStack() as stack,
        ThreadPoolExecutor(workers) as pool,
    ):
        for path in books:
            waiting.put(stage.job("adm_sync", url, access, path=str(path), rate=rate))
        processes = [stack.enter_context(_worker()) for _ in range(workers)]
        for process in processes:
            _line(process)  # it is up
        began = time.perf_counter()
        done = list(pool.map(lambda process: _take(process, waiting), processes))
        wall = time.perf_counter() - began
        for process in processes:
            process.kill()
    return wall, [one for taken in done for one in taken]


def _worker() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.aims.workers"],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _take(process: "subprocess.Popen[str]", waiting: "SimpleQueue[ImportJob]") -> list[Imported]:
    """Let the worker do one after the other until none waits."""
    done = []
    while True:
        try:
            job = waiting.get_nowait()
        except Empty:
            return done
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(job)) + "\n")
        process.stdin.flush()
        done.append(imported(json.loads(_line(process))))


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("A worker ended; its own words stand above.")
    return line


def main() -> None:
    meter = DatabaseMeter()
    meter.install()
    print("ready", flush=True)
    for line in sys.stdin:
        job = ImportJob(**json.loads(line))
        print(json.dumps(asdict(adm_sync_itself.run(job, meter))), flush=True)


if __name__ == "__main__":
    main()
