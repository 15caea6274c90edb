"""Receivers of alerts: a web hook and a mail server, both real, on ports of their own.

What belongs here: receiving, and refusing to. What does not: what is expected.
"""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

TOKEN = "5up3r-s3cret-t0ken"


@dataclass
class Hook:
    """A web hook; `status` is what it answers, and it waits until `going_on` is set.

    One that `drips` never comes to the end of its answer.
    """

    port: int = 0
    status: int = 200
    received: list[dict[str, Any]] = field(default_factory=list)
    going_on: threading.Event = field(default_factory=threading.Event)
    drips: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """As ADM_SYNC_ALERTS has it, with what must not be shown."""
        return f"json://user:{TOKEN}@127.0.0.1:{self.port}/{TOKEN}"

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.received]


@contextmanager
def hook() -> Iterator[Hook]:
    """A web hook that takes everything."""
    found = Hook()
    found.going_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.going_on.wait(30)
            if found.status == 200:
                found.received.append(json.loads(body))
            self.send_response(found.status)
            if found.status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            while found.drips and not found.ended.wait(0.2):
                with suppress(OSError):
                    self.wfile.write(b".")

        def do_GET(self) -> None:
            self.send_response(200)  # as a page to log in does
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is said of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        found.going_on.set()
        found.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """A mail server; `refuses` are the recipients that it does not take."""

    port: int = 0
    refuses: set[str] = field(default_factory=set)
    letters: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """As ADM_SYNC_ALERTS has it."""
        query = "mode=insecure&from=adm_sync@example.com&to=team@example.com"
        return f"mailto://127.0.0.1:{self.port}?{query}"

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, _server: Any, _session: Any, envelope: Any, to: str, _: Any
    ) -> str:
        if to in self.refuses:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as aiosmtpd calls it
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    found = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found.port = probe.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
