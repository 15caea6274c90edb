"""Breaking connections on purpose.

What belongs here: answers that are no answers. It is the only place that knows that uvicorn's
`send` belongs to an object which has the connection's transport.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRANSPORT = "sandbox.transport"
LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)


def with_transport(application: ASGIApp) -> ASGIApp:
    """The application, with the transport of each connection in its scope."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)
        await application(scope, receive, send)

    return run


def with_date(application: ASGIApp, clock: Callable[[], datetime]) -> ASGIApp:
    """The application, with the tenant's time of day in each answer."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(clock(), usegmt=True).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        await application(scope, receive, dated)

    return run


class Dropped(Response):
    """The connection ends without an answer; with `reset`, by a reset instead of a close."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """End the connection."""
        await _end(scope, receive, reset=self._reset)


class CutOff(Response):
    """Only a share of the body is sent, then the connection ends."""

    def __init__(self, body: bytes, *, share: float, reset: bool) -> None:
        super().__init__(body, media_type="application/json")
        self._sent = body[: int(len(body) * share)]
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise the whole body, send a part, and end the connection."""
        start: dict[str, Any] = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        await send({"type": "http.response.body", "body": self._sent, "more_body": True})
        await _end(scope, receive, reset=self._reset)


async def _end(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection; the request's body must have been read, or a close becomes a reset."""
    transport: asyncio.Transport = scope[TRANSPORT]
    connection: socket.socket | None = transport.get_extra_info("socket")
    if reset and connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT_AT_ALL)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
