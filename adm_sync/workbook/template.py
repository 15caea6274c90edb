"""A fresh workbook to fill in, whose drop-downs hold what there is to choose from.

What belongs here: making it. What does not: how each column looks (`columns`), and where the lists
come from.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.annotation.safe_cells import cell_at, write_text
from adm_sync.workbook.columns import REQUIRED_HEADERS, Column
from adm_sync.workbook.entries import Entry

IMPORT_SHEET = "Import"
LISTS_SHEET = "Lists"
NO_VENUE_YET = "To be confirmed"
FIRST_DATA_ROW = 4
# As far as the drop-downs reach; a sitting has some 1,300 rows.
LAST_LISTED_ROW = 5_000
WIDEST = 60
CENTRED = Alignment(horizontal="center")

_REQUIRED_FILL = PatternFill("solid", fgColor="FF1F4E78")
_OPTIONAL_FILL = PatternFill("solid", fgColor="FFD9E2EC")
_GUIDANCE_FILL = PatternFill("solid", fgColor="FFF3F5F7")
_REQUIRED_FONT = Font("Calibri", 11, bold=True, color="FFFFFFFF")
_OPTIONAL_FONT = Font("Calibri", 11, bold=True, color="FF1F2933")
_GUIDANCE_FONT = Font("Calibri", 11, italic=True, color="FF6B7280")
_EDGE = Border(bottom=Side("thin", color="FFB8C2CC"))


@dataclass(frozen=True, slots=True)
class TemplateLists:
    """What the drop-downs offer, each in the order in which it is shown.

    `zones` are as the workbook writes them (`Europe - London`), `sittings` too (`2027A`).
    """

    templates: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    instructors: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    sittings: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


def template_bytes(lists: TemplateLists) -> bytes:
    """An .xlsx file without events: headers, guidance, formats, and drop-downs from `lists`."""
    target = io.BytesIO()
    template_book(lists).save(target)
    return target.getvalue()


def template_book(lists: TemplateLists) -> Workbook:
    """The template as a workbook of openpyxl; `FIRST_DATA_ROW` is where its events begin."""
    book = Workbook()
    book.remove(book.worksheets[0])
    table = book.create_sheet(IMPORT_SHEET)
    _write_columns(table)
    names = _write_lists(book, _by_heading(lists))
    _add_drop_downs(table, names)
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


def _write_header(cell: Cell, column: Column) -> None:
    write_text(cell, column.value)
    required = column in REQUIRED_HEADERS
    cell.font = _REQUIRED_FONT if required else _OPTIONAL_FONT
    cell.fill = _REQUIRED_FILL if required else _OPTIONAL_FILL
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.border = _EDGE


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


def _write_lists(book: Workbook, lists: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Returns the defined name of each list that is not empty, by its heading."""
    sheet = book.create_sheet(LISTS_SHEET)
    sheet.freeze_panes = "A2"
    defined = {}
    for position, (heading, names) in enumerate(lists.items(), start=1):
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
    cell.font = _OPTIONAL_FONT
    cell.fill = _OPTIONAL_FILL


def _add_drop_downs(table: Worksheet, names: Mapping[str, str]) -> None:
    """Drop-downs that offer and do not insist: a cell may hold several people, or a new name.

    They refer to the lists by defined names: Excel keeps a plain reference to another sheet in an
    extension of the file, which other programs drop.
    """
    for position, column in enumerate(Column, start=1):
        source = _source(column.entry, names)
        if source is not None:
            letter = get_column_letter(position)
            drop_down = DataValidation("list", formula1=source, showErrorMessage=False)
            drop_down.add(f"{letter}{FIRST_DATA_ROW}:{letter}{LAST_LISTED_ROW}")
            table.add_data_validation(drop_down)


def _source(entry: Entry, names: Mapping[str, str]) -> str | None:
    if entry.form.fixed:
        return '"' + ",".join(entry.form.fixed) + '"'
    return names.get(entry.choices or "")
