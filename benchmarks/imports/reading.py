"""One measured reading: a workbook from its path to its findings, in a process of its own.

`python -m benchmarks.imports.reading FILE` prints the figures as JSON; with `copy` behind it, an
annotated copy is written too. Whoever parses or writes is a child of this process; the memory of
both is sampled together.
"""

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from adm_sync.garbage import look_rarely
from adm_sync.workbook.annotation.remarks import Outcome
from adm_sync.workbook.checking import check
from adm_sync.workbook.reading import Limits, open_content, read_book
from adm_sync.workbook.report import annotated_copy
from adm_sync.workbook.table import find_table
from benchmarks.measuring import MemoryMeter, peak_memory

TODAY = date(2026, 11, 21)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading, measured: times in seconds, memory in MiB.

    `read` is from the path to the table, `check` from there to the findings, `copy` from there to
    the annotated copy; `cpu` is that of both processes. `parent` and `child` are their peaks;
    `together` is the largest sum of a moment.
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
    copy: float = 0.0

    @property
    def wall(self) -> float:
        """From the path to the findings."""
        return self.read + self.check


def measure(path: Path, *, copied: bool = False) -> Reading:
    """Read and check a workbook as the commands do, and copy it with remarks."""
    look_rarely()
    with MemoryMeter().running() as memory:
        began = time.perf_counter()
        limits = Limits()
        content = open_content(path, limits)
        table = find_table(read_book(content, limits))
        read = time.perf_counter()
        checked = check(table, today=TODAY)
        done = time.perf_counter()
        if copied:
            outcomes = {row.number: Outcome("rejected", "see the findings") for row in table.rows}
            annotated_copy(content, table, outcomes, checked.findings)
        end = time.perf_counter()
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
        copy=end - done,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Path(sys.argv[1]), copied="copy" in sys.argv[2:]))))
