"""Workbooks: a dry run, an annotated copy, and how reading and checking grows with the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import stage as servers
from benchmarks.aims.row import Row, exponent
from benchmarks.imports import stage
from benchmarks.imports.job import Imported
from benchmarks.imports.reading_plan import Book, book, held, read


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of the workbooks, in order; of the dry runs the last has something to reach.

    Of the copies it is the first.
    """

    looked: Sequence[int]
    copied: Sequence[int]


def rows(server: sa.URL, folder: Path, sizes: Sizes) -> list[Row]:
    """All figures of workbooks."""
    looked = {size: _dry_run(server, book(folder, size, "none")) for size in sizes.looked}
    largest = sizes.looked[-1]
    work = f"Dry run of {largest:,} rows"
    return [
        Row(work, "wall s", looked[largest].wall, most=10),
        Row(work, "MiB, parent and child together", looked[largest].together, most=250),
        Row(work, "MiB, parent", looked[largest].memory),
        Row(work, "MiB, child", looked[largest].child),
        *(row for size in sizes.copied for row in _copy(folder, size, sizes)),
        *_growth(looked),
    ]


def _dry_run(server: sa.URL, looked: Book) -> Imported:
    with servers.copied_database(server) as url, stage.company_sandbox(0.0) as access:
        done = stage.run(stage.job("adm_sync", url, access, path=str(looked.path), last="look"))
    if done.events != len(held(looked.rows)):
        raise SystemExit(f"{looked.path}: {done.events} events were planned.")
    return done


def _copy(folder: Path, size: int, sizes: Sizes) -> list[Row]:
    copied = read(book(folder, size, "in every row"), "copy")
    has_aim = size == sizes.copied[0]
    work = f"Annotated copy, {size:,} rows, {copied.findings:,} findings"
    together = "MiB, parent and child together"
    return [
        Row(work, "wall s", copied.copy, most=6 if has_aim else None),
        Row(work, together, copied.together, most=300 if has_aim else None),
        Row(work, "MiB, parent", copied.parent),
        Row(work, "MiB, child", copied.child),
    ]


def _growth(looked: Mapping[int, Imported]) -> list[Row]:
    costs = {size: one.stage("read").wall + one.stage("check").wall for size, one in looked.items()}
    return [
        *(Row(f"Reading and checking {size:,} rows", "wall s", one) for size, one in costs.items()),
        Row("… as their number grows", "exponent", exponent(costs)),
    ]
