"""Rows of the catalogue of bad inputs that take more than one import, other options, or a look at
what Administrate made; and the annotated copy, corrected and dropped in again.
"""

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from adm_sync.workbook.columns import Column
from adm_sync.workbook.headers import STATUS_HEADER
from adm_sync_tests.acceptance.bad_inputs.files import (
    accept,
    codes,
    edited,
    online,
    small,
)
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.workbooks import blended, changed

pytestmark = pytest.mark.thorough


# ---------------------------------------------------------------------- row structure


def hide(*rows: int) -> Any:
    def change(book: Any) -> None:
        for number in rows:
            book["Import"].row_dimensions[number].hidden = True

    return change


def test_hidden_or_filtered_out_row_is_processed_with_a_warning(office: Office) -> None:
    data = edited([*online("shown"), *online("hidden"), *online("hidden too")], hide(5, 6))
    summary = accept(office, data, "shown", "hidden", "hidden too")
    assert codes(summary) == [("warning", "hidden_rows", 5, None)]
    assert "rows 5 and 6" in summary.findings[0].message


def test_hidden_or_filtered_out_row_is_skipped_if_the_switch_says_so(office: Office) -> None:
    usual = office.importer.options
    office.importer.options = replace(usual, hidden_rows="skip")
    rows = [*online("visible"), *blended("CB3_LO_1", "under a filter", 1)]
    summary = accept(office, edited(rows, hide(5)), "visible")
    office.importer.options = usual
    assert sorted(codes(summary)) == [
        ("warning", "hidden_rows", 5, None),
        ("warning", "skipped_hidden", 5, None),
    ]
    assert (summary.events["skipped"], summary.sessions["skipped"]) == (1, 1)
    assert office.remotes("under a filter") == []


def test_strikethrough_or_red_row_meaning_cancelled(office: Office) -> None:
    def strike(book: Any) -> None:
        for row, font in ((4, Font(strike=True)), (5, Font(color="FFFF0000"))):
            for cell in book["Import"][row]:
                cell.font = font

    data = edited([*online("struck through"), *online("red"), *online("plain")], strike)
    summary = accept(office, data, "struck through", "red", "plain")
    assert codes(summary) == [("warning", "formatting_ignored", 4, None)]
    assert "rows 4 and 5" in summary.findings[0].message
    assert "Cancelled" in (summary.findings[0].suggestion or "")


def test_more_sessions_than_administrate_created_from_template(office: Office) -> None:
    data = small(blended("CB3_LO_1", "one too many", 2))
    summary = accept(office, data, "one too many")
    assert (summary.status, summary.events["created"]) == ("failed", 1)
    assert (summary.sessions["created"], summary.sessions["failed"]) == (2, 1)
    event = office.tutorial_event("one too many")
    assert len(office.tutorial_sessions(event["id"])) == 2
    (remote,) = office.remote_sessions(office.remote("one too many")["id"])
    assert remote["title"] == "one too many - Day 1"
    failed = office.importer.unfinished(summary.partition)
    assert {(step.state, step.day) for step in failed} == {("failed", 2)}
    assert all(step.message.startswith("No session slot") for step in failed)
    reports = office.importer.report(summary.partition)
    assert reports.copy is not None
    assert status_of(reports.copy, 5).startswith("failed")


def test_fewer_sessions_than_the_template_creates(office: Office) -> None:
    data = small(blended("SP1_LO_3", "one too few", 2))
    summary = accept(office, data, "one too few")
    assert summary.status == "succeeded"
    (sentence,) = summary.warnings
    assert "made 3 sessions" in sentence
    assert "the workbook has 2" in sentence
    assert len(office.remote_sessions(office.remote("one too few")["id"])) == 3


def test_duplicate_of_an_event_already_imported(office: Office) -> None:
    rows = [*online("before"), *blended("CB3_LO_1", "with a diff", 1)]
    accept(office, small(rows), "before", "with a diff")
    before = office.counts()
    first, second = rows
    again = accept(office, small([first, changed(second, max_places=20), *online("new")]), "new")
    assert again.events["unchanged"] == 2
    assert codes(again) == [("warning", "differs", 5, "P")]
    (finding,) = again.findings
    told = "Put 14 back; or, if the workbook is right, import it with --update (in Dagster: "
    assert (finding.value, finding.suggestion) == ("20", told + "update: true).")
    after = office.counts()
    assert after["acted.tutorial_sessions"] == before["acted.tutorial_sessions"]
    assert office.remote("with a diff")["maxPlaces"] == 14


# ---------------------------------------------------------------------- times and references


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_one_instant_on_both_sides_whatever_zone_the_host_is_in(
    office: Office, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    title = f"seen from {zone}"
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        rows = blended("CB3_LO_1", title, 1, start_date=date(2027, 4, 6), start_time="01:30")
        accept(office, small(rows), title)
    finally:
        monkeypatch.undo()
        time.tzset()
    event = office.tutorial_event(title)
    (session,) = office.tutorial_sessions(event["id"])
    assert event["start_date"] == date(2027, 4, 6)
    assert session["start_date"] == datetime(2027, 4, 6, 0, 30, tzinfo=UTC)
    (remote,) = office.remote_sessions(office.remote(title)["id"])
    assert remote["start"] == "2027-04-06T00:30:00Z"


def test_instructor_not_approved_for_template_is_approved_and_then_added(office: Office) -> None:
    template = next(
        one for one in office.sandbox.store.all("CourseTemplate") if one["code"] == "CB3_LO_1"
    )
    approved = list(template["approvedInstructors"])
    written = len(office.mutations("courseTemplate"))
    stranger = next(
        one
        for one in office.sandbox.store.all("Contact")
        if one["id"] not in approved and one["firstName"] == "Winifred"
    )
    name = f"{stranger['firstName']} {stranger['lastName']}"
    rows = blended("CB3_LO_1", "not approved", 1, instructor=name, session_instructor=name)
    summary = accept(office, small(rows), "not approved")
    assert (summary.status, summary.events["created"]) == ("succeeded", 1)
    now = office.sandbox.store.get(template["id"])["approvedInstructors"]
    assert now == [*approved, stranger["id"]]
    assert len(office.mutations("courseTemplate")) == written + 1


# ---------------------------------------------------------------------- the annotated copy


def status_of(path: Path, row: int) -> str:
    """What the annotated copy says of a row."""
    book = openpyxl.load_workbook(path)
    sheet = book["Import"]
    column = next(c.column for c in sheet[1] if c.value == STATUS_HEADER)
    value = sheet.cell(row, column).value
    book.close()
    return str(value)


@pytest.mark.thorough
def test_the_annotated_copy_corrected_and_dropped_in_again_adds_what_was_missing(
    office: Office,
) -> None:
    rows = [
        *online("good"),
        *blended("SP1_LO_3", "bad day", 3),
        *online("bad person", administrator="Dorothea Pell"),
        *online("cancelled later", cancelled="Y"),
        {},
        {Column.CODE: "Totals: 4 events"},
    ]
    rows[2] = changed(rows[2], day=4)
    first = accept(office, small(rows), "good")
    assert (first.status, first.events["rejected"], first.rows) == ("partial", 2, 7)
    copy = office.importer.report(first.partition).copy
    assert copy is not None
    assert status_of(copy, 4).startswith("created")
    assert status_of(copy, 8).startswith("rejected")

    book = openpyxl.load_workbook(copy)
    sheet = book["Import"]
    places = {str(cell.value): cell.column for cell in sheet[1] if cell.value}
    sheet.cell(6, places["Day"]).value = 2
    sheet.cell(8, places["Event administrator"]).value = "Marguerite Pellow"
    sheet.cell(11, places["Course template code"]).value = None
    corrected = copy.with_name("corrected.xlsx")
    book.save(corrected)
    book.close()
    # What our status says of the emptied row does not make it a row of the workbook.
    assert status_of(corrected, 11) not in {"", "None"}

    before = office.counts()
    second = accept(office, corrected.read_bytes(), "bad day", "bad person", name=corrected.name)
    assert codes(second) == [("warning", "skipped_cancelled", 9, "AH")]
    assert (second.status, second.rows) == ("succeeded", 6)
    assert (second.events["unchanged"], second.events["created"]) == (1, 2)
    after = office.counts()
    assert after["acted.tutorial_sessions"] - before["acted.tutorial_sessions"] == 3
    assert after["Session"] - before["Session"] == 3
    assert len(office.remotes("good")) == 1

    third = accept(office, corrected.read_bytes(), name="corrected again.xlsx")
    assert (third.events["unchanged"], third.events["created"]) == (3, 0)
    assert office.counts() == after
