"""The fixtures that every test may use; each group lives in a module of its own."""

import signal
from collections.abc import Iterator
from functools import cache

import httpx
import pytest

pytest_plugins = ["adm_sync_tests.database_fixtures", "adm_sync_tests.sandbox_fixtures"]


def pytest_configure() -> None:
    """A shell starts what it puts in the background with Ctrl-C ignored, and children inherit that.

    What the tests start is to have it as a person has it who starts it in front.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _one_ssl_context() -> Iterator[None]:
    """Reading the certificates of the machine for each client takes longer than a sync."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield
