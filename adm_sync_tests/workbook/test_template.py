"""The fresh template: what it looks like, and that it can be filled in and read."""

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from adm_sync.workbook.columns import REQUIRED_HEADERS as REQUIRED
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table, find_table
from adm_sync.workbook.template import FIRST_DATA_ROW, TemplateLists, template_bytes
from adm_sync_tests.workbooks import event

LISTS = TemplateLists(
    templates=("CB1_LO_6", "OC_CB1"),
    locations=("London", "Bristol"),
    venues=("Quayside House", "Bell Yard Rooms", "Quayside House"),
    instructors=("Agnes Tolliver", '=HYPERLINK("http://bad.example")', "+Plus", "@At", "-Dash"),
    administrators=("Marguerite Pellow",),
    sittings=("2027A", "2027S"),
)


def opened(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data))


def table_of(data: bytes) -> Table:
    content = Content("template.xlsx", data, "")
    return find_table(assemble(content, messages(content.name, data, 25, 1_000)))


def filled(book: Workbook) -> bytes:
    for position, column in enumerate(Column, start=1):
        book["Import"].cell(FIRST_DATA_ROW, position).value = event().get(column)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture(scope="module")
def book() -> Any:
    return opened(template_bytes(LISTS))


def choices(book: Any, letter: str) -> list[str] | str | None:
    """What the drop-down of a column offers, as Excel finds it."""
    for drop_down in book["Import"].data_validations.dataValidation:
        if f"{letter}{FIRST_DATA_ROW}" in drop_down.sqref:
            if drop_down.formula1.startswith('"'):
                return str(drop_down.formula1)
            area = book.defined_names[drop_down.formula1].attr_text
            sheet, _, cells = area.partition("!")
            return [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    return None


def test_the_headers_are_those_of_the_workbook_in_their_order(book: Any) -> None:
    headers = [cell.value or "" for cell in book["Import"][1]]
    assert headers == [column.value for column in Column]


def test_what_is_required_is_seen_by_its_color(book: Any) -> None:
    colors = {cell.value or "": cell.fill.fgColor.rgb for cell in book["Import"][1]}
    required = {colors[column.value] for column in REQUIRED}
    others = {colors[column.value] for column in Column if column not in REQUIRED}
    assert len(required) == 1
    assert not required & others


def test_the_headers_stay_in_sight_and_cells_have_the_format_of_their_column(book: Any) -> None:
    sheet = book["Import"]
    assert sheet.freeze_panes == "C2"
    formats = {letter: sheet.column_dimensions[letter].number_format for letter in ("H", "I", "M")}
    assert formats == {"H": "dd/mm/yyyy", "I": "@", "M": "hh:mm"}


def test_columns_of_text_are_formatted_as_text_and_those_of_dates_as_dates(book: Any) -> None:
    sheet = book["Import"]
    others = {column for column in Column if column.entry.form.number_format != "@"}
    dates = {column for column in Column if "date" in column.lower()}
    assert others - dates == {
        Column.LMS_START_TIME,
        Column.LMS_END_TIME,
        Column.MAX_PLACES,
        Column.DAY,
    }
    for position, column in enumerate(Column, start=1):
        letter = get_column_letter(position)
        expected = "dd/mm/yyyy" if column in dates else column.entry.form.number_format
        formats = {sheet.cell(row, position).number_format for row in (2, 3)}
        assert formats == {expected} or column is Column.UNNAMED
        assert sheet.column_dimensions[letter].number_format == expected


def test_the_drop_downs_offer_the_lists(book: Any) -> None:
    assert choices(book, "A") == ["CB1_LO_6", "OC_CB1"]
    assert choices(book, "D") == '"Blended,Classroom,Self Paced (LMS)"'
    assert choices(book, "E") == ["London", "Bristol"]
    assert choices(book, "F") == ["To be confirmed", "Quayside House", "Bell Yard Rooms"]
    assert choices(book, "R") == choices(book, "S") == list(LISTS.instructors)
    assert choices(book, "T") == ["Marguerite Pellow"]
    assert choices(book, "Y") == choices(book, "AF") == '"Y,N"'
    assert choices(book, "Z") == ["2027A", "2027S"]


def test_a_list_without_names_makes_no_drop_down(book: Any) -> None:
    assert choices(book, "G") is None
    assert choices(opened(template_bytes(TemplateLists())), "A") is None


def test_a_name_that_looks_like_a_formula_stays_a_text(book: Any) -> None:
    cells = [cell for row in book["Lists"].iter_rows() for cell in row if cell.value]
    risky = [cell for cell in cells if cell.value[0] in "=+-@"]
    assert len(risky) == 4
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in risky)
    assert not any(cell.quotePrefix for cell in cells if cell not in risky)


def test_a_name_that_no_file_can_hold_is_cleaned() -> None:
    book = opened(template_bytes(TemplateLists(locations=("Lon\x00d\x1fon\ud800",))))
    assert choices(book, "E") == ["London"]


def test_the_empty_template_has_no_rows_of_data() -> None:
    table = table_of(template_bytes(LISTS))
    assert table.rows == ()
    assert [finding.code for finding in table.findings] == ["no_rows"]


def test_a_filled_template_is_read_as_it_was_filled() -> None:
    table = table_of(filled(opened(template_bytes(LISTS))))
    assert [row.number for row in table.rows] == [FIRST_DATA_ROW]
    assert table.rows[0].cell(table.positions[Column.CODE]) == "CB1_LO_6"
    assert table.rows[0].cell(table.positions[Column.MAX_PLACES]) == 14
    assert table.findings == ()
