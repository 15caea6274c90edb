"""The fixtures of `workplace` and `imported`, for the tests of this folder."""

from adm_sync_tests.cli.workplace import (  # noqa: F401
    _company_template,
    _opener,
    _synced_template,
    _visitor,
    dagster_database_url,
    in_this_process,
    settled,
    synced,
    visit_settled,
    visit_synced,
)
from adm_sync_tests.imports.imported import (  # noqa: F401
    _imported_template,
    _recorded_template,
    done,
    waiting,
)
