"""`alerts`: what is wrong now, who was told of it, and whether they can be told at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import debug_option, json_option, open_quietly, schedules_of
from adm_sync.database.engine import Database
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings

NOBODY = "ADM_SYNC_ALERTS is not set, so nobody is told. "


@click.command(short_help="List what is wrong now, or tell people of it.")
@click.option("--test", is_flag=True, help="Send each address a test, and say whether it arrived.")
@click.option(
    "--check",
    is_flag=True,
    help="Look once, and tell the addresses what they have not heard; for cron, or a timer of "
    "systemd, which see that Dagster's daemon is dead when it cannot say so itself.",
)
@json_option
@debug_option
def alerts(*, test: bool, check: bool, as_json: bool, debug: bool) -> None:
    """List what is wrong now, since when, what to do, and who was told.

    Exit status: 0 nothing is wrong, 1 something is that a person has to see to, 3 something is
    partial or pending. With --test and --check: 0 everybody was told, 1 somebody could not be.

    \b
    Examples:
      adm-sync alerts
      adm-sync alerts --test
      */5 * * * * adm-sync alerts --check
    """
    log_to_stderr(debug=debug)
    if test and check:
        raise click.UsageError("--test and --check are two things; give one of them.")
    settings = Settings.load()
    if (test or check) and settings.adm_sync_alerts is None:
        raise SettingsError(f"{NOBODY}{Settings.describe('adm_sync_alerts')}")
    if test:
        status = _test(settings, as_json=as_json)
    else:
        with open_quietly(settings) as database:
            act = _check if check else _list
            status = act(settings, database, as_json=as_json)
    raise click.exceptions.Exit(status)


def _test(settings: Settings, *, as_json: bool) -> int:
    from adm_sync.alerts.addresses import addresses, send_all
    from adm_sync.alerts.telling import manner_of
    from adm_sync.alerts.words import trial_letter

    to = addresses(settings)
    letter = trial_letter(manner_of(settings), datetime.now(UTC))
    outcomes = send_all([(one, letter) for one in to])
    status = "failed" if any(outcomes) else "succeeded"
    if as_json:
        told = [
            {"address": one.name, "arrived": why is None, "why": why or ""}
            for one, why in zip(to, outcomes, strict=True)
        ]
        print_json({"status": status, "addresses": told})
    else:
        for one, why in zip(to, outcomes, strict=True):
            say(f"✓ {one.name} took the test." if why is None else f"✗ {one.name}: {why}.")
    return int(status == "failed")


def _check(settings: Settings, database: Database, *, as_json: bool) -> int:
    from adm_sync.alerts.answering import post_of
    from adm_sync.alerts.telling import teller_of
    from adm_sync.defs.expecting import digest_due

    now = datetime.now(UTC)
    schedules, due = schedules_of(settings), digest_due(settings, now)
    arrived = teller_of(settings, database, schedules, due).look(now)
    post_of(settings, database).deliver(now)
    if as_json:
        print_json({"status": "succeeded" if arrived else "failed"})
    return int(not arrived)


def _list(settings: Settings, database: Database, *, as_json: bool) -> int:
    from adm_sync.alerts.items import heaviest, problems, weight_of
    from adm_sync.alerts.telling import manner_of
    from adm_sync.alerts.today import today
    from adm_sync.database import alerts as memory

    now, manner = datetime.now(UTC), manner_of(settings)
    found = problems(today(database, schedules_of(settings), now).items, now)
    with database.engine.connect() as connection:
        told = memory.told(connection)
    weight = heaviest(weight_of(one.kind) for one in found)
    listed: list[dict[str, Any]] = [
        {
            "kind": str(one.kind),
            "what": one.subject,
            "sentence": one.sentence,
            "since": one.since.isoformat(),
            "remedy": one.remedy,
            "link": manner.link(one.page),
            "told": [
                {
                    "address": sent.address,
                    "at": sent.sent_at.isoformat() if sent.sent_at else None,
                    "why_not": sent.message or "",
                }
                for sent in told
                if (sent.kind, sent.subject) == (one.kind, one.subject)
            ],
        }
        for one in found
    ]
    if as_json:
        print_json({"status": weight.status, "problems": listed})
    else:
        _say(listed, [manner.when(one.since) for one in found], settings)
    return weight.exit_status


def _say(listed: Sequence[dict[str, Any]], since: Sequence[str], settings: Settings) -> None:
    for one, when in zip(listed, since, strict=True):
        say(f"{one['kind']}: {one['sentence']}")
        say(f"  Since {when}.")
        say(f"  What to do: {' '.join(filter(None, [one['link'], one['remedy']]))}")
        for sent in one["told"]:
            outcome = f"was told {sent['at']}" if sent["at"] else f"not told yet {sent['why_not']}"
            say(f"  {sent['address']} {outcome.strip()}.")
    if not listed:
        say("Nothing is wrong.")
    if settings.adm_sync_alerts is None:
        say(f"{NOBODY}adm-sync alerts --test tries it once it is.")
