"""(b) The floor: two bare requests for each event, as many events at a time as adm_sync pushes.

No look-up of what is there already, no note of what was sent, no retries: no push that makes one
event after the other and changes it then can be much faster. With a rate, requests leave evenly.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from adm_sync.administrate import documents
from adm_sync.administrate.in_flight import WITHOUT_LIMIT
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.imports.recorded import Recorded, Sender, changes, create, load
from benchmarks.imports.watch import Watch
from benchmarks.measuring import DatabaseMeter, peak_memory

THREADS = WITHOUT_LIMIT


def run(job: ImportJob, meter: DatabaseMeter) -> Imported:
    """Push the job's events."""
    events = load(job)
    pace = _Pace(job.rate)
    with httpx.Client() as http, ThreadPoolExecutor(THREADS) as threads:
        sender = Sender(job, http)
        watch = Watch(meter, lambda: sender.requests)
        with watch.running("push"):
            sessions = sum(threads.map(lambda event: _push(sender, event, pace), events))
    return Imported(tuple(watch.stages), peak_memory(), len(events), sessions)


def _push(sender: Sender, event: Recorded, pace: "_Pace") -> int:
    pace.wait()
    event_id, session_ids = create(sender, event)
    kinds, told = zip(*changes(event, event_id, session_ids), strict=True)
    pace.wait()
    sender.send(documents.joined(kinds).text, documents.joined_variables(told))
    return len(session_ids)


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
