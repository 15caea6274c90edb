"""The fixtures of `sensor`, and an importer, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from adm_sync.imports.importing import Importer
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import opened_importer
from adm_sync_tests.defs.sensor import instance, shared_instance  # noqa: F401


@pytest.fixture
def importer(synced: Workplace) -> Iterator[Importer]:
    """An importer on a synced database and the sandbox."""
    with opened_importer(synced) as importer:
        yield importer
