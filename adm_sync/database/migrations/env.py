"""What Alembic runs to reach the database; it uses the connection that `migrating` hands it."""

from alembic import context

from adm_sync.database.migrating import VERSION_SCHEMA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema=VERSION_SCHEMA,
)
with context.begin_transaction():
    context.run_migrations()
