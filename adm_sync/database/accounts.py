"""Whose account the embedded server runs under, and what that account has to be let pass.

What belongs here: system users and file permissions. What does not: PostgreSQL itself.

PostgreSQL refuses to run as root. When root starts the project, the server runs as the owner of
the home; in a home of root itself it runs as a system user that nothing else runs as, because
whoever shares its user can read its files and enter its socket's folder.
"""

import fcntl
import logging
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adm_sync.errors import DatabaseError
from adm_sync.home import SERVER_USER

log = logging.getLogger(__name__)

ROOT = 0


@dataclass(frozen=True, slots=True)
class Account:
    """A system user, by number; `foreign` when it is not the one this process runs as."""

    uid: int
    gid: int
    foreign: bool

    def process_options(self) -> dict[str, Any]:
        """What `subprocess.run` needs to run a program as this user."""
        if not self.foreign:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account_for(data: Path) -> Account:
    """Whose account the server of this data directory runs under; it need not exist yet.

    Raises:
        DatabaseError: the directory belongs to somebody else, or there is no account to use.
    """
    if os.geteuid() != ROOT:
        owner = data.stat() if data.exists() else None
        if owner is not None and owner.st_uid != os.geteuid():
            raise DatabaseError(
                f"The embedded database in {data} belongs to {user_name(owner.st_uid)}, and this "
                f"is {user_name(os.geteuid())}. Run adm-sync as that user, or set ADM_SYNC_HOME "
                "to a folder of your own."
            )
        return Account(os.geteuid(), os.getegid(), foreign=False)
    home = data.parent.stat()
    if home.st_uid != ROOT:
        return Account(home.st_uid, home.st_gid, foreign=True)
    return _server_user()


def owner_of(path: Path) -> Account:
    """The account that a file or folder belongs to."""
    found = path.stat()
    return Account(found.st_uid, found.st_gid, foreign=found.st_uid != os.geteuid())


def hand_over(account: Account, data: Path) -> None:
    """Give a data directory, whose server is down, to another account; the top last, as the sign
    that all of it was given."""
    for _, folders, files, at in os.fwalk(data, follow_symlinks=False):
        for name in (*folders, *files):
            os.chown(name, account.uid, account.gid, dir_fd=at, follow_symlinks=False)
    os.chown(data, account.uid, account.gid)
    log.warning("%s belongs to the user %s now.", data, user_name(account.uid))


def user_name(uid: int) -> str:
    """The name of a user, or its number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def let_pass(account: Account, path: Path, home: Path | None = None) -> None:
    """Let the account reach `path`, by the right to pass (never to read) on its parent folders.

    Through `home` nobody else may pass: it gets the account's group.
    """
    if not account.foreign:
        return
    for folder in path.resolve().parents:
        found = folder.stat()
        if folder == home and found.st_uid != account.uid and found.st_gid != account.gid:
            os.chown(folder, -1, account.gid)
            found = folder.stat()
        right = _right_to_pass(account, found)
        if not found.st_mode & right:
            folder.chmod(stat.S_IMODE(found.st_mode) | right)
            log.info("Let the embedded PostgreSQL pass through %s.", folder)


def _right_to_pass(account: Account, folder: os.stat_result) -> int:
    if folder.st_uid == account.uid:
        return stat.S_IXUSR
    return stat.S_IXGRP if folder.st_gid == account.gid else stat.S_IXOTH


def let_read(account: Account, program: Path, folder: Path) -> None:
    """Let the account run `program` and read the `folder` of software it belongs to.

    An installation under a strict umask is closed to others; what it holds is public software.
    """
    if not account.foreign or program.stat().st_mode & stat.S_IXOTH:
        return
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        runs = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | runs)
    log.info("Let other users read %s, for the embedded PostgreSQL.", folder)


def private_folder(account: Account, path: Path) -> None:
    """Make a folder that only the account can enter, or make sure that it is one.

    Raises:
        DatabaseError: it is there and belongs to somebody else, or is not a folder.
    """
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if account.foreign:
            os.chown(path, account.uid, account.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise DatabaseError(
            f"{path} is not a folder of {user_name(account.uid)}, so the embedded PostgreSQL "
            "cannot trust it. Remove it, or set ADM_SYNC_HOME to a shorter path."
        )
    path.chmod(0o700)


def _server_user() -> Account:
    """The system user of the server, made if it is missing."""
    try:
        found = pwd.getpwnam(SERVER_USER)
    except KeyError:
        _make_server_user()
        found = pwd.getpwnam(SERVER_USER)
    return Account(found.pw_uid, found.pw_gid, foreign=True)


def _make_server_user() -> None:
    command = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if command is None:
        raise _no_server_user("there is no program useradd")
    with Path(command).open("rb") as lock:
        # Two useradd at once have been seen to make one user twice, the first number lost.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if any(entry.pw_name == SERVER_USER for entry in pwd.getpwall()):
            return
        done = subprocess.run(  # noqa: S603 - arguments are ours
            [
                *(command, "--system", "--user-group", "--no-create-home"),
                *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", SERVER_USER),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise _no_server_user(" ".join(done.stderr.split()))
    log.warning("The system user %s was made, for the embedded PostgreSQL.", SERVER_USER)


def _no_server_user(why: str) -> DatabaseError:
    return DatabaseError(
        f"PostgreSQL does not run as root, and the system user {SERVER_USER}, which it runs as "
        f"instead, cannot be made ({why}). Make it, run adm-sync as a normal user, or set "
        "ADM_SYNC_DATABASE_URL to a PostgreSQL server."
    )
