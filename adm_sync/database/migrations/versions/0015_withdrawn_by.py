"""Who withdrew a decision; of those that were withdrawn before, nobody knows any more."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.execute("alter table adm_sync.decisions add column if not exists withdrawn_by text")
