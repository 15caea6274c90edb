"""Who may see `ADM_SYNC_HOME`: its owner alone.

What belongs here: the rights on what this project writes. What does not: what is written.
"""

import grp
import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

# The user that the embedded PostgreSQL of root runs as; its group may pass through root's home.
SERVER_USER = "adm_sync_postgres"
PRIVATE = 0o077
_given_umask = 0o022


def keep_private(home: Path) -> None:
    """From now on this process writes for its user alone; a home that is open is closed, and it
    is said.
    """
    write_privately()
    if is_open(home):
        _close(home)


def write_privately() -> None:
    """By the umask, because much of what lies in the home is written by Dagster."""
    global _given_umask  # noqa: PLW0603 - as the umask itself, it is the process's
    previous = os.umask(PRIVATE)
    if previous != PRIVATE:
        _given_umask = previous


def is_open(home: Path) -> bool:
    """Whether others may enter the home; False if it is not there."""
    try:
        return bool(_too_much(home.stat()))
    except OSError:
        return False


def open_like_its_folder(path: Path) -> None:
    """Let a file that a person asked for be read by whoever their umask and its folder let in."""
    with suppress(OSError):
        path.chmod(0o666 & path.parent.stat().st_mode & ~_given_umask | stat.S_IRUSR | stat.S_IWUSR)


def _too_much(found: os.stat_result) -> int:
    rights = found.st_mode & PRIVATE
    with suppress(KeyError):
        if rights == stat.S_IXGRP and grp.getgrgid(found.st_gid).gr_name == SERVER_USER:
            return 0
    return rights


def _close(home: Path) -> None:
    # The top first: after that nobody else can exchange what is in it.
    try:
        home.chmod(stat.S_IMODE(home.stat().st_mode) & ~PRIVATE)
    except OSError as error:
        log.warning("%s is open to other users and cannot be closed: %s.", home, error.strerror)
        return
    for folder, folders, files in os.walk(home):
        if Path(folder) == home:
            # The server closes its own, and may belong to somebody else.
            folders[:] = [name for name in folders if not name.startswith("postgres")]
        for path in (Path(folder, name) for name in (*folders, *files)):
            with suppress(OSError):
                mode = path.lstat().st_mode
                if not stat.S_ISLNK(mode) and mode & PRIVATE:
                    path.chmod(stat.S_IMODE(mode) & ~PRIVATE)
    log.warning("%s was open to other users of this machine; now it is closed to them.", home)
