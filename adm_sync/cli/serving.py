"""`dev`: all that serves, in one process that others are children of, until it is stopped.

What belongs here: which processes there are, and in which order. What does not: starting and ending
them (`children`), and what ends them if this is killed (`lifeline`).
"""

import errno
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from subprocess import Popen
from types import FrameType

import click

from adm_sync.addresses import LOOPBACK, local_url
from adm_sync.cli.children import Lifeline, lifeline, started
from adm_sync.cli.lifeline import COMMANDS, SERVER
from adm_sync.cli.logs import DagsterLog, log_to_stderr
from adm_sync.cli.sandbox import company, fill, variables
from adm_sync.cli.terminal import say, say_aside
from adm_sync.cli.workplace import debug_option, open_quietly
from adm_sync.database.engine import Database, database_errors
from adm_sync.errors import AdmSyncError, DatabaseError, SettingsError
from adm_sync.rehearsal import is_rehearsal
from adm_sync.settings import Settings

SECONDS_TO_START = 60
WHY = "dagster.log and adm-sync.log in ADM_SYNC_HOME say more; with --debug it is shown."

OPEN = """\
The Dagster UI listens on {host}, and nothing protects it: Dagster has no login, and whoever reaches
port {port} can start and stop everything. Let a firewall admit only a reverse proxy that asks for a
password (docs/operations.md says how)."""


@click.command(short_help="Run the Dagster UI, its daemon, and whatever else is not configured.")
@click.option("--host", help="The address the UI listens on (ADM_SYNC_UI_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="The UI's port (ADM_SYNC_UI_PORT).")
@debug_option
def dev(*, host: str | None, port: int | None, debug: bool) -> None:
    """Run the Dagster webserver and daemon in the foreground, until Ctrl-C.

    Without ADM_SYNC_DATABASE_URL an embedded PostgreSQL runs with it, and then, without
    ADMINISTRATE_API_URL, a sandbox too: together they show what `adm-sync demo` did. Commands that
    were started at the desk lose the embedded PostgreSQL when this ends, so that they are told to
    stop first, and waited for. If it is killed, all that it has started ends as well.
    """
    from adm_sync.defs.build import build_defs
    from adm_sync.defs.launching import WORKSPACE, dagster_environment
    from adm_sync.desk.users import Users

    log_to_stderr(debug=debug)
    settings = Settings.load()
    host, port = host or settings.adm_sync_ui_host, port or settings.adm_sync_ui_port
    refuse_unusable(host, port, "The Dagster UI", "ADM_SYNC_UI")
    desk_host, desk_port = settings.adm_sync_desk_host, settings.adm_sync_desk_port
    refuse_unusable(desk_host, desk_port, "The desk", "ADM_SYNC_DESK", has_options=False)
    Users(settings, desk_host)  # refuses settings that would let in anybody
    rehearsal = is_rehearsal(settings)
    if not rehearsal:
        settings.administrate()  # names what is missing: no fictional data in a real database
    build_defs()  # what cannot be loaded is said here, and not on a page of the UI
    _end_once()
    with ExitStack() as stack:
        database = stack.enter_context(open_quietly(settings))
        environment = {**os.environ, **dagster_environment(settings, database)}
        is_ended = threading.Event()
        stack.callback(_expect_no_daemon, database, is_ended)
        environment["ADM_SYNC_DATABASE_URL"] = database.url
        environment["ADM_SYNC_HOME"] = str(settings.home)
        environment |= {"ADM_SYNC_UI_HOST": host, "ADM_SYNC_UI_PORT": str(port)}
        environment["ADM_SYNC_DESK_URL"] = settings.desk_url  # so that Dagster's pages lead there
        line = stack.enter_context(lifeline(environment))
        if database.embedded:
            line.tell(SERVER)
        if rehearsal:
            say(fill(database))
            environment |= stack.enter_context(_sandbox_beside(settings, environment, line))
        if database.embedded:  # their database ends with this command
            line.tell(COMMANDS)
            stack.callback(_stop_commands, settings)
        level = "debug" if debug else "error"
        workspace = ["-w", str(WORKSPACE)]
        own = [sys.executable, "-W", "ignore", "-m"]
        ui = [*own, "adm_sync.defs.ui", "-h", host, "-p", str(port), *workspace]
        daemon = [*own, "dagster._daemon", "run", *workspace]
        desk = [*own, "adm_sync.cli", "desk"]
        quiet = ["--code-server-log-level", level]
        keep = None if debug else stack.enter_context(closing(DagsterLog(settings.home))).keep
        children = {
            "The Dagster UI": stack.enter_context(
                started([*ui, "--dagster-log-level", level, *quiet], environment, line, keep=keep)
            ),
            "Dagster's daemon, which starts all runs,": stack.enter_context(
                started([*daemon, "--log-level", level, *quiet], environment, line, keep=keep)
            ),
            "The desk": stack.enter_context(started(desk, environment, line, quiet=True)),
        }
        address, desk_address = local_url(host, port), local_url(desk_host, desk_port)
        _wait_for("The Dagster UI", f"{address}/server_info", children["The Dagster UI"])
        _wait_for("The desk", f"{desk_address}/health", children["The desk"])
        if host not in LOOPBACK:
            say(OPEN.format(host=host, port=port))
        say(f"The desk, for planners and data administrators, is at {settings.desk_url}")
        say(f"The Dagster UI is at {address}   Ctrl-C ends everything.")
        try:
            ended = _first_to_end(children, Reach(database))
        except KeyboardInterrupt as ending:
            say()
            say("Ending …")
            if ending.args == (signal.SIGINT,):  # not by a machine that goes down
                is_ended.set()
            return
    raise AdmSyncError(
        f"{ended} ended by itself, so the rest was ended too. Start adm-sync dev again. {WHY}"
    )


def _stop_commands(settings: Settings) -> None:
    from adm_sync.desk import actions

    actions.stop_all(settings, say)


def _expect_no_daemon(database: Database, is_ended: threading.Event) -> None:
    from adm_sync.alerts.watching import forget_daemon

    if is_ended.is_set():
        with suppress(AdmSyncError):
            forget_daemon(database)


def _first_to_end(children: Mapping[str, Popen[bytes]], reach: "Reach") -> str:
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name
        reach.look()
        time.sleep(0.5)


@dataclass(slots=True)
class Reach:
    """Whether the database can be reached, which is said once when that changes."""

    database: Database
    seconds: float = 5  # between two looks
    _is_away: bool = False
    _next: float = 0

    def look(self) -> None:
        """Look, unless that was done just now."""
        if time.monotonic() < self._next:
            return
        try:
            with database_errors(), self.database.engine.connect():
                pass
        except DatabaseError as error:
            if not self._is_away:
                say_aside(f"{error} It is tried again.")
            self._is_away = True
        else:
            if self._is_away:
                say_aside("The database is back.")
            self._is_away = False
        self._next = time.monotonic() + self.seconds


def _end_once() -> None:
    """Ctrl-C, SIGTERM and a closed terminal end the command; a second one does not disturb that.

    A shell starts what it puts in the background with Ctrl-C ignored, and children inherit that.
    """
    endings = [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]

    def end(number: int, _frame: FrameType | None) -> None:
        for ending in endings:
            signal.signal(ending, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    for ending in endings:
        signal.signal(ending, end)


def refuse_unusable(
    host: str, port: int, what: str, settings: str, *, has_options: bool = True
) -> None:
    """End in a sentence if nothing can listen there.

    Dagster itself goes on with a busy port, and then nobody knows whose page they see.

    Args:
        host: the address.
        port: its port.
        what: is to listen there.
        settings: the beginning of the names of those that say where.
        has_options: whether --host and --port of the command say so, too.
    """
    host_option, port_option = ("--host or ", "--port or ") if has_options else ("", "")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"Port {port} is in use. If adm-sync has it, started before, end that first. "
                    f"If something else has it, choose another with {port_option}{settings}_PORT."
                ) from None
            raise SettingsError(
                f"{what} cannot listen on {host}, port {port}: {error.strerror}. Choose an address "
                f"of this machine with {host_option}{settings}_HOST."
            ) from None


@contextmanager
def _sandbox_beside(
    settings: Settings, environment: dict[str, str], line: Lifeline
) -> Iterator[dict[str, str]]:
    """The sandbox as a process of its own, and the variables that lead to it."""
    _, state = company(settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "adm_sync.cli", "sandbox"]
    command += ["--port", str(port), "--state", str(state)]
    with started(command, environment, line, quiet=True) as child:
        base = f"http://127.0.0.1:{port}"
        _wait_for("The sandbox", f"{base}/sandbox/health", child)
        yield variables(f"{base}/graphql", f"{base}/oauth") | {"ADMINISTRATE_INSTANCE_URL": base}


def _wait_for(what: str, url: str, child: Popen[bytes]) -> None:
    import httpx

    waited, patience = time.monotonic(), SECONDS_TO_START
    while child.poll() is None:
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > waited + patience:
            say_aside(f"{what} has not answered for {patience} seconds. It is waited for.")
            patience += SECONDS_TO_START
        time.sleep(0.2)
    raise AdmSyncError(f"{what} ended before it had started. {WHY}")
