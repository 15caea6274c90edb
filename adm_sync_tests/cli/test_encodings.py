"""Databases of another encoding than UTF8: what one cannot hold is named, and costs only itself."""

import json
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from adm_sync.administrate.client import AdministrateClient
from adm_sync.cli.main import cli
from adm_sync.database.engine import create_engine, open_database
from adm_sync.demo import fill_tutorial
from adm_sync.imports.arrivals import Look
from adm_sync.imports.inbox import LocalInbox
from adm_sync.imports.opening import limits
from adm_sync.reference.creating import create_missing
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import TutorialRecord
from adm_sync.reference.results import EntityResult
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync_tests.imports.imported import content, remote_titles
from adm_sync_tests.workbooks import classroom, lms_only

pytestmark = pytest.mark.thorough

GOOD, STRANGE = "CB3 Zoë 27A-01", "CB1 東京 27A"
NAME, KEPT_IN_LATIN1 = "東京 2027A.xlsx", "\\u6771\\u4eac 2027A.xlsx"
CODE = "not_storable"
OF_AN_OLD_APPLICATION = b"update acted.tutorial_venues set name = 'Z\xfcrich Hof' where id = 1"


@pytest.fixture
def encoding(request: pytest.FixtureRequest, settled: Workplace) -> Iterator[str]:
    """The place's database has this encoding, and a name that is in LATIN1 whatever it has."""
    with fresh_database(settled.engine.url, encoding=request.param) as url:
        settled.set(adm_sync_database_url=url)
        settled.run("db", "upgrade")
        engine = create_engine(url)
        with engine.begin() as connection:
            fill_tutorial(connection)
            session = connection.connection.driver_connection
            assert session is not None
            session.execute("select set_config('client_encoding', %s, true)", [request.param])
            session.execute(OF_AN_OLD_APPLICATION)
        engine.dispose()
        yield request.param


def rename(place: Workplace, kind: str, number: int, **names: str) -> str:
    """Call a record of Administrate something else; gives its id."""
    identifier = str(place.sandbox.store.all(kind)[number]["id"])
    place.sandbox.store.update(identifier, **names)
    return identifier


def sync_all(place: Workplace) -> dict[str, EntityResult]:
    results = place.sync(*(entity.name for entity in ENTITIES))
    return {one.entity: one for one in results}


@pytest.mark.thorough
@pytest.mark.parametrize("encoding", ["LATIN1"], indirect=True)
def test_a_record_that_cannot_be_stored_is_named_and_all_others_are(
    settled: Workplace, encoding: str
) -> None:
    label = rename(settled, "CustomFieldDefinition", 12, label="東京 town")
    rename(settled, "Location", 3, name="Łódź")
    rename(settled, "Contact", 0, lastName="Łukasiewicz")

    first, again = sync_all(settled), sync_all(settled)

    for results in (first, again):
        fields = results["custom_fields"]
        statuses = {**dict.fromkeys(BY_NAME, "succeeded"), "custom_fields": "partial"}
        assert {name: one.status for name, one in results.items()} == statuses
        assert (fields.errors, fields.message) == (
            1,
            "1 was not taken in, and its row stays as it is: it is 東京 town "
            f"({label}), whose label holds «東» (U+6771, CJK UNIFIED IDEOGRAPH-6771), which this "
            "database cannot store (its encoding is LATIN1). Look at it in Administrate.",
        )
    assert {name: one.errors for name, one in first.items() if one.errors} == {"custom_fields": 1}
    assert first["custom_fields"].created == 14
    assert again["custom_fields"].unchanged == 14
    listed = settled.run("unmatched").stdout
    assert "\\u6771\\u4eac town" in listed
    assert "\\u0141ód\\u017a" in listed
    assert "Zürich Hof" in listed


@pytest.mark.thorough
@pytest.mark.parametrize("encoding", ["SQL_ASCII"], indirect=True)
def test_where_any_bytes_are_stored_a_name_that_is_no_text_costs_itself_alone(
    settled: Workplace, encoding: str
) -> None:
    rename(settled, "Location", 3, name="Łódź")
    rename(settled, "CustomFieldDefinition", 12, label="東京 town")

    results = sync_all(settled)

    assert {one.status for one in results.values()} == {"succeeded"}
    assert not any(one.errors for one in results.values())
    listed = settled.run("unmatched").stdout
    assert "Łódź" in listed
    assert "Z\N{REPLACEMENT CHARACTER}rich Hof (tutorial id 1" in listed
    assert sync_all(settled)["custom_fields"].unchanged == 15


def test_nothing_is_created_by_a_name_that_is_no_text() -> None:
    broken = TutorialRecord(
        1, "CB1_Z\N{REPLACEMENT CHARACTER}_1", ("cb1_z\N{REPLACEMENT CHARACTER}_1",)
    )

    (done,) = create_missing(
        BY_NAME["course_templates"], Mock(sa.Engine), Mock(AdministrateClient), [broken]
    )

    assert done.outcome == "refused"
    assert "put it right in the tutorial tables" in done.message


@pytest.mark.thorough
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"], indirect=True)
def test_what_the_encoding_cannot_hold_costs_its_group_alone(
    settled: Workplace, encoding: str
) -> None:
    sync_all(settled)
    rows = [
        *classroom(title=GOOD),
        lms_only(title=STRANGE),
        *classroom(title="CB3 Bristol 27A-02", tutors="Ödön Ł"),
    ]
    (settled.home.parent / NAME).write_bytes(content(*rows).data)
    holds = encoding == "SQL_ASCII"  # it takes every character, and checks none

    rehearsed = json.loads(
        CliRunner().invoke(cli, ["import-events", NAME, "--dry-run", "--json"]).stdout
    )
    done = settled.json("import-events", NAME, status=0 if holds else 3)

    good = [GOOD, STRANGE, "CB3 Bristol 27A-02"] if holds else [GOOD]
    for told in (rehearsed, done):
        assert told["events"]["created"] == len(good)
        found = [(one["row"], one["header"]) for one in told["findings"] if one["code"] == CODE]
        assert found == ([] if holds else [(5, "Event title"), (6, "Tutors")])
    assert remote_titles(settled) == sorted(good)
    kept = NAME if holds else KEPT_IN_LATIN1
    assert done["workbook"] == kept
    assert kept in settled.run("imports", kept[:9]).stdout
    assert f"its encoding is {encoding}" in settled.run("doctor", status=1).stdout


@pytest.mark.parametrize("encoding", ["LATIN1"], indirect=True)
def test_files_of_the_inbox_whose_names_it_cannot_hold_are_told_apart(
    settled: Workplace, encoding: str
) -> None:
    inbox = settled.home / "inbox"
    inbox.mkdir(parents=True)
    for name, title in (("東京.xlsx", "one"), ("大阪.xlsx", "two"), ("京都.csv", "three")):
        (inbox / name).write_bytes(content(*classroom(title=title)).data)

    def look() -> list[tuple[str, str | None]]:
        settings = Settings.load()
        with open_database(settings) as database:
            arrivals = Look(database.engine, LocalInbox(inbox), limits(settings), 20).take_in()
        return [(one.state, one.partition and one.partition[:-9]) for one in arrivals]

    assert look() == [("landing", None)] * 3
    taken = [
        ("refused", None), ("taken", "\\u5927\\u962a.xlsx"), ("taken", "\\u6771\\u4eac.xlsx")
    ]  # fmt: skip
    assert sorted(look(), key=str) == taken
    assert sorted(look(), key=str) == taken
