"""`imports`, `report` and `undo`."""

from collections.abc import Mapping, Sequence

import click

from adm_sync.cli import failures
from adm_sync.cli.exporting import Exports, export_options
from adm_sync.cli.import_progress import StageProgress
from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.partitions import the_partition
from adm_sync.cli.terminal import UNASKED, WRONG_USAGE, consents, print_json, say, say_aside
from adm_sync.cli.workplace import (
    EXIT_STATUS,
    FOLDER,
    OF_WORKBOOKS,
    debug_option,
    json_option,
    open_importing,
    open_only_database,
)
from adm_sync.folders import Folder
from adm_sync.settings import Settings

LISTED = 20


@click.command(short_help="List the imports, or show one.")
@click.argument("partition", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=LISTED,
    show_default=True,
    help="How many are listed, newest first.",
)
@click.option("--name", metavar="PART", help="Only those with this in the workbook's name.")
@click.option("--sitting", help="Only those that name a recorded event of it, such as 2027A.")
@click.option("--who", metavar="PART", help="Only those that one of that name imported or checked.")
@click.option("--state", "stands", help="Only those that stand so: complete, partial, failed …")
@export_options
@json_option
def imports(
    partition: str | None,
    *,
    limit: int,
    name: str | None,
    sitting: str | None,
    who: str | None,
    stands: str | None,
    as_json: bool,
    exports: Exports,
) -> None:
    """List the imports, newest first, or show PARTITION with its events.

    PARTITION is an import as it is listed; its beginning is enough. Ends with 1 if it was to be
    taken back and that did not come to its end, and with 0 else. A file gets all imports that
    are looked for, whatever the limit; of one import, all its events.

    \b
    Examples:
      adm-sync imports
      adm-sync imports "Sitting 2027A"
      adm-sync imports --limit 100 --json
      adm-sync imports --sitting 2027A --state partial
      adm-sync imports --csv imports.csv
    """
    log_to_stderr(debug=False)
    search = {"name": name, "sitting": sitting, "who": who, "state": stands}
    given = {each: text.strip() for each, text in search.items() if text and text.strip()}
    if partition and given:
        raise click.UsageError("One import is shown whole: give PARTITION, or what to look for.")
    if partition:
        _show(partition, exports, as_json=as_json)
    else:
        _list(limit, given, exports, as_json=as_json)


def _list(limit: int, given: Mapping[str, str], exports: Exports, *, as_json: bool) -> None:
    from adm_sync.cli import import_lists
    from adm_sync.imports.looking import list_imports, search_of

    try:
        search = search_of(given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        found = list_imports(connection, None if exports.wanted else limit, search=search)
        if exports.wanted:
            from adm_sync.tables import rows
            from adm_sync.tables.declared import IMPORTS

            exports.write(IMPORTS, rows.imports(found))
    listed = [import_lists.listed(one) for one in found[:limit]]
    if as_json:
        print_json({"status": "succeeded", "imports": listed})
    else:
        import_lists.tell_all(listed, searched=bool(given))


def _show(partition: str, exports: Exports, *, as_json: bool) -> None:
    from adm_sync.cli import import_lists
    from adm_sync.imports.keeping import kept_findings
    from adm_sync.imports.looking import look_at

    with open_only_database(Settings.load()) as database:
        name = the_partition(database.engine, partition)
        with database.engine.connect() as connection:
            looked = look_at(connection, name)
            found = kept_findings(connection, looked.listed.workbook.id)
    document = import_lists.detailed(looked, found)
    if exports.wanted:
        from adm_sync.tables import rows
        from adm_sync.tables.declared import GROUPS

        exports.write(GROUPS, rows.groups(name, document["groups"]))
    if as_json:
        print_json({"status": "succeeded", **document})
    else:
        import_lists.tell_one(document, looked.unfinished)
    if looked.listed.broken_undo:
        raise click.exceptions.Exit(EXIT_STATUS["failed"])


@click.command(short_help="Write the report of an import again.")
@click.argument("partition")
@click.option(
    "--to",
    type=FOLDER,
    metavar="DIR",
    help="The folder for the files, or its URL (default: in ADM_SYNC_STORAGE).",
)
@json_option
@debug_option
def report(partition: str, *, to: Folder | None, as_json: bool, debug: bool) -> None:
    """Write the marked copy and the findings of the import PARTITION, as it stands now.

    They are made of what the database holds: the workbook's own file and Administrate are not
    asked for.

    \b
    Examples:
      adm-sync report "Sitting 2027A"
      adm-sync report "Sitting 2027A.xlsx-1c0345d5" --to ~/reports --json
    """
    from adm_sync.imports.opening import open_reporter

    log_to_stderr(debug=debug)
    settings = Settings.load()
    problems: list[str] = []
    with open_only_database(settings) as database:
        name = the_partition(database.engine, partition)
        failures.know(partition=name)
        reporter = open_reporter(settings, database.engine, problems.append)
        reports = reporter.report(name, to)
    copy, csv = (str(where) if where else None for where in (reports.copy, reports.csv))
    status = "failed" if csv is None else "partial" if problems else "succeeded"
    if as_json:
        document = {"partition": name, "report": copy, "findings": csv, "problems": problems}
        print_json({"status": status, **document})
    else:
        say(f"The marked copy: {copy or 'none'}")
        say(f"The findings:    {csv or 'none'}")
    for problem in problems:
        say_aside(problem)
    raise click.exceptions.Exit(EXIT_STATUS[status])


@click.command(short_help="Take an import back, as far as nobody has worked on it since.")
@click.argument("partition")
@click.option("--yes", is_flag=True, help="Do not ask: undo what is shown.")
@click.option("--dry-run", is_flag=True, help="Only show it: ask nobody, and undo nothing.")
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    help="Only this event of Administrate; may be given several times.",
)
@click.option(
    "--remove-tutorial",
    is_flag=True,
    help="Remove the tutorial events too that the import made, if nothing refers to them.",
)
@json_option
@debug_option
def undo(
    partition: str,
    *,
    yes: bool,
    dry_run: bool,
    only: Sequence[str],
    remove_tutorial: bool,
    as_json: bool,
    debug: bool,
) -> None:
    """Take the import PARTITION back.

    Shows first what would happen to each of its events, and asks; without a terminal it needs
    --yes, or --dry-run to be only shown. Deleted from Administrate is only what this import
    created, that is still a draft, has no bookings, and that nobody changed since. Everything else
    is kept, and said why. Afterwards the workbook can be imported again.

    \b
    Examples:
      adm-sync undo "Sitting 2027A.xlsx-1c0345d5"
      adm-sync undo "Sitting 2027A" --yes --remove-tutorial --json
    """
    from adm_sync.cli import undo_words
    from adm_sync.defs.import_launching import run_show
    from adm_sync.defs.launching import dagster_instance
    from adm_sync.imports.undo.undoing import Undo

    log_to_stderr(debug=debug)
    yes = yes and not dry_run
    settings, progress = Settings.load().apart_from(*OF_WORKBOOKS), StageProgress()
    with open_importing(settings, progress) as importer:
        name = the_partition(importer.database.engine, partition)
        failures.know(partition=name)
        work = Undo(importer, name, remove_tutorial, frozenset(only))
        try:
            result = plan = work.plan()
            progress.stop()
            if not as_json:
                undo_words.tell_plan(plan)
            is_needed = any(event.action != "keep" for event in plan.events)
            done = is_needed and not dry_run and consents("Undo it?", yes=yes, as_json=as_json)
            if done or yes:
                result = work.carry_out(plan)
            if done:
                with dagster_instance(settings, importer.database) as instance:
                    run_show(importer, instance, name)
        finally:
            progress.stop()
    if as_json:
        refused = {"status": "failed", "message": UNASKED} if done is None else {}
        print_json(result.as_json() | {"done": bool(done)} | refused)
    elif done or (yes and plan.events):
        undo_words.tell(plan, result)
    raise click.exceptions.Exit(WRONG_USAGE if done is None else EXIT_STATUS[result.status])
