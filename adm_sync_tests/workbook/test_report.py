"""The annotated copy: what it shows, what it keeps, and that it can be imported again."""

import io
from copy import copy as copied
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table as ExcelTable

from adm_sync.demo.workbook import demo_workbook
from adm_sync.workbook.annotation.annotating import annotate
from adm_sync.workbook.annotation.findings_list import FINDINGS_SHEET
from adm_sync.workbook.annotation.remarks import Outcome, Tone
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.findings import Finding, Place
from adm_sync.workbook.headers import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.sheet import Content, Raw
from adm_sync.workbook.table import Table, find_table
from adm_sync_tests.told import told
from adm_sync_tests.workbooks import (
    Cells,
    Formula,
    Text,
    blended,
    changed,
    lms_only,
    workbook_bytes,
)

ROWS = [*blended(sessions=2), lms_only()]
STATUS, FINDING = "A", "B"
DATE = told(
    Place("Import", 5, 7, "Classroom start date", "19/01/2028"),
    "error",
    "outside_lms_window",
    "The session is after the LMS end.",
    "Check the year.",
)
VENUE = told(
    Place("Import", 4, 5, "Venue", "Bell Yard"), "warning", "venue_unknown", "No such venue."
)


def there(finding: Finding) -> Finding:
    """A finding as the check of a copy makes it, where two columns stand in front."""
    position = column_index_from_string(finding.column or "") + 2
    return replace(finding, column=get_column_letter(position))


def content(data: bytes, name: str = "planned.xlsx") -> Content:
    return Content(name, data, "")


def marked(data: bytes, *findings: Finding, outcomes: dict[int, Outcome] | None = None) -> bytes:
    return annotate(content(data), table_of(data), outcomes or {}, findings)


def opened(data: bytes, **options: Any) -> Any:
    return load_workbook(io.BytesIO(data), **options)


def saved(book: Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def table_of(data: bytes) -> Table:
    return find_table(assemble(content(data), messages("planned.xlsx", data, 25, 1_000)))


def values(data: bytes) -> list[tuple[int, dict[Column, Raw]]]:
    """What the reader finds: Excel row and cells."""
    table = table_of(data)
    return [
        (row.number, {column: row.cell(place) or None for column, place in table.positions.items()})
        for row in table.rows
    ]


def color(cell: Any) -> str:
    return str(cell.fill.fgColor.rgb)


def comments(data: bytes) -> dict[str, str]:
    cells = (cell for row in opened(data)["Import"].iter_rows() for cell in row)
    return {cell.coordinate: cell.comment.text for cell in cells if cell.comment}


@pytest.fixture(scope="module")
def original() -> bytes:
    return workbook_bytes(ROWS)


@pytest.fixture(scope="module")
def copy(original: bytes) -> bytes:
    outcomes = {
        4: Outcome("created"),
        5: Outcome("rejected", "1 error"),
        6: Outcome("skipped", "Cancelled is Y"),
    }
    return marked(original, DATE, VENUE, outcomes=outcomes)


def test_every_row_says_in_front_what_became_of_it_and_the_first_that_was_found(
    copy: bytes,
) -> None:
    sheet = opened(copy)["Import"]
    assert (sheet["A1"].value, sheet["B1"].value) == (STATUS_HEADER, FINDING_HEADER)
    assert [sheet[f"{STATUS}{row}"].value for row in (4, 5, 6, 7)] == [
        "created",
        "rejected",
        "skipped: Cancelled is Y",
        None,
    ]
    assert [sheet[f"{FINDING}{row}"].value for row in (4, 5, 6, 7)] == [
        "No such venue. Ask your data administrator to add the venue 'Bell Yard'.",
        "The session is after the LMS end. Check the year.",
        None,
        None,
    ]


def test_a_row_has_the_color_of_the_worst_that_is_said_about_it(copy: bytes) -> None:
    sheet = opened(copy)["Import"]
    assert color(sheet[f"{STATUS}4"]) == Tone.CAREFUL.value
    assert color(sheet[f"{STATUS}5"]) == Tone.BAD.value
    assert color(sheet[f"{STATUS}6"]) == Tone.CAREFUL.value
    clean = opened(marked(workbook_bytes(ROWS), outcomes={4: Outcome("created")}))["Import"]
    assert color(clean[f"{STATUS}4"]) == Tone.GOOD.value


def test_every_finding_is_at_its_cell_with_color_and_comment(copy: bytes) -> None:
    sheet = opened(copy)["Import"]
    assert color(sheet["J5"]) == Tone.BAD.value
    assert color(sheet["H4"]) == Tone.CAREFUL.value
    assert comments(copy) == {
        "J5": "adm_sync:\nError: The session is after the LMS end.\nSuggestion: Check the year.",
        "H4": "adm_sync:\nWarning: No such venue.\n"
        "Suggestion: Ask your data administrator to add the venue 'Bell Yard'.",
    }


def test_all_findings_of_a_cell_share_its_comment_and_the_worst_gives_the_color() -> None:
    twice = told(Place("Import", 5, 7, "Classroom start date"), "warning", "w", "It is a Sunday.")
    copy = marked(workbook_bytes(ROWS), twice, DATE)
    assert color(opened(copy)["Import"]["J5"]) == Tone.BAD.value
    assert comments(copy)["J5"].splitlines()[1:3] == [
        "Warning: It is a Sunday.",
        "Error: The session is after the LMS end.",
    ]


def test_a_comment_names_ten_findings_and_counts_the_others(original: bytes) -> None:
    many = [told(Place("Import", 4, 5, "Venue"), "error", "e", f"Number {n}.") for n in range(13)]
    text = comments(marked(original, *many))["H4"]
    assert text.count("Error: ") == 10
    assert text.endswith("More: 3 further findings in this cell.")


def test_a_finding_about_a_row_is_at_its_status_and_one_about_a_column_at_its_header(
    original: bytes,
) -> None:
    row = told(Place("Import", 5), "error", "orphan_session", "It belongs to no event.")
    column = told(Place("Import", None, 5, "Venue"), "warning", "unknown_column", "It is not read.")
    assert set(comments(marked(original, row, column))) == {f"{STATUS}5", "H1"}


def test_every_finding_is_listed_with_a_link_to_its_cell(original: bytes) -> None:
    about_file = told(Place(), "warning", "macros_ignored", "Macros are ignored.")
    elsewhere = told(Place("No such sheet", 4, 5, "Venue"), "error", "e", "It is elsewhere.")
    sheet = opened(marked(original, DATE, about_file, elsewhere))[FINDINGS_SHEET]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == (
        "Import",
        5,
        "J",
        "Classroom start date",
        "19/01/2028",
        "error",
        "outside_lms_window",
        "The session is after the LMS end.",
        "Check the year.",
        None,
    )
    assert rows[1][5:8] == ("warning", "macros_ignored", "Macros are ignored.")
    assert len(rows) == 3
    links = [cell.hyperlink.location if cell.hyperlink else None for cell in sheet["B"]]
    assert links == [None, "'Import'!J5", None, None]


def test_the_link_finds_a_sheet_whose_title_needs_quotes() -> None:
    data = workbook_bytes(ROWS, sheet="Ada's 27A")
    finding = told(Place("Ada's 27A", 5, 7, "Classroom start date"), "error", "e", "It is wrong.")
    copy = marked(data, finding)
    assert opened(copy)[FINDINGS_SHEET]["B2"].hyperlink.location == "'Ada''s 27A'!J5"


def test_what_is_found_in_merged_cells_is_shown_where_their_value_is(original: bytes) -> None:
    book = opened(original)
    book["Import"].merge_cells("E5:F6")
    inside = told(
        Place("Import", 6, 5, "Venue"), "error", "merged_cells", "These cells are merged."
    )
    assert set(comments(marked(saved(book), inside))) == {"G5"}


def test_nothing_that_is_written_becomes_a_formula(original: bytes) -> None:
    bad = Finding("error", "=e", "=1+1", "Import", 4, "F", "+h", "@SUM(A1)", "-2+3")
    copy = marked(original, bad, outcomes={4: Outcome("=cmd|' /C calc'!A0"), 5: Outcome("\t=1")})
    book = opened(copy)
    for cell in (book["Import"][f"{STATUS}4"], *book[FINDINGS_SHEET][2]):
        assert cell.data_type != "f"
    written = (book["Import"][f"{STATUS}4"], book[FINDINGS_SHEET]["E2"])
    assert all(cell.quotePrefix for cell in written)
    assert book[FINDINGS_SHEET]["H2"].value == "=1+1"


def test_a_text_of_the_original_that_looks_like_a_formula_stays_a_text() -> None:
    data = workbook_bytes([changed(ROWS[0], extra_information=Text("=1+1"), tutors="-none")])
    sheet = opened(marked(data))["Import"]
    assert (sheet["AI4"].value, sheet["AI4"].data_type) == ("=1+1", "s")
    assert (sheet["AF4"].value, sheet["AF4"].data_type) == ("-none", "s")


def test_control_characters_are_left_out(original: bytes) -> None:
    finding = told(
        Place("Import", 4, 5, "Venue", "a\x00b"), "error", "e", "It\x07 rings\ntwice\ud800."
    )
    copy = marked(original, finding, outcomes={4: Outcome("rejected", "a\x0bb")})
    assert comments(copy)["H4"] == "adm_sync:\nError: It rings twice."
    assert opened(copy)[FINDINGS_SHEET]["E2"].value == "ab"
    assert (
        opened(copy)["Import"][f"{FINDING}4"].value
        == "It\x07 rings".replace("\x07", "") + "\ntwice."
    )


def test_the_formatting_of_the_original_is_kept(original: bytes) -> None:
    book: Any = opened(original)
    sheet = book["Import"]
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["B"].width = 41.5
    sheet.row_dimensions[5].hidden = True
    sheet["B4"].font = Font(bold=True, color="FF123456")
    sheet["B4"].fill = PatternFill("solid", fgColor="FFABCDEF")
    drop_down = DataValidation("list", formula1='"Y,N"', sqref="Y4:Y99")
    sheet.add_data_validation(drop_down)
    rule = CellIsRule(
        operator="equal", formula=["0"], fill=PatternFill("solid", bgColor="FFFF0000")
    )
    sheet.conditional_formatting.add("P4:P99", rule)
    book["Lookup"]["D4"] = "=1+1"
    sheet = opened(marked(saved(book), DATE))["Import"]
    assert sheet.freeze_panes == "D2"
    assert sheet.column_dimensions["D"].width == 41.5
    assert sheet.row_dimensions[5].hidden
    assert (sheet["D4"].font.b, sheet["D4"].font.color.rgb) == (True, "FF123456")
    assert color(sheet["D4"]) == "FFABCDEF"
    assert sheet["J5"].number_format == "dd/mm/yyyy"
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["AA4:AA99"]
    assert [str(each.sqref) for each in sheet.conditional_formatting] == ["R4:R99"]
    assert sheet.parent["Lookup"]["D4"].value == "=1+1"


def test_rich_text_keeps_its_parts_and_their_spaces(original: bytes) -> None:
    book: Any = opened(original)
    parts = [TextBlock(InlineFont(b=True), "CB1 "), "London", TextBlock(InlineFont(i=True), " 27A")]
    book["Import"]["B4"] = CellRichText(parts)
    copy = marked(saved(book))
    kept = opened(copy, rich_text=True)["Import"]["D4"].value
    assert [str(part) for part in kept] == ["CB1 ", "London", " 27A"]
    assert values(copy)[0][1][Column.TITLE] == "CB1 London 27A"


def test_what_somebody_else_wrote_in_a_comment_stays_above(original: bytes) -> None:
    book = opened(original)
    book["Import"]["H5"].comment = Comment("Ask Ada.\nShe knows.", "Ben")
    copy = marked(saved(book), DATE)
    assert comments(copy)["J5"].startswith("Ask Ada.\nShe knows.\n\nadm_sync:\nError: ")
    assert opened(copy)["Import"]["J5"].comment.author == "Ben"
    assert comments(marked(copy)) == {"J5": "Ask Ada.\nShe knows."}


def test_what_somebody_adds_below_our_words_outlives_them(copy: bytes) -> None:
    book: Any = opened(copy)
    comment = book["Import"]["J5"].comment
    book["Import"]["J5"].comment = Comment(f"{comment.text}\nBen: it is right.", "adm_sync")
    assert comments(marked(saved(book))) == {"J5": "Ben: it is right."}


def test_marking_a_copy_again_gives_the_same_copy(original: bytes, copy: bytes) -> None:
    outcomes = {4: Outcome("created"), 5: Outcome("rejected", "1 error")}
    once = marked(original, DATE, VENUE, outcomes=outcomes)
    again = marked(marked(copy, there(VENUE)), there(DATE), there(VENUE), outcomes=outcomes)
    assert opened(again).sheetnames == ["Lookup", "Import", FINDINGS_SHEET]
    assert comments(again) == comments(once)
    for before, after in zip(opened(once)["Import"], opened(again)["Import"], strict=True):
        assert [cell.value for cell in before] == [cell.value for cell in after]
        assert [color(cell) for cell in before] == [color(cell) for cell in after]


@pytest.mark.parametrize(
    "fill",
    [
        PatternFill(),
        PatternFill("solid", fgColor="FFABCDEF"),
        PatternFill("solid", fgColor="FF000000"),
        PatternFill("solid", fgColor=Color(theme=4, tint=0.3999)),
        PatternFill("solid", fgColor=Color(indexed=22)),
    ],
    ids=["none", "blue", "black", "of the theme", "of the palette"],
)
def test_a_cell_without_finding_gets_its_own_color_back(original: bytes, fill: PatternFill) -> None:
    book: Any = opened(original)
    book["Import"]["H5"].fill = fill
    copy = marked(marked(saved(book), DATE), there(DATE))
    assert color(opened(copy)["Import"]["J5"]) == Tone.BAD.value
    cell = opened(marked(copy))["Import"]["J5"]
    assert cell.fill.fill_type == fill.fill_type
    assert copied(cell.fill.fgColor) == fill.fgColor
    assert cell.comment is None


def test_the_copy_is_read_as_the_original_was(original: bytes, copy: bytes) -> None:
    assert values(copy) == values(original)
    again = marked(copy, there(VENUE), outcomes={4: Outcome("unchanged")})
    assert values(again) == values(original)


def test_the_copy_of_the_demo_is_read_as_the_demo_was() -> None:
    demo = demo_workbook()
    findings = [told(Place("Import", 19, 7, "Classroom start date"), "error", "e", "Wrong.")]
    assert values(marked(demo, *findings, outcomes={19: Outcome("rejected")})) == values(demo)


def test_the_headers_may_stand_lower_and_the_columns_in_another_order(original: bytes) -> None:
    data = workbook_bytes(ROWS, title_rows=[["Sitting 2027A"]], guidance=False)
    sheet = opened(marked(data, outcomes={3: Outcome("created")}))["Import"]
    assert sheet[f"{STATUS}2"].value == STATUS_HEADER
    assert sheet[f"{STATUS}1"].value is None
    assert sheet[f"{STATUS}3"].value == "created"


def test_what_stands_far_to_the_right_stays_there(original: bytes) -> None:
    book: Any = opened(original)
    book["Import"]["AL9"] = "a note far to the right"
    sheet = opened(marked(saved(book), outcomes={4: Outcome("created")}))["Import"]
    assert sheet["AN9"].value == "a note far to the right"
    assert sheet["A4"].value == "created"


def test_formulas_stay_with_the_values_that_they_were_saved_with() -> None:
    rows: list[Cells] = [
        changed(
            ROWS[0],
            max_places=Formula("12+2", 14),
            title=Formula('"CB1 "&"London"', "CB1 London"),
            session_title=Formula('B4&" - Day 1"', "CB1 London - Day 1"),
            extra_information=Formula('"="&"1"', "=1"),
            tutors=Formula("1+1"),
        )
    ]
    data = workbook_bytes(rows)
    copy = marked(data)
    sheet, shown = opened(copy)["Import"], opened(copy, data_only=True)["Import"]
    assert (sheet["R4"].value, shown["R4"].value) == ("=12+2", 14)
    assert (sheet["E4"].value, shown["E4"].value) == ('=D4&" - Day 1"', "CB1 London - Day 1")
    assert (sheet["AI4"].value, shown["AI4"].value) == ('="="&"1"', "=1")
    assert (sheet["AF4"].value, shown["AF4"].value) == ("=1+1", None)
    assert values(copy) == values(data)


def test_many_findings_in_many_rows_stay_readable(
    monkeypatch: pytest.MonkeyPatch, original: bytes
) -> None:
    monkeypatch.setattr("adm_sync.workbook.annotation.annotating.MOST_COMMENTS", 1)
    copy = marked(original, DATE, VENUE)
    assert set(comments(copy)) == {"J5"}
    assert color(opened(copy)["Import"]["H4"]) == Tone.CAREFUL.value
    assert opened(copy)[FINDINGS_SHEET].max_row == 3


def test_status_and_finding_stay_in_sight_and_can_be_filtered_and_printed(copy: bytes) -> None:
    book = opened(copy)
    sheet = book["Import"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:{sheet.dimensions.split(':')[1]}"
    for one in (sheet, book[FINDINGS_SHEET]):
        assert one.page_setup.orientation == "landscape"
        assert one.print_title_rows == "$1:$1"
    assert sheet.print_title_cols == "$A:$B"


def test_what_refers_to_the_sheet_moves_with_it(original: bytes) -> None:
    book: Any = opened(original)
    sheet, lookup = book["Import"], book["Lookup"]
    lookup["D4"] = '=Import!B4&SUM(Import!$P$4:P9)&COUNTA(Import!A:A)&B4&"Import!B4"'
    book.defined_names["Titles"] = DefinedName("Titles", attr_text="Import!$B$4:$B$9")
    sheet.add_data_validation(
        DataValidation("custom", formula1="COUNTIF($B$4:$B4,B4)=1", sqref="B4")
    )
    sheet.column_dimensions.group("C", "E", hidden=True)
    sheet.auto_filter.ref = "B1:F9"
    sheet.auto_filter.add_filter_column(1, ["London"])
    sheet["B4"].hyperlink = "https://learn.larkfield.example"
    book = opened(marked(marked(saved(book)), there(DATE)))

    sheet = book["Import"]
    assert book["Lookup"]["D4"].value == (
        '=Import!D4&SUM(Import!$R$4:R9)&COUNTA(Import!C:C)&B4&"Import!B4"'
    )
    assert book.defined_names["Titles"].attr_text == "Import!$D$4:$D$9"
    checks = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert checks["D4"] == "COUNTIF($D$4:$D4,D4)=1"
    hidden = sheet.column_dimensions["E"]
    assert (hidden.min, hidden.max, hidden.hidden) == (5, 7, True)
    assert sheet.auto_filter.filterColumn[0].colId == 4
    assert sheet["D4"].hyperlink.ref == "D4"


def test_a_message_that_names_cells_names_those_of_the_copy(original: bytes) -> None:
    merged = told(Place("Import", 5, 5), "error", "merged_cells", "The cells F5:F6 are merged.")
    said = told(Place("Import", 5, 5), "error", "venue_unknown", "'F5:F6' is no venue.")
    sheet = opened(marked(original, merged, said))[FINDINGS_SHEET]
    assert [sheet[f"H{row}"].value for row in (2, 3)] == [
        "The cells H5:H6 are merged.",
        "'F5:F6' is no venue.",
    ]


def test_a_copy_with_its_status_on_the_right_gets_both_columns_in_front(original: bytes) -> None:
    book: Any = opened(original)
    book["Import"]["AJ1"] = STATUS_HEADER
    book["Import"]["AJ4"] = "rejected: 1 error"
    copy = marked(saved(book), outcomes={4: Outcome("created")})
    sheet = opened(copy)["Import"]
    assert (sheet["A1"].value, sheet["A4"].value) == (STATUS_HEADER, "created")
    assert (sheet["AL1"].value, sheet["AL4"].value) == (None, None)
    assert values(copy) == values(original)


def test_a_rejected_row_without_a_finding_says_where_it_is(original: bytes) -> None:
    outcomes = {4: Outcome("rejected", "row 5: Wrong."), 5: Outcome("rejected", "row 5: Wrong.")}
    two = told(Place("Import", 5, 8), "warning", "w", "Odd.")
    sheet = opened(marked(original, two, DATE, outcomes=outcomes))["Import"]
    assert sheet["B4"].value == "See row 5."
    assert sheet["B5"].value == "The session is after the LMS end. Check the year. (and 1 more)"


def test_charts_and_tables_move_and_nothing_stands_beyond_the_last_column(original: bytes) -> None:
    book: Any = opened(original)
    sheet = book["Import"]
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=16, min_row=4, max_row=5))
    book["Lookup"].add_chart(chart, "D9")
    sheet.add_table(ExcelTable(displayName="Events", ref="A1:E5"))
    sheet["XFD9"].font = Font(bold=True)
    sheet.merge_cells("XFA9:XFD9")
    book = opened(marked(saved(book), DATE))
    sheet = book["Import"]
    assert book["Lookup"]._charts[0].series[0].val.numRef.f == "'Import'!$R$4:$R$5"
    assert sheet.tables["Events"].ref == "C1:G5"
    assert sheet.auto_filter.ref is None
    assert sheet.max_column <= 16_384
    assert [str(one) for one in sheet.merged_cells.ranges] == ["XFC9:XFD9"]
