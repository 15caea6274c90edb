# ruff: noqa: RUF001 - the multiplication sign is meant
"""Whole commands: a process from typing to the prompt, with its start and its end."""

import subprocess
import sys
import time
from collections import Counter
from statistics import median

import sqlalchemy as sa

from benchmarks import stage as servers
from benchmarks.aims.row import Row, beside
from benchmarks.aims.workplace import Environment, workplace
from benchmarks.imports import stage

SMALL, LARGER = 20, 1_000
SYNC = "sync-all"
LISTED = 10


def bare(server: sa.URL, times: int) -> tuple[list[Row], dict[str, float]]:
    """A sync of a few records and of more, and the help; what is imported for it, in seconds."""
    found = []
    for count in (SMALL, LARGER):
        with (
            servers.template_database(server, count, one_entity=False),
            servers.sandbox(count, 0.0, None) as access,
            servers.copied_database(server) as url,
            workplace(server, url, access) as environment,
        ):
            most = 1.2 if count == SMALL else None
            work = f"sync-all, 7 × {count:,} records, whole process"
            found.append(Row(work, "wall s", _median(environment, times), most=most))
            if count == SMALL:
                imported = _imports(environment)
                helped = median(_run(environment, "--help") for _ in range(times))
    return [*found, Row("adm-sync --help", "wall s", helped, most=0.2)], imported


def of_company(server: sa.URL, history: str, times: int) -> list[Row]:
    """A sync of the company's own records, on a database with a past and without one."""
    found = []
    for template in (servers.TEMPLATE, history):
        with (
            stage.company_sandbox(0.0) as access,
            servers.copied_database(server, template) as url,
            workplace(server, url, access) as environment,
        ):
            work = "sync-all of the fictional company, whole process"
            found.append([Row(work, "wall s", _median(environment, times))])
    return beside(*found)


def _median(environment: Environment, times: int) -> float:
    """The first run makes the tables, and what Dagster wants for itself."""
    _run(environment, SYNC)
    return median(_run(environment, SYNC) for _ in range(times))


def _run(environment: Environment, command: str) -> float:
    began = time.perf_counter()
    _done(environment, command)
    return time.perf_counter() - began


def _imports(environment: Environment) -> dict[str, float]:
    """Seconds that the code of each package took to be imported for a sync, the longest first."""
    own: Counter[str] = Counter()
    for line in _done(environment, SYNC, "-X", "importtime").stderr.splitlines():
        if line.startswith("import time:") and line.count("|") == 2:
            microseconds, _, name = line.removeprefix("import time:").split("|")
            if microseconds.strip().isdigit():
                own[name.strip().partition(".")[0]] += int(microseconds) / 1e6
    return {"everything": own.total(), **dict(own.most_common(LISTED))}


def _done(
    environment: Environment, command: str, *options: str
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, *options, "-m", "adm_sync.cli", command],
        cwd=servers.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"adm-sync {command} failed: {done.stdout}{done.stderr}")
    return done
