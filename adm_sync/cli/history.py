"""`history`."""

from dataclasses import asdict
from typing import Any, NoReturn

import click

from adm_sync.cli import failures
from adm_sync.cli.exporting import Exports, export_options
from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import json_option, open_only_database
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.settings import Settings

LISTED = 50


@click.command(short_help="Say what happened to a record or an event, by whom and when.")
@click.argument("kind", metavar="ENTITY|EVENT")
@click.argument("record", metavar="[NAME|ID]", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=LISTED,
    show_default=True,
    help="How many entries are listed, latest first.",
)
@click.option("--before", metavar="PLACE", help="Go on where an earlier list ended.")
@export_options
@json_option
def history(
    kind: str,
    record: str | None,
    *,
    limit: int,
    before: str | None,
    as_json: bool,
    exports: Exports,
) -> None:
    """List every change of a record of ENTITY, or of an imported event, latest first.

    Each with before and after, who, when, and by which run or workbook, as far as that is kept.
    NAME is a name, a title or a code, or a part of one; ID is an id of either side. Where several
    match, they are listed, each with an id that names it alone. Without a name, what happened to
    all records of ENTITY. A file gets the whole history, whatever the limit.

    \b
    Examples:
      adm-sync history venues "Room 4"
      adm-sync history instructors tutorial:12 --json
      adm-sync history event "CB1 London 27A-01"
      adm-sync history venues --xlsx venues.xlsx
    """
    from adm_sync.history import reading, subjects
    from adm_sync.reference.entities import BY_NAME

    log_to_stderr(debug=False)
    chosen = subjects.kind_of(kind)
    failures.know(kind=chosen)
    if record is None and chosen == subjects.EVENT:
        raise click.UsageError("Name the event, by its title or an id of either side.")
    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        if record is None:
            found = [reading.everything(BY_NAME[chosen])]
        else:
            found = subjects.find(connection, chosen, record)
        page = reading.page(connection, found[0], before, limit) if len(found) == 1 else None
        if page is not None and exports.wanted:
            from adm_sync.tables.declared import HISTORY
            from adm_sync.tables.rows import row_of

            told = reading.table(connection, found[0])
            exports.write(HISTORY, [row_of(HISTORY, asdict(one)) for one in told])
    if page is None:
        _refuse(chosen, record or "", found, as_json=as_json)
    elif as_json:
        print_json({"status": "succeeded", "kind": chosen, **page.as_json(), "matches": []})
    else:
        _tell(page)


def _refuse(kind: str, record: str, found: list[Any], *, as_json: bool) -> NoReturn:
    """Nothing, or more than one thing, is called so."""
    from adm_sync.cli.printing import short
    from adm_sync.reference.entities import BY_NAME

    failures.know(matches=[one.as_json() for one in found])
    for one in found if not as_json else ():
        about = ", ".join(filter(None, (one.about, one.ids)))
        say(f"  {one.id}  {short(one.label)} ({about})")
    if found:
        raise SettingsError("Several match. Name one of them by the id in front of it.")
    what = BY_NAME[kind].one if kind in BY_NAME else kind
    raise AdmSyncError(f"No {what} «{short(record)}» is known here.")


def _tell(page: Any) -> None:
    from adm_sync.cli.printing import short

    subject = page.subject
    about = "; ".join(filter(None, (subject.kind, subject.about, subject.ids)))
    say(f"{short(subject.label)} ({about})")
    if not page.entries:
        say("  Nothing is recorded of it.")
    for one in page.entries:
        _tell_entry(one, subject)
    if page.following:
        say(f"There is more: --before {page.following}")


def _tell_entry(one: Any, subject: Any) -> None:
    from adm_sync.cli.printing import short

    by = f", by {one.who}" if one.who else ""
    come = one.workbook or (f"run {one.run_id}" if one.run_id else "")
    other = one.external_id if one.is_of_another(subject) else ""
    which, whence = f" ({other})" if other else "", f"; {come}" if come else ""
    say(f"  {one.at:%Y-%m-%d %H:%M} UTC  {one.what}{which}{by}{whence}")
    if one.note:
        say(f"      {short(one.note)}")
    for change in one.changes:
        before, after = short(change.before) or "nothing", short(change.after) or "nothing"
        stood = f" (overwrote {short(change.overwritten)})" if change.overwritten else ""
        say(f"      {change.field}: {before} → {after}{stood}")
