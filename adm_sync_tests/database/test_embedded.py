import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.database import accounts, cluster, embedded
from adm_sync.database.accounts import Account, account_for, let_pass, let_read, private_folder
from adm_sync.database.cluster import THROWAWAY, Cluster, find_cluster
from adm_sync.database.embedded import embedded_server
from adm_sync.errors import DatabaseError
from adm_sync.home import SERVER_USER, is_open
from adm_sync_tests.database_fixtures import throwaway_folder

pytestmark = pytest.mark.thorough(all_but_each=3)

USER = Path(__file__).with_name("embedded_user.py")
IS_ROOT = os.geteuid() == 0
# Root can take on any other account; anybody else is only themselves.
ACCOUNTS = ["root", "daemon"] if IS_ROOT else [pwd.getpwuid(os.geteuid()).pw_name]


@pytest.fixture
def new_home() -> Iterator[Path]:
    """A home without a cluster, of a short path; that of tmp_path is too long for a socket."""
    with throwaway_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with a cluster that was used before; it serves one test after the other."""
    with throwaway_folder() as folder:
        with embedded_server(folder, settings=THROWAWAY):
            pass
        yield folder


def query(url: str, statement: str) -> Any:
    plain = sa.make_url(url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connected:
        found = connected.execute(statement.encode())
        return found.fetchone()[0] if found.description else None  # type: ignore[index]


def server(home: Path) -> Cluster:
    return Cluster(home.resolve() / "postgres", account_for(home / "postgres"), Path())


def is_alive(home: Path) -> bool:
    return server(home).is_alive()


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


@contextmanager
def passable() -> Iterator[None]:
    """Let any account run this Python and this project; closed again afterwards."""
    paths = [Path(sys.executable).resolve(), Path(sys.prefix, "lib"), USER, Path(cluster.__file__)]
    modes = {folder: folder.stat().st_mode for path in paths for folder in path.parents}
    for path in paths:
        let_pass(Account(1, 1, foreign=IS_ROOT), path)
    try:
        yield
    finally:
        for folder, mode in modes.items():
            if folder.stat().st_mode != mode:
                folder.chmod(stat.S_IMODE(mode))


@contextmanager
def another_process(
    home: Path, account: str | None = None, before: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the server, ready when this yields, gone when it leaves."""
    options: dict[str, Any] = {}
    if account is not None and IS_ROOT:
        entry = pwd.getpwnam(account)
        options = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    process = subprocess.Popen(
        [*before, sys.executable, "-B", str(USER), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        **options,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.communicate("")
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            if not stream.closed:
                stream.close()
        process.wait()


def ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert process.stderr is not None
    url = process.stdout.readline().strip()
    assert url, process.stderr.read()
    return url


def test_a_new_server_starts_keeps_its_rows_and_stops(new_home: Path) -> None:
    with embedded_server(new_home) as url:
        assert query(url, "show server_version").startswith("18")
        query(url, "create table kept as select 42 as answer")
        assert is_alive(new_home)
    assert not is_alive(new_home)
    with embedded_server(new_home) as url:
        assert query(url, "select answer from kept") == 42
    assert not is_alive(new_home)


@pytest.mark.thorough
@pytest.mark.skipif(
    not IS_ROOT or shutil.which("unshare") is None, reason="only root makes containers"
)
def test_a_process_in_another_container_joins_the_server(home: Path) -> None:
    container = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    with embedded_server(home) as url:
        began = query(url, "select pg_postmaster_start_time()")
        with another_process(home, before=container) as process:
            ready(process)
        assert query(url, "select pg_postmaster_start_time()") == began
        assert is_alive(home)


def test_nobody_else_can_reach_the_server(home: Path) -> None:
    with embedded_server(home) as url:
        assert query(url, "show listen_addresses") == ""
        folder = Path(query(url, "show unix_socket_directories"))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        rejected = (
            "select count(*) from pg_hba_file_rules"
            " where type <> 'local' and auth_method <> 'reject'"
        )
        assert query(url, rejected) == 0


def test_settings_of_other_servers_do_not_disturb_it(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGUSER", "nobody")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with embedded_server(new_home, settings=THROWAWAY) as url:
        assert query(url, "show fsync") == "off"
        assert query(url, "show timezone") == "UTC"
        assert query(url, "select upper('é') || lower('I')") == "Éi"


def test_a_cluster_stays_with_its_version(new_home: Path) -> None:
    with embedded_server(new_home, settings=THROWAWAY, version=16) as url:
        assert query(url, "show server_version").startswith("16")
    with embedded_server(new_home) as url:
        assert query(url, "show server_version").startswith("16")


def test_an_unknown_version_is_named(new_home: Path) -> None:
    (new_home / "postgres").mkdir()
    (new_home / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseError, match="PostgreSQL 12"), embedded_server(new_home):
        pass


def test_a_second_user_joins_and_the_last_one_stops_it(home: Path) -> None:
    with embedded_server(home) as url:
        first = postmaster(home)
        with another_process(home) as other:
            assert ready(other) == url
            assert postmaster(home) == first
        assert query(url, "select 1") == 1
        with embedded_server(home) as again:
            assert again == url
        assert query(url, "select 1") == 1
    assert not is_alive(home)


def test_the_server_stays_for_those_who_came_later(home: Path) -> None:
    with another_process(home) as first:
        url = ready(first)
        with another_process(home) as second:
            ready(second)
            first.communicate("")
            assert query(url, "select 1") == 1
        assert not is_alive(home)


@pytest.mark.thorough
def test_processes_that_start_at_once_share_one_server(new_home: Path) -> None:
    with (
        another_process(new_home) as a,
        another_process(new_home) as b,
        another_process(new_home) as c,
        another_process(new_home) as d,
    ):
        urls = {ready(process) for process in (a, b, c, d)}
        assert len(urls) == 1
        assert query(urls.pop(), "select 1") == 1
    assert not is_alive(new_home)


def test_a_killed_user_leaves_no_lock_behind(home: Path) -> None:
    with another_process(home) as first:
        ready(first)
        first.kill()
        first.wait()
        assert is_alive(home)
    with embedded_server(home) as url:
        assert query(url, "select 1") == 1
    assert not is_alive(home)


@pytest.mark.thorough
def test_a_killed_server_is_recovered(new_home: Path) -> None:
    with embedded_server(new_home) as url:
        query(url, "create table kept as select 42 as answer")
        plain = sa.make_url(url).set(drivername="postgresql")
        with closing(psycopg.connect(plain.render_as_string())) as busy:
            busy.execute("select 1")
            os.kill(postmaster(new_home), signal.SIGKILL)
            with embedded_server(new_home) as again:
                assert query(again, "select answer from kept") == 42


def test_a_pid_file_that_names_a_stranger_is_seen_through(home: Path) -> None:
    with embedded_server(home):
        stale = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    stale[0] = str(os.getpid())
    (home / "postgres" / "postmaster.pid").write_text("\n".join(stale) + "\n")
    assert not is_alive(home)
    with embedded_server(home) as url:
        assert query(url, "select 1") == 1


@pytest.mark.thorough
def test_a_pid_file_that_names_another_server_is_seen_through(new_home: Path) -> None:
    other = new_home / "other"
    with embedded_server(other, settings=THROWAWAY):
        with embedded_server(new_home, settings=THROWAWAY):
            stale = (new_home / "postgres" / "postmaster.pid").read_text().splitlines()
        stale[0] = str(postmaster(other))
        (new_home / "postgres" / "postmaster.pid").write_text("\n".join(stale) + "\n")
        with embedded_server(new_home) as url:
            assert query(url, "show data_directory") == str(new_home.resolve() / "postgres")
        assert is_alive(other)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("text", ["", "nonsense\n", "999999999\n"])
def test_a_damaged_pid_file_is_no_obstacle(home: Path, text: str) -> None:
    with embedded_server(home, settings=THROWAWAY):
        pass
    (home / "postgres" / "postmaster.pid").write_text(text)
    with embedded_server(home) as url:
        assert query(url, "select 1") == 1


def test_a_server_that_somebody_stopped_is_no_error_on_leaving(home: Path) -> None:
    with embedded_server(home, settings=THROWAWAY):
        find_cluster(home, account_for(home / "postgres"), THROWAWAY, 18).stop()
    assert not is_alive(home)


@pytest.mark.thorough
def test_a_server_is_stopped_though_the_way_to_its_data_was_closed_again(new_home: Path) -> None:
    deep = new_home / "closed" / "home"
    with embedded_server(deep, settings=THROWAWAY):
        (new_home / "closed").chmod(0o700)
    assert not is_alive(deep)
    with embedded_server(deep) as url:
        assert query(url, "select 1") == 1


@pytest.mark.thorough
def test_a_start_that_was_killed_is_begun_again(new_home: Path) -> None:
    (new_home / "postgres.new" / "base").mkdir(parents=True)
    (new_home / "postgres.new" / "PG_VERSION").write_text("18\n")
    (new_home / "postgres").mkdir()
    with embedded_server(new_home, settings=THROWAWAY) as url:
        assert query(url, "select 1") == 1
    assert not (new_home / "postgres.new").exists()


def test_a_folder_of_something_else_is_left_alone(new_home: Path) -> None:
    (new_home / "postgres").mkdir()
    (new_home / "postgres" / "letter.txt").write_text("Dear Ada")
    with pytest.raises(DatabaseError, match="ADM_SYNC_HOME"), embedded_server(new_home):
        pass
    assert (new_home / "postgres" / "letter.txt").read_text() == "Dear Ada"


def test_a_server_that_does_not_start_says_why(new_home: Path) -> None:
    with embedded_server(new_home, settings=THROWAWAY):
        pass
    with (new_home / "postgres" / "postgresql.conf").open("a") as file:
        file.write("colour = red\n")
    with pytest.raises(DatabaseError, match="colour"), embedded_server(new_home):
        pass


def test_a_cluster_that_cannot_be_made_says_why(new_home: Path) -> None:
    with (
        pytest.raises(DatabaseError, match="colour"),
        embedded_server(new_home, settings={"colour": "red"}),
    ):
        pass


def test_a_home_that_cannot_be_made_says_why(new_home: Path) -> None:
    (new_home / "file").write_text("")
    with (
        pytest.raises(DatabaseError, match="ADM_SYNC_HOME"),
        embedded_server(new_home / "file" / "h"),
    ):
        pass


def test_a_lock_that_cannot_be_opened_says_why(new_home: Path) -> None:
    (new_home / "postgres.users.lock").mkdir()
    with pytest.raises(DatabaseError, match=r"users\.lock"), embedded_server(new_home):
        pass


def test_a_home_too_long_for_a_socket_gets_one_elsewhere(new_home: Path) -> None:
    deep = new_home / ("long " * 30)
    with embedded_server(deep, settings=THROWAWAY) as url, embedded_server(deep) as again:
        folder = Path(query(url, "show unix_socket_directories"))
        assert folder.parent == Path(tempfile.gettempdir())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert again == url
    shutil.rmtree(folder)


def test_a_socket_goes_to_the_shortest_folder_there_is(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Cluster(new_home / ("long" * 30), Account(1, 1, foreign=False), Path())
    monkeypatch.setattr(tempfile, "tempdir", "/" + "t" * 100)
    assert long.socket_folder().parent == Path("/tmp")
    monkeypatch.setattr(cluster, "LONGEST_SOCKET", 5)
    with pytest.raises(DatabaseError, match="too long"):
        long.socket_folder()


def test_a_private_folder_of_somebody_else_is_refused(new_home: Path) -> None:
    mine = Account(os.geteuid(), os.getegid(), foreign=False)
    private_folder(mine, new_home / "mine")
    private_folder(mine, new_home / "mine")
    (new_home / "link").symlink_to(new_home / "mine")
    with pytest.raises(DatabaseError, match="cannot trust"):
        private_folder(mine, new_home / "link")
    with pytest.raises(DatabaseError, match="cannot trust"):
        private_folder(Account(os.geteuid() + 1, 1, foreign=False), new_home / "mine")


def test_the_database_of_somebody_else_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded_server(home, settings=THROWAWAY):
        pass
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(DatabaseError, match="belongs to") as caught, embedded_server(home):
        pass
    assert "user 54321" in str(caught.value)
    assert "ADM_SYNC_HOME" in str(caught.value)


@pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as another user")
def test_root_gives_the_server_a_user_of_its_own_and_nobody_else_gets_in(new_home: Path) -> None:
    with embedded_server(new_home, settings=THROWAWAY) as url:
        (new_home / "adm-sync.log").write_text("Ada")
        query(url, "create table kept as select 42 as answer")
        assert pwd.getpwuid((new_home / "postgres").stat().st_uid).pw_name == SERVER_USER
        assert stat.S_IMODE(new_home.stat().st_mode) == 0o710
        assert not is_open(new_home)
        for name in ("nobody", "daemon"):
            assert "denied" in as_user(name, connecting(url))
            for path in ("adm-sync.log", "postgres/PG_VERSION", "postgres.users.lock"):
                assert "denied" in as_user(name, f"open({str(new_home / path)!r})")
            assert "denied" in as_user(name, f"__import__('os').listdir({str(new_home)!r})")
        assert "denied" not in as_user(SERVER_USER, connecting(url))


@pytest.mark.thorough
@pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as another user")
def test_a_database_of_nobody_is_handed_over_when_its_server_is_down(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = pwd.getpwnam("nobody")
    nobody = Account(entry.pw_uid, entry.pw_gid, foreign=True)
    with monkeypatch.context() as before:
        before.setattr(embedded, "account_for", lambda data: nobody)
        with embedded_server(new_home, settings=THROWAWAY) as url:
            query(url, "create table kept as select 42 as answer")
            before.undo()
            with embedded_server(new_home) as joined:
                assert query(joined, "select answer from kept") == 42
            assert (new_home / "postgres").stat().st_uid == nobody.uid
    with embedded_server(new_home) as url:
        assert query(url, "select answer from kept") == 42
        owners = {path.lstat().st_uid for path in (new_home / "postgres").rglob("*")}
        assert owners == {pwd.getpwnam(SERVER_USER).pw_uid}
        assert "denied" in as_user("nobody", connecting(url))


def connecting(url: str) -> str:
    """An expression that connects to the server's socket, as any client does."""
    path = f"{sa.make_url(url).query['host']}/.s.PGSQL.5432"
    return f"(lambda s: s.socket(s.AF_UNIX).connect({path!r}))(__import__('socket'))"


def as_user(name: str, expression: str) -> str:
    """What evaluating the expression as another user of this machine ends with."""
    entry = pwd.getpwnam(name)
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-S", "-c", expression],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or "Error" in done.stderr
    return done.stderr.lower()


def test_root_says_when_no_user_can_be_made(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "ROOT", os.geteuid())
    monkeypatch.setattr(accounts, "SERVER_USER", "user-of-no-name")
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    with pytest.raises(DatabaseError, match=r"user-of-no-name.*no program useradd"):
        account_for(new_home / "postgres")


def test_others_may_pass_where_they_have_to_and_read_nothing(
    new_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deep = new_home / "a" / "b"
    deep.mkdir(parents=True)
    (new_home / "a").chmod(0o700)
    (new_home / "beside").mkdir(mode=0o700)
    with caplog.at_level(logging.INFO):
        let_pass(Account(os.geteuid(), os.getegid(), foreign=False), deep)
        assert stat.S_IMODE((new_home / "a").stat().st_mode) == 0o700
        let_pass(Account(1, 1, foreign=True), deep)
    assert stat.S_IMODE(new_home.stat().st_mode) == 0o701
    assert stat.S_IMODE((new_home / "a").stat().st_mode) == 0o701
    assert stat.S_IMODE((new_home / "beside").stat().st_mode) == 0o700
    assert str(new_home / "a") in caplog.text


def test_programs_installed_for_one_user_are_opened_to_the_server(new_home: Path) -> None:
    (new_home / "bin").mkdir(mode=0o700)
    (new_home / "bin" / "postgres").touch(mode=0o700)
    (new_home / "bin" / "data").touch(mode=0o600)
    let_read(Account(1, 1, foreign=True), new_home / "bin" / "postgres", new_home / "bin")
    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (new_home / "bin", new_home / "bin" / "postgres", new_home / "bin" / "data")
    ]
    assert modes == [0o705, 0o705, 0o604]


@pytest.mark.thorough
def test_every_account_can_run_it_and_root_leaves_it_usable() -> None:
    # In one test: two at once would close the folders that the other has opened.
    with passable():
        for account in ACCOUNTS:
            with throwaway_folder() as folder:
                run_as(account, folder)


def run_as(account: str, folder: Path) -> None:
    entry = pwd.getpwnam(account)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    with another_process(folder, account) as process:
        url = ready(process)
        owner = (folder / "postgres").stat().st_uid
        assert owner == entry.pw_uid or (account == "root" and owner != 0)
        with embedded_server(folder) as joined:
            assert joined == url
    with embedded_server(folder) as url:
        assert query(url, "select 1") == 1
        assert (folder / "postgres").stat().st_uid == owner
    with another_process(folder, account) as process:
        ready(process)
    assert not is_alive(folder)


@pytest.mark.thorough
def test_importing_it_says_nothing() -> None:
    environment = {name: value for name, value in os.environ.items() if "XDG" not in name}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import adm_sync.database.engine"],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert done.stdout + done.stderr == b""


def test_a_missing_package_is_named(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatabaseError, match=r"adm_sync\[embedded\]"), embedded_server(new_home):
        pass
