"""The list of findings as a CSV file, and text that must stay text."""

import csv
import io
import re
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from adm_sync.formulas import FORMULA_STARTS, csv_text, printable
from adm_sync.imports.catalogue import catalogue
from adm_sync.workbook.annotation.findings_list import COLUMNS, findings_csv, findings_sheet
from adm_sync.workbook.annotation.formats import CellFormats
from adm_sync.workbook.annotation.notes import Notes
from adm_sync.workbook.annotation.parts import parse
from adm_sync.workbook.annotation.remarks import (
    advice,
    cell_xml,
    command,
    comment,
    sentence,
)
from adm_sync.workbook.findings import Finding, Place
from adm_sync.workbook.writing import write_text
from adm_sync_tests.told import told
from adm_sync_tests.workbook.files import rows_by_hand


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_finding_has_one_line_with_a_field_for_each_column() -> None:
    finding = told(
        Place("Import", 19, 7, "Classroom start date", 'a, "b"'),
        "error",
        "not_a_date",
        "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}:\nno date.",
        "Give a date.",
    )
    data = findings_csv([finding])
    assert data.startswith(b"\xef\xbb\xbf")
    header, line = read_csv(data)
    assert header == list(COLUMNS)
    assert line == [
        "Import",
        "19",
        "H",
        "Classroom start date",
        'a, "b"',
        "error",
        "not_a_date",
        "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}:\nno date.",
        "Give a date.",
        "",
    ]


def test_what_is_not_known_is_empty() -> None:
    assert read_csv(findings_csv([told(Place(), "warning", "w", "It is odd.")]))[1] == [
        *([""] * 5),
        "warning",
        "w",
        "It is odd.",
        "",
        "",
    ]


def test_nothing_in_the_csv_is_a_formula() -> None:
    for start in FORMULA_STARTS:
        bad = f"{start}cmd|' /C calc'!A0"
        line = read_csv(findings_csv([Finding("error", bad, bad, bad, 4, bad, bad, bad, bad)]))[1]
        fields = [field for field in line if field not in ("4", "error", "")]
        assert fields == [f"'{bad}"] * 7


def test_a_long_list_has_links_for_as_many_as_excel_can_bear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adm_sync.workbook.annotation.findings_list.MOST_LINKS", 3)
    findings = [
        told(Place("Sheet", row, 0, "Code"), "error", "e", "It is wrong.") for row in range(7, 10)
    ]
    formats = CellFormats(parse("<styleSheet/>"), frozenset())
    sheet = parse("".join(findings_sheet(findings, formats, "Sheet", "urn:x")))
    assert [row.get("r") for row in sheet.iter("row")] == ["1", "2", "3", "4"]
    links = [(one.get("ref"), one.get("location")) for one in sheet.iter("hyperlink")]
    assert links == [("B2", "'Sheet'!A7"), ("B3", "'Sheet'!A8")]
    assert [one.get("ref") for one in sheet.iter("autoFilter")] == ["A1:J4"]


@given(st.text(max_size=40))
def test_any_text_stays_a_text_in_a_cell_and_in_the_csv(text: str) -> None:
    cell = Workbook().worksheets[0]["A1"]
    write_text(cell, text)
    assert cell.data_type == "s"
    assert bool(cell.quotePrefix) == str(cell.value).startswith(FORMULA_STARTS)
    rows = rows_by_hand(f'<row r="1">{cell_xml("A1", "0", f"-{text}")}</row>')
    assert [row.cells for row in rows] == [(f"-{printable(text)}",)]
    assert not csv_text(text).startswith(FORMULA_STARTS)


@given(
    st.lists(st.text(st.characters(categories=["L", "P", "Zs"]), max_size=20), max_size=4),
    st.lists(st.text(max_size=40), min_size=1, max_size=12),
)
def test_marks_come_off_as_they_were_put_on(words: list[str], sentences: list[str]) -> None:
    before = "\n".join(words).strip()
    own = (
        f'<comment ref="B2" authorId="0"><text><t>{escape(before)}</t></text></comment>'
        if before
        else ""
    )
    root = parse(f"<comments><commentList>{own}</commentList></comments>")
    told = comment([Finding("error", "e", sentence) for sentence in sentences], "theme 4 0.5")
    Notes(root, 0).put((2, 2), told)
    assert told in "".join(root.itertext())
    marked = Notes(root, 0)
    assert marked.colors == {(2, 2): "theme 4 0.5"}
    assert "".join(one.text or "" for one in root.iter("t")) == before
    assert len(list(root.iter("comment"))) == bool(before)


def test_a_text_longer_than_a_cell_is_cut() -> None:
    book = Workbook()
    write_text(book.worksheets[0]["A1"], "=" + "x" * 40_000)
    target = io.BytesIO()
    book.save(target)
    value = load_workbook(target).worksheets[0]["A1"].value
    assert value == "=" + "x" * 32_766


@pytest.mark.parametrize(
    ("code", "suggestion", "advice_", "command_"),
    [
        ("no_rows", "Fill it in.", "Fill it in.", ""),
        ("no_rows", None, "", ""),
        (
            "venue_unknown",
            "Is it 'Bell Yard'? If not, add it to the tables, then run: adm-sync sync venues.",
            "Is it 'Bell Yard'? If not, ask your data administrator to add the venue 'Bell Yrd'.",
            "Add it to the tables, then run: adm-sync sync venues.",
        ),
        (
            "administrator_unknown",
            "Is it 'Bell Yard'? If not, name a member of staff, or add the person.",
            "Is it 'Bell Yard'? If not, ask your data administrator to add 'Bell Yrd' to those who "
            "look after events, if the name is right.",
            "",
        ),
        (
            "venue_not_linked",
            "Run: adm-sync sync venues.",
            "Ask your data administrator to link the venue 'Bell Yrd' with Administrate.",
            "Run: adm-sync sync venues.",
        ),
        (
            "learning_mode_incompatible",
            "Correct the learning mode; or, if it was changed there, run: adm-sync sync "
            "course_templates.",
            "Correct the learning mode. Or ask your data administrator: what to run is on the list "
            "of findings.",
            "If it was changed there, run: adm-sync sync course_templates.",
        ),
        (
            "not_compared",
            "Import the workbook again, or run adm-sync reconcile, when Administrate is back.",
            "Ask your data administrator: what to run is on the list of findings.",
            "Import the workbook again, or run adm-sync reconcile, when Administrate is back.",
        ),
    ],
)
def test_what_only_an_administrator_can_do_is_asked_of_them_and_the_command_is_theirs(
    code: str, suggestion: str | None, advice_: str, command_: str
) -> None:
    finding = Finding("error", code, "It is wrong.", value="Bell Yrd", suggestion=suggestion)
    assert (advice(finding), command(finding)) == (advice_, command_)
    line = read_csv(findings_csv([finding]))[1]
    assert line[-2:] == [advice_, command_]


@pytest.mark.parametrize(
    ("suggestion", "told"),
    [("28/01/2027", "Is it 28/01/2027?"), ("Type it again.", "Type it again."), (None, "")],
)
def test_a_value_that_is_suggested_is_asked_about(suggestion: str | None, told: str) -> None:
    assert sentence(Finding("error", "no_rows", "x", suggestion=suggestion)) == told


def test_every_suggestion_that_is_no_value_is_a_sentence() -> None:
    for code in catalogue().values():
        assert not code.suggests or code.remedy.endswith("."), code.name


def test_no_finding_tells_a_planner_to_run_anything() -> None:
    for code in catalogue().values():
        finding = Finding("error", code.name, "x", value="{braces}", suggestion=code.remedy)
        assert not re.search("adm-sync|--", advice(finding)), code.name
        assert not code.ask or code.ask.split("{")[0] in advice(finding), code.name
