"""The fixtures of `serving` for the tests of this folder."""

from adm_sync_tests.browser.serving import (  # noqa: F401
    _browser_page,
    page,
    server,
)
