"""The fixtures of `workplace`, for the tests of this folder."""

from adm_sync_tests.cli.workplace import (  # noqa: F401
    _company_template,
    _opener,
    _synced_template,
    dagster_database_url,
    in_this_process,
    settled,
    synced,
)
