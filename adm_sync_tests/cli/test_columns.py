"""`columns`, and workbooks with headers of their own from the command line to Administrate."""

from pathlib import Path

import openpyxl
import pytest

from adm_sync.imports.summary import READY
from adm_sync.workbook.columns import Column
from adm_sync.workbook.headers import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.mapping.mapping import read_mapping
from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import remote_titles

OWN = {
    Column.TITLE: "Title of event",
    Column.SESSION_TITLE: "Title of session",
    Column.LOCATION: "Town",
    Column.DAY: "Day",
}
CONSTANTS = (Column.ZONE, Column.SITTING, Column.SESSION_URL)
MAPPING = """
ignore = ["Room size"]
[columns]
"Event title" = "Title of event"
"Session title" = "Title of session"
"Location" = ["Ort", "Town"]
[constants]
"Time Zone" = "Europe - London"
"Sitting" = "2027A"
"Session url" = ""
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A workbook of two events, one with a mistake: own headers in another order, some missing."""
    columns = [column for column in reversed(Column) if column not in CONSTANTS]
    rows = [*workbooks.blended(sessions=2), *workbooks.classroom(max_places="many")]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Plan 2027"
    sheet.append([*(OWN.get(column, column.value) for column in columns), "Room size"])
    for row in rows:
        sheet.append([*(row.get(column) for column in columns), 30])
    path = tmp_path / "plan.xlsx"
    book.save(path)
    return path


def headers(path: Path) -> list[object]:
    sheet = openpyxl.load_workbook(path)["Plan 2027"]
    return [cell.value for cell in sheet[1] if cell.value is not None]


@pytest.mark.thorough
def test_a_workbook_with_headers_of_its_own_is_imported_and_its_copy_keeps_them(
    synced: Workplace, plan: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "columns.toml"
    mapping.write_text(MAPPING)
    errors = synced.run("import-events", str(plan), status=1).stderr
    assert "adm-sync columns" in errors
    synced.set(adm_sync_columns=str(mapping))

    document = synced.json("import-events", str(plan), status=3)

    assert remote_titles(synced) == ["CB1 London 27A-01"]
    (wrong,) = (one for one in document["findings"] if one["severity"] == "error")
    assert (wrong["row"], wrong["header"], wrong["value"]) == (4, "Max places", "many")
    copy = Path(document["report"])
    assert READY not in synced.run("import-events", str(copy), "--dry-run", status=3).stdout
    assert headers(copy) == [STATUS_HEADER, FINDING_HEADER, *headers(plan)]

    book = openpyxl.load_workbook(copy)
    sheet = book["Plan 2027"]
    (cell,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == "many")
    cell.value = 12
    book.save(copy)
    assert READY in synced.run("import-events", str(copy), "--dry-run").stdout
    mended = synced.json("import-events", str(copy))
    assert mended["events"]["unchanged"] == mended["events"]["created"] == 1
    assert remote_titles(synced) == ["CB1 London 27A-01", "CB3 Bristol 27A-01"]
    assert "columns.toml maps 3 columns, and fills 3" in synced.run("doctor").stdout


@pytest.mark.thorough
def test_a_wrong_mapping_stops_only_who_reads_workbooks(
    synced: Workplace, plan: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "columns.toml"
    mapping.write_text('[columns]\n"Evnt title" = "Title of event"\n')
    synced.set(adm_sync_columns=str(mapping))

    for arguments in (["import-events", str(plan), "--dry-run"], ["import-events", str(plan)]):
        errors = synced.run(*arguments, status=2).stderr
        assert f"ADM_SYNC_COLUMNS is wrong: {mapping} " in errors
        assert "'Evnt title' under [columns] is not a column of the workbook" in errors
        assert "Traceback" not in errors
    assert synced.execute("select count(*) from adm_sync.workbooks") == [(0,)]
    for arguments in (["imports"], ["push"], ["template", "t.xlsx"], ["columns", str(plan)]):
        synced.run(*arguments)
    assert "✗ Columns: ADM_SYNC_COLUMNS is wrong" in synced.run("doctor", status=1).stdout


@pytest.mark.thorough
def test_a_mapping_is_proposed_to_be_edited(synced: Workplace, plan: Path, tmp_path: Path) -> None:
    printed = synced.run("columns", str(plan)).stdout
    path = tmp_path / "columns.toml"

    text = synced.run("columns", str(plan), "--to", str(path)).stdout

    assert path.read_text(encoding="utf-8") == printed
    assert text.startswith(f"{path} is written: 2 headers with a column near to it, 2 ")
    given = read_mapping(path)
    assert given.headers == {one: (OWN[one],) for one in (Column.TITLE, Column.SESSION_TITLE)}
    errors = synced.run("columns", str(plan), "--to", str(path), status=1).stderr
    assert errors == f"Error: {path} is there already. Add --force to replace it.\n"
    synced.run("columns", str(plan), "--to", str(path), "--force")


@pytest.mark.thorough
def test_a_workbook_without_headers_has_no_proposal(synced: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    openpyxl.Workbook().save(path)
    assert "like headers of events" in synced.run("columns", str(path), status=1).stderr
    assert "There is no file" in synced.run("columns", str(tmp_path / "no.xlsx"), status=1).stderr
