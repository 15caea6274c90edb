"""What most commands need: settings, logging, the open database, progress.

What belongs here: opening things for a command, and talking to a terminal. What does not: the
commands.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from adm_sync.database.engine import Database, open_database
from adm_sync.reference.sync import Listener
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.settings import Settings

debug_option = click.option("--debug", is_flag=True, help="Show what happens in detail.")
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
)


class _Sentences(logging.Formatter):
    """Messages as sentences; a traceback is for the log file, not for the reader."""

    def format(self, record: logging.LogRecord) -> str:
        return f"  … {record.getMessage()}"


def log_to_stderr(*, debug: bool) -> None:
    """Warnings of the project as plain sentences; everything with `--debug`.

    Faults go to `adm-sync.log` under ADM_SYNC_HOME, with their tracebacks.
    """
    shown = logging.StreamHandler()
    shown.setFormatter(logging.Formatter("%(name)s: %(message)s") if debug else _Sentences())
    kept = logging.FileHandler(log_file(), encoding="utf-8", delay=True)
    kept.setLevel(logging.ERROR)
    kept.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    logger = logging.getLogger("adm_sync")
    logger.handlers[:] = [shown, kept]
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
    logger.propagate = False


def log_file() -> Path:
    """Where faults of our own are written with all their details."""
    home = Path(os.environ.get("ADM_SYNC_HOME") or "~/.adm_sync").expanduser()
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    return home / "adm-sync.log"


@contextmanager
def open_everything(settings: Settings, **options: Any) -> Iterator[Syncer]:
    """The database and the client of the settings."""
    settings.administrate()
    with (
        open_database(settings) as database,
        open_syncer(settings, database, **options) as syncer,
    ):
        yield syncer


@contextmanager
def open_only_database(settings: Settings) -> Iterator[Database]:
    """The database alone, its tables in order."""
    with open_database(settings) as database:
        yield database


def interactive() -> bool:
    """Whether somebody sits there who can answer."""
    return _is_terminal(sys.stdin) and _is_terminal(sys.stdout)


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


@contextmanager
def progress() -> Iterator[Listener]:
    """Pages done and to come, with the rate and the time left, where somebody can see it."""
    if not _is_terminal(sys.stderr):
        yield Listener()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("  fetching"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages, {task.fields[rate]} a second,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Listener(pages=_shown_by(bar))


def _shown_by(bar: Any) -> Callable[[int, int], None]:
    task: Any = None

    def pages(done: int, total: int) -> None:
        nonlocal task
        if total < 2:
            return
        if task is None:
            task = bar.add_task("fetch", total=total, rate="…")
        speed = bar.tasks[0].speed or 0
        bar.update(task, completed=done, total=total, rate=f"{speed:.0f}")
        if done >= total:
            bar.remove_task(task)
            task = None

    return pages
