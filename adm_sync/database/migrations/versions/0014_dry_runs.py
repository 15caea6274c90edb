"""The dry run of a workbook that is kept, so that its result can be looked at later."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute(
        """
        create table if not exists adm_sync.dry_runs (
            workbook_id bigint primary key
                references adm_sync.workbooks(id) on delete cascade,
            who text not null,
            started_at timestamptz not null,
            finished_at timestamptz,
            update_options jsonb,
            status text,
            fingerprint text,
            result jsonb,
            message text not null
        )
        """
    )
