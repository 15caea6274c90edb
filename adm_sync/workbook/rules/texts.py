"""Columns of text whose cells hold or show something else: Excel makes dates of codes.

What belongs here: what such a cell is read as, or why it cannot be. What does not: what a text must
look like (`choices`, `urls`, `lengths`).
"""

from datetime import date, datetime, time, timedelta

from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import Form, On
from adm_sync.workbook.file.number_formats import is_scientific
from adm_sync.workbook.findings import shown
from adm_sync.workbook.rules.cells import Cells

_OF_EVENT = frozenset(column for column in NAMED if column.entry.form.is_words)
_OF_SESSION = frozenset(column for column in _OF_EVENT if column.entry.on is not On.EVENT)
_FLAGS = frozenset(column for column in NAMED if column.entry.form is Form.FLAG)
# Excel keeps 15 digits of a number; what it was given beyond them is gone.
_KEPT = 10**15
_AS_TEXT = "Format the cell as text, and type it again."


def screen_texts(cells: Cells) -> None:
    """Find dates and damaged numbers in the columns of text; such a cell becomes unusable."""
    wanted = _OF_SESSION if cells.is_blank(Column.CODE) else _OF_EVENT
    columns = cells.headers.columns
    for position, raw in enumerate(cells.row.cells):
        # Most cells are texts; this is asked of every cell of a workbook.
        if raw is None or type(raw) is str:
            continue
        column = columns.get(position)
        if column in wanted and column not in cells.unusable:
            if isinstance(raw, date | time | timedelta):
                _refuse_moment(cells, column, raw)
            elif isinstance(raw, int | float) and not isinstance(raw, bool):
                _screen_number(cells, column, raw)
    for position, display in cells.row.displays:
        column = columns.get(position)
        if display == "" and column in wanted | _FLAGS and cells.is_usable(column):
            message = (
                "may be shown otherwise, or not at all; "
                f"it is read as {shown(cells.row.cell(position))}."
            )
            cells.warning(column, "shown_otherwise", message, _AS_TEXT)


def _refuse_moment(cells: Cells, column: Column, raw: date | time | timedelta) -> None:
    noun = "date" if isinstance(raw, date | datetime) else "time"
    message = (
        f"holds a {noun} ({shown(raw)}), not text: Excel has made a {noun} of it; type it as text."
    )
    cells.refuse(column, "text_became_date", message, _AS_TEXT)


def _screen_number(cells: Cells, column: Column, number: float) -> None:
    display = cells.display(column)
    if abs(number) >= _KEPT:
        message = (
            f"holds a number of more than 15 digits ({shown(number)}): Excel has made a number of "
            "it, and digits were lost; type it as text."
        )
        cells.refuse(column, "digits_lost", message, _AS_TEXT)
    elif display and is_scientific(display):
        message = (
            f"shows {display}: Excel has made a number ({shown(number)}) of it; type it as text."
        )
        cells.refuse(column, "text_became_number", message, _AS_TEXT)
