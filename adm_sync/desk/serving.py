"""The web server of the desk, and its look at what has gone wrong without anybody at a page.

What belongs here: listening, looking, and ending. What does not: what is answered (`app`), and
what is told to whom (`alerts`).
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import uvicorn

from adm_sync.alerts.telling import look_quietly
from adm_sync.defs.expecting import expected
from adm_sync.desk.app import make_app
from adm_sync.desk.shared import Desk

SECONDS_TO_FINISH_REQUESTS = 5
MOST_CONNECTIONS = 500
SECONDS_BETWEEN_LOOKS = 60.0


class _DeskServer(uvicorn.Server):
    """uvicorn that says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def serve(desk: Desk, host: str, port: int, on_ready: Callable[[], object]) -> None:
    """Answer requests until Ctrl-C or SIGTERM, which is raised again then.

    Args:
        desk: what requests share.
        host: the address to listen on.
        port: its port, which is free.
        on_ready: called as soon as requests are answered.
    """
    config = uvicorn.Config(
        make_app(desk),
        host=host,
        port=port,
        lifespan="off",
        ws="none",
        proxy_headers=False,  # who asks is decided by the peer's own address
        server_header=False,
        log_config=None,
        log_level="critical",
        access_log=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
    )
    with looking_out(desk):
        _DeskServer(config, on_ready).run()


@contextmanager
def looking_out(desk: Desk, seconds: float = SECONDS_BETWEEN_LOOKS) -> Iterator[None]:
    """Every so many seconds, whoever is to be told of problems is told.

    This process sees that Dagster's daemon is gone, or the database, which cannot tell of
    themselves.
    """
    if desk.settings.adm_sync_alerts is None:
        yield
        return
    ended = threading.Event()

    def look_on() -> None:
        while not ended.wait(seconds):
            schedules = partial(expected, desk.settings, datetime.now(UTC))
            look_quietly(desk.settings, desk.database, schedules)

    looking = threading.Thread(target=look_on, daemon=True)
    looking.start()
    try:
        yield
    finally:
        ended.set()
        looking.join()
