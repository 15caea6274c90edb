"""Every row of the catalogue of bad inputs that is about the file, its sheets or its headers.

A refused file writes nothing on either side; any other is imported, with the findings it must have.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from adm_sync.workbook import reading
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.reading import Limits, open_content
from adm_sync_tests.acceptance.bad_inputs.files import (
    accept,
    codes,
    edited,
    online,
    refuse,
    small,
)
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.workbook.files import (
    MAIN,
    RELATIONS,
    STRICT_MAIN,
    STRICT_RELATIONS,
    by_hand,
    header_xml,
    parts_of,
    zipped,
)
from adm_sync_tests.workbooks import Formula, blended, changed

pytestmark = pytest.mark.thorough(all_but_each=2)


OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
HEADERS = [column.value or None for column in Column]


def headed(headers: list[Any], title: str) -> bytes:
    """A workbook whose headers are these."""
    return small(online(title), headers=headers)


def with_headers(**texts: object) -> list[Any]:
    return [texts.get(column.name, column.value or None) for column in Column]


# ---------------------------------------------------------------------- file and workbook


def refused_path(path: Path, limits: Limits = Limits()) -> tuple[str, str]:  # noqa: B008
    with pytest.raises(WorkbookRefused) as caught:
        open_content(path, limits)
    assert path.name in caught.value.finding.message
    return caught.value.finding.code, caught.value.finding.message


def test_path_does_not_exist_or_is_a_folder_or_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused_path(tmp_path / "missing.xlsx")[0] == "file_missing"
    assert refused_path(tmp_path)[0] == "file_is_folder"

    def forbid(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading.os, "open", forbid)
    code, message = refused_path(tmp_path / "events.xlsx")
    assert (code, "Permission denied" in message) == ("file_unreadable", True)


def test_zero_byte_file(office: Office, tmp_path: Path) -> None:
    (tmp_path / "events.xlsx").touch()
    assert refused_path(tmp_path / "events.xlsx")[0] == "not_a_workbook"
    assert refuse(office, b"").code == "not_a_workbook"


@pytest.mark.parametrize("name", ["events.xls", "events.xlsx"])
def test_xls_biff_renamed_or_not(office: Office, name: str) -> None:
    finding = refuse(office, OLE + "Workbook".encode("utf-16-le"), name)
    assert finding.code == "old_format"
    assert ".xlsx" in (finding.suggestion or "")


def test_password_protected(office: Office) -> None:
    assert refuse(office, OLE + "EncryptedPackage".encode("utf-16-le")).code == "encrypted"


def test_truncated_zip_or_bad_xml_part(office: Office) -> None:
    data = small(online("truncated"))
    assert refuse(office, data[: len(data) // 2], "truncated.xlsx").code == "damaged_file"
    parts = parts_of(data)
    part = "xl/worksheets/sheet2.xml"
    bad = zipped(parts | {part: parts[part][: len(parts[part]) // 2]})
    assert refuse(office, bad, "bad-part.xlsx").code == "damaged_file"


def test_zip_bomb_or_a_million_rows_or_500_megabytes(office: Office, tmp_path: Path) -> None:
    bomb = zipped(parts_of(small(online("bomb"))) | {"xl/media/a.png": bytes(30_000_000)})
    assert refuse(office, bomb, "bomb.xlsx").code == "suspicious_file"
    rows = '<row><c t="str"><v>x</v></c></row>' * 5_000
    options = office.importer.options
    office.importer.options = replace(options, limits=Limits(rows=100))
    assert refuse(office, by_hand(header_xml() + rows), "rows.xlsx").code == "too_many_rows"
    office.importer.options = options
    path = tmp_path / "events.xlsx"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    assert refused_path(path)[0] == "too_large"


def test_xlsm_with_macros(office: Office) -> None:
    parts = parts_of(small(online("macros")))
    kind = b"http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    link = b'<Relationship Id="m" Target="vbaProject.bin" Type="' + kind + b'"/></Relationships>'
    rels = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", link)
    data = zipped(
        parts | {"xl/_rels/workbook.xml.rels": rels, "xl/vbaProject.bin": b"Sub Auto_Open()"}
    )
    summary = accept(office, data, "macros", name="events.xlsm")
    assert codes(summary) == [("warning", "macros_ignored", None, None)]


def test_file_open_in_excel_or_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.xlsx"
    (tmp_path / "~$events.xlsx").write_bytes(b"Marguerite Pellow")
    assert refused_path(tmp_path / "~$events.xlsx")[0] == "lock_file"
    path.write_bytes(b"PK first half")
    read = reading._read

    def read_then_change(*arguments: Any) -> bytes:
        data = read(*arguments)
        path.write_bytes(b"PK both halves")
        return data

    monkeypatch.setattr(reading, "_read", read_then_change)
    assert refused_path(path)[0] == "changed_while_reading"


def test_external_links_and_data_connections(office: Office) -> None:
    parts = parts_of(small(online("linked")))
    rels = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="x1" Target="http://127.0.0.1:9/other.xlsx" TargetMode="External" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'externalLinkPath"/></Relationships>',
    )
    assert (
        codes(accept(office, zipped(parts | {"xl/_rels/workbook.xml.rels": rels}), "linked")) == []
    )


def test_strict_ooxml_or_libreoffice_written_file(office: Office) -> None:
    parts = parts_of(small(blended("CB3_LO_1", "strict", 1)))
    for name, part in parts.items():
        strict = part.replace(MAIN.encode(), STRICT_MAIN.encode())
        parts[name] = strict.replace(RELATIONS.encode(), STRICT_RELATIONS.encode())
    assert STRICT_MAIN.encode() in parts["xl/worksheets/sheet2.xml"]
    assert codes(accept(office, zipped(parts), "strict")) == []
    # LibreOffice writes no used range, and its repeated blank rows as rows without cells.
    parts = parts_of(small(online("from LibreOffice"), blank_rows=0))
    sheet = parts["xl/worksheets/sheet2.xml"]
    blank = b'<row r="1048576" customFormat="false" ht="12.8" hidden="false"/></sheetData>'
    parts["xl/worksheets/sheet2.xml"] = sheet.replace(b"</sheetData>", blank)
    summary = accept(office, zipped(parts), "from LibreOffice")
    assert (summary.rows, codes(summary)) == (1, [])


def test_1904_date_system(office: Office) -> None:
    def since_1904(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904

    data = edited(blended("CB3_LO_1", "since 1904", 1), since_1904)
    assert b'date1904="1"' in parts_of(data)["xl/workbook.xml"]
    assert codes(accept(office, data, "since 1904")) == []
    assert office.tutorial_event("since 1904")["start_date"] == date(2027, 1, 12)
    assert office.remote("since 1904")["classroomStart"] == "2027-01-12T09:30:00Z"


def test_inflated_used_range(office: Office) -> None:
    summary = accept(office, small(online("blank rows"), blank_rows=284), "blank rows")
    assert (summary.rows, codes(summary)) == (1, [])


# ---------------------------------------------------------------------- sheets and headers


def test_several_sheets_data_not_on_the_first_or_sheet_renamed(office: Office) -> None:
    assert codes(accept(office, small(online("renamed"), sheet="April"), "renamed")) == []

    def copy_sheet(book: Any) -> None:
        book.copy_worksheet(book["April"]).title = "September"

    finding = refuse(office, edited(online("either"), copy_sheet, sheet="April"))
    assert finding.code == "ambiguous_sheet"
    assert "'April' and 'September'" in finding.message


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_or_very_hidden_sheet_holds_the_data(office: Office, state: str) -> None:
    def hide(book: Any) -> None:
        book["Import"].sheet_state = state

    data = edited(online(f"on a {state} sheet"), hide)
    finding = refuse(office, data)
    assert finding.code == "hidden_sheet"
    assert "'Import'" in finding.message
    summary = accept(office, data, f"on a {state} sheet", name=f"{state}.xlsx", sheet="Import")
    assert codes(summary) == [("warning", "hidden_sheet_used", None, None)]


def test_missing_mandatory_columns(office: Office) -> None:
    headers = with_headers(TITLE="Evnt titel", DAY="Remark", SITTING=None)
    finding = refuse(office, headed(headers, "without headers"))
    assert (finding.code, finding.sheet, finding.row) == ("missing_headers", "Import", 1)
    assert all(f"'{name}'" in finding.message for name in ("Event title", "Day", "Sitting"))
    assert "'Event title' may be column B, 'Evnt titel'" in (finding.suggestion or "")


def test_header_with_case_underscore_double_space_nbsp_or_newline(office: Office) -> None:
    headers = with_headers(
        CODE="COURSE TEMPLATE CODE",
        TITLE="event_title",
        MODE="Learning  mode",
        LOCATION="Location\u00a0",
        ZONE="Time\nZone",
    )
    assert codes(accept(office, headed(headers, "typed headers"), "typed headers")) == []


def test_empty_header_with_data_below(office: Office) -> None:
    rows = [
        *online("nameless column", unnamed="a remark"),
        *online("nameless column 2", unnamed="another"),
    ]
    summary = accept(office, small(rows), "nameless column", "nameless column 2")
    assert codes(summary) == [("warning", "empty_header", 4, "AH")]
    assert [(f.value, f.header) for f in summary.findings] == [("a remark", "")]
    assert codes(accept(office, small(online("nameless", unnamed=" ")), "nameless")) == []


def test_unknown_extra_column(office: Office) -> None:
    def add_column(book: Any) -> None:
        for row, value in ((1, "Room number"), (4, 12), (5, 14)):
            book["Import"].cell(row, 36, value)

    data = edited([*online("room 12"), *online("room 14")], add_column)
    summary = accept(office, data, "room 12", "room 14")
    assert codes(summary) == [("warning", "unknown_column", 1, "AJ")]


def test_columns_re_ordered(office: Office) -> None:
    def turn_round(book: Any) -> None:
        sheet = book["Import"]
        for cells in sheet.iter_rows(min_row=1, max_row=4, max_col=35):
            values = [(cell.value, cell.number_format) for cell in cells]
            for cell, (value, number_format) in zip(cells, reversed(values), strict=True):
                cell.value, cell.number_format = value, number_format

    data = edited(blended("CB3_LO_1", "turned round", 1, max_places="many"), turn_round)
    before = office.counts()
    summary = accept(office, data)
    # The usual place of Max places is P, the 16th column of 35.
    assert codes(summary) == [("error", "not_a_whole_number", 4, "T")]
    assert office.counts() == before
    good = edited(blended("CB3_LO_1", "turned round", 1), turn_round)
    assert codes(accept(office, good, "turned round")) == []


@pytest.mark.parametrize(
    ("what", "options", "row"),
    [
        ("no guidance", {"guidance": False}, 3),
        ("a title row", {"title_rows": [["Events of 2027"]]}, 6),
    ],
)
def test_guidance_rows_deleted_or_an_extra_title_row(
    office: Office, what: str, options: dict[str, Any], row: int
) -> None:
    rows = [*online(what), *online(f"{what} 2", sitting="2027X")]
    summary = accept(office, small(rows, **options), what)
    assert summary.rows == 2
    assert codes(summary) == [("error", "sitting_unknown", row, "Z")]


def test_merged_header_cells(office: Office) -> None:
    def merge(cells: str) -> Any:
        return lambda book: book["Import"].merge_cells(cells)

    finding = refuse(office, edited(online("hidden header"), merge("H1:I1")))
    assert finding.code == "merged_headers"
    assert "H1:I1" in finding.message
    summary = accept(office, edited(online("merged header"), merge("AG1:AH1")), "merged header")
    assert codes(summary) == [("warning", "merged_header", 1, "AG")]
    assert "AG1:AH1" in summary.findings[0].message


def test_header_is_a_formula_or_rich_text(office: Office) -> None:
    bold = CellRichText("Loca", TextBlock(InlineFont(b=True), "tion"))

    def format_header(book: Any) -> None:
        book["Import"]["E1"] = bold

    data = edited(online("rich header"), format_header)
    assert b"Loca" in b"".join(parts_of(data).values())
    assert codes(accept(office, data, "rich header")) == []
    formula = Formula('"Event"&" title"', "Event title")
    head = changed({column: column.value for column in Column}, title=formula)
    rows = [head, *online("formula header")]
    data = small(rows, headers=["Events of 2027"], guidance=False)
    summary = accept(office, data, "formula header")
    assert (summary.rows, codes(summary)) == (1, [])
