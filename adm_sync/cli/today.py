"""`today`: what ran last, and all that there is to tell."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import json_option, open_only_database, schedules_of
from adm_sync.moments import clock_time
from adm_sync.pages import Pages, pages_of
from adm_sync.settings import Settings

if TYPE_CHECKING:
    from adm_sync.alerts.today import Today

SIGNS = ("-", "⏸", "✗")


@click.command(short_help="Say what ran last, and what waits for somebody.")
@json_option
def today(*, as_json: bool) -> None:
    """Say how everything stands: what failed, is held, did not run, waits for somebody or is due.

    Ends with 1 if somebody has to see to something, with 3 if something is still to be done, and
    else with 0. Asks the databases alone, and tells nobody else; `adm-sync alerts` says of the same
    problems who was told.

    \b
    Example:
      adm-sync today
    """
    from adm_sync.alerts.today import today as look

    log_to_stderr(debug=False)
    settings, now = Settings.load(), datetime.now(UTC)
    with open_only_database(settings) as database:
        found = look(settings, database, schedules_of(settings), now)
    if as_json:
        print_json(_as_json(found, pages_of(settings)))
    else:
        _tell(found, settings.adm_sync_time_zone)
    raise click.exceptions.Exit(found.weight.exit_status)


def _tell(found: "Today", zone: str) -> None:
    from adm_sync.reference.entities import BY_NAME

    for run in found.runs:
        title = BY_NAME[run.entity].title
        numbers = f"{run.created} created, {run.updated} updated, {run.deleted} deleted"
        numbers += f", {run.errors} not taken in" if run.errors else ""
        told = (
            f"{run.status}, {numbers}"
            if run.status in ("succeeded", "partial")
            else str(run.status)
        )
        say(f"{title}: {told}, {clock_time(run.started_at, zone)}, {run.who}")
    for one in found.imports:
        book = one.workbook
        when = clock_time(book.started_at or book.received_at, zone)
        told = f"{one.state}, latest run {one.outcome}, {when}, {book.by or 'nobody'}"
        say(f"{book.partition}: {told}")
    say()
    for item in found.items:
        since = f" (since {clock_time(item.since, zone)})" if item.since else ""
        say(f"{SIGNS[item.weight]} {item.sentence}{since}")
        say(f"    {item.remedy}")
    if not found.items:
        say("Nothing waits for anybody.")


def _as_json(found: "Today", pages: Pages | None) -> dict[str, Any]:
    return {
        "status": found.weight.status,
        "runs": [
            {
                "entity": run.entity,
                "status": run.status,
                "who": run.who,
                "started_at": run.started_at.isoformat(),
                "run_id": run.dagster_run_id,
            }
            for run in found.runs
        ],
        "imports": [
            {
                "partition": one.workbook.partition,
                "state": one.state,
                "status": one.outcome,
                "who": one.workbook.who,
                "run_id": one.workbook.dagster_run_id,
            }
            for one in found.imports
        ],
        "items": [
            {
                "matter": item.matter,
                "kind": item.kind,
                "status": item.weight.status,
                "subject": item.subject,
                "since": item.since.isoformat() if item.since else None,
                "sentence": item.sentence,
                "remedy": item.remedy,
                "link": pages.at(item.page) if pages else "",
            }
            for item in found.items
        ],
    }
