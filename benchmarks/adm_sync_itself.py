"""adm_sync: the engine as the command line and Dagster call it."""

import time
from contextlib import ExitStack, closing

from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database.engine import create_engine
from adm_sync.database.rate_limit import SharedLimiter
from adm_sync.garbage import look_rarely
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import SyncOptions, sync_entity
from adm_sync.settings import AdministrateAccess
from benchmarks.job import Job, Work
from benchmarks.measuring import DatabaseMeter


class UncountedLimiter:
    """The shared limiter, whose waiting is no work; `permits` are the moments that it gave one."""

    def __init__(self, limiter: SharedLimiter, meter: DatabaseMeter) -> None:
        self.permits: list[float] = []
        self.rate = limiter.rate
        self._limiter = limiter
        self._meter = meter

    def acquire(self) -> float:
        with self._meter.paused():
            left = self._limiter.acquire()
        self.permits.append(time.monotonic())
        return left

    def pause(self, seconds: float) -> None:
        with self._meter.paused():
            self._limiter.pause(seconds)

    def hold_back(self, seconds: float) -> None:
        self._limiter.hold_back(seconds)


def run(job: Job, meter: DatabaseMeter) -> Work:
    """Sync the job's entities, in their order, in a process as the commands are."""
    look_rarely()
    access = AdministrateAccess(
        api_url=job.api_url,
        auth_url=job.auth_url,
        instance_url=None,
        api_key=job.api_key,
        api_secret=SecretStr(job.api_secret),
    )
    engine = create_engine(job.database_url)
    options = SyncOptions(instance="this machine", who="the benchmark")
    written = records = discrepancies = 0
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        shared = stack.enter_context(closing(SharedLimiter(engine, job.rate)))
        limiter = UncountedLimiter(shared, meter)
        client = stack.enter_context(AdministrateClient(access, limiter=limiter, timeout=60))
        for entity in ENTITIES:
            if entity.name not in job.entities:
                continue
            result = sync_entity(entity, engine, client, options)
            if result.status != "succeeded":
                raise SystemExit(f"{entity.name}: {result.status}. {result.message}")
            written += result.created + result.updated
            records += result.created + result.updated + result.unchanged
            discrepancies += len(result.discrepancies)
        requests = client.requests
    return Work(requests, written, records, discrepancies)
