"""adm_sync: the stages of an import as the command line and Dagster call them."""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from threading import Event

from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database.engine import Database, create_engine
from adm_sync.database.rate_limit import SharedLimiter
from adm_sync.folders import LocalFolder
from adm_sync.garbage import look_rarely
from adm_sync.imports.importing import Importer
from adm_sync.imports.options import ImportListener, ImportOptions
from adm_sync.imports.undo.undoing import Undo
from adm_sync.push.options import PushOptions
from adm_sync.settings import AdministrateAccess
from adm_sync.workbook.reading import Limits, open_content
from adm_sync.workbook.sheet import Content
from benchmarks.adm_sync_itself import UncountedLimiter
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.imports.watch import Watch
from benchmarks.measuring import DatabaseMeter, MemoryMeter, peak_memory

TODAY = date(2026, 11, 21)
INSTANCE = "this machine"
WHO = "the benchmark"
FIRST_SENT = "creation noted as sending"
LOOKING = ("read", "check", "resolve")

Opened = tuple[AdministrateClient, Database, UncountedLimiter]
Done = tuple[int, int, int]


def run(job: ImportJob, meter: DatabaseMeter) -> Imported:
    """Import the job's workbook as far as it says, or take it back, as the commands do."""
    look_rarely()
    with (
        _client(job, meter) as (client, database, limiter),
        tempfile.TemporaryDirectory() as folder,
        MemoryMeter().running() as memory,
    ):
        watch = Watch(meter, lambda: client.requests)
        options = ImportOptions(
            limits=Limits(),
            hidden_rows="process",
            push=PushOptions(instance=INSTANCE),
            reports=LocalFolder(Path(folder)),
            who=WHO,
            today=TODAY,
        )
        importer = Importer(database, client, options)
        content = open_content(Path(job.path), options.limits)
        if job.last == "look":
            done = _look(importer, watch, content)
        elif job.last == "undo":
            done = _undo(importer, watch, content)
        else:
            done = _import(importer, watch, content, limiter, only_here=job.last == "record")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = peak_memory()
    return Imported(
        tuple(watch.stages),
        peak,
        *done,
        cpu=time.process_time() - memory.computed + used.ru_utime + used.ru_stime,
        child=memory.child,
        together=max(memory.together, peak),
        share=_share(limiter),
    )


def _look(importer: Importer, watch: Watch, content: Content) -> Done:
    def progress(stage: str, done: int, _total: int) -> None:
        if stage in LOOKING and done == 0:
            watch.begin(stage)

    importer.listener = ImportListener(progress=progress)
    summary = importer.rehearsal(content)
    watch.end()
    return summary.events["created"], summary.sessions["created"], len(summary.findings)


def _import(
    importer: Importer,
    watch: Watch,
    content: Content,
    limiter: UncountedLimiter,
    *,
    only_here: bool,
) -> Done:
    with watch.running("check"):
        importer.keep(content, WHO)
        examined = importer.check(content.partition)
    with watch.running("record"):
        recorded = importer.record(content.partition).plan.events
    if only_here:
        importer.close()
        sessions = sum(len(event.resolved.sessions) for event in recorded)
        return len(recorded), sessions, len(examined.findings)
    importer.listener = ImportListener(reached=_from_the_first_event(limiter))
    with watch.running("push"):
        pushed = importer.push(content.partition)
    with watch.running("report"):
        importer.report(content.partition)
        importer.summary(content.partition)
    if pushed.stopped:
        raise SystemExit(pushed.stopped)
    return len(pushed.created), len(pushed.sessions), len(examined.findings)


def _from_the_first_event(limiter: UncountedLimiter) -> Callable[[str], None]:
    """Forgets the permits of what was asked before the first event was sent."""
    began = Event()

    def reached(point: str) -> None:
        if point == FIRST_SENT and not began.is_set():
            began.set()
            limiter.permits.clear()

    return reached


def _undo(importer: Importer, watch: Watch, content: Content) -> Done:
    with watch.running("undo"):
        undo = Undo(importer, content.partition)
        result = undo.carry_out(undo.plan())
    return result.count("deleted"), 0, 0


def _share(limiter: UncountedLimiter) -> float:
    permits = limiter.permits
    if not limiter.rate or len(permits) < 2:
        return 0.0
    return (len(permits) - 1) / (limiter.rate * (permits[-1] - permits[0]))


@contextmanager
def _client(job: ImportJob, meter: DatabaseMeter) -> Iterator[Opened]:
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
        limiter = UncountedLimiter(shared, meter)
        client = stack.enter_context(AdministrateClient(access, limiter=limiter))
        yield client, Database(engine, job.database_url, embedded=False), limiter
