"""`doctor --tenant`: whether a tenant is as the project takes it to be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from adm_sync.acting import user_name
from adm_sync.cli.terminal import WRONG_USAGE, interactive, print_json, say, say_on_stderr
from adm_sync.cli.workplace import EXIT_STATUS, open_only_database
from adm_sync.errors import FolderError
from adm_sync.folders import Folder
from adm_sync.rehearsal import rehearsing
from adm_sync.settings import Settings

if TYPE_CHECKING:
    from adm_sync.assumptions.assumption import Assessed
    from adm_sync.assumptions.trial import Trial

NAME = "tenant report"
STOPPED = 130
UNASKED = (
    "Nothing was done: --write-probe makes an event in Administrate, and nobody is there to be "
    "asked. Run it on a terminal, and without --json."
)


def report_on_tenant(
    settings: Settings, folder: Folder | None, template: str | None, *, as_json: bool
) -> int:
    """Ask the tenant about every assumption, tell what was found, and write the report.

    Args:
        settings: lead to the tenant.
        folder: for the report; None for where all reports are.
        template: the code of the course template that a trial's event is made on; None for none.
        as_json: whether the report is printed as JSON instead.

    Returns:
        The exit status.
    """
    from adm_sync.assumptions.asking import open_tenant
    from adm_sync.assumptions.declared import judged, with_trial
    from adm_sync.assumptions.report import status_of

    left, why = "", ""
    with rehearsing(settings) as reaching:
        access = reaching.administrate()
        if template is not None and not _consents(reaching):
            return WRONG_USAGE
        patience = reaching.adm_sync_retry_budget_seconds
        with open_tenant(access, patience) as tenant:
            found: list[Assessed] = list(judged(tenant))
        if template is not None:
            trial, left = _play(reaching, template)
            found = with_trial(found, trial.found)
            why = trial.why
            if not as_json:
                say(f"The trial ended early: {why}" if why else "The trial was played.")
                say(left)
    where = _write(found, folder or reaching.storage)
    status = _status(status_of(found), why, left)
    if as_json:
        _print_json(found, status, where, left)
    else:
        _tell(found, where)
    return STOPPED if why == "Stopped." else EXIT_STATUS[status]


def _status(of_assumptions: str, why: str, left: str) -> str:
    """With a trial: failed if something of it may be left, at best partial if it ended early."""
    from adm_sync.assumptions.trial import NOTHING_LEFT, NOTHING_MADE

    if left not in {"", NOTHING_LEFT, NOTHING_MADE}:
        return "failed"
    return "partial" if why and of_assumptions == "succeeded" else of_assumptions


def _consents(settings: Settings) -> bool:
    from adm_sync.tenant import instance_of

    if not interactive():
        click.echo(f"Error: {UNASKED}", err=True)
        return False
    name = instance_of(settings).removeprefix("https://")
    say("A draft event is made in Administrate, read, changed and deleted again.")
    asked = f"To go on, type the name of the tenant, which is «{name}»"
    typed = click.prompt(asked, default="", show_default=False, err=True)
    if typed.strip() != name:
        click.echo("That is not its name. Nothing was done.", err=True)
        return False
    return True


def _play(settings: Settings, template: str) -> "tuple[Trial, str]":
    """Through the database, where every mutation that is sent is kept."""
    from adm_sync.administrate.contract import read_schema
    from adm_sync.assumptions.trial import Trial
    from adm_sync.database import reconciling
    from adm_sync.errors import ContractBroken, RequestRejected
    from adm_sync.push.marks import LABEL
    from adm_sync.tenant import check_instance, check_placement, instance_of, open_client

    with open_only_database(settings) as database:
        check_placement(database)
        with database.engine.connect() as connection:
            check_instance(connection, instance_of(settings))
            keys = list(reconciling.custom_field_keys(connection, "Event", LABEL))
        with open_client(settings, database, user_name()) as client:
            try:
                schema = read_schema(client)
            except (RequestRejected, ContractBroken):
                schema = None
            trial = Trial(
                client,
                schema,
                template,
                keys[0] if keys else None,
                settings.administrate_tax_type_id,
                settings.adm_sync_time_zone,
                datetime.now(UTC),
            )
            return trial, trial.play()


def _write(found: "Sequence[Assessed]", folder: Folder) -> list[str]:
    """Both files of the report; where they are. That they cannot be written is said."""
    import json

    from adm_sync.assumptions.report import as_json, as_text

    now = datetime.now(UTC)
    files = {
        f"{NAME}.md": as_text(found, now),
        f"{NAME}.json": json.dumps(as_json(found, now), indent=2),
    }
    try:
        return [str(folder.put(name, text.encode())) for name, text in files.items()]
    except FolderError as error:
        say_on_stderr(f"  … The report could not be written ({error.reason}).")
        return []


def _tell(found: "Sequence[Assessed]", where: Sequence[str]) -> None:
    from adm_sync.assumptions.assumption import Ruling
    from adm_sync.assumptions.report import counted, line_of

    for one in found:
        say(line_of(one))
        if one.found.ruling == Ruling.NOT_HELD:
            say(f"    Otherwise: {one.assumption.otherwise}")
    say(counted(found))
    if where:
        say(f"The report, without names, secrets or records: {' and '.join(where)}")


def _print_json(found: "Sequence[Assessed]", status: str, where: Sequence[str], left: str) -> None:
    from adm_sync.assumptions.report import as_json

    document = as_json(found, datetime.now(UTC))
    print_json({**document, "status": status, "report": list(where), "left": left})
