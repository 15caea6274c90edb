"""Whose account the embedded server runs under, and what that account has to be let pass.

What belongs here: system users and file permissions. What does not: PostgreSQL itself.

PostgreSQL refuses to run as root. When root starts the project, the server runs as the owner of
the data directory, and a new data directory belongs to an unprivileged system user.
"""

import logging
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adm_sync.errors import DatabaseError

log = logging.getLogger(__name__)

UNPRIVILEGED = ("nobody", "daemon")
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
    owner = data.stat() if data.exists() else None
    if os.geteuid() != ROOT:
        if owner is not None and owner.st_uid != os.geteuid():
            raise DatabaseError(
                f"The embedded database in {data} belongs to {user_name(owner.st_uid)}, and this "
                f"is {user_name(os.geteuid())}. Run adm-sync as that user, or set ADM_SYNC_HOME "
                "to a folder of your own."
            )
        return Account(os.geteuid(), os.getegid(), foreign=False)
    if owner is not None and owner.st_uid != ROOT:
        return Account(owner.st_uid, owner.st_gid, foreign=True)
    return _unprivileged()


def user_name(uid: int) -> str:
    """The name of a user, or its number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def let_pass(account: Account, path: Path) -> None:
    """Let the account reach `path`, by the right to pass (never to read) on its parent folders."""
    if not account.foreign:
        return
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            log.info("Let other users pass through %s, for the embedded PostgreSQL.", folder)


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


def _unprivileged() -> Account:
    for name in UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, foreign=True)
    raise DatabaseError(
        "PostgreSQL does not run as root, and this machine has neither of the users "
        f"{' and '.join(UNPRIVILEGED)}. Run adm-sync as a normal user, or set "
        "ADM_SYNC_DATABASE_URL to a PostgreSQL server."
    )
