"""What cells mean, as Excel, LibreOffice, openpyxl and other programs write them."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adm_sync.workbook.file.parsing import Unpacker, pack
from adm_sync.workbook.file.texts import LONGEST_TEXT
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.sheet import ErrorValue, NoValue, Raw, Row
from adm_sync_tests.workbook.files import (
    DATE,
    DURATION,
    PLAIN,
    RED,
    STRUCK,
    TIME,
    at,
    cells,
    edited,
    events,
    read_here,
    rows_by_hand,
    saved,
    table_of,
    workbook,
)


def one(cell: str, **others: Any) -> Raw:
    """The value of a cell from its XML; beside it stands a text, so that the row is there."""
    (row,) = rows_by_hand(f'<row r="3">{cell}<c r="Z3" t="str"><v>end</v></c></row>', **others)
    assert row.number == 3
    return row.cell(0)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A3"><v>5</v></c>', 5),
        ('<c r="A3" t="n"><v>5.0</v></c>', 5.0),
        ('<c r="A3"><v>1.5E-2</v></c>', 0.015),
        ('<c r="A3"><v>0.3749999</v></c>', 0.3749999),
        ('<c r="A3"><v>1e999</v></c>', ErrorValue("#NUM!")),
        ('<c r="A3"><v>ten</v></c>', "ten"),
        ('<c r="A3" t="b"><v>1</v></c>', True),
        ('<c r="A3" t="b"><v>false</v></c>', False),
        ('<c r="A3" t="e"><v>#N/A</v></c>', ErrorValue("#N/A")),
        ('<c r="A3" t="str"><v>007</v></c>', "007"),
        ('<c r="A3" t="s"><v>1</v></c>', "rich text"),
        ('<c r="A3" t="s"><v>0</v></c>', "NA"),
        ('<c r="A3" t="inlineStr"><is><t> a </t></is></c>', " a "),
        ('<c r="A3" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', "ab"),
        ('<c r="A3" t="inlineStr"><is><t>a</t><rPh><t>x</t></rPh></is></c>', "a"),
        ('<c r="A3" t="inlineStr"><is/></c>', None),
        ('<c r="A3" t="str"><v>a_x000D_b_x005F_x000D_</v></c>', "a\rb_x000D_"),
        ('<c r="A3" t="str"><v>_xD83D__xDE00_ _xD83D_</v></c>', "\U0001f600 \ufffd"),
        (f'<c r="A3" s="{DATE}"><v>46035</v></c>', at(2026, 1, 13)),
        (f'<c r="A3" s="{DATE}"><v>46035.5</v></c>', at(2026, 1, 13, 12)),
        (f'<c r="A3" s="{DATE}"><v>1E10</v></c>', 1e10),
        (f'<c r="A3" s="{TIME}"><v>0.375</v></c>', time(9)),
        (f'<c r="A3" s="{TIME}"><v>0</v></c>', time(0)),
        (f'<c r="A3" s="{DURATION}"><v>1.5</v></c>', timedelta(hours=36)),
        (f'<c r="A3" s="{DATE}" t="d"><v>2026-01-13</v></c>', date(2026, 1, 13)),
        (
            f'<c r="A3" s="{DATE}" t="d"><v>2026-01-13T09:30:00Z</v></c>',
            at(2026, 1, 13, 9, 30),
        ),
        (f'<c r="A3" s="{TIME}" t="d"><v>09:30:00</v></c>', time(9, 30)),
        (f'<c r="A3" s="{TIME}" t="d"><v>1899-12-30T09:30:00</v></c>', time(9, 30)),
        (f'<c r="A3" s="{DURATION}" t="d"><v>1899-12-31T12:00:00</v></c>', timedelta(hours=36)),
        ('<c r="A3" t="d"><v>2026-13-45</v></c>', "2026-13-45"),
        ('<c r="A3"><f>NOW()</f></c>', NoValue("NOW()")),
        ('<c r="A3"><f>NOW()</f><v/></c>', NoValue("NOW()")),
        ('<c r="A3" t="str"><f>IF(B1="","",B1)</f><v></v></c>', ""),
        ('<c r="A3"><f aca="false">1+1</f><v>2</v></c>', 2),
        ('<c r="A3" s="4"/>', None),
        ('<c r="A3"><v></v></c>', None),
    ],
)
def test_cells_mean_what_excel_shows(cell: str, value: Raw) -> None:
    strings = "<si><t>NA</t></si><si><r><t>rich</t></r><r><t> text</t></r></si>"
    found = one(cell, strings=strings)
    assert (type(found), found) == (type(value), value)
    assert one(cell, strings=strings, strict=True) == value


def test_dates_of_the_1904_system_are_right() -> None:
    attributes = 'date1904="1"'
    assert one(f'<c r="A3" s="{DATE}"><v>44573</v></c>', properties=attributes) == at(2026, 1, 13)
    assert one(f'<c r="A3" s="{TIME}"><v>0.5</v></c>', properties=attributes) == time(12)


def test_dates_of_the_1904_system_are_right_as_openpyxl_writes_them() -> None:
    book = workbook(("Import", [cells(), cells()]))
    book.epoch = CALENDAR_MAC_1904
    assert read_here(saved(book)).sheets[0].rows[0].cell(7) == at(2026, 1, 13)


def test_formulas_are_told_apart_by_whether_they_have_a_value() -> None:
    (row,) = rows_by_hand(
        '<row r="7"><c r="B7"><f>1+1</f><v>2</v></c><c r="C7"><f>1+1</f></c>'
        '<c r="D7" t="str"><f t="shared" si="0" ref="D7:E7">B7&amp;"x"</f><v>2x</v></c>'
        '<c r="E7"><f t="shared" si="0"/></c><c r="F7" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    assert row.cells == (
        None,
        2,
        NoValue("1+1"),
        "2x",
        NoValue('B7&"x"'),
        ErrorValue("#DIV/0!"),
    )
    assert row.formulas == (1, 3, 5)


def test_rows_and_cells_without_numbers_follow_each_other() -> None:
    rows = rows_by_hand(
        "<row><c><v>1</v></c><c><v>2</v></c></row><row/>"
        '<row><c r="C3"><v>3</v></c><c><v>4</v></c></row><row r="9"><c><v>5</v></c></row>'
    )
    assert [(row.number, row.cells) for row in rows] == [
        (1, (1, 2)),
        (3, (None, None, 3, 4)),
        (9, (5,)),
    ]


def test_cells_out_of_order_stand_where_they_belong() -> None:
    (row,) = rows_by_hand('<row r="1"><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c></row>')
    assert row.cells == (1, None, 3)


@pytest.mark.parametrize(
    "sheet_data",
    [
        '<row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>',
        '<row r="2"/><row r="1"/>',
        '<row r="1048577"/>',
        '<row r="two"/>',
        '<row r="2"><c r="A7"><v>1</v></c></row>',
        '<row r="2"><c r="12"><v>1</v></c></row>',
        '<row r="2"><c r="ZZZZ2"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c t="s"><v>99</v></c></row>',
        '<row r="1"><c t="s"><v>x</v></c></row>',
        '<row r="1"><c t="new"><v>x</v></c></row>',
    ],
)
def test_a_sheet_whose_places_are_not_sure_is_refused(sheet_data: str) -> None:
    with pytest.raises(WorkbookRefused) as caught:
        rows_by_hand(sheet_data)
    assert caught.value.finding.code == "damaged_file"


def test_hidden_rows_are_told() -> None:
    rows = rows_by_hand(
        '<row r="1" hidden="1"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>'
        '<row r="3" hidden="true"><c><v>1</v></c></row>'
    )
    assert [row.hidden for row in rows] == [True, False, True]


@pytest.mark.parametrize(("style", "marked"), [(STRUCK, True), (RED, True), (PLAIN, False)])
def test_text_that_is_struck_through_or_red_is_told(style: int, marked: bool) -> None:
    (row,) = rows_by_hand(f'<row r="1"><c s="{style}" t="str"><v>London</v></c></row>')
    assert row.marked is marked


def test_numbers_and_blanks_are_not_marked() -> None:
    (row,) = rows_by_hand(
        f'<row r="1"><c s="{RED}"><v>1</v></c><c s="{STRUCK}"/><c s="{RED}" t="str"><v></v></c>'
        "</row>"
    )
    assert not row.marked


def test_blank_rows_are_no_rows_however_they_are_formatted() -> None:
    rows = rows_by_hand(
        f'<row r="1" s="4" customFormat="1"><c r="A1" s="{RED}"/><c r="B1" s="1"/></row>'
        '<row r="2"><c t="str"><v> \t\N{NO-BREAK SPACE}</v></c></row>'
        '<row r="3"><c t="str"><v>\N{ZERO WIDTH SPACE}\ufeff</v></c></row>'
        '<row r="4"><c t="str"><f>""</f><v></v></c></row>'
        '<row r="5"><c><f>NOW()</f></c><c r="Z5" s="1"/></row>'
    )
    assert [(row.number, row.cells) for row in rows] == [(5, (NoValue("NOW()"),))]


def test_a_cell_that_is_too_long_is_cut_one_character_beyond_the_limit() -> None:
    long = "a" * 200_000
    value = one(f'<c r="A3" t="inlineStr"><is><t>{long}</t></is></c>')
    assert value == "a" * LONGEST_TEXT
    assert one('<c r="A3" t="s"><v>0</v></c>', strings=f"<si><t>{long}</t></si>") == value


@pytest.mark.parametrize("dimension", ["A1:B2", "A1", "A1:XFD1048576", "nonsense"])
def test_a_wrong_used_range_loses_no_rows(dimension: str) -> None:
    data = events(*(cells(DAY=day) for day in range(1, 11)))
    wrong = edited(data, "xl/worksheets/sheet1.xml", ('ref="A1:AI13"', f'ref="{dimension}"'))
    assert table_of(wrong) == table_of(data)
    assert len(table_of(wrong).rows) == 10


def test_a_workbook_as_libreoffice_writes_it_is_read() -> None:
    rows = rows_by_hand(
        '<row r="1" customFormat="false" ht="12.8" hidden="false" customHeight="false" '
        'outlineLevel="0" collapsed="false"><c r="A1" s="0" t="s"><v>0</v></c>'
        f'<c r="B1" s="{DATE}" t="n"><v>46035</v></c><c r="C1" s="0" t="b"><v>1</v></c></row>',
        strings='<si><t xml:space="preserve">CB1 </t></si>',
        before='<sheetPr filterMode="false"><pageSetUpPr fitToPage="false"/></sheetPr>',
        after='<mergeCells count="1"><mergeCell ref="A9:B9"/></mergeCells>',
    )
    assert [row.cells for row in rows] == [("CB1 ", at(2026, 1, 13), True)]


def test_elements_of_other_vocabularies_are_passed_over() -> None:
    (row,) = rows_by_hand(
        '<row r="1"><c r="A1"><v>1</v><x:extra xmlns:x="urn:x"><x:v>2</x:v></x:extra></c></row>',
        after='<extLst xmlns:x="urn:x"><ext><x:c><x:v>9</x:v></x:c></ext></extLst>',
    )
    assert row.cells == (1,)


def test_merged_ranges_and_states_of_sheets_are_told() -> None:
    book = workbook(("Import", [cells()]), ("Lookup", [["a"]]))
    book["Import"].merge_cells("B2:C3")
    book["Lookup"].sheet_state = "veryHidden"
    book.create_chartsheet("Chart")
    first, second = read_here(saved(book)).sheets
    assert (first.title, first.state, first.merged) == ("Import", "visible", ("B2:C3",))
    assert (second.title, second.state, second.is_hidden) == ("Lookup", "veryHidden", True)


def test_of_a_sheet_without_the_headers_of_events_only_the_first_rows_are_read() -> None:
    data = saved(workbook(("Numbers", [[number] for number in range(1, 500)])))
    assert [row.cells for row in read_here(data).sheets[0].rows] == [
        (number,) for number in range(1, 31)
    ]


TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="_\ufffe\uffff"), max_size=12
).filter(lambda text: not text.startswith("="))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.integers(-(10**12), 10**12).map(lambda number: number / 1_000),  # whole ones become int
    TEXTS.filter(lambda text: text not in {"#N/A", "#REF!", "#NAME?", "#NULL!", "#NUM!"}),
    st.datetimes(at(1900, 3, 1), at(9999, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    st.times().map(lambda moment: moment.replace(microsecond=0)),
)


def as_read(row: Sequence[Any]) -> tuple[Raw, ...]:
    """What is left of a row in a file: nothing behind its last value, no empty text."""
    kept = list(row)
    while kept and kept[-1] in (None, ""):
        kept.pop()
    return tuple(None if value == "" else value for value in kept)


def is_seen(row: Sequence[Any]) -> bool:
    return any(
        value is not None and not (isinstance(value, str) and not value.strip()) for value in row
    )


@given(rows=st.dictionaries(st.integers(1, 60), st.lists(VALUES, max_size=6), max_size=8))
def test_what_openpyxl_writes_is_read_back_at_its_place(rows: dict[int, list[Any]]) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for number, row in rows.items():
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    stream = BytesIO()
    book.save(stream)
    book.close()
    found = {row.number: row.cells for row in read_here(stream.getvalue()).sheets[0].rows}
    wanted = {number: as_read(row) for number, row in sorted(rows.items()) if is_seen(row)}
    for number, row in found.items():
        assert tuple(None if cell == "" else cell for cell in row) == wanted[number]
        assert [isinstance(cell, bool) for cell in row] == [
            isinstance(value, bool) for value in wanted[number]
        ]
    # Rows of nothing but characters without a shape are blank too.
    assert all(
        all(value is None or not str(value).isascii() for value in wanted[number])
        for number in set(wanted) - set(found)
    )


RAWS = st.one_of(
    VALUES,
    st.text(max_size=5),
    st.text(max_size=5).map(ErrorValue),
    st.text(max_size=5).map(NoValue),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(
    st.builds(
        Row,
        st.integers(1, 1_048_576),
        st.lists(RAWS, max_size=8).map(tuple),
        st.booleans(),
        st.booleans(),
        st.lists(st.integers(0, 999), max_size=4).map(tuple),
    )
)
def test_rows_survive_the_way_from_the_child_process(row: Row) -> None:
    unpacker = Unpacker()
    for _ in range(2):
        found = unpacker.unpack(pack(row))
        assert found == row
        assert list(map(type, found.cells)) == list(map(type, row.cells))
