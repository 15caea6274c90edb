"""`adm-sync.log` in ADM_SYNC_HOME: what stands behind the sentences that people are told.

What belongs here: writing there, one entry for each, without secrets, readable for the owner of
the home only. What does not: what is shown to anybody.
"""

import logging
import os
import re
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

import sqlalchemy as sa

from adm_sync.administrate.redaction import Redactor
from adm_sync.errors import AdmSyncError, DecisionError, SettingsError, WorkbookError
from adm_sync.settings import Settings

# What a person got wrong has nothing behind it that the sentence does not say.
_WHOLLY_TOLD = (SettingsError, WorkbookError, DecisionError)

# Of an address; what is shorter is a word as like as not.
SHORTEST_TOKEN = 8
# Where a machine may stand in an address, some services have a token.
_MACHINE = re.compile(r"localhost|(\d{1,3}\.){3}\d{1,3}|([a-z0-9-]+\.)+[a-z]{2,10}")
# It stands in the path of each file of ours, so that no trace could be read.
_OWN_NAME = "adm_sync"

_kept: WeakSet[AdmSyncError] = WeakSet()


def log_file() -> Path:
    """Where it is."""
    try:
        home = Settings.load().home
    except Exception:  # it may be what is to be written there
        home = Path(os.environ.get("ADM_SYNC_HOME") or "~/.adm_sync").expanduser()
    return home / "adm-sync.log"


def keep(sentence: str, error: BaseException | None = None) -> None:
    """Write an entry: a sentence, and the whole trace of an error.

    Raises:
        OSError: it cannot be written.
    """
    trace = "" if error is None else _trace(error)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    entry = redactor().hide(f"{stamp} {sentence.rstrip()}\n{trace}")
    where = log_file()
    where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(where, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        # It may be one of before, made with the rights of that time.
        os.fchmod(handle, 0o600)
        file.write(entry.encode(errors="backslashreplace"))


def keep_trace(error: BaseException) -> None:
    """Keep what stands behind an error that is told in a sentence; nothing if it says it all.

    Once for each error; a log that cannot be written is no reason to fail.
    """
    if isinstance(error, AdmSyncError):
        if error in _kept or isinstance(error, _WHOLLY_TOLD) or not _has_other_cause(error):
            return
        _kept.add(error)
    elif not isinstance(error, Exception):
        return
    with suppress(OSError):
        keep(str(error) or type(error).__name__, error)


def log_faults() -> None:
    """From now on faults that this process logs are in the file, too."""
    logger = logging.getLogger("adm_sync")
    if not any(isinstance(handler, FaultHandler) for handler in logger.handlers):
        logger.addHandler(FaultHandler())


class FaultHandler(logging.Handler):
    """Faults that are logged, in the file."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it; a log that cannot be written is no reason to fail, nor for a traceback."""
        error = record.exc_info[1] if record.exc_info else None
        with suppress(OSError):
            keep(f"{record.name}: {record.getMessage()}", error)


def _has_other_cause(error: BaseException) -> bool:
    seen: set[int] = set()  # a chain of errors may bite its own tail
    cause: BaseException | None = error
    while isinstance(cause, AdmSyncError) and id(cause) not in seen:
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return isinstance(cause, Exception) and not isinstance(cause, AdmSyncError)


def _trace(error: BaseException) -> str:
    """With what was behind it, also where that is not for readers (`from None`)."""
    whole = traceback.TracebackException.from_exception(error)
    link: traceback.TracebackException | None = whole
    while link is not None:
        link.__suppress_context__ = False
        link = link.__cause__ or link.__context__
    return "".join(whole.format())


# Of others, such as the libraries that reach folders by a URL.
_SECRET_VARIABLE = re.compile(r"(?!ADM).*(SECRET|PASSWORD|TOKEN|CONNECTION_STRING|_KEY$)")


def redactor() -> Redactor:
    """What takes every secret that this process knows of out of a text."""
    known = Redactor()
    for one in _secrets():
        if one != _OWN_NAME:
            known.learn(one)
    return known


def _secrets() -> Iterator[str]:
    yield from (value for name, value in os.environ.items() if _SECRET_VARIABLE.match(name))
    try:
        settings = Settings.load()
    except SettingsError:
        return
    if settings.administrate_api_secret is not None:
        yield settings.administrate_api_secret.get_secret_value()
    if settings.adm_sync_alerts is not None:
        for address in re.split(r"[\s,]+", settings.adm_sync_alerts.get_secret_value()):
            yield from _tokens(address)
    for given in (settings.adm_sync_database_url, settings.adm_sync_dagster_database_url):
        url = sa.make_url(given.get_secret_value()) if given else None
        if url is not None and url.password:
            # A driver may take a part of it for the host.
            parts = {url.password, *re.split("[@/:]", url.password)}
            yield from parts - {url.username, url.host, url.database}


def _tokens(address: str) -> Iterator[str]:
    """All that may be one: each service has them elsewhere."""
    machine = re.sub(r"^\w+://([^/?]*@)?|[:/?].*", "", address)
    for part in re.split(r"[/:@?&=]+", address):
        is_machine = part == machine and _MACHINE.fullmatch(part)
        if len(part) >= SHORTEST_TOKEN and not is_machine:
            yield part
