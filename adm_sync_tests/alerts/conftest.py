"""The fixtures of `workplace`, `imported` and `receivers`, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from adm_sync_tests.alerts import receivers
from adm_sync_tests.cli.workplace import (  # noqa: F401
    _company_template,
    _opener,
    _synced_template,
    dagster_database_url,
    in_this_process,
    settled,
    synced,
)
from adm_sync_tests.imports.imported import (  # noqa: F401
    _imported_template,
    _recorded_template,
    done,
    waiting,
)


@pytest.fixture
def hook() -> Iterator[receivers.Hook]:
    with receivers.hook() as found:
        yield found


@pytest.fixture
def mailbox() -> Iterator[receivers.Mailbox]:
    with receivers.mailbox() as found:
        yield found
