"""How a sheet comes out of a printer.

What belongs here: pages. What does not: what is on them.
"""

from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

SCALE = 60  # percent: of a wide sheet enough fits on a page


def print_on_landscape(sheet: Worksheet, header_row: int, titles: str | None = None) -> None:
    """Landscape pages as wide as the sheet allows, with the header repeated on each.

    Args:
        sheet: the sheet.
        header_row: Excel's number of the row to repeat.
        titles: the columns to repeat, such as `A:B`, on a sheet that takes several pages side by
            side; without them all columns are put on one.
    """
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.print_title_rows = f"{header_row}:{header_row}"
    if titles:
        sheet.print_title_cols = titles
        sheet.page_setup.scale = SCALE
    else:
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
