"""adm_sync: the engine as the command line and Dagster call it."""

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
    """The shared limiter, whose waiting is no work."""

    def __init__(self, limiter: SharedLimiter, meter: DatabaseMeter) -> None:
        self._limiter = limiter
        self.rate = limiter.rate
        self._meter = meter

    def acquire(self) -> None:
        with self._meter.paused():
            self._limiter.acquire()

    def pause(self, seconds: float) -> None:
        with self._meter.paused():
            self._limiter.pause(seconds)


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
    written = records = 0
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        shared = stack.enter_context(closing(SharedLimiter(engine, job.rate)))
        limiter = UncountedLimiter(shared, meter) if job.rate else None
        client = stack.enter_context(AdministrateClient(access, limiter=limiter, timeout=60))
        for entity in ENTITIES:
            if entity.name not in job.entities:
                continue
            result = sync_entity(entity, engine, client, options)
            if result.status != "succeeded" or result.discrepancies:
                raise SystemExit(f"{entity.name}: {result.status}. {result.message}")
            written += result.created + result.updated
            records += result.created + result.updated + result.unchanged
        requests = client.requests
    return Work(requests, written, records)
