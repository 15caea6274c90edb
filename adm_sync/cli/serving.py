"""`dev` and `sandbox`: what serves until it is stopped, without a tenant or a database."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any

import click

from adm_sync.addresses import LOOPBACK, local_url
from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import say
from adm_sync.cli.workplace import debug_option, open_quietly
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.rehearsal import is_rehearsal, sandbox_state
from adm_sync.settings import Settings

SECONDS_TO_START = 60
SECONDS_TO_END = 20

OPEN = """\
The Dagster UI listens on {host}, and nothing protects it: Dagster has no login, and whoever reaches
port {port} can start and stop everything. Let a firewall admit only a reverse proxy that asks for a
password (docs/operations.md says how)."""


def fill(database: Any) -> str:
    """Fill the tutorial side, unless it is; says which."""
    from adm_sync.demo import fill_tutorial

    with database.engine.begin() as connection:
        filled = fill_tutorial(connection)
    if filled:
        return "A fictional tutorial company now fills both sides."
    return "The fictional company is there from before."


def company(settings: Settings) -> tuple[Any, Path]:
    """The sandbox's records, from the last time or new, and the file that keeps them."""
    from adm_sync.demo import fill_store
    from adm_sync.sandbox import Store

    state = sandbox_state(settings)
    if state.exists():
        return Store.load(state), state
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store()
    fill_store(store)
    store.save(state)
    return store, state


@click.command(short_help="Run a local Administrate to rehearse against.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8765, show_default=True, help="The port; 0 for any free one.")
@click.option("--empty", is_flag=True, help="Start without the fictional company.")
@click.option("--latency", default=0, metavar="MS", help="Milliseconds each answer takes longer.")
@click.option(
    "--create-mutations/--no-create-mutations",
    default=True,
    show_default=True,
    help="Whether the API can create reference records.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that keeps the records from one run to the next. Unset: that of the demo and of "
    "adm-sync dev in ADM_SYNC_HOME, unless --empty is given.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="How this tenant differs, such as internal_notes=none (repeatable).",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="JSON",
    help='What goes wrong, such as {"kind": "list_late", "seconds": 45, "times": null}'
    " (repeatable).",
)
@debug_option
def sandbox(
    *,
    host: str,
    port: int,
    empty: bool,
    latency: int,
    create_mutations: bool,
    state: Path | None,
    options: Sequence[str],
    faults: Sequence[str],
    debug: bool,
) -> None:
    """Run a local Administrate: a real GraphQL server with OAuth, paging, filters and faults.

    It prints the settings that lead to it, and ends with Ctrl-C. POST /sandbox/faults makes things
    go wrong, PATCH /sandbox/options changes the tenant, GET /sandbox/calls shows what it received,
    POST /sandbox/seed adds records, POST /sandbox/age lets time pass. All options and faults stand
    in docs/sandbox.md.
    """
    from adm_sync.demo import fill_store
    from adm_sync.sandbox import Store, serve

    log_to_stderr(debug=debug)
    store = Store()
    if state is None and not empty:
        settings = Settings.load()
        file = sandbox_state(settings)
        if file.exists():
            say(f"It goes on with the records of adm-sync demo and dev, in {file}.")
        store, state = company(settings)
    elif not empty:
        fill_store(store)
    given, wrong = _options(options), [_fault(text) for text in faults]
    try:
        serve(
            store,
            host=host,
            port=port,
            latency=latency / 1000,
            create_mutations=create_mutations,
            state_file=state,
            on_ready=_print_access,
            options=given,
            faults=wrong,
        )
    except (OSError, ValueError) as error:
        raise AdmSyncError(f"The sandbox could not run on port {port}: {error}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _options(texts: Sequence[str]) -> dict[str, Any]:
    from adm_sync.sandbox import Options

    given = {name: _json(value) for name, _, value in (one.partition("=") for one in texts)}
    try:
        Options().change(**given)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--option") from None
    return given


def _fault(text: str) -> dict[str, Any]:
    from adm_sync.sandbox import Faults

    value = _json(text)
    if not isinstance(value, dict) or "kind" not in value:
        raise click.BadParameter(
            f'{text} is not a JSON object with a "kind".', param_hint="--fault"
        )
    try:
        Faults().add(**value)
    except (ValueError, TypeError) as error:
        raise click.BadParameter(str(error), param_hint="--fault") from None
    return value


def _print_access(access: Any) -> None:
    click.echo("The sandbox is ready. Settings that lead to it:\n")
    for name, value in variables(access.api_url, access.auth_url).items():
        click.echo(f"export {name}={value}")
    click.echo("\nCtrl-C ends it.")


def variables(api_url: str, auth_url: str) -> dict[str, str]:
    """The settings that lead to a sandbox."""
    from adm_sync.sandbox.server import CLIENT_ID, CLIENT_SECRET

    return {
        "ADMINISTRATE_API_URL": api_url,
        "ADMINISTRATE_AUTH_URL": auth_url,
        "ADMINISTRATE_API_KEY": CLIENT_ID,
        "ADMINISTRATE_API_SECRET": CLIENT_SECRET,
    }


@click.command(short_help="Run the Dagster UI, its daemon, and whatever else is not configured.")
@click.option("--host", help="The address the UI listens on (ADM_SYNC_UI_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="The UI's port (ADM_SYNC_UI_PORT).")
@debug_option
def dev(*, host: str | None, port: int | None, debug: bool) -> None:
    """Run the Dagster webserver and daemon in the foreground, until Ctrl-C.

    Without ADM_SYNC_DATABASE_URL an embedded PostgreSQL runs with it, and then, without
    ADMINISTRATE_API_URL, a sandbox too: together they show what `adm-sync demo` did.
    """
    from adm_sync.defs.build import build_defs
    from adm_sync.defs.launching import WORKSPACE, dagster_environment
    from adm_sync.defs.storage import URL_VARIABLE
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
        stack.callback(_expect_no_daemon, environment[URL_VARIABLE], is_ended)
        environment["ADM_SYNC_DATABASE_URL"] = database.url
        environment["ADM_SYNC_HOME"] = str(settings.home)
        environment |= {"ADM_SYNC_UI_HOST": host, "ADM_SYNC_UI_PORT": str(port)}
        environment["ADM_SYNC_DESK_URL"] = settings.desk_url  # so that Dagster's pages lead there
        if rehearsal:
            say(fill(database))
            environment |= stack.enter_context(_sandbox_beside(settings, environment))
        level = "debug" if debug else "error"
        workspace = ["-w", str(WORKSPACE)]
        own = [sys.executable, "-W", "ignore", "-m"]
        ui = [*own, "adm_sync.defs.ui", "-h", host, "-p", str(port), *workspace]
        daemon = [*own, "dagster._daemon", "run", *workspace]
        desk = [*own, "adm_sync.cli", "desk"]
        quiet = ["--code-server-log-level", level]
        children = {
            "The Dagster UI": stack.enter_context(
                _child([*ui, "--dagster-log-level", level, *quiet], environment)
            ),
            "Dagster's daemon, which starts all runs,": stack.enter_context(
                _child([*daemon, "--log-level", level, *quiet], environment)
            ),
            "The desk": stack.enter_context(_child(desk, environment, quiet=True)),
        }
        address, desk_address = local_url(host, port), local_url(desk_host, desk_port)
        _wait_for("The Dagster UI", f"{address}/server_info", children["The Dagster UI"])
        _wait_for("The desk", f"{desk_address}/health", children["The desk"])
        if host not in LOOPBACK:
            say(OPEN.format(host=host, port=port))
        say(f"The desk, for planners and data administrators, is at {settings.desk_url}")
        say(f"The Dagster UI is at {address}   Ctrl-C ends everything.")
        try:
            ended = _first_to_end(children)
        except KeyboardInterrupt as ending:
            say()
            say("Ending …")
            if ending.args == (signal.SIGINT,):  # not by a machine that goes down
                is_ended.set()
            return
    raise AdmSyncError(
        f"{ended} ended by itself, so the rest was ended too. Start adm-sync dev again; "
        "with --debug it shows why."
    )


def _expect_no_daemon(dagster_url: str, is_ended: threading.Event) -> None:
    """One that a person has ended is missed by nobody (`alerts.watching`)."""
    if not is_ended.is_set():
        return
    import sqlalchemy as sa

    from adm_sync.database import dagster_signs
    from adm_sync.database.engine import create_engine

    engine = create_engine(dagster_url)
    with suppress(sa.exc.SQLAlchemyError, AdmSyncError), engine.begin() as connection:
        dagster_signs.forget_heartbeats(connection)
    engine.dispose()


def _first_to_end(children: Mapping[str, subprocess.Popen[bytes]]) -> str:
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name
        time.sleep(0.5)


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
                    f"Port {port} is in use. Choose another with {port_option}{settings}_PORT."
                ) from None
            raise SettingsError(
                f"{what} cannot listen on {host}, port {port}: {error.strerror}. Choose an address "
                f"of this machine with {host_option}{settings}_HOST."
            ) from None


@contextmanager
def _sandbox_beside(settings: Settings, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The sandbox as a process of its own, and the variables that lead to it."""
    _, state = company(settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "adm_sync.cli", "sandbox"]
    command += ["--port", str(port), "--state", str(state)]
    with _child(command, environment, quiet=True) as child:
        base = f"http://127.0.0.1:{port}"
        _wait_for("The sandbox", f"{base}/sandbox/health", child)
        yield variables(f"{base}/graphql", f"{base}/oauth") | {"ADMINISTRATE_INSTANCE_URL": base}


@contextmanager
def _child(
    command: list[str], environment: dict[str, str], *, quiet: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own group, so that Ctrl-C reaches it only through us; ended on leaving.

    What it says on standard error goes on to ours until it is told to end: what it says of that, as
    Python does with a trace while it starts, is news to nobody.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter with our own arguments
        command,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
    )
    assert child.stderr is not None
    is_ending = threading.Event()
    said = threading.Thread(target=_pass_on, args=(child.stderr, is_ending), daemon=True)
    said.start()
    try:
        yield child
    finally:
        is_ending.set()
        child.send_signal(signal.SIGINT)
        try:
            child.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        _end_group(child.pid)
        said.join(1)


def _pass_on(said: IO[bytes], is_ending: threading.Event) -> None:
    # Where nobody hears it any more, the child is to find that out as if it spoke itself.
    with said, suppress(OSError, ValueError):
        for line in said:
            if not is_ending.is_set() and sys.__stderr__ is not None:
                sys.__stderr__.buffer.write(line)
                sys.__stderr__.flush()


def _end_group(group: int) -> None:
    """Dagster's code servers outlive it by half a minute; nothing is to be left behind."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(50):
            try:
                os.killpg(group, sent)
            except ProcessLookupError:
                return
            time.sleep(0.1)


def _wait_for(what: str, url: str, child: subprocess.Popen[bytes]) -> None:
    import httpx

    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends and child.poll() is None:
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AdmSyncError(f"{what} did not start. Run with --debug to see why.")
