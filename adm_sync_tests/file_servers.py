"""Servers that keep files, for tests: an S3 store and an SFTP server, in this process.

What belongs here: starting them, and what a test does there as somebody else would. What does not:
what is expected of this project.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import botocore.session
import httpx
import pytest
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from adm_sync.remote import forget_ways

KEY_ID, KEY, ACCOUNT = "FICTIONALKEYIDOFNOBODY", "fictional/key+of=nobody", "123456789012"
USER, PASSWORD = "planner", "fictional-password"


@dataclass
class Bucket:
    """A bucket of an S3 server of this process."""

    address: str
    name: str
    _client: Any

    def put(self, key: str, data: bytes) -> None:
        """Put an object there as others do."""
        self._client.put_object(Bucket=self.name, Key=key, Body=data)

    def fill(self, folder: str, count: int, data: bytes) -> None:
        """Put that many workbooks there at once, each with bytes of its own."""
        store = s3_backends[ACCOUNT]["aws"]
        for number in range(count):
            store.put_object(self.name, f"{folder}/{number:05}.xlsx", data + b"%d" % number)

    def get(self, key: str) -> bytes:
        """The bytes of an object."""
        return bytes(self._client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def clear(self) -> None:
        """Take everything away."""
        s3_backends[ACCOUNT]["aws"].buckets[self.name].keys.clear()

    def remove(self, key: str) -> None:
        """Take an object away."""
        self._client.delete_object(Bucket=self.name, Key=key)

    def all_keys(self) -> list[str]:
        """All that there is."""
        found = self._client.list_objects_v2(Bucket=self.name)
        return [one["Key"] for one in found.get("Contents", [])]

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """No key is right for as long."""
        self._let_in("0")
        yield
        self._let_in("inf")

    def _let_in(self, requests: str) -> None:
        httpx.post(f"{self.address}/moto-api/reset-auth", content=requests).raise_for_status()


@contextmanager
def s3_bucket(patch: pytest.MonkeyPatch, name: str = "office") -> Iterator[Bucket]:
    """An S3 server with a bucket, and the environment that leads its clients there."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    for variable, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        patch.setenv(variable, value)
    # It goes on trying for seconds where nothing answers.
    patch.setattr("s3fs.S3FileSystem.retries", 1)
    # What it keeps outlives the server, for as long as the process.
    httpx.post(f"{address}/moto-api/reset").raise_for_status()
    client = botocore.session.get_session().create_client("s3")
    client.create_bucket(Bucket=name)
    yield Bucket(address, name, client)
    forget_ways()
    client.close()
    server.stop()


@dataclass
class SftpServer:
    """An SFTP server of this process; `root` is the folder that its user sees as `/`."""

    port: int
    root: Path
    ssh: Path
    host_key: str

    @property
    def url(self) -> str:
        """Of its root, for its user."""
        return f"sftp://{USER}@127.0.0.1:{self.port}"

    def trust(self) -> None:
        """This user knows the server's key."""
        forget_ways()
        (self.ssh / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {self.host_key}\n")


@contextmanager
def sftp_server(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[SftpServer]:
    """An SFTP server, and a home whose key it lets in; the home does not know the server's."""
    root, ssh = folder / "served", folder / "home" / ".ssh"
    root.mkdir()
    ssh.mkdir(parents=True, mode=0o700)
    patch.setenv("HOME", str(ssh.parent))
    patch.delenv("SSH_AUTH_SOCK", raising=False)
    own, known = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    known.write_private_key(ssh / "id_ed25519")

    connections: list[asyncssh.SSHServerConnection] = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return True

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username == USER and key == known.convert_to_public()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[own],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fspath(root)),
        )

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(30)
    key = own.export_public_key().decode().strip()
    yield SftpServer(acceptor.get_port(), root, ssh, key)
    forget_ways()

    async def stop() -> None:
        acceptor.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()
