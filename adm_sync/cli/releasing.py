"""`release`: a person lets a held plan pass."""

from typing import Any

import click

from adm_sync.cli.sync import EXIT, perform, print_json
from adm_sync.cli.workplace import (
    debug_option,
    interactive,
    json_option,
    log_to_stderr,
    open_everything,
)
from adm_sync.errors import DecisionError
from adm_sync.settings import Settings


@click.command(short_help="Apply a plan that the guard held.")
@click.argument("entity")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@debug_option
def release(entity: str, *, yes: bool, as_json: bool, debug: bool) -> None:
    """Let the held plan of ENTITY pass, and sync.

    Exactly that plan: if Administrate holds something else by now, the new plan is judged by the
    guard afresh, and held again if it must be.
    """
    from adm_sync.database import journal
    from adm_sync.reference.entities import named
    from adm_sync.reference.results import overall

    log_to_stderr(debug=debug)
    settings, chosen = Settings.load(), named(entity)
    with open_everything(settings) as syncer:
        with syncer.database.engine.connect() as connection:
            held = journal.held_plan(connection, chosen.name)
        if held is None:
            raise DecisionError(f"No plan of {chosen.many} is held. There is nothing to release.")
        if not as_json:
            _show(held)
        if not as_json and interactive() and not yes and not click.confirm("Apply it?"):
            raise click.Abort
        syncer.options = _released(syncer.options, held.fingerprint)
        results = perform(settings, syncer, [chosen], False, False, debug, quiet=as_json)
        if as_json:
            print_json(results, dry_run=False)
    raise click.exceptions.Exit(EXIT[overall(results)])


def _released(options: Any, fingerprint: str) -> Any:
    from dataclasses import replace

    return replace(options, released=fingerprint)


def _show(held: Any) -> None:
    from adm_sync.cli.printing import SHOWN, say

    plan = held.plan
    say(f"Held since {held.held_at:%Y-%m-%d %H:%M} UTC: {held.reason}.")
    say(f"It would create {plan['created']}, update {plan['updated']}, delete {plan['deleted']}.")
    for one in plan["removals"][:SHOWN]:
        say(f"  - {one['action']}: {one['external_id']} {one['before'] or ''}")
    if len(plan["removals"]) > SHOWN:
        say(f"  … and {len(plan['removals']) - SHOWN} more")
