"""What the inbox's sensor remembers of the files that lie there."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        """
        create table if not exists adm_sync.inbox_files (
            folder text not null,
            name text not null,
            sign text not null,
            state text not null,
            message text not null,
            partition text,
            seen_at timestamptz not null,
            primary key (folder, name),
            check (state in ('landing', 'taken', 'refused'))
        )
        """
    )
