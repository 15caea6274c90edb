"""What tells an unmatched record from others of its name."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("alter table adm_sync.discrepancies add column if not exists apart text")
