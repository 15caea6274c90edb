"""`template`: a fresh workbook that offers what an import can use."""

from pathlib import Path

import openpyxl
import pytest

from adm_sync_tests.cli.workplace import Workplace


def offered(path: Path) -> dict[str, list[str]]:
    """The lists of the workbook, by their headings."""
    sheet = openpyxl.load_workbook(path)["Lists"]
    return {
        str(heading): [str(value) for value in values if value is not None]
        for heading, *values in sheet.iter_cols(values_only=True)
    }


def test_it_offers_linked_records_only(synced: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "fresh.xlsx"

    text = synced.run("template", str(tmp_path / "fresh")).stdout

    lists = offered(path)
    assert text.startswith(f"{path} is written. It offers {len(lists['Course templates'])} course")
    assert "CB1_LO_6" in lists["Course templates"]
    assert "SA1_LO_2" not in lists["Course templates"]  # not in Administrate
    assert "London" in lists["Locations"]
    assert "Edinburgh" not in lists["Locations"]
    assert "Adewale Brightmore" in lists["Instructors"]
    assert "Katherine Ashdown" not in lists["Instructors"]
    assert "Marguerite Pellow" in lists["Event administrators"]
    assert "2027A" in lists["Sittings"]
    assert lists["Time zones"][0] == "Europe - London"
    assert "Europe - Dublin" in lists["Time zones"]


def test_a_file_that_is_there_is_replaced_only_by_force(synced: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_text("a week's work")

    errors = synced.run("template", str(path), status=1).stderr

    assert errors == f"Error: {path} is there already. Add --force to replace it.\n"
    assert path.read_text() == "a week's work"
    synced.run("template", str(path), "--force")
    assert "CB1_LO_6" in offered(path)["Course templates"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("none/fresh.xlsx", "There is no folder {0}/none."), ("", "{0} is there already.")],
)
def test_a_place_where_nothing_can_be_written_is_said(
    synced: Workplace, tmp_path: Path, name: str, sentence: str
) -> None:
    errors = synced.run("template", str(tmp_path / name), status=1).stderr

    assert errors.startswith(f"Error: {sentence.format(tmp_path)}")


def test_before_any_sync_it_says_what_to_run(settled: Workplace, tmp_path: Path) -> None:
    text = settled.run("template", str(tmp_path / "fresh.xlsx")).stdout

    assert text.endswith(
        "No course template is linked yet: adm-sync sync-all links those that Administrate has.\n"
    )
