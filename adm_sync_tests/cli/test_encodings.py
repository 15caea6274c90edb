"""Databases of another encoding than UTF8: only what has to be right is refused, and by itself."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from adm_sync.database.engine import create_engine
from adm_sync.demo import fill_tutorial
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import content, remote_titles
from adm_sync_tests.workbooks import classroom, lms_only

GOOD, STRANGE = "CB3 Zoë 27A-01", "CB1 東京 27A"
NAME = "東京 2027A.xlsx"


@pytest.fixture(params=["LATIN1"])
def encoding(request: pytest.FixtureRequest, settled: Workplace) -> Iterator[str]:
    """The place's database is one of this encoding, synced."""
    name = f"{settled.engine.url.database}_{request.param.lower()}"
    admin = settled.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(
            f"create database {name} encoding '{request.param}' template template0 "
            "locale_provider libc locale 'C'"
        )
    url = settled.engine.url.set(database=name).render_as_string(hide_password=False)
    settled.set(adm_sync_database_url=url)
    settled.run("db", "upgrade")
    engine = create_engine(url)
    with engine.begin() as connection:
        fill_tutorial(connection)
    engine.dispose()
    settled.sync("custom_fields", "price_levels", "locations", "venues", "instructors")
    settled.sync("course_templates")
    yield request.param
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))


def test_what_the_encoding_cannot_hold_costs_its_group_alone(
    settled: Workplace, encoding: str
) -> None:
    rows = [*classroom(title=GOOD), lms_only(title=STRANGE)]
    (settled.home.parent / NAME).write_bytes(content(*rows).data)

    settled.set(adm_sync_retry_budget_seconds="5")
    result = settled.run("import-events", NAME, status=3 if encoding == "LATIN1" else 0)

    if encoding == "LATIN1":
        assert remote_titles(settled) == [GOOD]
        assert "encoding has no room" in result.stdout
    else:  # it takes every character, and checks none
        assert remote_titles(settled) == sorted([GOOD, STRANGE])
    assert "27A" in settled.run("imports").stdout
    assert f"its encoding is {encoding}" in settled.run("doctor", status=1).stdout


def test_findings_about_what_the_encoding_cannot_hold_are_kept(
    settled: Workplace, encoding: str
) -> None:
    rows = [*classroom(title=GOOD), *classroom(title="CB3 Bristol 27A-02", location="東京")]
    (settled.home.parent / NAME).write_bytes(content(*rows).data)

    settled.run("import-events", NAME, status=3)

    assert remote_titles(settled) == [GOOD]
    text = settled.run("imports", "2027A" if encoding == "SQL_ASCII" else "??").stdout
    assert "CB3 Bristol 27A-02" in text
