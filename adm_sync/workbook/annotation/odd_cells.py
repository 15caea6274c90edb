"""Cells that other writers make, and that openpyxl fails at or takes for something else.

What belongs here: telling openpyxl what the reader (`file.sheet_parser`) tells an import, so that
whatever can be read can be copied. What does not: what a cell means.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openpyxl.utils.datetime import from_ISO8601
from openpyxl.worksheet._reader import VALUE_TAG, WorkSheetParser

from adm_sync.workbook.file.sheet_parser import BOOLEANS, as_number
from adm_sync.workbook.sheet import ErrorValue

_parse_cell: Any = WorkSheetParser.parse_cell


@contextmanager
def odd_cells_understood() -> Iterator[None]:
    """What openpyxl loads in the meantime may have such cells; it offers no other way in."""
    WorkSheetParser.parse_cell = _parse_usual  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        WorkSheetParser.parse_cell = _parse_cell  # type: ignore[method-assign]


def _parse_usual(parser: WorkSheetParser, element: Any) -> Any:
    text = element.findtext(VALUE_TAG)
    if text:
        kind = element.get("t", "n")
        usual, value = _usual(kind, text)
        if (usual, value) != (kind, text):
            element.set("t", usual)
            element.find(VALUE_TAG).text = value
    return _parse_cell(parser, element)


def _usual(kind: str, text: str) -> tuple[str, str]:
    """The type and the value of a cell as Excel would have written them; else as a text."""
    if kind == "b":
        known = BOOLEANS.get(text.strip().lower())
        return ("str", text) if known is None else ("b", str(int(known)))
    if kind == "n":
        number = as_number(text)
        if isinstance(number, ErrorValue):
            return "e", str(number)
        return ("str" if isinstance(number, str) else kind), text
    if kind == "d":
        try:
            from_ISO8601(text)  # type: ignore[no-untyped-call]
        except ValueError:
            return "str", text
    return kind, text
