# ruff: noqa: RUF001 - the multiplication sign is meant
"""The table, and how it compares with what was to be reached."""

from collections.abc import Sequence

from benchmarks import tables
from benchmarks.floor import TOGETHER
from benchmarks.plan import DEFAULT_RATE, ONE_ENTITY, Figures
from benchmarks.tables import at_least, at_most

HEADINGS = (
    "records",
    "latency",
    "sync",
    "contender",
    "wall s",
    "own s",
    "requests",
    "statements",
    "peak MiB",
)
NAMES = {"replaced": "(a) replaced pattern", "adm_sync": "adm_sync", "floor": "(b) floor"}

INTRODUCTION = f"""\
A full sync of seven entities with as many records each, or of {ONE_ENTITY.replace("_", " ")}
alone, against the sandbox and the embedded PostgreSQL, all on one machine. "First" finds empty
bridge tables; "unchanged" finds them as they should be (the middle one of three runs).

- **(a) replaced pattern**: one page after another, one look-up and one transaction for each
  record.
- **(b) floor**: the same by bare concurrent requests of asyncio, {TOGETHER} pages in each, prices
  together with their course templates, written by `COPY` and one merge; without checks, matching,
  or a journal.
- **own time**: CPU time of the process plus the time in which it waited for the database.
  Waiting for Administrate is not in it.
- **statements**: whatever is sent to the database to be executed, commits included.
- **≈**: measured on 1,000 records of each entity and multiplied.

The limiter is off, but for the rows that name a rate; {DEFAULT_RATE:g} a second is the default.
"""


def table(rows: Sequence[Figures]) -> str:
    """All rows as a table."""
    return tables.table([HEADINGS, *(_cells(row) for row in rows)], left={2, 3})


def line(row: Figures) -> str:
    """One row on its own, for those who watch."""
    return "  ".join(_cells(row))


def _cells(row: Figures) -> tuple[str, ...]:
    scene, measured = row.scene, row.measured
    about = "≈ " if row.scaled != 1 else ""
    rate = f", {scene.rate:g} a second" if scene.rate else ""
    many = len(scene.entities)
    return (
        f"{many} × {scene.count:,}",
        f"{scene.latency * 1000:.0f} ms",
        "first" if row.first else "unchanged",
        NAMES[row.contender] + rate,
        f"{about}{measured.wall:.2f}",
        f"{about}{measured.own:.2f}",
        f"{about}{measured.requests:,}",
        f"{about}{measured.statements:,}",
        f"{measured.memory:.0f}",
    )


def verdicts(rows: Sequence[Figures]) -> str:
    """What was to be reached of an unchanged sync, and what was."""
    found = {
        (row.scene.count, row.scene.latency, row.contender): row.measured
        for row in rows
        if not row.first and not row.scene.rate
    }

    def ratio(figure: str, over: str, under: str, latency: float) -> float:
        above, below = found[10_000, latency, over], found[10_000, latency, under]
        return float(getattr(above, figure) / getattr(below, figure))

    lines = []
    if (10_000, 0.05, "floor") in found:
        lines += [
            at_least(
                10, ratio("own", "replaced", "adm_sync", 0.0), "own time, (a) to adm_sync, 0 ms"
            ),
            at_most(2, ratio("own", "adm_sync", "floor", 0.0), "own time, adm_sync to (b), 0 ms"),
            at_most(1.3, ratio("wall", "adm_sync", "floor", 0.05), "wall, adm_sync to (b), 50 ms"),
        ]
    largest = [row.measured.memory for row in rows if _is_largest(row)]
    if largest:
        lines.append(at_most(400, max(largest), "MiB of peak memory of adm_sync, 1 × 100,000"))
    return "\n".join(lines)


def _is_largest(row: Figures) -> bool:
    return row.scene.count == 100_000 and row.contender == "adm_sync"


def section(rows: Sequence[Figures]) -> str:
    """The section of docs/benchmarks.md."""
    machine = tables.machine("the sandbox, PostgreSQL and the contender")
    wanted = f"What was to be reached:\n\n{verdicts(rows)}"
    return f"{INTRODUCTION}\n{machine}\n\n{table(rows)}\n\n{wanted}\n"
