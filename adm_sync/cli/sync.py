"""`sync` and `sync-all`."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import Progress, interactive, print_json, say_aside
from adm_sync.cli.workplace import EXIT_STATUS, debug_option, json_option, open_everything
from adm_sync.database.states import RunStatus
from adm_sync.settings import Settings


class NamingEntities(click.Command):
    """A command whose help ends with the list of the entities."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The entities as their table has them."""
        from adm_sync.reference.entities import ENTITIES

        with formatter.section("Entities, in the order of their needs"):
            formatter.write_dl([(one.name, f"fills {one.bridge.fullname}") for one in ENTITIES])


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


@click.command(cls=NamingEntities, short_help="Sync some reference entities.")
@click.argument("entities", nargs=-1, required=True, metavar="ENTITY…")
@sync_options
def sync(entities: Sequence[str], **options: Any) -> None:
    """Bring the bridge tables of these entities in step with Administrate.

    Several run in the order of their needs.

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


@click.command(cls=NamingEntities, short_help="Sync all reference entities, in order.")
@click.option(
    "--skip-errors",
    is_flag=True,
    help="Go on after a failed entity with those that do not need it.",
)
@sync_options
def sync_all(*, skip_errors: bool, **options: Any) -> None:
    """Bring all bridge tables in step with Administrate, in the order of their needs.

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
        from adm_sync.administrate.paging import LARGEST_PAGE

        options["page_size"] = min(page_size, LARGEST_PAGE)
    with open_everything(settings, **options) as syncer:
        results = perform(
            settings,
            syncer,
            entities,
            full=full,
            skip_errors=skip_errors,
            debug=debug,
            quiet=as_json,
        )
        created = True
        if not (as_json or dry_run or no_prompt) and interactive():
            from adm_sync.cli.creating import offer

            created = offer(syncer, results)
    finish(results, as_json=as_json, dry_run=dry_run, created=created)


def perform(
    settings: Settings,
    syncer: Any,
    entities: Sequence[Any],
    *,
    full: bool = False,
    skip_errors: bool = False,
    debug: bool = False,
    quiet: bool = False,
) -> list[Any]:
    """Sync the entities and print the results as they come; gives them all."""
    from adm_sync.cli.printing import Narrator
    from adm_sync.reference.sync import Listener

    dry_run = syncer.options.dry_run
    narrator = Narrator(full=full, dry_run=dry_run, silent=quiet)
    progress = Progress()

    done: dict[str, Any] = {}

    def began(entity: Any) -> None:
        _leave_out(entities[: list(entities).index(entity)], done, narrator)
        narrator.began(entity)

    def ended(result: Any) -> None:
        progress.stop()
        done[result.entity] = result
        narrator.ended(result)

    syncer.began, syncer.ended = began, ended
    syncer.listener = Listener(progress.show, say_aside)
    narrator.opened()
    try:
        if dry_run:
            # A dry run is no Dagster run: nothing happened that could be recorded.
            syncer.rehearse(entities, stop_on_error=not skip_errors)
        else:
            from adm_sync.defs.launching import dagster_instance, run_sync

            with dagster_instance(settings, syncer.database) as instance:
                run_sync(entities, syncer, instance, skip_errors=skip_errors, debug=debug)
    finally:
        progress.stop()
    _leave_out(entities, done, narrator)
    results = [done[entity.name] for entity in entities]
    narrator.closed(results)
    return results


def _leave_out(entities: Sequence[Any], done: dict[str, Any], narrator: Any) -> None:
    """Tell, in its place, of each of these that nothing was tried for."""
    from adm_sync.reference.results import left_out

    for entity in entities:
        if entity.name not in done:
            narrator.began(entity)
            failed = [name for name, result in done.items() if not result.is_accepted]
            done[entity.name] = left_out(entity, failed, stop_on_error=True)
            narrator.ended(done[entity.name])


def finish(
    results: Sequence[Any],
    *,
    as_json: bool,
    dry_run: bool = False,
    created: bool = True,
    message: str = "",
) -> NoReturn:
    """Print the one document of `--json`, and leave with the exit status.

    `created` says whether all could be created that was asked for afterwards; `message` is what is
    to be said of it beside.
    """
    from adm_sync.reference.results import overall

    status = overall(results)
    if status == RunStatus.SUCCEEDED and not created:
        status = RunStatus.PARTIAL
    if as_json:
        entities = [result.as_json() for result in results]
        document = {"status": status, "entities": entities} | (
            {"message": message} if message else {}
        )
        print_json(document | {"dry_run": True} if dry_run else document)
    raise click.exceptions.Exit(EXIT_STATUS[status])
