"""The fixtures that every test may use; each group lives in a module of its own."""

import gc
import logging
import os
import signal
from collections import Counter
from collections.abc import Iterator
from functools import cache

import httpx
import pytest
from hypothesis import HealthCheck, settings

from adm_sync.garbage import look_rarely

pytest_plugins = [
    "adm_sync_tests.database_fixtures",
    "adm_sync_tests.sandbox_fixtures",
    "adm_sync_tests.cli.workplace",
    "adm_sync_tests.imports.imported",
]


def pytest_configure(config: pytest.Config) -> None:
    """What the tests start is to be as if a person had started it in front.

    A shell starts what it puts in the background with Ctrl-C ignored, and children inherit that;
    and where nothing compiled is kept, each of hundreds of processes compiles everything anew.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    look_rarely()
    # That the machine is slow is no mistake of what is tested.
    settings.register_profile(
        "any machine",
        max_examples=20 if config.getoption("--quick") else 100,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out what is marked as thorough")
    parser.addoption("--rest", action="store_true", help="only what --quick leaves out")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --quick every kind of behaviour is still tested, but not in every variant of it."""
    quick, rest = config.getoption("--quick"), config.getoption("--rest")
    if not quick and not rest:
        return
    cases: Counter[str] = Counter()
    chosen: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        mark = item.get_closest_marker("thorough")
        each = mark.kwargs.get("all_but_each") if mark else 1
        # Of a matrix each Nth case; of a module that is marked as a whole each Nth test.
        marked = item.nodeid.partition("[")[0]
        if mark and mark not in item.own_markers:
            marked = str(item.path)
        is_quick = bool(each) and cases[marked] % each == 0
        (chosen if is_quick == quick else left_out).append(item)
        cases[marked] += 1
    config.hook.pytest_deselected(items=left_out)
    items[:] = chosen


def pytest_collection_finish() -> None:
    """The thousands of tests that were collected are no garbage, and stay."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _logger_as_it_is_at_the_start() -> None:
    """A command that another test has run in this process leads it to standard error."""
    logger = logging.getLogger("adm_sync")
    for handler in logger.handlers:
        handler.close()
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.fixture(scope="session", autouse=True)
def _one_ssl_context() -> Iterator[None]:
    """Reading the certificates of the machine for each client takes longer than a sync."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield
