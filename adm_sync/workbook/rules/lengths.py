"""Texts and addresses that the database can take.

What belongs here: reading a text within the length of its column. What does not: the limit of any
cell (`cells.screen`).
"""

from adm_sync.workbook.columns import Column
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.urls import leads_to, read_link, read_url


def text_within(cells: Cells, column: Column) -> str:
    """The text of a cell; one that is too long is an error there."""
    text = cells.text(column)
    limit = column.entry.length
    if limit is not None and len(text) > limit:
        message = f"must have at most {limit} characters; it has {len(text)}."
        cells.error(column, "too_long", message)
    return text


def url_within(cells: Cells, column: Column) -> str:
    """The address in a cell, '' if it is blank; one that is too long is an error there."""
    text_within(cells, column)
    address = cells.link(column)
    if address is None:
        return cells.read(column, read_url) or ""
    text = cells.text(column)
    url = cells.read(column, lambda _: read_link(text, address)) or ""
    if url and not leads_to(url, address):
        message = f"shows {url}, but the link behind it leads to {address}; what it shows is taken."
        cells.warning(column, "link_differs", message, address)
    return url
