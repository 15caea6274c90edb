"""By which problem of Administrate a sync or an import failed."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    # Of those that failed before nobody knows it.
    op.execute("alter table adm_sync.runs add column if not exists cause text")
    op.execute("alter table adm_sync.imports add column if not exists cause text")
