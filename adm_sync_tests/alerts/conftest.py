"""The fixtures of `receivers` for the tests of this folder."""

from collections.abc import Iterator

import pytest

from adm_sync_tests.alerts import receivers


@pytest.fixture
def hook() -> Iterator[receivers.Hook]:
    with receivers.hook() as found:
        yield found


@pytest.fixture
def mailbox() -> Iterator[receivers.Mailbox]:
    with receivers.mailbox() as found:
        yield found
