"""`doctor`: is everything in its place?"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import click

from adm_sync.cli.workplace import debug_option, json_option, log_to_stderr
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and a sentence about it."""

    what: str
    good: bool
    sentence: str


@click.command(short_help="Check settings, database, Administrate and Dagster.")
@click.option(
    "--accept-instance",
    is_flag=True,
    help="This database belongs to the tenant of the settings from now on.",
)
@json_option
@debug_option
def doctor(*, accept_instance: bool, as_json: bool, debug: bool) -> None:
    """Look at everything a sync needs and say in one sentence each what is wrong.

    Changes nothing, but for --accept-instance.
    """
    log_to_stderr(debug=debug)
    settings = Settings.load()
    findings = [
        *_look("Settings", lambda: _settings(settings)),
        *_look("Database", lambda: _database(settings, accept_instance=accept_instance)),
        *_look("Administrate", lambda: _administrate(settings)),
    ]
    good = all(finding.good for finding in findings)
    if as_json:
        found = [{"what": f.what, "good": f.good, "sentence": f.sentence} for f in findings]
        click.echo(json.dumps({"status": "succeeded" if good else "failed", "findings": found}))
    else:
        from adm_sync.cli.printing import say

        for finding in findings:
            say(f"{'✓' if finding.good else '✗'} {finding.what}: {finding.sentence}")
    raise click.exceptions.Exit(0 if good else 1)


def _look(what: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except (SettingsError, AdmSyncError) as error:
        return [Finding(what, False, str(error))]


def _settings(settings: Settings) -> list[Finding]:
    access = settings.administrate()
    return [Finding("Settings", True, f"complete, for {access.instance_url or access.api_url}")]


def _database(settings: Settings, *, accept_instance: bool) -> list[Finding]:
    from datetime import UTC, datetime

    import sqlalchemy as sa

    from adm_sync.database import journal, placement
    from adm_sync.database.engine import database_errors, open_database
    from adm_sync.reference.syncer import instance_of

    with open_database(settings) as database, database_errors():
        with database.engine.begin() as connection:
            version = connection.scalar(sa.text("show server_version"))
        kind = "embedded PostgreSQL" if database.embedded else "PostgreSQL"
        faults = placement.check(database.engine)
        findings = [Finding("Database", True, f"{kind} {version}")]
        findings += [Finding("Tables", False, fault) for fault in faults]
        if not faults:
            findings.append(Finding("Tables", True, "all in their place, with the columns needed"))
            with database.engine.begin() as connection:
                if accept_instance:
                    journal.remember_instance(connection, instance_of(settings), datetime.now(UTC))
                known = journal.known_instance(connection)
            findings += _instance(settings, known)
        database.dagster_url()
        findings.append(Finding("Dagster", True, "its database is there"))
    return findings


def _instance(settings: Settings, known: str | None) -> list[Finding]:
    from adm_sync.reference.syncer import instance_of

    if known is None:
        return [Finding("Tenant", True, "this database was not synced with any tenant yet")]
    if known == instance_of(settings):
        return [Finding("Tenant", True, f"this database belongs to {known}")]
    sentence = (
        f"this database belongs to {known}, and the settings name {instance_of(settings)}; if that "
        "is right, run `adm-sync doctor --accept-instance`"
    )
    return [Finding("Tenant", False, sentence)]


def _administrate(settings: Settings) -> list[Finding]:
    from adm_sync.administrate.client import AdministrateClient
    from adm_sync.administrate.contract import broken_documents

    with AdministrateClient(settings.administrate(), retry_budget=10) as client:
        client.query("hello")
        findings = [Finding("Administrate", True, "answers, and accepts the credentials")]
        for document, reason in broken_documents(client):
            findings.append(Finding("Schema", False, f"document {document}: {reason}"))
        if len(findings) == 1:
            findings.append(Finding("Schema", True, "has every field that the project asks for"))
    return findings
