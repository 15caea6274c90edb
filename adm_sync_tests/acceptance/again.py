"""Importing a workbook and importing it again, in one office for the tests of a module.

What belongs here: the titles of one test, importing, and looking. What does not: what is expected.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.imports.summary import ImportSummary
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding
from adm_sync_tests.acceptance.bad_inputs.files import content, small
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.workbooks import Cells, blended, classroom, lms_only

LATER = date(2027, 1, 19)
LMS_LATER = date(2027, 1, 11)
Rows = Sequence[Mapping[Column, object]]
numbers = count(1)


@pytest.fixture(scope="module")
def office(
    _one_ssl_context: None,
    database_server: sa.URL,
    _synced_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Office]:
    with open_office(database_server, _synced_template, tmp_path_factory.mktemp("home")) as office:
        yield office


@dataclass(frozen=True)
class Titles:
    """The titles of one test, which no other has."""

    london: str
    bristol: str
    online: str

    def rows(self) -> list[Cells]:
        """One event of each mode, the first with two sessions."""
        return [*self.blended(), *classroom(title=self.bristol), lms_only(title=self.online)]

    def blended(self, **cells: object) -> list[Cells]:
        """The first of them alone."""
        return blended("CB1_LO_6", self.london, 2, **cells)


@pytest.fixture
def titles() -> Titles:
    number = next(numbers)
    return Titles(f"CB1 London {number}", f"CB3 Bristol {number}", f"CB1 online {number}")


def imported(office: Office, rows: Rows, name: str = "first.xlsx") -> ImportSummary:
    given = content(small(rows), name)
    importer = office.importer
    importer.keep(given, "a test")
    importer.check(given.partition)
    importer.record(given.partition)
    importer.push(given.partition)
    return importer.summary(given.partition)


def rehearsed(office: Office, rows: Rows, name: str = "again.xlsx") -> Sequence[Finding]:
    """What a dry run finds; it writes nothing."""
    before = office.counts()
    found = office.importer.rehearsal(content(small(rows), name)).findings
    assert office.counts() == before
    return found


def again(office: Office, rows: Rows, name: str = "again.xlsx") -> ImportSummary:
    """Import; the dry run before it says the same."""
    promised = rehearsed(office, rows, name)
    summary = imported(office, rows, name)
    assert list(promised) == list(summary.findings)
    return summary


def found(summary: ImportSummary, code: str) -> list[Finding]:
    return [one for one in summary.findings if one.code == code]


def execute(office: Office, statement: str, **values: Any) -> None:
    with office.engine.begin() as connection:
        connection.execute(sa.text(statement), values)


def remote_day(office: Office, title: str, day: int) -> dict[str, Any]:
    """The session of Administrate of a Day."""
    sessions = office.remote_sessions(office.remote(title)["id"])
    (one,) = [s for s in sessions if s["title"] == f"{title} - Day {day}"]
    return one
