"""The tables of imports, and how they compare with what was to be reached."""

from collections.abc import Sequence

from benchmarks import tables
from benchmarks.imports.floor import THREADS, TOGETHER
from benchmarks.imports.job import Imported
from benchmarks.imports.pushing_plan import LATENCY, REPLACED_EVERY, Run
from benchmarks.plan import DEFAULT_RATE
from benchmarks.report import NAMES
from benchmarks.tables import at_least, at_most

HEADINGS = (
    *("limit", "contender", "events", "sessions", "wall s", "own s", "requests"),
    *("an event", "statements", "peak MiB"),
)
STAGE_HEADINGS = ("limit", "stage", "wall s", "of all", "own s", "requests", "statements")

INTRODUCTION = f"""\
The import of a planner's workbook into the embedded PostgreSQL and an empty sandbox, in a process
of its own, that takes {LATENCY * 1000:.0f} ms longer for each answer. adm_sync and (b) took turns;
the fastest of three or more whole imports is shown, since other work on the machine can only make
one slower.

- **(a) replaced pattern**: one request after another. An event takes one; each of its sessions
  takes a look-up of the instructor, an update and the instructor's assignment. It writes nothing
  on this side, leaves out the staff of the event as a whole, and knows no limit.
- **(b) floor**: two bare requests for {TOGETHER} events, {THREADS} at a time, leaving evenly where
  there is a limit. No look-up of what is there already, no note of what was sent, no retries.
- **own time**: CPU time of the process plus the time in which its threads waited for the
  database; several of them can wait at once.
- **≈**: measured on every {REPLACED_EVERY}th event and multiplied.
"""
STAGES = """\
adm_sync, stage by stage. Without the dual write there would be no stage "record", and the push
would keep no notes in the database.
"""


def section(runs: Sequence[Run]) -> str:
    """The section of docs/benchmarks.md."""
    machine = tables.machine("the sandbox, PostgreSQL and the contender")
    pushes = tables.table([HEADINGS, *map(_push_cells, runs)], left={0, 1})
    ours = [run for run in runs if run.contender == "adm_sync"]
    stages = tables.table(
        [STAGE_HEADINGS, *(row for run in ours for row in _stage_cells(run))], left={0, 1}
    )
    wanted = f"What was to be reached:\n\n{verdicts(runs)}"
    return f"{INTRODUCTION}\n{machine}\n\n{pushes}\n\n{STAGES}\n{stages}\n\n{wanted}\n"


def _push_cells(run: Run) -> tuple[str, ...]:
    figures, push = run.figures, run.figures.stage("push")
    about = "≈ " if run.scaled != 1 else ""
    return (
        _limit(run),
        NAMES[run.contender],
        f"{about}{figures.events:,}",
        f"{about}{figures.sessions:,}",
        f"{about}{push.wall:.2f}",
        f"{about}{push.own:.2f}",
        f"{about}{push.requests:,}",
        f"{push.requests / figures.events:.2f}",
        f"{about}{push.statements:,}",
        f"{figures.memory:.0f}",
    )


def _stage_cells(run: Run) -> list[tuple[str, ...]]:
    return [
        (
            _limit(run),
            stage.name,
            f"{stage.wall:.2f}",
            f"{stage.wall / run.figures.wall:.0%}",
            f"{stage.own:.2f}",
            f"{stage.requests:,}",
            f"{stage.statements:,}",
        )
        for stage in run.figures.stages
    ]


def _limit(run: Run) -> str:
    return f"{run.rate:g} a second" if run.rate else "none"


def verdicts(runs: Sequence[Run]) -> str:
    """What was to be reached, and what was."""
    found = {(run.contender, run.rate): run.figures for run in runs}
    ours, floor = found["adm_sync", DEFAULT_RATE], found["floor", DEFAULT_RATE]
    free, bare, old = found["adm_sync", 0.0], found["floor", 0.0], found["replaced", 0.0]
    slower = ours.stage("push").wall / floor.stage("push").wall
    permitted = ours.stage("push").wall * DEFAULT_RATE / ours.stage("push").requests
    fewer = (old.requests / old.events) / (ours.requests / ours.events)
    rate = f"{DEFAULT_RATE:g} a second"
    lines = (
        at_most(3, ours.requests / ours.events, "requests an event, those of the check too"),
        at_least(5, fewer, "requests, (a) to adm_sync"),
        at_most(1.1, slower, f"wall of the push, adm_sync to (b), {rate}"),
        at_most(1.1, permitted, f"wall of the push, to its requests at exactly {rate}"),
        at_most(0.2, _recording(ours), f"share of the record in the import, {rate}"),
        at_most(0.2, _recording(free), "share of the record in the import, no limit"),
        at_most(
            1.2, _beside(ours, floor), f"wall of the import, to one that pushes by (b), {rate}"
        ),
        at_most(
            1.2, _beside(ours, old), f"wall of the import at {rate}, to one that pushes by (a)"
        ),
    )
    unlimited = free.stage("push").wall / bare.stage("push").wall
    note = f"Without a limit, for which nothing was set, the push takes {unlimited:.2f} times (b)."
    return "\n".join(lines) + f"\n\n{note}"


def _recording(figures: Imported) -> float:
    return figures.stage("record").wall / figures.wall


def _beside(figures: Imported, other: Imported) -> float:
    """To an import that only checks, reports, and pushes as the other does."""
    single = figures.stage("check").wall + figures.stage("report").wall + other.stage("push").wall
    return figures.wall / single
