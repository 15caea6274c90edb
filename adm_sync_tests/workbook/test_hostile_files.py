"""Files that mean harm: each ends in one clear finding, or is read, in bounded memory and time."""

import json
import random
import re
import struct
import tracemalloc
import warnings
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.workbook import reading
from adm_sync.workbook.file.archive import MOST_MEMBERS
from adm_sync.workbook.file.sheet_parser import MOST_COLUMNS
from adm_sync.workbook.file.texts import LONGEST_TEXT
from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.reading import Limits, read_book
from adm_sync.workbook.table import find_table
from adm_sync_tests.workbook.effort import calls
from adm_sync_tests.workbook.files import (
    SHEET_PART,
    STORED,
    by_hand,
    cells,
    content,
    events,
    header_xml,
    parts_of,
    read_here,
    rows_by_hand,
    zipped,
)

LIMITS = Limits(megabytes=1, rows=1_000, seconds=30)
HEADERS = header_xml()


def refused(data: bytes, limits: Limits = LIMITS) -> Finding:
    """The one finding that reading in this process ends in."""
    with pytest.raises(WorkbookRefused) as caught:
        read_here(data, limits)
    return caught.value.finding


def refused_by_child(data: bytes, limits: Limits = LIMITS) -> Finding:
    """The one finding that reading in the child process ends in."""
    with pytest.raises(WorkbookRefused) as caught:
        read_book(content(data), limits)
    return caught.value.finding


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = zipped(parts_of(events()) | {"xl/media/image1.png": bytes(2_000_000)})
    opened: list[object] = []
    monkeypatch.setattr(ZipFile, "open", lambda _archive, member, *_: opened.append(member))
    assert (refused(data).code, opened) == ("suspicious_file", [])


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    data = zipped(parts_of(events()) | {"xl/media/image1.png": bytes(21_000_000)}, STORED)
    finding = refused(data)
    assert (finding.code, "21 megabytes; 20 are allowed" in finding.message) == ("too_large", True)


def test_a_directory_that_lies_about_sizes_gets_no_more_than_it_says() -> None:
    data = bytearray(by_hand(HEADERS + "<row/>" * 50_000))
    with ZipFile(BytesIO(data)) as archive:
        size = archive.getinfo(SHEET_PART).file_size
    assert data.count(struct.pack("<L", size)) == 2
    lying = bytes(data).replace(struct.pack("<L", size), struct.pack("<L", 700))
    assert refused(lying).code == "damaged_file"


def test_an_archive_of_too_many_parts_is_refused() -> None:
    parts = {f"xl/media/{number}.png": b"" for number in range(MOST_MEMBERS)}
    assert refused(zipped(parts_of(events()) | parts, STORED)).code == "suspicious_file"


@pytest.mark.parametrize("name", [SHEET_PART, SHEET_PART.upper(), SHEET_PART.replace("/", "\\")])
def test_an_archive_with_two_parts_of_one_name_is_refused(name: str) -> None:
    stream = BytesIO(events())
    with warnings.catch_warnings(action="ignore"), ZipFile(stream, "a") as archive:
        archive.writestr(name, parts_of(stream.getvalue())[SHEET_PART])
    finding = refused(stream.getvalue())
    assert (finding.code, "has two parts called" in finding.message) == ("damaged_file", True)


LAUGHS = (
    '<!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
ELSEWHERE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declaration", [LAUGHS, ELSEWHERE, "<!DOCTYPE worksheet>"])
@pytest.mark.parametrize("part", [SHEET_PART, "xl/workbook.xml", "xl/theme/theme1.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused_in_any_part(
    declaration: str, part: str, encoding: str
) -> None:
    parts = parts_of(events())
    text = parts[part].decode()
    body = text[text.index("?>") + 2 :] if text.startswith("<?xml") else text
    data = zipped(parts | {part: f"{declaration}{body}".encode(encoding)})
    finding = refused(data)
    assert (finding.code, "document type" in finding.message) == ("damaged_file", True)


def test_a_document_type_behind_a_long_comment_is_refused_too() -> None:
    parts = parts_of(events())
    late = f"<!--{' ' * 100_000}-->{ELSEWHERE}<worksheet/>".encode()
    assert refused(zipped(parts | {SHEET_PART: late})).code == "damaged_file"


def test_a_lone_cell_in_the_last_place_of_the_sheet_is_refused_at_once() -> None:
    data = by_hand(f'{HEADERS}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    finding, effort = calls(refused, data)
    assert effort < 20_000
    assert (finding.code, finding.sheet) == ("too_many_columns", "Import")
    assert "column 16,384 of row 1048576" in finding.message


def test_a_lone_cell_far_to_the_right_of_another_sheet_does_no_harm() -> None:
    rows = rows_by_hand('<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"/></row>')
    assert [(row.number, row.cells) for row in rows] == [(1_048_576, (1,))]
    rows = rows_by_hand('<row r="2"><c r="A2"><v>1</v></c><c r="XFD2"><v>1</v></c></row>')
    assert [len(row.cells) for row in rows] == [1]


def test_the_last_row_may_hold_an_event() -> None:
    parts = parts_of(events(guidance=()))
    sheet = re.sub(rb'r="([A-Z]*)2"', rb'r="\g<1>1048576"', parts[SHEET_PART])
    table = find_table(read_here(zipped(parts | {SHEET_PART: sheet})))
    assert [row.number for row in table.rows] == [1_048_576]


def test_too_many_rows_end_the_reading_at_once() -> None:
    row = '<row><c t="str"><v>x</v></c></row>'
    data = by_hand(HEADERS + row * 10_000)
    _, whole = calls(refused, data, Limits(rows=9_998))
    finding, effort = calls(refused, data, Limits(rows=20))
    assert (finding.code, "more than 20 rows" in finding.message) == ("too_many_rows", True)
    assert effort < whole / 4


def test_blank_rows_do_not_count_however_many() -> None:
    data = by_hand(HEADERS + '<row><c s="1"/></row>' * 20_000 + "<row><c><v>1</v></c></row>")
    table = find_table(read_here(data, Limits(rows=1)))
    assert [row.number for row in table.rows] == [20_002]


def test_too_many_cells_are_refused_though_rows_and_columns_are_within_their_limits() -> None:
    row = f"<row>{'<c><v>1</v></c>' * (MOST_COLUMNS - 1)}</row>"
    assert refused(by_hand(HEADERS + row * 40), Limits(rows=40)).code == "too_large"


def test_a_cell_of_many_megabytes_is_read_in_little_memory() -> None:
    # At random, because what compresses too well is refused unread.
    long = random.Random(1).randbytes(3_000_000).hex()
    data = by_hand(f'<row r="1"><c t="inlineStr"><is><t>{long}</t></is></c></row>')
    (row,) = read_here(data, Limits()).sheets[0].rows
    assert row.cells == (long[:LONGEST_TEXT],)
    tracemalloc.start()
    read_here(data, Limits())
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert highest < 2_000_000


def test_a_workbook_that_takes_too_long_is_refused() -> None:
    finding = refused_by_child(events(), Limits(seconds=0.001))
    assert (finding.code, "longer than 0.001 seconds" in finding.message) == ("too_slow", True)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os; os.abort()", "reading_failed"),
        ("print('{\"sheet\": \"Imp', end='')", "reading_failed"),
        ("raise SystemExit(1)", "reading_failed"),
        (
            "import os, resource, signal; os.kill(os.getpid(), signal.SIGXCPU)",
            "too_slow",
        ),
        (
            "import sys; from adm_sync.workbook.file import parsing; parsing.MEMORY = 1 << 28; "
            "parsing.messages = lambda *_: iter([bytearray(1 << 28)]); parsing.main()",
            "too_large",
        ),
    ],
    ids=["aborts", "half a line", "ends", "uses up its time", "uses up its memory"],
)
def test_a_child_process_that_dies_is_one_finding(
    program: str, code: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reading, "PROGRAM", ("-c", program))
    finding = refused_by_child(events())
    assert finding.code == code
    assert finding.suggestion
    assert capfd.readouterr() == ("", "")


def test_the_child_process_limits_itself_and_sees_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = (
        "import json, os, resource; from adm_sync.workbook import guarding; "
        "guarding.limit(1 << 30, 7.5); "
        "print(json.dumps({'refused': {'severity': 'error', 'code': 'x', 'message': json.dumps(["
        "resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0], "
        "sorted(os.environ)])}}))"
    )
    monkeypatch.setenv("ADMINISTRATE_API_SECRET", "hush")
    monkeypatch.setattr(reading, "PROGRAM", ("-c", program))
    memory, seconds, names = json.loads(refused_by_child(events()).message)
    assert (memory, seconds) == (1 << 30, 8)
    assert not [name for name in names if name.startswith(("ADM", "DAGSTER"))]


def test_a_module_beside_the_workbook_is_not_run(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    (folder / "json.py").write_text("raise SystemExit('taken')")
    (folder / "openpyxl.py").write_text("raise SystemExit('taken')")
    monkeypatch.chdir(folder)
    assert len(read_book(content(events()), LIMITS).sheets) == 1


ORDINARY = events(cells(), cells(TITLE="Second"))


@given(st.data())
def test_bytes_changed_anywhere_end_in_a_finding_or_a_book(data: st.DataObject) -> None:
    """No other exception leaves the parser, wherever a part of the workbook is damaged."""
    parts = parts_of(ORDINARY)
    name = data.draw(st.sampled_from(sorted(parts)))
    part = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(part) - 1))
        part[place : place + data.draw(st.integers(0, 4))] = data.draw(
            st.binary(max_size=3) | st.sampled_from([b"<", b">", b'"', b"&", b"9" * 30, b"-1"])
        )
    try:
        book = read_here(zipped(parts | {name: bytes(part)}))
        find_table(book)
    except WorkbookRefused as refused:
        assert refused.finding.message  # noqa: PT017


@given(st.integers(0, len(ORDINARY) - 1), st.binary(min_size=1, max_size=8))
def test_bytes_of_the_archive_changed_end_in_a_finding_or_a_book(place: int, new: bytes) -> None:
    data = ORDINARY[:place] + new + ORDINARY[place + len(new) :]
    try:
        find_table(read_here(data))
    except WorkbookRefused as refused:
        assert refused.finding.is_error  # noqa: PT017
