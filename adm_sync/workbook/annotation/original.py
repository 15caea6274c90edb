"""Loading a workbook to write it again, with as little lost as openpyxl allows.

What belongs here: what openpyxl drops or changes when it loads and saves, mended. What does not:
what is written into it (`annotating`).

openpyxl keeps formats, drop-downs, conditional formats, tables, defined names, charts and
comments, but for their size; macros too, in an .xlsm file. It loses the values of formulas,
drop-downs that Excel keeps in an extension of the file (both are mended here), and for good:
sparklines, data bars of newer kinds, text boxes and pictures.
"""

import html
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles.numbers import is_date_format
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from adm_sync.workbook.annotation.odd_cells import odd_cells_understood
from adm_sync.workbook.annotation.safe_cells import FORMULA_STARTS, quote
from adm_sync.workbook.annotation.usual_layout import usual_layout
from adm_sync.workbook.file.package import Package
from adm_sync.workbook.sheet import Content

_EXTENDED = re.compile(rb"<x14:dataValidation\b([^>]*)>(.*?)</x14:dataValidation>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_FORMULA = re.compile(r"<x14:formula([12])>\s*<xm:f>(.*?)</xm:f>", re.DOTALL)
_PLACES = re.compile(r"<xm:sqref>(.*?)</xm:sqref>", re.DOTALL)
_FLAGS = ("allowBlank", "showErrorMessage", "showInputMessage", "showDropDown")
_TEXTS = ("errorStyle", "errorTitle", "error", "promptTitle", "prompt", "operator", "type")
_FORMATS: dict[str, str] = {"date": "dd/mm/yyyy", "datetime": "dd/mm/yyyy hh:mm", "time": "hh:mm"}


def load_original(content: Content, sheet: str) -> Workbook:
    """The workbook, ready to be changed and saved.

    On `sheet` the formulas are replaced by the values they were saved with: openpyxl would save
    them without, and the copy could not be imported. One that has no value stays a formula.
    """
    content = replace(content, data=usual_layout(content.data))
    with warnings.catch_warnings(), odd_cells_understood():
        # What it cannot keep, which the module's docstring says.
        warnings.simplefilter("ignore")
        book = load_workbook(
            io.BytesIO(content.data),
            rich_text=True,
            keep_vba=content.name.lower().endswith(".xlsm"),
        )
        for worksheet in book.worksheets:
            for cell in cells(worksheet):
                _keep_type(cell)
        _restore_values(content, book[sheet])
        _restore_drop_downs(content, book)
    return book


def cells(sheet: Worksheet) -> Iterator[Cell]:
    """The cells that there are.

    Rows and columns are no way to go: a cell far away makes them millions, all of which openpyxl
    would create.
    """
    for cell in list(sheet._cells.values()):
        if isinstance(cell, Cell):
            yield cell


def _keep_type(cell: Cell) -> None:
    value = cell.value
    if isinstance(value, str):
        if cell.data_type == "s" and value.startswith(FORMULA_STARTS):
            quote(cell)
    elif cell.data_type == "d" and not is_date_format(cell.number_format):
        # A date by type, not by format (ECMA-376 part 1, 18.18.11), is saved as a number.
        cell.number_format = _FORMATS.get(type(value).__name__, "[h]:mm:ss")


def _restore_values(content: Content, sheet: Worksheet) -> None:
    formulas = {(cell.row, cell.column): cell for cell in cells(sheet) if cell.data_type == "f"}
    if not formulas:
        return
    values = load_workbook(io.BytesIO(content.data), read_only=True, data_only=True)
    try:
        table: Any = values[sheet.title]
        # What the file says about its size may be wrong, and cost rows.
        table.reset_dimensions()
        for row in table.iter_rows():
            for found in row:
                if found.value is not None and (found.row, found.column) in formulas:
                    _set_value(formulas[found.row, found.column], found)
    finally:
        values.close()


def _set_value(cell: Cell, found: Any) -> None:
    cell.value = found.value
    if isinstance(found.value, str):
        cell.data_type = found.data_type
        if found.data_type == "s" and found.value.startswith(FORMULA_STARTS):
            quote(cell)


def _restore_drop_downs(content: Content, book: Workbook) -> None:
    """Put the validations of the extension among the ordinary ones, which Excel reads as well.

    Excel writes those that refer to another sheet as x14:dataValidation ([MS-XLSX] 2.6.13).
    """
    with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        package = Package(archive)
        for part in package.workbook().sheets:
            sheet = book[part.title] if part.title in book.sheetnames else None
            if not isinstance(sheet, Worksheet):
                continue
            with package.open(part.path) as stream:
                found = _EXTENDED.findall(stream.read())
            for attributes, inner in found:
                drop_down = _drop_down(attributes.decode(), inner.decode())
                if drop_down is not None:
                    sheet.add_data_validation(drop_down)


def _drop_down(attributes: str, inner: str) -> DataValidation | None:
    given = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    formulas: Any = {
        f"formula{number}": html.unescape(text) for number, text in _FORMULA.findall(inner)
    }
    places = _PLACES.search(inner)
    if places is None or "formula1" not in formulas:
        return None
    flags: Any = {name: given.get(name) in ("1", "true") for name in _FLAGS}
    texts: Any = {name: given[name] for name in _TEXTS if name in given}
    return DataValidation(sqref=places[1].strip(), **formulas, **flags, **texts)
