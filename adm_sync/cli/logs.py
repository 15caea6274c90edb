"""Where the project's log messages go when the command line is at work.

What belongs here: handlers of the logger `adm_sync`. What does not: messages.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

import click

from adm_sync.cli.terminal import harmless, one_line
from adm_sync.settings import Settings
from adm_sync.trace import trace


def log_to_stderr(*, debug: bool) -> None:
    """Warnings of the project as plain sentences; everything with `--debug`.

    Faults go to `adm-sync.log` under ADM_SYNC_HOME, with their tracebacks.
    """
    logger = logging.getLogger("adm_sync")
    for handler in logger.handlers:
        handler.close()
    logger.handlers[:] = [_Shown(debug=debug), _Kept(log_file())]
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
    logger.propagate = False
    trace.handlers[:] = [_Shown(debug=debug)]
    trace.setLevel(logging.DEBUG if debug else logging.CRITICAL)


@contextmanager
def told_by_the_command(*, debug: bool) -> Iterator[None]:
    """What a job of the imports logs for the Dagster UI, the command tells in its own words."""
    shown = [one for one in logging.getLogger("adm_sync").handlers if isinstance(one, _Shown)]
    for handler in shown if not debug else ():
        handler.addFilter(_is_not_of_a_job)
    try:
        yield
    finally:
        for handler in shown:
            handler.removeFilter(_is_not_of_a_job)


def _is_not_of_a_job(record: logging.LogRecord) -> bool:
    return record.name != "adm_sync.imports"


def log_file() -> Path:
    """Where faults of our own are written with all their details."""
    try:
        home = Settings.load().home
    except Exception:  # it may be what is to be written there
        home = Path(os.environ.get("ADM_SYNC_HOME") or "~/.adm_sync").expanduser()
    return home / "adm-sync.log"


class _Shown(logging.Handler):
    """Messages as sentences on standard error; a traceback is for the log file."""

    def __init__(self, *, debug: bool) -> None:
        super().__init__(logging.DEBUG if debug else logging.WARNING)
        self._debug = debug

    def emit(self, record: logging.LogRecord) -> None:
        if self._debug:
            click.echo(harmless(f"{record.name}: {record.getMessage()}"), err=True)
        else:
            click.echo(f"  … {one_line(record.getMessage())}", err=True)


class _Kept(logging.FileHandler):
    """Faults, in a file that is made when there is one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self.setLevel(logging.ERROR)
        self.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A log that cannot be written is no reason to fail, nor for a traceback."""
