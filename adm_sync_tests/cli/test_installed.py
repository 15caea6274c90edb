"""The package as people install it: a wheel, in an empty folder, far from the checkout."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from adm_sync import __version__
from adm_sync_tests.cli.processes import assert_nothing_is_left
from adm_sync_tests.cli.workplace import Visit
from adm_sync_tests.database_fixtures import throwaway_folder

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@dataclass(frozen=True)
class Installed:
    """`adm-sync` from a wheel, with what it needs from the environment of the tests."""

    folder: Path
    wheel: Path

    def run(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.folder / "lib" / "bin" / "adm-sync", *arguments],
            cwd=self.folder / "empty",
            env=os.environ | {"PYTHONPATH": str(self.folder / "lib")} | settings,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    with throwaway_folder() as folder:
        source = folder / "source"
        source.mkdir()
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, source)
        shutil.copytree(
            ROOT / "adm_sync", source / "adm_sync", ignore=shutil.ignore_patterns("__pycache__")
        )
        build = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder)]
        subprocess.run([*PIP, *build, str(source)], check=True)
        shutil.rmtree(source)
        (wheel,) = folder.glob("*.whl")
        install = ["install", "--no-deps", "--no-index", "--target", str(folder / "lib")]
        subprocess.run([*PIP, *install, str(wheel)], check=True)
        (folder / "empty").mkdir()
        yield Installed(folder, wheel)


@pytest.mark.thorough
def test_the_wheel_carries_all_that_is_read_and_nothing_else(installed: Installed) -> None:
    with ZipFile(installed.wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]

    read = {path for path in (ROOT / "adm_sync").rglob("*") if path.is_file()}
    wanted = {str(path.relative_to(ROOT)) for path in read if "__pycache__" not in path.parts}
    assert set(names) == wanted
    assert {"adm_sync/defs/dagster.yaml", "adm_sync/defs/workspace.yaml"} <= set(names)


@pytest.mark.thorough
def test_it_is_found_where_it_was_installed(installed: Installed) -> None:
    done = installed.run("version")

    assert done.stdout.startswith(f"adm-sync {__version__}\nextras: "), done.stderr


@pytest.mark.thorough
def test_doctor_and_template_work_in_an_empty_folder(
    installed: Installed, visit_synced: Visit
) -> None:
    with visit_synced():
        looked = installed.run("doctor")
        written = installed.run("template", "events.xlsx")

    assert looked.returncode == 0, looked.stdout + looked.stderr
    assert "✓ Dagster: " in looked.stdout
    assert written.returncode == 0, written.stderr
    assert [path.name for path in (installed.folder / "empty").iterdir()] == ["events.xlsx"]


@pytest.mark.thorough
def test_the_demo_works_in_an_empty_folder(installed: Installed) -> None:
    home = installed.folder / "home"

    done = installed.run("demo", ADM_SYNC_HOME=str(home))

    assert done.returncode == 0, done.stderr
    assert "  linked:          39 of 39\n" in done.stdout
    # With nothing set they work with what the demo has left.
    looked = installed.run("doctor", ADM_SYNC_HOME=str(home))
    assert looked.returncode == 0, looked.stdout
    assert installed.run("template", "again.xlsx", ADM_SYNC_HOME=str(home)).returncode == 0
    settings = (home / "dagster" / "dagster.yaml").resolve()
    assert settings == installed.folder / "lib" / "adm_sync" / "defs" / "dagster.yaml"
    assert_nothing_is_left(home)
