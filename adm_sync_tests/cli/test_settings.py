"""Missing and wrong settings: each is named, with what it is for, and no value is shown."""

import click
import pytest

from adm_sync.cli.main import cli
from adm_sync.settings import Settings
from adm_sync.settings.pushing import times
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import three_events

NEEDED = (
    "ADMINISTRATE_API_URL",
    "ADMINISTRATE_AUTH_URL",
    "ADMINISTRATE_API_KEY",
    "ADMINISTRATE_API_SECRET",
)
COMMANDS = (
    ["sync", "locations"],
    ["sync-all"],
    ["create-missing", "course_templates"],
    ["release", "locations"],
)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_every_missing_setting_is_named_at_once(settled: Workplace, arguments: list[str]) -> None:
    for name in NEEDED:
        settled.set(**{name.lower(): None})

    result = settled.run(*arguments, status=2)

    assert result.stdout == ""
    assert result.stderr.startswith("Error: These settings are missing:\n")
    for name in NEEDED:
        assert f"  {name}: " in result.stderr
    assert "adm-sync sandbox" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_setting_is_a_missing_one(settled: Workplace) -> None:
    settled.set(administrate_api_secret="")

    stderr = settled.run("sync-all", status=2).stderr

    assert "ADMINISTRATE_API_SECRET" in stderr
    assert "ADMINISTRATE_API_KEY" not in stderr


WRONG = {
    "administrate_api_url": "http://tenant.example/graphql?token=hidden-value",
    "adm_sync_database_url": "mysql://someone:hidden-value@db.example/x",
    "adm_sync_rate_limit": "hidden-value",
    "adm_sync_guard_percent": "120",
    "adm_sync_sync_cron": "hidden-value",
    "adm_sync_ui_port": "0",
}


def test_every_wrong_setting_is_named_at_once_and_no_value_is_shown(settled: Workplace) -> None:
    settled.set(**WRONG)

    result = settled.run("sync-all", status=2)

    for name in WRONG:
        assert f"{name.upper()} is wrong: " in result.stderr
    assert "hidden-value" not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


WHAT_A_SYNC_NEEDS = {
    "administrate_api_key",
    "administrate_api_secret",
    "administrate_api_url",
    "administrate_auth_url",
    "administrate_instance_url",
    "adm_sync_rate_limit",
    "adm_sync_retry_budget_seconds",
    "adm_sync_request_timeout_seconds",
    "adm_sync_concurrent_pages",
    "adm_sync_page_size",
    "adm_sync_max_records",
    "adm_sync_guard_rows",
    "adm_sync_guard_percent",
    "adm_sync_lock_wait_seconds",
    "adm_sync_dagster_database_url",
    "adm_sync_storage",
}
WHAT_A_PUSH_NEEDS = WHAT_A_SYNC_NEEDS - {"adm_sync_guard_rows", "adm_sync_guard_percent"} | {
    *("adm_sync_time_zone", "adm_sync_same_titles", "adm_sync_approve_instructors"),
    "administrate_tax_type_id",
    *(name for name in Settings.model_fields if "_push" in name),
}
OF_WORKBOOKS = {name for name in Settings.model_fields if "_workbook_" in name}
WHAT_AN_IMPORT_NEEDS = WHAT_A_PUSH_NEEDS | {
    *OF_WORKBOOKS,
    *("adm_sync_hidden_rows", "adm_sync_columns"),
}
WHAT_A_REPORT_NEEDS = {
    *OF_WORKBOOKS,
    *("adm_sync_columns", "adm_sync_storage"),
}
WHAT_ALERTS_NEED = {
    *("adm_sync_alerts", "adm_sync_time_zone", "adm_sync_dagster_database_url"),
    *("adm_sync_sync_cron", "adm_sync_reconcile_cron", "adm_sync_desk_url"),
}
ALWAYS = {"adm_sync_database_url", "adm_sync_home"}
# Each command, and the settings that it needs beside those of ALWAYS; all others are wrong. The
# demo is in `test_serving`, where it runs anyway.
NEEDS: tuple[tuple[list[str], set[str]], ...] = (
    (["db", "upgrade"], set()),
    (["unmatched"], set()),
    (["unmatched", "venues", "--json"], set()),
    (["decisions"], set()),
    (["today"], WHAT_ALERTS_NEED - {"adm_sync_alerts", "adm_sync_desk_url"}),
    (["history", "venues"], set()),
    (["decide", "open.csv", "--dry-run"], OF_WORKBOOKS),
    (["link", "locations", "1", "TG9jYXRpb246MQ=="], set()),
    (["never", "locations", "1", "TG9jYXRpb246MQ=="], set()),
    (["ignore", "locations", "--tutorial", "1"], set()),
    (["alerts"], WHAT_ALERTS_NEED),
    (["imports"], set()),
    (["imports", "events"], set()),
    (["template", "fresh.xlsx"], {"adm_sync_time_zone"}),
    (["sync", "price_levels"], WHAT_A_SYNC_NEEDS),
    (["sync-all", "--dry-run"], WHAT_A_SYNC_NEEDS),
    (["create-missing", "price_levels", "--yes"], WHAT_A_SYNC_NEEDS),
    (["release", "locations"], WHAT_A_SYNC_NEEDS),
    (["columns", "events.xlsx"], OF_WORKBOOKS),
    (["import-events", "events.xlsx"], WHAT_AN_IMPORT_NEEDS),
    (["import-events", "events.xlsx", "--dry-run"], WHAT_AN_IMPORT_NEEDS),
    (["push"], WHAT_A_PUSH_NEEDS),
    (["reconcile"], WHAT_A_PUSH_NEEDS | {"adm_sync_keep_days"}),
    (["undo", "events", "--yes"], WHAT_A_PUSH_NEEDS),
    (["report", "events"], WHAT_A_REPORT_NEEDS),
)
# No plan is held, and that location is linked.
NOT_A_SUCCESS = {"release": 1, "ignore": 1}
# What no setting with a rule takes.
NONSENSE = "https://no such@host\\:x?secret=hidden-value"


@pytest.mark.thorough(all_but_each=15)
@pytest.mark.parametrize(
    ("arguments", "needed"), NEEDS, ids=[" ".join(arguments) for arguments, _ in NEEDS]
)
@pytest.mark.parametrize("spoil", [None, NONSENSE], ids=["missing", "wrong"])
def test_no_setting_that_a_command_does_not_need_stops_it(
    done: Workplace, arguments: list[str], needed: set[str], spoil: str | None
) -> None:
    (done.home.parent / "events.xlsx").write_bytes(three_events().data)
    if "open.csv" in arguments:
        done.run("unmatched", "--csv", "open.csv")
    done.set(**dict.fromkeys(Settings.model_fields.keys() - needed - ALWAYS, spoil))

    result = done.run(*arguments, status=NOT_A_SUCCESS.get(arguments[0], 0))

    assert "hidden-value" not in result.stdout + result.stderr
    assert "is wrong:" not in result.stdout + result.stderr


def test_every_command_stands_in_the_table() -> None:
    told = {arguments[0] for arguments, _ in NEEDS}
    others = {"demo", "desk", "dev", "sandbox", "doctor", "version"}
    assert set(cli.list_commands(click.Context(cli))) - told == others


@pytest.mark.thorough
def test_the_sandbox_needs_no_setting(settled: Workplace) -> None:
    settled.set(**dict.fromkeys(Settings.model_fields.keys() - {"adm_sync_home"}, NONSENSE))

    with settled.start("sandbox", "--port", "0") as process:
        assert process.stdout is not None
        assert "The sandbox is ready" in process.stdout.readline()
        process.terminate()


@pytest.mark.parametrize("command", [["sync", "locations"], ["push"], ["reconcile"]])
def test_a_wrong_setting_that_is_needed_stops_the_command_before_it_begins(
    settled: Workplace, command: list[str]
) -> None:
    settled.set(adm_sync_rate_limit="hidden-value", adm_sync_page_size="0")

    result = settled.run(*command, status=2)

    assert "ADM_SYNC_RATE_LIMIT is wrong: " in result.stderr
    assert "ADM_SYNC_PAGE_SIZE is wrong: " in result.stderr
    assert "hidden-value" not in result.stdout + result.stderr
    assert settled.execute("select 1 from adm_sync.runs") == []


def test_doctor_names_what_is_wrong_and_looks_at_the_rest(settled: Workplace) -> None:
    settled.set(adm_sync_rate_limit="hidden-value")

    text = settled.run("doctor", status=1).stdout

    assert text.startswith("✗ Settings: ADM_SYNC_RATE_LIMIT is wrong: ")
    assert "✓ Tables: " in text


def test_a_file_of_settings_that_is_no_text_is_named(settled: Workplace) -> None:
    (settled.home.parent / ".env").write_bytes(b"\xff\xfe\x00")

    assert "The file .env in this folder cannot be read" in settled.run("imports", status=2).stderr


def test_a_decision_needs_no_administrate(synced: Workplace) -> None:
    [(place,)] = synced.execute(
        "select tutorial_id from adm_sync.discrepancies where kind = 'unmatched_tutorial' "
        "and entity = 'locations' limit 1"
    )
    synced.set(administrate_api_url="ftp://nowhere", administrate_api_secret=None)

    synced.run("ignore", "locations", "--tutorial", str(place), "--why", "closed")


SPELLINGS = (
    "yourcompany.administrateapp.com",
    "https://yourcompany.administrateapp.com",
    "https://yourcompany.administrateapp.com/",
    "yourcompany.administrateapp.com/",
    " HTTPS://YourCompany.AdministrateApp.com/ ",
    "https://yourcompany.administrateapp.com:443/web/?tab=1#start",
    "yourcompany.administrateapp.com.",
)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("remembered", ["https://yourcompany.administrateapp.com", *SPELLINGS])
def test_one_tenant_however_its_address_is_spelled(settled: Workplace, remembered: str) -> None:
    settled.execute(
        "insert into adm_sync.instance (id, identity, first_seen) values (1, :known, now())",
        known=remembered,
    )
    for spelling in SPELLINGS:
        settled.set(administrate_instance_url=spelling)
        settled.run("sync", "price_levels", "--dry-run")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://yourcompany.administrateapp.com", "plain http is refused"),
        ("ftp://yourcompany.administrateapp.com", "must be an https:// URL"),
        ("https://ada:hidden-value@yourcompany.administrateapp.com", "user name or password"),
        ("https://", "must be an https:// URL"),
        ("your company", "must be an https:// URL"),
        ("yourcompany.administrateapp.com:seven", "port"),
    ],
)
def test_an_address_that_is_none_is_refused(settled: Workplace, address: str, said: str) -> None:
    settled.set(administrate_instance_url=address)

    stderr = settled.run("sync", "price_levels", status=2).stderr

    assert stderr.startswith("Error: ADMINISTRATE_INSTANCE_URL is wrong: ")
    assert said in stderr
    assert "hidden-value" not in stderr


@pytest.mark.parametrize("value", ["soon", "30s,", "30s, 10s", "30s, 30s", "-5s", "2 weeks"])
def test_times_that_are_none_are_refused(settled: Workplace, value: str) -> None:
    settled.set(adm_sync_push_look_ups=value)

    stderr = settled.run("push", status=2).stderr

    assert stderr.startswith("Error: ADM_SYNC_PUSH_LOOK_UPS is wrong: ")
    assert "such as 30s, 2m, 10m" in stderr


def test_times_are_read_in_any_unit() -> None:
    assert times("30s, 2m, 10m") == times("30,120 , 600s") == (30.0, 120.0, 600.0)
    assert times("0.5s, 1h, 1d") == (0.5, 3600.0, 86400.0)


def test_json_of_wrong_settings_is_a_document(settled: Workplace) -> None:
    settled.set(administrate_api_secret=None)

    document = settled.json("sync-all", status=2)

    assert document["status"] == "failed"
    assert "ADMINISTRATE_API_SECRET" in document["message"]


def test_a_refused_secret_is_not_shown(settled: Workplace) -> None:
    settled.set(administrate_api_secret="hidden-value")

    result = settled.run("sync", "locations", status=1)

    assert "Check ADMINISTRATE_API_KEY and ADMINISTRATE_API_SECRET" in result.stdout
    assert "hidden-value" not in result.stdout + result.stderr


def test_a_database_that_refuses_is_named_without_its_password(settled: Workplace) -> None:
    settled.set(adm_sync_database_url="postgresql://someone:hidden-value@127.0.0.1:1/nothing")

    result = settled.run("sync", "locations", status=1)

    assert result.stderr.startswith("Error: There is no connection to the database")
    assert "hidden-value" not in result.stderr


@pytest.mark.parametrize("command", [["imports"], ["sync-all"], ["db", "upgrade"], ["doctor"]])
def test_no_half_of_a_password_with_an_at_sign_is_shown(
    settled: Workplace, command: list[str]
) -> None:
    settled.set(adm_sync_database_url="postgresql://u:start@Hunter2@127.0.0.1/db")

    result = settled.run(*command, status=1 if command == ["doctor"] else 2)

    assert "Hunter2" not in result.stdout + result.stderr
    assert "start" not in result.stdout + result.stderr
    assert "%40" in result.stdout + result.stderr


def test_settings_are_read_from_a_file_too(settled: Workplace) -> None:
    secret = settled.environment["ADMINISTRATE_API_SECRET"]
    settled.set(administrate_api_secret=None)
    (settled.home.parent / ".env").write_text(f"ADMINISTRATE_API_SECRET={secret}\n")

    settled.run("sync", "locations")


def test_the_log_is_in_the_home_that_the_file_names(
    settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("adm_sync.database.journal.decisions_in_force", broken)
    settled.set(adm_sync_home=None)
    home = settled.home.parent / "another"
    (settled.home.parent / ".env").write_text(f"ADM_SYNC_HOME={home}\n")

    settled.run("decisions", status=1)

    assert (home / "adm-sync.log").exists()
