"""A server that breaks HTTP itself, in ways that no web framework lets one.

What belongs here: raw bytes on real sockets. What does not: an Administrate that behaves; that is
the sandbox's.
"""

import socket
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from adm_sync.settings import AdministrateAccess

TOKEN = b'{"access_token": "wild-token-1", "expires_in": 3600}'

Behaviour = Callable[[socket.socket, Event], object]


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if length is None or length >= 0:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class WildServer:
    """Gives out a token as it should; then each API request meets the next behaviour."""

    def __init__(self, *behaviours: Behaviour | bytes) -> None:
        self._behaviours = list(behaviours)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = Event()
        self._thread = Thread(target=self._serve)
        self.port = self._listener.getsockname()[1]
        self.request_lines: list[str] = []

    @property
    def access(self) -> AdministrateAccess:
        base = f"http://127.0.0.1:{self.port}"
        return AdministrateAccess(
            api_url=f"{base}/graphql",
            auth_url=f"{base}/oauth",
            instance_url=None,
            api_key="key",
            api_secret=SecretStr("wild-secret"),
        )

    @property
    def api_requests(self) -> int:
        return sum("/token" not in line for line in self.request_lines)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        # Wakes accept(), which closing the listener does not.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._closing.is_set():
                    return
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        line = _read_request(connection)
        if not line:
            return
        self.request_lines.append(line)
        if "/token" in line:
            connection.sendall(http(TOKEN))
            return
        behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
        try:
            if isinstance(behaviour, bytes):
                connection.sendall(behaviour)
            else:
                behaviour(connection, self._closing)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had enough


def _read_request(connection: socket.socket) -> str:
    """Read one request whole; its first line."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return ""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head.split(b"\r\n")[0].decode()
