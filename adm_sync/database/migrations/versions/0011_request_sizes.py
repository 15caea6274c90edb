"""How many events of one request Administrate was seen to take."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute(
        """
        create table if not exists adm_sync.request_sizes (
            kind text primary key,
            events integer not null,
            until timestamptz not null
        )
        """
    )
