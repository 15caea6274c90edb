"""The web server of the desk.

What belongs here: listening, and ending. What does not: what is answered (`app`).
"""

import socket
from collections.abc import Callable

import uvicorn

from adm_sync.desk.app import make_app
from adm_sync.desk.shared import Desk

SECONDS_TO_FINISH_REQUESTS = 5
MOST_CONNECTIONS = 500


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
    _DeskServer(config, on_ready).run()
