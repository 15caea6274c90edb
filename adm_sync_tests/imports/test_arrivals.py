"""What lies in the inbox and is not imported: who dropped it is told, once."""

import os
from pathlib import Path

import pytest

from adm_sync.alerts.stored import stored
from adm_sync.database.states import ProblemKind
from adm_sync.folders import LocalFolder
from adm_sync.imports.arrivals import Arrival, Look
from adm_sync.imports.inbox import inbox_in
from adm_sync.imports.outbox import Outbox
from adm_sync.workbook.reading import Limits
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import content, imported
from adm_sync_tests.workbooks import classroom


@pytest.fixture
def folder(settled: Workplace) -> Path:
    folder = settled.home / "inbox"
    folder.mkdir(parents=True)
    return folder


def look(place: Workplace, folder: Path, outbox: Path | None = None) -> list[Arrival]:
    """One look, as the sensor has it."""
    answers = LocalFolder(outbox or folder / "checked")
    inbox = inbox_in(LocalFolder(folder), answers)
    return Look(place.engine, inbox, Limits(), 20, Outbox(place.engine, answers)).take_in()


def answers(folder: Path) -> dict[str, str]:
    """The texts that were put beside the inbox, by name."""
    return {one.name: one.read_text() for one in sorted((folder / "checked").glob("*"))}


def problems(place: Workplace) -> list[tuple[ProblemKind | None, str]]:
    """What is to be told of the inbox."""
    with place.engine.connect() as connection:
        return [
            (one.kind, one.sentence) for one in stored(connection, "UTC") if one.matter == "inbox"
        ]


def test_whoever_dropped_what_is_not_taken_is_told_once(settled: Workplace, folder: Path) -> None:
    (folder / "events.csv").write_text("a;b")
    (folder / "fake.xlsx").write_bytes(b"no workbook")
    (folder / "notes.txt").write_text("for myself")
    (folder / "link.xlsx").symlink_to(folder / "events.csv")
    for passing in ("~$events.xlsx", ".~lock.a.xlsx#", "events.xlsx.part", "Thumbs.db"):
        (folder / passing).write_bytes(b"x")

    look(settled, folder)
    assert answers(folder) == {}  # it may be half a copy

    look(settled, folder)
    told = answers(folder)
    assert sorted(told) == [
        f"{name} (not imported).txt"
        for name in ("events.csv", "fake.xlsx", "link.xlsx", "notes.txt")
    ]
    assert "save it as an Excel Workbook (.xlsx)" in told["events.csv (not imported).txt"]
    assert "links are not followed" in told["link.xlsx (not imported).txt"]
    assert dict(problems(settled)).keys() == {ProblemKind.PARTIAL, None}
    assert [kind for kind, said in problems(settled) if "notes.txt" in said] == [None]
    for one in (folder / "checked").iterdir():
        one.unlink()
    look(settled, folder)
    assert answers(folder) == {}

    (folder / "fake.xlsx").write_bytes(b"another one")
    for name in ("events.csv", "link.xlsx", "notes.txt"):
        (folder / name).unlink()
    look(settled, folder)
    look(settled, folder)
    assert list(answers(folder)) == ["fake.xlsx (not imported).txt"]
    (folder / "fake.xlsx").unlink()
    look(settled, folder)
    assert problems(settled) == []


def test_what_was_imported_before_is_said_to_whoever_drops_it_again(synced: Workplace) -> None:
    folder = synced.home / "inbox"
    folder.mkdir(parents=True)
    workbook = content(*classroom())
    imported(workbook, push=False)
    (folder / "again.xlsx").write_bytes(workbook.data)

    look(synced, folder)
    (arrival,) = look(synced, folder)

    assert arrival.is_over
    (said,) = answers(folder).values()
    assert f"was imported before, as «{workbook.partition}», so nothing was done again" in said
    assert problems(synced) == []


@pytest.mark.thorough
def test_an_answer_that_cannot_be_put_there_keeps_nothing_from_being_taken_in(
    settled: Workplace, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "events.csv").write_text("a;b")
    (folder / "no_folder").write_text("")

    look(settled, folder, folder / "no_folder")
    look(settled, folder, folder / "no_folder")

    assert "«events.csv» was not answered" in caplog.text
    assert [kind for kind, _ in problems(settled)] == [ProblemKind.PARTIAL]


@pytest.mark.thorough
def test_a_name_of_any_bytes_is_answered_in_the_folder_for_answers(
    settled: Workplace, folder: Path
) -> None:
    for name in (b"\xff.csv", "é".encode() * 120 + b".csv"):
        (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_bytes(b"x")

    look(settled, folder)
    look(settled, folder)

    assert len(answers(folder)) == 2
