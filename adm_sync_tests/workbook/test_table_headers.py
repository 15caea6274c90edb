"""The row of headers, guidance below it, and what is wrong with columns."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.columns import REQUIRED_HEADERS as REQUIRED
from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.headers import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.sheet import Book, Raw, Row, Sheet
from adm_sync.workbook.sheets import KNOWN, guidance_rows, header_key
from adm_sync.workbook.table import Table, find_table
from adm_sync_tests.workbook.files import (
    EVENT,
    GUIDANCE,
    HEADERS,
    at,
    cells,
    edited,
    events,
    table_of,
)

PLACES = {column: place for place, column in enumerate(Column)}


def table_with(headers: Sequence[Any], *rows: Sequence[Any]) -> Table:
    """The table of a sheet with these headers in row 1 and these rows from row 2 on."""
    numbered = [Row(number, tuple(row)) for number, row in enumerate([headers, *rows], 1)]
    return find_table(Book("events.xlsx", (Sheet("Import", "visible", tuple(numbered)),)))


def refusal(headers: Sequence[Any], *rows: Sequence[Any]) -> Finding:
    with pytest.raises(WorkbookRefused) as caught:
        table_with(headers, *rows)
    return caught.value.finding


def changed(**headers: Any) -> list[Any]:
    """The template's headers with some replaced."""
    return [headers.get(column.name, column.value) for column in Column]


def refused_workbook(data: bytes) -> Finding:
    with pytest.raises(WorkbookRefused) as caught:
        table_of(data)
    return caught.value.finding


def test_every_header_of_the_template_is_known_and_told_apart() -> None:
    spellings = [spelling for column in NAMED for spelling in (column, *column.entry.spellings)]
    assert len(KNOWN) == len(spellings)
    table = table_with(HEADERS, cells())
    assert table.positions == {c: p for c, p in PLACES.items() if c is not Column.UNNAMED}


@pytest.mark.parametrize(
    "header",
    [
        "EVENT TITLE",
        "event_title",
        "Event  title",
        "Event\N{NO-BREAK SPACE}title",
        "Event\ntitle",
        " Event title: *",
        "Event-title",
        "\N{ZERO WIDTH SPACE}Event title\ufeff",
        "\N{FULLWIDTH LATIN CAPITAL LETTER E}vent title",
        "EventTitle",
    ],
)
def test_a_header_is_recognised_however_it_is_typed(header: str) -> None:
    assert KNOWN[header_key(header)] is Column.TITLE
    table = table_with(changed(TITLE=header), cells())
    assert (table.positions[Column.TITLE], table.findings) == (1, ())


@given(st.randoms(use_true_random=False), st.integers(0, 3), st.booleans())
def test_columns_in_any_order_are_found(shuffle: random.Random, above: int, guided: bool) -> None:
    order = list(Column)
    shuffle.shuffle(order)
    rows = [
        *[["Events of 2026"]] * above,
        order,
        *([[GUIDANCE[0][2]] * 2] if guided else []),
        [EVENT.get(column) for column in order],
    ]
    numbered = tuple(Row(number, tuple(row)) for number, row in enumerate(rows, 1))
    table = find_table(Book("events.xlsx", (Sheet("Any", "visible", numbered),)))
    assert table.header_row == above + 1
    assert [row.number for row in table.rows] == [len(rows)]
    assert {c: table.rows[0].cell(p) for c, p in table.positions.items()} == {
        column: EVENT.get(column) for column in Column if column is not Column.UNNAMED
    }
    assert table.findings == ()


@pytest.mark.parametrize(
    ("above", "guidance", "first"),
    [
        ((), GUIDANCE, 4),
        ((), (), 2),
        ((), GUIDANCE[:1], 3),
        ((), GUIDANCE[1:], 3),
        ((["Events of 2026"],), GUIDANCE, 5),
        ((["Events of 2026"], []), (), 4),
        ((), (*GUIDANCE, []), 5),
        ((), ([], *GUIDANCE), 5),
    ],
)
def test_row_numbers_are_exact_with_and_without_title_and_guidance(
    above: Sequence[Sequence[Any]], guidance: Sequence[Sequence[Any]], first: int
) -> None:
    data = events(cells(), [], cells(TITLE="Second"), above=above, guidance=guidance)
    assert [row.number for row in table_of(data).rows] == [first, first + 2]


@pytest.mark.parametrize(
    "row",
    [
        ["e.g. CB1_LO_6"],
        ["e.g. CB1_LO_6", "free-text"],
        [None, "Free text", None, "Drop-down list"],
        ["See the list", *[None] * 6, "dd/mm/yyyy", "hh:mm (24h)", "DD-MM-YY", "HH:MM"],
        ["mandatory", "E.g. CB1 London", *[None] * 5, "e.g. 13/01/2026", "e.g. 09:30"],
        [*[None] * 24, "Y/N", "e.g. 2026A"],
    ],
)
def test_guidance_is_recognised_by_what_it_says(row: Sequence[Raw]) -> None:
    assert guidance_rows([Row(2, tuple(row)), Row(3, tuple(cells()))], PLACES) == 1


@pytest.mark.parametrize(
    "row",
    [
        cells(),
        cells(EXTRA_INFORMATION="e.g. bring a calculator", RECORDINGS="Y/N"),
        cells(START_DATE="13/01/2026", TITLE="free-text", SITTING="e.g. 2026A"),
        cells(CODE=None, TITLE="text", VENUE="list", START_TIME="9.30am"),
        cells(START_DATE="13 Jan 2026", START_TIME=None, TITLE="text", VENUE="list"),
        ["TOTAL", "12"],
        [None, "Y/N", "London", *[None] * 17, 2],
        [*[None] * 3, "Blended", "London"],
    ],
)
def test_a_row_of_data_is_never_taken_for_guidance(row: Sequence[Raw]) -> None:
    whens = (Column.END_DATE, Column.LMS_START_DATE, Column.LMS_END_DATE, Column.LMS_START_TIME)
    plain = [
        None if place in {PLACES[when] for when in whens} else cell
        for place, cell in enumerate(row)
    ]
    assert guidance_rows([Row(2, tuple(row))], PLACES) == 0
    assert guidance_rows([Row(2, tuple(plain))], PLACES) == 0


@pytest.mark.parametrize(
    ("text", "rows"),
    [("jan" * 3_333 + "!", 1), ("1 am" * 2_500, 0), ("d/" * 5_000, 1), ("e.g" * 3_333, 1)],
)
def test_a_cell_made_to_be_compared_for_ever_is_compared_all_the_same(text: str, rows: int) -> None:
    row = Row(2, ("e.g. CB1", "free-text", *[text] * 9))
    assert guidance_rows([row], PLACES) == rows
    assert header_key(text) not in KNOWN


def test_headers_and_guidance_among_the_data_are_skipped_with_a_warning_each() -> None:
    table = table_with(HEADERS, cells(), HEADERS, *GUIDANCE, cells())
    assert [row.number for row in table.rows] == [2, 6]
    assert [(one.code, one.row) for one in table.findings] == [
        ("repeated_header", 3),
        ("repeated_guidance", 4),
        ("repeated_guidance", 5),
    ]


def exchanged(one: Column, other: Column) -> list[Column]:
    """The columns of the template, two of them in each other's place."""
    return [{one: other, other: one}.get(column, column) for column in Column]


@pytest.mark.parametrize(
    ("order", "where"),
    [
        (
            exchanged(Column.WEB_SALE, Column.RECORDINGS),
            "'Recordings' stands in column Y and 'Web sale' stands in column AB",
        ),
        (
            exchanged(Column.LOCATION, Column.VENUE),
            "'Venue' stands in column E and 'Location' stands in column F",
        ),
        (exchanged(Column.SITTING, Column.UNNAMED), "'Sitting' stands in column AH"),
    ],
)
def test_headers_repeated_in_other_columns_are_refused(order: Sequence[Column], where: str) -> None:
    finding = refusal(HEADERS, cells(), order, [EVENT.get(column) for column in order])
    assert (finding.code, finding.sheet, finding.row) == ("moved_headers", "Import", 3)
    assert finding.message == (
        f"Row 3 repeats the headers, but in other columns than row 1: {where}."
    )
    assert f"'{finding.header}' stands in column {finding.column}" in where


def test_a_header_repeated_beyond_those_that_are_read_is_refused() -> None:
    less = [column for column in Column if column is not Column.RECORDINGS]
    more = [*less, Column.RECORDINGS]
    finding = refusal(less, [EVENT.get(one) for one in less], [*less[:30], "Recordings"])
    assert (finding.code, finding.row) == ("moved_headers", 3)
    assert "'Recordings' stands in column AE" in finding.message
    first = [*less, "Room"]
    assert refusal(first, [*cells()], [*more]).code == "rows_above_headers"


def test_another_header_where_one_is_read_is_refused() -> None:
    finding = refusal(HEADERS, cells(), changed(LOCATION="Room number"), cells())
    assert (finding.code, finding.row) == ("moved_headers", 3)
    assert "'Room number' stands in column E" in finding.message


def test_headers_repeated_by_another_spelling_or_in_part_are_the_same_headers() -> None:
    spelt = [next(iter(one.entry.spellings), one.value) if one.value else "" for one in Column]
    table = table_with(HEADERS, cells(), spelt, cells(), HEADERS[:10], cells())
    assert [row.number for row in table.rows] == [2, 4, 6]
    assert [(one.code, one.row) for one in table.findings] == [
        ("repeated_header", 3),
        ("repeated_header", 5),
    ]


def test_a_part_of_the_headers_is_known_in_an_annotated_copy_too() -> None:
    table = table_with(
        [STATUS_HEADER, FINDING_HEADER, *HEADERS],
        ["", "", *cells()],
        ["", "The row repeats the headers; it is skipped.", *HEADERS[:4]],
        ["", "", *cells()],
    )
    assert [row.number for row in table.rows] == [2, 4]
    assert [(one.code, one.row) for one in table.findings] == [("repeated_header", 3)]


@pytest.mark.parametrize(
    "above",
    [
        [column for column in Column if column is not Column.RECORDINGS],
        list(Column)[:12],
        ["Evnt title", *list(Column)[8:14]],
        list(reversed(Column))[3:],
    ],
)
def test_data_above_the_row_of_headers_is_not_passed_over(above: Sequence[Column]) -> None:
    under = above if len(above) > 20 else list(Column)
    row = [EVENT.get(column) for column in under]
    headers = [getattr(one, "value", one) for one in above]
    finding = refusal(headers, row, row, HEADERS, cells())
    assert (finding.code, finding.row) == ("rows_above_headers", 2)
    assert finding.message == (
        "Data stands above the headers in row 4, where it would not be read: rows 2 and 3."
    )


def test_titles_notes_and_dates_above_the_headers_are_no_data() -> None:
    above = [
        ["Events of 2026"],
        [None] * 7 + [at(2026, 1, 2), "09:30"],
        ["Room", "London", 3],
        GUIDANCE[1],
    ]
    table = table_with(*above, HEADERS, *GUIDANCE, cells())
    assert (table.header_row, [row.number for row in table.rows]) == (5, [8])
    assert table_with(list(Column)[:9], *GUIDANCE, HEADERS, cells()).header_row == 4


def test_a_single_word_among_the_data_is_no_guidance() -> None:
    table = table_with(HEADERS, cells(), ["optional"])
    assert [row.number for row in table.rows] == [2, 3]


def test_all_missing_headers_are_named_with_what_may_be_meant() -> None:
    headers = changed(TITLE="Evnt titel", DAY="Remark", SITTING=None, ACCESS_DURATION=None)
    finding = refusal(headers, cells())
    assert (finding.code, finding.sheet, finding.row) == ("missing_headers", "Import", 1)
    assert finding.message == (
        "The required 3 headers are missing from row 1: 'Event title', 'Day' and 'Sitting'."
    )
    assert finding.suggestion == (
        "'Event title' may be column B, 'Evnt titel'. If the workbook is to have headers of its "
        "own, ask your data administrator to say how they are read: adm-sync columns FILE."
    )


def test_a_missing_header_without_anything_near_is_to_be_added() -> None:
    finding = refusal([header for header in HEADERS if header != "Day"], cells())
    assert finding.message == "The required header is missing from row 1: 'Day'."
    assert finding.suggestion == "Add these columns as the template has them."


@pytest.mark.parametrize("column", REQUIRED)
def test_every_required_header_is_required(column: Column) -> None:
    finding = refusal([header for header in HEADERS if header != column.value], cells())
    assert (finding.code, f"'{column.value}'" in finding.message) == ("missing_headers", True)


@pytest.mark.parametrize("column", [one for one in NAMED if one.entry.spellings])
def test_a_column_is_known_by_its_other_spellings(column: Column) -> None:
    for spelling in column.entry.spellings:
        headers = [spelling if one is column else one.value for one in Column]
        assert table_with(headers, cells()).positions[column] == list(Column).index(column)


def test_optional_headers_may_be_missing() -> None:
    table = table_with(list(REQUIRED), [EVENT.get(column) for column in REQUIRED])
    assert (set(table.positions), table.findings) == (set(REQUIRED), ())


def test_a_double_header_is_refused_with_both_columns() -> None:
    finding = refusal([*HEADERS, "location", "DAY"], cells())
    assert (finding.code, finding.row) == ("double_header", 1)
    assert "'Location' stands in columns E and AJ" in finding.message
    assert "'Day' stands in columns U and AK" in finding.message


def test_an_unknown_column_is_a_warning_once() -> None:
    table = table_with([*HEADERS, "Room\nnumber"], [*cells(), 1], [*cells(), 2])
    (finding,) = table.findings
    assert (finding.code, finding.severity) == ("unknown_column", "warning")
    assert (finding.row, finding.column, finding.header) == (1, "AJ", "Room number")


def test_the_status_column_of_an_annotated_copy_is_nothing_to_tell() -> None:
    table = table_with([*HEADERS, STATUS_HEADER], [*cells(), "imported"])
    assert (len(table.rows), table.findings) == (1, ())


def test_a_column_without_a_header_is_a_warning_only_if_it_holds_something() -> None:
    blank = cells(UNNAMED="\N{ZERO WIDTH SPACE} ")
    assert table_with(HEADERS, blank).findings == ()
    table = table_with(HEADERS, blank, cells(UNNAMED="note"), cells(UNNAMED="more"))
    (finding,) = table.findings
    assert (finding.code, finding.severity) == ("empty_header", "warning")
    assert (finding.row, finding.column, finding.value) == (3, "AH", "note")
    assert Column.UNNAMED not in table.positions


def test_values_right_of_all_headers_are_noticed() -> None:
    (finding,) = table_with(HEADERS, [*cells(), None, "note"]).findings
    assert (finding.code, finding.column) == ("empty_header", "AK")


def test_a_header_that_is_a_formula_or_rich_text_counts_by_what_it_shows() -> None:
    data = edited(
        events(),
        "xl/worksheets/sheet1.xml",
        (
            '<c r="B1" t="inlineStr"><is><t>Event title</t></is></c>',
            '<c r="B1" t="str"><f>"Event"&amp;" title"</f><v>Event title</v></c>',
        ),
        (
            '<c r="E1" t="inlineStr"><is><t>Location</t></is></c>',
            '<c r="E1" t="inlineStr"><is><r><rPr><b/></rPr><t>Loca</t></r>'
            "<r><t>tion</t></r></is></c>",
        ),
    )
    assert table_of(data) == table_of(events())


def test_a_header_whose_formula_has_no_value_is_missing() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B1"] = '="Event"&" title"'

    finding = refused_workbook(events(change=change))
    assert (finding.code, "'Event title'" in finding.message) == ("missing_headers", True)
    assert finding.suggestion == "Column B holds a formula without a value: paste its value."


def test_merged_headers_that_hide_none_are_a_warning() -> None:
    table = table_of(events(change=lambda sheet: sheet.merge_cells("AG1:AH1")))
    (finding,) = table.findings
    assert (finding.code, finding.severity, finding.row, finding.column) == (
        "merged_header",
        "warning",
        1,
        "AG",
    )
    assert "AG1:AH1" in finding.message


def test_merged_headers_that_hide_a_required_one_are_refused() -> None:
    finding = refused_workbook(events(change=lambda sheet: sheet.merge_cells("H1:I1")))
    assert (finding.code, finding.row) == ("merged_headers", 1)
    assert "H1:I1" in finding.message
    assert "'Classroom start time'" in finding.message


def test_headers_merged_with_the_row_above_are_read_as_they_are_shown() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["A1"] = "Course template code"
        sheet.merge_cells("A1:A2")

    table = table_of(events(above=([None, "Events of 2026"],), change=change))
    assert (table.header_row, table.positions[Column.CODE]) == (2, 0)
    assert [one.code for one in table.findings] == ["merged_header"]


def test_a_merged_title_above_the_headers_is_nothing_to_tell() -> None:
    data = events(above=(["Events of 2026"],), change=lambda sheet: sheet.merge_cells("A1:AI1"))
    assert table_of(data).findings == ()


def test_dates_and_numbers_are_no_headers() -> None:
    table = table_with([*HEADERS, at(2026, 1, 13), 5], cells())
    assert [(one.code, one.header) for one in table.findings] == [
        ("unknown_column", "13/01/2026"),
        ("unknown_column", "5"),
    ]
