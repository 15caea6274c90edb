"""Which files of the inbox are workbooks that have landed."""

import os
from pathlib import Path

import pytest

from adm_sync.imports.inbox import InboxFile, LocalInbox


def look(folder: Path) -> list[InboxFile]:
    return LocalInbox(folder).look()


def names(folder: Path) -> list[str]:
    return [found.name for found in look(folder) if not found.obstacle]


def test_the_folder_is_made_if_it_is_missing(tmp_path: Path) -> None:
    assert look(tmp_path / "new" / "inbox") == []
    assert (tmp_path / "new" / "inbox").is_dir()


def test_workbooks_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.xlsx", "A.XLSM", "old.xls", "notes.txt", ".hidden.xlsx", "data.csv"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.xlsx").mkdir()
    assert names(tmp_path) == ["A.XLSM", "b.xlsx", "old.xls"]


@pytest.mark.parametrize(
    ("lock", "workbook"),
    [
        ("~$b.xlsx", "b.xlsx"),
        ("~$events 2027A.xlsx", "events 2027A.xlsx"),
        ("~$ents 2027A.xlsx", "events 2027A.xlsx"),
        (".~lock.b.xlsx#", "b.xlsx"),
    ],
)
def test_what_somebody_has_open_waits(tmp_path: Path, lock: str, workbook: str) -> None:
    for name in (lock, workbook, "other.xlsx"):
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["other.xlsx"]


def test_the_sign_of_a_file_changes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"one")
    (first,) = look(tmp_path)
    assert [first] == look(tmp_path)
    path.write_bytes(b"two!")
    (second,) = look(tmp_path)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    (third,) = look(tmp_path)
    assert len({first.sign, second.sign, third.sign}) == 3


def test_what_is_no_workbook_is_named_with_the_reason(tmp_path: Path) -> None:
    named = "data.csv", "noending", ".plan.xlsx", "..XLSM"
    unnamed = (
        ".hidden",
        "Thumbs.db",
        "events.xlsx.part",
        "~$a.xlsx",
        ".~lock.a.xlsx#",
        "._plan.xlsx",
    )
    for name in (*named, *unnamed):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "data.csv")
    said = {found.name: found.obstacle for found in look(tmp_path)}
    assert said.keys() == {*named, "folder.xlsx", "link.xlsx"}
    assert "begins with a dot" in said[".plan.xlsx"]
    assert "save it as an Excel Workbook" in said["data.csv"]
    assert "links are not followed" in said["link.xlsx"]
    assert "folder" in said["folder.xlsx"]


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.xlsx"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    (found,) = look(tmp_path)
    assert found.name == "\\xff.xlsx"
