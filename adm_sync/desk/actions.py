"""Work that takes longer than a moment: a command of `adm-sync`, as a process of its own.

It works on whatever becomes of the desk, and is on Dagster's timeline as if a person had typed it.
Its folder in ADM_SYNC_HOME says what was started and for whom, what it said, and its document; for
as long as it holds the lock on a file there, it is at work.

What belongs here: starting one, and how it goes. What does not: what a command does.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from adm_sync.acting import ACTING_FOR
from adm_sync.desk.errors import PageError
from adm_sync.errors import SurroundingsError
from adm_sync.files import put
from adm_sync.settings import Settings
from adm_sync.workbook.reading import safe_name, short_name

MOST_AT_ONCE = 8
SECONDS_TO_STOP = 60
AGAIN = "The same again goes on from where it was."
KEPT = timedelta(days=30)
TOLD_BYTES = 4000
MOST_OF_A_NAME = 150  # bytes
NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}", re.ASCII)
STAMP = "%Y%m%d-%H%M%S"
COMMAND, ANSWER, SAID, AT_WORK = "command.json", "answer.json", "said.txt", "at_work.lock"
FILES, STARTING = "files", "starting.lock"
KILLED = (
    "It ended without saying how: its process was killed, the machine went down, or there was no "
    "room left for what it says. What it had begun by then, if anything, is on Dagster's timeline; "
    "the same again goes on from there."
)
NO_ROOM = (
    "There is no room left in ADM_SYNC_HOME: whoever looks after adm_sync has to make some first."
)
LEAST_ROOM = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that somebody has sent, with the name that they gave it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Work:
    """A command that the desk started.

    Attributes:
        name: what it is called in addresses.
        arguments: of `adm-sync`, but for the file.
        who: on whose behalf.
        started_at: when.
        is_running: whether its process is there.
        document: what it printed at its end; None until then, or if it did not get there.
        said: its last remarks.
        file: the name of the file that it is about; empty if it is about none.
        has_room: whether there is room now where an answer that is missing was to be.
    """

    name: str
    arguments: tuple[str, ...]
    who: str
    started_at: datetime
    is_running: bool
    document: Mapping[str, Any] | None
    said: tuple[str, ...]
    file: str = ""
    has_room: bool = True

    @property
    def words(self) -> str:
        """The command as a person would type it."""
        return " ".join(filter(None, (*self.arguments, self.file)))

    @property
    def address(self) -> str:
        """The page that shows it."""
        return f"/commands/{self.name}"

    @property
    def status(self) -> str:
        """`running`, or how it ended, in the words of `--json`, or `compared`."""
        if self.is_running:
            return "running"
        if self.is_comparison:
            return "compared"
        return str((self.document or {}).get("status", "interrupted"))

    @property
    def is_comparison(self) -> bool:
        """Whether it has compared all it was to, and did nothing else; that things differ, even
        that an event is there more than once, is what it was to find.
        """
        document = self.document or {}
        did_more = {"doubles", "relinked"} & document.keys() or document.get("message")
        return "differences" in document and not did_more

    @property
    def message(self) -> str:
        """The sentence that it ended with, if it did with one."""
        if self.is_running:
            return ""
        if self.document is None:
            return KILLED if self.has_room else f"{KILLED} {NO_ROOM}"
        return str(self.document.get("message") or "")


def start(
    settings: Settings, who: str, arguments: Sequence[str], file: SentFile | None = None
) -> Work:
    """Start `adm-sync` with these arguments and `--json`, for this user.

    Args:
        settings: where its folder is to be.
        who: the user.
        arguments: the command, and its options.
        file: the last argument, if that is a file; it is kept with the rest.

    Raises:
        PageError: too many are at work.
        SurroundingsError: there is no room for its files.
    """
    now = datetime.now(UTC)
    name = f"{now.strftime(STAMP)}-{secrets.token_hex(4)}"
    folder = _works(settings) / name
    told = {"arguments": [*arguments], "who": who, "started_at": now.isoformat(), "file": ""}
    given = [*arguments]
    try:
        with _alone(settings):
            _check_room(settings)
            _forget(settings, now - KEPT)
            folder.mkdir(mode=0o700)
            if file:
                told["file"] = called = _file_name(file.name)
                (folder / FILES).mkdir(mode=0o700)
                put(folder / FILES / called, file.data, private=True)
                given += ["--", str(folder / FILES / called)]
            put(folder / COMMAND, json.dumps(told).encode(), private=True)
            _spawn(folder, who, given)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SurroundingsError(
            "The command could not be started, because nothing can be written to ADM_SYNC_HOME "
            f"({error.strerror}). Whoever looks after adm_sync can mend that."
        ) from error
    work = find(settings, name)
    assert work is not None
    return work


def find(settings: Settings, name: str) -> Work | None:
    """The command of this name, as it stands now."""
    if not NAME.fullmatch(name):
        return None
    folder = _works(settings) / name
    try:
        told = json.loads((folder / COMMAND).read_bytes())
        is_running = _is_held(folder / AT_WORK)
        said = (folder / SAID).read_bytes()[-TOLD_BYTES:].decode(errors="replace")
    except (OSError, ValueError):
        return None
    document = None
    if not is_running:
        with suppress(OSError, ValueError):
            document = json.loads((folder / ANSWER).read_bytes())
    return Work(
        name,
        tuple(told["arguments"]),
        told["who"],
        datetime.fromisoformat(told["started_at"]),
        is_running,
        document if isinstance(document, dict) else None,
        tuple(line.strip().removeprefix("… ") for line in said.splitlines() if line.strip()),
        told.get("file", ""),
        is_running or document is not None or shutil.disk_usage(folder).free >= LEAST_ROOM,
    )


def file_of(settings: Settings, work: Work) -> SentFile:
    """The file that a command was about.

    Raises:
        PageError: it is not there any more.
    """
    try:
        data = (_works(settings) / work.name / FILES / work.file).read_bytes()
    except OSError:
        raise PageError(404, f"{work.file} is not kept any more. Send it again.") from None
    return SentFile(work.file, data)


def recent(settings: Settings, since: datetime) -> list[Work]:
    """The commands that were started since then, or that are at work, newest first."""
    return [work for work in _all(settings) if work.is_running or work.started_at >= since]


def stop_all(settings: Settings, say: Callable[[str], object]) -> None:
    """Tell every command that is at work to stop, as Ctrl-C does, and wait until it has.

    Args:
        settings: where they are.
        say: is told what is waited for, and what became of it.
    """
    at_work = [work for work in _all(settings) if work.is_running]
    for work in at_work:
        say(f"Stopping adm-sync {work.words} …")
        _signal(settings, work, signal.SIGINT)
    ends = time.monotonic() + SECONDS_TO_STOP
    for work in at_work:
        while _is_held(_works(settings) / work.name / AT_WORK) and time.monotonic() < ends:
            time.sleep(0.1)
        now = find(settings, work.name)
        if now is not None and now.is_running:
            _signal(settings, work, signal.SIGKILL)
            say(f"adm-sync {work.words} did not stop in time and was killed. {AGAIN}")
        else:
            status = now.status if now else "interrupted"
            again = f" {AGAIN}" if status in {"interrupted", "cancelled"} else ""
            say(f"adm-sync {work.words} has ended: {status}.{again}")


def _signal(settings: Settings, work: Work, number: int) -> None:
    """Nothing where it has ended meanwhile; while it holds its lock, the number is its own."""
    file = _works(settings) / work.name / AT_WORK
    with suppress(OSError, ValueError):
        if _is_held(file):
            os.kill(int(file.read_bytes()), number)


def _all(settings: Settings) -> Iterator[Work]:
    with suppress(OSError):
        for folder in sorted(_works(settings).iterdir(), reverse=True):
            work = find(settings, folder.name)
            if work is not None:
                yield work


def _works(settings: Settings) -> Path:
    return settings.home / "desk"


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """While this lasts nobody else starts one, so that no more are than may be."""
    _works(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    with (_works(settings) / STARTING).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _check_room(settings: Settings) -> None:
    if sum(work.is_running for work in _all(settings)) >= MOST_AT_ONCE:
        raise PageError(
            503, f"{MOST_AT_ONCE} commands are at work already. Wait until one has ended."
        )


def _file_name(given: str) -> str:
    """What a file is called here: no folder, and not too long."""
    name = PurePosixPath(safe_name(given.replace("\\", "/").rpartition("/")[2]))
    return short_name(name.stem, MOST_OF_A_NAME) + name.suffix


def _spawn(folder: Path, who: str, arguments: Sequence[str]) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    lock, answer, said = (os.open(folder / name, flags, 0o600) for name in (AT_WORK, ANSWER, SAID))
    try:
        # The process inherits the lock, and has it until it ends, however that comes about.
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own command
            [sys.executable, "-m", "adm_sync.cli", arguments[0], "--json", *arguments[1:]],
            env={**os.environ, ACTING_FOR: who},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=said,
            start_new_session=True,
            pass_fds=[lock],
        )
        os.write(lock, str(process.pid).encode())
    finally:
        for handle in (lock, answer, said):
            os.close(handle)
    # Somebody has to hear of its end, or it stays in the list of processes.
    threading.Thread(target=process.wait, daemon=True).start()


def _is_held(file: Path) -> bool:
    with file.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _forget(settings: Settings, before: datetime) -> None:
    for work in list(_all(settings)):
        if work.started_at < before and not work.is_running:
            shutil.rmtree(_works(settings) / work.name, ignore_errors=True)
