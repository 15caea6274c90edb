"""Which readings are made, and that each found what is in the workbook."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stage as servers
from benchmarks.imports import excel_file
from benchmarks.imports.reading import Reading
from benchmarks.imports.rows import LONGEST, OF_FOUR, Course, Mistakes, courses, workbook_rows

# 1,300 rows are a planner's workbook: 350 events.
PLANNERS = 1_300
LARGE = 10_000
LARGEST = 100_000
BOOKS: tuple[tuple[int, Mistakes], ...] = (
    (PLANNERS, "none"),
    (PLANNERS, "in every row"),
    (LARGE, "none"),
    (LARGE, "in every row"),
    (LARGE, "in every cell"),
    (LARGEST, "none"),
    (LARGEST, "in every row"),
)
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook to measure with; `size` is in bytes."""

    rows: int
    mistakes: Mistakes
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Read:
    """A workbook that was read and checked."""

    book: Book
    reading: Reading


def measure_all(quick: bool) -> list[Read]:
    """Measure; a quick one leaves the largest workbook out."""
    with tempfile.TemporaryDirectory(prefix="adm_sync-benchmark-") as folder:
        books = [book(Path(folder), *one) for one in BOOKS if not quick or one[0] < LARGEST]
        return [Read(each, _fastest(each)) for each in books]


def _fastest(book: Book) -> Reading:
    return min((read(book) for _ in range(REPETITIONS)), key=lambda reading: reading.wall)


def held(rows: int) -> list[Course]:
    """The events of a workbook of so many rows."""
    return courses(350, rows) if rows == PLANNERS else [OF_FOUR] * (rows // LONGEST)


def book(folder: Path, rows: int, mistakes: Mistakes) -> Book:
    """Write a workbook."""
    path = folder / f"{rows} rows, mistakes {mistakes}.xlsx"
    excel_file.write(path, workbook_rows(held(rows), mistakes))
    return Book(rows, mistakes, path, path.stat().st_size)


def read(book: Book, *more: str) -> Reading:
    """Read and check a workbook in a process of its own; `more` is what that is told besides."""
    arguments = ["-m", "benchmarks.imports.reading", str(book.path), *more]
    reading = Reading(**servers.in_child(arguments, "", book.path.name))
    _check(book, reading)
    sys.stderr.write(f"{book.path.name}: {reading}\n")
    return reading


def _check(book: Book, reading: Reading) -> None:
    events = len(held(book.rows))
    right = {
        "none": reading.findings == reading.rejected == 0,
        "in every row": reading.findings >= book.rows and reading.rejected == events,
        "in every cell": reading.findings >= 10 * book.rows and reading.rejected == book.rows,
    }
    if reading.rows != book.rows or not right[book.mistakes]:
        raise SystemExit(
            f"{book.path.name} gave {reading.rows} rows, {reading.rejected} rejected events and "
            f"{reading.findings} findings: the figures would mean nothing."
        )
