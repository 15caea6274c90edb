"""The inbox: a folder that workbooks are dropped into.

What belongs here: what lies in it, and what of that can be taken. What does not: opening files
(`arrivals`), and the memory of what was seen (`database.inbox`).
"""

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".xlsx", ".xlsm", ".xls"}
LOCK_PREFIXES = ("~$", ".~lock.")
# What systems and browsers leave lying in a folder; nobody means it to be imported.
LITTER = {"thumbs.db", "desktop.ini"}
LITTER_PREFIXES = ("._",)
UNFINISHED = {".part", ".crdownload", ".tmp", ".download"}


@dataclass(frozen=True, slots=True)
class InboxFile:
    """Something that lies in the inbox, as it was at one look.

    Attributes:
        path: where.
        sign: the same again only if nobody has written to it or put another in its place.
        obstacle: why it is not taken, in a sentence; empty for a workbook.
    """

    path: Path
    sign: str
    obstacle: str = ""

    @property
    def name(self) -> str:
        """Its name, as a table can hold it whatever its bytes are."""
        return os.fsencode(self.path.name).decode("utf-8", "backslashreplace")


def look(folder: Path) -> list[InboxFile]:
    """What lies in the folder that nobody has open and nobody is still writing, by name.

    Raises:
        OSError: the folder cannot be read; it is made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with os.scandir(folder) as entries:
        paths = {entry.name: Path(entry.path) for entry in entries}
    found = []
    for name, path in sorted(paths.items()):
        if _is_meant(path) and not _is_open(name, paths.keys()):
            try:
                state = path.stat(follow_symlinks=False)
            except FileNotFoundError:  # taken away since
                continue
            found.append(InboxFile(path, sign_of(state), _obstacle(path, state)))
    return found


def sign_of(state: os.stat_result) -> str:
    """What tells this file, as it is, from any other: a copy with its size and times kept, too."""
    return f"{state.st_ino}:{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}"


def _is_meant(path: Path) -> bool:
    name, suffix = path.name.lower(), path.suffix.lower()
    if name.startswith((*LOCK_PREFIXES, *LITTER_PREFIXES)) or name in LITTER:
        return False
    # Systems and programs hide what is their own; a workbook is somebody's all the same.
    return suffix in SUFFIXES if name.startswith(".") else suffix not in UNFINISHED


def _is_open(name: str, names: Collection[str]) -> bool:
    """Excel and LibreOffice put a lock file beside what they have open."""
    # Excel leaves out the first two characters of a long name.
    return any(lock in names for lock in (f"~${name}", f"~${name[2:]}", f".~lock.{name}#"))


def _obstacle(path: Path, state: os.stat_result) -> str:
    if stat.S_ISLNK(state.st_mode):
        return "it is a link, and links are not followed. Put the workbook itself here."
    if stat.S_ISDIR(state.st_mode):
        return "it is a folder, and only what lies in the inbox itself is taken. Move workbooks up."
    if not stat.S_ISREG(state.st_mode):
        return "it is not a file."
    if path.suffix.lower() not in SUFFIXES:
        return (
            "it does not end in .xlsx or .xlsm. If it holds events, open it in Excel and save it "
            "as an Excel Workbook (.xlsx)."
        )
    if path.name.startswith("."):
        return "its name begins with a dot, as those of hidden files do. If it is meant, rename it."
    return ""
