"""An import and its undo, as one database sees them; the same is done with and without a past."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from adm_sync.database import steps
from adm_sync.database.engine import create_engine, singly
from adm_sync.database.import_tables import workbooks
from adm_sync.database.locks import exclusive
from benchmarks import stage as servers
from benchmarks.aims.row import Row, exponent
from benchmarks.imports import excel_file, stage
from benchmarks.imports.job import Imported
from benchmarks.imports.rows import Course, courses, workbook_rows
from benchmarks.plan import DEFAULT_RATE

LATENCY, SLOW = 0.05, 0.5
LEASE = 300.0
CLAIMS = 50
NAME = "Sitting 2027A.xlsx"


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook to import."""

    path: Path
    held: tuple[Course, ...]

    @property
    def words(self) -> str:
        """How large it is."""
        sessions = sum(course.sessions for course in self.held)
        return f"{len(self.held):,} events, {sessions:,} sessions"


@dataclass(frozen=True, slots=True)
class Books:
    """The workbooks of a run: one as planners send it, and three from which growth is seen."""

    real: Book
    recorded: tuple[Book, ...]


def book(folder: Path, events: int, sessions: int) -> Book:
    """Write a workbook of so many events."""
    path = folder / f"{events} events" / NAME
    path.parent.mkdir(parents=True)
    held = tuple(courses(events, sessions))
    excel_file.write(path, workbook_rows(held))
    return Book(path, held)


def rows(server: sa.URL, template: str, books: Books) -> list[Row]:
    """Every figure that the past could matter for, measured on copies of this database."""
    real = books.real
    with servers.copied_database(server, template) as url, stage.company_sandbox(LATENCY) as access:
        given = {"path": str(real.path), "rate": DEFAULT_RATE}
        limited = stage.run(stage.job("adm_sync", url, access, **given))
        undone = stage.run(stage.job("adm_sync", url, access, **given, last="undo"))
    _check(real, limited)
    _check(real, undone, sessions=False)
    with servers.copied_database(server, template) as url, stage.company_sandbox(LATENCY) as access:
        free = stage.run(stage.job("adm_sync", url, access, path=str(real.path)))
    _check(real, free)
    slowest = undone.requests / DEFAULT_RATE
    work, undo = f"Import of {real.words}, 50 ms", f"undo of {len(real.held):,} events, 50 ms"
    rate = f"{DEFAULT_RATE:g} a second"
    return [
        Row(f"{work}, {rate}", "wall s", limited.wall, most=18),
        Row(f"{work}, {rate}", "requests", limited.requests, most=200),
        Row(f"{work}, {rate}", "peak MiB together", limited.together),
        Row(f"{work}, no limit", "wall s", free.wall, most=9),
        Row(f"{work}, no limit", "CPU s", free.cpu, most=5),
        Row(
            f"{work}, {rate}",
            "SQL statements an event",
            limited.stage("push").statements / limited.events,
            most=18,
        ),
        *_recording(server, template, books.recorded),
        Row(f"{undo}, {rate}", "wall to what the rate permits", undone.wall / slowest, most=1.1),
        Row(f"{undo}, {rate}", "wall s", undone.wall),
        Row(f"{undo}, {rate}", "requests", undone.requests),
    ]


def slow_api(server: sa.URL, real: Book) -> list[Row]:
    """How well the permitted rate is used if each answer takes long."""
    with servers.copied_database(server) as url, stage.company_sandbox(SLOW) as access:
        given = {"path": str(real.path), "rate": DEFAULT_RATE}
        pushed = stage.run(stage.job("adm_sync", url, access, **given))
    _check(real, pushed)
    push = pushed.stage("push")
    whole = push.requests / (DEFAULT_RATE * push.wall)
    work = f"Push at {SLOW * 1000:.0f} ms an answer, {DEFAULT_RATE:g} a second"
    return [
        Row(work, "share of the permitted rate", pushed.share, least=0.95),
        Row(work, "share, questions and end included", whole),
        Row(work, "wall s", push.wall),
        Row(work, "requests", push.requests),
    ]


def _recording(server: sa.URL, template: str, books: tuple[Book, ...]) -> Iterator[Row]:
    costs: dict[int, float] = {}
    claims: list[Row] = []
    for one in books:
        with servers.copied_database(server, template) as url:
            with stage.company_sandbox(0.0) as access:
                job = stage.job("adm_sync", url, access, path=str(one.path), last="record")
                recorded = stage.run(job)
            _check(one, recorded)
            costs[len(one.held)] = recorded.stage("record").wall
            claims = claims or claiming(url, len(one.held))
    for events, seconds in costs.items():
        work = f"Record of {events:,} new events with their sessions"
        yield Row(work, "ms an event", seconds / events * 1000, most=4)
    yield Row("… as their number grows", "exponent", exponent(costs))
    yield from claims


def claiming(url: str, due: int) -> list[Row]:
    """Claims as the push makes them: of one workbook's events, and of all."""
    engine = create_engine(url)
    with engine.connect() as connection:
        newest = connection.scalar(sa.select(sa.func.max(workbooks.c.id)))
    taken: set[int] = set()
    many = min(CLAIMS, due // 2)
    found = []
    for whose, workbook_id in (("one workbook", newest), ("all workbooks", None)):
        with exclusive(engine, f"benchmark {whose}", 0, lambda _sentence: None) as lock:
            times = [_claim(engine, lock.key, workbook_id, taken) for _ in range(many)]
        found.append(Row(f"Claim of one event of {whose}", "ms", median(times) * 1000, most=2))
    engine.dispose()
    return found


def _claim(engine: sa.Engine, holder: int, workbook_id: int | None, taken: set[int]) -> float:
    began = time.perf_counter()
    with singly(engine).connect() as connection:
        events = steps.claim_events(connection, holder, LEASE, workbook_id, taken)
    seconds = time.perf_counter() - began
    if len(events) != 1:
        raise SystemExit("There was no event to claim: the figures would mean nothing.")
    taken.add(events[0].id)
    return seconds


def _check(wanted: Book, done: Imported, *, sessions: bool = True) -> None:
    expected = (len(wanted.held), sum(one.sessions for one in wanted.held) if sessions else 0)
    if (done.events, done.sessions) != expected:
        raise SystemExit(
            f"{wanted.path}: {done.events} events with {done.sessions} sessions, where "
            f"{expected[0]} with {expected[1]} were expected: the figures would mean nothing."
        )
