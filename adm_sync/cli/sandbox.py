"""`sandbox`: a local Administrate that serves until it is stopped, and the company that fills it.

What belongs here: the command, and what `demo` and `dev` need of it. What does not: the sandbox
itself (`adm_sync.sandbox`), and running one beside other processes (`serving`).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import say
from adm_sync.cli.workplace import debug_option
from adm_sync.errors import AdmSyncError
from adm_sync.rehearsal import sandbox_state
from adm_sync.settings import Settings


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
            state_file=state,
            on_ready=_print_access,
            options={"latency": latency / 1000, "create_mutations": create_mutations, **given},
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
