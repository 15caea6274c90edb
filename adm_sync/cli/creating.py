"""`create-missing`, and the question at the end of a sync."""

import json
from collections.abc import Sequence
from typing import Any

import click

from adm_sync.cli.workplace import (
    debug_option,
    interactive,
    json_option,
    log_to_stderr,
    open_everything,
)
from adm_sync.settings import Settings


@click.command(short_help="Create unmatched tutorial records in Administrate.")
@click.argument("entity")
@click.option("--yes", is_flag=True, help="Do not ask: create what is shown.")
@json_option
@debug_option
def create_missing(entity: str, *, yes: bool, as_json: bool, debug: bool) -> None:
    """Create in Administrate the tutorial records of ENTITY that the last sync found unmatched.

    Shows what would be created and asks first; without a terminal it needs --yes. Where
    Administrate's API cannot create such records, it prints what to enter by hand. Each record is
    looked up first, so nothing is created twice.
    """
    from adm_sync.reference import creating
    from adm_sync.reference.entities import named

    log_to_stderr(debug=debug)
    chosen = named(entity)
    with open_everything(Settings.load()) as syncer:
        with syncer.database.engine.connect() as connection:
            tutorials = creating.missing(connection, chosen)
        possible = bool(tutorials) and creating.can_create(chosen, syncer.client)
        if not as_json:
            _show(chosen, tutorials, possible=possible)
        done: list[Any] = []
        if possible and (yes or (not as_json and _consents(chosen, len(tutorials)))):
            done = _create(syncer, chosen, tutorials, quiet=as_json)
        if as_json:
            click.echo(json.dumps(_document(chosen, tutorials, possible, done)))
    bad = [one for one in done if one.outcome not in {"created", "adopted"}]
    raise click.exceptions.Exit(0 if not bad else 3 if len(bad) < len(done) else 1)


def offer(syncer: Any, results: Sequence[Any]) -> None:
    """At the end of a sync: ask, once for each entity, whether to create what is missing."""
    from adm_sync.reference import creating
    from adm_sync.reference.entities import BY_NAME

    for result in results:
        entity = BY_NAME[result.entity]
        if result.status != "succeeded" or not result.of_kind("unmatched_tutorial"):
            continue
        with syncer.database.engine.connect() as connection:
            tutorials = creating.missing(connection, entity)
        possible = bool(tutorials) and creating.can_create(entity, syncer.client)
        _show(entity, tutorials, possible=possible)
        if possible and _consents(entity, len(tutorials)):
            _create(syncer, entity, tutorials)


def _show(entity: Any, tutorials: Sequence[Any], *, possible: bool) -> None:
    from adm_sync.cli.printing import say
    from adm_sync.reference import creating

    if not tutorials:
        say(f"No tutorial {entity.one} is unmatched, as of the last sync.")
        return
    say()
    if possible:
        say(f"{len(tutorials)} {entity.many} can be created in Administrate:")
        for tutorial in tutorials:
            fields = ", ".join(f"{k} {v!r}" for k, v in entity.creation.fields(tutorial).items())
            say(f"  - {fields}")
        return
    say(
        f"Administrate's API cannot create {entity.many}. To enter by hand, "
        "then run the sync again:"
    )
    for tutorial in tutorials:
        say(f"  - {'; '.join(creating.instructions(entity, tutorial))}")


def _consents(entity: Any, count: int) -> bool:
    if not interactive():
        click.echo("Nothing was created: nobody is there to ask. Add --yes to create.", err=True)
        return False
    return click.confirm(
        f"Create unmatched tutorial records in Administrate? ({count} {entity.many})",
        default=False,
    )


def _create(
    syncer: Any, entity: Any, tutorials: Sequence[Any], *, quiet: bool = False
) -> list[Any]:
    from adm_sync.cli.printing import say
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
