"""What the machine lacks is a sentence, and never called a fault of adm-sync's own."""

import subprocess
import sys
from pathlib import Path

import pytest

from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import Workplace

SECONDS = 60
NO_ROOM = "ulimit -f 0"


def limited(place: Workplace, limit: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `adm-sync` as a process under a limit of the shell."""
    command = ["sh", "-c", f'{limit}; exec "$@"', "sh", sys.executable, "-m", "adm_sync.cli"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    told = done.stdout + done.stderr
    for word in ("Traceback", "fault of its own", "fault of adm_sync", "Errno"):
        assert word not in told, told
    return done


@pytest.fixture
def workbook(tmp_path: Path) -> str:
    """A workbook of one event."""
    path = tmp_path / "events.xlsx"
    path.write_bytes(workbooks.workbook_bytes(workbooks.classroom()))
    return str(path)


@pytest.mark.thorough
def test_a_sync_without_room_for_its_lists_succeeds_and_says_so(settled: Workplace) -> None:
    done = limited(settled, NO_ROOM, "sync", "locations")

    assert done.returncode == 0, done.stderr
    assert "could not be written to" in done.stderr


@pytest.mark.thorough
def test_an_import_without_room_for_its_report_is_whole_and_says_so(
    synced: Workplace, workbook: str
) -> None:
    done = limited(synced, NO_ROOM, "import-events", workbook)

    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "could not be written (File too large). The import is not affected" in (
        done.stdout + done.stderr
    )
    assert [one["title"] for one in synced.sandbox.store.all("Event")] == ["CB3 Bristol 27A-01"]


@pytest.mark.thorough
def test_a_template_without_room_is_a_sentence(synced: Workplace, tmp_path: Path) -> None:
    done = limited(synced, NO_ROOM, "template", str(tmp_path / "fresh.xlsx"))

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")


@pytest.mark.thorough
def test_certificates_that_are_not_there_are_named(settled: Workplace) -> None:
    settled.patch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")

    done = limited(settled, "true", "sync", "locations")

    assert done.returncode == 1
    assert "SSL_CERT_FILE" in done.stderr
