"""Where log messages go when the command line is at work.

What belongs here: handlers of the logger `adm_sync`, and the file for what Dagster's processes say.
What does not: messages.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from adm_sync.cli.terminal import harmless, one_line, say_on_stderr
from adm_sync.fault_log import FaultHandler, redactor
from adm_sync.trace import trace


def log_to_stderr(*, debug: bool) -> None:
    """Warnings of the project as plain sentences; everything with `--debug`.

    Faults go to `adm-sync.log` under ADM_SYNC_HOME, with their tracebacks.
    """
    logger = logging.getLogger("adm_sync")
    for handler in logger.handlers:
        handler.close()
    logger.handlers[:] = [_Shown(debug=debug), FaultHandler()]
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


class DagsterLog(RotatingFileHandler):
    """`dagster.log` in ADM_SYNC_HOME: the latest of what Dagster's own processes say.

    While a database is away those are thousands of lines in a minute, so that only so many are
    kept, and apart from our own log.
    """

    MOST_BYTES = 5_000_000

    def __init__(self, home: Path) -> None:
        with suppress(OSError):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = home / "dagster.log"
        super().__init__(file, maxBytes=self.MOST_BYTES, backupCount=1, delay=True)
        self._redactor = redactor()

    def keep(self, line: bytes) -> None:
        """Add a line."""
        text = self._redactor.hide(line.decode(errors="replace").rstrip())
        self.handle(logging.makeLogRecord({"msg": text}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A log that cannot be written is no reason to fail, nor for a traceback."""


class _Shown(logging.Handler):
    """Messages as sentences on standard error; a traceback is for the log file."""

    def __init__(self, *, debug: bool) -> None:
        super().__init__(logging.DEBUG if debug else logging.WARNING)
        self._debug = debug

    def emit(self, record: logging.LogRecord) -> None:
        if self._debug:
            say_on_stderr(harmless(f"{record.name}: {record.getMessage()}"))
        else:
            say_on_stderr(f"  … {one_line(record.getMessage())}")
