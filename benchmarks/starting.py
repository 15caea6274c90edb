"""How long a command takes before it does anything, beside the same of an older checkout.

Whole processes, from being started to their end, in turn: one of this checkout, one of the other.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
import sqlalchemy as sa

from benchmarks import stage, tables
from benchmarks.aims.workplace import Environment, workplace

RECORDS = 20
TIMES, TIMES_QUICK = 15, 1
COMMANDS = {
    "--help": ["--help"],
    "unmatched --json": ["unmatched", "--json"],
    "imports --json": ["imports", "--json"],
    "sync-all, nothing changed": ["sync-all"],
}
# What only tables, exports, the desk and alerts need.
HEAVY = ("pandas", "numpy", "pyarrow", "starlette", "jinja2", "apprise")
LISTS_HEAVY = (
    "import runpy, sys; sys.argv[0] = 'adm-sync'\n"
    "try:\n    runpy.run_module('adm_sync.cli', run_name='__main__')\n"
    "finally:\n    print('loaded:', *sorted({names!r} & set(sys.modules)), file=sys.stderr)"
)


@dataclass(frozen=True, slots=True)
class Start:
    """A command's median time in seconds, by the clock and of the processor."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Compared:
    """A command now and in the older checkout, and what it loads of what it does not need."""

    command: str
    now: Start
    before: Start | None
    loaded: str


def measure_all(quick: bool, before: Path | None) -> list[Compared]:
    """Each command in this checkout, and in turn with it in the other one, if there is one."""
    roots = [stage.ROOT, *([before] if before else [])]
    with (
        stage.database_server() as server,
        stage.sandbox(RECORDS, 0.0, None) as access,
        ExitStack() as kept,
    ):
        places = {root: kept.enter_context(_settled(server, root, access)) for root in roots}
        return [_compared(name, places, TIMES_QUICK if quick else TIMES) for name in COMMANDS]


def section(found: Sequence[Compared]) -> str:
    """The section of docs/benchmarks.md."""
    rows = [("command", "before: s", "CPU s", "now: s", "CPU s", f"loads of {', '.join(HEAVY)}")]
    rows += [
        (one.command, *_cells(one.before), *_cells(one.now), one.loaded or "nothing")
        for one in found
    ]
    return (
        f"Whole processes, {RECORDS} records of each entity, the median of {TIMES}, by the clock "
        "and of the processor. “Before” is the last commit without the desk, alerts and tables, "
        "run in turn with this one on the same machine "
        '(`make bench ARGS="--before CHECKOUT starting"`).\n\n'
        f"{tables.table(rows, left={0, 5})}"
    )


def _cells(start: Start | None) -> tuple[str, str]:
    return (f"{start.wall:.2f}", f"{start.cpu:.2f}") if start else ("", "")


@contextmanager
def _settled(server: sa.URL, root: Path, access: Environment) -> Iterator[Environment]:
    """A workplace of its own for a checkout, in which everything has been synced once."""
    with (
        stage.database(server, f"benchmark_{abs(hash(root))}") as url,
        workplace(
            server, url, access, dagster=f"benchmark_dagster_{abs(hash(root))}"
        ) as environment,
    ):
        _run(root, environment, ["-m", "adm_sync.cli", "db", "upgrade"])
        with psycopg.connect(url) as connection:
            stage.fill_tutorial_rows(connection, RECORDS)
        stage.settle(url)
        _run(root, environment, ["-m", "adm_sync.cli", "sync-all"])
        yield environment


def _compared(name: str, places: Mapping[Path, Environment], times: int) -> Compared:
    command = ["-m", "adm_sync.cli", *COMMANDS[name]]
    took: dict[Path, list[Start]] = {root: [] for root in places}
    for _ in range(times + 1):  # the first is not counted: files come from the disk
        for root, environment in places.items():
            took[root].append(_timed(root, environment, command))
    now, *before = [
        Start(median(one.wall for one in starts[1:]), median(one.cpu for one in starts[1:]))
        for starts in took.values()
    ]
    return Compared(name, now, before[0] if before else None, _loaded(places, COMMANDS[name]))


def _loaded(places: Mapping[Path, Environment], command: Sequence[str]) -> str:
    code = LISTS_HEAVY.format(names=set(HEAVY))
    said = _run(stage.ROOT, places[stage.ROOT], ["-c", code, *command])
    return said.rpartition("loaded:")[2].strip()


def _timed(root: Path, environment: Environment, command: Sequence[str]) -> Start:
    began, used = time.perf_counter(), os.times()
    _run(root, environment, command)
    wall, ended = time.perf_counter() - began, os.times()
    spent = ended.children_user - used.children_user
    return Start(wall, spent + ended.children_system - used.children_system)


def _run(root: Path, environment: Environment, command: Sequence[str]) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed in {root}: {done.stdout}{done.stderr}")
    return done.stderr
