"""Which events of Administrate a person was asked about, so that no sentence is read for it."""

from alembic import op

revision = "0016"
down_revision = "0015"

STATEMENTS = (
    "alter table adm_sync.events add column asked_about text[] not null default '{}'",
    # Until now only the step's sentence had them, behind a title in quotes that a database of
    # another encoding may not know: (id), state, starting at a time.
    r"""
    update adm_sync.events set asked_about = named.ids
    from (
        select event_id, array_agg(distinct found.id[1] order by found.id[1]) as ids
        from adm_sync.steps, regexp_matches(message, '[^ ] \(([^()]+)\), ', 'g') as found (id)
        where kind = 'create_event' group by event_id
    ) as named
    where named.event_id = events.id
    """,
    "alter table adm_sync.events alter column asked_about drop default",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
