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
from adm_sync.database.states import DiscrepancyKind
from adm_sync.settings import Settings

QUESTION = "Create unmatched tutorial records in Administrate?"
DOUBTFUL = "Create those, too, that Administrate has something very like of?"


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
    be only shown. What Administrate has something very like of is asked for apart; --yes leaves it
    out, unless --only names it. Where Administrate's API cannot create such records, it prints what
    to enter by hand. Each record is looked up first, so nothing is created twice.

    \b
    Examples:
      adm-sync create-missing course_templates
      adm-sync create-missing course_templates --yes --json
    """
    from adm_sync.reference import creating, proposing
    from adm_sync.reference.entities import named

    log_to_stderr(debug=debug)
    chosen = named(entity)
    with open_everything(Settings.load()) as syncer:
        wanted = proposing.to_create(syncer, chosen, only)
        if not as_json:
            _show(chosen, wanted)
        done: list[Any] = []
        answer: bool | None = False
        if wanted.is_possible and not dry_run:
            done, answer = _asked(syncer, chosen, wanted, yes=yes, as_json=as_json)
    status, message = str(creating.status_of(done)), wanted.why_not
    if answer and yes and wanted.doubtful:
        status = "partial" if status == "succeeded" else status
        message = proposing.left_out(len(wanted.doubtful))
        say_aside(message)
    if answer is None:
        status, message = "failed", UNASKED
    elif wanted.unknown:
        status = "partial" if done else "failed"
        message = proposing.not_missing(wanted.unknown)
        say_aside(message)
    if as_json:
        document = _document(chosen, wanted, done)
        print_json({"status": status, **document, "message": message})
    raise click.exceptions.Exit(WRONG_USAGE if answer is None else EXIT_STATUS[status])


def _asked(
    syncer: Any, entity: Any, wanted: Any, *, yes: bool, as_json: bool
) -> tuple[list[Any], bool | None]:
    """What was created on a person's word; and what they said last, None if nobody was there.

    What may be in Administrate already is asked for apart, and no `yes` beforehand means it.
    """
    done: list[Any] = []
    answer: bool | None = yes
    for question, some in ((QUESTION, wanted.certain), (DOUBTFUL, wanted.doubtful)):
        if some and not (yes and question == DOUBTFUL):
            answer = consents(question, yes=yes, as_json=as_json)
            if answer is None:
                break
            done += _create(syncer, entity, some, quiet=as_json) if answer else ()
    return done, answer


def offer(syncer: Any, results: Sequence[Any]) -> bool:
    """At the end of a sync: ask, once for each entity, whether to create what is missing.

    Gives whether all went well that was asked for.
    """
    from adm_sync.reference import creating, proposing
    from adm_sync.reference.entities import BY_NAME

    done: list[Any] = []
    for result in results:
        entity = BY_NAME[result.entity]
        if not (result.is_accepted and result.of_kind(DiscrepancyKind.UNMATCHED_TUTORIAL)):
            continue
        wanted = proposing.to_create(syncer, entity)
        _show(entity, wanted)
        if wanted.is_possible:
            done += _asked(syncer, entity, wanted, yes=False, as_json=False)[0]
    return creating.status_of(done) == "succeeded"


def _show(entity: Any, wanted: Any) -> None:
    from adm_sync.reference import creating

    if not wanted.tutorials:
        say(f"No tutorial {entity.one} is unmatched, as of the last sync.")
        return
    say()
    if wanted.is_possible:
        say(f"{len(wanted.tutorials)} {entity.many} can be created in Administrate:")
        for tutorial in wanted.tutorials:
            fields = ", ".join(f"{k} {v!r}" for k, v in entity.creation.fields(tutorial).items())
            say(f"  - {fields}")
            _tell_near(wanted, tutorial)
        return
    say(f"{wanted.why_not} To enter by hand, then run the sync again:")
    for tutorial in wanted.tutorials:
        say(f"  - {'; '.join(creating.instructions(entity, tutorial))}")
        _tell_near(wanted, tutorial)


def _tell_near(wanted: Any, tutorial: Any) -> None:
    known = wanted.to_know(tutorial)
    if known:
        say(f"      ⚠ {known}; link it if it is the same")


def _create(
    syncer: Any, entity: Any, tutorials: Sequence[Any], *, quiet: bool = False
) -> list[Any]:
    from adm_sync.reference import creating

    done = creating.create_alone(syncer, entity, tutorials)
    for one in done if not quiet else ():
        sign = "✓" if one.outcome in creating.GOOD else "✗"
        ends = ": ".join(filter(None, (one.external_id, one.message)))
        say(f"  {sign} {one.tutorial.label}: {one.outcome} {ends}".rstrip())
    return done


def _document(entity: Any, wanted: Any, done: Sequence[Any]) -> dict[str, Any]:
    from adm_sync.reference import creating

    return {
        "entity": entity.name,
        "possible": wanted.is_possible,
        "missing": [
            {
                "tutorial_id": one.id,
                "label": one.label,
                "fields": entity.creation.fields(one) if wanted.is_possible else {},
                "by_hand": creating.instructions(entity, one),
                "near": wanted.to_know(one),
                "doubtful": wanted.is_doubtful(one),
            }
            for one in wanted.tutorials
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
