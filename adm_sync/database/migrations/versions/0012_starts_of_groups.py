"""Its start with each event group: the same title alone does not put right what was rejected."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("alter table adm_sync.event_groups add column starts_at timestamptz")
