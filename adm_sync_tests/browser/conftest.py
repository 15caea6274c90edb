"""The fixtures of `serving` and of the workplace, for the tests of this folder."""

from adm_sync_tests.browser.serving import (  # noqa: F401
    _browser_page,
    page,
    server,
)
from adm_sync_tests.cli.workplace import (  # noqa: F401
    _company_template,
    _visitor,
    dagster_database_url,
    visit_settled,
)
