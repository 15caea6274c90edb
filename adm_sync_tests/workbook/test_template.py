"""The fresh template: what it looks like, and that it can be filled in and read."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from adm_sync.workbook.checking import Checked, check
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import Form
from adm_sync.workbook.examples import examples
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.guide import IN_SHORT
from adm_sync.workbook.instructions import SHEET
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table, find_table
from adm_sync.workbook.template import (
    FIRST_DATA_ROW,
    TemplateLists,
    template_book,
    template_bytes,
)
from adm_sync_tests.workbook.tables import checked
from adm_sync_tests.workbook.tables import event as workbooks_event
from adm_sync_tests.workbooks import event, session

LISTS = TemplateLists(
    templates=("CB1_LO_6", "OC_CB1"),
    locations=("London", "Bristol"),
    venues=("Quayside House", "Bell Yard Rooms", "Quayside House"),
    instructors=("Agnes Tolliver", '=HYPERLINK("http://bad.example")', "+Plus", "@At", "-Dash"),
    administrators=("Marguerite Pellow",),
    sittings=("2027A", "2027S"),
    as_of=date(2026, 11, 21),
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
        if f"{letter}{FIRST_DATA_ROW}" in drop_down.sqref and drop_down.type == "list":
            if drop_down.formula1.startswith('"'):
                return str(drop_down.formula1)
            area = book.defined_names[drop_down.formula1].attr_text
            sheet, _, cells = area.partition("!")
            return [cell.value for (cell,) in book[sheet][cells.replace("$", "")]]
    return None


def test_the_headers_are_those_of_the_workbook_in_their_order(book: Any) -> None:
    headers = [cell.value or "" for cell in book["Import"][1]]
    assert headers == [column.value for column in Column]


def test_what_must_be_filled_is_seen_by_its_color_and_said_in_a_note(book: Any) -> None:
    cells = {cell.value or "": cell for cell in book["Import"][1]}
    needed = {cells[column].fill.fgColor.rgb for column in NAMED if column.entry.needed}
    others = {cells[column].fill.fgColor.rgb for column in NAMED if not column.entry.needed}
    assert len(needed) == len(others) == 1
    assert needed != others
    for column in NAMED:
        about, *_, last = cells[column].comment.text.split("\n")
        assert about == column.entry.about
        assert last.startswith("Must be filled on: " if column.entry.needed else "May be blank: ")
    assert cells[Column.DAY].comment.text.endswith("blended events, classroom events, sessions.")


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


def test_cells_refuse_what_an_import_refuses_and_say_what_helps(book: Any) -> None:
    checks = {
        column: found[0]
        for position, column in enumerate(Column, start=1)
        if (found := checks_of(book, f"{get_column_letter(position)}{FIRST_DATA_ROW}"))
    }
    assert {column for column, check in checks.items() if not check.showErrorMessage} == {
        column for column in checks if column.entry.form in (Form.PEOPLE, Form.ZONE)
    }
    assert all(check.error and len(check.error) < 256 for check in checks.values())
    assert all(check.allow_blank for check in checks.values())
    assert "ask your data administrator to add it" in checks[Column.VENUE].error
    assert (checks[Column.START_DATE].type, checks[Column.DAY].type) == ("date", "whole")
    assert checks[Column.TITLE].formula1 == "255"
    assert not checks_of(book, "A2")


def checks_of(book: Any, cell: str) -> list[Any]:
    return [one for one in book["Import"].data_validations.dataValidation if cell in one.sqref]


def test_the_first_sheet_says_how_to_fill_it_in_and_how_old_the_lists_are(book: Any) -> None:
    assert book.sheetnames == [SHEET, "Import", "Lists"]
    assert book.active.title == SHEET
    texts = {str(cell.value) for row in book[SHEET].iter_rows() for cell in row if cell.value}
    assert "The lists are those of 21/11/2026." in texts
    assert texts >= {f"\N{BULLET} {sentence}" for sentence in IN_SHORT}
    assert texts >= {column.value for column in NAMED}
    assert book["Lists"]["I1"].value == "As of 21/11/2026"


def test_the_sheets_are_printed_on_landscape_pages_with_their_headers(book: Any) -> None:
    sheet = book["Import"]
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"


def test_the_template_alone_has_no_rows_of_data() -> None:
    table = table_of(template_bytes(LISTS))
    assert table.rows == ()
    assert [one.code for one in table.findings] == ["no_rows"]


def with_examples(*below: dict[Column, object], **cells: object) -> Checked:
    """What is found in the template with other cells in its first row, and rows under it."""
    book = template_book(LISTS)
    head = {Column[name.upper()]: value for name, value in cells.items()}
    first, *others = examples()
    for number, row in enumerate([{**first, **head}, *others, *below], start=FIRST_DATA_ROW):
        for position, column in enumerate(Column, start=1):
            book["Import"].cell(number, position).value = row.get(column)
    target = io.BytesIO()
    book.save(target)
    return check(table_of(target.getvalue()), today=date(2026, 11, 21))


def test_examples_that_nobody_has_touched_are_not_looked_at() -> None:
    done = with_examples(event())
    assert [(group.rows, group.verdict) for group in done.groups] == [((8,), "accepted")]
    assert (done.findings, done.rows) == ((), 1)


@pytest.mark.parametrize("cells", [{"max_places": 15}, {"title": "EXAMPLE", "venue": None}])
def test_an_example_that_was_changed_is_skipped_and_told_of(cells: dict[str, object]) -> None:
    done = with_examples(event(), **cells)
    assert [(group.rows, group.verdict) for group in done.groups] == [
        ((4, 5, 6), "skipped"),
        ((8,), "accepted"),
    ]
    found, *_ = done.findings
    assert (found.code, found.row, found.column) == ("skipped_by_title", 4, "B")
    title = cells.get("title", "EXAMPLE CB1 London 27A-01")
    reason = "its title begins with EXAMPLE."
    assert found.message == f"The event '{title}' is skipped with its 3 sessions: {reason}"


def test_a_session_under_an_example_is_not_another_events() -> None:
    done = with_examples(session(event(), 2))
    assert [(group.rows, group.verdict) for group in done.groups] == [((7, 8), "skipped")]
    assert [(one.code, one.row) for one in done.findings] == [("skipped_by_title", 7)]


def test_the_examples_are_right() -> None:
    rows = [
        {
            column: value.removeprefix("EXAMPLE ") if isinstance(value, str) else value
            for column, value in row.items()
        }
        for row in examples()
    ]
    outcome = checked(*rows, today=date(2026, 11, 21))
    assert [group.verdict for group in outcome.groups] == ["accepted", "accepted"]
    assert outcome.findings == ()


@pytest.mark.parametrize("title", ["EXAMPLES of CB1", "Example CB1 27A", "An EXAMPLE"])
def test_only_a_title_that_begins_with_the_word_is_an_examples(title: str) -> None:
    outcome = checked(workbooks_event(title))
    assert [group.verdict for group in outcome.groups] == ["accepted"]


def test_a_filled_template_is_read_as_it_was_filled() -> None:
    table = table_of(filled(template_book(LISTS)))
    assert [row.number for row in table.rows] == [FIRST_DATA_ROW]
    assert table.rows[0].cell(table.positions[Column.CODE]) == "CB1_LO_6"
    assert table.rows[0].cell(table.positions[Column.MAX_PLACES]) == 14
    assert table.findings == ()
