"""The fixtures that every test may use; each group lives in a module of its own."""

pytest_plugins = ["adm_sync_tests.database_fixtures", "adm_sync_tests.sandbox_fixtures"]
