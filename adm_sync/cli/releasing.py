"""`release`: a person lets a held plan pass."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.sync import finish, perform
from adm_sync.cli.terminal import interactive, say
from adm_sync.cli.workplace import debug_option, json_option, open_everything
from adm_sync.errors import DecisionError
from adm_sync.settings import Settings

MOOT = (
    "Nothing of the held plan was to be done any more as it stood: Administrate holds something "
    "else by now. What was done"
)


@click.command(short_help="Apply a plan that the guard held.")
@click.argument("entity")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--plan", type=int, metavar="NUMBER", help="Only if the plan of this number is held.")
@json_option
@debug_option
def release(entity: str, *, yes: bool, plan: int | None, as_json: bool, debug: bool) -> None:
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
    from adm_sync.reference.held import removals

    log_to_stderr(debug=debug)
    settings, chosen = Settings.load(), named(entity)
    with open_everything(settings) as syncer:
        with syncer.database.engine.connect() as connection:
            held = journal.held_plan(connection, chosen.name)
            if held is None:
                raise DecisionError(
                    f"No plan of {chosen.many} is held. There is nothing to release."
                )
            if plan not in {None, held.id}:
                raise DecisionError(
                    f"Another plan of {chosen.many} is held by now ({held.id}). Nothing was "
                    "released: look at that one first."
                )
            if not as_json:
                _show(held, removals(connection, held))
        asked = interactive() and not (yes or as_json)
        if asked and not click.confirm("Apply it?"):
            raise DecisionError("Nothing was released.")
        syncer.options = replace(syncer.options, released=held.fingerprint)
        results = perform(settings, syncer, [chosen], debug=debug, quiet=as_json)
        with syncer.database.engine.connect() as connection:
            was_moot = journal.was_moot(connection, held.id)
            other = journal.released_by_another(connection, held.id, syncer.options.who)
    message = f"{MOOT} is listed." if was_moot else ""
    if other:
        message = f"{other} has released this plan meanwhile. This sync found what was left to do."
    if message and not as_json:
        say(f"{MOOT} stands above." if was_moot else message)
    finish(results, as_json=as_json, message=message)


def _show(held: Any, removals: Iterator[Any]) -> None:
    from adm_sync.cli.printing import SHOWN

    plan = held.plan
    say(f"Held since {held.held_at:%Y-%m-%d %H:%M} UTC: {held.reason}.")
    say(f"It would create {plan['created']}, update {plan['updated']}, delete {plan['deleted']}.")
    if plan.get("retained"):
        say(f"Of those that are gone, it would keep {plan['retained']}: other rows refer to them.")
    for one in islice(removals, SHOWN):
        say(f"  - {one.action}: {_described(one, held.entity)}")
    if len(plan["removals"]) > SHOWN:
        say(f"  … and {len(plan['removals']) - SHOWN} more")


def _described(one: Any, entity: str) -> str:
    """Whose row it is: the name of the tutorial record, or what was last open of it."""
    from adm_sync.cli.printing import short
    from adm_sync.reference.entities import BY_NAME

    if one.tutorial_id is not None:
        now = f" → {short(one.instead)}" if one.instead is not None else ""
        return f"{short(one.name)}{now} (tutorial id {one.tutorial_id}; {one.external_id})"
    unlinked = "" if BY_NAME[entity].matched is None else "not linked; "
    return f"{short(one.name)} ({unlinked}{one.external_id})"
