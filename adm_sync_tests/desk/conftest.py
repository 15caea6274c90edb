"""The fixtures of the workplace, for the tests of this folder."""

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
