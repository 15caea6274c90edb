"""`sync` and `sync-all`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from adm_sync.cli.workplace import (
    debug_option,
    interactive,
    json_option,
    log_to_stderr,
    open_everything,
    progress,
)
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.settings import Settings

EXIT = {"succeeded": 0, "failed": 1, "held": 1, "partial": 3}


def sync_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that both commands share."""
    for option in (
        debug_option,
        json_option,
        click.option("--dry-run", is_flag=True, help="Show what a sync would do; write nothing."),
        click.option(
            "--page-size",
            type=click.IntRange(1),
            help="Records a page (at most 100, whatever you ask for).",
        ),
        click.option(
            "--no-prompt",
            is_flag=True,
            help="Ask nothing; unmatched records are only listed. So it is without a terminal.",
        ),
    ):
        command = option(command)
    return command


@click.command(short_help="Sync some reference entities.")
@click.argument("entities", nargs=-1, required=True, metavar="ENTITY…")
@sync_options
def sync(entities: Sequence[str], **options: Any) -> None:
    """Bring the bridge tables of these entities in step with Administrate.

    ENTITY is one of custom_fields, price_levels, locations, venues, instructors, course_templates,
    course_template_price_levels. Several run in the order of their needs.

    \b
    Examples:
      adm-sync sync locations venues
      adm-sync sync course_templates --dry-run
      adm-sync sync instructors --no-prompt --json
    """
    from adm_sync.reference.entities import ENTITIES, named

    chosen = {named(name).name for name in entities}
    ordered = [entity for entity in ENTITIES if entity.name in chosen]
    run(ordered, skip_errors=False, full=False, **options)


@click.command(short_help="Sync all reference entities, in order.")
@click.option(
    "--skip-errors",
    is_flag=True,
    help="Go on after a failed entity with those that do not need it.",
)
@sync_options
def sync_all(*, skip_errors: bool, **options: Any) -> None:
    """Bring all seven bridge tables in step with Administrate.

    The order is custom fields, price levels, locations, venues, instructors, course templates,
    course template price levels. The run shows in the Dagster UI like any other.

    \b
    Examples:
      adm-sync sync-all
      adm-sync sync-all --no-prompt --skip-errors     (for cron)
      adm-sync sync-all --dry-run --json
    """
    from adm_sync.reference.entities import ENTITIES

    run(ENTITIES, skip_errors=skip_errors, full=True, **options)


def run(
    entities: Sequence[Any],
    *,
    skip_errors: bool,
    full: bool,
    debug: bool = False,
    as_json: bool = False,
    dry_run: bool = False,
    page_size: int | None = None,
    no_prompt: bool = False,
) -> None:
    """Sync, print, ask, and leave with the exit status."""
    log_to_stderr(debug=debug)
    settings = Settings.load()
    options: dict[str, Any] = {"dry_run": dry_run}
    if page_size:
        from adm_sync.reference.syncer import LARGEST_PAGE

        options["page_size"] = min(page_size, LARGEST_PAGE)
    try:
        with open_everything(settings, **options) as syncer:
            results = perform(settings, syncer, entities, skip_errors, full, debug, quiet=as_json)
            if as_json:
                print_json(results, dry_run=dry_run)
            elif not (dry_run or no_prompt) and interactive():
                from adm_sync.cli.creating import offer

                offer(syncer, results)
    except SettingsError:
        raise
    except AdmSyncError as error:
        if as_json:
            click.echo(json.dumps({"status": "failed", "entities": [], "message": str(error)}))
        raise
    from adm_sync.reference.results import overall

    raise click.exceptions.Exit(EXIT[overall(results)])


def perform(
    settings: Settings,
    syncer: Any,
    entities: Sequence[Any],
    skip_errors: bool,
    full: bool,
    debug: bool,
    *,
    quiet: bool = False,
) -> list[Any]:
    """Sync the entities and print the results as they come; gives them all."""
    from adm_sync.cli import printing
    from adm_sync.reference.sync import skipped

    dry_run = syncer.options.dry_run
    if full and not quiet:
        printing.say("=== Administrate Full Sync ===" + (" (dry run)" if dry_run else ""))

    def began(entity: Any) -> None:
        if not quiet:
            if full:
                printing.say(f"\n{printing.position(entity)} Syncing {entity.many}...")
            else:
                printing.say(f"Syncing {entity.many}...")

    def ended(result: Any) -> None:
        if quiet:
            return
        if full:
            printing.say(printing.entity_line(result))
            for line in printing.warning_lines(result):
                printing.say(line)
        else:
            printing.completed(result)
            printing.discrepancy_lists(result)
            printing.say()

    def waiting(line: str) -> None:
        click.echo(f"  … {line}", err=True)

    with progress() as listener:
        syncer.began, syncer.ended = began, ended
        syncer.listener = replace(listener, waiting=waiting)
        first = len(syncer.results)
        if dry_run:
            _rehearse(syncer, entities, skip_errors)
        else:
            from adm_sync.defs.launching import dagster_instance, run_sync

            with dagster_instance(settings, syncer.database) as instance:
                run_sync(entities, syncer, instance, skip_errors=skip_errors, debug=debug)
    done = {result.entity: result for result in syncer.results[first:]}
    for entity in entities:
        if entity.name not in done:
            began(entity)
            done[entity.name] = skipped(entity, "not run, because what it needs failed")
            ended(done[entity.name])
    results = [done[entity.name] for entity in entities]
    if full and not quiet:
        for result in results:
            printing.discrepancy_lists(result)
        printing.totals(results)
        if dry_run:
            printing.say("This was a dry run: nothing was written.")
    return results


def _rehearse(syncer: Any, entities: Sequence[Any], skip_errors: bool) -> None:
    """A dry run is no Dagster run: nothing happened that could be recorded."""
    failed: set[str] = set()
    for entity in entities:
        if failed and (not skip_errors or failed & {need.entity for need in entity.needs}):
            continue
        if syncer.sync(entity).status == "failed":
            failed.add(entity.name)


def print_json(results: Sequence[Any], *, dry_run: bool) -> None:
    """The one document of `--json`."""
    from adm_sync.reference.results import overall

    document: dict[str, Any] = {
        "status": overall(results),
        "entities": [result.as_json() for result in results],
    }
    if dry_run:
        document["dry_run"] = True
    click.echo(json.dumps(document, ensure_ascii=False))
