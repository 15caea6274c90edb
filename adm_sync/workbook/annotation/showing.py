"""How the copy is handy: what stays in sight, on the screen and on paper, and what can be filtered.

What belongs here: what stands before and after the rows of the sheet of events, and in the part of
the book. What does not: the rows.
"""

from collections.abc import Sequence
from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.cell import range_boundaries

from adm_sync.workbook.annotation.parts import child, like, local
from adm_sync.workbook.annotation.shifting import LAST_COLUMN

LINE_HEIGHT = 15.0  # points
SCALE = "60"  # percent: of a wide sheet enough fits on a page
# The children of a sheet and of a book, in order (ECMA-376 part 1, 18.3.1.99 and 18.2.27).
OF_SHEET = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr"),
    *("sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState"),
    *("dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting"),
    *("dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter"),
    *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags"),
    *("drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects"),
    *("controls", "webPublishItems", "tableParts", "extLst"),
)
_OF_BOOK = (
    *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets"),
    *("functionGroups", "externalReferences", "definedNames", "calcPr", "oleSize"),
    *("customWorkbookViews", "pivotCaches"),
)


def insert_columns(root: Element, widths: Sequence[int]) -> None:
    """Columns of these widths in front; all others move to the right."""
    columns = child(root, "cols", OF_SHEET)
    count = len(widths)
    for one in list(columns):
        first, last = int(one.get("min", "1")) + count, int(one.get("max", "1")) + count
        one.attrib |= {"min": str(first), "max": str(min(last, LAST_COLUMN))}
        if first > LAST_COLUMN:
            columns.remove(one)
    for position, width in reversed(list(enumerate(widths))):
        number = str(position + 1)
        made = {"min": number, "max": number, "width": str(width), "customWidth": "1"}
        columns.insert(0, Element(like(columns, "col"), made))


def freeze(root: Element, row: int, column: int, moved: int) -> int:
    """Keep in sight what is above that row and left of that column, or more if it was more.

    Args:
        root: what stands before the rows.
        row, column: the first that can be scrolled.
        moved: by how many columns all has moved to the right.

    Returns:
        The first column that can be scrolled.
    """
    views = child(root, "sheetViews", OF_SHEET)
    view = child(views, "sheetView", ("sheetView",))
    view.attrib.setdefault("workbookViewId", "0")
    pane = child(view, "pane", ("pane", "selection", "pivotSelection", "extLst"))
    if pane.get("state") in ("frozen", "frozenSplit"):
        wide = int(float(pane.get("xSplit", "0")))
        column = max(column, wide + moved + 1 if wide else 0)
        row = max(row, int(float(pane.get("ySplit", "0"))) + 1)
    for one in list(view):
        if local(one.tag) == "selection":
            view.remove(one)
    pane.attrib.clear()
    pane.attrib |= {"xSplit": str(column - 1), "ySplit": str(row - 1), "state": "frozen"}
    pane.attrib |= {"topLeftCell": f"{get_column_letter(column)}{row}", "activePane": "bottomRight"}
    view.insert(1, Element(like(view, "selection"), {"pane": "bottomRight"}))
    view.attrib.pop("topLeftCell", None)
    return column


def filter_rows(root: Element, cells: str) -> str:
    """Let rows be filtered in all columns; gives the range, or '' if tables have their own filters.

    What is filtered already stays so.
    """
    if any(local(one.tag) == "tableParts" and len(one) for one in root):
        return ""
    found = child(root, "autoFilter", OF_SHEET)
    first = range_boundaries(found.get("ref", "A1"))[0] or 1
    for one in found:
        one.set("colId", str(int(one.get("colId", "0")) + first - 1))
    found.set("ref", cells)
    return cells


def print_on_landscape(root: Element) -> None:
    """Landscape pages, several side by side."""
    page = child(root, "pageSetup", OF_SHEET)
    page.attrib |= {"orientation": "landscape", "paperSize": "9", "scale": SCALE}


def add_sheet(book: Element, title: str, ident: str) -> None:
    """Name a sheet at the end of a book; `ident` is that of its relation."""
    sheets = child(book, "sheets", _OF_BOOK)
    made = deepcopy(sheets[0])
    for name in list(made.keys()):
        if local(name) == "id":
            made.set(name, ident)
    made.attrib.pop("state", None)
    number = max(int(one.get("sheetId", "0")) for one in sheets) + 1
    made.attrib |= {"name": title, "sheetId": str(number)}
    sheets.append(made)


def name_ranges(book: Element, title: str, rows: str, filtered: str, columns: str = "") -> None:
    """What of a sheet is repeated on each page, and what is filtered; '' for nothing.

    Args:
        book: the part of the book.
        title: of the sheet.
        rows: such as `$1:$1`.
        filtered: such as `A1:B9`.
        columns: such as `$A:$B`.
    """
    titles = [one.get("name") for one in child(book, "sheets", _OF_BOOK)]
    sheet = quote_sheetname(title)
    repeated = ",".join(f"{sheet}!{one}" for one in (columns, rows) if one)
    _name(book, "_xlnm.Print_Titles", titles.index(title), repeated)
    if filtered:
        first, last = (_fixed(cell) for cell in filtered.split(":"))
        cells = f"{sheet}!{first}:{last}"
        _name(book, "_xlnm._FilterDatabase", titles.index(title), cells, hidden="1")


def _name(book: Element, name: str, sheet: int, text: str, **more: str) -> None:
    names = child(book, "definedNames", _OF_BOOK)
    for one in list(names):
        if one.get("name") == name and one.get("localSheetId") == str(sheet):
            names.remove(one)
    made = {"name": name, "localSheetId": str(sheet), **more}
    SubElement(names, like(names, "definedName"), made).text = text


def _fixed(cell: str) -> str:
    letters = cell.rstrip("0123456789")
    return f"${letters}${cell[len(letters) :]}"
