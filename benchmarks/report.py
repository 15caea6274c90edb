# ruff: noqa: RUF001 - the multiplication sign is meant
"""The table, and how it compares with what was to be reached."""

import os
import platform
from collections.abc import Sequence

from benchmarks.plan import DEFAULT_RATE, ONE_ENTITY, Figures

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
# Benchmarks

Written by `make bench ARGS=--write`. A full sync of seven entities with as many records each, or
of {ONE_ENTITY.replace("_", " ")} alone, against the sandbox and the embedded PostgreSQL, all on
one machine. "First" finds empty bridge tables; "unchanged" finds them as they should be (the
middle one of three runs).

- **(a) replaced pattern**: one page after another, one look-up and one transaction for each
  record.
- **(b) floor**: the same pages by bare concurrent requests (8 threads), written by `COPY` and one
  merge, without checks, matching, or a journal.
- **own time**: CPU time of the process plus the time in which it waited for the database.
  Waiting for Administrate is not in it.
- **statements**: whatever is sent to the database to be executed, commits included.
- **≈**: measured on 1,000 records of each entity and multiplied.

The limiter is off, but for the rows that name a rate; {DEFAULT_RATE:g} a second is the default.
"""


def table(rows: Sequence[Figures]) -> str:
    """All rows as a Markdown table that also reads well in a terminal."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
    lines = [_line(row, widths) for row in cells]
    rule = [
        ":" + "-" * (w - 1) if c in {2, 3} else "-" * (w - 1) + ":" for c, w in enumerate(widths)
    ]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def line(row: Figures) -> str:
    """One row on its own, for those who watch."""
    return "  ".join(_cells(row))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if column in {2, 3} else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


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
    """What was to be reached, and what was."""
    found = {
        (row.scene.count, row.scene.latency, row.contender): row.measured
        for row in rows
        if not row.first and not row.scene.rate
    }
    lines = []
    for latency in (0.0, 0.05):
        ours, old, floor = (
            found.get((10_000, latency, contender))
            for contender in ("adm_sync", "replaced", "floor")
        )
        if not (ours and old and floor):
            continue
        lines += [
            f"Unchanged, 7 × 10,000, {latency * 1000:.0f} ms:",
            _line_of(f"own time, (a) to adm_sync: {old.own / ours.own:.1f}", "10 or more", latency),
            _line_of(
                f"own time, adm_sync to (b): {ours.own / floor.own:.2f}", "2 or less", latency
            ),
            f"- wall time, adm_sync to (b): {ours.wall / floor.wall:.2f}"
            + (" (1.3 or less was to be reached)" if latency else ""),
        ]
    largest = [row.measured.memory for row in rows if _is_largest(row)]
    if largest:
        lines.append(
            f"Peak memory at 100,000 records: {max(largest):.0f} MiB (under 400 was to be reached)"
        )
    return "\n".join(lines)


def _line_of(text: str, wanted: str, latency: float) -> str:
    return f"- {text}" + ("" if latency else f" ({wanted} was to be reached)")


def _is_largest(row: Figures) -> bool:
    return row.scene.count == 100_000 and row.contender == "adm_sync"


def document(rows: Sequence[Figures]) -> str:
    """The whole of docs/benchmarks.md."""
    machine = (
        f"Measured with Python {platform.python_version()} on {os.cpu_count()} cores "
        f"({platform.machine()}), which the sandbox, PostgreSQL and the contender share."
    )
    return f"{INTRODUCTION}\n{machine}\n\n{table(rows)}\n\n{verdicts(rows)}\n"
