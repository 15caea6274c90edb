"""(b) The floor: two bare requests for some events, which travel together as adm_sync's do.

No look-up of what is there already, no note of what was sent, no retries: no push that makes
events first and changes them then can be much faster. With a rate, requests leave evenly.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from adm_sync.administrate import documents
from adm_sync.administrate.in_flight import WITHOUT_LIMIT
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.imports.recorded import Recorded, Sender, changes, create, load
from benchmarks.imports.watch import Watch
from benchmarks.measuring import DatabaseMeter, peak_memory

THREADS = WITHOUT_LIMIT
TOGETHER = 5


def run(job: ImportJob, meter: DatabaseMeter) -> Imported:
    """Push the job's events."""
    events = load(job)
    some = [events[at : at + TOGETHER] for at in range(0, len(events), TOGETHER)]
    pace = _Pace(job.rate)
    with httpx.Client() as http, ThreadPoolExecutor(THREADS) as threads:
        sender = Sender(job, http)
        watch = Watch(meter, lambda: sender.requests)
        with watch.running("push"):
            sessions = sum(threads.map(lambda each: _push(sender, each, pace), some))
    return Imported(tuple(watch.stages), peak_memory(), len(events), sessions)


def _push(sender: Sender, events: Sequence[Recorded], pace: "_Pace") -> int:
    pace.wait()
    made = create(sender, events)
    todo = [
        change for event, ids in zip(events, made, strict=True) for change in changes(event, *ids)
    ]
    kinds, told = zip(*todo, strict=True)
    pace.wait()
    sender.send(documents.joined(kinds).text, documents.joined_variables(told))
    return sum(len(session_ids) for _, session_ids in made)


class _Pace:
    """Lets requests leave at most so often a second; 0 is at once."""

    def __init__(self, rate: float) -> None:
        self._lock = threading.Lock()
        self._seconds = 1 / rate if rate else 0.0
        self._next = 0.0

    def wait(self) -> None:
        if self._seconds:
            with self._lock:
                now = time.monotonic()
                self._next = max(now, self._next + self._seconds)
                time.sleep(self._next - now)
