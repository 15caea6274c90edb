"""What is looked for in tables that only grow is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    # In the order in which events are taken, with nothing in it that is done.
    """
    create index if not exists steps_open on adm_sync.steps (event_id, due_at)
        where state in ('pending', 'sending', 'unknown', 'retry')
    """,
    "drop index if exists adm_sync.steps_due",
    "create index if not exists steps_mark on adm_sync.steps (mark) where mark is not null",
    "create index if not exists events_external_id on adm_sync.events (external_id)",
    """
    create index if not exists events_template_start on adm_sync.events
        (template_external_id, starts_at) where undone_at is null
    """,
    """
    create index if not exists events_sitting on adm_sync.events (sitting, starts_at)
        where undone_at is null
    """,
    "create index if not exists event_sessions_event_id on adm_sync.event_sessions (event_id)",
    """
    create index if not exists event_groups_first_row on adm_sync.event_groups
        (workbook_id, (rows[1]))
    """,
)

# Whoever deletes what these refer to has the whole table read otherwise.
FOREIGN_KEYS = {
    "adm.course_template_price_levels": ("price_level_id",),
    "adm.course_templates": ("tutorial_course_template_id",),
    "adm.events": (
        *("course_template_id", "location_id", "primary_instructor_id"),
        *("tutorial_event_id", "venue_id"),
    ),
    "adm.instructors": ("tutorial_instructor_id",),
    "adm.locations": ("tutorial_location_id",),
    "adm.sessions": ("session_instructor_id", "tutorial_session_id"),
    "adm.venues": ("location_id", "tutorial_venue_id"),
}
# Whether a column is there and no index begins with it; the tutorial application may have one.
_LACKS_AN_INDEX = sa.text("""
    select true from pg_attribute
    where attrelid = to_regclass(:table) and attname = :column and not attisdropped
        and not exists (
            select from pg_index
            where indrelid = attrelid and indkey[0] = attnum and indpred is null and indisvalid
        )
""")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table, columns in FOREIGN_KEYS.items():
        for column in columns:
            named = {"table": table, "column": column}
            if op.get_bind().execute(_LACKS_AN_INDEX, named).scalar():
                op.execute(f"create index on {table} ({column})")
