"""The workbook of the fictional company."""

import io
import re
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from adm_sync.demo import company, fill_store
from adm_sync.demo.schedule import LMS_CLOSES, LMS_OPENS, planned
from adm_sync.demo.workbook import MISTAKES, Mistake, demo_workbook, row_of, rows
from adm_sync.imports.catalogue import unmatched
from adm_sync.names.keys import normalise
from adm_sync.sandbox import Store
from adm_sync.workbook.checking import check
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table, find_table


def table_of(data: bytes) -> Table:
    content = Content("demo.xlsx", data, "")
    return find_table(assemble(content, messages(content.name, data, 25, 1_000)))


@pytest.fixture(scope="module")
def table() -> Table:
    return table_of(demo_workbook())


def test_it_is_the_same_file_every_time() -> None:
    assert demo_workbook() == demo_workbook()
    with zipfile.ZipFile(io.BytesIO(demo_workbook())) as archive:
        properties = archive.read("docProps/core.xml").decode()
        assert {part.date_time for part in archive.infolist()} == {(2026, 9, 1, 9, 0, 0)}
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[0-9:]+Z", properties)) == {"2025-09-01T09:00:00Z"}


def test_it_has_the_size_that_the_demo_promises(table: Table) -> None:
    assert len(planned()) == 40
    assert sum(len(event.dates) for event in planned()) == 115
    assert [row.number for row in table.rows] == list(range(4, 4 + 123))
    assert table.findings == ()


def test_the_file_holds_the_rows_that_it_is_made_of(table: Table) -> None:
    for row, cells in zip(table.rows, rows(), strict=True):
        for column in (Column.CODE, Column.TITLE, Column.SESSION_TITLE, Column.DAY, Column.VENUE):
            assert row.cell(table.positions[column]) == cells.get(column)


def test_half_of_the_events_with_sessions_have_no_venue_yet() -> None:
    held = [event for event in planned() if event.dates]
    assert sum(event.venue is None for event in held) == len(held) / 2


def test_administrate_makes_as_many_sessions_as_the_workbook_has() -> None:
    store = Store()
    fill_store(store)
    made = {
        normalise(template["code"]): len(template["sessions"])
        for template in store.all("CourseTemplate")
    }
    for event in planned():
        assert made[normalise(event.template.code)] == len(event.dates)


def test_sessions_are_held_on_working_days_of_the_sitting() -> None:
    for event in planned():
        for day in event.dates:
            assert LMS_OPENS < day < LMS_CLOSES
            assert day.weekday() < 5


def test_nobody_teaches_twice_at_the_same_time() -> None:
    taught = [
        (name, day, event.start)
        for event in planned()
        for day in event.dates
        for name in event.instructors
    ]
    assert len(set(taught)) == len(taught)
    assert all(event.instructors for event in planned() if event.dates)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.title}")
def test_every_mistake_stands_where_it_says(mistake: Mistake) -> None:
    sheet = load_workbook(io.BytesIO(demo_workbook()))["Import"]
    position = list(Column).index(mistake.column) + 1
    value = sheet.cell(row_of(mistake), position).value
    assert value == mistake.value or value.date() == mistake.value
    title = sheet.cell(row_of(mistake), 3).value
    assert title.startswith(mistake.title)


def test_the_corrected_workbook_differs_in_the_mistakes_and_nothing_else() -> None:
    wrong = {
        (number, column)
        for number, (before, after) in enumerate(
            zip(rows(), rows(corrected=True), strict=True), start=4
        )
        for column in Column
        if before.get(column) != after.get(column)
    }
    mended = [mistake for mistake in MISTAKES if mistake.effect == "rejected"]
    expected = {(row_of(mistake), mistake.column) for mistake in mended}
    # Who mistypes a year copies it to the end, and who picks a venue picks it for the whole event.
    expected |= {(row, Column.END_DATE) for row, column in expected if column is Column.START_DATE}
    expected |= {
        (row + session, Column.VENUE)
        for row, column in expected
        if column is Column.VENUE
        for session in range(4)
    }
    assert wrong == expected
    assert 6 <= len(mended) <= 8


def test_checking_finds_what_was_planted_and_nothing_else(table: Table) -> None:
    checked = check(table, today=date(2026, 11, 21))
    by_references = {"template_unknown", "venue_not_linked", "instructor_ambiguous"}
    expected = {
        (mistake.code, row_of(mistake)) for mistake in MISTAKES if mistake.code not in by_references
    }
    assert {(finding.code, finding.row) for finding in checked.findings} == expected
    assert by_references <= unmatched()
    effects = {group.title: group.verdict for group in checked.groups}
    for mistake in MISTAKES:
        if mistake.code not in by_references:
            assert effects[mistake.title] == mistake.effect


def test_checking_finds_no_error_in_the_corrected_workbook() -> None:
    checked = check(table_of(demo_workbook(corrected=True)), today=date(2026, 11, 21))
    left = [mistake for mistake in MISTAKES if mistake.effect != "rejected"]
    assert {finding.code for finding in checked.findings} == {mistake.code for mistake in left}
    assert not any(finding.is_error for finding in checked.findings)


def test_the_sitting_is_still_to_come() -> None:
    assert min(day for event in planned() for day in event.dates) > date(2026, 12, 31)
    assert {row.get(Column.SITTING, "2027A") for row in rows()} == {"2027A"}


def test_those_who_look_after_the_events_work_in_the_office() -> None:
    names = {event.administrator for event in planned()}
    assert names == {person.name for person in company.OFFICE}


def test_a_mistake_in_an_event_that_is_not_planned_is_an_error() -> None:
    mistake = Mistake("Nowhere", 1, Column.DAY, 2, "day_sequence", "rejected", "")
    with pytest.raises(LookupError, match="Nowhere"):
        row_of(mistake)
