"""An inbox on an SFTP server, and the storage there, against a server."""

import os
from collections.abc import Iterator

import dagster as dg
import pytest

from adm_sync.errors import FolderError
from adm_sync.remote import KINDS, forget_ways, remote_folder
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import content
from adm_sync_tests.defs.sensor import PACKAGE, Sensor, begun
from adm_sync_tests.file_servers import PASSWORD, SftpServer, sftp_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with (
        pytest.MonkeyPatch.context() as patch,
        sftp_server(patch, tmp_path_factory.mktemp("sftp")) as server,
    ):
        yield server


@pytest.fixture
def inbox(settled: Workplace, server: SftpServer, instance: dg.DagsterInstance) -> Sensor:
    server.trust()
    folder = server.root / settled.home.parent.name
    folder.mkdir()
    settled.set(adm_sync_inbox=f"{server.url}/{folder.name}")
    return Sensor("inbox_sensor", instance, folder)


@pytest.mark.thorough
def test_a_workbook_is_imported_once_it_is_the_same_at_two_looks(inbox: Sensor) -> None:
    path = inbox.drop("events.xlsx")
    assert "1 file has landed" in inbox.skipped()
    path.write_bytes(PACKAGE + b"the second half")
    assert "1 file has landed" in inbox.skipped()

    assert inbox.partitions() == [content(PACKAGE + b"the second half").partition]

    begun(inbox, dg.DagsterRunStatus.STARTED)
    inbox.drop("the same.xlsx", path.read_bytes())
    lock = inbox.drop("~$events.xlsx")
    inbox.tick()
    assert inbox.skipped().endswith("Known already: 1.")
    lock.unlink()
    inbox.tick()
    assert inbox.skipped().endswith("Known already: 2.")
    path.write_bytes(PACKAGE)
    inbox.tick()
    assert inbox.partitions() == [content(PACKAGE).partition]


def test_what_is_not_taken_is_named_once(
    inbox: Sensor, settled: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    settled.set(adm_sync_workbook_megabytes="0.001")
    secret = inbox.inbox.parent / "secret.xlsx"
    secret.write_bytes(PACKAGE + b"secret")
    (inbox.inbox / "link.xlsx").symlink_to("../secret.xlsx")
    (inbox.inbox / "folder").mkdir()
    os.mkfifo(inbox.inbox / "pipe.xlsx")
    inbox.drop("large.xlsx", PACKAGE + b"." * 2000)
    inbox.drop("empty.xlsx", b"")
    inbox.drop("a [b]*?\n#%41.xlsx")
    os.close(os.open(os.fsencode(inbox.inbox) + b"/\xff.xlsx", os.O_CREAT | os.O_WRONLY))
    inbox.tick()

    assert inbox.partitions() == [content(PACKAGE, "a [b]*?_#%41.xlsx").partition]
    begun(inbox, dg.DagsterRunStatus.STARTED)
    assert "Not taken: 6." in inbox.skipped()
    logged = [record.getMessage() for record in caplog.records if record.name == "adm_sync.imports"]
    for name in ("link", "folder", "pipe", "large", "empty.xlsx", "_.xlsx"):
        assert sum(name in sentence for sentence in logged) == 1, name
    assert settled.execute("select count(*) from adm_sync.workbooks") == [(1,)]


@pytest.mark.thorough
def test_a_server_that_is_not_known_refuses_or_is_away_is_a_sentence(
    inbox: Sensor, server: SftpServer, settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.drop("events.xlsx")
    inbox.tick()
    inbox.tick()
    begun(inbox, dg.DagsterRunStatus.STARTED)
    url = settled.environment["ADM_SYNC_INBOX"]

    (server.ssh / "known_hosts").write_text("")
    forget_ways()
    not_known = inbox.skipped()
    server.trust()
    key = server.ssh / "id_ed25519"
    key.rename(server.ssh / "elsewhere")
    forget_ways()
    with monkeypatch.context() as patch:
        patch.setattr("fsspec.config.conf", {"sftp": {"password": PASSWORD}})
        refused = inbox.skipped()
    (server.ssh / "elsewhere").rename(key)
    forget_ways()
    settled.set(adm_sync_inbox="sftp://127.0.0.1:9/inbox")
    away = inbox.skipped()
    settled.set(adm_sync_inbox=f"{server.url}/nowhere")
    missing = inbox.skipped()
    settled.set(adm_sync_inbox=url)

    assert f"{url} cannot be read: the key of its host is not known" in not_known
    assert "it is refused; check the credentials" in refused
    assert (
        away == "The inbox sftp://127.0.0.1:9/inbox cannot be read: there is no connection to it."
    )
    assert missing.endswith("/nowhere cannot be read: there is no such folder.")
    assert PASSWORD not in (settled.home / "adm-sync.log").read_text()
    assert inbox.skipped().endswith("Known already: 1.")


def test_a_file_is_whole_there_or_as_it_was(
    server: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.trust()
    folder = remote_folder(f"{server.url}/storage").within("reports").within("a [b]")

    assert folder.put("c*.csv", b"first") == f"{server.url}/storage/reports/a [b]/c*.csv"
    folder.put("c*.csv", b"second")
    there = server.root / "storage" / "reports" / "a [b]"
    with monkeypatch.context() as patch:
        patch.setattr("sshfs.SSHFileSystem._mv", lost)
        forget_ways()
        with pytest.raises(FolderError, match="there is no connection to it"):
            folder.put("c*.csv", b"third")

    assert {path.name: path.read_bytes() for path in there.iterdir()} == {"c*.csv": b"second"}
    folder.remove("c*.csv")
    folder.remove("c*.csv")
    assert list(there.iterdir()) == []


async def lost(*_: object, **__: object) -> None:
    raise ConnectionResetError


def test_host_keys_are_always_checked() -> None:
    """The library accepts any unless it is told otherwise."""
    assert KINDS["sftp"].options["known_hosts"] == ()
