"""`today`: what ran last, and what waits for somebody."""

import shlex
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import json_option, open_only_database
from adm_sync.settings import Settings

SIGNS = ("-", "⏸", "✗")
STATUSES = ("succeeded", "partial", "failed")
EXITS = (0, 3, 1)


@click.command(short_help="Say what ran last, and what waits for somebody.")
@json_option
def today(*, as_json: bool) -> None:
    """Say how everything stands: what failed, is held, waits for somebody or is still to be done.

    Ends with 1 if somebody has to see to something, with 3 if something is still to be done, and
    else with 0. Asks the database alone.

    \b
    Example:
      adm-sync today
    """
    from adm_sync.imports.today import today as look

    log_to_stderr(debug=False)
    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        found = look(connection)
    if as_json:
        print_json(_as_json(found))
    else:
        _tell(found)
    raise click.exceptions.Exit(EXITS[found.weight])


def _tell(found: Any) -> None:
    from adm_sync.reference.entities import BY_NAME

    for run in found.runs:
        title = BY_NAME[run.entity].title
        numbers = f"{run.created} created, {run.updated} updated, {run.deleted} deleted"
        told = f"{run.status}, {numbers}" if run.status == "succeeded" else str(run.status)
        say(f"{title}: {told}, {run.started_at:%Y-%m-%d %H:%M} UTC, {run.who}")
    for one in found.imports:
        book = one.workbook
        when = f"{book.started_at or book.received_at:%Y-%m-%d %H:%M} UTC"
        told = f"{one.state}, latest run {one.outcome}, {when}, {book.who or 'nobody'}"
        say(f"{book.partition}: {told}")
    say()
    for item in found.items:
        say(f"{SIGNS[item.weight]} {item.sentence}")
        say(f"    {_command(item)}")
    if not found.items:
        say("Nothing waits for anybody.")


def _command(item: Any) -> str:
    """The command that shows more of it, or does something about it."""
    command = {
        "sync": f"sync {item.subject}" if item.subject else "sync-all",
        "held": f"release {item.subject}",
        "import": f"imports {shlex.quote(item.subject)}",
        "steps": "push",
        "unmatched": f"unmatched {item.subject}",
    }
    return f"adm-sync {command[item.matter]}"


def _as_json(found: Any) -> dict[str, Any]:
    return {
        "status": STATUSES[found.weight],
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
                "status": STATUSES[item.weight],
                "subject": item.subject,
                "since": item.since.isoformat() if item.since else None,
                "sentence": item.sentence,
            }
            for item in found.items
        ],
    }
