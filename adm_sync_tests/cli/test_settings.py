"""Missing and wrong settings: each is named, with what it is for, and no value is shown."""

import pytest

from adm_sync_tests.cli.workplace import Workplace

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


@pytest.mark.parametrize("command", ["doctor", "unmatched", "decisions"])
def test_every_command_looks_at_them_first(settled: Workplace, command: str) -> None:
    settled.set(adm_sync_rate_limit="hidden-value")

    result = settled.run(command, status=2)

    assert result.stderr.startswith("Error: ADM_SYNC_RATE_LIMIT is wrong: ")


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
