"""The table of events in a book: which sheet, where its headers are, and its rows of data."""

from collections.abc import Mapping
from dataclasses import dataclass

from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Row


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of data under recognised headers; no guidance rows, no blank rows.

    `positions` says where each column is (0 for A); `findings` are warnings about the sheet.
    """

    sheet: str
    header_row: int
    positions: Mapping[Column, int]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
