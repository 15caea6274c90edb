"""One measured reading: a workbook from its path to its findings, in a process of its own.

`python -m benchmarks.imports.reading FILE` prints the figures as JSON. The parser's process is a
child of this one; the memory of both is sampled together.
"""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from adm_sync.workbook.checking import check
from adm_sync.workbook.reading import Limits, open_content, read_book
from adm_sync.workbook.table import find_table
from benchmarks.measuring import peak_memory

TODAY = date(2026, 11, 21)
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading, measured: times in seconds, memory in MiB.

    `read` is from the path to the book, `check` from there to the findings; `cpu` is that of both
    processes. `parent` and `child` are their peaks; `together` is the largest sum of a moment.
    """

    read: float
    check: float
    cpu: float
    parent: float
    child: float
    together: float
    rows: int
    findings: int
    rejected: int

    @property
    def wall(self) -> float:
        """From the path to the findings."""
        return self.read + self.check


def measure(path: Path) -> Reading:
    """Read and check a workbook with the ordinary limits."""
    with MemoryMeter().running() as memory:
        began = time.perf_counter()
        limits = Limits()
        book = read_book(open_content(path, limits), limits)
        read = time.perf_counter()
        checked = check(find_table(book), today=TODAY)
        done = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Reading(
        read=read - began,
        check=done - read,
        cpu=time.process_time() - memory.computed + used.ru_utime + used.ru_stime,
        parent=peak_memory(),
        child=memory.child,
        together=max(memory.together, peak_memory()),
        rows=checked.rows,
        findings=len(checked.findings),
        rejected=sum(group.verdict == "rejected" for group in checked.groups),
    )


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
    return found


def _memory(process: int, figure: str) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith(f"{figure}:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Path(sys.argv[1])))))
