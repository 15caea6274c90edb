"""What is told about the rows of data: merged, hidden, marked, by formula."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding, row_list
from adm_sync.workbook.sheet import Row, Sheet
from adm_sync.workbook.sheets import merged_rows, ranges
from adm_sync_tests.workbook.files import SHEET_PART, cells, edited, events, table_of


def findings_of(*rows: list[Any], **others: Any) -> list[Finding]:
    return list(table_of(events(*rows, **others)).findings)


def places_of(findings: list[Finding]) -> list[tuple[str, int | None, str | None]]:
    return [(finding.code, finding.row, finding.column) for finding in findings]


def test_merged_cells_are_an_error_at_every_row_of_data_they_touch() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("F4:F6")
        sheet.merge_cells("B6:C6")

    findings = findings_of(*[cells()] * 4, change=change)
    assert places_of(findings) == [
        ("merged_cells", 4, "F"),
        ("merged_cells", 5, "F"),
        ("merged_cells", 6, "F"),
        ("merged_cells", 6, "B"),
    ]
    assert all(finding.is_error for finding in findings)
    assert "F4:F6" in findings[0].message
    assert findings[0].header == "Venue"


def test_merged_cells_without_a_known_header_or_a_row_of_data_are_nothing_to_tell() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("AK4:AL9")
        sheet.merge_cells("A20:C20")
        sheet.merge_cells("A2:C2")

    assert findings_of(cells(), change=change) == []


def test_merged_cells_that_are_all_blank_hide_nothing() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("Q4:Q6")
        sheet.merge_cells("F4:F5")

    blank = cells(ACCESS_DURATION=None)
    assert places_of(findings_of(*[blank] * 4, change=change)) == [
        ("merged_cells", 4, "F"),
        ("merged_cells", 5, "F"),
    ]
    table = table_of(events(*[cells(VENUE=None)] * 4, change=change))
    assert (table.merged, table.findings) == ((), ())


@given(
    st.lists(st.tuples(st.integers(2, 30), st.integers(0, 9)), max_size=6),
    st.sets(st.integers(2, 30), max_size=15),
)
def test_every_row_in_a_merged_range_and_every_range_gets_an_error(
    spans: list[tuple[int, int]], numbers: set[int]
) -> None:
    texts = tuple(f"A{first}:B{first + length}" for first, length in spans)
    rows = tuple(Row(number, ("CB1",)) for number in sorted(numbers))
    merged = ranges(Sheet("Import", "visible", rows, texts))
    findings = list(merged_rows("Import", rows, merged, {Column.CODE: 0}))
    touched = [
        [number for number in sorted(numbers) if first <= number <= first + length]
        for first, length in spans
    ]
    assert {one.row for one in findings} == {number for span in touched for number in span}
    assert len(findings) <= len(numbers) + len(spans)
    for text, span in zip(texts, touched, strict=True):
        assert not span or any(one.row == span[0] and text in one.message for one in findings)


def test_ranges_that_are_none_are_left_out() -> None:
    sheet = Sheet("Import", "visible", (), ("", "A1:", "nonsense", "B:B", "C2:D3"))
    assert [one.text for one in ranges(sheet)] == ["C2:D3"]


def test_hidden_and_filtered_rows_are_one_warning_with_their_numbers() -> None:
    def change(sheet: Worksheet) -> None:
        for number in (1, 2, 5, 7):
            sheet.row_dimensions[number].hidden = True

    table = table_of(events(*[cells()] * 4, change=change))
    assert [row.hidden for row in table.rows] == [False, True, False, True]
    (finding,) = table.findings
    assert (finding.code, finding.severity, finding.row) == ("hidden_rows", "warning", 5)
    assert finding.message == ("Sheet 'Import' has 2 hidden or filtered-out rows: rows 5 and 7.")


def test_struck_through_or_red_text_is_one_warning_with_its_rows() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["A1"].font = Font(strike=True)
        sheet["B5"].font = Font(strike=True)
        sheet["B6"].font = Font(color="FFFF0000")
        sheet["B7"].font = Font(bold=True, color="FF00B050")
        sheet["B8"].fill = PatternFill("solid", fgColor="FFC00000")
        sheet["B9"].fill = PatternFill("solid", fgColor="FFFFC7CE")
        sheet["B10"].fill = PatternFill("lightUp", fgColor="FFFF0000")

    (finding,) = findings_of(*[cells()] * 7, change=change)
    assert (finding.code, finding.severity, finding.row) == ("formatting_ignored", "warning", 5)
    assert "rows 5, 6 and 8;" in finding.message


def test_formulas_with_a_value_are_one_warning_with_their_count() -> None:
    data = edited(
        events(*[cells()] * 2, guidance=()),
        SHEET_PART,
        ('<c r="U2" t="n"><v>1</v></c>', '<c r="U2"><f>0+1</f><v>1</v></c>'),
        ('<c r="U3" t="n"><v>1</v></c>', '<c r="U3"><f>U2</f><v>1</v></c>'),
    )
    table = table_of(data)
    assert [row.cell(20) for row in table.rows] == [1, 1]
    (finding,) = table.findings
    assert (finding.code, finding.severity) == ("formulas_used", "warning")
    assert finding.message.startswith("2 cells of sheet 'Import' hold formulas;")


def test_a_formula_without_a_value_is_left_to_checking() -> None:
    table = table_of(events(cells(DAY="=0+1")))
    assert str(table.rows[0].cell(20)) == "NoValue(formula='0+1')"
    assert table.findings == ()


def test_long_lists_of_rows_are_cut_short() -> None:
    assert row_list([4]) == "row 4"
    assert row_list([4, 5]) == "rows 4 and 5"
    assert row_list(range(1, 21)).endswith("18, 19 and 20")
    assert row_list(range(1, 301)).endswith("18, 19 and 281 more")
