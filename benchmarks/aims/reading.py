"""Workbooks: a dry run, an annotated copy, and how reading and checking grows with the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import stage as servers
from benchmarks.aims.row import Row, exponent
from benchmarks.imports import stage
from benchmarks.imports.reading import Reading
from benchmarks.imports.reading_plan import Book, book, held, read


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows: of the dry run, of the copies (only the first has something to reach), of growth."""

    looked: int
    copied: Sequence[int]
    checked: Sequence[int]


def rows(server: sa.URL, folder: Path, sizes: Sizes) -> list[Row]:
    """All figures of workbooks."""
    right = {size: book(folder, size, "none") for size in sorted({sizes.looked, *sizes.checked})}
    return [
        *_dry_run(server, right[sizes.looked]),
        *(
            row
            for size in sizes.copied
            for row in _copy(folder, size, is_first=size == sizes.copied[0])
        ),
        *_growth({size: read(right[size]) for size in sizes.checked}),
    ]


def _dry_run(server: sa.URL, looked: Book) -> list[Row]:
    with servers.copied_database(server) as url, stage.company_sandbox(0.0) as access:
        done = stage.run(stage.job("adm_sync", url, access, path=str(looked.path), last="look"))
    if done.events != len(held(looked.rows)):
        raise SystemExit(f"{looked.path}: {done.events} events were planned.")
    work = f"Dry run of {looked.rows:,} rows"
    return [
        Row(work, "wall s", done.wall, most=10),
        Row(work, "MiB, parent and child together", done.together, most=250),
        Row(work, "MiB, parent", done.memory),
        Row(work, "MiB, child", done.child),
    ]


def _copy(folder: Path, size: int, *, is_first: bool) -> list[Row]:
    copied = read(book(folder, size, "in every row"), "copy")
    work = f"Annotated copy, {size:,} rows, {copied.findings:,} findings"
    return [
        Row(work, "wall s", copied.copy, most=6 if is_first else None),
        Row(
            work,
            "MiB, parent and child together",
            copied.together,
            most=300 if is_first else None,
        ),
        Row(work, "MiB, parent", copied.parent),
        Row(work, "MiB, child", copied.child),
    ]


def _growth(readings: dict[int, Reading]) -> list[Row]:
    costs = {size: one.wall for size, one in readings.items()}
    return [
        *(Row(f"Reading and checking {size:,} rows", "wall s", one) for size, one in costs.items()),
        Row("… as their number grows", "exponent", exponent(costs)),
    ]
