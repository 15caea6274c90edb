"""`release`: a person lets a held plan pass."""

from dataclasses import replace
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.sync import finish, perform
from adm_sync.cli.terminal import interactive, say
from adm_sync.cli.workplace import debug_option, json_option, open_everything, user_name
from adm_sync.errors import DecisionError
from adm_sync.settings import Settings


@click.command(short_help="Apply a plan that the guard held.")
@click.argument("entity")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@debug_option
def release(entity: str, *, yes: bool, as_json: bool, debug: bool) -> None:
    """Let the held plan of ENTITY pass, and sync.

    Shows the plan, and asks on a terminal; elsewhere the command itself is the decision. Exactly
    that plan is released: if Administrate holds something else by now, the new plan is judged by
    the guard afresh, and held again if it must be.

    \b
    Example:
      adm-sync release instructors
    """
    from adm_sync.database import journal
    from adm_sync.reference.entities import named

    log_to_stderr(debug=debug)
    settings, chosen = Settings.load(), named(entity)
    with open_everything(settings) as syncer:
        with syncer.database.engine.connect() as connection:
            held = journal.held_plan(connection, chosen.name)
        if held is None:
            raise DecisionError(f"No plan of {chosen.many} is held. There is nothing to release.")
        if not as_json:
            _show(held)
        asked = interactive() and not (yes or as_json)
        if asked and not click.confirm("Apply it?"):
            raise DecisionError("Nothing was released.")
        syncer.options = replace(syncer.options, released=held.fingerprint, who=user_name())
        results = perform(settings, syncer, [chosen], debug=debug, quiet=as_json)
    finish(results, as_json=as_json)


def _show(held: Any) -> None:
    from adm_sync.cli.printing import SHOWN

    plan = held.plan
    say(f"Held since {held.held_at:%Y-%m-%d %H:%M} UTC: {held.reason}.")
    say(f"It would create {plan['created']}, update {plan['updated']}, delete {plan['deleted']}.")
    for one in plan["removals"][:SHOWN]:
        say(f"  - {one['action']}: {one['external_id']} {one['before'] or ''}")
    if len(plan["removals"]) > SHOWN:
        say(f"  … and {len(plan['removals']) - SHOWN} more")
