"""How an import ended that did not come to its end, and what the lights of Dagster show of it."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    "alter table adm_sync.imports drop constraint imports_status_check",
    """
    alter table adm_sync.imports add constraint imports_status_check check (status in (
        'running', 'succeeded', 'partial', 'failed', 'undone', 'cancelled', 'interrupted'
    ))
    """,
    "alter table adm_sync.imports add column checked_at timestamptz",
    "alter table adm_sync.workbooks add column shown text",
    "create index events_title_key on adm_sync.events (title_key)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
