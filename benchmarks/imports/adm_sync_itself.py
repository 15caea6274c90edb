"""adm_sync: the stages of an import as the command line and Dagster call them."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path

from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database.engine import Database, create_engine
from adm_sync.database.rate_limit import SharedLimiter
from adm_sync.imports.importing import Importer
from adm_sync.imports.options import ImportListener, ImportOptions
from adm_sync.push.options import PushOptions
from adm_sync.settings import AdministrateAccess
from adm_sync.workbook.reading import Limits, open_content
from benchmarks.adm_sync_itself import UncountedLimiter
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.imports.watch import Watch
from benchmarks.measuring import DatabaseMeter, peak_memory

TODAY = date(2026, 11, 21)
INSTANCE = "the benchmark"
LOOKING = ("read", "check", "resolve")


def run(job: ImportJob, meter: DatabaseMeter) -> Imported:
    """Import the job's workbook, or only look at it."""
    with _client(job, meter) as (client, database), tempfile.TemporaryDirectory() as folder:
        watch = Watch(meter, lambda: client.requests)
        options = ImportOptions(
            limits=Limits(),
            hidden_rows="process",
            push=PushOptions(instance=INSTANCE),
            reports=Path(folder),
            who=INSTANCE,
            today=TODAY,
        )
        importer = Importer(database, client, options)
        content = open_content(Path(job.path), options.limits)
        if job.dry:
            importer.listener = ImportListener(progress=_stages(watch))
            examined = importer.examine(content)
            watch.end()
            planned = [event.resolved.sessions for event in examined.plan.events]
            done = (len(planned), sum(map(len, planned)), len(examined.findings))
        else:
            done = _whole(importer, watch, Path(job.path))
    return Imported(tuple(watch.stages), peak_memory(), *done)


def _stages(watch: Watch):
    def progress(stage: str, done: int, _total: int) -> None:
        if stage in LOOKING and done == 0:
            watch.begin(stage)

    return progress


def _whole(importer: Importer, watch: Watch, path: Path) -> tuple[int, int, int]:
    with watch.running("check"):
        content = open_content(path, importer.options.limits)
        importer.keep(content, INSTANCE)
        examined = importer.check(content.partition)
    with watch.running("record"):
        importer.record(content.partition)
    with watch.running("push"):
        pushed = importer.push(content.partition)
    with watch.running("report"):
        importer.report(content.partition)
        importer.summary(content.partition)
    if pushed.stopped:
        raise SystemExit(pushed.stopped)
    return len(pushed.created), len(pushed.sessions), len(examined.findings)


@contextmanager
def _client(job: ImportJob, meter: DatabaseMeter) -> Iterator[tuple[AdministrateClient, Database]]:
    access = AdministrateAccess(
        api_url=job.api_url,
        auth_url=job.auth_url,
        instance_url=None,
        api_key=job.api_key,
        api_secret=SecretStr(job.api_secret),
    )
    engine = create_engine(job.database_url)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        shared = stack.enter_context(closing(SharedLimiter(engine, job.rate)))
        limiter = UncountedLimiter(shared, meter) if job.rate else None
        client = stack.enter_context(AdministrateClient(access, limiter=limiter))
        yield client, Database(engine, job.database_url, embedded=False)
