"""When the sandbox of the demo stands in for Administrate, and when it must not."""

from pathlib import Path

import pytest

from adm_sync.errors import AdmSyncError
from adm_sync.rehearsal import rehearsing, sandbox_state
from adm_sync.sandbox import Store
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import clear_environment

REAL = {"ADM_SYNC_DATABASE_URL": "postgresql://x/y", "ADMINISTRATE_API_URL": "https://x.example"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    clear_environment(monkeypatch)
    monkeypatch.setenv("ADM_SYNC_HOME", str(tmp_path))
    return tmp_path


def test_after_the_demo_its_sandbox_stands_in_and_keeps_what_it_is_told(home: Path) -> None:
    settings = Settings.load()
    Store().save(sandbox_state(settings))

    with rehearsing(settings) as reaching:
        access = reaching.administrate()

    assert access.api_url.startswith("http://127.0.0.1:")
    assert settings.administrate_api_url is None


def test_without_the_demo_nothing_stands_in(home: Path) -> None:
    settings = Settings.load()

    with rehearsing(settings) as reaching:
        assert reaching is settings


@pytest.mark.parametrize("name", REAL)
def test_nothing_fictional_comes_to_what_is_real(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, REAL[name])
    settings = Settings.load()
    Store().save(sandbox_state(settings))

    with rehearsing(settings) as reaching:
        assert reaching is settings


def test_records_that_cannot_be_read_are_said_in_a_sentence(home: Path) -> None:
    settings = Settings.load()
    sandbox_state(settings).write_text("no records", encoding="utf-8")

    with pytest.raises(AdmSyncError, match="cannot run"), rehearsing(settings):
        pass
