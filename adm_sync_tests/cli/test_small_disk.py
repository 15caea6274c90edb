"""A disk without room for what is written beside the database: no half files, and it is said."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adm_sync.files import put
from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.disks import FULL, fill, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for a megabyte."""
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.thorough
def test_what_cannot_be_written_is_said_and_what_was_there_stays_whole(
    synced: Workplace, disk: Path, tmp_path: Path
) -> None:
    synced.set(adm_sync_home=str(disk / "home"), adm_sync_inbox=str(disk / "home" / "dropped"))
    synced.run("sync", "locations")
    (before,) = files_in(disk / "home" / "lists")
    whole = before.read_bytes()
    put(tmp_path / "events.xlsx", workbooks.workbook_bytes(workbooks.classroom()))
    template = disk / "template.xlsx"
    template.write_bytes(b"of last year")
    fill(disk)
    for number in range(200):
        synced.sandbox.store.add("Location", name=f"Nowhere {number}", region=region(synced))

    listed = synced.run("sync", "locations")
    imported = synced.run("import-events", str(tmp_path / "events.xlsx"))
    refused = synced.run("template", str(template), "--force", status=1)
    fresh = synced.run("template", str(disk / "fresh.xlsx"), status=1)

    assert f"The list of discrepancies could not be written to {before}: {FULL}" in listed.stderr
    assert before.read_bytes() == whole
    assert f"({FULL}). The import is not affected" in imported.stderr
    assert files_in(disk / "home" / "reports") == []
    assert template.read_bytes() == b"of last year"
    for said in (refused, fresh):
        assert said.stderr.endswith(f"could not be written ({FULL}).\n")
    assert files_in(disk / "home" / "lists") == [before]
    assert {path for path in disk.iterdir() if path.is_file()} == {disk / "filler", template}


def region(place: Workplace) -> str:
    return str(place.sandbox.store.all("Region")[0]["id"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.thorough
def test_remarks_that_cannot_be_written_do_not_end_the_work(synced: Workplace) -> None:
    synced.sandbox.store.add("Location", name="Nowhere", region=region(synced))
    command = [sys.executable, "-m", "adm_sync.cli", "sync", "locations", "--no-prompt"]
    with Path("/dev/full").open("w") as full:
        spoken = subprocess.run(command, check=False, stdout=full, stderr=full)
        told = subprocess.run(
            [*command, "--json"], check=False, stdout=subprocess.PIPE, stderr=full
        )
    assert spoken.returncode == told.returncode == 0
    assert json.loads(told.stdout)["status"] == "succeeded"
    assert synced.execute("select count(*) from adm_sync.runs where status <> 'succeeded'") == [
        (0,)
    ]


def test_an_embedded_database_without_room_is_one_sentence(settled: Workplace, disk: Path) -> None:
    settled.set(adm_sync_home=str(disk / "home"), adm_sync_database_url=None)

    said = settled.run("db", "upgrade", status=1).stderr

    assert said.startswith(f"Error: The embedded database cannot be made in {disk}/home/postgres: ")
    assert said.endswith(f"{FULL}\n")
    assert "locale" not in said
