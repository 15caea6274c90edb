"""What openpyxl would lose of a workbook, and what it cannot copy at all."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from openpyxl import load_workbook

from adm_sync.workbook.annotation.annotating import annotate
from adm_sync.workbook.annotation.outcomes import Outcome
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.parsing import messages
from adm_sync.workbook.findings import Place
from adm_sync.workbook.reading import assemble
from adm_sync.workbook.report import MOST_ROWS, NoCopy, annotated_copy
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import find_table
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
    return annotate(Content(name, data, ""), "Import", 1, {4: Outcome("created")}, [FINDING])


def first_row(data: bytes) -> dict[Column, Any]:
    book = assemble(Content("a.xlsx", data, ""), messages("a.xlsx", data, 25, 1_000))
    table = find_table(book)
    return {column: table.rows[0].cell(place) for column, place in table.positions.items()}


@pytest.fixture(scope="module")
def original() -> bytes:
    return workbook_bytes(blended(sessions=2), lookup_sheet=False)


def test_drop_downs_that_excel_keeps_in_an_extension_are_kept(original: bytes) -> None:
    data = rewritten(original, {SHEET: ("</worksheet>", EXTENSION)})
    sheet: Any = load_workbook(io.BytesIO(annotated(data)))["Import"]
    (drop_down,) = sheet.data_validations.dataValidation
    assert drop_down.type == "list"
    assert drop_down.formula1 == "'R&D'!$A$1:$A$9"
    assert str(drop_down.sqref) == "H4:H99 H120"
    assert drop_down.errorTitle == 'Not "ours"'
    assert (drop_down.allowBlank, drop_down.showErrorMessage) == (True, True)
    assert not drop_down.showInputMessage


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
    sheet: Any = load_workbook(io.BytesIO(copy))["Import"]
    assert sheet["D4"].value == "CB1 27A"
    assert sheet["J4"].number_format == "dd/mm/yyyy"
    assert [each.formula1 for each in sheet.data_validations.dataValidation] == ["'R&D'!$A$1:$A$9"]


def test_an_extension_that_says_nothing_useful_is_left_out(original: bytes) -> None:
    nothing = EXTENSION.replace("<xm:sqref>F4:F99 F120</xm:sqref>", "")
    sheet: Any = load_workbook(
        io.BytesIO(annotated(rewritten(original, {SHEET: ("</worksheet>", nothing)})))
    )["Import"]
    assert not sheet.data_validations.dataValidation


def test_a_date_by_type_stays_a_date(original: bytes) -> None:
    data = rewritten(
        original,
        {SHEET: (r'<c r="H4"[^>]*><v>\d+</v></c>', '<c r="H4" t="d"><v>2027-01-12</v></c>')},
    )
    expected = first_row(original)
    assert first_row(data) != expected
    assert first_row(annotated(data)) == expected


def test_macros_are_kept_in_a_file_that_may_have_them(original: bytes) -> None:
    override = (
        '<Override PartName="/xl/vbaProject.bin" '
        'ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    )
    data = rewritten(
        original, {"[Content_Types].xml": ("</Types>", override)}, **{"xl/vbaProject.bin": b"macro"}
    )
    with zipfile.ZipFile(io.BytesIO(annotated(data, "planned.XLSM"))) as archive:
        assert archive.read("xl/vbaProject.bin") == b"macro"
        assert b"macroEnabled" in archive.read("[Content_Types].xml")
    with zipfile.ZipFile(io.BytesIO(annotated(data))) as archive:
        assert "xl/vbaProject.bin" not in archive.namelist()


def test_cells_far_away_cost_nothing(original: bytes) -> None:
    far = '<row r="1048576"><c r="XFC1048576"/></row></sheetData>'
    data = rewritten(original, {SHEET: ("</sheetData>", far)})
    assert load_workbook(io.BytesIO(annotated(data)))["Import"]["A4"].value == "created"


def test_the_copy_is_made_in_a_process_of_its_own(original: bytes) -> None:
    content = Content("planned.xlsx", original, "")
    outcomes = {4: Outcome("created", "as event \N{EM DASH} 1")}
    sheet: Any = load_workbook(
        io.BytesIO(annotated_copy(content, "Import", 1, outcomes, [FINDING]))
    )["Import"]
    assert sheet["A4"].value == "created: as event \N{EM DASH} 1"
    assert sheet["H4"].comment.text.startswith("adm_sync:\nError: No such venue.")


def test_a_workbook_that_takes_too_much_ends_in_one_clear_sentence(original: bytes) -> None:
    whole_sheet = '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    data = rewritten(original, {SHEET: ("</sheetData>", whole_sheet)})
    with pytest.raises(NoCopy, match=r"more time or memory than it may.*CSV"):
        annotated_copy(Content("planned.xlsx", data, ""), "Import", 1, {}, [], seconds=0.7)


def test_a_workbook_that_cannot_be_copied_has_no_copy_and_the_reason_is_for_the_log() -> None:
    with pytest.raises(NoCopy, match=r"planned\.xlsx .*cannot be written again.*CSV") as none:
        annotated_copy(Content("planned.xlsx", b"not a workbook", ""), "Import", 1, {}, [])
    assert not re.search(r"openpyxl|Error|BadZipFile", str(none.value))
    assert "BadZipFile" in none.value.trace


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
    ],
)
def test_what_can_be_read_can_be_copied_and_reads_the_same(original: bytes, cell: str) -> None:
    data = rewritten(original, {SHEET: (r'<c r="Y4".*?(/>|</c>)', cell)})
    assert first_row(data) != first_row(original)
    assert first_row(annotated(data)) == first_row(data)


def test_a_boolean_that_is_none_is_copied_as_the_text_that_it_shows(original: bytes) -> None:
    data = rewritten(original, {SHEET: (r'<c r="Y4".*?</c>', '<c r="Y4" t="b"><v>yes</v></c>')})
    assert first_row(annotated(data))[Column.WEB_SALE] == "yes"


def test_a_very_large_workbook_has_no_copy(original: bytes) -> None:
    outcomes = dict.fromkeys(range(4, MOST_ROWS + 5), Outcome("created"))
    with pytest.raises(NoCopy, match=r"20,001 rows.*20,000.*CSV"):
        annotated_copy(Content("planned.xlsx", original, ""), "Import", 1, outcomes, [])
