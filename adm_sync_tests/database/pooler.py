"""A real pgbouncer between a test and its database."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pooler(url: str, mode: str, **settings: object) -> Iterator[str]:
    """A pgbouncer in this mode before the server of this URL; yields the URL that leads through.

    Args:
        url: of a database; every other one of the server can be reached too.
        mode: session, transaction or statement.
        settings: lines of pgbouncer.ini.
    """
    assert PGBOUNCER
    server = sa.make_url(url)
    host = server.query.get("host", server.host)
    target = {"host": host, "port": server.port or 5432, "user": server.username}
    if server.password:
        target["password"] = server.password
    port = _free_port()
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "pool_mode": mode,
        "query_wait_timeout": 0,
        **settings,
    }
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    ini = folder / "pgbouncer.ini"
    ini.write_text(
        f"[databases]\n* = {' '.join(f'{name}={value}' for name, value in target.items())}\n"
        "[pgbouncer]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())
    )
    account = _owner(str(host), folder)
    process = subprocess.Popen(
        [PGBOUNCER, str(ini)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account
    )
    try:
        _wait_for(port)
        yield server.set(host="127.0.0.1", port=port, query={}).render_as_string(False)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _owner(host: str, folder: Path) -> dict[str, Any]:
    """Whom pgbouncer runs as: never root, and the owner of the server's socket can open it."""
    if os.geteuid() != 0:
        return {}
    owner = Path(host).stat() if host.startswith("/") else None
    uid, gid = (owner.st_uid, owner.st_gid) if owner else (65534, 65534)
    for path in (folder, *folder.iterdir()):
        os.chown(path, uid, gid)
    return {"user": uid, "group": gid, "extra_groups": []}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("pgbouncer does not listen")
