"""Who has handed a workbook in, before anybody imports it."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    # Of those that came before nobody knows it.
    op.execute("alter table adm_sync.workbooks add column if not exists sender text")
