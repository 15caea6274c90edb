"""The embedded PostgreSQL: a server under ADM_SYNC_HOME that lives as long as somebody uses it.

What belongs here: who uses the server, and when it is started and stopped. What does not: how
(`cluster`), and which user it runs as (`accounts`).

Every process that uses the server holds a shared lock on `postgres.users.lock`; the one that
leaves last can make it exclusive, and stops the server. A killed process loses its lock by itself,
so the next one that leaves stops the server. Starting and stopping happen under
`postgres.start.lock`, so they never overlap.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from adm_sync.database.accounts import account_for
from adm_sync.database.cluster import MODEST, NEWEST, PORT, SUPERUSER, Cluster, find_cluster
from adm_sync.errors import DatabaseError

DATABASE = "adm_sync"


@contextmanager
def embedded_server(
    home: Path, *, settings: Mapping[str, str] = MODEST, version: int = NEWEST
) -> Iterator[str]:
    """Start or join the server under `home`; stop it on leaving if nobody else uses it.

    Args:
        home: The folder that holds it; made if it is missing.
        settings: For a new cluster: lines of its postgresql.conf.
        version: For a new cluster: PostgreSQL's major version, 16 or 18.

    Yields:
        The URL of its database `adm_sync`, in the form that SQLAlchemy takes.

    Raises:
        DatabaseError: it belongs to somebody else, or does not start.
    """
    _make_home(home)
    with _opened(home, "postgres.users.lock") as users:
        with _starting(home):
            cluster = find_cluster(
                home, account_for(home.resolve() / "postgres"), settings, version
            )
            fcntl.flock(users, fcntl.LOCK_SH)
            cluster.ensure_running()
            _ensure_database(cluster)
            url = cluster.url(DATABASE)
        try:
            yield url
        finally:
            with _starting(home):
                if _is_last(users):
                    cluster.stop()


@contextmanager
def _starting(home: Path) -> Iterator[None]:
    with _opened(home, "postgres.start.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(home: Path, name: str) -> Iterator[int]:
    path = home / name
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DatabaseError(
            f"{path} cannot be opened: {error.strerror}. Run adm-sync as the user who owns "
            f"{home}, or set ADM_SYNC_HOME to a folder of your own."
        ) from None
    try:
        if os.geteuid() == 0:
            # Else the owner could not use what root has used once.
            owner = home.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
        yield file
    finally:
        os.close(file)


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"The folder {home} cannot be made: {error.strerror}. Set ADM_SYNC_HOME to a folder "
            "that you may write."
        ) from None


def _ensure_database(cluster: Cluster) -> None:
    host = cluster.running_socket()
    with psycopg.connect(
        host=str(host), port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True
    ) as connection:
        found = connection.execute("select from pg_database where datname = %s", [DATABASE])
        if found.rowcount == 0:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
