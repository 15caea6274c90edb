"""The fixtures that every test may use; each group lives in a module of its own."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest

# What these tests execute is Dagster for the most part, and following it line by line takes longer
# than the tests themselves. Their fixtures are followed, and so are all others.
NOT_FOLLOWED = ("defs", "browser", "benchmarks")

pytest_plugins = ["adm_sync_tests.database_fixtures", "adm_sync_tests.sandbox_fixtures"]


@pytest.fixture(scope="session", autouse=True)
def _one_ssl_context() -> Iterator[None]:
    """Reading the certificates of the machine for each client takes longer than a sync."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of `NOT_FOLLOWED` out of the coverage."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in NOT_FOLLOWED:
            item.add_marker("no_cover")
