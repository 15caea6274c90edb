"""The fixtures that every test may use; each group lives in a module of its own."""

from collections.abc import Iterator
from functools import cache

import httpx
import pytest

pytest_plugins = ["adm_sync_tests.database_fixtures", "adm_sync_tests.sandbox_fixtures"]


@pytest.fixture(scope="session", autouse=True)
def _one_ssl_context() -> Iterator[None]:
    """Reading the certificates of the machine for each client takes longer than a sync."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield
