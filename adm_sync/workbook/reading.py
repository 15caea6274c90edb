"""From a path to a book: the file, and the guarded child process that parses it.

What belongs here: opening a file, and starting, watching and ending the child. What does not:
parsing (`parsing`, which runs in the child) and judging what is in the book (`table`).
"""

import errno
import hashlib
import json
import os
import re
import signal
import stat
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, Timer
from typing import IO, Any

from adm_sync.workbook import guarding
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.archive import MEGABYTE, TOO_LARGE, check_kind, empty
from adm_sync.workbook.file.parsing import Unpacker
from adm_sync.workbook.findings import Finding, WorkbookRefused, refusal
from adm_sync.workbook.sheet import Book, Content, Row, Sheet

PROGRAM = ("-m", "adm_sync.workbook.file.parsing")
LONGEST_NAME = 255  # bytes that a file system takes
_LOCKS = ("~$", ".~lock.")
# Control characters, separators of paths, halves of characters, signs that nobody sees or that turn
# around what follows them, and what no partition key may hold. Joiners are letters of some scripts.
_NOT_IN_NAMES = re.compile(
    r"[\x00-\x1f\x7f-\x9f/\\\ud800-\udfff]|\.\.\."
    r"|[\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

FILE_MISSING = refusal(
    "file_missing",
    "There is no file {path}.",
    "a misspelt name",
    "Check the path and the spelling.",
)
FILE_IS_FOLDER = refusal(
    "file_is_folder",
    "{path} is a folder.",
    "the inbox itself instead of a workbook in it",
    "Give the path of a workbook in it.",
)
FILE_UNREADABLE = refusal(
    "file_unreadable",
    "{path} cannot be read: {reason}.",
    "a file that only its owner may read",
    "Check who may read it, and whether its drive is there.",
)
LOCK_FILE = refusal(
    "lock_file",
    "{name} is not a workbook: it only marks one as open in Excel.",
    "~$events.xlsx",
    "Close the workbook and give its own name.",
)
CHANGED_WHILE_READING = refusal(
    "changed_while_reading",
    "{name} changed while it was read.",
    "a workbook that is still being copied",
    "Wait until it is saved or copied completely, and import it again.",
)
TOO_SLOW = refusal(
    "too_slow",
    "{name} took longer than {seconds:g} seconds to read.",
    "a sheet of millions of formatted, empty cells",
    "Copy the sheet of events into a new workbook, or raise ADM_SYNC_WORKBOOK_SECONDS.",
)
READING_FAILED = refusal(
    "reading_failed",
    "{name} could not be read: reading it ended before its time.",
    "a machine that is short of memory",
    "Copy the sheet of events into a new workbook. If it happens again, this machine may be short "
    "of memory.",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be at most, and the seconds that reading it may take."""

    megabytes: float = 25.0
    rows: int = 100_000
    seconds: float = 120.0


def open_content(path: Path, limits: Limits, *, follow: bool = True) -> Content:
    """Read a file whole; without `follow` a link is refused.

    Raises:
        WorkbookRefused: there is no such file, it cannot be read, it is too large or empty, it is
            the lock file of another, or it changed meanwhile.
    """
    name = safe_name(path.name)
    if path.name.startswith(_LOCKS):
        raise WorkbookRefused(LOCK_FILE(name=name))
    data = _read(path, name, limits, 0 if follow else _NO_LINK)
    if not data:
        raise WorkbookRefused(empty(name))
    content = Content(name, data, hashlib.sha256(data).hexdigest(), _is_open(path))
    verify_unchanged(path, content)
    return content


def content_of(name: str, data: bytes, limits: Limits, size: int = 0) -> Content:
    """What came over the network: its bytes, and the name that they are said to have.

    Args:
        name: no folder is taken from it.
        data: none, if there are more than `limits` allow.
        limits: what a workbook may be.
        size: how many bytes there are, if not all of them were taken.

    Raises:
        WorkbookRefused: it is too large or empty.
    """
    name, most = safe_name(name), int(limits.megabytes * MEGABYTE)
    if (size := max(size, len(data))) > most:
        raise WorkbookRefused(_too_large(name, size, limits))
    if not data:
        raise WorkbookRefused(empty(name))
    return Content(name, data, hashlib.sha256(data).hexdigest())


def _too_large(name: str, size: int, limits: Limits) -> Finding:
    remedy = "Split it, or raise ADM_SYNC_WORKBOOK_MEGABYTES."
    return TOO_LARGE(remedy, name=name, size=size / MEGABYTE, most=limits.megabytes)


def verify_unchanged(path: Path, content: Content) -> None:
    """Make sure that a file still is what was read.

    Raises:
        WorkbookRefused: it is not, or it is gone.
    """
    try:
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == content.sha256
    except OSError:
        same = False
    if not same:
        raise WorkbookRefused(CHANGED_WHILE_READING(name=content.name))


def safe_name(name: str) -> str:
    """A file's name as it may stand in a message, a key or another file's name."""
    return _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", name)).strip() or "_"


def short_name(name: str, room: int = LONGEST_NAME) -> str:
    """The name, or its beginning with a sum of the whole, in at most `room` bytes."""
    whole = name.encode()
    if len(whole) <= room:
        return name
    end = f"-{hashlib.sha256(whole).hexdigest()[:8]}"
    return whole[: room - len(end)].decode(errors="ignore") + end


def _read(path: Path, name: str, limits: Limits, flags: int) -> bytes:
    most = int(limits.megabytes * MEGABYTE)
    try:
        # Not blocking, so that a pipe without a writer does not stop everything.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY | flags)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            found = os.fstat(descriptor)
            if stat.S_ISDIR(found.st_mode):
                raise IsADirectoryError
            if not stat.S_ISREG(found.st_mode):
                finding = FILE_UNREADABLE.saying(
                    f"{path} is not a file.", "Give the path of a workbook."
                )
                raise WorkbookRefused(finding)
            data = b"" if found.st_size > most else file.read(most + 1)
    except FileNotFoundError:
        raise WorkbookRefused(FILE_MISSING(path=path)) from None
    except IsADirectoryError:
        raise WorkbookRefused(FILE_IS_FOLDER(path=path)) from None
    except (OSError, ValueError) as error:
        raise WorkbookRefused(_unreadable(path, error, follows=not flags)) from error
    size = max(found.st_size, len(data))
    if size > most:
        raise WorkbookRefused(_too_large(name, size, limits))
    return data


def _unreadable(path: Path, error: OSError | ValueError, *, follows: bool) -> Finding:
    if not follows and getattr(error, "errno", None) == errno.ELOOP:
        return FILE_UNREADABLE.saying(f"{path} is a link.", "Put the workbook itself there.")
    return FILE_UNREADABLE(path=path, reason=getattr(error, "strerror", None) or str(error))


_BINARY = getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def _is_open(path: Path) -> bool:
    beside = (f"~${path.name}", f".~lock.{path.name}#")
    with suppress(OSError):
        return any(path.with_name(name).exists() for name in beside)
    return False


def read_book(
    content: Content,
    limits: Limits,
    known: Mapping[str, Column] | None = None,
    whole: str = "",
) -> Book:
    """Parse a workbook in a child process that may use only so much memory and time.

    Sheets without the headers of events (by default those of the table of columns) come with their
    first rows only, but for the one whose title is `whole`.

    Raises:
        WorkbookRefused: it is no workbook, damaged, hostile or beyond a limit.
    """
    check_kind(content.name, content.data)
    with _start(content.name, limits, known or {}, whole) as process:
        child = _Child(process)
        clock = Timer(limits.seconds, child.stop)
        feeder = Thread(target=_feed, args=(process.stdin, content.data), daemon=True)
        clock.start()
        feeder.start()
        try:
            return assemble(content, child.messages(content.name, limits))
        finally:
            clock.cancel()
            process.kill()
            feeder.join()


def assemble(content: Content, messages: Iterable[Any]) -> Book:
    """The book that the messages of `parsing.messages` tell of."""
    unpacker = Unpacker()
    sheets: list[Sheet] = []
    rows: list[Row] = []
    has_macros, title, state = False, "", ""
    for message in messages:
        match message:
            case list():
                rows.append(unpacker.unpack(message))
            case {"sheet": title, "state": state}:
                rows = []
            case {"merged": merged, "links": links}:
                where = tuple((ref, address) for ref, address in links)
                sheets.append(Sheet(title, state, tuple(rows), tuple(merged), where))
            case {"macros": has_macros}:
                pass
    return Book(content.name, tuple(sheets), has_macros, content.open_elsewhere)


def _start(
    name: str, limits: Limits, known: Mapping[str, Column], whole: str
) -> "subprocess.Popen[bytes]":
    numbers = [str(limits.megabytes), str(limits.rows), str(limits.seconds)]
    arguments = [name, *numbers, json.dumps(known), whole]
    return subprocess.Popen(  # noqa: S603 - arguments are ours
        guarding.command(*PROGRAM, *arguments),
        env=guarding.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _feed(stream: IO[bytes] | None, data: bytes) -> None:
    # A child that has died is noticed where its answer is read.
    with suppress(OSError):
        assert stream is not None
        with stream:
            stream.write(data)


class _Child:
    """The child process while it runs, and what its death means."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._is_late = False

    def stop(self) -> None:
        """End it because its time is over."""
        self._is_late = True
        self._process.kill()

    def messages(self, name: str, limits: Limits) -> Iterator[Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                break  # the half of a line that it died over
            match message:
                case {"done": True}:
                    return
                case {"memory": True}:
                    message = f"{name} needs more memory than reading a workbook may use."
                    remedy = "Copy the sheet of events into a new workbook."
                    raise WorkbookRefused(TOO_LARGE.saying(message, remedy))
                case {"refused": finding}:
                    raise WorkbookRefused(Finding(**finding))
                case _:
                    yield message
        self._process.wait()
        if self._is_late or self._process.returncode == -getattr(signal, "SIGXCPU", 0):
            raise WorkbookRefused(TOO_SLOW(name=name, seconds=limits.seconds))
        raise WorkbookRefused(READING_FAILED(name=name))
