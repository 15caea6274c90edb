"""Which imports are made, and that each did what it should."""

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from benchmarks import stage as servers
from benchmarks.imports import excel_file, stage
from benchmarks.imports.job import Imported
from benchmarks.imports.rows import courses, workbook_rows
from benchmarks.plan import DEFAULT_RATE

EVENTS, SESSIONS = 350, 1_300
LATENCY = 0.05
# The replaced pattern takes minutes: it does every seventh event, which is the same mix of courses.
REPLACED_EVERY = 7
QUICK_SHARE = 10
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One import; `scaled` says by how much a part was multiplied."""

    contender: str
    rate: float
    figures: Imported
    scaled: int = 1


def measure_all(quick: bool) -> list[Run]:
    """Measure; a quick one does a tenth of the events."""
    share = QUICK_SHARE if quick else 1
    held = courses(EVENTS // share, SESSIONS // share)
    expected = (len(held), sum(course.sessions for course in held))
    with (
        tempfile.TemporaryDirectory(prefix="adm_sync-benchmark-") as folder,
        servers.database_server() as server,
        stage.company_database(server),
    ):
        path = Path(folder) / "Sitting 2027A.xlsx"
        excel_file.write(path, workbook_rows(held))
        times = 1 if quick else REPETITIONS
        limited = _pairs(server, path, DEFAULT_RATE, expected, times)
        free = _pairs(server, path, 0.0, expected, times)
        return [*limited, *free, _replaced(server, path, expected)]


def _pairs(
    server: sa.URL, path: Path, rate: float, expected: tuple[int, int], times: int
) -> list[Run]:
    """The fastest of adm_sync's runs and of the floor's, which take turns."""
    pairs = [_pair(server, path, rate, expected) for _ in range(times)]
    return [min(runs, key=lambda run: run.figures.wall) for runs in zip(*pairs, strict=True)]


def _pair(server: sa.URL, path: Path, rate: float, expected: tuple[int, int]) -> tuple[Run, Run]:
    with servers.copied_database(server) as url:
        ours = _run("adm_sync", url, path, expected, rate=rate)
        return ours, _run("floor", url, path, expected, rate=rate)


def _replaced(server: sa.URL, path: Path, expected: tuple[int, int]) -> Run:
    with servers.copied_database(server) as url:
        _run("adm_sync", url, path, expected)  # records what is to be sent
        return _run("replaced", url, path, expected, every=REPLACED_EVERY)


def _run(
    contender: str,
    url: str,
    path: Path,
    expected: tuple[int, int],
    *,
    rate: float = 0.0,
    every: int = 1,
) -> Run:
    with stage.company_sandbox(LATENCY) as access:
        job = stage.job(contender, url, access, path=str(path), rate=rate, every=every)
        figures = stage.run(job)
    done = (figures.events, figures.sessions)
    if done != expected and every == 1:
        raise SystemExit(
            f"{contender} made {done[0]} events with {done[1]} sessions, where {expected[0]} with "
            f"{expected[1]} were expected: the figures would mean nothing."
        )
    sys.stderr.write(f"{contender}, rate {rate:g}: {figures}\n")
    if every == 1:
        return Run(contender, rate, figures)
    return Run(contender, rate, _scaled(figures, every), every)


def _scaled(figures: Imported, factor: int) -> Imported:
    stages = tuple(
        replace(
            each,
            wall=each.wall * factor,
            own=each.own * factor,
            statements=each.statements * factor,
            requests=each.requests * factor,
        )
        for each in figures.stages
    )
    return replace(
        figures,
        stages=stages,
        events=figures.events * factor,
        sessions=figures.sessions * factor,
    )
