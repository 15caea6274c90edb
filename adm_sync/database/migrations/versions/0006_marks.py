"""The mark of a creation, doubles, the approval of instructors, and waits that are asked for."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    """
    create table if not exists adm_sync.holding_back (
        id smallint primary key check (id = 1),
        until timestamptz not null
    )
    """,
    "alter table adm_sync.steps add column if not exists mark text",
    "alter table adm_sync.steps add column if not exists first_sent_at timestamptz",
    "alter table adm_sync.steps add column if not exists look_again_at timestamptz",
    """
    create index if not exists steps_look_again on adm_sync.steps (look_again_at)
        where state = 'done' and look_again_at is not null
    """,
    "alter table adm_sync.events add column if not exists doubled text[] not null default '{}'",
    "alter table adm_sync.events alter column doubled drop default",
    "alter table adm_sync.steps drop constraint steps_kind_check",
    """
    alter table adm_sync.steps add constraint steps_kind_check check (kind in (
        'create_event', 'update_session', 'add_session_staff', 'add_event_staff',
        'approve_instructors'
    ))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
