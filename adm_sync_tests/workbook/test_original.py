"""What stands in a workbook besides its cells goes into the copy, and what cannot be copied."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from openpyxl import load_workbook

from adm_sync.workbook.annotation.annotating import annotate
from adm_sync.workbook.annotation.findings_list import FINDINGS_SHEET
from adm_sync.workbook.annotation.remarks import Outcome
from adm_sync.workbook.annotation.shifting import Shift
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.package import Package
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.findings import Place
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.report import NoCopy, annotated_copy
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table, find_table
from adm_sync_tests.told import told
from adm_sync_tests.workbook.files import parts_of, zipped
from adm_sync_tests.workbooks import Formula, blended, workbook_bytes

FINDING = told(Place("Import", 4, 5, "Venue"), "error", "venue_unknown", "No such venue.")
EXTENSION = """<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"
 xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
 xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:dataValidations count="1">
 <x14:dataValidation type="list" allowBlank="1" showErrorMessage="1"
 errorTitle="Not &quot;ours&quot;">
 <x14:formula1><xm:f>'R&amp;D'!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>F4:F99 F120</xm:sqref>
 </x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"""
SHEET = "xl/worksheets/sheet1.xml"


def rewritten(data: bytes, changes: Mapping[str, tuple[str, str]], **added: bytes) -> bytes:
    """The file with (pattern, replacement) in some of its parts, and further parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name in changes:
                pattern, replacement = changes[name]
                content = re.sub(pattern, lambda _, to=replacement: to, content.decode()).encode()
            copy.writestr(name, content)
        for name, content in added.items():
            copy.writestr(name, content)
    return target.getvalue()


def annotated(data: bytes, name: str = "planned.xlsx") -> bytes:
    return annotate(Content(name, data, ""), table_of(data), {4: Outcome("created")}, [FINDING])


def table_of(data: bytes) -> Table:
    return find_table(assemble(Content("a.xlsx", data, ""), messages("a.xlsx", data, 25, 1_000)))


def first_row(data: bytes) -> dict[Column, Any]:
    table = table_of(data)
    return {column: table.rows[0].cell(place) for column, place in table.positions.items()}


@pytest.fixture(scope="module")
def original() -> bytes:
    return workbook_bytes(blended(sessions=2), lookup_sheet=False)


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_what_excel_keeps_in_an_extension_moves_with_the_cells(original: bytes) -> None:
    data = rewritten(original, {SHEET: ("</worksheet>", EXTENSION)})
    sheet = part(annotated(data), SHEET)
    assert "<xm:sqref>H4:H99 H120</xm:sqref>" in sheet
    assert "<xm:f>'R&amp;D'!$A$1:$A$9</xm:f>" in sheet
    assert 'errorTitle="Not &quot;ours&quot;"' in sheet
    for number, one in enumerate(("B4:C9", "Import!B4:C9", "'R&amp;D'!B4", "SUM(B:B,LOG10(B$4))")):
        other = EXTENSION.replace("'R&amp;D'!$A$1:$A$9", one)
        moved = part(annotated(rewritten(original, {SHEET: ("</worksheet>", other)})), SHEET)
        expected = ("D4:E9", "Import!D4:E9", "'R&amp;D'!B4", "SUM(D:D,LOG10(D$4))")[number]
        assert f"<xm:f>{expected}</xm:f>" in moved


DRAWING = """<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:oneCellAnchor><xdr:from>
 <xdr:col>5</xdr:col><xdr:colOff>9</xdr:colOff><xdr:row>3</xdr:row><xdr:rowOff>0</xdr:rowOff>
 </xdr:from><xdr:ext cx="9" cy="9"/><xdr:sp textlink="Import!$B$4"><a:t>A box</a:t></xdr:sp>
 <xdr:clientData/></xdr:oneCellAnchor></xdr:wsDr>"""
RELATION = '<Relationship Id="{}" Type="{}/{}" Target="{}"/>'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'


LINKS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
 <Relationship Id="rId901" TargetMode="External" Target="#Import!E10" Type="t/hyperlink"/>
 <Relationship Id="rId902" TargetMode="External" Target="#B2" Type="t/hyperlink"/>
 <Relationship Id="rId903" TargetMode="External" Target="#Lists!E10" Type="t/hyperlink"/>
 <Relationship Id="rId904" TargetMode="External" Target="https://a.example/#Import!E10" Type="t/hyperlink"/>
</Relationships>"""  # noqa: E501 - as Excel writes it


def test_links_to_cells_that_are_written_as_addresses_move_with_them(original: bytes) -> None:
    path = "xl/worksheets/_rels/sheet1.xml.rels"
    copy = part(annotated(zipped({**parts_of(original), path: LINKS.encode()})), path)
    targets = re.findall('Target="([^"/]*#[^"]*|https[^"]*)"', copy)
    assert targets == ["#Import!G10", "#D2", "#Lists!E10", "https://a.example/#Import!E10"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A1+$AB$1048576", "C1+$AD$1048576"),
        ("SUM(XFD1:A2,B:C)", "SUM(XFD1:C2,D:E)"),
        ("AB12345678+A1", "AB12345678+C1"),
        ("A1048577*ZZZ1+XFE:XFE", "A1048577*ZZZ1+XFE:XFE"),
        ("Import!A1+Import!XFE1+Lists!A1", "Import!C1+Import!XFE1+Lists!A1"),
    ],
)
def test_only_what_is_a_cell_of_the_sheet_is_moved(before: str, after: str) -> None:
    """A name may look like a cell that no sheet has room for."""
    assert Shift("Import", 2).formula(before, is_here=True) == after


def test_pictures_and_boxes_stay_and_move_with_the_cells(original: bytes) -> None:
    drawing = RELATION.format("r1", RELATIONS, "drawing", "/xl/drawings/drawing1.xml")
    picture = RELATION.format("r1", RELATIONS, "image", "../media/image1.png")
    tag = f'<drawing xmlns:r="{RELATIONS}" r:id="r1"/></worksheet>'
    added = {
        "xl/worksheets/_rels/sheet1.xml.rels": f"{HEAD}{drawing}</Relationships>".encode(),
        "xl/drawings/drawing1.xml": DRAWING.encode(),
        "xl/drawings/_rels/drawing1.xml.rels": f"{HEAD}{picture}</Relationships>".encode(),
        "xl/media/image1.png": b"\x89PNG a picture",
    }
    copy = annotated(rewritten(original, {SHEET: ("</worksheet>", tag)}, **added))
    moved = part(copy, "xl/drawings/drawing1.xml")
    assert "<xdr:col>7</xdr:col><xdr:colOff>9</xdr:colOff>" in moved
    assert '<xdr:sp textlink="Import!$D$4"><a:t>A box</a:t>' in moved
    assert parts_of(copy)["xl/media/image1.png"] == added["xl/media/image1.png"]
    assert part(copy, SHEET).index("<drawing ") < part(copy, SHEET).index("<legacyDrawing ")


def test_parts_that_are_not_understood_are_copied_as_they_are(original: bytes) -> None:
    data = rewritten(original, {}, **{"customXml/item1.xml": b"<any>thing</any>"})
    copy = parts_of(annotated(data))
    assert copy.keys() > parts_of(data).keys()
    assert copy["customXml/item1.xml"] == b"<any>thing</any>"


def in_folder(parts: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {
        name.replace("xl/", folder, 1): content.replace(b"/xl/", f"/{folder}".encode()).replace(
            b'"xl/', f'"{folder}'.encode()
        )
        for name, content in parts.items()
    }


def in_capitals(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name.upper(): content for name, content in parts.items()}


def strict(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    here, office = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    return {
        name: content.replace(
            here + b"spreadsheetml/2006/main", office + b"spreadsheetml/main"
        ).replace(
            here + b"officeDocument/2006/relationships", office + b"officeDocument/relationships"
        )
        for name, content in parts.items()
    }


@pytest.mark.parametrize(
    "lay_out",
    [
        lambda parts: in_folder(parts, ""),
        lambda parts: in_folder(parts, "my/book/"),
        in_capitals,
        strict,
    ],
    ids=["root", "folder", "capitals", "strict"],
)
def test_a_package_laid_out_otherwise_loses_nothing(
    lay_out: Callable[[Mapping[str, bytes]], dict[str, bytes]],
) -> None:
    rows = blended(sessions=2, title=Formula('"CB1 "&"27A"', "CB1 27A"))
    usual = rewritten(
        workbook_bytes(rows, lookup_sheet=False), {SHEET: ("</worksheet>", EXTENSION)}
    )
    data = zipped(lay_out(parts_of(usual)))
    copy = annotated(data)
    as_before = first_row(usual)
    assert first_row(copy) == first_row(data) == as_before
    assert parts_of(copy).keys() > parts_of(data).keys()
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        package = Package(archive)
        book = package.workbook()
        sheet, listed = book.sheets
        assert listed.title == FINDINGS_SHEET
        comments = package.tree(str(package.related(sheet.path, "comments")))
        assert comments.tag == f"{{{book.space}}}comments"
        assert "No such venue." in "".join(comments.itertext())
        assert b"<xm:sqref>H4:H99 H120</xm:sqref>" in package.open(sheet.path).read()
    again = table_of(copy)
    assert again.is_copy
    assert [row.cell(0) for row in again.rows] == ["created", None]


def test_a_date_by_type_stays_a_date(original: bytes) -> None:
    data = rewritten(
        original,
        {SHEET: (r'<c r="H4"[^>]*><v>\d+</v></c>', '<c r="H4" t="d"><v>2027-01-12</v></c>')},
    )
    expected = first_row(original)
    assert first_row(data) != expected
    assert first_row(annotated(data)) == first_row(data)


def test_macros_are_kept(original: bytes) -> None:
    macros = (r"vnd\S+sheet\.main\+xml", "vnd.ms-excel.sheet.macroEnabled.main+xml")
    types = "[Content_Types].xml"
    data = rewritten(original, {types: macros}, **{"xl/vbaProject.bin": b"macro"})
    copy = parts_of(annotated(data, "planned.XLSM"))
    assert copy["xl/vbaProject.bin"] == b"macro"
    assert b"macroEnabled.main" in copy[types]


def test_cells_far_away_cost_nothing(original: bytes) -> None:
    far = '<row r="1048576"><c r="XFC1048576"/></row></sheetData>'
    data = rewritten(original, {SHEET: ("</sheetData>", far)})
    assert load_workbook(io.BytesIO(annotated(data)))["Import"]["A4"].value == "created"


def test_what_a_file_names_and_lacks_keeps_nobody_from_a_copy(original: bytes) -> None:
    changes = {
        SHEET: ("</worksheet>", f'<legacyDrawing xmlns:r="{RELATIONS}" r:id="no"/></worksheet>')
    }
    data = rewritten(original, changes)
    data = rewritten(data, {SHEET: ('<row r="4"', '<row r="4" ht="high"')})
    copy = annotated(data)
    assert first_row(copy) == first_row(data)
    assert part(copy, SHEET).count("<legacyDrawing ") == 1
    assert "No such venue." in part(copy, "xl/adm_sync/comments.xml")


def test_the_copy_is_made_in_a_process_of_its_own(original: bytes) -> None:
    content = Content("planned.xlsx", original, "")
    outcomes = {4: Outcome("created", "as event \N{EM DASH} 1")}
    sheet: Any = load_workbook(
        io.BytesIO(annotated_copy(content, table_of(original), outcomes, [FINDING]))
    )["Import"]
    assert sheet["A4"].value == "created: as event \N{EM DASH} 1"
    assert sheet["H4"].comment.text.startswith("adm_sync:\nError: No such venue.")


def test_a_workbook_that_takes_too_much_ends_in_one_clear_sentence(original: bytes) -> None:
    content = Content("planned.xlsx", original, "")
    with pytest.raises(NoCopy, match=r"more time or memory than it may.*CSV"):
        annotated_copy(content, table_of(original), {}, [], seconds=0.01)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not a workbook", "BadZipFile"),
        (zipped({"xl/workbook.xml": b"<!DOCTYPE a><a/>"}), "declares a document type"),
    ],
)
def test_a_workbook_that_cannot_be_copied_has_no_copy_and_the_reason_is_for_the_log(
    original: bytes, data: bytes, reason: str
) -> None:
    with pytest.raises(NoCopy, match=r"planned\.xlsx .*cannot be written again.*CSV") as none:
        annotated_copy(Content("planned.xlsx", data, ""), table_of(original), {}, [])
    assert not re.search(r"openpyxl|Error|BadZipFile", str(none.value))
    assert reason in none.value.trace


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="Y4" t="b"><v>TRUE</v></c>',
        '<c r="Y4" t="b"><v> false </v></c>',
        '<c r="Y4" t="b"><f>1=1</f><v>true</v></c>',
        '<c r="Y4"><v>ten</v></c>',
        '<c r="Y4"><v>1_000</v></c>',
        '<c r="Y4"><v>1e999</v></c>',
        '<c r="Y4"><f>1/0</f><v>NaN</v></c>',
        '<c r="Y4" t="d"><v>2026-13-45</v></c>',
        '<c r="Y4" t="b"><v>yes</v></c>',
        '<c r="Y4" s="99999"><v>ten</v></c>',
    ],
)
def test_what_can_be_read_can_be_copied_and_reads_the_same(original: bytes, cell: str) -> None:
    data = rewritten(original, {SHEET: (r'<c r="Y4".*?(/>|</c>)', cell)})
    assert first_row(data) != first_row(original)
    assert first_row(annotated(data)) == first_row(data)
