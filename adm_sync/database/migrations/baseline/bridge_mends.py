"""Let an event without an instructor be bridged, and a session carry its Administrate id.

Additive: what the tutorial application writes is still accepted. Its later versions drop most
columns of both tables, so a column is looked for before it is touched, and no column that was
dropped is brought back.
"""

import sqlalchemy as sa
from alembic import op

DEFERRED = "deferrable initially deferred"


def upgrade() -> None:
    """Make these changes where they are missing."""
    _make_nullable("adm.events", "primary_instructor_id")
    _make_nullable("adm.sessions", "session_instructor_id")
    _add("adm.events", "tutorial_event_id", f"bigint references acted.tutorial_events {DEFERRED}")
    _add("adm.sessions", "external_id", "varchar(50)")
    _make_unique("adm.sessions", "external_id")
    _add(
        "adm.sessions",
        "tutorial_session_id",
        f"bigint references acted.tutorial_sessions {DEFERRED}",
    )


def _make_nullable(table: str, column: str) -> None:
    if _required(table, column):
        op.execute(f"alter table {table} alter column {column} drop not null")


def _add(table: str, column: str, definition: str) -> None:
    if _required(table, column) is None:
        op.execute(f"alter table {table} add column {column} {definition}")


def _make_unique(table: str, column: str) -> None:
    unique = op.get_bind().execute(
        sa.text(
            "select 1 from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]"
            " where indrelid = to_regclass(:table) and attname = :column"
            " and indisunique and indnkeyatts = 1 and indpred is null"
        ),
        {"table": table, "column": column},
    )
    if unique.scalar() is None:
        op.execute(f"alter table {table} add unique ({column})")


def _required(table: str, column: str) -> bool | None:
    """Whether the column is NOT NULL; None when there is no such column."""
    return (
        op.get_bind()
        .execute(
            sa.text(
                "select attnotnull from pg_attribute where attrelid = to_regclass(:table)"
                " and attname = :column and not attisdropped"
            ),
            {"table": table, "column": column},
        )
        .scalar()
    )
