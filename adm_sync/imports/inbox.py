"""The inbox: a folder that workbooks are dropped into, on this machine or another.

What belongs here: what lies in it, what of that can be taken, and reading it. What does not: what
was seen before (`arrivals`, `database.inbox`), and how a folder by a URL is reached (`remote`).
"""

import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from adm_sync.errors import FolderError
from adm_sync.folders import LocalFolder, told
from adm_sync.imports.file_kinds import WORKBOOKS, kind_of, lock_files
from adm_sync.remote import RemoteFile, RemoteFolder
from adm_sync.settings.places import OUTBOX
from adm_sync.surroundings import lacking
from adm_sync.workbook.file.archive import MEGABYTE
from adm_sync.workbook.reading import Limits, content_of, open_content
from adm_sync.workbook.sheet import Content

# Where a workbook that was taken in from it came from.
SOURCE = "inbox"
LOCK_PREFIXES = ("~$", ".~lock.")
# What systems and browsers leave lying in a folder; nobody means it to be imported.
LITTER = {"thumbs.db", "desktop.ini"}
LITTER_PREFIXES = ("._",)
UNFINISHED = {".part", ".crdownload", ".tmp", ".download"}

IS_LINK = "it is a link, and links are not followed. Put the workbook itself here."
IS_FOLDER = "it is a folder, and only what lies in the inbox itself is taken. Move workbooks up."
IS_NO_FILE = "it is not a file."


@dataclass(frozen=True)
class InboxFile:
    """Something that lies in the inbox, as it was at one look.

    Attributes:
        key: its name, as its inbox has it.
        sign: the same again only if nobody has written to it or put another in its place.
        obstacle: why it is not taken, in a sentence; empty for a workbook.
    """

    key: str
    sign: str
    obstacle: str = ""

    @cached_property
    def name(self) -> str:
        """Its name, as a table can hold it whatever its bytes are."""
        return os.fsencode(self.key).decode("utf-8", "backslashreplace")


class Inbox(Protocol):
    """What lies in a folder, and reading it."""

    @property
    def place(self) -> str:
        """What tells this folder from any other."""

    def look(self) -> list[InboxFile]:
        """What lies there that nobody has open and nobody is still writing, by name.

        Raises:
            FolderError: that cannot be said.
        """

    def read(self, one: InboxFile, limits: Limits) -> Content:
        """A file of the latest look, whole.

        Raises:
            WorkbookRefused: it is too large or empty, or cannot be read as it is.
            FileNotFoundError: it is gone.
            FolderError: the way to it failed.
        """

    def sign(self, one: InboxFile) -> str:
        """The sign that it has now.

        Raises:
            FileNotFoundError: it is gone.
            FolderError: the way to it failed.
        """


def inbox_in(
    folder: LocalFolder | RemoteFolder, outbox: LocalFolder | RemoteFolder | None = None
) -> Inbox:
    """The inbox that a folder is; where its outbox lies in it, that is passed over."""
    within = str(outbox or folder.within(OUTBOX)).removeprefix(f"{folder}/").partition("/")[0]
    if isinstance(folder, LocalFolder):
        return LocalInbox(folder.path, within)
    return RemoteInbox(folder, within)


@dataclass(frozen=True, slots=True)
class LocalInbox:
    """A folder of this machine; it is made if it is missing, and links in it are not followed.

    `outbox` is the name of the folder in it for answers, if they go there.
    """

    folder: Path
    outbox: str = ""

    @property
    def place(self) -> str:
        """See `Inbox`."""
        return str(self.folder.resolve())

    def look(self) -> list[InboxFile]:
        """See `Inbox`."""
        try:
            return self._look()
        except OSError as error:
            reason = lacking(error)
            why = str(reason).removesuffix(".") if reason else told(error)
            raise FolderError(f"{self.folder} cannot be read", why) from error

    def _look(self) -> list[InboxFile]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with os.scandir(self.folder) as entries:
            names = {entry.name for entry in entries}
        found = []
        for name in sorted(names):
            if name != self.outbox and _is_meant(name) and not _is_open(name, names):
                try:
                    state = (self.folder / name).stat(follow_symlinks=False)
                except FileNotFoundError:  # taken away since
                    continue
                why_not = _no_file(state) or obstacle(name)
                found.append(InboxFile(name, sign_of(state), why_not))
        return found

    def read(self, one: InboxFile, limits: Limits) -> Content:
        """See `Inbox`."""
        return open_content(self.folder / one.key, limits, follow=False)

    def sign(self, one: InboxFile) -> str:
        """See `Inbox`."""
        return sign_of((self.folder / one.key).stat(follow_symlinks=False))


def sign_of(state: os.stat_result) -> str:
    """What tells this file, as it is, from any other: a copy with its size and times kept, too."""
    return f"{state.st_ino}:{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}"


def _no_file(state: os.stat_result) -> str:
    if stat.S_ISLNK(state.st_mode):
        return IS_LINK
    if stat.S_ISDIR(state.st_mode):
        return IS_FOLDER
    return "" if stat.S_ISREG(state.st_mode) else IS_NO_FILE


_OBSTACLES = {"file": "", "folder": IS_FOLDER, "link": IS_LINK, "other": IS_NO_FILE}


@dataclass(frozen=True, slots=True)
class RemoteInbox:
    """A folder by its URL.

    It tells less of a file than a folder of this machine: one that is replaced by another of its
    size counts as another if the server has a sum (an ETag) of it, or another time.
    """

    folder: RemoteFolder
    outbox: str = ""
    _found: dict[str, RemoteFile] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """See `Inbox`."""
        return self.folder.url

    def look(self) -> list[InboxFile]:
        """See `Inbox`."""
        self._found.clear()
        self._found.update({one.name: one for one in self.folder.listed()})
        return [
            InboxFile(name, _sign(one), _no_remote_file(one) or obstacle(name))
            for name, one in sorted(self._found.items())
            if name != self.outbox and _is_meant(name) and not _is_open(name, self._found)
        ]

    def read(self, one: InboxFile, limits: Limits) -> Content:
        """See `Inbox`."""
        most, size = int(limits.megabytes * MEGABYTE), self._found[one.key].size
        data = self.folder.read(one.key, most) if 0 < size <= most else b""
        return content_of(one.key, data, limits, size)

    def sign(self, one: InboxFile) -> str:
        """See `Inbox`."""
        listed, now = self._found[one.key], self.folder.state(one.key)
        # Asked about one file, a server may tell more of it, or less, than in a list.
        common = listed.marks.keys() & now.marks.keys()
        same = all(listed.marks[mark] == now.marks[mark] for mark in common)
        return one.sign if same and common else _sign(now)


def _no_remote_file(one: RemoteFile) -> str:
    # Whatever a server says that a file is called, it is not to lead elsewhere.
    return IS_NO_FILE if "/" in one.name else _OBSTACLES[one.kind]


def _sign(one: RemoteFile) -> str:
    return " ".join(f"{mark}={value}" for mark, value in sorted(one.marks.items()))


def _is_meant(name: str) -> bool:
    name = name.lower()
    if name.startswith((*LOCK_PREFIXES, *LITTER_PREFIXES)) or name in LITTER:
        return False
    # Systems and programs hide what is their own; a workbook is somebody's all the same.
    kind = kind_of(name)
    return kind in WORKBOOKS if name.startswith(".") else kind not in UNFINISHED


def _is_open(name: str, names: Collection[str] | Mapping[str, object]) -> bool:
    return any(lock in names for lock in lock_files(name))


def obstacle(name: str) -> str:
    """What stands against a file by its name."""
    if kind_of(name) not in WORKBOOKS:
        return (
            "it does not end in .xlsx or .xlsm. If it holds events, open it in Excel and save it "
            "as an Excel Workbook (.xlsx)."
        )
    if name.startswith("."):
        return "its name begins with a dot, as those of hidden files do. If it is meant, rename it."
    return ""
