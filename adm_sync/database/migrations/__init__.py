"""The migrations, run by Alembic; see `adm_sync.database.migrating`."""
