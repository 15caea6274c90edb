"""Opening the file: what is no file, no workbook, too large, locked or still changing."""

import hashlib
import os
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from adm_sync.imports.catalogue import catalogue
from adm_sync.workbook import reading
from adm_sync.workbook.file.archive import check_kind
from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.reading import Limits, open_content, read_book, safe_name, verify_unchanged
from adm_sync.workbook.table import find_table
from adm_sync_tests.workbook.files import (
    by_hand,
    cells,
    content,
    edited,
    events,
    header_xml,
    parts_of,
    read_here,
    table_of,
    zipped,
)

LIMITS = Limits(megabytes=1, rows=1_000, seconds=30)
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
ROOT = Path(reading.__file__).parent


def refused(action: Callable[..., object], *arguments: object) -> Finding:
    with pytest.raises(WorkbookRefused) as caught:
        action(*arguments)
    finding = caught.value.finding
    assert finding.is_error
    assert finding.code in {code.name for code in catalogue().values() if code.effect == "refused"}
    assert str(caught.value) == finding.message
    return finding


def refused_path(path: Path, limits: Limits = LIMITS) -> Finding:
    finding = refused(open_content, path, limits)
    assert path.name in finding.message
    assert finding.sheet is finding.row is finding.column is None
    return finding


def test_a_workbook_made_by_openpyxl_is_read_in_the_child_process(tmp_path: Path) -> None:
    path = tmp_path / "events.xlsx"
    data = events(cells(), cells(TITLE="Second", START_TIME="10:00"))
    path.write_bytes(data)
    given = open_content(path, LIMITS)
    assert (given.name, given.data, given.open_elsewhere) == ("events.xlsx", data, False)
    assert given.sha256 == hashlib.sha256(data).hexdigest()
    assert given.partition == f"events.xlsx-{given.sha256[:8]}"
    book = read_book(given, LIMITS)
    assert book == read_here(data)
    table = find_table(book)
    assert [row.number for row in table.rows] == [4, 5]
    assert table.findings == ()


def test_a_path_without_a_file_is_refused(tmp_path: Path) -> None:
    assert refused_path(tmp_path / "missing.xlsx").code == "file_missing"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused_path(tmp_path).code == "file_is_folder"


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.xlsx").write_bytes(b"")
    finding = refused_path(tmp_path / "events.xlsx" / "inner.xlsx")
    assert (finding.code, "Not a directory" in finding.message) == ("file_unreadable", True)


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading.os, "open", forbid)
    finding = refused_path(tmp_path / "events.xlsx")
    assert (finding.code, "Permission denied" in finding.message) == ("file_unreadable", True)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.xlsx")
    assert refused_path(tmp_path / "events.xlsx").code == "file_unreadable"


def test_a_path_with_a_nul_is_refused() -> None:
    assert refused(open_content, Path("a\0b.xlsx"), LIMITS).code == "file_unreadable"


@pytest.mark.parametrize("name", ["~$events.xlsx", ".~lock.events.xlsx#"])
def test_a_lock_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"Ada Lane")
    assert refused_path(tmp_path / name).code == "lock_file"


@pytest.mark.parametrize("name", ["~$events.xlsx", ".~lock.events.xlsx#"])
def test_a_lock_file_beside_the_workbook_is_a_warning(tmp_path: Path, name: str) -> None:
    path = tmp_path / "events.xlsx"
    path.write_bytes(events())
    (tmp_path / name).write_bytes(b"Ada Lane")
    given = open_content(path, LIMITS)
    assert given.open_elsewhere
    (finding,) = find_table(read_book(given, LIMITS)).findings
    assert (finding.code, finding.severity) == ("open_elsewhere", "warning")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.xlsx").write_bytes(b"")
    finding = refused_path(tmp_path / "events.xlsx")
    assert (finding.code, "0 bytes" in finding.message) == ("not_a_workbook", True)


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "events.xlsx"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    finding = refused_path(path, Limits(megabytes=2.5))
    assert finding.code == "too_large"
    assert "500.0 megabytes; 2.5 are allowed" in finding.message


def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.xlsx"
    path.write_bytes(b"PK first half")
    read = reading._read

    def read_then_change(*arguments: object) -> bytes:
        data = read(*arguments)  # type: ignore[arg-type]
        path.write_bytes(b"PK both halves")
        return data

    monkeypatch.setattr(reading, "_read", read_then_change)
    assert refused_path(path).code == "changed_while_reading"


def test_a_file_that_changes_after_it_was_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "events.xlsx"
    path.write_bytes(events())
    given = open_content(path, LIMITS)
    verify_unchanged(path, given)
    path.write_bytes(events(cells(TITLE="Another")))
    assert refused(verify_unchanged, path, given).code == "changed_while_reading"
    path.unlink()
    assert refused(verify_unchanged, path, given).code == "changed_while_reading"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("e\N{COMBINING ACUTE ACCENT}ve\N{ZERO WIDTH SPACE}.xlsx", "\u00e9ve_.xlsx"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}exslx.xlsx", "a_exslx.xlsx"),
        ("\N{ZERO WIDTH NON-JOINER}.xlsx", "\N{ZERO WIDTH NON-JOINER}.xlsx"),
        ("a\nb\x07c\x7f.xlsx", "a_b_c_.xlsx"),
        ("a\\b/c.xlsx", "a_b_c.xlsx"),
        ("wait...xlsx", "wait_xlsx"),
        ("\udce9.xlsx", "_.xlsx"),
        ("  events.xlsx ", "events.xlsx"),
        ("\n", "_"),
    ],
)
def test_names_are_made_safe_for_messages_and_keys(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (OLE + "Workbook".encode("utf-16-le"), "old_format", "old Excel format"),
        (OLE + "Book".encode("utf-16-le"), "old_format", "old Excel format"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "old_format", "old Excel format"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        (OLE + "WordDocument".encode("utf-16-le"), "not_a_workbook", "Office file"),
        (b"%PDF-1.7", "not_a_workbook", "a PDF document"),
        (b"\xef\xbb\xbf <!DOCTYPE HTML>", "not_a_workbook", "a web page"),
        (b"<?xml version='1.0'?><Workbook/>", "not_a_workbook", "an XML file"),
        (b"code,title\nCB1,London\n", "not_a_workbook", "is not an Excel workbook."),
        (b"", "not_a_workbook", "0 bytes"),
    ],
)
def test_other_kinds_of_files_are_named(data: bytes, code: str, words: str) -> None:
    finding = refused(read_book, content(data), LIMITS)
    assert finding.code == code
    assert words in finding.message
    assert finding.suggestion
    assert finding == refused(check_kind, "events.xlsx", data)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a PowerPoint presentation"),
        ("xl/workbook.bin", "a binary workbook (.xlsb)"),
        ("content.xml", "an OpenDocument file"),
        ("photo.jpg", "an ordinary zip archive"),
    ],
)
def test_archives_of_other_kinds_are_named(part: str, words: str) -> None:
    parts = {part: b"<x/>"}
    if part.startswith(("word", "ppt", "xl")):
        parts["[Content_Types].xml"] = b"<Types/>"
    finding = refused(read_here, zipped(parts))
    assert finding.code == "not_a_workbook"
    assert words in finding.message


def test_a_package_whose_main_part_is_no_workbook_is_refused() -> None:
    data = edited(events(), "xl/workbook.xml", ("<workbook ", "<book "), ("</workbook>", "</book>"))
    assert refused(read_here, data).code == "damaged_file"


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.95])
def test_a_truncated_file_is_refused(kept: float) -> None:
    data = events()
    assert refused(read_here, data[: int(len(data) * kept)]).code == "damaged_file"


@pytest.mark.parametrize(
    "part",
    [
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        "xl/worksheets/sheet1.xml",
    ],
)
def test_a_bad_part_is_refused_whichever_it_is(part: str) -> None:
    parts = parts_of(by_hand(header_xml(), strings="<si><t>London</t></si>"))
    half = parts[part][: len(parts[part]) // 2]
    finding = refused(read_here, zipped(parts | {part: half}))
    assert finding.code == "damaged_file"
    assert not re.search("Error|Traceback|File ", finding.message)


def test_a_missing_part_is_refused_and_named() -> None:
    parts = parts_of(events())
    del parts["xl/worksheets/sheet1.xml"]
    finding = refused(read_here, zipped(parts))
    assert finding.code == "damaged_file"
    assert "xl/worksheets/sheet1.xml is missing" in finding.message


def test_bytes_that_rotted_are_refused() -> None:
    data = bytearray(events())
    with ZipFile(BytesIO(data)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    middle = member.header_offset + 30 + len(member.filename) + member.compress_size // 2
    data[middle] ^= 0xFF
    assert refused(read_here, bytes(data)).code == "damaged_file"


def test_macros_are_ignored_with_a_warning() -> None:
    data = edited(
        events(),
        "xl/_rels/workbook.xml.rels",
        (
            "</Relationships>",
            '<Relationship Id="m" Target="vbaProject.bin" '
            'Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"/>'
            "</Relationships>",
        ),
    )
    data = zipped(parts_of(data) | {"xl/vbaProject.bin": b"Sub Auto_Open()"})
    table = find_table(read_here(data, name="events.xlsm"))
    assert [finding.code for finding in table.findings] == ["macros_ignored"]
    assert len(table.rows) == 1


def test_links_and_connections_to_elsewhere_are_accepted_and_not_followed() -> None:
    parts = parts_of(events())
    rels = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="x1" Target="file:///nowhere/other.xlsx" TargetMode="External" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'externalLinkPath"/><Relationship Id="x2" Target="connections.xml" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'connections"/></Relationships>',
    )
    connections = b'<connections><connection odcFile="http://localhost:9/x"/></connections>'
    data = zipped(parts | {"xl/_rels/workbook.xml.rels": rels, "xl/connections.xml": connections})
    assert table_of(data) == table_of(events())
