"""Workbooks that are wrong as files or in their sheets and headers, each in an import of its own.

What belongs here: importing one, and what must (not) have come of it. What does not: the files.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from adm_sync.imports.summary import ImportSummary
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.sheet import Content
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.workbooks import lms_only, workbook_bytes


def online(title: str, **cells: object) -> list[dict[Column, object]]:
    """The row of an event without sessions."""
    return [lms_only(title=title, **cells)]


def small(rows: Iterable[Mapping[Column, object]], **options: Any) -> bytes:
    """A workbook of these rows, with few blank ones below them."""
    return workbook_bytes(rows, **{"blank_rows": 3, **options})


def content(data: bytes, name: str = "events.xlsx") -> Content:
    """The bytes as a file that has arrived."""
    return Content(name, data, hashlib.sha256(data).hexdigest())


def edited(
    rows: Iterable[Mapping[Column, object]], change: Callable[[Workbook], object], **options: Any
) -> bytes:
    """A workbook of these rows, changed as a person would do it in Excel."""
    book = openpyxl.load_workbook(io.BytesIO(small(rows, **options)))
    change(book)
    target = io.BytesIO()
    book.save(target)
    book.close()
    return target.getvalue()


def refuse(
    office: Office, data: bytes, name: str = "events.xlsx", sheet: str | None = None
) -> Finding:
    """The finding with which a file is refused; nothing is written on either side."""
    given, before = content(data, name), office.counts()
    office.importer.keep(given, "a test", sheet)
    with pytest.raises(WorkbookRefused) as caught:
        office.run(given.partition)
    assert office.counts() == before
    (kept,) = office.rows(
        "select severity, code, message from adm_sync.findings f"
        " join adm_sync.workbooks w on w.id = f.workbook_id where w.partition = :partition",
        partition=given.partition,
    )
    finding = caught.value.finding
    assert kept == {"severity": "error", "code": finding.code, "message": finding.message}
    assert "Traceback" not in finding.message
    return finding


def accept(
    office: Office,
    data: bytes,
    *titles: str,
    name: str = "events.xlsx",
    sheet: str | None = None,
) -> ImportSummary:
    """Import a file, without its report; each event must be there once on both sides."""
    given, importer = content(data, name), office.importer
    before = office.counts()
    importer.keep(given, "a test", sheet)
    importer.check(given.partition)
    importer.record(given.partition)
    importer.push(given.partition)
    summary = importer.summary(given.partition)
    for title in titles:
        assert office.tutorial_event(title)["code"] == title
        bridges = office.rows("select external_id from adm.events where title = :t", t=title)
        assert [row["external_id"] for row in bridges] == [office.remote(title)["id"]]
    assert office.counts()["Event"] - before["Event"] == len(titles) == summary.events["created"]
    return summary


def codes(summary: ImportSummary) -> list[tuple[str, str, int | None, str | None]]:
    """(severity, code, row, column) of all findings."""
    return [(one.severity, one.code, one.row, one.column) for one in summary.findings]
