"""What a spreadsheet or a program finds in a file of a table."""

import csv
import io
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from adm_sync.errors import SurroundingsError, WorkbookError
from adm_sync.formulas import FORMULA_STARTS, printable, without_guard
from adm_sync.tables import workbooks
from adm_sync.tables.declared import DECISIONS, RUNS, TypedTable, number, text
from adm_sync.tables.files import csv_bytes, parquet_bytes
from adm_sync.tables.frames import frame
from adm_sync.tables.workbooks import FillIn, xlsx_bytes

TABLE = TypedTable("things", "a thing", (text("name", "its name"), number("count", "how many")))
WHEN = datetime(2026, 7, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
texts = st.text(max_size=20) | st.builds(str.__add__, st.sampled_from(FORMULA_STARTS), st.text())
often = settings(max_examples=20, deadline=None)


def in_excel(data: bytes) -> Any:
    return load_workbook(io.BytesIO(data)).worksheets[0]


def in_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@often
@given(st.lists(texts, min_size=1, max_size=4))
def test_no_text_becomes_a_formula_and_each_stays_what_it_was(names: list[str]) -> None:
    rows = [(name, 1) for name in names]

    sheet = in_excel(xlsx_bytes(TABLE, rows))
    for (cell, _), name in zip(sheet.iter_rows(min_row=2), names, strict=True):
        assert cell.data_type in {"s", "inlineStr"}
        assert bool(cell.quotePrefix) == printable(name).startswith(FORMULA_STARTS)
    for (shown, _), name in zip(in_csv(csv_bytes(TABLE, rows))[1:], names, strict=True):
        assert not shown.startswith(FORMULA_STARTS)
        if not name.startswith("'"):
            assert without_guard(shown) == printable(name)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "#N/A", "TRUE"])
def test_what_excel_takes_for_something_else_is_text_in_it(name: str) -> None:
    sheet = in_excel(xlsx_bytes(TABLE, [(name, 1)]))

    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value.strip() == name.strip()
    assert sheet["B2"].value == 1


def test_a_moment_is_in_utc_in_every_file() -> None:
    row = (1, "link", "venues", 7, None, "ada", "", WHEN, None, None)

    sheet = in_excel(xlsx_bytes(DECISIONS, [row]))
    place = DECISIONS.position("decided_at")
    cell = sheet.cell(2, place + 1)
    assert cell.value == datetime(2026, 7, 1, 12, 30)  # noqa: DTZ001 - as Excel has it
    assert "UTC" in cell.number_format
    assert in_csv(csv_bytes(DECISIONS, [row]))[1][place] == "2026-07-01T12:30:00+00:00"
    assert frame(DECISIONS, [row])["decided_at"][0] == pd.Timestamp(WHEN.astimezone(UTC))


def test_a_number_that_excel_cannot_hold_is_text_in_it() -> None:
    sheet = in_excel(xlsx_bytes(TABLE, [("a", 2**53 + 1)]))

    assert sheet["B2"].value == str(2**53 + 1)


def test_the_headings_are_above_and_stay_there() -> None:
    sheet = in_excel(xlsx_bytes(RUNS, []))

    assert [cell.value for cell in sheet[1]][:3] == ["Id", "Entity", "Status"]
    assert sheet.freeze_panes == "A2"
    assert sheet.protection.sheet is False


def test_more_rows_than_a_sheet_has_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)

    with pytest.raises(WorkbookError, match="use --csv"):
        xlsx_bytes(TABLE, [("a", 1)] * 3)


def test_what_is_to_be_filled_in_is_open_and_the_rest_is_not() -> None:
    fill_in = FillIn(
        ("Decision", "Reason"), [["link to A (1)", "ignore"], []], frozenset({"count"})
    )

    sheet = in_excel(xlsx_bytes(TABLE, [("a", 1), ("b", 2)], fill_in))

    assert [cell.value for cell in sheet[1]][:4] == ["Name", "Count", "Decision", "Reason"]
    assert sheet.protection.sheet
    assert [sheet.cell(2, at).protection.locked for at in (1, 2, 3, 4)] == [
        True,
        True,
        False,
        False,
    ]
    assert sheet.column_dimensions["B"].hidden
    assert sheet.column_dimensions["E"].hidden
    assert [sheet["E2"].value, sheet["F2"].value, sheet["E3"].value] == [
        *("link to A (1)", "ignore", None)
    ]
    (check,) = sheet.data_validations.dataValidation
    assert check.formula1 == "OFFSET($E2,0,0,1,COUNTA($E2:$F2))"
    assert str(check.sqref) == "C2:C3"


def test_parquet_has_the_types_of_the_frame() -> None:
    pytest.importorskip("pyarrow")
    row = (1, "link", "venues", None, "L1", "ada", "=1", WHEN, None, None)

    found = pd.read_parquet(io.BytesIO(parquet_bytes(DECISIONS, [row])))

    wanted = frame(DECISIONS, [row])
    assert list(found) == list(wanted)
    for name in wanted:
        assert found[name].tolist() == wanted[name].tolist() or found[name].isna().all(), name
    assert str(found["tutorial_id"].dtype) == "Int64"
    assert str(found["decided_at"].dtype) == "datetime64[us, UTC]"


def test_without_pyarrow_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(SurroundingsError, match="extra parquet"):
        parquet_bytes(DECISIONS, [])
