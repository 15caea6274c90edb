"""Where files come from and go to: a folder of this machine, or one by its URL.

What belongs here: reading such an address, and putting files into a folder of either kind. What
does not: how one by its URL is reached (`remote`), and which files go where.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from adm_sync.errors import FolderError
from adm_sync.files import put

if TYPE_CHECKING:
    from adm_sync.remote import RemoteFolder


class Folder(Protocol):
    """A folder that files are put into; what is missing of it is made."""

    def within(self, name: str) -> "Folder":
        """The folder of that name in this one, whether it is there or not."""

    def put(self, name: str, data: bytes, *, private: bool = False) -> Path | str:
        """Write a file, or replace it, in one go.

        Args:
            name: without a folder's.
            data: all of it.
            private: for the owner alone, where that is known.

        Returns:
            Where it is: the path, or the URL.

        Raises:
            FolderError: it could not be written; what was there before still is.
        """

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            FolderError: it cannot be removed.
        """


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine."""

    path: Path

    def __str__(self) -> str:
        """As people know it."""
        return str(self.path)

    def within(self, name: str) -> "LocalFolder":
        """See `Folder`."""
        return LocalFolder(self.path / name)

    def put(self, name: str, data: bytes, *, private: bool = False) -> Path:
        """See `Folder`."""
        where = self.path / name
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            put(where, data, private=private)
        except OSError as error:
            raise FolderError(f"{where} could not be written", told(error)) from error
        return where

    def remove(self, name: str) -> None:
        """See `Folder`."""
        where = self.path / name
        try:
            where.unlink(missing_ok=True)
        except OSError as error:
            raise FolderError(f"{where} could not be removed", told(error)) from error


def folder_at(text: str) -> "LocalFolder | RemoteFolder":
    """The folder of a path, or of a URL.

    Raises:
        ValueError: it is neither; says why, without the text, which may hold a password.
    """
    text = text.strip()
    if "://" not in text:
        return LocalFolder(Path(text).expanduser().absolute())
    parts = urlsplit(text)
    if parts.scheme != "file":
        from adm_sync.remote import remote_folder

        return remote_folder(text)
    if parts.netloc not in {"", "localhost"} or not parts.path:
        raise ValueError("must be a file:// URL with three slashes, such as file:///srv/workbooks")
    return LocalFolder(Path(unquote(text.partition("://")[2].removeprefix("localhost"))))


def told(error: OSError) -> str:
    """Why the machine refuses, in a few words."""
    return error.strerror or type(error).__name__
