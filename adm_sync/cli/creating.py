"""`create-missing`, and the question at the end of a sync."""

from collections.abc import Sequence
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import (
    UNASKED,
    WRONG_USAGE,
    consents,
    print_json,
    say,
    say_aside,
)
from adm_sync.cli.workplace import EXIT_STATUS, debug_option, json_option, open_everything
from adm_sync.database.states import DiscrepancyKind, RunStatus
from adm_sync.settings import Settings

QUESTION = "Create unmatched tutorial records in Administrate?"


@click.command(short_help="Create unmatched tutorial records in Administrate.")
@click.argument("entity")
@click.option("--yes", is_flag=True, help="Do not ask: create what is shown.")
@click.option("--dry-run", is_flag=True, help="Only show it: ask nobody, and create nothing.")
@click.option(
    "--only",
    type=int,
    multiple=True,
    metavar="ID",
    help="Only the tutorial record of this id; may be given several times.",
)
@json_option
@debug_option
def create_missing(
    entity: str, *, yes: bool, dry_run: bool, only: Sequence[int], as_json: bool, debug: bool
) -> None:
    """Create in Administrate the tutorial records of ENTITY that the last sync found unmatched.

    Shows what would be created and asks first; without a terminal it needs --yes, or --dry-run to
    be only shown. Where Administrate's API cannot create such records, it prints what to enter by
    hand. Each record is looked up first, so nothing is created twice.

    \b
    Examples:
      adm-sync create-missing course_templates
      adm-sync create-missing course_templates --yes --json
    """
    from adm_sync.reference import creating
    from adm_sync.reference.entities import named

    log_to_stderr(debug=debug)
    chosen = named(entity)
    with open_everything(Settings.load()) as syncer:
        with syncer.database.engine.connect() as connection:
            missing = creating.missing(connection, chosen)
        tutorials = [one for one in missing if not only or one.id in only]
        possible = bool(tutorials) and creating.can_create(chosen, syncer.client)
        why_not = creating.why_not(chosen, syncer.client) if tutorials and not possible else ""
        if not as_json:
            _show(chosen, tutorials, why_not)
        is_asked = possible and not dry_run
        is_wanted = is_asked and consents(QUESTION, yes=yes, as_json=as_json)
        done = _create(syncer, chosen, tutorials, quiet=as_json) if is_wanted else []
    status, message = _overall(done), why_not
    if is_wanted is None:
        status, message = "failed", UNASKED
    elif gone := set(only) - {one.id for one in tutorials}:
        ids = ", ".join(map(str, sorted(gone)))
        status = "partial" if done else "failed"
        message = f"Nothing is to be created about {ids} any more."
        say_aside(message)
    if as_json:
        document = _document(chosen, tutorials, possible, done)
        print_json({"status": status, **document, "message": message})
    raise click.exceptions.Exit(WRONG_USAGE if is_wanted is None else EXIT_STATUS[status])


def _overall(done: Sequence[Any]) -> str:
    bad = [one for one in done if one.outcome not in {"created", "adopted"}]
    return "succeeded" if not bad else "partial" if len(bad) < len(done) else "failed"


def offer(syncer: Any, results: Sequence[Any]) -> bool:
    """At the end of a sync: ask, once for each entity, whether to create what is missing.

    Gives whether all went well that was asked for.
    """
    from adm_sync.reference import creating
    from adm_sync.reference.entities import BY_NAME

    done: list[Any] = []
    for result in results:
        entity = BY_NAME[result.entity]
        if result.status != RunStatus.SUCCEEDED or not result.of_kind(
            DiscrepancyKind.UNMATCHED_TUTORIAL
        ):
            continue
        with syncer.database.engine.connect() as connection:
            tutorials = creating.missing(connection, entity)
        possible = bool(tutorials) and creating.can_create(entity, syncer.client)
        _show(entity, tutorials, "" if possible else creating.why_not(entity, syncer.client))
        if possible and click.confirm(QUESTION):
            done += _create(syncer, entity, tutorials)
    return _overall(done) == "succeeded"


def _show(entity: Any, tutorials: Sequence[Any], why_not: str) -> None:
    from adm_sync.reference import creating

    if not tutorials:
        say(f"No tutorial {entity.one} is unmatched, as of the last sync.")
        return
    say()
    if not why_not:
        say(f"{len(tutorials)} {entity.many} can be created in Administrate:")
        for tutorial in tutorials:
            fields = ", ".join(f"{k} {v!r}" for k, v in entity.creation.fields(tutorial).items())
            say(f"  - {fields}")
        return
    say(f"{why_not} To enter by hand, then run the sync again:")
    for tutorial in tutorials:
        say(f"  - {'; '.join(creating.instructions(entity, tutorial))}")


def _create(
    syncer: Any, entity: Any, tutorials: Sequence[Any], *, quiet: bool = False
) -> list[Any]:
    from adm_sync.database.locks import exclusive
    from adm_sync.reference import creating
    from adm_sync.reference.sync import LOCK

    engine = syncer.database.engine
    with exclusive(engine, LOCK, syncer.options.lock_wait, syncer.listener.waiting):
        done = creating.create_missing(entity, engine, syncer.client, tutorials)
    for one in done if not quiet else ():
        sign = "✓" if one.outcome in {"created", "adopted"} else "✗"
        ends = ": ".join(filter(None, (one.external_id, one.message)))
        say(f"  {sign} {one.tutorial.label}: {one.outcome} {ends}".rstrip())
    return done


def _document(
    entity: Any, tutorials: Sequence[Any], possible: bool, done: Sequence[Any]
) -> dict[str, Any]:
    from adm_sync.reference import creating

    return {
        "entity": entity.name,
        "possible": possible,
        "missing": [
            {
                "tutorial_id": one.id,
                "label": one.label,
                "fields": entity.creation.fields(one) if possible else {},
                "by_hand": creating.instructions(entity, one),
            }
            for one in tutorials
        ],
        "done": [
            {
                "tutorial_id": one.tutorial.id,
                "label": one.tutorial.label,
                "outcome": one.outcome,
                "external_id": one.external_id,
                "message": one.message,
            }
            for one in done
        ],
    }
