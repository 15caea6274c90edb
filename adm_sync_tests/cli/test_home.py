"""ADM_SYNC_HOME is for its owner alone, whatever the umask is and was."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from adm_sync_tests.cli.workplace import Workplace


def adm_sync(place: Workplace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, started with a umask that lets everybody do all."""
    return subprocess.run(
        [sys.executable, "-m", "adm_sync.cli", *arguments],
        cwd=place.home.parent,
        capture_output=True,
        text=True,
        umask=0,
        check=False,
    )


def open_to_others(home: Path) -> list[str]:
    paths = [home, *home.rglob("*")]
    return [str(path) for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]


@pytest.mark.thorough
def test_what_a_command_writes_is_for_the_owner_alone(settled: Workplace) -> None:
    assert adm_sync(settled, "sync", "locations").returncode == 0
    workbook = settled.home.parent / "asked for.xlsx"
    settled.home.parent.chmod(0o755)
    assert adm_sync(settled, "template", str(workbook)).returncode == 0

    assert any(path.is_file() for path in settled.home.rglob("*"))
    assert open_to_others(settled.home) == []
    assert stat.S_IMODE(workbook.stat().st_mode) == 0o644


@pytest.mark.thorough
def test_a_home_that_is_open_is_closed_and_it_is_said_once(settled: Workplace) -> None:
    outside = settled.home.parent / "outside"
    outside.write_text("of others")
    outside.chmod(0o644)
    (settled.home / "reports" / "old").mkdir(parents=True)
    (settled.home / "reports" / "old" / "findings.csv").write_text("Ada")
    (settled.home / "link").symlink_to(outside)
    for path in (settled.home, *settled.home.rglob("[!l]*")):
        path.chmod(0o777)

    first, second = adm_sync(settled, "decisions"), adm_sync(settled, "decisions")

    assert first.stderr.count("was open to other users") == 1
    assert second.stderr == ""
    assert open_to_others(settled.home) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


def test_a_folder_that_is_not_its_own_is_refused_and_left_alone(settled: Workplace) -> None:
    settled.patch.setenv("HOME", str(settled.home.parent))
    settled.home.parent.chmod(0o755)
    for home in ("/", "~", "/tmp", "/tmp/../tmp"):
        before = Path(home).expanduser().stat().st_mode
        settled.set(adm_sync_home=home)

        result = settled.run("sync", "locations", status=2)

        assert "ADM_SYNC_HOME is wrong: must be a folder of its own" in result.stderr
        assert Path(home).expanduser().stat().st_mode == before
