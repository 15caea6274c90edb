"""The list of discrepancies as a file."""

import csv
from pathlib import Path

import pytest

from adm_sync.database.journal import Discrepancy
from adm_sync.folders import LocalFolder
from adm_sync.reference.listing import HEADINGS, write_list
from adm_sync.reference.results import EntityResult


def held(*found: Discrepancy) -> EntityResult:
    return EntityResult("locations", "succeeded", discrepancies=list(found))


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_every_discrepancy_is_a_row_with_its_candidates(tmp_path: Path) -> None:
    near = {"label": "Leeds", "external_id": "L1", "tutorial_id": None, "score": 90}
    one = Discrepancy("unmatched_tutorial", "t 3", "Léeds", 3, None, "id 3", [near])

    path = write_list(LocalFolder(tmp_path / "lists"), held(one))

    assert path == tmp_path / "lists" / "locations.csv"
    assert rows_of(path) == [
        list(HEADINGS),
        ["unmatched_tutorial", "Léeds", "3", "", "id 3", "Leeds (L1)"],
    ]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_name_that_looks_like_a_formula_stays_text(tmp_path: Path, name: str) -> None:
    path = write_list(LocalFolder(tmp_path), held(Discrepancy("unmatched_tutorial", "s", name)))

    assert isinstance(path, Path)
    assert rows_of(path)[1][1] == f"'{name}"


def test_the_file_goes_when_nothing_is_open_any_more(tmp_path: Path) -> None:
    path = write_list(LocalFolder(tmp_path), held(Discrepancy("drifted", "s", "Leeds")))

    assert write_list(LocalFolder(tmp_path), held()) is None
    assert isinstance(path, Path)
    assert not path.exists()


def test_a_folder_that_cannot_be_made_is_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "lists").write_text("in the way")

    assert (
        write_list(LocalFolder(tmp_path / "lists"), held(Discrepancy("drifted", "s", "Leeds")))
        is None
    )
    assert "could not be written" in caplog.text
