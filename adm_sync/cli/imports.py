"""`imports`, `report` and `undo`."""

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
@export_options
@json_option
def imports(partition: str | None, *, limit: int, as_json: bool, exports: Exports) -> None:
    """List the imports, newest first, or show PARTITION with its events.

    PARTITION is an import as it is listed; its beginning is enough. A file gets all imports,
    whatever the limit; of one import, all its events.

    \b
    Examples:
      adm-sync imports
      adm-sync imports "Sitting 2027A"
      adm-sync imports --limit 100 --json
      adm-sync imports --csv imports.csv
    """
    log_to_stderr(debug=False)
    if partition:
        _show(partition, exports, as_json=as_json)
    else:
        _list(limit, exports, as_json=as_json)


def _list(limit: int, exports: Exports, *, as_json: bool) -> None:
    from adm_sync.cli import import_lists
    from adm_sync.database import import_journal
    from adm_sync.imports import state

    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        rows = import_journal.workbooks_with_latest(connection, limit)
        stand = state.standings(connection, [row.id for row in rows])
        ended = state.outcomes(connection, rows)
        if exports.wanted:
            from adm_sync.tables import rows as all_of
            from adm_sync.tables.declared import IMPORTS

            exports.write(IMPORTS, all_of.imports(connection))
    listed = [import_lists.listed(row, stand[row.id], ended[row.id]) for row in rows]
    if as_json:
        print_json({"status": "succeeded", "imports": listed})
    else:
        import_lists.tell_all(listed)


def _show(partition: str, exports: Exports, *, as_json: bool) -> None:
    from adm_sync.cli import import_lists
    from adm_sync.database import import_journal, open_steps
    from adm_sync.imports import state
    from adm_sync.imports.keeping import kept_findings

    with open_only_database(Settings.load()) as database:
        name = the_partition(database.engine, partition)
        with database.engine.connect() as connection:
            (row,) = import_journal.workbooks_with_latest(connection, partition=name)
            standing = state.standings(connection, [row.id])[row.id]
            outcome = state.outcomes(connection, [row])[row.id]
            groups = import_journal.groups_of(connection, row.id)
            found = kept_findings(connection, row.id)
            unfinished = open_steps.unfinished(connection, row.id)
    listed = import_lists.listed(row, standing, outcome)
    document = import_lists.detailed(listed, standing.since, groups, found, unfinished)
    if exports.wanted:
        from adm_sync.tables import rows
        from adm_sync.tables.declared import GROUPS

        exports.write(GROUPS, rows.groups(name, document["groups"]))
    if as_json:
        print_json({"status": "succeeded", **document})
    else:
        import_lists.tell_one(document, unfinished)


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
    "--remove-tutorial",
    is_flag=True,
    help="Remove the tutorial events too that the import made, if nothing refers to them.",
)
@json_option
@debug_option
def undo(
    partition: str, *, yes: bool, dry_run: bool, remove_tutorial: bool, as_json: bool, debug: bool
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
        work = Undo(importer, name, remove_tutorial)
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
