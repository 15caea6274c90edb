"""Fixtures: a running sandbox, and access to it.

One server serves a whole test session; each test finds it empty and with its first options.
"""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    """The server behind `sandbox`; tests use `sandbox`."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: SandboxServer) -> Iterator[SandboxServer]:
    """A running sandbox with an empty store."""
    sandbox_server.reset()
    yield sandbox_server
    sandbox_server.reset()


@pytest.fixture
def sandbox_access(sandbox: SandboxServer) -> AdministrateAccess:
    """What the client needs to use the sandbox."""
    access = sandbox.access
    return AdministrateAccess(
        api_url=access.api_url,
        auth_url=access.auth_url,
        instance_url=None,
        api_key=access.client_id,
        api_secret=SecretStr(access.client_secret),
    )
