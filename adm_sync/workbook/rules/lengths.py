"""How much text the database takes, by column.

What belongs here: the limits and reading a text within them. What does
not: the limit of any cell (`cells.screen`).
"""

from types import MappingProxyType

from adm_sync.workbook.columns import Column
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.urls import leads_to, read_link, read_url

LIMITS = MappingProxyType(
    {
        Column.CODE: 50,
        Column.TITLE: 255,
        Column.SESSION_TITLE: 255,
        Column.ACCESS_DURATION: 100,
        Column.EVENT_URL: 500,
        Column.SESSION_URL: 500,
        Column.SITTING: 50,
        Column.MOODLE_CODE: 100,
        Column.RECORDING_PIN: 50,
        Column.TUTORS: 255,
        Column.SAGE_CODE: 100,
    }
)


def text_within(cells: Cells, column: Column) -> str:
    """The text of a cell; one that is too long is an error there."""
    text = cells.text(column)
    limit = LIMITS.get(column)
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
