"""Values that no rule looks at: read as the form of their column says, and carried along.

What belongs here: a reader for each form. What does not: values that rules compare with others
(`event_rows`, `session_rows`), and what a single cell means (`readers`, `spans`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import time
from types import MappingProxyType

from adm_sync.workbook.columns import Column
from adm_sync.workbook.entries import Form
from adm_sync.workbook.events import Carried
from adm_sync.workbook.findings import warning
from adm_sync.workbook.rules.cells import Cells
from adm_sync.workbook.rules.moments import read_time
from adm_sync.workbook.rules.readers import (
    Count,
    is_shown,
    read_count,
    read_flag,
    text_within,
    url_within,
)
from adm_sync.workbook.rules.screening import SHOWN_OTHERWISE
from adm_sync.workbook.rules.spans import read_day_only, read_day_with_time

NUMBER_AS_TEXT = warning(
    "number_as_text",
    "is text; it is read as the number {number}.",
    "'14",
    'Nothing; Excel\'s "Convert to Number" mends it.',
)


def read_carried(
    cells: Cells, names: Mapping[str, Column], known: Iterable[str]
) -> Mapping[str, Carried]:
    """The values of a row that are carried along, by name.

    Args:
        cells: the row.
        names: the columns that there are, by the names of their values.
        known: the names of values that are read by themselves.
    """
    return MappingProxyType(
        {
            name: _READERS.get(column.entry.form, text_within)(cells, column)
            for name, column in names.items()
            if name not in known
        }
    )


def number_of(cells: Cells, column: Column, count: Count | None) -> int | None:
    """A number, with a warning if it is stored as text, or if its format shows another."""
    if count is None:
        return None
    display = cells.display(column)
    if display is not None and not is_shown(display, count.value):
        what = f"shows '{display}'" if display else "is a number that Excel may show otherwise"
        message = f"{what}; it is read as {count.value}."
        cells.tell(column, SHOWN_OTHERWISE.saying(message, "Format the cell as a number."))
    if count.is_text:
        cells.tell(column, NUMBER_AS_TEXT(number=count.value))
    return count.value


def _flag(cells: Cells, column: Column) -> bool:
    return bool(cells.read_word(column, read_flag))


def _number(cells: Cells, column: Column) -> int | None:
    return number_of(cells, column, cells.read(column, read_count))


def _time(cells: Cells, column: Column) -> time | None:
    read = cells.read(column, read_time)
    return read.at if read else None


_READERS: Mapping[Form, Callable[[Cells, Column], Carried]] = MappingProxyType(
    {
        Form.FLAG: _flag,
        Form.COUNT: _number,
        Form.URL: url_within,
        Form.DATE: read_day_only,
        Form.DEADLINE: read_day_with_time,
        Form.TIME: _time,
        Form.CLOCK: _time,
    }
)
