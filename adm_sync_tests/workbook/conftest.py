"""How workbooks are read in the tests of this folder."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def in_this_process() -> None:
    """They are read as they are outside of tests: in guarded processes."""
