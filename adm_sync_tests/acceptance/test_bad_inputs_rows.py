"""Every row of the catalogue of bad inputs that is about rows and cells.

One workbook holds all of them, and is imported once: each case must give its findings at exactly
its places, and what it says must (not) have been written on either side.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from adm_sync.imports.summary import ImportSummary
from adm_sync.workbook.findings import Finding
from adm_sync_tests.acceptance.bad_inputs import (
    reference_cases,
    row_cases,
    text_cases,
    time_cases,
    value_cases,
)
from adm_sync_tests.acceptance.bad_inputs.cases import STRAY, Case, Placed, place, told
from adm_sync_tests.acceptance.bad_inputs.planting import plant
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.workbooks import FIRST_DATA_ROW, Formula

MODULES = (row_cases, text_cases, time_cases, value_cases, reference_cases)
CASES: tuple[Case, ...] = tuple(case for module in MODULES for case in module.CASES)
PLACED = place(CASES, FIRST_DATA_ROW)
ROWS = [row for placed in PLACED for row in placed.rows]


@dataclass(frozen=True)
class Imported:
    """The workbook of all cases, after its import."""

    office: Office
    summary: ImportSummary
    findings: Mapping[int, Sequence[Finding]]
    groups: Mapping[int, Mapping[str, Any]]
    recorded: Mapping[str, Sequence[Mapping[str, Any]]]

    def found_at(self, placed: Placed) -> list[Finding]:
        return [one for number in placed.numbers for one in self.findings.get(number, ())]

    def groups_of(self, placed: Placed) -> list[Mapping[str, Any]]:
        return [self.groups[number] for number in placed.numbers if number in self.groups]


@pytest.fixture(scope="module")
def imported(
    _one_ssl_context: None,
    database_server: sa.URL,
    _synced_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Imported]:
    folder = tmp_path_factory.mktemp("home")
    with open_office(database_server, _synced_template, folder) as office:
        plant(office, len(CASES))
        summary = office.import_(ROWS)
        by_row: dict[int, list[Finding]] = {}
        for finding in summary.findings:
            by_row.setdefault(finding.row or 0, []).append(finding)
        groups = office.rows("select * from adm_sync.event_groups")
        recorded = office.rows(
            "select e.*, a.external_id as bridged, a.title as bridged_title, t.code,"
            " (select json_agg(s.recorded order by s.day) from adm_sync.event_sessions s"
            "  where s.event_id = e.id) as sessions"
            " from adm_sync.events e join adm.events a on a.id = e.adm_event_id"
            " join acted.tutorial_events t on t.id = e.tutorial_event_id"
            " and t.id = a.tutorial_event_id"
        )
        by_title: dict[str, list[Mapping[str, Any]]] = {}
        for row in recorded:
            by_title.setdefault(row["title"], []).append(row)
        yield Imported(
            office,
            summary,
            by_row,
            {group["rows"][0]: group for group in groups},
            by_title,
        )


each_case = pytest.mark.parametrize("placed", PLACED, ids=[case.name for case in CASES])


@each_case
def test_a_bad_input_is_found_at_its_exact_place_and_nothing_else_is(
    imported: Imported, placed: Placed
) -> None:
    found = imported.found_at(placed)
    assert sorted(map(told, found), key=repr) == placed.expected(), [f.message for f in found]
    for expected in placed.case.finds:
        (finding,) = [
            one
            for one in found
            if (one.code, one.row, one.header)
            == (expected.code, placed.first_row + expected.row, expected.column)
        ]
        assert all(word in finding.message for word in placed.words_of(expected)), finding.message
        if expected.suggestion is not None:
            assert expected.suggestion in (finding.suggestion or "")


@each_case
def test_a_bad_input_is_written_on_both_sides_or_on_neither(
    imported: Imported, placed: Placed
) -> None:
    office, groups = imported.office, imported.groups_of(placed)
    outcomes = ["rejected" if one == STRAY else one for one in placed.case.outcomes]
    assert [group["outcome"] for group in groups] == outcomes
    assert [group["has_event"] for group in groups] == [
        one != STRAY for one in placed.case.outcomes
    ]
    assert sorted(row for group in groups for row in group["rows"]) == [
        number for number, row in zip(placed.numbers, placed.rows, strict=True) if any_cell(row)
    ]
    for group in groups:
        written = {"created": 1}.get(group["outcome"], 0)
        twins = [one for one in groups if one["title"] == group["title"]]
        events = sum(one["outcome"] == "created" for one in twins)
        assert (group["event_id"] is not None) == bool(written)
        assert len(imported.recorded.get(group["title"], ())) == events
        assert [one["id"] for one in office.remotes(group["title"])] == [
            row["bridged"] for row in imported.recorded.get(group["title"], ())
        ]


@pytest.mark.parametrize(
    "placed", [p for p in PLACED if p.case.kept or p.case.there], ids=lambda p: p.case.name
)
def test_what_is_accepted_is_kept_as_it_was_meant(imported: Imported, placed: Placed) -> None:
    group = next(one for one in imported.groups_of(placed) if one["outcome"] == "created")
    (row,) = imported.recorded[group["title"]]
    kept = {
        **row["recorded"],
        **{f"sessions.{name}": v for one in row["sessions"] or () for name, v in one.items()},
    }
    assert {name: kept[name] for name in placed.case.kept} == placed.case.kept
    remote = imported.office.remote(group["title"])
    assert {name: remote[name] for name in placed.case.there} == placed.case.there


def test_every_session_is_the_same_instant_on_both_sides(imported: Imported) -> None:
    office = imported.office
    here = office.rows(
        "select e.external_id as event, s.external_id as session, t.title, t.start_date, t.end_date"
        " from acted.tutorial_sessions t join adm.sessions s on s.tutorial_session_id = t.id"
        " join adm.events e on e.id = s.event_id"
    )
    there = {one["id"]: one for one in office.sandbox.store.all("Session")}
    assert len(here) == len(there) == imported.summary.sessions["created"]
    for row in here:
        remote = there[row["session"]]
        assert (remote["event"], remote["title"]) == (row["event"], row["title"])
        assert [remote["start"], remote["end"]] == [
            row[name].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for name in ("start_date", "end_date")
        ]


def any_cell(row: Mapping[Any, object]) -> bool:
    return any(cell not in (None, "", " ") for cell in row.values())


def test_no_finding_of_the_workbook_is_without_a_case(imported: Imported) -> None:
    rows = {number for placed in PLACED for number in placed.numbers}
    assert set(imported.findings) <= rows
    assert len(imported.summary.findings) == sum(len(case.finds) for case in CASES)


def test_rows_events_and_sessions_add_up(imported: Imported) -> None:
    office, summary = imported.office, imported.summary
    assert summary.rows == sum(map(any_cell, ROWS))
    outcomes = Counter(one for case in CASES for one in case.outcomes if one != STRAY)
    counts = summary.events
    assert counts["in_workbook"] == outcomes.total()
    assert {name: counts[name] for name in outcomes} == outcomes
    assert counts["pushed"] == counts["created"] == len(office.sandbox.store.all("Event"))
    here = office.rows("select id from acted.tutorial_events")
    bridges = office.rows("select id from adm.events where tutorial_event_id is not null")
    assert len(here) == len(bridges) == counts["created"]
    sessions = summary.sessions
    assert sessions["in_workbook"] == sum(
        sessions[name] for name in ("created", "unchanged", "rejected", "skipped")
    )
    assert sessions["created"] == len(office.rows("select id from acted.tutorial_sessions"))
    assert sessions["created"] == len(office.sandbox.store.all("Session"))
    assert (summary.status, counts["pending"], counts["failed"]) == ("partial", 0, 0)
    assert {row["state"] for row in office.rows("select state from adm_sync.steps")} == {"done"}


def test_what_a_report_shows_of_formulas_is_text(imported: Imported) -> None:
    """A value that begins with = + - @ is accepted, and neutralised in every report.

    The planner's own formulas stay formulas in the copy.
    """
    reports = imported.office.importer.reports[imported.summary.partition]
    assert reports.csv is not None
    assert reports.copy is not None
    lines = list(csv.DictReader(io.StringIO(reports.csv.read_text("utf-8-sig"))))
    (line,) = [one for one in lines if "HYPERLINK" in one["Value"]]
    assert line["Value"] == "'=HYPERLINK(1)"
    assert not any(cell[:1] in "=+@" for one in lines for cell in one.values() if cell)
    book = openpyxl.load_workbook(reports.copy)
    ours = {c.coordinate for row in book["Import"].iter_rows() for c in row if c.data_type == "f"}
    formulas = {
        number
        for number, row in enumerate(ROWS, FIRST_DATA_ROW)
        for c in row.values()
        if isinstance(c, Formula)
    }
    assert {int("".join(filter(str.isdigit, one))) for one in ours} == formulas
    assert not any(
        cell.data_type == "f"
        for sheet in book
        if sheet.title != "Import"
        for row in sheet.iter_rows()
        for cell in row
    )
    book.close()
