"""`doctor`: is everything in its place?"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import FOLDER, debug_option, json_option, open_only_database
from adm_sync.database.engine import Database
from adm_sync.errors import AdmSyncError, FolderError, SettingsError
from adm_sync.folders import Folder
from adm_sync.rehearsal import rehearsing
from adm_sync.settings import AdministrateAccess, Settings
from adm_sync.surroundings import lacking

SECONDS_OF_PATIENCE = 5.0
SECONDS_APART = 60
PROBE = "adm_sync-doctor.txt"
UNSETTLED = "not looked at, as it needs a setting that is wrong"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at, and a sentence about it."""

    what: str
    good: bool
    sentence: str


class Diagnoses(list[Diagnosis]):
    """What was found, in the order it was looked at; `wrong` is what is wrong with the settings."""

    def __init__(self, wrong: str) -> None:
        super().__init__()
        self._wrong = wrong

    def good(self, what: str, sentence: str) -> None:
        """Something is in its place."""
        self.append(Diagnosis(what, True, sentence))

    def bad(self, what: str, sentence: str) -> None:
        """Something is not."""
        self.append(Diagnosis(what, False, sentence))

    @contextmanager
    def about(self, what: str) -> Iterator[None]:
        """An error that is raised while this is looked at is a finding, and the end of it."""
        try:
            yield
        except AdmSyncError as error:
            is_known = str(error) == self._wrong and len(self) > 0
            self.bad(what, UNSETTLED if is_known else str(error))
        except OSError as error:
            if (lack := lacking(error)) is None:
                raise
            self.bad(what, str(lack))


@click.command(short_help="Check settings, database, Administrate and Dagster.")
@click.option(
    "--accept-instance",
    is_flag=True,
    help="This database belongs to the tenant of the settings from now on.",
)
@click.option(
    "--accept-dagster",
    is_flag=True,
    help="Dagster's database belongs to this installation from now on.",
)
@click.option(
    "--tenant",
    is_flag=True,
    help="Ask the tenant about everything that is taken for granted of it, and write a report "
    "without names, secrets or records. Reads only.",
)
@click.option(
    "--to",
    type=FOLDER,
    metavar="DIR",
    help="With --tenant: the folder for the report, or its URL (default: ADM_SYNC_STORAGE).",
)
@click.option(
    "--write-probe",
    is_flag=True,
    help="With --tenant: also make one draft event on --template, change it and delete it again, "
    "once you have typed the tenant's name.",
)
@click.option(
    "--template",
    metavar="CODE",
    help="With --write-probe: the code of the course template that the event is made on.",
)
@json_option
@debug_option
def doctor(
    *,
    accept_instance: bool,
    accept_dagster: bool,
    tenant: bool,
    to: Folder | None,
    write_probe: bool,
    template: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    """Look at everything a sync or an import needs; say in one sentence each what is wrong.

    Changes nothing, but for --accept-…; Dagster's own database and the inbox are made if
    they are missing, and an empty file is written to the storage and removed again.

    With --tenant it asks the tenant instead whether everything is so that is taken for granted of
    it. Exit status: 0 nothing stands in the way, 1 something is not so that adm-sync needs, or
    something of the --write-probe may be left, 3 not all could be asked.
    """
    log_to_stderr(debug=debug)
    settings = Settings.load()
    if write_probe != (template is not None) or (not tenant and (write_probe or to)):
        raise click.UsageError("--write-probe and --template belong together, and to --tenant.")
    if tenant:
        from adm_sync.cli.tenant_report import report_on_tenant

        raise click.exceptions.Exit(report_on_tenant(settings, to, template, as_json=as_json))
    with nullcontext(settings) if settings.wrong else rehearsing(settings) as reaching:
        findings = _look_at_everything(
            reaching, accept_instance=accept_instance, accept_dagster=accept_dagster
        )
    status = "succeeded" if all(finding.good for finding in findings) else "failed"
    if as_json:
        print_json({"status": status, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            _print(finding)
    raise click.exceptions.Exit(0 if status == "succeeded" else 1)


def _look_at_everything(
    settings: Settings, *, accept_instance: bool, accept_dagster: bool
) -> Diagnoses:
    findings, access, mark_field = Diagnoses(settings.wrong), None, False
    with findings.about("Settings"):
        if settings.wrong:
            raise SettingsError(settings.wrong)
        access = settings.administrate()
        findings.good("Settings", f"complete, for {access.instance_url or access.api_url}")
    with findings.about("Home"):
        _look_at_home(findings, settings)
    with findings.about("Database"), open_only_database(settings) as database:
        _look_at_database(findings, database)
        with findings.about("Database"):
            _look_at_circumstances(findings, database)
        mark_field = _look_at_tables(findings, database)
        if access is not None:
            with findings.about("Tenant"):
                _look_at_tenant(findings, settings, database, accept=accept_instance)
        with findings.about("Dagster"):
            _look_at_dagster(findings, database, accept=accept_dagster)
        with findings.about("Alerts"):
            _look_at_alerts(findings, settings, database)
    with findings.about("Columns"):
        _look_at_columns(findings, settings)
    with findings.about("Inbox"):
        _look_at_inbox(findings, settings)
    with findings.about("Storage"):
        _look_at_storage(findings, settings)
    if access is not None:
        with findings.about("Administrate"):
            patience = min(settings.adm_sync_retry_budget_seconds, SECONDS_OF_PATIENCE)
            _look_at_administrate(
                findings, access, patience, marks=settings.adm_sync_push_mark, field=mark_field
            )
    return findings


def _print(finding: Diagnosis) -> None:
    first, *others = finding.sentence.split("\n")
    say(f"{'✓' if finding.good else '✗'} {finding.what}: {first}")
    for line in others:
        say(f"  {line}")


def _look_at_home(findings: Diagnoses, settings: Settings) -> None:
    from adm_sync.home import is_open

    if is_open(settings.home):
        findings.bad(
            "Home",
            f"{settings.home} is open to other users of this machine; let its owner run "
            "`chmod -R go-rwx` on it",
        )
    else:
        findings.good("Home", f"{settings.home} is closed to other users")


def _look_at_database(findings: Diagnoses, database: Database) -> None:
    import sqlalchemy as sa

    with database.engine.connect() as connection:
        version = connection.scalar(sa.text("show server_version"))
    findings.good("Database", f"{'embedded ' if database.embedded else ''}PostgreSQL {version}")


def _look_at_circumstances(findings: Diagnoses, database: Database) -> None:
    from adm_sync.database import circumstances

    for fault in circumstances.look(database.engine):
        findings.bad("Database", fault)
    late = circumstances.clock(database.engine)
    if late is not None:
        findings.bad("Clock", late)


def _look_at_tables(findings: Diagnoses, database: Database) -> bool:
    """Whether they know a custom field for the marks of events."""
    from adm_sync.database import placement, reconciling
    from adm_sync.push.marks import LABEL

    faults = placement.check(database.engine)
    for fault in faults:
        findings.bad("Tables", fault)
    if faults:
        return False
    findings.good("Tables", "all in their place, with the columns needed")
    with database.engine.connect() as connection:
        return bool(reconciling.custom_field_keys(connection, "Event", LABEL))


def _look_at_tenant(
    findings: Diagnoses, settings: Settings, database: Database, *, accept: bool
) -> None:
    from datetime import UTC, datetime

    from adm_sync.database import journal
    from adm_sync.database.engine import database_errors
    from adm_sync.tenant import instance_of

    named = instance_of(settings)
    with database_errors(), database.engine.begin() as connection:
        if accept:
            journal.remember_instance(connection, named, datetime.now(UTC))
        known = journal.known_instance(connection)
    if known is None:
        findings.good("Tenant", "this database was not synced with any tenant yet")
    elif known == named:
        findings.good("Tenant", f"this database belongs to {known}")
    else:
        findings.bad(
            "Tenant",
            f"this database belongs to {known}, and the settings name {named}; if that is right, "
            "run `adm-sync doctor --accept-instance`",
        )


def _look_at_dagster(findings: Diagnoses, database: Database, *, accept: bool) -> None:
    from sqlalchemy import make_url

    from adm_sync.database.dagster_database import dagster_url

    found = make_url(dagster_url(database, take_over=accept)).database
    findings.good("Dagster", f"its database {found} is there, and belongs to this one")


def _look_at_alerts(findings: Diagnoses, settings: Settings, database: Database) -> None:
    from datetime import UTC, datetime

    from adm_sync.alerts.addresses import NO_ADDRESS, addresses, is_understood
    from adm_sync.alerts.today import undelivered_sentence
    from adm_sync.alerts.watching import UNREADABLE, unknown, watched
    from adm_sync.database import alerts
    from adm_sync.database.engine import database_errors

    for item in watched(database, unknown, datetime.now(UTC)).items:
        if item.subject != UNREADABLE:  # which is said before
            findings.bad("Daemon", f"{item.sentence} {item.remedy}")
    to = addresses(settings)
    if not to:
        return
    with database_errors(), database.engine.connect() as connection:
        lost = alerts.undelivered(connection, [one.name for one in to])
    for one in lost:
        findings.bad("Alerts", f"{undelivered_sentence(one)} adm-sync alerts --test tries it now.")
    wrong = [one.name for one in to if not is_understood(one)]
    for name in wrong:
        findings.bad("Alerts", f"{name}: {NO_ADDRESS}")
    if not lost and not wrong:
        names, are = ", ".join(one.name for one in to), "is" if len(to) == 1 else "are"
        level = settings.adm_sync_alert_level
        findings.good("Alerts", f"{names} {are} told of problems, from the level {level} on")


def _look_at_administrate(
    findings: Diagnoses, access: AdministrateAccess, patience: float, *, marks: bool, field: bool
) -> None:
    """`marks`: whether new events are to carry one; `field`: whether there is a field for them."""
    from adm_sync.administrate.client import AdministrateClient
    from adm_sync.administrate.contract import broken_documents, read_schema, takes
    from adm_sync.push.marks import NOTES
    from adm_sync.push.requests import CREATIONS, DOCUMENTS

    with AdministrateClient(access, retry_budget=patience) as client:
        client.query("hello")
        findings.good("Administrate", "answers, and accepts the credentials")
        apart = client.clock_difference
        read, sent = broken_documents(client), broken_documents(client, DOCUMENTS)
        schema = read_schema(client)
    if abs(apart) > SECONDS_APART:
        findings.bad(
            "Clock",
            f"Administrate's clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} "
            "this machine's. Let this machine take its time from the network (NTP).",
        )
    for document, reason in [*read, *sent]:
        findings.bad("Schema", f"document {document}: {reason}")
    if not read and not sent:
        findings.good("Schema", "has every field that the project asks for, and what it sends")
        without = [mode for mode, (d, _) in CREATIONS.items() if not takes(schema, d, NOTES)]
        findings.good("Marks", _of_marks([] if field else without, wanted=marks))


def _of_marks(without: list[str], *, wanted: bool) -> str:
    """Whether new events can carry marks; `without` are the learning modes that cannot."""
    if not wanted:
        return "ADM_SYNC_PUSH_MARK is no, so that events are created one by one"
    if not without:
        return "new events carry one, so that several are created with one request"
    return (
        f"there is no place for one in new events that are {' or '.join(without)}, so that these "
        "are created one by one. Add a custom field labelled adm_sync to events in Administrate, "
        "and run adm-sync sync custom_fields"
    )


def _look_at_columns(findings: Diagnoses, settings: Settings) -> None:
    from adm_sync.workbook.mapping.mapping import read_mapping

    mapping = read_mapping(settings.columns)
    if mapping.file:
        headers, constants = len(mapping.headers), len(mapping.constants)
        findings.good("Columns", f"{mapping.file} maps {headers} columns, and fills {constants}")


def _look_at_storage(findings: Diagnoses, settings: Settings) -> None:
    if settings.adm_sync_storage is None:
        return
    storage = settings.storage
    try:
        storage.put(PROBE, b"")
        storage.remove(PROBE)
    except FolderError as error:
        sentence = f"{storage} cannot be used ({error.reason}); mend it, or set ADM_SYNC_STORAGE"
        findings.bad("Storage", sentence)
    else:
        findings.good("Storage", f"reports and lists go to {storage}")


def _look_at_inbox(findings: Diagnoses, settings: Settings) -> None:
    from adm_sync.imports.inbox import inbox_in

    try:
        found = inbox_in(settings.inbox, settings.outbox).look()
    except FolderError as error:
        findings.bad(
            "Inbox",
            f"the folder {settings.inbox} cannot be used ({error.reason}); make it, or set "
            "ADM_SYNC_INBOX",
        )
    else:
        strange = [one for one in found if one.obstacle]
        waiting = len(found) - len(strange)
        files = "1 workbook lies" if waiting == 1 else f"{waiting} workbooks lie"
        others = f"; not taken: {', '.join(one.name for one in strange[:3])}" if strange else ""
        findings.good("Inbox", f"{files} in {settings.inbox}{others}")
