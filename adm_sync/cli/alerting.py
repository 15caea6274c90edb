"""`alerts`: what is wrong now, who was told of it, and whether they can be told at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import debug_option, json_option, open_quietly, schedules_of
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings

if TYPE_CHECKING:
    from adm_sync.alerts.words import Manner

NOBODY = "ADM_SYNC_ALERTS is not set, so nobody is told. "


@click.command(short_help="List what is wrong now, or tell people of it.")
@click.option("--test", is_flag=True, help="Send each address a test, and say whether it arrived.")
@click.option(
    "--check",
    is_flag=True,
    help="Look once, and tell the addresses what they have not heard; for cron, or a timer of "
    "systemd, which see that Dagster's daemon is dead when it cannot say so itself.",
)
@click.option(
    "--forget-daemon",
    is_flag=True,
    help="Dagster's daemon was ended for good: miss it no more, until one is at work again.",
)
@json_option
@debug_option
def alerts(*, test: bool, check: bool, forget_daemon: bool, as_json: bool, debug: bool) -> None:
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
    if test + check + forget_daemon > 1:
        raise click.UsageError("Give one of --test, --check and --forget-daemon.")
    settings = Settings.load()
    if (test or check) and settings.adm_sync_alerts is None:
        raise SettingsError(f"{NOBODY}{Settings.describe('adm_sync_alerts')}")
    act = _test if test else _check if check else _forget_daemon if forget_daemon else _list
    status = act(settings, as_json=as_json)
    raise click.exceptions.Exit(status)


def _test(settings: Settings, *, as_json: bool) -> int:
    from adm_sync.alerts.addresses import addresses, send_all
    from adm_sync.alerts.words import manner_of, trial_letter

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


def _check(settings: Settings, *, as_json: bool) -> int:
    from adm_sync.alerts.telling import look_once
    from adm_sync.defs.expecting import digest_due

    due = digest_due(settings, datetime.now(UTC))
    arrived = look_once(settings, schedules_of(settings), due)
    if as_json:
        print_json({"status": "succeeded" if arrived else "failed"})
    return int(not arrived)


def _forget_daemon(settings: Settings, *, as_json: bool) -> int:
    from adm_sync.alerts.watching import forget_daemon

    with open_quietly(settings) as database:
        forget_daemon(database)
    if as_json:
        print_json({"status": "succeeded"})
    else:
        say("Dagster's daemon is missed no more, until one is at work again.")
    return 0


def _list(settings: Settings, *, as_json: bool) -> int:
    from adm_sync.alerts.addresses import addresses
    from adm_sync.alerts.items import heaviest, problems, weight_of
    from adm_sync.alerts.today import today
    from adm_sync.alerts.words import manner_of
    from adm_sync.database import alerts as memory

    now, manner = datetime.now(UTC), manner_of(settings)
    with open_quietly(settings) as database:
        found = problems(today(settings, database, schedules_of(settings), now).items, now)
        with database.engine.connect() as connection:
            told = memory.told(connection, [one.name for one in addresses(settings)])
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
        _say(listed, manner)
        if settings.adm_sync_alerts is None:
            say(f"{NOBODY}adm-sync alerts --test tries it once it is.")
    return weight.exit_status


def _say(listed: Sequence[dict[str, Any]], manner: "Manner") -> None:
    for one in listed:
        say(f"{one['kind']}: {one['sentence']}")
        say(f"  Since {_when(one['since'], manner)}.")
        say(f"  What to do: {one['remedy']}")
        if one["link"]:
            say(f"  Where: {one['link']}")
        for sent in one["told"]:
            why_not = f"not told yet: {sent['why_not']}".rstrip(": ")
            outcome = f"was told {_when(sent['at'], manner)}" if sent["at"] else why_not
            say(f"  {sent['address']} {outcome}.")
    if not listed:
        say("Nothing is wrong.")


def _when(moment: str, manner: "Manner") -> str:
    return manner.when(datetime.fromisoformat(moment))
