"""Starting and stopping a sandbox: in a thread of this process, or in the foreground.

What belongs here: uvicorn, sockets, threads, signals. What does not: what is answered
(application.py), and the file of its records (keeping.py).
"""

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any, Self

import uvicorn

from adm_sync.sandbox.application import Application
from adm_sync.sandbox.keeping import InUse, address_of, alone, kept
from adm_sync.sandbox.options import Options
from adm_sync.sandbox.side_doors import build
from adm_sync.sandbox.store import Store
from adm_sync.sandbox.tokens import TokenOffice

LOOPBACK = "127.0.0.1"
CLIENT_ID = "sandbox"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - opens nothing but a sandbox
SECONDS_TO_START = 10.0
SECONDS_TO_FINISH_REQUESTS = 2
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, slots=True)
class Access:
    """What a client needs to use a sandbox."""

    api_url: str
    auth_url: str
    client_id: str
    client_secret: str = field(repr=False)


class SandboxServer:
    """A sandbox in a thread of this process, from `__enter__` to `__exit__`.

    Everything may be changed while it runs: `store` (the records), `options`, `faults` (what is to
    go wrong). `calls` has every GraphQL request that was received, in order.
    """

    def __init__(
        self,
        store: Store | None = None,
        port: int = 0,
        *,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        host: str = LOOPBACK,
        **options: Any,
    ) -> None:
        """Prepare a sandbox; nothing listens yet.

        Arguments:
            store: its records; an empty tenant if None.
            port: where to listen; a free port if 0.
            client_id: the credentials that get a token.
            client_secret: the credentials that get a token.
            host: the address to listen on.
            options: switches of options.Options.
        """
        self.options = Options(**options)
        self._first_options = replace(self.options)
        self._client = (client_id, client_secret)
        self._address = (host, port)
        self.store = store if store is not None else Store()
        office = TokenOffice(client_id, client_secret)
        self._application = Application(self.store, self.options, office)
        self.faults, self.calls = self._application.faults, self._application.calls
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def access(self) -> Access:
        """The addresses and credentials. Only while it runs."""
        return _access(_base(self._address), self._client)

    @property
    def api_url(self) -> str:
        """The address of GraphQL."""
        return self.access.api_url

    @property
    def auth_url(self) -> str:
        """The OAuth base; `/token` is below it."""
        return self.access.auth_url

    def revoke_tokens(self) -> None:
        """No token given out so far is good any more."""
        self._application.tokens.revoke()

    def age(self, seconds: float) -> None:
        """As if so much time had passed: records are older, and what waits waits less."""
        self._application.age(seconds)

    def reset(self) -> None:
        """An empty store, no faults, no calls, no tokens, and the options it was made with."""
        for name in Options.__slots__:
            setattr(self.options, name, getattr(self._first_options, name))
        self.store.clear()
        self._application.reset()

    def __enter__(self) -> Self:
        """Start listening.

        Raises:
            OSError: the port is taken.
        """
        listener = _listen(*self._address)
        self._address = listener.getsockname()[:2]
        self._application.schema()
        started = threading.Event()
        self._server = _Server(self._application, started.set)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="sandbox", daemon=True
        )
        self._thread.start()
        if not started.wait(SECONDS_TO_START):
            self.__exit__()
            raise OSError("The sandbox did not start.")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening, end open requests, and wait until all is gone."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()
        self._server = self._thread = None


def serve(
    store: Store,
    host: str = LOOPBACK,
    port: int = 0,
    state_file: Path | None = None,
    on_ready: Callable[[Access], None] | None = None,
    options: Mapping[str, Any] | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Run a sandbox in the foreground until SIGINT or SIGTERM, then return.

    Only for the main thread, since it minds signals; SandboxServer is for any other.

    Arguments:
        store: its records. If `state_file` exists, those of the file replace it.
        host: the address to listen on.
        port: where to listen; a free port if 0.
        state_file: where the records are kept from one run to the next; saved shortly after
            every change and at the end.
        on_ready: called with the access data as soon as requests are answered.
        options: switches of options.Options.
        faults: what goes wrong from the start, as over HTTP: `{"kind", "match", …}`.

    Raises:
        OSError: the port is taken, the state file cannot be read or written, or another sandbox
            works with it.
        ValueError: the state file does not hold the records of a sandbox, or there is no such
            option or fault.
    """
    switches = Options()
    switches.change(**options or {})
    with alone(state_file) as tell, contextlib.closing(_listen(host, port)) as listener:
        if state_file is not None and state_file.exists():
            store = Store.load(state_file)
        application = Application(store, switches, TokenOffice(CLIENT_ID, CLIENT_SECRET))
        for fault in faults:
            application.faults.add(**fault)
        base = _base(listener.getsockname()[:2])
        access = _access(base, (CLIENT_ID, CLIENT_SECRET))
        application.schema()

        def is_ready() -> None:
            tell(base)
            if on_ready:
                on_ready(access)

        server = _Server(application, is_ready)
        with _stopped_by_signals(server), kept(store, state_file):
            server.run([listener])


@contextlib.contextmanager
def joined(state_file: Path) -> Iterator[Access]:
    """The sandbox that has these records: the one that runs, else one for as long as this lasts.

    Raises:
        OSError: the file cannot be read or written, or whoever has it does not begin to listen.
        ValueError: it does not hold the records of a sandbox.
    """
    ends = time.monotonic() + SECONDS_TO_START
    with contextlib.ExitStack() as stack:
        while True:
            try:
                tell = stack.enter_context(alone(state_file))
            except InUse:
                if base := address_of(state_file):
                    access = _access(base, (CLIENT_ID, CLIENT_SECRET))
                    break
                if time.monotonic() > ends:
                    raise
                time.sleep(SECONDS_BETWEEN_LOOKS)
            else:
                store = Store.load(state_file)
                stack.enter_context(kept(store, state_file))
                server = stack.enter_context(SandboxServer(store))
                access = server.access
                tell(_base(server._address))
                break
        yield access


class _Server(uvicorn.Server):
    """uvicorn that leaves signals alone, says when it is ready, and wakes sleeping requests."""

    def __init__(self, application: Application, on_ready: Callable[[], object]) -> None:
        config = uvicorn.Config(
            build(application),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="error",
            access_log=False,
            date_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH_REQUESTS,
        )
        super().__init__(config)
        self._application = application
        self._on_ready = on_ready

    def stop(self) -> None:
        """Stop soon; may be called from any thread and from a signal handler."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.closing = asyncio.Event()
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._application.closing.set()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _stopped_by_signals(server: _Server) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        server.stop()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _base(address: tuple[str, int]) -> str:
    host, port = address
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _access(base: str, client: tuple[str, str]) -> Access:
    return Access(f"{base}/graphql", f"{base}/oauth", *client)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OSError: the port is taken or not ours; the message says which.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno, f"The sandbox cannot listen on {host}:{port}: {error.strerror}."
        ) from error
    return listener
