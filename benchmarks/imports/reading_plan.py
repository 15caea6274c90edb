"""Which readings are made, and that each found what is in the workbook."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from benchmarks import stage as servers
from benchmarks.imports import excel_file, stage
from benchmarks.imports.job import Imported
from benchmarks.imports.reading import Reading
from benchmarks.imports.rows import LONGEST, OF_FOUR, Course, courses, workbook_rows

# 1,300 rows are a planner's workbook: 350 events.
SIZES = (1_300, 10_000, 100_000)
WITH_DATABASE = 10_000
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook to measure with; `size` is in bytes."""

    rows: int
    mistakes: bool
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Read:
    """A workbook that was read and checked."""

    book: Book
    reading: Reading


@dataclass(frozen=True, slots=True)
class Looked:
    """A workbook that was looked at with the eyes of a database: a dry run."""

    book: Book
    looked: Imported


def measure_all(quick: bool) -> tuple[list[Read], list[Looked]]:
    """Measure; a quick one leaves the largest workbook out."""
    with tempfile.TemporaryDirectory(prefix="adm_sync-benchmark-") as folder:
        books = [
            _book(Path(folder), rows, mistakes)
            for rows in SIZES[: 2 if quick else None]
            for mistakes in (False, True)
        ]
        read = [Read(book, _middle_reading(book)) for book in books]
        return read, _look([book for book in books if book.rows == WITH_DATABASE])


def held(rows: int) -> list[Course]:
    """The events of a workbook of so many rows."""
    return courses(350, rows) if rows == SIZES[0] else [OF_FOUR] * (rows // LONGEST)


def _book(folder: Path, rows: int, mistakes: bool) -> Book:
    path = folder / f"{rows} rows{' with mistakes' if mistakes else ''}.xlsx"
    excel_file.write(path, workbook_rows(held(rows), mistakes=mistakes))
    return Book(rows, mistakes, path, path.stat().st_size)


def _middle_reading(book: Book) -> Reading:
    readings = []
    for _ in range(REPETITIONS):
        arguments = ["-m", "benchmarks.imports.reading", str(book.path)]
        reading = Reading(**servers.in_child(arguments, "", book.path.name))
        _check(book, reading)
        readings.append(reading)
    middle = median_low(sorted(reading.cpu for reading in readings))
    chosen = next(reading for reading in readings if reading.cpu == middle)
    sys.stderr.write(f"{book.path.name}: {chosen}\n")
    return chosen


def _check(book: Book, reading: Reading) -> None:
    events = len(held(book.rows))
    expected = (book.rows, events if book.mistakes else 0)
    right = reading.findings >= book.rows if book.mistakes else reading.findings == 0
    if (reading.rows, reading.rejected) != expected or not right:
        raise SystemExit(
            f"{book.path.name} gave {reading.rows} rows, {reading.rejected} rejected events and "
            f"{reading.findings} findings: the figures would mean nothing."
        )


def _look(books: list[Book]) -> list[Looked]:
    found = []
    with servers.database_server() as server, stage.company_database(server):
        for book in books:
            with servers.copied_database(server) as url, stage.company_sandbox(0.0) as access:
                job = stage.job("adm_sync", url, access, path=str(book.path), dry=True)
                runs = [stage.run(job) for _ in range(REPETITIONS)]
            middle = median_low(sorted(run.stage("resolve").own for run in runs))
            chosen = next(run for run in runs if run.stage("resolve").own == middle)
            expected = 0 if book.mistakes else len(held(book.rows))
            if chosen.events != expected:
                raise SystemExit(f"{book.path.name}: {chosen.events} events were planned.")
            sys.stderr.write(f"{book.path.name}: {chosen}\n")
            found.append(Looked(book, chosen))
    return found
