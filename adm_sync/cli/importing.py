"""`import-events`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from adm_sync.cli import failures
from adm_sync.cli.import_progress import StageProgress
from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.partitions import the_partition
from adm_sync.cli.terminal import harmless, print_json, say_aside, say_on_stderr
from adm_sync.cli.workplace import (
    EXIT_STATUS,
    FOLDER,
    debug_option,
    json_option,
    open_importing,
)
from adm_sync.database.states import ImportStatus
from adm_sync.fault_log import keep_trace
from adm_sync.folders import Folder
from adm_sync.settings import Settings

FINGERPRINT = re.compile("[0-9a-f]{16}", re.ASCII)


@click.command(short_help="Import events and sessions from a workbook.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what an import would do; write nothing.")
@click.option(
    "--report",
    type=FOLDER,
    metavar="DIR",
    help="The folder for the marked copy and the findings, or its URL (default: in "
    "ADM_SYNC_STORAGE).",
)
@click.option("--sheet", metavar="NAME", help="The sheet with the events, if it is not clear.")
@click.option(
    "--update",
    is_flag=True,
    help="Change events that were imported before to what the workbook says now, as far as nobody "
    "has changed them since.",
)
@click.option(
    "--take",
    multiple=True,
    metavar="WHOSE",
    help="With --update: whose value holds where somebody has changed it since: workbook, "
    "administrate or here; or for one event or one value: 'TITLE=administrate', "
    "'TITLE: FIELD=here'. May be given several times.",
)
@click.option(
    "--remove-sessions",
    is_flag=True,
    help="With --update: delete sessions that the workbook has no more, if nobody booked or "
    "changed them.",
)
@click.option(
    "--cancel",
    is_flag=True,
    help="With --update: cancel events that the workbook says are cancelled, if they are drafts "
    "that nobody booked.",
)
@click.option("--published", is_flag=True, help="With --update: change published events too.")
@click.option(
    "--plan",
    "agreed",
    metavar="FINGERPRINT",
    help="Import only if that is what would be done: the fingerprint of the plan that a dry run "
    "with the same options has shown, or the file of its --json.",
)
@click.option(
    "--kept",
    is_flag=True,
    help="FILE is the name of an import (adm-sync imports), whose workbook is kept here. What a "
    "dry run of it finds is kept too, for the desk.",
)
@json_option
@debug_option
def import_events(
    file: Path,
    *,
    dry_run: bool,
    report: Folder | None,
    sheet: str | None,
    update: bool,
    take: Sequence[str],
    remove_sessions: bool,
    cancel: bool,
    published: bool,
    agreed: str | None,
    kept: bool,
    as_json: bool,
    debug: bool,
) -> None:
    """Check the workbook FILE, record its events here, and create them in Administrate.

    What can be imported is; what cannot is named with its row and column, and marked in a copy of
    the workbook. Correct that copy and import it: what is there already is not touched, and
    nothing is made twice. With --update, what the workbook has changed is changed here and in
    Administrate too; what people have changed there meanwhile never is, unless --take says so.
    With --plan, exactly what a dry run has shown is done, or nothing, if it would be something else
    by now: then the plan as it is now is shown, with what differs.
    If Administrate is away, the events are recorded here and created there by `adm-sync push`. The
    import shows in the Dagster UI like any other.

    \b
    Examples:
      adm-sync import-events "Sitting 2027A.xlsx" --dry-run
      adm-sync import-events "Sitting 2027A.xlsx"
      adm-sync import-events events.xlsx --report ~/reports --json
      adm-sync import-events events.xlsx --plan 3f0c9a1d52b7e864
      adm-sync import-events events.xlsx --update --dry-run
      adm-sync import-events events.xlsx --update --take "CB1 London: Max places=here"
    """
    from adm_sync.errors import DecisionError
    from adm_sync.workbook.findings import WorkbookRefused

    log_to_stderr(debug=debug)
    settings = Settings.load()
    failures.know(workbook=file.name)
    try:
        if dry_run and report:
            say_aside("A dry run writes no report.")
        options = _update_options(
            take, remove_sessions=remove_sessions, cancel=cancel, published=published, update=update
        )
        if dry_run and agreed:
            raise click.UsageError("--plan is for the import itself, not for a dry run.")
        wanted = ToImport(file, kept, sheet, options, agreed)
        if dry_run:
            _rehearse(settings, wanted, as_json=as_json)
        _import(settings, wanted, report, as_json=as_json, debug=debug)
    except WorkbookRefused as refused:
        _refuse(file, refused.finding, as_json=as_json)
    except DecisionError as error:
        raise click.UsageError(str(error)) from None


def _update_options(take: Sequence[str], *, update: bool, **how: bool) -> Any:
    """How far events that are known may be changed; None if not at all."""
    from adm_sync.imports.updates.options import UpdateOptions, read_takes

    if not update:
        if take or any(how.values()):
            raise click.UsageError("These options say how to change known events: add --update.")
        return None
    return UpdateOptions(read_takes(take), **how)


@dataclass(frozen=True, slots=True)
class ToImport:
    """What is to be imported, and how.

    Attributes:
        file: a path, or the name of an import.
        is_kept: which of the two it is.
        sheet: the sheet to import; by default the one that looks like it.
        update: how far events that are known may be changed; None if not at all.
        agreed: the fingerprint of the plan that is to be kept to, or the file that has it.
    """

    file: Path
    is_kept: bool
    sheet: str | None
    update: Any
    agreed: str | None

    def workbook(self, importer: Any) -> tuple[Any, str | None]:
        """Its content, and the sheet to import."""
        from adm_sync.workbook.reading import open_content

        if self.is_kept:
            name = the_partition(importer.database.engine, str(self.file))
            _, content, chosen = importer.kept(name)
            return content, self.sheet or chosen
        return open_content(self.file, importer.options.limits), self.sheet

    def seen(self) -> tuple[str | None, Mapping[str, Any] | None]:
        """The fingerprint that was agreed to, and the dry run, if it was given."""
        from adm_sync.imports.agreed import differences

        if self.agreed is None or FINGERPRINT.fullmatch(self.agreed):
            return self.agreed, None
        if not Path(self.agreed).is_file():
            raise click.UsageError(
                f"{self.agreed} is no fingerprint, as a dry run ends with one (sixteen signs, 0 to "
                "9 and a to f), and no file of its --json."
            )
        try:
            document = json.loads(Path(self.agreed).read_text(encoding="utf-8"))
            differences(document, document)  # whether it has all that is compared
            return str(document["fingerprint"]), document
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            message = f"{self.agreed} is not what import-events --dry-run --json prints."
            raise click.UsageError(message) from None


def _rehearse(settings: Settings, wanted: ToImport, *, as_json: bool) -> NoReturn:
    """A dry run is no Dagster run: nothing happened that could be recorded."""
    from adm_sync.cli import plan_words
    from adm_sync.imports import dry_runs

    progress = StageProgress()
    with open_importing(settings, progress) as importer:
        content, sheet = wanted.workbook(importer)
        failures.know(workbook=content.name, partition=content.partition)
        try:
            if wanted.is_kept:
                summary = dry_runs.rehearse(importer, content.partition, sheet, wanted.update)
            else:
                summary = importer.rehearsal(content, sheet, wanted.update)
        finally:
            progress.stop()
    if as_json:
        print_json(summary.as_json() | {"dry_run": True, "fingerprint": summary.fingerprint})
    else:
        plan_words.tell_plan(summary)
    raise click.exceptions.Exit(EXIT_STATUS[summary.status])


def _import(
    settings: Settings,
    wanted: ToImport,
    report: Folder | None,
    *,
    as_json: bool,
    debug: bool,
) -> NoReturn:
    from adm_sync.cli import import_words
    from adm_sync.errors import DecisionError
    from adm_sync.imports.agreed import PlanMoved
    from adm_sync.imports.examining import read_table
    from adm_sync.imports.updates.decided import understood
    from adm_sync.workbook.findings import WorkbookRefused

    agreed, seen = wanted.seen()
    progress = StageProgress()
    with open_importing(settings, progress) as importer:
        content, sheet = wanted.workbook(importer)
        content = importer.as_kept(content)
        failures.know(workbook=content.name, partition=content.partition)
        try:
            # A file that is refused as a whole, or decisions that are, are to leave no trace.
            if agreed:
                importer.agree(content, agreed, sheet, wanted.update)
            else:
                limits, columns = importer.options.limits, importer.options.columns
                table = read_table(content, limits, columns, sheet)
                if wanted.update:
                    understood(wanted.update, table)
            summary = _perform(
                settings, importer, content, sheet, report, wanted.update, debug=debug
            )
            open_steps = importer.unfinished(content.partition)
        except PlanMoved as moved:
            progress.stop()
            _hold(importer, wanted, moved, seen, as_json=as_json)
        except (WorkbookRefused, DecisionError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            progress.stop()
            keep_trace(error)
            _tell_broken_off(importer.break_off(content.partition, error), as_json=as_json)
            raise
        finally:
            progress.stop()
    if as_json:
        print_json(summary.as_json())
    else:
        import_words.tell(summary, open_steps)
    raise click.exceptions.Exit(EXIT_STATUS[summary.status])


def _hold(
    importer: Any, wanted: ToImport, moved: Any, seen: Mapping[str, Any] | None, *, as_json: bool
) -> NoReturn:
    """An import would do something else than was agreed to: what differs, and the plan now."""
    from adm_sync.cli import plan_words
    from adm_sync.imports import dry_runs
    from adm_sync.imports.agreed import differences

    summary, found = moved.summary, []
    if seen is not None:
        found = [asdict(one) for one in differences(seen, summary.as_json())]
    if wanted.is_kept:
        agreed = wanted.seen()[0] or ""
        given = summary.partition, summary, agreed, wanted.update
        found = dry_runs.keep_moved(importer, *given) or found
    if as_json:
        told = {"status": "held", "message": str(moved), "differences": found}
        print_json(summary.as_json() | told | {"fingerprint": summary.fingerprint})
    else:
        plan_words.tell_moved(summary, str(moved), found)
    raise click.exceptions.Exit(EXIT_STATUS["held"])


def _tell_broken_off(summary: Any, *, as_json: bool) -> None:
    """How far an import came that did not come to its end, and leave; nothing if none was begun."""
    from adm_sync.cli import import_words

    if summary is None:
        return
    if as_json:
        print_json(summary.as_json())
    else:
        import_words.tell_broken_off(summary)
    stopped = summary.status == ImportStatus.CANCELLED
    say_on_stderr("Stopped." if stopped else f"Error: {harmless(summary.message)}")
    raise click.exceptions.Exit(EXIT_STATUS[summary.status])


def _perform(
    settings: Settings,
    importer: Any,
    content: Any,
    sheet: str | None,
    report: Folder | None,
    update: Any,
    *,
    debug: bool,
) -> Any:
    from adm_sync.defs.import_launching import run_import
    from adm_sync.defs.launching import dagster_instance

    with dagster_instance(settings, importer.database) as instance:
        run_id = run_import(importer, instance, content, sheet=sheet, update=update, debug=debug)
    if report is not None:
        importer.report(content.partition, report)
    return importer.summary(content.partition, run_id)


def _refuse(file: Path, finding: Any, *, as_json: bool) -> NoReturn:
    """The one finding of a file that cannot be imported at all."""
    from adm_sync.cli import import_words

    import_words.refusal(file.name, finding)
    if as_json:
        document = failures.document(["import-events"], finding.message)
        print_json(document | {"findings": [finding.as_json()]})
    raise click.exceptions.Exit(EXIT_STATUS["failed"])
