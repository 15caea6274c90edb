"""Which figures are measured, on what, and in which order."""

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import history, stage
from benchmarks.aims import (
    importing,
    inbox,
    partitions,
    reading,
    starting,
    syncing,
    workers,
)
from benchmarks.aims.row import Row, beside, table
from benchmarks.imports.stage import company_database


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; `events` are (events, sessions) of a workbook."""

    times: int
    records: int
    grown: Sequence[int]
    discrepancies: int
    events: tuple[int, int]
    recorded: Sequence[tuple[int, int]]
    imports: int
    workbooks: reading.Sizes
    files: int
    files_in_s3: int
    side_by_side: workers.Sizes
    partitions: int


FULL = Sizes(
    times=3,
    records=10_000,
    grown=(1_000, 10_000, 100_000),
    discrepancies=10_000,
    events=(348, 1_279),
    recorded=((350, 1_300), (2_500, 9_250), (10_000, 37_000)),
    imports=288,
    workbooks=reading.Sizes((1_300, 10_000, 100_000), (20_000, 100_000)),
    files=1_000,
    files_in_s3=10_000,
    side_by_side=workers.Sizes(12, 30),
    partitions=5_000,
)
QUICK = Sizes(
    times=1,
    records=100,
    grown=(100, 200, 400),
    discrepancies=50,
    events=(6, 20),
    recorded=((5, 16), (10, 35), (20, 70)),
    imports=10,
    workbooks=reading.Sizes((100, 200, 400), (100, 200)),
    files=20,
    files_in_s3=30,
    side_by_side=workers.Sizes(4, 5),
    partitions=20,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures, the size of the past, and what `sync-all` spends on importing modules.

    `imported` is in seconds: everything first, then by package.
    """

    rows: Sequence[Row]
    old_events: int
    imports: int
    imported: dict[str, float]


def measure_all(sizes: Sizes) -> Measured:
    """Measure everything."""
    with (
        tempfile.TemporaryDirectory(prefix="adm_sync-benchmark-") as name,
        stage.database_server() as server,
    ):
        folder = Path(name)
        starts, imported = starting.bare(server, sizes.times)
        _say(starts)
        synced = syncing.full(sizes.records)
        _say(synced)
        unseen = syncing.discrepancies(server, sizes.discrepancies)
        _say(unseen)
        grown = syncing.growth(sizes.grown)
        _say(grown)
        with company_database(server):
            real = importing.book(folder / "real", *sizes.events)
            recorded = tuple(importing.book(folder / "recorded", *one) for one in sizes.recorded)
            books = importing.Books(real, recorded)
            empty = importing.rows(server, stage.TEMPLATE, books)
            _say(empty)
            slow = importing.slow_api(server, real)
            _say(slow)
            known = [*inbox.rows(server, sizes.files), *inbox.in_s3(server, sizes.files_in_s3)]
            _say(known)
            fleet = list(workers.rows(server, folder / "side by side", sizes.side_by_side))
            _say(fleet)
            read = reading.rows(server, folder, sizes.workbooks)
            _say(read)
            with history.database_with_history(server, real.path, sizes.imports):
                company = starting.of_company(server, history.TEMPLATE, sizes.times)
                past = importing.rows(server, history.TEMPLATE, books)
                _say(past)
            small = importing.book(folder / "small", 20, 66)
            with history.database_with_history(server, small.path, sizes.partitions):
                many = partitions.rows(server, history.TEMPLATE, sizes.partitions)
                _say(many)
    rows = [*starts, *company, *synced, *beside(empty, past), *slow, *fleet, *read]
    rows += [*unseen, *known, *many, *grown]
    return Measured(rows, sizes.imports * sizes.events[0], sizes.imports, imported)


def _say(rows: Sequence[Row]) -> None:
    """For those who watch."""
    sys.stderr.write(f"{time.strftime('%X')}\n{table(rows)}\n")
