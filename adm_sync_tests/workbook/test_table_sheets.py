"""Which sheet is taken, and which is not."""

from collections.abc import Sequence
from typing import Any

import pytest

from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.reading import Limits
from adm_sync.workbook.table import find_table
from adm_sync_tests.workbook.files import (
    GUIDANCE,
    HEADERS,
    cells,
    content,
    read_here,
    saved,
    table_of,
    workbook,
)

LOOKUP = ("Lookup", [["Location", "Venue", "Instructor"], ["London", "Hall", "Ada Lane"]])


def sheet(title: str = "Import", event: str = "CB1 London") -> tuple[str, Sequence[Sequence[Any]]]:
    return title, [HEADERS, *GUIDANCE, cells(TITLE=event)]


def refusal(data: bytes, named: str | None = None) -> Finding:
    with pytest.raises(WorkbookRefused) as caught:
        table_of(data, named)
    return caught.value.finding


@pytest.mark.parametrize("title", ["Import", "Sheet1", "Événements 2026", "IMPORT "])
def test_the_sheet_is_recognised_by_its_headers_whatever_its_name_or_place(title: str) -> None:
    table = table_of(saved(workbook(LOOKUP, sheet(title), ("Notes", [["see below"]]))))
    assert (table.sheet, table.header_row, table.findings) == (title, 1, ())
    assert [row.number for row in table.rows] == [4]


def test_of_several_sheets_the_one_called_import_is_taken_and_the_others_are_named() -> None:
    data = saved(workbook(sheet("April", "A"), sheet("import", "B"), sheet("May", "C")))
    table = table_of(data)
    assert (table.sheet, table.rows[0].cell(1)) == ("import", "B")
    (finding,) = table.findings
    assert (finding.code, finding.severity) == ("other_event_sheet", "warning")
    assert finding.message == (
        "Sheets 'April' and 'May' look like a sheet of events too; only 'import' is read."
    )


def test_several_sheets_of_which_none_is_called_import_are_ambiguous() -> None:
    data = saved(workbook(sheet("April"), LOOKUP, sheet("September")))
    finding = refusal(data)
    assert finding.code == "ambiguous_sheet"
    assert "'April' and 'September'" in finding.message
    assert "Lookup" not in finding.message
    assert table_of(data, "september ").sheet == "September"


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    finding = refusal(saved(workbook(sheet(), LOOKUP)), "Imports")
    assert finding.code == "unknown_sheet"
    assert finding.message == ("There is no sheet 'Imports'; there are: 'Import' and 'Lookup'.")


def test_a_named_sheet_without_headers_of_events_is_refused() -> None:
    data = saved(workbook(sheet(), LOOKUP, ("Notes", [["see below"]])))
    assert refusal(data, "Notes").code == "no_event_sheet"
    finding = refusal(data, "Lookup")
    assert (finding.code, finding.sheet, finding.row) == ("missing_headers", "Lookup", 1)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_only_if_it_is_named(state: str) -> None:
    book = workbook(LOOKUP, sheet())
    book["Import"].sheet_state = state
    data = saved(book)
    finding = refusal(data)
    assert finding.code == "hidden_sheet"
    assert finding.message == "Only the hidden sheet 'Import' looks like a sheet of events."
    table = table_of(data, "Import")
    assert len(table.rows) == 1
    assert [(one.code, one.severity) for one in table.findings] == [
        ("hidden_sheet_used", "warning")
    ]


def test_a_hidden_copy_does_not_make_the_visible_sheet_ambiguous() -> None:
    book = workbook(sheet("Old"), sheet("April"))
    book["Old"].sheet_state = "hidden"
    table = table_of(saved(book))
    assert (table.sheet, table.findings) == ("April", ())


def test_a_workbook_without_a_sheet_of_events_is_refused_with_its_sheets() -> None:
    finding = refusal(saved(workbook(LOOKUP, ("Notes", [["see below"]]))))
    assert finding.code == "no_event_sheet"
    assert "'Lookup' and 'Notes'" in finding.message
    assert "Sheet 'Lookup' comes nearest, with 3 of its headers." in finding.message


def test_a_workbook_of_charts_only_is_refused() -> None:
    book = workbook(("Data", [[1]]))
    book.create_chartsheet("Chart")
    book.remove(book["Data"])
    finding = refusal(saved(book))
    assert (finding.code, "has no worksheet" in finding.message) == ("no_event_sheet", True)


@pytest.mark.parametrize("guidance", [(), GUIDANCE])
def test_a_sheet_without_rows_of_data_is_a_warning(guidance: Sequence[Sequence[Any]]) -> None:
    table = table_of(saved(workbook(("Import", [HEADERS, *guidance]))))
    assert (table.rows, [one.code for one in table.findings]) == ((), ["no_rows"])


def test_an_empty_sheet_is_no_sheet_of_events() -> None:
    assert refusal(saved(workbook(("Import", [])))).code == "no_event_sheet"


def test_the_limit_counts_rows_of_data_and_no_others() -> None:
    rows = [["Events of 2026"], HEADERS, *GUIDANCE, *[cells(), [None]] * 5]
    data = saved(workbook(LOOKUP, ("Import", rows)))
    assert len(find_table(read_here(data, Limits(rows=5))).rows) == 5
    with pytest.raises(WorkbookRefused) as caught:
        read_here(data, Limits(rows=4))
    assert caught.value.finding.code == "too_many_rows"
    assert content(data).name in caught.value.finding.message
