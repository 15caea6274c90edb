"""Addresses of folders: which are taken, and what is said of the others."""

import subprocess
import sys
from pathlib import Path

import pytest

from adm_sync import remote
from adm_sync.errors import FolderError, SettingsError
from adm_sync.folders import LocalFolder, folder_at
from adm_sync.remote import KINDS, RemoteFolder, remote_folder
from adm_sync.settings import Settings


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/srv/a b", "/srv/a b"),
        ("file:///srv/a%20b", "/srv/a b"),
        ("FILE://localhost/srv/in", "/srv/in"),
        ("~/in", str(Path.home() / "in")),
        ("in", str(Path.cwd() / "in")),
    ],
)
def test_a_path_is_a_folder_of_this_machine(text: str, path: str) -> None:
    assert folder_at(text) == LocalFolder(Path(path))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("s3://office", "s3://office"),
        (" S3://office/in box/ ", "s3://office/in box"),
        ("gs://office/inbox", "gs://office/inbox"),
        ("abfs://office@account.dfs.core.windows.net/in", None),
        ("abfss://office/in", None),
        ("sftp://planner@files.example.com:2222/in", None),
    ],
)
def test_a_url_is_a_folder_elsewhere(text: str, url: str | None) -> None:
    folder = folder_at(text)
    assert isinstance(folder, RemoteFolder)
    assert str(folder) == (url or text)


@pytest.mark.parametrize(
    "text",
    [
        "s3://KEY:hidden-value@office/in",
        "s3://KEY:hidden/value@office/in",
        "s3://hidden-value@office/in",
        "sftp://planner:hidden-value@files.example.com/in",
        "sftp://planner:hidden-value",
        "sftp://planner:hidden@value@files.example.com/in",
        "abfs://office:hidden-value@account/in",
        "s3://office/in?key=hidden-value",
        "s3://office/in#hidden-value",
        "s3://office/../hidden-value",
        "s3://office//hidden-value",
        "s3://office/*/hidden-value",
        "simplecache::s3://office/hidden-value",
        "ftp://hidden-value/in",
        "s3:///hidden-value",
        "s3://",
        "sftp://:22/hidden-value",
        "file://server/hidden-value",
        "s3://office/hidden\nvalue",
    ],
)
def test_an_address_that_is_none_is_refused_without_a_word_of_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADM_SYNC_INBOX", text)
    settings = Settings.load()

    with pytest.raises(SettingsError, match=r"^ADM_SYNC_INBOX is wrong: must ") as refused:
        _ = settings.inbox

    assert "hidden" not in str(refused.value)
    assert "office" not in str(refused.value)


@pytest.mark.parametrize(("scheme", "kind"), KINDS.items())
def test_a_missing_library_is_told_by_the_extra_that_brings_it(
    scheme: str, kind: remote.ServerKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, kind.library, None)

    with pytest.raises(FolderError) as told:
        remote_folder(f"{scheme}://office/inbox").listed()

    assert str(told.value) == (
        f"{scheme}://office/inbox cannot be read: what reaches {scheme}:// is not installed: "
        f"pip install 'adm_sync[{kind.extra}]'."
    )


@pytest.mark.thorough
def test_what_reaches_a_url_is_loaded_when_it_is_needed() -> None:
    heavy = {"fsspec", "upath", "pandas", *(kind.library for kind in KINDS.values())}
    code = (
        "import sys; from adm_sync.cli import imports, importing, doctor\n"
        "from adm_sync.imports.opening import reports_folder\n"
        "from adm_sync.settings import Settings\n"
        "print(reports_folder(Settings(adm_sync_storage='s3://office')))\n"
        f"print('heavy:', sorted({heavy!r} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "s3://office/reports\nheavy: []\n"
