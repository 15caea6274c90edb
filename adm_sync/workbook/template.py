"""A fresh workbook to fill in, whose drop-downs hold what there is to choose from.

What belongs here: the sheets of events and of lists. What does not: how each column looks
(`columns`), the sheet of instructions (`instructions`), and where the lists come from.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.columns import Column
from adm_sync.workbook.entries import Entry, Form
from adm_sync.workbook.examples import Example, examples
from adm_sync.workbook.guide import how_to_write, must_be_filled_on
from adm_sync.workbook.instructions import add_instructions, dress
from adm_sync.workbook.writing import cell_at, print_on_landscape, sized, write_text

IMPORT_SHEET = "Import"
LISTS_SHEET = "Lists"
NO_VENUE_YET = "To be confirmed"
FIRST_DATA_ROW = 4
# As far as the drop-downs reach; a sitting has some 1,300 rows.
LAST_LISTED_ROW = 5_000
WIDEST = 60
CENTRED = Alignment(horizontal="center")

_GUIDANCE_FILL = PatternFill("solid", fgColor="FFF3F5F7")
_GUIDANCE_FONT = Font("Calibri", 11, italic=True, color="FF6B7280")
# What a cell of a form must at least be, as Excel counts: 2000, midnight, none.
_CHECKS: Mapping[Form, tuple[Literal["date", "time", "whole"], str]] = MappingProxyType(
    {
        Form.DATE: ("date", "36526"),
        Form.DEADLINE: ("date", "36526"),
        Form.CLOCK: ("time", "0"),
        Form.COUNT: ("whole", "0"),
    }
)
_CHOOSE = (
    "Choose one from the list. It holds what is known on both sides (sheet Lists, {}). If yours is "
    "not there, ask your data administrator to add it, and for a fresh template."
)
_EDGE = Border(bottom=Side("thin", color="FFB8C2CC"))


@dataclass(frozen=True, slots=True)
class TemplateLists:
    """What the drop-downs offer, each in the order in which it is shown.

    `zones` are as the workbook writes them (`Europe - London`), `sittings` too (`2027A`). `as_of`
    is the day on which all this was so.
    """

    templates: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    instructors: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    sittings: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    as_of: date | None = None


def template_bytes(lists: TemplateLists) -> bytes:
    """An .xlsx file to fill in: how to, headers, examples, formats, and drop-downs from `lists`."""
    target = io.BytesIO()
    book = template_book(lists)
    add_instructions(book, lists.as_of)
    for row, example in enumerate(examples(), start=FIRST_DATA_ROW):
        _write_example(book[IMPORT_SHEET], row, example)
    book.save(target)
    return target.getvalue()


def template_book(lists: TemplateLists) -> Workbook:
    """The template without instructions and examples, as a workbook of openpyxl.

    `FIRST_DATA_ROW` is where its events begin.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    table = book.create_sheet(IMPORT_SHEET)
    _write_columns(table)
    names = _write_lists(book, lists)
    _add_checks(table, names)
    return book


def _write_columns(table: Worksheet) -> None:
    for position, column in enumerate(Column, start=1):
        entry = column.entry
        _write_header(cell_at(table, 1, position), column)
        if column is not Column.UNNAMED:
            for row, text in ((2, f"e.g. {entry.example}"), (3, entry.form.guidance)):
                _write_guidance(cell_at(table, row, position), text)
                # Whoever types over it must find the format of the column.
                cell_at(table, row, position).number_format = entry.form.number_format
        dimension = table.column_dimensions[get_column_letter(position)]
        dimension.width = entry.width
        dimension.number_format = entry.form.number_format
        if entry.is_centred:
            dimension.alignment = CENTRED
    table.row_dimensions[1].height = 32
    table.freeze_panes = "C2"
    print_on_landscape(table, header_row=1, titles="A:B")


def _write_header(cell: Cell, column: Column) -> None:
    write_text(cell, column.value)
    dress(cell, is_needed=bool(column.entry.needed))
    cell.comment = sized(_note(column))
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.border = _EDGE


def _note(column: Column) -> str:
    entry = column.entry
    needed = must_be_filled_on(column)
    must = f"Must be filled on: {needed}." if needed else f"May be blank: {entry.blank}."
    return f"{entry.about}\n{how_to_write(column)}\n{must}"


def _write_example(table: Worksheet, row: int, example: Example) -> None:
    for position, column in enumerate(Column, start=1):
        cell = cell_at(table, row, position)
        cell.number_format = column.entry.form.number_format
        cell.font = _GUIDANCE_FONT
        if column in example:
            cell.value = example[column]
        if column.entry.is_centred:
            cell.alignment = CENTRED


def _write_guidance(cell: Cell, text: str) -> None:
    write_text(cell, text)
    cell.font = _GUIDANCE_FONT
    cell.fill = _GUIDANCE_FILL
    cell.border = _EDGE


def _by_heading(lists: TemplateLists) -> dict[str, tuple[str, ...]]:
    """The lists by the headings that `columns` names; a name once, though two towns have it."""
    headings: Mapping[str, Iterable[str]] = {
        "Course templates": lists.templates,
        "Locations": lists.locations,
        "Venues": (NO_VENUE_YET, *lists.venues),
        "Time zones": lists.zones,
        "Instructors": lists.instructors,
        "Event administrators": lists.administrators,
        "Sittings": lists.sittings,
    }
    return {heading: tuple(dict.fromkeys(names)) for heading, names in headings.items()}


def _write_lists(book: Workbook, lists: TemplateLists) -> dict[str, str]:
    """Returns the defined name of each list that is not empty, by its heading."""
    sheet = book.create_sheet(LISTS_SHEET)
    sheet.freeze_panes = "A2"
    if lists.as_of:
        # To the right of the lists, which are read by their place.
        _write_heading(cell_at(sheet, 1, 9), f"As of {lists.as_of:%d/%m/%Y}")
        sheet.column_dimensions["I"].width = 20
    defined = {}
    for position, (heading, names) in enumerate(_by_heading(lists).items(), start=1):
        letter = get_column_letter(position)
        _write_heading(cell_at(sheet, 1, position), heading)
        for row, name in enumerate(names, start=2):
            write_text(cell_at(sheet, row, position), name)
        sheet.column_dimensions[letter].width = min(WIDEST, max(map(len, (heading, *names))) + 3)
        if names:
            defined[heading] = heading.replace(" ", "_")
            book.defined_names[defined[heading]] = DefinedName(
                defined[heading], attr_text=f"{LISTS_SHEET}!${letter}$2:${letter}${len(names) + 1}"
            )
    return defined


def _write_heading(cell: Cell, heading: str) -> None:
    write_text(cell, heading)
    dress(cell, is_needed=False)


def _add_checks(table: Worksheet, names: Mapping[str, str]) -> None:
    """Cells refuse what an import would refuse, as far as Excel can tell, and say what helps.

    Lists are referred to by defined names: Excel keeps a plain reference to another sheet in an
    extension of the file, which other programs drop.
    """
    for position, column in enumerate(Column, start=1):
        check = _list_check(column.entry, names) or _value_check(column.entry)
        if check is not None:
            letter = get_column_letter(position)
            check.add(f"{letter}{FIRST_DATA_ROW}:{letter}{LAST_LISTED_ROW}")
            check.allow_blank = True
            check.errorTitle = column.value
            table.add_data_validation(check)


def _list_check(entry: Entry, names: Mapping[str, str]) -> DataValidation | None:
    """A drop-down, if there is a list. One of people only offers: a cell may hold several. So does
    one of time zones, as there are more."""
    source = '"' + ",".join(entry.form.fixed) + '"' if entry.form.fixed else None
    source = source or names.get(entry.choices or "")
    if source is None:
        return None
    error = "Choose one from the list." if entry.form.fixed else _CHOOSE.format(entry.choices)
    insists = entry.form not in (Form.PEOPLE, Form.ZONE)
    return DataValidation("list", formula1=source, showErrorMessage=insists, error=error)


def _value_check(entry: Entry) -> DataValidation | None:
    kind, least = _CHECKS.get(entry.form, (None, None))
    if kind:
        check = DataValidation(kind, operator="greaterThanOrEqual", formula1=least)
    elif entry.length:
        check = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(entry.length))
    else:
        return None
    check.error = entry.form.how if kind else f"At most {entry.length} characters."
    check.showErrorMessage = True
    return check
