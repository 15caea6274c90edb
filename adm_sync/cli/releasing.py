"""`release`: a person lets a held plan pass."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.sync import finish, perform
from adm_sync.cli.terminal import interactive, say
from adm_sync.cli.workplace import debug_option, json_option, open_everything
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
    from adm_sync.reference.judging import tutorial_labels

    log_to_stderr(debug=debug)
    settings, chosen = Settings.load(), named(entity)
    with open_everything(settings) as syncer:
        with syncer.database.engine.connect() as connection:
            held = journal.held_plan(connection, chosen.name)
            labels = tutorial_labels(connection, chosen)
            found = journal.open_discrepancies(connection, chosen.name)
            unlinked = {one.external_id: one.label for one in found}
        if held is None:
            raise DecisionError(f"No plan of {chosen.many} is held. There is nothing to release.")
        if not as_json:
            _show(held, chosen, labels, unlinked)
        asked = interactive() and not (yes or as_json)
        if asked and not click.confirm("Apply it?"):
            raise DecisionError("Nothing was released.")
        syncer.options = replace(syncer.options, released=held.fingerprint)
        results = perform(settings, syncer, [chosen], debug=debug, quiet=as_json)
        with syncer.database.engine.connect() as connection:
            was_moot = journal.was_moot(connection, held.id)
    if was_moot and not as_json:
        say("Nothing of the held plan was to be done any more as it stood: Administrate holds")
        say("something else by now. What was done stands above.")
    finish(results, as_json=as_json)


def _show(
    held: Any, entity: Any, labels: Mapping[int, str], unlinked: Mapping[str | None, str]
) -> None:
    from adm_sync.cli.printing import SHOWN

    plan = held.plan
    say(f"Held since {held.held_at:%Y-%m-%d %H:%M} UTC: {held.reason}.")
    say(f"It would create {plan['created']}, update {plan['updated']}, delete {plan['deleted']}.")
    if plan.get("retained"):
        say(f"Of those that are gone, it would keep {plan['retained']}: other rows refer to them.")
    for one in plan["removals"][:SHOWN]:
        say(f"  - {one['action']}: {_described(one, entity, labels, unlinked)}")
    if len(plan["removals"]) > SHOWN:
        say(f"  … and {len(plan['removals']) - SHOWN} more")


def _described(
    one: Mapping[str, Any],
    entity: Any,
    labels: Mapping[int, str],
    unlinked: Mapping[str | None, str],
) -> str:
    """Whose row it is: the name of the tutorial record, or what was last open of it."""
    from adm_sync.cli.printing import short

    before, after = one["before"] or {}, one["after"] or {}
    if entity.matched is None:
        name = before.get("name") or before.get("label") or "(no name)"
        return f"{short(str(name))} ({one['external_id']})"
    link = entity.matched.link
    tutorial, other = before.get(link), after.get(link)
    if tutorial is None:
        name = short(unlinked.get(one["external_id"]) or "(no name)")
        return f"{name} (not linked; {one['external_id']})"
    now = f" → {short(labels.get(other, '(no name)'))}" if other is not None else ""
    name = short(labels.get(tutorial) or "(no name)")
    return f"{name}{now} (tutorial id {tutorial}; {one['external_id']})"
