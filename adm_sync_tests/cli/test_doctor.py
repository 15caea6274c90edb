"""`doctor`: one sentence for each thing that was looked at; and `db upgrade`."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from adm_sync.database.engine import create_engine
from adm_sync_tests.cli.workplace import Workplace


@pytest.fixture
def settled(settled: Workplace) -> Workplace:
    """With the patience that a busy machine needs for the whole schema."""
    settled.set(adm_sync_retry_budget_seconds="5")
    return settled


@pytest.fixture
def synced(synced: Workplace) -> Workplace:
    """The same."""
    synced.set(adm_sync_retry_budget_seconds="5")
    return synced


def test_when_all_is_well_every_line_says_so(settled: Workplace) -> None:
    lines = settled.run("doctor").stdout.splitlines()

    assert [line.split(":")[0] for line in lines] == [
        *("✓ Settings", "✓ Home", "✓ Database", "✓ Tables", "✓ Tenant", "✓ Dagster"),
        *("✓ Inbox", "✓ Administrate", "✓ Schema", "✓ Marks"),
    ]
    assert lines[2].startswith("✓ Database: PostgreSQL ")
    assert lines[4] == "✓ Tenant: this database was not synced with any tenant yet"


@pytest.mark.thorough
def test_it_says_whether_new_events_can_carry_marks(synced: Workplace) -> None:
    assert "blended or lms, so that these are created one by one. Add a custom field" in (
        synced.run("doctor").stdout
    )
    synced.sandbox.options.internal_notes = "all"
    assert "✓ Marks: new events carry one, so that several" in synced.run("doctor").stdout
    synced.sandbox.options.internal_notes = "none"
    synced.sandbox.store.add(
        "CustomFieldDefinition", label="adm_sync", type="text", entityType="Event"
    )
    synced.run("sync", "custom_fields", "--no-prompt")
    assert "✓ Marks: new events carry one, so that several" in synced.run("doctor").stdout
    synced.set(adm_sync_push_mark="no")
    assert "✓ Marks: ADM_SYNC_PUSH_MARK is no" in synced.run("doctor").stdout


def test_after_a_sync_it_knows_the_tenant(synced: Workplace) -> None:
    assert "✓ Tenant: this database belongs to this machine\n" in synced.run("doctor").stdout


def test_what_a_wrong_setting_stops_is_not_said_to_be_well(synced: Workplace) -> None:
    synced.set(adm_sync_alerts="json://127.0.0.1:1/", adm_sync_alert_level="info")

    said = synced.run("doctor", status=1).stdout

    assert said.count("ADM_SYNC_ALERT_LEVEL is wrong") == 1
    assert "✗ Alerts: not looked at, as it needs a setting that is wrong\n" in said


def _no_secret(place: Workplace) -> None:
    place.set(administrate_api_secret="hidden-value")


def _no_server(place: Workplace) -> None:
    place.set(
        administrate_api_url="http://127.0.0.1:1/graphql", adm_sync_retry_budget_seconds="0.2"
    )


def _no_database(place: Workplace) -> None:
    place.set(adm_sync_database_url="postgresql://someone:hidden-value@127.0.0.1:1/nothing")


def _no_dagster(place: Workplace) -> None:
    place.set(adm_sync_dagster_database_url="postgresql://x:hidden-value@127.0.0.1:1/nothing")


def _no_table(place: Workplace) -> None:
    place.execute("drop table adm.venues cascade")


def _no_column(place: Workplace) -> None:
    place.execute("alter table acted.tutorial_locations drop column is_active cascade")


def _no_inbox(place: Workplace) -> None:
    place.home.mkdir(exist_ok=True)
    (place.home / "inbox").write_text("a file in its place")


def _fast_clock(place: Workplace) -> None:
    place.sandbox.options.clock_ahead = 95


def _slow_clock(place: Workplace) -> None:
    place.sandbox.options.clock_ahead = -95


def _another_tenant(place: Workplace) -> None:
    place.sync("price_levels")
    place.set(administrate_instance_url="https://another.example")


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (
            _no_secret,
            "✗ Administrate: Asking Administrate whether it is there failed: the credentials got",
        ),
        (_no_server, "✗ Administrate: "),
        (_no_database, "✗ Database: There is no connection to the database"),
        (_no_dagster, "✗ Dagster: Dagster's own database: There is no connection"),
        (_no_table, "✗ Tables: "),
        (_no_column, "✗ Tables: "),
        (_no_inbox, "✗ Inbox: the folder "),
        (_fast_clock, "✗ Clock: Administrate's clock is 9"),
        (_slow_clock, "✗ Clock: Administrate's clock is 9"),
        (_another_tenant, "✗ Tenant: this database belongs to this machine, and the settings name"),
    ],
)
def test_each_fault_is_one_line(
    settled: Workplace, spoil: Callable[[Workplace], None], line: str
) -> None:
    spoil(settled)

    result = settled.run("doctor", status=1)

    bad = [one for one in result.stdout.splitlines() if not one.startswith("✓ ")]
    assert len(bad) == 1, result.stdout
    assert bad[0].startswith(line)
    assert "hidden-value" not in result.stdout + result.stderr


def test_missing_settings_are_named_and_the_rest_is_looked_at(settled: Workplace) -> None:
    settled.set(administrate_api_key=None, administrate_api_secret=None)

    text = settled.run("doctor", status=1).stdout

    assert text.startswith("✗ Settings: These settings are missing:\n")
    assert "    ADMINISTRATE_API_KEY: " in text
    assert "    ADMINISTRATE_API_SECRET: " in text
    assert "✓ Tables: " in text
    assert "✓ Dagster: " in text
    assert text.count("These settings are missing") == 1


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "POSTGRESQL"])
def test_every_way_to_begin_a_url_leads_to_both_databases(settled: Workplace, scheme: str) -> None:
    for name in ("adm_sync_database_url", "adm_sync_dagster_database_url"):
        rest = settled.environment[name.upper()].partition("://")[2]
        settled.set(**{name: f"{scheme}://{rest}"})

    assert "✗" not in settled.run("doctor").stdout


def test_another_tenant_is_accepted_when_a_person_says_so(synced: Workplace) -> None:
    synced.set(administrate_instance_url="https://another.example")
    assert "belongs to this machine" in synced.run("sync", "price_levels", status=1).stdout

    text = synced.run("doctor", "--accept-instance").stdout

    assert "✓ Tenant: this database belongs to https://another.example\n" in text
    assert [result.status for result in synced.sync("price_levels")] == ["succeeded"]


def test_doctor_as_json(settled: Workplace) -> None:
    document = settled.json("doctor")
    assert document["status"] == "succeeded"
    assert set(document["findings"][0]) == {"what", "good", "sentence"}

    settled.execute("drop table adm.venues cascade")
    document = settled.json("doctor", status=1)
    assert document["status"] == "failed"
    assert [one["what"] for one in document["findings"] if not one["good"]] == ["Tables"]


def test_a_part_of_the_schema_that_is_not_there_is_named(
    settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "adm_sync.administrate.contract.broken_documents",
        lambda _client, names=None: (
            [] if names else [("price_levels", "there is no field PriceLevel.name")]
        ),
    )

    text = settled.run("doctor", status=1).stdout

    assert "✗ Schema: document price_levels: there is no field PriceLevel.name\n" in text


# ---------------------------------------------------------------------- db upgrade


def test_an_empty_database_gets_all_its_tables(settled: Workplace, empty_database_url: str) -> None:
    settled.set(adm_sync_database_url=empty_database_url)

    assert settled.run("db", "upgrade").stdout == "The database is up to date now.\n"
    assert settled.run("db", "upgrade").stdout == "The database was up to date.\n"
    assert "✓ Tables: " in settled.run("doctor").stdout


def test_before_it_a_sync_says_what_to_run(settled: Workplace, empty_database_url: str) -> None:
    settled.set(adm_sync_database_url=empty_database_url)

    result = settled.run("sync", "locations", status=1)

    assert "adm-sync db upgrade" in result.stdout + result.stderr


def test_what_cannot_be_mended_is_said(settled: Workplace, empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("create schema adm"))
        connection.execute(sa.text("create table adm.locations (id int)"))
    engine.dispose()
    settled.set(adm_sync_database_url=empty_database_url)

    result = settled.run("db", "upgrade", status=1)

    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_the_group_alone_lists_its_commands(settled: Workplace) -> None:
    assert "upgrade" in settled.run("db", "--help").stdout


def test_a_folder_that_cannot_be_is_said_with_its_own_reason(settled: Workplace) -> None:
    nowhere = settled.home.parent / "a file"
    nowhere.touch()
    settled.set(
        adm_sync_inbox=f"{nowhere}/inbox",
        adm_sync_storage=f"{nowhere}/storage",
        ssl_cert_file="/no/such/file",
    )
    said = settled.run("doctor", status=1).stdout
    for what in ("Inbox", "Storage"):
        (line,) = [one for one in said.splitlines() if one.startswith(f"✗ {what}")]
        assert f"{nowhere}/{what.lower()} cannot be used (" in line
        assert "certificates" not in line
