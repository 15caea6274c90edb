"""A folder on another machine, by its URL: object stores and SFTP servers, through `fsspec`.

What belongs here: which URLs are taken and what has to be installed for them; listing, reading
and writing there, every failure told in a sentence. What does not: what the files are. Whoever
asks for nothing by a URL loads none of those libraries. Credentials are theirs to find.
"""

import importlib.util
import posixpath
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

from adm_sync.errors import FolderError

# Of one answer. Dagster ends a look into the inbox after a minute.
SECONDS_TO_LIST = 15
SECONDS_TO_READ = 25
SECONDS_TO_WRITE = 120


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of server.

    Attributes:
        extra: of this project, which brings what reaches it.
        library: the module that does.
        has_folders: whether there are folders, and half a file can be seen in them; otherwise a
            folder is there only while something is in it, and a file is there whole.
        is_for_all: whether its names are without that of an account.
        options: what is asked of the library besides its own defaults.
    """

    extra: str
    library: str
    has_folders: bool = False
    is_for_all: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


# It would not check keys of hosts by itself; () are those of ~/.ssh/known_hosts. A server that
# has frozen is told from one that is slow.
_SFTP = {
    "known_hosts": (),
    "connect_timeout": 10,
    "login_timeout": 10,
    "keepalive_interval": 5,
    # One name that is no text is not to hide all others.
    "sftp_client_kwargs": {"path_errors": "surrogateescape"},
}
KINDS = {
    "s3": Kind("s3", "s3fs", is_for_all=True),
    "gs": Kind("gcs", "gcsfs", is_for_all=True),
    "abfs": Kind("azure", "adlfs"),
    "abfss": Kind("azure", "adlfs"),
    "sftp": Kind("sftp", "sshfs", has_folders=True, options=_SFTP),
}
# To the libraries these are patterns, or parts of a URL; and a path is to be what it seems.
_NOT_IN_URLS = re.compile(r"[*?\[\]#\\%\x00-\x1f\x7f-\x9f]|::|//|(?:^|/)\.\.?(?:/|$)")
# What tells one state of a file from another, under the names that the libraries have for it.
_MARKS = ("size", "ETag", "etag", "LastModified", "last_modified", "updated", "mtime")


FileKind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Something in a folder, as a listing tells of it.

    Attributes:
        name: its own, without the folder's.
        kind: what it is.
        size: in bytes.
        marks: what is different once somebody has written to it.
    """

    name: str
    kind: FileKind
    size: int
    marks: Mapping[str, str]


@dataclass(frozen=True)
class RemoteFolder:
    """A folder by its URL; one connection for it and what is within, made when it is needed."""

    url: str
    _way: "_Way" = field(compare=False, repr=False)

    def __str__(self) -> str:
        """As people know it."""
        return self.url

    def within(self, name: str) -> "RemoteFolder":
        """The folder of that name in this one, whether it is there or not."""
        return RemoteFolder(f"{self.url}/{name}", self._way)

    def listed(self) -> list[RemoteFile]:
        """All that lies in it.

        Raises:
            FolderError: that cannot be said.
        """
        with self._way.errors(f"{self} cannot be read"):
            files, root = self._way.files, self._way.path(self.url)
            files.invalidate_cache()
            try:
                found = files.ls(root, detail=True, timeout=SECONDS_TO_LIST)
            except FileNotFoundError as error:
                self._make_sure_of_bucket(root, error)
                return []
        prefix = root.rstrip("/") + "/"
        # The folder itself may be among them, as an empty file with a slash at its end.
        inside = [info for info in found if info["name"] not in {prefix, prefix.rstrip("/")}]
        if found and not inside and found[0]["name"] == root and found[0]["type"] == "file":
            raise FolderError(f"{self} cannot be read", "it is a file, and no folder")
        return [_file(info, info["name"].removeprefix(prefix)) for info in inside]

    def _make_sure_of_bucket(self, root: str, missing: FileNotFoundError) -> None:
        """A folder of a bucket is there whenever something is put there; the bucket is not."""
        bucket = root.partition("/")[0]
        why = f"there is no bucket {bucket}"
        if self._way.kind.has_folders:
            why = "there is no such folder"
        elif bucket != root:
            with suppress(FileNotFoundError):
                self._way.files.ls(bucket, timeout=SECONDS_TO_LIST)
                return
        raise FolderError(f"{self} cannot be read", why) from missing

    def state(self, name: str) -> RemoteFile:
        """What a file is like now.

        Raises:
            FileNotFoundError: it is gone.
            FolderError: that cannot be said.
        """
        with self._way.errors(f"{self}/{name} cannot be read", missing=True):
            info = self._way.files.info(self._path(name), timeout=SECONDS_TO_LIST)
        return _file(info, name)

    def read(self, name: str, most: int) -> bytes:
        """A file's bytes; if there are more than `most`, one more than these at least.

        Raises:
            FileNotFoundError: it is gone.
            FolderError: it cannot be read.
        """
        with self._way.errors(f"{self}/{name} cannot be read", missing=True):
            given = {"start": 0, "end": most + 1, "timeout": SECONDS_TO_READ}
            return bytes(self._way.files.cat_file(self._path(name), **given))

    def put(self, name: str, data: bytes, *, private: bool = False) -> str:  # noqa: ARG002
        """See `folders.Folder`; who may read it is the server's affair."""
        where = f"{self.url}/{name}"
        with self._way.errors(f"{where} could not be written"):
            files = self._way.files
            if not self._way.kind.has_folders:
                files.pipe_file(self._path(name), data, timeout=SECONDS_TO_WRITE)
                return where
            part = self._path(f".adm_sync-{secrets.token_hex(4)}.part")
            files.makedirs(self._way.path(self.url), exist_ok=True, timeout=SECONDS_TO_WRITE)
            try:
                files.pipe_file(part, data, timeout=SECONDS_TO_WRITE)
                files.mv(part, self._path(name), timeout=SECONDS_TO_WRITE)
            except BaseException:
                with suppress(Exception):  # what went wrong before is what is told
                    files.rm_file(part, timeout=SECONDS_TO_LIST)
                raise
        return where

    def remove(self, name: str) -> None:
        """See `folders.Folder`."""
        what = f"{self.url}/{name} could not be removed"
        with suppress(FileNotFoundError), self._way.errors(what, missing=True):
            self._way.files.rm_file(self._path(name), timeout=SECONDS_TO_WRITE)

    def _path(self, name: str) -> str:
        return posixpath.join(self._way.path(self.url), name)


def remote_folder(text: str) -> RemoteFolder:
    """The folder of a URL.

    Raises:
        ValueError: it is none that is taken; says why, without the URL, which may hold a password.
    """
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme not in KINDS:
        known = ", ".join(f"{kind}://" for kind in KINDS)
        raise ValueError(f"must be a path, or a URL that begins with file://, {known}")
    rest = rest.rstrip("/")
    user, at, server = rest.partition("/")[0].rpartition("@")
    name, _, port = server.partition(":")
    # In a key of S3 may be a slash, so that what looks like a port is the first half of it.
    if ":" in user or (port and not port.isdecimal()) or (at and KINDS[scheme].is_for_all):
        raise ValueError(
            "must not hold a password or a key: the credentials are taken from where the library "
            f"behind {scheme}:// looks for them (docs/operations.md)"
        )
    if not name or _NOT_IN_URLS.search(rest):
        raise ValueError("must name a server or bucket and a path without .. or any of *?[]#%")
    url = f"{scheme}://{rest}"
    return RemoteFolder(url, _Way(url, KINDS[scheme]))


@dataclass(frozen=True)
class _Way:
    """The way to a folder, and to those within."""

    url: str
    kind: Kind

    @property
    def files(self) -> Any:
        """What the library reaches it by."""
        return self._opened[0]

    def path(self, url: str) -> str:
        """What the library calls a folder within."""
        return posixpath.join(self._opened[1], url.removeprefix(self.url).lstrip("/"))

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """Not one that others have used, whose connection may be lost."""
        scheme = self.url.partition("://")[0]
        if importlib.util.find_spec(self.kind.library) is None:
            extra = f"adm_sync[{self.kind.extra}]"
            why = f"what reaches {scheme}:// is not installed: pip install '{extra}'"
            raise FolderError(self.url, why)
        import_module(self.kind.library)  # some register themselves only then
        from fsspec.config import conf
        from fsspec.core import url_to_fs

        options = {**self.kind.options, **conf.get(scheme, {})}
        files, path = url_to_fs(self.url, skip_instance_cache=True, **options)
        return files, str(path)

    @contextmanager
    def errors(self, what: str, *, missing: bool = False) -> Iterator[None]:
        """Tell what the libraries raise; with `missing`, that a file is gone is left to others."""
        try:
            yield
        except Exception as error:
            if isinstance(error, FolderError):
                raise FolderError(what, error.reason) from error.__cause__
            if missing and isinstance(error, FileNotFoundError):
                raise
            raise FolderError(what, _reason(error)) from error


# What the libraries have classes of their own for, by their names: none of them need be here.
_REASONS = {
    "no credentials for it were found; the library behind it takes them from the environment or "
    "its own files (docs/operations.md)": (
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
        *("DefaultCredentialsError", "ProfileNotFound", "TokenRetrievalError"),
    ),
    "the key of its host is not known, or not the one that is; compare it with what the server's "
    "administrator says, and add it to ~/.ssh/known_hosts": ("HostKeyNotVerifiable",),
    "nothing answers there": (
        *("EndpointConnectionError", "ClientConnectorError", "ConnectionLost", "DisconnectError"),
        *("ConnectionClosedError", "SFTPConnectionLost", "SFTPNoConnection", "ServiceRequestError"),
    ),
    "it did not answer in time": (
        *("ConnectTimeoutError", "ReadTimeoutError", "FSTimeoutError", "ServerTimeoutError"),
    ),
    "it is refused; check the credentials and what they may do": (
        *("PermissionDenied", "SFTPPermissionDenied", "ClientAuthenticationError"),
    ),
}
_REASON_OF = {name: reason for reason, names in _REASONS.items() for name in names}
_ALIKE: tuple[tuple[Any, str], ...] = (
    (PermissionError, "PermissionDenied"),
    (TimeoutError, "FSTimeoutError"),
    ((ConnectionError, socket.gaierror), "ConnectionLost"),
)


def _reason(error: BaseException) -> str:
    """Why, as far as it is known; the library's own words are for the log."""
    cause: BaseException | None = error
    while cause is not None:
        for kind in type(cause).__mro__:
            if kind.__name__ in _REASON_OF:
                return _REASON_OF[kind.__name__]
        for builtin, name in _ALIKE:
            if isinstance(cause, builtin):
                return _REASON_OF[name]
        if isinstance(cause, FileNotFoundError):
            return "it is not there"
        cause = cause.__cause__
    return f"the library behind it gave up ({type(error).__name__}); adm-sync.log has the details"


_NAMES_OF_KINDS: dict[str, FileKind] = {"file": "file", "directory": "folder", "link": "link"}


def _file(info: Mapping[str, Any], name: str) -> RemoteFile:
    marks = {mark: _told(info[mark]) for mark in _MARKS if info.get(mark) is not None}
    kind = _NAMES_OF_KINDS.get(info["type"], "other")
    return RemoteFile(name.rstrip("/"), kind, int(info.get("size") or 0), marks)


def _told(mark: object) -> str:
    """The same whether a listing says it or an answer about one file."""
    if isinstance(mark, datetime):
        return str(int(mark.timestamp()))
    return str(mark).strip('"')
