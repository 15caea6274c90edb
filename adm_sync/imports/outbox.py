"""The answer to whoever dropped a workbook: the marked copy, beside the inbox.

What belongs here: putting it there, over nothing that a person has changed. What does not: making
it (`reporting`), and mailing it (`alerts.answering`).
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath

import sqlalchemy as sa

from adm_sync.database import answers
from adm_sync.database.engine import database_errors
from adm_sync.errors import FolderError
from adm_sync.folders import LocalFolder, told
from adm_sync.imports.file_kinds import lock_files
from adm_sync.remote import RemoteFolder
from adm_sync.workbook.reading import LONGEST_NAME, safe_name, short_name

# What is longer is none of ours.
MOST_BYTES = 200 * 1024 * 1024
NAMES = 100
# Of the bytes that a file system takes for a name; the rest is for what is added to it.
ROOM_FOR_A_STEM = LONGEST_NAME - 55


@dataclass(frozen=True, slots=True)
class Reply:
    """A file that is put there, and whom it may be mailed to.

    `workbook_id` is None for what is no workbook.
    """

    name: str
    data: bytes
    workbook_id: int | None = None
    contact: str = ""


def not_imported(name: str, sentence: str, workbook_id: int | None = None) -> Reply:
    """The answer to a file that was not imported."""
    text = f"{name} was not imported.\n\n{sentence}\n"
    named = f"{short_name(safe_name(name), ROOM_FOR_A_STEM)} (not imported).txt"
    return Reply(named, text.encode(), workbook_id)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The folder for answers, and the memory of what was put there."""

    engine: sa.Engine
    folder: LocalFolder | RemoteFolder

    def put(self, answer: Reply) -> Path | str:
        """Put it there, under its name or, where a person's file has that, the next one.

        Returns:
            Where it is.

        Raises:
            FolderError: it could not be put there.
            DatabaseError: what was put there before cannot be read.
        """
        if isinstance(self.folder, LocalFolder) and self.folder.path.is_symlink():
            raise FolderError(f"{self.folder} cannot be used", "it is a link")
        place = str(self.folder)
        for name in _names(answer.name):
            with database_errors(), self.engine.connect() as connection:
                mine = answers.sum_of(connection, place, name, answer.workbook_id)
            if not self._is_free(name, mine):
                continue
            where = self.folder.put(name, answer.data)
            with database_errors(), self.engine.begin() as connection:
                answers.note(
                    connection,
                    place,
                    name,
                    answer.workbook_id,
                    _sum(answer.data),
                    answer.contact,
                    datetime.now(UTC),
                )
            return where
        raise FolderError(f"{self.folder}/{answer.name} could not be written", "its name is taken")

    def read(self, name: str) -> bytes | None:
        """What lies there under this name; None if nothing does.

        Raises:
            FolderError: it cannot be read.
        """
        if isinstance(self.folder, RemoteFolder):
            try:
                return self.folder.read(name, MOST_BYTES)
            except FileNotFoundError:
                return None
        path = self.folder.path / name
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as file:
                return file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FolderError(f"{path} cannot be read", told(error)) from error

    def _is_free(self, name: str, mine: str | None) -> bool:
        """Whether nothing lies there, or what was put there for this workbook, as it was."""
        if isinstance(self.folder, LocalFolder):
            path = self.folder.path / name
            if path.is_symlink() or path.is_dir():
                return False
            if any((self.folder.path / lock).exists() for lock in lock_files(name)):
                return False
        there = self.read(name)
        return there is None or (mine is not None and _sum(there) == mine)


def _names(name: str) -> Iterator[str]:
    path = PurePath(name)
    yield name
    for number in range(2, NAMES):
        yield f"{path.stem} ({number}){path.suffix}"


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
