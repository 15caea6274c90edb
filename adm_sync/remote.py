"""A folder on another machine, by its URL: object stores and SFTP servers, through `fsspec`.

What belongs here: which URLs are taken and what has to be installed for them; listing, reading
and writing there, every failure told in a sentence. What does not: what the files are. Whoever
asks for nothing by a URL loads none of those libraries. Credentials are theirs to find.
"""

import importlib.util
import os
import re
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import import_module
from posixpath import join
from typing import Any, Literal, TypeVar

from adm_sync.errors import FolderError

# How long one answer is waited for. Dagster ends a look into the inbox after a minute, in which a
# server may have to be reached, the folder listed, and a file read and asked about.
SECONDS_TO_REACH = 10
SECONDS_TO_LIST = 30
SECONDS_TO_READ = 20
SECONDS_TO_ASK = 5
SECONDS_TO_WRITE = 120


@dataclass(frozen=True, slots=True)
class ServerKind:
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
    "connect_timeout": SECONDS_TO_REACH,
    "login_timeout": SECONDS_TO_REACH,
    "keepalive_interval": 5,
    # One name that is no text is not to hide all others.
    "sftp_client_kwargs": {"path_errors": "surrogateescape"},
}
KINDS = {
    "s3": ServerKind("s3", "s3fs", is_for_all=True),
    "gs": ServerKind("gcs", "gcsfs", is_for_all=True),
    "abfs": ServerKind("azure", "adlfs"),
    "abfss": ServerKind("azure", "adlfs"),
    "sftp": ServerKind("sftp", "sshfs", has_folders=True, options=_SFTP),
}
# To the libraries these are patterns, or parts of a URL; and a path is to be what it seems.
_NOT_IN_URLS = re.compile(r"[*?\[\]#\\%\x00-\x1f\x7f-\x9f]|::|//|(?:^|/)\.\.?(?:/|$)")
# What tells one state of a file from another, under the names that the libraries have for it.
_MARKS = ("size", "ETag", "etag", "LastModified", "last_modified", "updated", "mtime")

Answer = TypeVar("Answer")
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


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder by its URL; `top` is that of the one that it is within."""

    url: str
    top: str

    def __str__(self) -> str:
        """As people know it."""
        return self.url

    @property
    def kind(self) -> ServerKind:
        """Of its server."""
        return KINDS[self.url.partition("://")[0]]

    def within(self, name: str) -> "RemoteFolder":
        """The folder of that name in this one, whether it is there or not."""
        return RemoteFolder(f"{self.url}/{name}", self.top)

    def listed(self) -> list[RemoteFile]:
        """All that lies in it.

        Raises:
            FolderError: that cannot be said.
        """
        found, folder = self._ask(f"{self} cannot be read", self._list)
        prefix = folder.rstrip("/") + "/"
        if [(info["name"], info["type"]) for info in found] == [(folder, "file")]:
            raise FolderError(f"{self} cannot be read", "it is a file, and no folder")
        # The folder itself may be among them, as an empty file with a slash at its end.
        inside = [info for info in found if info["name"].rstrip("/") != folder.rstrip("/")]
        return [_file(info, info["name"].removeprefix(prefix)) for info in inside]

    def _list(self, files: Any, folder: str) -> tuple[list[dict[str, Any]], str]:
        files.invalidate_cache()
        try:
            return files.ls(folder, detail=True, timeout=SECONDS_TO_LIST), folder
        except FileNotFoundError as error:
            bucket = folder.partition("/")[0]
            why = f"there is no bucket {bucket}"
            if self.kind.has_folders:
                why = "there is no such folder"
            elif bucket != folder:
                # Its folders are there whenever something is put there; a bucket is not.
                with suppress(FileNotFoundError):
                    files.ls(bucket, timeout=SECONDS_TO_LIST)
                    return [], folder
            raise FolderError(f"{self} cannot be read", why) from error

    def state(self, name: str) -> RemoteFile:
        """What a file is like now.

        Raises:
            FileNotFoundError: it is gone.
            FolderError: that cannot be said.
        """

        def look(files: Any, folder: str) -> RemoteFile:
            return _file(files.info(join(folder, name), timeout=SECONDS_TO_ASK), name)

        return self._ask(f"{self}/{name} cannot be read", look, missing=True)

    def read(self, name: str, most: int) -> bytes:
        """A file's bytes; if there are more than `most`, one more than these at least.

        Raises:
            FileNotFoundError: it is gone.
            FolderError: it cannot be read.
        """

        def read(files: Any, folder: str) -> bytes:
            given = {"start": 0, "end": most + 1, "timeout": SECONDS_TO_READ}
            return bytes(files.cat_file(join(folder, name), **given))

        return self._ask(f"{self}/{name} cannot be read", read, missing=True)

    def put(self, name: str, data: bytes, *, private: bool = False) -> str:  # noqa: ARG002
        """See `folders.Folder`; who may read it is the server's affair."""
        self._ask(f"{self}/{name} could not be written", partial(self._put, name, data))
        return f"{self.url}/{name}"

    def _put(self, name: str, data: bytes, files: Any, folder: str) -> None:
        if not self.kind.has_folders:
            files.pipe_file(join(folder, name), data, timeout=SECONDS_TO_WRITE)
            return
        files.makedirs(folder, exist_ok=True, timeout=SECONDS_TO_WRITE)
        part = join(folder, f".adm_sync-{secrets.token_hex(4)}.part")
        try:
            files.pipe_file(part, data, timeout=SECONDS_TO_WRITE)
            files.mv(part, join(folder, name), timeout=SECONDS_TO_WRITE)
        except BaseException:
            with suppress(Exception):  # what went wrong before is what is told
                files.rm_file(part, timeout=SECONDS_TO_ASK)
            raise

    def remove(self, name: str) -> None:
        """See `folders.Folder`."""

        def remove(files: Any, folder: str) -> None:
            with suppress(FileNotFoundError):
                files.rm_file(join(folder, name), timeout=SECONDS_TO_WRITE)

        self._ask(f"{self}/{name} could not be removed", remove)

    def _ask(
        self, what: str, question: Callable[[Any, str], Answer], *, missing: bool = False
    ) -> Answer:
        """Tell what the libraries raise; with `missing`, that a file is gone is left to others."""
        key = os.getpid(), self.top
        while True:
            is_used = key in _ways
            try:
                if not is_used:
                    _ways[key] = _opened(self.top, self.kind)
                files, top = _ways[key]
                return question(files, join(top, self.url.removeprefix(self.top).lstrip("/")))
            except FolderError as error:
                raise FolderError(what, error.reason) from error.__cause__
            except Exception as error:
                if missing and isinstance(error, FileNotFoundError):
                    raise
                _ways.pop(key, None)
                # One that was made long ago may be lost; a new one answers for what is now.
                if is_used and not isinstance(error, TimeoutError):
                    continue
                raise FolderError(what, _reason(error)) from error


# What reaches a folder and how that calls it, by process and URL: making it takes longer than most
# answers, and not all libraries take it down again by themselves.
_ways: dict[tuple[int, str], tuple[Any, str]] = {}


def forget_ways() -> None:
    """Reach every server anew from now on."""
    _ways.clear()


def _opened(url: str, kind: ServerKind) -> tuple[Any, str]:
    scheme = url.partition("://")[0]
    if importlib.util.find_spec(kind.library) is None:
        extra = f"adm_sync[{kind.extra}]"
        why = f"what reaches {scheme}:// is not installed: pip install '{extra}'"
        raise FolderError(url, why)
    import_module(kind.library)  # some register themselves only then
    from fsspec.config import conf
    from fsspec.core import url_to_fs

    options = {**kind.options, **conf.get(scheme, {})}
    files, path = url_to_fs(url, skip_instance_cache=True, **options)
    return files, str(path)


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
            f"behind {scheme}:// looks for them"
        )
    if not name or _NOT_IN_URLS.search(rest):
        raise ValueError("must name a server or bucket and a path without .. or any of *?[]#%")
    url = f"{scheme}://{rest}"
    return RemoteFolder(url, url)


# What the libraries have classes of their own for, by their names: none of them need be here.
_REASONS = {
    "no credentials for it were found; the library behind it takes them from the environment or "
    "its own files": (
        *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
        *("DefaultCredentialsError", "ProfileNotFound", "TokenRetrievalError"),
    ),
    "the key of its host is not known, or not the one that is; compare it with what the server's "
    "administrator says, and add it to ~/.ssh/known_hosts": ("HostKeyNotVerifiable",),
    "there is no connection to it": (
        *("EndpointConnectionError", "ClientConnectorError", "ConnectionLost"),
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
